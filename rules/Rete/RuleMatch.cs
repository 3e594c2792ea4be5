using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>A match that fires: its facts and values. Good only until the action that was given it returns.</summary>
public sealed class RuleMatch
{
    private Fact?[] facts = [];
    private FeelValue[] slots = [];
    private Place[] places = [];

    internal RuleMatch(RuleSession session) => Session = session;

    /// <summary>Where it fires.</summary>
    public RuleSession Session { get; }

    /// <summary>The rule's name.</summary>
    public string Rule { get; private set; } = "";

    /// <summary>How many firings in a row led to it.</summary>
    internal int Generation { get; private set; }

    /// <summary>The fact that a variable stands for.</summary>
    /// <exception cref="ArgumentException">The rule has no such fact.</exception>
    public Fact Fact(string variable)
    {
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i].Name == variable && facts[i] is { } fact)
                return fact;
        }
        throw new ArgumentException($"{Rule} has no fact {variable}.", nameof(variable));
    }

    /// <summary>The fact of the n-th variable, from 0: faster than by name.</summary>
    public Fact Fact(int variable) => facts[variable] ?? throw new ArgumentException($"{places[variable].Name} of {Rule} is no fact.", nameof(variable));

    /// <summary>The value of a variable; a fact's is its row.</summary>
    /// <exception cref="ArgumentException">The rule has no such variable.</exception>
    public FeelValue this[string variable]
    {
        get
        {
            for (var i = 0; i < places.Length; i++)
            {
                if (places[i].Name == variable)
                    return Slots[i];
            }
            throw new ArgumentException($"{Rule} has no variable {variable}.", nameof(variable));
        }
    }

    /// <summary>Inserts a fact.</summary>
    public Fact Insert(FeelRow row) => Session.InsertBy(this, row);

    /// <summary>Inserts a fact that goes when this match goes.</summary>
    public void InsertWhileTrue(FeelRow row) => Session.InsertWhileTrue(this, row);

    /// <summary>Changes fields of a fact.</summary>
    public void Update(Fact fact, params ReadOnlySpan<(int Field, FeelValue Value)> values)
    {
        var changed = (FeelValue[])fact.Row.Values.Clone();
        foreach (var (field, value) in values)
            changed[field] = value;
        Session.UpdateBy(this, fact, new FeelRow(fact.Row.Shape, changed));
    }

    /// <summary>Takes a fact away.</summary>
    public void Retract(Fact fact) => Session.RetractBy(fact);

    /// <summary>Adds a row to what the set answers.</summary>
    public void Emit(FeelContext row) => Session.Emit(row);

    /// <summary>Nothing further fires.</summary>
    public void Stop() => Session.IsStopped = true;

    /// <summary>One value a variable, and room for those that actions add.</summary>
    internal FeelValue[] Slots
    {
        get
        {
            if (slotsAreLoaded)
                return slots;
            slotsAreLoaded = true;
            for (var i = 0; i < places.Length; i++)
            {
                if (facts[i] is { } fact)
                    slots[i] = FeelValue.Of(fact.Row);
                else if (computed[i] is { } value)
                    slots[i] = places[i].Kind == PlaceKind.Key ? value.Key : value.Value;
            }
            return slots;
        }
    }

    private Computed?[] computed = [];
    private bool slotsAreLoaded;

    internal void Load(Activation activation)
    {
        var production = activation.Production;
        places = production.Places;
        Rule = production.Rule.Model.Name;
        slotsAreLoaded = false;
        var count = production.Rule.SlotCount;
        if (slots.Length < count)
            (slots, facts, computed) = (new FeelValue[count], new Fact?[count], new Computed?[count]);
        var generation = 0;
        PartialMatch token = activation;
        var depth = production.Depth;
        for (var i = places.Length - 1; i >= 0; i--)
        {
            var place = places[i];
            for (; depth > place.Depth; depth--)
                token = token.Parent!;
            facts[i] = token.Fact;
            computed[i] = token.Computed;
            if (token.Fact is not null && token.Fact.Generation > generation)
                generation = token.Fact.Generation;
        }
        Generation = generation;
    }

    /// <summary>After an action has changed a fact, later actions see its new values.</summary>
    internal void Refresh(Fact fact)
    {
        for (var i = 0; i < places.Length; i++)
        {
            if (facts[i] == fact)
                slots[i] = FeelValue.Of(fact.Row);
        }
    }

    /// <summary>Variable and value, in the order of the rule; a fact's value is its row of now.</summary>
    public IReadOnlyList<KeyValuePair<string, FeelValue>> Bindings()
    {
        var values = Slots;
        return [.. places.Select((place, i) => KeyValuePair.Create(place.Name, values[i]))];
    }

    internal string Describe() =>
        string.Join(", ", places.Select((place, i) => $"{place.Name} = {(facts[i] is { } fact ? fact.ToString() : Slots[i].ToString())}"));
}

/// <summary>What happened in a session.</summary>
public enum RuleEventKind
{
    /// <summary>A fact was inserted.</summary>
    Inserted,

    /// <summary>A fact has new values.</summary>
    Updated,

    /// <summary>A fact was taken away.</summary>
    Retracted,

    /// <summary>A match was found.</summary>
    Activated,

    /// <summary>A match is gone.</summary>
    Deactivated,

    /// <summary>A match is about to act.</summary>
    Fired,
}

/// <summary>Something that happened in a session.</summary>
/// <param name="Kind">What.</param>
/// <param name="Fact">To which fact; null for matches.</param>
/// <param name="Match">To which match, good until the receiver returns; null for facts.</param>
/// <param name="Before">What an updated fact was.</param>
public readonly record struct RuleEvent(RuleEventKind Kind, Fact? Fact, RuleMatch? Match, FeelRow? Before);

/// <summary>What a rule did when it fired.</summary>
public enum ContributionKind
{
    /// <summary>It inserted a fact.</summary>
    Inserted,

    /// <summary>It changed a fact.</summary>
    Updated,

    /// <summary>It took a fact away.</summary>
    Retracted,

    /// <summary>It emitted a row.</summary>
    Emitted,

    /// <summary>It asked a decision.</summary>
    Decided,
}

/// <summary>One thing that a rule did.</summary>
/// <param name="Kind">What.</param>
/// <param name="Value">The row as it was then, or the decision's answer.</param>
/// <param name="Fact">The fact; null for a row and an answer.</param>
public sealed record Contribution(ContributionKind Kind, FeelValue Value, Fact? Fact);

/// <summary>A rule that has fired.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Bindings">Variable and value when it fired.</param>
/// <param name="Contributions">What it did.</param>
public sealed record FiredRule(string Rule, IReadOnlyList<KeyValuePair<string, FeelValue>> Bindings, List<Contribution> Contributions);
