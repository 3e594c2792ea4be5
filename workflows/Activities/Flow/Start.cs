using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>Marks where a flowchart starts.</summary>
[Activity("Elsa.Start", Category = "Flow", Description = "Marks where a flowchart starts.", IsStart = true)]
public sealed class Start : Activity
{
    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context) => default;
}

/// <summary>Ends the flowchart or sequence at once.</summary>
[Activity("Elsa.End", Category = "Flow", Description = "Ends the flowchart at once.", IsTerminal = true)]
public sealed class End : Activity
{
    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context) => default;
}

/// <summary>Runs the activity inside it.</summary>
[Activity("Elsa.FlowNode", Category = "Flow", DisplayName = "Container", Description = "Runs the activity inside it.")]
public sealed class FlowNode : Activity
{
    private readonly Port _body = new("Body");

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        context.Schedule(context.Node.Child(_body));
        return default;
    }
}
