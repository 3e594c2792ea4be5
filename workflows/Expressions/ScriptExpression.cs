using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Expressions;

/// <summary>JavaScript, evaluated by the host.</summary>
public sealed class ScriptExpression(string source) : Expression("JavaScript")
{
    private static readonly string[] IdentityNames = ["WorkflowInstanceId", "WorkflowInstanceName", "CorrelationId", "WorkflowDefinitionId", "WorkflowDefinitionVersionId", "WorkflowDefinitionVersion"];

    private readonly bool _namesAtRunTime =
        source.Contains("variables[", StringComparison.Ordinal) || CallsWithComputedName(source, "getVariable(") || CallsWithComputedName(source, "setVariable(");

    private readonly bool _inputsAtRunTime = CallsWithComputedName(source, "getInput(");

    /// <summary>The script.</summary>
    public string Source { get; } = source;

    /// <summary>Whether it may read outputs of other activities, which are then kept for it.</summary>
    public bool ReadsOutputs { get; } =
        source.Contains("getLastResult", StringComparison.Ordinal) || source.Contains("From", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override async ValueTask<JsonNode?> EvaluateAsync(ActivityContext context) => (await RunAsync(context)).Value;

    /// <summary>Evaluates it and writes back what it changed; the outcomes are left to the caller.</summary>
    internal async ValueTask<ScriptResult> RunAsync(ActivityContext context)
    {
        var result = await context.Host.EvaluateScriptAsync(Request(context), context.CancellationToken);
        foreach (var (name, value) in result.ChangedVariables)
            context.SetVariable(name, Json.Free(value));
        if (result.InstanceName is { } instanceName)
            context.Instance.Name = instanceName;
        if (result.CorrelationId is { } correlationId)
            context.Instance.CorrelationId = correlationId;
        return result with { Value = Json.Free(result.Value) };
    }

    /// <summary>Only what the text can reach goes to the worker: the rest would be copied there and back for nothing.</summary>
    private ScriptRequest Request(ActivityContext context)
    {
        var variables = new JsonObject();
        context.CopyVariables(variables, name => _namesAtRunTime || Mentions(name));
        var input = new JsonObject();
        context.CopyWorkflowInput(input, name => _inputsAtRunTime || Mentions(name));
        var identity = new JsonObject();
        foreach (var name in IdentityNames)
        {
            if (Source.Contains(name, StringComparison.Ordinal))
                identity[name] = context.Identity(name);
        }
        return new ScriptRequest(Source)
        {
            Variables = variables,
            Input = input,
            Outputs = ReadsOutputs ? context.Outputs() : [],
            LastResult = ReadsOutputs ? Json.Free(context.LastResult) : null,
            Identity = identity,
            Now = context.Now,
        };
    }

    /// <summary>Whether the name occurs, or the name without characters that a getter cannot have.</summary>
    private bool Mentions(string name) =>
        Source.Contains(name, StringComparison.OrdinalIgnoreCase)
        || (!name.All(char.IsLetterOrDigit) && Source.Contains(string.Concat(name.Where(char.IsLetterOrDigit)), StringComparison.OrdinalIgnoreCase));

    private static bool CallsWithComputedName(string source, string call)
    {
        for (var at = source.IndexOf(call, StringComparison.Ordinal); at >= 0; at = source.IndexOf(call, at + 1, StringComparison.Ordinal))
        {
            var argument = source.AsSpan(at + call.Length).TrimStart();
            if (argument.Length > 0 && argument[0] is not ('"' or '\'' or '`'))
                return true;
            if (argument.Length > 0 && argument[0] == '`' && argument.Contains("${", StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
