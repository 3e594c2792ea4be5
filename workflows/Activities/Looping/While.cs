using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Looping;

/// <summary>Repeats its body while a condition holds.</summary>
[Activity("Elsa.While", Category = "Looping", Description = "Repeats its body while a condition holds.")]
public sealed class While : Loop
{
    private readonly Input<bool> _condition = new("Condition") { Hint = "singleline", AutoEvaluate = false, Description = "Evaluated before each iteration." };

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context) => NextAsync(context);

    /// <inheritdoc/>
    protected override async ValueTask NextAsync(ActivityContext context) =>
        context.Schedule(await context.InputAsync(_condition) ? Body(context) : null);
}
