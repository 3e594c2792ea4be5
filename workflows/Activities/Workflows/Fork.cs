using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Workflows;

/// <summary>How a fork joins its branches.</summary>
public enum ForkJoinMode
{
    /// <summary>It completes when all branches have.</summary>
    WaitAll,

    /// <summary>It completes with the first branch; the others are cancelled.</summary>
    WaitAny,
}

/// <summary>Runs branches side by side.</summary>
[Activity("Elsa.Fork", Category = "Control Flow", Description = "Runs branches side by side, until all or the first of them are done.")]
public sealed class Fork : Activity
{
    private const string IsBreaking = "IsBreaking";

    private readonly Input<ForkJoinMode> _joinMode = new("JoinMode") { IsWrapped = false, Description = "Whether to wait for all branches or for the first." };

    private readonly PortList _branches = new("Branches");

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        foreach (var branch in context.Node.ChildrenOf(_branches))
            context.Schedule(branch);
        return default;
    }

    /// <inheritdoc/>
    public override async ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        if (context.Children.Count == 0 || context.Get<bool>(IsBreaking) || await context.InputAsync(_joinMode) == ForkJoinMode.WaitAny)
            context.Complete();
    }

    /// <inheritdoc/>
    public override bool Receive(ActivityContext context, Signal signal)
    {
        if (signal is Signal.Break)
            context.Set(IsBreaking, true);
        return false;
    }
}
