using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>Which of Elsa's two algorithms a flowchart runs by. Graphs without joins behave the same.</summary>
public enum FlowchartMode
{
    /// <summary>Activities and connections count their visits; what is not followed is skipped, and a join knows that it is.</summary>
    CounterBased,

    /// <summary>Tokens travel along the connections that are followed; a join does not know of those that are not.</summary>
    TokenBased,
}

/// <summary>
/// Runs activities along connections. The algorithm is chosen when it starts: by the instance's property
/// <c>Flowchart:ExecutionMode</c>, else by the host. An execution stays with its algorithm for life.
/// </summary>
[Activity("Elsa.Flowchart", Category = "Flow", Description = "Runs activities along the connections between them.", IsContainer = true, IsBrowsable = false)]
public sealed class Flowchart : Activity
{
    /// <summary>The instance property that chooses the algorithm: <c>Default</c>, <c>CounterBased</c> or <c>TokenBased</c>.</summary>
    public const string ModeProperty = "Flowchart:ExecutionMode";

    /// <summary>Where a run started, if not at the flowchart's own start.</summary>
    private const string StartProperty = "Start";

    private readonly PortList _activities = new("Activities");

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader) => FlowchartStructure.Read(reader, reader.Node.ChildrenOf(_activities));

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        var structure = (FlowchartStructure)context.Node.Structure!;
        if (structure.Start is null)
        {
            context.Complete();
            return default;
        }
        var trigger = structure.FindTrigger(context.IsStartTriggerNode);
        if (trigger is not null && trigger != structure.Start)
            context.Set(StartProperty, trigger.Id);
        context.Remove(CounterFlow.Property);
        if (ModeOf(context) == FlowchartMode.TokenBased)
            TokenFlow.Begin(context);
        context.Schedule(trigger ?? structure.Start);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child) =>
        TokenFlow.IsUsedBy(context) ? TokenFlow.ChildCompletedAsync(context, GraphOf(context), child) : CounterFlow.ChildCompletedAsync(context, GraphOf(context), child);

    /// <inheritdoc/>
    public override ValueTask ChildCanceledAsync(ActivityContext context, ActivityContext child)
    {
        if (!TokenFlow.IsUsedBy(context))
            return CounterFlow.ChildCanceledAsync(context, GraphOf(context), child);
        TokenFlow.ChildCanceled(context, child);
        return default;
    }

    internal override ValueTask MigrateAsync(ActivityContext context, InstanceMigration migration)
    {
        if (((FlowchartStructure)context.Node.Structure!).Start is null)
            return default;
        if (context.Get<string>(StartProperty) is { } start)
            context.Set(StartProperty, migration.Map.ActivityOf(start));
        if (!TokenFlow.IsUsedBy(context))
            return CounterFlow.MigrateAsync(context, GraphOf(context), migration.Map);
        TokenFlow.Migrate(context, GraphOf(context), migration.Map);
        return default;
    }

    internal static FlowGraph GraphOf(ActivityContext flowchart) => ((FlowchartStructure)flowchart.Node.Structure!).From(flowchart.Get<string>(StartProperty));

    /// <summary>
    /// Cancels what runs in a flowchart and leads forward to an activity. What is scheduled but has not begun still runs: it
    /// has no execution yet in Elsa, and workflows can tell.
    /// </summary>
    internal static void CancelAncestors(ActivityContext flowchart, FlowGraphNode target)
    {
        for (var i = flowchart.Children.Count - 1; i >= 0; i--)
        {
            var child = flowchart.Children[i];
            if (child.Status != ActivityStatus.Pending && target.Ancestors.Contains(child.Node))
                flowchart.Cancel(child);
        }
    }

    private static FlowchartMode ModeOf(ActivityContext context)
    {
        var text = context.Instance.Properties[ModeProperty]?.ToString();
        return Enum.TryParse<FlowchartMode>(text, ignoreCase: true, out var mode) ? mode : context.FlowchartMode;
    }
}
