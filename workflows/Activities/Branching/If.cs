using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Branching;

/// <summary>Runs one of two branches.</summary>
[Activity("Elsa.If", Category = "Branching", Description = "Runs one of two branches, by a condition.")]
public sealed class If : Activity
{
    private readonly Input<bool> _condition = new("Condition") { Hint = "singleline", Description = "What decides." };

    private readonly Output<bool> _result = new("Result") { Description = "What the condition was." };

    private readonly Port _then = new("Then");

    private readonly Port _else = new("Else");

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var holds = await context.InputAsync(_condition);
        context.SetOutput(_result, holds);
        context.Schedule(context.Node.Child(holds ? _then : _else));
    }
}
