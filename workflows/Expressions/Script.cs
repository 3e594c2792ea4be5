using System.Text.Json.Nodes;

namespace Switchboard.Workflows.Expressions;

/// <summary>One evaluation of JavaScript, self-contained: the worker process knows nothing of workflows.</summary>
/// <param name="Source">The expression or script; the last expression, or a top-level return, is its value.</param>
public sealed record ScriptRequest(string Source)
{
    /// <summary>Variables in scope by name; <c>getVariable, setVariable, variables.X, getX(), setX()</c> read and write these.</summary>
    public JsonObject Variables { get; init; } = [];

    /// <summary>The workflow's input by name: <c>getInput(name)</c>, <c>getX()</c>.</summary>
    public JsonObject Input { get; init; } = [];

    /// <summary>Outputs by activity name or id and output name: <c>getOutputFrom(activity, output)</c>.</summary>
    public JsonObject Outputs { get; init; } = [];

    /// <summary>The result of the activity that completed last: <c>getLastResult()</c>.</summary>
    public JsonNode? LastResult { get; init; }

    /// <summary>Identity by the name of its getter without <c>get</c>: WorkflowInstanceId, CorrelationId, WorkflowDefinitionId, ….</summary>
    public JsonObject Identity { get; init; } = [];

    /// <summary>Whether it is only read, so that nothing of it runs: its value is null, unless its syntax is wrong.</summary>
    public bool OnlyCompiles { get; init; }

    /// <summary>The instant that <c>new Date()</c> and <c>Date.now()</c> give.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>What a script yielded.</summary>
/// <param name="Value">Its value; null for undefined and null.</param>
public sealed record ScriptResult(JsonNode? Value)
{
    /// <summary>Variables that it set, by name; only these are written back.</summary>
    public JsonObject ChangedVariables { get; init; } = [];

    /// <summary>A name for the instance if the script called <c>setWorkflowInstanceName</c>.</summary>
    public string? InstanceName { get; init; }

    /// <summary>A correlation id if the script called <c>setCorrelationId</c>.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Outcomes if the script called <c>setOutcome(s)</c>.</summary>
    public IReadOnlyList<string>? Outcomes { get; init; }
}
