using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Expressions;

/// <summary>FEEL, evaluated by the host. It reads the variables in scope and the workflow's inputs by their names, and changes nothing.</summary>
public sealed class FeelExpression(string source) : Expression("FEEL")
{
    /// <summary>The expression.</summary>
    public string Source { get; } = source;

    /// <inheritdoc/>
    public override ValueTask<JsonNode?> EvaluateAsync(ActivityContext context)
    {
        var values = new JsonObject();
        context.CopyVariables(values, _ => true);
        var input = new JsonObject();
        context.CopyWorkflowInput(input, _ => true);
        foreach (var (name, value) in input.Where(given => !values.ContainsKey(given.Key)).ToList())
            values[name] = Json.Free(value);
        return new(Json.Free(context.Host.EvaluateFeel(Source, values, context.Now)));
    }
}
