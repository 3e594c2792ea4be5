using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Workflows;

/// <summary>Runs its activities side by side and completes when all are done.</summary>
[Activity("Elsa.Parallel", Category = "Workflows", Description = "Runs activities side by side.", IsContainer = true, IsBrowsable = false)]
public sealed class Parallel : Activity
{
    private readonly PortList _activities = new("Activities");

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        foreach (var activity in context.Node.ChildrenOf(_activities))
            context.Schedule(activity);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        if (context.Children.Count == 0)
            context.Complete();
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ChildCanceledAsync(ActivityContext context, ActivityContext child) => ChildCompletedAsync(context, child);
}
