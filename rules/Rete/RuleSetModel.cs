using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>A place in the text of a rule set, from 1; the default is "nowhere", for rules built in code.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public readonly record struct Mark(int Line, int Column);

/// <summary>A FEEL expression as somebody wrote it.</summary>
/// <param name="Text">The expression.</param>
/// <param name="At">Where it begins.</param>
public readonly record struct FeelSource(string Text, Mark At)
{
    /// <summary>An expression that stands in code.</summary>
    public static implicit operator FeelSource(string text) => new(text, default);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>What is wrong with a rule set.</summary>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Message">For the author: what is wrong, and what was probably meant.</param>
/// <param name="At">Where.</param>
/// <param name="Rule">In which rule; null outside of rules.</param>
public sealed record RuleProblem(string Code, string Message, Mark At, string? Rule);

/// <summary>In which order matches of equal priority are taken up.</summary>
public enum AgendaOrder
{
    /// <summary>The match that was found first.</summary>
    Fifo,

    /// <summary>The match that was found last, so that a chain is followed to its end before another begins.</summary>
    DepthFirst,
}

/// <summary>The canonical form of a rule set: what the YAML reader and the builder both make, and all else reads.</summary>
public sealed record RuleSetModel
{
    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for; null where nobody said.</summary>
    public string? Description { get; init; }

    /// <summary>How matches of equal priority are ordered.</summary>
    public AgendaOrder Order { get; init; }

    /// <summary>Agenda groups in the order in which they have the agenda; rules without a group take part in each.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>How long a chain of firings may grow that feed each other. Default 10,000.</summary>
    public int CycleLimit { get; init; } = 10_000;

    /// <summary>The kinds of facts.</summary>
    public required IReadOnlyList<FactType> FactTypes { get; init; }

    /// <summary>The rules, in the order in which they stand.</summary>
    public required IReadOnlyList<RuleModel> Rules { get; init; }

    /// <summary>What the set answers; null for {emitted, facts}.</summary>
    public FeelSource? Result { get; init; }
}

/// <summary>A kind of fact: a name and typed fields.</summary>
/// <param name="Shape">The fields; its name is the name of the type.</param>
/// <param name="At">Where it is declared.</param>
public sealed record FactType(RowShape Shape, Mark At)
{
    /// <summary>As rules name it.</summary>
    public string Name => Shape.Name;
}

/// <summary>A rule: when all conditions hold, the actions happen.</summary>
public sealed record RuleModel
{
    /// <summary>Unique within the set.</summary>
    public required string Name { get; init; }

    /// <summary>Why there is this rule; null where nobody said.</summary>
    public string? Description { get; init; }

    /// <summary>Higher goes first; a FEEL expression over the match, or a constant. Null is 0.</summary>
    public FeelSource? Priority { get; init; }

    /// <summary>
    /// False: once for a match, as long as it holds. True: again whenever a field that the conditions read has changed and the match still holds.
    /// </summary>
    public bool Repeat { get; init; }

    /// <summary>The agenda group that the rule belongs to; null for every group.</summary>
    public string? Group { get; init; }

    /// <summary>The first instant at which it applies; null for always.</summary>
    public DateTimeOffset? ActiveFrom { get; init; }

    /// <summary>The instant from which it applies no longer; null for never.</summary>
    public DateTimeOffset? ActiveTo { get; init; }

    /// <summary>What must hold, in this order.</summary>
    public required IReadOnlyList<Condition> When { get; init; }

    /// <summary>What happens, in this order.</summary>
    public required IReadOnlyList<RuleAction> Then { get; init; }

    /// <summary>Where it stands.</summary>
    public Mark At { get; init; }
}

/// <summary>One of the conditions of a rule.</summary>
public abstract record Condition
{
    /// <summary>Where it stands.</summary>
    public Mark At { get; init; }
}

/// <summary>Facts of one type that satisfy conditions over their own fields (named as they are) and the variables before.</summary>
/// <param name="Type">The fact type's name.</param>
/// <param name="Where">All must be true.</param>
public sealed record FactPattern(string Type, IReadOnlyList<FeelSource> Where);

/// <summary>One match for each fact of the pattern.</summary>
/// <param name="Variable">What the fact is called from here on.</param>
/// <param name="Pattern">Which facts.</param>
public sealed record MatchCondition(string Variable, FactPattern Pattern) : Condition;

/// <summary>No fact of the pattern, or at least one.</summary>
/// <param name="Pattern">Which facts.</param>
/// <param name="Negated">True for `not`.</param>
public sealed record ExistsCondition(FactPattern Pattern, bool Negated) : Condition;

/// <summary>Every fact of the pattern satisfies more.</summary>
/// <param name="Pattern">Which facts.</param>
/// <param name="Satisfy">What each of them must satisfy.</param>
public sealed record AllCondition(FactPattern Pattern, IReadOnlyList<FeelSource> Satisfy) : Condition;

/// <summary>What an aggregate makes of its facts.</summary>
public enum AggregateKind
{
    /// <summary>The list of the facts, or of a value of each.</summary>
    Collect,

    /// <summary>How many.</summary>
    Count,

    /// <summary>The sum; null if something is no number.</summary>
    Sum,

    /// <summary>The smallest value.</summary>
    Min,

    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The mean; null if something is no number, or for nothing.</summary>
    Average,
}

/// <summary>One match for all facts of the pattern together, or for each group of them.</summary>
/// <param name="Kind">What is made of them.</param>
/// <param name="Variable">What the result is called.</param>
/// <param name="Pattern">Which facts.</param>
public sealed record AggregateCondition(AggregateKind Kind, string Variable, FactPattern Pattern) : Condition
{
    /// <summary>The value of each fact; null for the fact itself (Collect, Count).</summary>
    public FeelSource? Of { get; init; }

    /// <summary>The value that the facts of a group share; null for one group, which is there even when it is empty.</summary>
    public FeelSource? GroupBy { get; init; }

    /// <summary>What the group's value is called.</summary>
    public string? GroupVariable { get; init; }

    /// <summary>By what a collected list is ordered; null for the order of insertion.</summary>
    public FeelSource? OrderBy { get; init; }

    /// <summary>Largest first.</summary>
    public bool Descending { get; init; }

    /// <summary>How many elements of a collected list are kept, from its beginning.</summary>
    public int? Take { get; init; }

    /// <summary>What must hold of the result.</summary>
    public IReadOnlyList<FeelSource> Having { get; init; } = [];
}

/// <summary>A name for a value.</summary>
/// <param name="Variable">The name.</param>
/// <param name="Value">The value.</param>
public sealed record LetCondition(string Variable, FeelSource Value) : Condition;

/// <summary>Something that must be true of the variables so far.</summary>
/// <param name="Test">The expression.</param>
public sealed record TestCondition(FeelSource Test) : Condition;

/// <summary>At least one branch holds; the rule matches once for each that does.</summary>
/// <param name="Branches">The conditions of each branch.</param>
public sealed record OrCondition(IReadOnlyList<IReadOnlyList<Condition>> Branches) : Condition;

/// <summary>Something that a rule does.</summary>
public abstract record RuleAction
{
    /// <summary>Where it stands.</summary>
    public Mark At { get; init; }
}

/// <summary>Inserts a fact; while true: it goes when the match goes.</summary>
/// <param name="Type">The fact type's name.</param>
/// <param name="Values">Field to expression.</param>
/// <param name="WhileTrue">Whether the fact depends on the match.</param>
public sealed record InsertAction(string Type, IReadOnlyList<KeyValuePair<string, FeelSource>> Values, bool WhileTrue) : RuleAction;

/// <summary>Changes fields of a matched fact.</summary>
/// <param name="Variable">Which fact.</param>
/// <param name="Values">Field to expression.</param>
public sealed record UpdateAction(string Variable, IReadOnlyList<KeyValuePair<string, FeelSource>> Values) : RuleAction;

/// <summary>Takes a matched fact away.</summary>
/// <param name="Variable">Which fact.</param>
public sealed record RetractAction(string Variable) : RuleAction;

/// <summary>Adds a row to what the set answers.</summary>
/// <param name="Values">Name to expression.</param>
public sealed record EmitAction(IReadOnlyList<KeyValuePair<string, FeelSource>> Values) : RuleAction;

/// <summary>Asks a decision and names its answer for the actions that follow.</summary>
/// <param name="Key">Of the decision.</param>
/// <param name="Input">Name to expression.</param>
/// <param name="Variable">What the answer is called.</param>
public sealed record DecideAction(string Key, IReadOnlyList<KeyValuePair<string, FeelSource>> Input, string Variable) : RuleAction;

/// <summary>No further rule fires.</summary>
public sealed record StopAction : RuleAction;

/// <summary>Runs code; only for rules that are built in code.</summary>
/// <param name="Body">Is given the match. It must not keep it.</param>
public sealed record CodeAction(Action<RuleMatch> Body) : RuleAction;
