using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>Enters a state of a lifecycle that is drawn as a flowchart: what <c>Elsa.StateMachine</c> does for its states.</summary>
[Activity("Switchboard.State", Category = "Lifecycle", DisplayName = "State", Description = "Sets the status of the record.")]
internal sealed class State : Activity
{
    private const string Current = "State";

    private readonly Input<string> state = new("State") { Picks = "state", PicksByWorkflow = true, IsRequired = true, Description = "One of the record's status values." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var entered = await context.InputAsync(state) ?? throw new ActivityException("state_without_name", $"The state {context.Node} has no name.");
        var previous = (string?)context.Instance.Properties[Current];
        context.Instance.Properties[Current] = entered;
        context.Yield(new StateEntered(entered, previous));
    }
}
