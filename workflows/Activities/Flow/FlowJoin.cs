using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>What a join waits for.</summary>
public enum FlowJoinMode
{
    /// <summary>For the first branch; the others are cancelled.</summary>
    WaitAny,

    /// <summary>For all branches; with one that is not followed it does not run.</summary>
    WaitAll,

    /// <summary>For all branches that are followed.</summary>
    WaitAllActive,
}

/// <summary>Joins branches of a flowchart. The flowchart decides when it runs.</summary>
[Activity("Elsa.FlowJoin", Category = "Branching", DisplayName = "Join", Description = "Joins branches of a flowchart into one.")]
public sealed class FlowJoin : Activity
{
    private readonly Input<FlowJoinMode> _mode = new("Mode")
    {
        Hint = "dropdown",
        Options = [nameof(FlowJoinMode.WaitAll), nameof(FlowJoinMode.WaitAllActive), nameof(FlowJoinMode.WaitAny)],
        Description = "Whether to wait for the first branch, for all that are followed, or for all.",
        Default = FlowJoinMode.WaitAny,
    };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        if (context.Parent is { Node.Activity: Flowchart } flowchart && !TokenFlow.IsUsedBy(flowchart)
            && await context.InputAsync(_mode) is FlowJoinMode.WaitAny or FlowJoinMode.WaitAll)
            Flowchart.CancelAncestors(flowchart, Flowchart.GraphOf(flowchart)[context.Node]);
    }

    /// <summary>The mode of a join, evaluated by the flowchart before the join runs.</summary>
    internal static async ValueTask<FlowJoinMode> ModeOfAsync(ActivityContext flowchart, ActivityNode join)
    {
        var binding = join.Inputs[((FlowJoin)join.Activity)._mode.Index];
        if (binding.IsConstant)
            return (FlowJoinMode)binding.Constant!;
        return await flowchart.EvaluateAsync<FlowJoinMode?>(binding.Expression) ?? FlowJoinMode.WaitAny;
    }
}
