using System.Text.Json;

using Switchboard.Workflows.Definitions;

using Action = Switchboard.Runtime.Activities.Action;

namespace Switchboard.Runtime.Work;

/// <summary>One way from a state to another that somebody can take.</summary>
/// <param name="Action">The action's name.</param>
public sealed record LifecycleStep(string Action, string Label, string From, string To);

/// <summary>
/// The states of a lifecycle in the order of its definition, and where its actions lead: what a board is drawn from. What a
/// record offers is another matter, which <see cref="Actions.OfferAsync"/> knows: it may run an older version, or a condition
/// may keep an action from it.
/// </summary>
public sealed record LifecycleMap(IReadOnlyList<string> States, IReadOnlyList<LifecycleStep> Steps)
{
    /// <summary>Of the outermost state machine; without states for a workflow that has none.</summary>
    public static LifecycleMap Of(WorkflowGraph graph)
    {
        if (graph.Nodes.FirstOrDefault(node => node.Type == "Elsa.StateMachine") is not { Json: var machine })
            return new LifecycleMap([], []);
        return new LifecycleMap(
            [.. Items(machine, "states").Select(state => Text(state, "name")).OfType<string>()],
            [.. Items(machine, "transitions").Select(StepOf).OfType<LifecycleStep>()]);
    }

    /// <summary>Null for a transition that no person triggers, and for one whose action is named only when it runs.</summary>
    private static LifecycleStep? StepOf(JsonElement transition) =>
        Member(transition, "trigger") is { } trigger && Text(trigger, "type") == Action.ActionType
        && Literal(trigger, "actionName") is { } action && Text(transition, "from") is { } from && Text(transition, "to") is { } to
            ? new LifecycleStep(action, Literal(trigger, "label") is { Length: > 0 } label ? label : action, from, to)
            : null;

    private static string? Literal(JsonElement activity, string input) =>
        Member(activity, input) is { } wrapped && Member(wrapped, "expression") is { } expression && Text(expression, "type") == "Literal" ? Text(expression, "value") : null;

    private static IEnumerable<JsonElement> Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();

    private static JsonElement? Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object ? member : null;

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
