using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Looping;

/// <summary>Repeats its body for each number of a range.</summary>
[Activity("Elsa.For", Category = "Looping", Description = "Repeats its body for each number of a range.")]
public sealed class For : Loop
{
    private const string Next = "Next";
    private const string Last = "Last";
    private const string StepSize = "Step";
    private const string CurrentValue = "CurrentValue";

    private readonly Input<int> _start = new("Start") { Description = "The first number." };

    private readonly Input<int> _end = new("End") { Description = "The last number." };

    private readonly Input<int> _step = new("Step") { Default = 1, Description = "How far from one number to the next; below zero counts down." };

    private readonly Input<bool> _inclusive = new("OuterBoundInclusive") { Default = true, DisplayName = "Outer Bound Inclusive", Description = "Whether the last number is one of them." };

    private readonly Output<int> _currentValue = new(CurrentValue) { TypeName = "Object", Description = "The number of the current iteration." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var step = await context.InputAsync(_step);
        if (step == 0)
            throw new ActivityException("step_is_zero", $"Loop {context.Node.Name ?? context.Node.Id} has a step of 0 and would never end.");
        var end = await context.InputAsync(_end);
        // The range is kept: what its expressions yield in a later burst must not move it.
        context.Set<long>(Next, await context.InputAsync(_start));
        context.Set<long>(Last, await context.InputAsync(_inclusive) ? end : end - (long)Math.Sign(step));
        context.Set<long>(StepSize, step);
        await NextAsync(context);
    }

    /// <inheritdoc/>
    protected override ValueTask NextAsync(ActivityContext context)
    {
        var value = context.Get<long>(Next);
        var step = context.Get<long>(StepSize);
        if (step > 0 ? value > context.Get<long>(Last) : value < context.Get<long>(Last))
        {
            context.Complete();
            return default;
        }
        context.Set(Next, value + step);
        context.SetOutput(_currentValue, (int)value);
        context.Schedule(Body(context), null, (CurrentValue, JsonValue.Create(value)));
        return default;
    }
}
