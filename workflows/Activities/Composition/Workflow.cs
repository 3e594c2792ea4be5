using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Composition;

/// <summary>The implicit outermost activity of every definition.</summary>
[Activity(TypeName, Category = "Workflows", Description = "The workflow itself.", IsBrowsable = false, IsComposite = true)]
public sealed class Workflow : Activity
{
    internal const string TypeName = "Elsa.Workflow";

    private readonly Port _root = new("Root");

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        context.Schedule(context.Node.Child(_root));
        return default;
    }

    /// <inheritdoc/>
    public override bool Receive(ActivityContext context, Signal signal)
    {
        if (signal is not Signal.CompleteComposite complete)
            return false;
        context.Complete(complete.Outcomes);
        return true;
    }
}

/// <summary>A published workflow used as an activity: it runs inside the same instance, with its inputs as variables of a scope of its own.</summary>
[Activity(TypeName, Category = "Workflows", Description = "Runs another workflow inside this instance.", IsBrowsable = false)]
public sealed class WorkflowAsActivity : Activity
{
    internal const string TypeName = "Elsa.WorkflowDefinitionActivity";

    private const string BoundVersion = "DefinitionVersion";

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader) => NestedWorkflow.Read(reader);

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var nested = (NestedWorkflow)context.Node.Structure!;
        context.CheckDepth(nested.DefinitionId);
        var graph = await FindGraphAsync(context);
        context.Set(BoundVersion, graph.Version);
        foreach (var input in graph.Definition.Inputs)
        {
            var value = nested.Inputs.TryGetValue(input.Name, out var expression) ? await context.EvaluateAsync<JsonNode>(expression) : null;
            context.Declare(input.Name, Conversion.ToAlias(input.TypeName, input.IsList, value));
        }
        context.NestedGraph = graph;
        context.Schedule(graph.Root);
    }

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        context.Complete(child.Outcomes);
        return default;
    }

    /// <summary>The version that this execution is bound to; null while it has not found any.</summary>
    internal async ValueTask<WorkflowGraph?> FindBoundGraphAsync(ActivityContext context) =>
        context.Get<int?>(BoundVersion) is null ? null : await FindGraphAsync(context);

    /// <summary>The version that this execution is bound to, or is to be bound to: the one that the definition names, else the published one.</summary>
    internal async ValueTask<WorkflowGraph> FindGraphAsync(ActivityContext context)
    {
        var nested = (NestedWorkflow)context.Node.Structure!;
        var version = context.Get<int?>(BoundVersion) ?? nested.Version;
        return await context.Host.FindDefinitionAsync(nested.DefinitionId, version, context.CancellationToken)
            ?? throw new ActivityException("workflow_not_found", $"Activity {context.Node.Name ?? context.Node.Id} uses workflow {nested.DefinitionId}, which has no published version.", canRetry: true);
    }
}

/// <summary>What a node says about the workflow that it uses.</summary>
/// <param name="DefinitionId">The logical id.</param>
/// <param name="Version">The version that it was designed with; the published one runs if that is gone.</param>
/// <param name="Inputs">Expressions by input name, case-insensitive because the definition writes them in camelCase.</param>
internal sealed record NestedWorkflow(string DefinitionId, int? Version, IReadOnlyDictionary<string, Expression> Inputs)
{
    public static NestedWorkflow Read(ActivityReader reader)
    {
        var inputs = new Dictionary<string, Expression>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in reader.Json.EnumerateObject())
        {
            if (member.Value.ValueKind == System.Text.Json.JsonValueKind.Object && member.Value.TryGetProperty("expression", out _)
                && reader.Expression(member.Value) is { } expression)
            {
                // An input whose name is reserved by the envelope has an underscore before it.
                inputs[member.Name.TrimStart('_')] = expression;
            }
        }
        return new NestedWorkflow(reader.Json.Text("workflowDefinitionId") ?? "", reader.Json.Integer("version"), inputs);
    }
}

/// <summary>Stands for an activity whose type nobody knows; its JSON is kept with the definition.</summary>
[Activity(TypeName, Category = "System", Description = "Stands for an activity whose type is not known.", IsBrowsable = false)]
public sealed class NotFoundActivity : Activity
{
    internal const string TypeName = "Elsa.NotFoundActivity";

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context) =>
        throw new ActivityException("unknown_activity_type", $"Activity {context.Node.Name ?? context.Node.Id} is of type {context.Node.Type}, which this service does not know.");
}
