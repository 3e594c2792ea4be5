using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Execution;

/// <summary>What a burst runs on.</summary>
/// <param name="Graph">The definition version that the instance is bound to.</param>
/// <param name="State">The instance as last committed; null for <see cref="Stimulus.Start"/>. The burst changes it.</param>
/// <param name="InstanceId">Also for a start, so that its id is known before.</param>
/// <param name="Now">The instant of the burst: what activities take for now.</param>
/// <param name="Host">What the library cannot do itself.</param>
public sealed record BurstRequest(
    WorkflowGraph Graph, InstanceState? State, string InstanceId, Stimulus Stimulus, DateTimeOffset Now, IBurstHost Host)
{
    /// <summary>For a start: what the instance is called, or null.</summary>
    public string? Name { get; init; }

    /// <summary>For a start: values of the workflow's own variables by their names, instead of their defaults; all must be declared.</summary>
    public JsonObject? Variables { get; init; }

    /// <summary>For a start: the correlation id, or null.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>For a start: the instance that dispatched or executes this one, or null.</summary>
    public string? ParentInstanceId { get; init; }

    /// <summary>For a start: whether the end of this instance resumes the parent's bookmark.</summary>
    public bool NotifyParent { get; init; }

    /// <summary>For a start: instance properties to begin with, such as the record that a lifecycle owns.</summary>
    public JsonObject? Properties { get; init; }

    /// <summary>What a failing activity does where the definition does not say.</summary>
    public IncidentStrategy DefaultIncidentStrategy { get; init; } = IncidentStrategy.Fault;

    /// <summary>The algorithm of flowcharts whose instance does not say.</summary>
    public FlowchartMode FlowchartMode { get; init; } = FlowchartMode.CounterBased;

    /// <summary>More activities than this in one burst are taken for an endless loop.</summary>
    public int MaxActivities { get; init; } = 100_000;

    /// <summary>More workflows than this that execute each other are taken for an endless recursion.</summary>
    public int MaxDepth { get; init; } = 16;

    internal int Depth { get; init; }
}
