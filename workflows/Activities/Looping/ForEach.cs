using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Looping;

/// <summary>Repeats its body for each item, one after the other.</summary>
[Activity("Elsa.ForEach", Category = "Looping", DisplayName = "For Each", Description = "Repeats its body for each item, one after the other.")]
public sealed class ForEach : Loop
{
    private const string Items = "Items";
    private const string CurrentIndex = "CurrentIndex";
    private const string CurrentValue = "CurrentValue";

    private readonly Input<IReadOnlyList<JsonNode?>> _items = new(Items) { TypeName = "Object", Hint = "dropdown", Description = "What to go through." };

    private readonly Output<JsonNode> _currentValue = new(CurrentValue) { Description = "The item of the current iteration." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        // They are kept: what the expression yields in a later burst must not move the loop.
        context.Set(Items, new JsonArray([.. (await context.InputAsync(_items) ?? []).Select(item => item?.DeepClone())]));
        await NextAsync(context);
    }

    /// <inheritdoc/>
    protected override ValueTask NextAsync(ActivityContext context)
    {
        var items = context.Get<JsonArray>(Items)!;
        var index = context.Get<int>(CurrentIndex);
        if (index >= items.Count)
        {
            context.Complete();
            return default;
        }
        context.Set(CurrentIndex, index + 1);
        context.SetOutput(_currentValue, items[index]);
        context.Schedule(Body(context), null, (CurrentIndex, JsonValue.Create(index)), (CurrentValue, items[index]));
        return default;
    }
}

/// <summary>Runs its body for each item, side by side.</summary>
[Activity("Elsa.ParallelForEach", Category = "Looping", DisplayName = "Parallel For Each", Description = "Runs its body for each item, side by side.")]
public sealed class ParallelForEach : Activity
{
    private readonly Input<IReadOnlyList<JsonNode?>> _items = new("Items") { TypeName = "Object", Description = "What to go through." };

    private readonly Port _body = new("Body");

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        if (context.Node.Child(_body) is not { } body)
            return;
        var index = 0;
        foreach (var item in await context.InputAsync(_items) ?? [])
        {
            context.Schedule(body, $"{index}", ("CurrentIndex", JsonValue.Create(index)), ("CurrentValue", item));
            index++;
        }
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
