using System.Collections.Frozen;
using System.Text.Json;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>
/// Is in one state at a time. A state that is entered runs its <c>entry</c>, then waits for the triggers of its transitions;
/// the first whose condition holds wins, the others are cancelled, its <c>action</c> and the state's <c>exit</c> run, and the
/// next state is entered. A state without a transition that can fire is the end.
/// </summary>
[Activity("Elsa.StateMachine", Category = "Flow", Description = "Moves from state to state when triggers fire.")]
public sealed class StateMachine : Activity
{
    internal const string CurrentState = "CurrentState";

    // The id of the trigger whose transition is under way, while its action or the state's exit runs.
    private const string Leaving = "Leaving";

    private const string EntryPort = "Entry";
    private const string ExitPort = "Exit";
    private const string TriggerPort = "Trigger";
    private const string ActionPort = "Action";

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader)
    {
        var states = new Dictionary<string, State>(StringComparer.Ordinal);
        foreach (var json in reader.Json.List("states"))
        {
            var name = json.Text("name") ?? "";
            var state = new State(name, reader.Child(json.Member("entry"), EntryPort), reader.Child(json.Member("exit"), ExitPort));
            if (!states.TryAdd(name, state))
                reader.Problem("states", "duplicate_state", $"There are two states named {name}.");
        }

        var outbound = new Dictionary<string, List<Transition>>(StringComparer.Ordinal);
        foreach (var json in reader.Json.List("transitions"))
        {
            var (name, from, to) = (json.Text("name"), json.Text("from") ?? "", json.Text("to") ?? "");
            var trigger = reader.Child(json.Member("trigger"), TriggerPort);
            var action = reader.Child(json.Member("action"), ActionPort);
            var condition = reader.Expression(json.Member("condition")) is { } expression && !IsBlank(expression) ? expression : null;
            if (!states.ContainsKey(from))
                reader.Problem("transitions", "unknown_state", $"Transition {name} starts at state {from}, which does not exist.");
            if (!states.TryGetValue(to, out var target))
                reader.Problem("transitions", "unknown_state", $"Transition {name} leads to state {to}, which does not exist.");
            // Without a trigger or a target it never fires.
            else if (trigger is not null)
                (outbound.TryGetValue(from, out var list) ? list : outbound[from] = []).Add(new Transition(trigger, condition, action, target));
        }
        foreach (var (from, transitions) in outbound)
        {
            if (states.TryGetValue(from, out var state))
                state.Outbound = [.. transitions];
        }
        return new Structure(states.ToFrozenDictionary(StringComparer.Ordinal), reader.Json.Text("currentState") ?? reader.Json.Text("initialState"));
    }

    /// <summary>The designer writes an empty literal for a condition that nobody has filled in.</summary>
    private static bool IsBlank(Expression expression) =>
        expression is LiteralExpression literal && (literal.Value.IsNothing() || literal.Value.ValueKind == JsonValueKind.String && literal.Value.GetString()!.Length == 0);

    /// <inheritdoc/>
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        var structure = (Structure)context.Node.Structure!;
        var current = context.Get<string>(CurrentState);
        context.Remove(Leaving);
        if ((current ?? structure.Start) is not { } name || !structure.States.TryGetValue(name, out var state))
            context.Complete();
        else if (current is null)
            Enter(context, state, null);
        else
            Begin(context, state);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        if (!((Structure)context.Node.Structure!).States.TryGetValue(context.Get<string>(CurrentState) ?? "", out var current))
        {
            context.Complete();
            return default;
        }
        switch (child.Node.Port)
        {
            case EntryPort:
                AwaitTriggers(context, current);
                break;
            case TriggerPort when current.Find(child.Node) is { } transition:
                return FireAsync(context, current, transition);
            case ActionPort when LeavingBy(context, current) is { } transition:
                Exit(context, current, transition);
                break;
            case ExitPort when LeavingBy(context, current) is { } transition:
                Enter(context, transition.To, current);
                break;
        }
        return default;
    }

    internal override bool OffersOnly(ActivityNode child) => child.Port == TriggerPort;

    /// <summary>In its state it waits for the transitions that the new version has there, keeping the waits that it had.</summary>
    internal override ValueTask MigrateAsync(ActivityContext context, InstanceMigration migration)
    {
        if (context.Get<string>(CurrentState) is not { } before)
            return default;
        var name = migration.Map.StateOf(before);
        if (!((Structure)context.Node.Structure!).States.TryGetValue(name, out var state))
            throw new ActivityException("state_missing", $"The instance is in state {before}, and version {context.Graph.Version} has no state {name}.");
        if (name != before)
        {
            context.Set(CurrentState, name);
            context.Yield(new StateEntered(name, null)); // no state is left: what belongs to it stays
        }
        if (context.Get<string>(Leaving) is { } leaving)
        {
            context.Set(Leaving, migration.Map.ActivityOf(leaving));
            if (LeavingBy(context, state) is null)
                throw new ActivityException("transition_missing", $"The instance is on its way out of state {before} by {leaving}, which version {context.Graph.Version} does not have there.");
            return default;
        }
        if (context.Children.Any(child => child.Node.Port == EntryPort))
            return default;
        foreach (var child in context.Children.Where(child => state.Find(child.Node) is null).ToList())
            context.Cancel(child, notify: false);
        foreach (var transition in state.Outbound.Where(transition => context.Children.All(child => child.Node != transition.Trigger)))
            context.Schedule(transition.Trigger);
        if (state.Outbound.Length == 0)
            context.Complete();
        return default;
    }

    private static void Enter(ActivityContext context, State state, State? previous)
    {
        context.Set(CurrentState, state.Name);
        context.Remove(Leaving);
        context.Yield(new StateEntered(state.Name, previous?.Name));
        Begin(context, state);
    }

    private static void Begin(ActivityContext context, State state)
    {
        if (state.Entry is not null)
            context.Schedule(state.Entry);
        else
            AwaitTriggers(context, state);
    }

    private static void AwaitTriggers(ActivityContext context, State state)
    {
        if (state.Outbound.Length == 0)
            context.Complete();
        foreach (var transition in state.Outbound)
            context.Schedule(transition.Trigger);
    }

    private static async ValueTask FireAsync(ActivityContext context, State current, Transition transition)
    {
        // Its siblings may have won while it was on its way.
        if (context.Get<string>(Leaving) is not null)
            return;
        if (transition.Condition is not null && !await context.EvaluateAsync<bool>(transition.Condition))
        {
            context.Schedule(transition.Trigger);
            return;
        }
        while (context.Children.Count > 0)
            context.Cancel(context.Children[0], notify: false);
        if (transition.Action is null)
        {
            Exit(context, current, transition);
            return;
        }
        context.Set(Leaving, transition.Trigger.Id);
        context.Schedule(transition.Action);
    }

    private static void Exit(ActivityContext context, State current, Transition transition)
    {
        if (current.Exit is null)
        {
            Enter(context, transition.To, current);
            return;
        }
        context.Set(Leaving, transition.Trigger.Id);
        context.Schedule(current.Exit);
    }

    private static Transition? LeavingBy(ActivityContext context, State current)
    {
        var trigger = context.Get<string>(Leaving);
        return trigger is null ? null : Array.Find(current.Outbound, transition => transition.Trigger.Id == trigger);
    }

    /// <param name="Start">The name of the first state; null if the definition says none.</param>
    private sealed record Structure(FrozenDictionary<string, State> States, string? Start);

    private sealed class State(string name, ActivityNode? entry, ActivityNode? exit)
    {
        public string Name { get; } = name;

        public ActivityNode? Entry { get; } = entry;

        public ActivityNode? Exit { get; } = exit;

        /// <summary>Those that can fire.</summary>
        public Transition[] Outbound { get; set; } = [];

        public Transition? Find(ActivityNode trigger) => Array.Find(Outbound, transition => transition.Trigger == trigger);
    }

    private sealed record Transition(ActivityNode Trigger, Expression? Condition, ActivityNode? Action, State To);
}
