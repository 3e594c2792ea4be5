using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Looping;

/// <summary>What loops have in common: one body runs at a time, and a break ends the loop when that body has unwound.</summary>
public abstract class Loop : Activity
{
    private const string IsBreaking = "IsBreaking";

    private readonly Port _body = new("Body");

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        if (!context.Get<bool>(IsBreaking))
            return NextAsync(context);
        context.Complete();
        return default;
    }

    /// <inheritdoc/>
    public override bool Receive(ActivityContext context, Signal signal)
    {
        if (signal is not Signal.Break)
            return false;
        context.Set(IsBreaking, true);
        return true;
    }

    /// <summary>Schedules the body once more, or completes.</summary>
    protected abstract ValueTask NextAsync(ActivityContext context);

    /// <summary>What the loop repeats; null if the author left it empty.</summary>
    private protected Definitions.ActivityNode? Body(ActivityContext context) => context.Node.Child(_body);
}

/// <summary>Ends the nearest loop after its current iteration.</summary>
[Activity("Elsa.Break", Category = "Looping", Description = "Ends the nearest loop.", IsTerminal = true)]
public sealed class Break : Activity
{
    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        context.Signal(new Signal.Break());
        return default;
    }
}
