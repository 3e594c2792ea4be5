using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>Builds a rule set in code; what comes out is the same <see cref="RuleSetModel"/> that YAML gives.</summary>
/// <param name="name">What people call it.</param>
public sealed class RuleSetBuilder(string name)
{
    private readonly List<FactType> types = [];
    private readonly List<RuleModel> rules = [];
    private readonly List<string> groups = [];
    private AgendaOrder order;
    private FeelSource? result;

    /// <summary>Declares a kind of fact.</summary>
    public RuleSetBuilder Fact(string type, params (string Name, FeelType Type)[] fields)
    {
        types.Add(new FactType(new RowShape(type, [.. fields.Select(named => new RowField(named.Name, named.Type))]), default));
        return this;
    }

    /// <summary>Follows a chain to its end before another begins.</summary>
    public RuleSetBuilder DepthFirst()
    {
        order = AgendaOrder.DepthFirst;
        return this;
    }

    /// <summary>Declares the agenda groups, in the order in which they have the agenda.</summary>
    public RuleSetBuilder Groups(params string[] names)
    {
        groups.AddRange(names);
        return this;
    }

    /// <summary>What the set answers: an expression over emitted and facts.</summary>
    public RuleSetBuilder Result(string expression)
    {
        result = expression;
        return this;
    }

    /// <summary>Adds a rule.</summary>
    public RuleSetBuilder Rule(string rule, Action<RuleBuilder> build)
    {
        var builder = new RuleBuilder(rule);
        build(builder);
        rules.Add(builder.Build());
        return this;
    }

    /// <summary>The canonical form.</summary>
    public RuleSetModel Model() => new() { Name = name, Order = order, Groups = groups, FactTypes = types, Rules = rules, Result = result };

    /// <summary>The set, ready to run.</summary>
    /// <exception cref="ArgumentException">It has mistakes; the message names each.</exception>
    public RuleSet Build()
    {
        var set = RuleSet.From(Model());
        return set.Problems.Count == 0 ? set : throw new ArgumentException(string.Join(Environment.NewLine, set.Problems.Select(problem => problem.Message)));
    }
}

/// <summary>Builds a rule in code.</summary>
/// <param name="name">Unique within the set.</param>
public sealed class RuleBuilder(string name)
{
    private readonly List<Condition> when = [];
    private readonly List<RuleAction> then = [];
    private RuleModel model = new() { Name = name, When = [], Then = [] };

    /// <summary>One match for each fact that satisfies the conditions.</summary>
    public RuleBuilder Match(string variable, string type, params string[] where) => With(new MatchCondition(variable, Pattern(type, where)));

    /// <summary>No such fact.</summary>
    public RuleBuilder Not(string type, params string[] where) => With(new ExistsCondition(Pattern(type, where), true));

    /// <summary>At least one such fact.</summary>
    public RuleBuilder Exists(string type, params string[] where) => With(new ExistsCondition(Pattern(type, where), false));

    /// <summary>Every such fact satisfies more.</summary>
    public RuleBuilder All(string type, string[] where, params string[] satisfy) =>
        With(new AllCondition(Pattern(type, where), [.. satisfy.Select(text => (FeelSource)text)]));

    /// <summary>All such facts together, or by group.</summary>
    public RuleBuilder Aggregate(
        AggregateKind kind, string variable, string type, string[]? where = null, string? of = null, string? groupBy = null, string? group = null,
        string? orderBy = null, bool descending = false, int? take = null, params string[] having) =>
        With(new AggregateCondition(kind, variable, Pattern(type, where ?? []))
        {
            Of = of is null ? default(FeelSource?) : new FeelSource(of, default),
            GroupBy = groupBy is null ? default(FeelSource?) : new FeelSource(groupBy, default),
            GroupVariable = group,
            OrderBy = orderBy is null ? default(FeelSource?) : new FeelSource(orderBy, default),
            Descending = descending,
            Take = take,
            Having = [.. having.Select(text => (FeelSource)text)],
        });

    /// <summary>A name for a value.</summary>
    public RuleBuilder Let(string variable, string value) => With(new LetCondition(variable, value));

    /// <summary>Something that must be true of the variables so far.</summary>
    public RuleBuilder Test(string condition) => With(new TestCondition(condition));

    /// <summary>At least one branch holds.</summary>
    public RuleBuilder Or(params Action<RuleBuilder>[] branches) => With(new OrCondition([.. branches.Select(branch =>
    {
        var built = new RuleBuilder(name);
        branch(built);
        return (IReadOnlyList<Condition>)built.when;
    })]));

    /// <summary>Higher goes first: a number, or an expression over the match.</summary>
    public RuleBuilder Priority(string expression)
    {
        model = model with { Priority = expression };
        return this;
    }

    /// <summary>Fires again when a field that the conditions read has changed.</summary>
    public RuleBuilder Repeat()
    {
        model = model with { Repeat = true };
        return this;
    }

    /// <summary>The agenda group.</summary>
    public RuleBuilder Group(string group)
    {
        model = model with { Group = group };
        return this;
    }

    /// <summary>When it applies.</summary>
    public RuleBuilder Active(DateTimeOffset? from, DateTimeOffset? to)
    {
        model = model with { ActiveFrom = from, ActiveTo = to };
        return this;
    }

    /// <summary>Runs code.</summary>
    public RuleBuilder Do(Action<RuleMatch> body) => Then(new CodeAction(body));

    /// <summary>Inserts a fact.</summary>
    public RuleBuilder Insert(string type, params (string Field, string Value)[] values) => Then(new InsertAction(type, Values(values), false));

    /// <summary>Inserts a fact that goes when the match goes.</summary>
    public RuleBuilder InsertWhileTrue(string type, params (string Field, string Value)[] values) => Then(new InsertAction(type, Values(values), true));

    /// <summary>Changes fields of a matched fact.</summary>
    public RuleBuilder Update(string variable, params (string Field, string Value)[] values) => Then(new UpdateAction(variable, Values(values)));

    /// <summary>Takes a matched fact away.</summary>
    public RuleBuilder Retract(string variable) => Then(new RetractAction(variable));

    /// <summary>Adds a row to the answer.</summary>
    public RuleBuilder Emit(params (string Name, string Value)[] values) => Then(new EmitAction(Values(values)));

    /// <summary>Asks a decision.</summary>
    public RuleBuilder Decide(string key, string variable, params (string Name, string Value)[] input) => Then(new DecideAction(key, Values(input), variable));

    /// <summary>Nothing further fires.</summary>
    public RuleBuilder Stop() => Then(new StopAction());

    internal RuleModel Build() => model with { When = when, Then = then };

    private RuleBuilder With(Condition condition)
    {
        when.Add(condition);
        return this;
    }

    private RuleBuilder Then(RuleAction action)
    {
        then.Add(action);
        return this;
    }

    private static FactPattern Pattern(string type, string[] where) => new(type, [.. where.Select(text => (FeelSource)text)]);

    private static List<KeyValuePair<string, FeelSource>> Values((string Name, string Value)[] values) =>
        [.. values.Select(value => KeyValuePair.Create(value.Name, (FeelSource)value.Value))];
}
