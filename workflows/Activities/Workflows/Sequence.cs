using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Workflows;

/// <summary>Runs its activities one after the other.</summary>
[Activity("Elsa.Sequence", Category = "Workflows", Description = "Runs activities one after the other.", IsContainer = true, IsBrowsable = false)]
public sealed class Sequence : Activity
{
    private const string CurrentIndex = "CurrentIndex";
    private const string IsBreaking = "IsBreaking";

    private readonly PortList _activities = new("Activities");

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        Next(context);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        if (child.Node.Descriptor.IsTerminal || context.Get<bool>(IsBreaking))
            context.Complete();
        else
            Next(context);
        return default;
    }

    /// <inheritdoc/>
    public override bool Receive(ActivityContext context, Signal signal)
    {
        if (signal is Signal.Break)
            context.Set(IsBreaking, true);
        return false;
    }

    internal override ValueTask MigrateAsync(ActivityContext context, InstanceMigration migration)
    {
        if (context.Children is [var child, ..])
            context.Set(CurrentIndex, context.Node.ChildrenOf(_activities).ToList().IndexOf(child.Node) + 1);
        return default;
    }

    private void Next(ActivityContext context)
    {
        var activities = context.Node.ChildrenOf(_activities);
        var index = context.Get<int>(CurrentIndex);
        if (index >= activities.Count)
        {
            context.Complete();
            return;
        }
        context.Set(CurrentIndex, index + 1);
        context.Schedule(activities[index]);
    }
}
