using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>
/// Looks for the fewest facts that show something about rules: one fact a pattern, with the values that its conditions speak
/// of, tried in the set itself; then every field and fact that is not needed is left out. What is found does show it; where
/// conditions are of other kinds than comparisons with constants, there may be an input that is not found.
/// </summary>
internal sealed class SmallestInput
{
    private const int MostTries = 4000;

    private readonly RuleSet set;
    private readonly Func<IReadOnlySet<string>, RuleSession, bool> shows;

    private SmallestInput(RuleSet set, Func<IReadOnlySet<string>, RuleSession, bool> shows) => (this.set, this.shows) = (set, shows);

    /// <summary>The facts that make all these rules match at once; null if none were found.</summary>
    public static FeelContext? ThatMatches(RuleSet set, CompiledRule rule, IReadOnlyList<string> rules) =>
        new SmallestInput(set, (matched, _) => rules.All(matched.Contains)).Find(rule);

    /// <summary>The facts from which these rules go on without end; null if none were found.</summary>
    public static FeelContext? ThatNeverEnds(RuleSet set, CompiledRule rule) => new SmallestInput(set, (matched, session) =>
    {
        if (!matched.Contains(rule.Model.Name))
            return false;
        session.Fire();
        return session.Problem?.Code == "cycle_limit";
    }).Find(rule);

    private FeelEntries? Find(CompiledRule rule)
    {
        var patterns = rule.Steps.Where(step => step.Condition is MatchCondition or ExistsCondition { Negated: false } or AggregateCondition).ToList();
        var fields = new List<(int Pattern, int Field, FeelValue[] Candidates)>();
        var facts = patterns.Select(step => Blank(ShapeOf(step))).ToList();
        for (var i = 0; i < patterns.Count; i++)
        {
            for (var j = 0; j < facts[i].Values.Length; j++)
                fields.Add((i, j, Candidates(patterns[i], j, facts[i].Shape.Fields[j].Type)));
        }
        var choice = new int[fields.Count];
        for (var tries = 0; tries < MostTries; tries++)
        {
            for (var i = 0; i < fields.Count; i++)
                facts[fields[i].Pattern].Values[fields[i].Field] = fields[i].Candidates[choice[i]];
            if (Shows(facts))
                return Reduced(facts);
            var at = 0;
            while (at < choice.Length && ++choice[at] == fields[at].Candidates.Length)
                choice[at++] = 0;
            if (at == choice.Length)
                return null;
        }
        return null;
    }

    private RowShape ShapeOf(RuleStep step) => set.ShapeOf(step.Condition switch
    {
        MatchCondition match => match.Pattern.Type,
        ExistsCondition exists => exists.Pattern.Type,
        _ => ((AggregateCondition)step.Condition).Pattern.Type,
    });

    private static FeelRow Blank(RowShape shape) => new(shape, new FeelValue[shape.Fields.Count]);

    /// <summary>The values around the constants that a field is compared with; something of its type where there are none.</summary>
    private static FeelValue[] Candidates(RuleStep step, int field, FeelType type)
    {
        var constants = step.Tests.Select(test => test.Test).OfType<ComparePredicate>()
            .Where(test => test.First is OwnFieldOperand own && own.Field == field && test.Second is ConstantOperand)
            .Select(test => ((ConstantOperand)test.Second).Value)
            .SelectMany(value => value.IsShortNumber ? [value, FeelValue.Of(value.AsNumber() + 1), FeelValue.Of(value.AsNumber() - 1)] : new[] { value })
            .Distinct(FeelEqualityComparer.Instance).ToList();
        if (constants.Count > 0 && type == FeelType.String)
            constants.Add(FeelValue.Of("other"));
        return constants.Count > 0 ? [.. constants] : [Something(type)];
    }

    private static FeelValue Something(FeelType type) => type switch
    {
        ListType list => FeelValue.ListOf(Something(list.Element)),
        SimpleType { Kind: FeelKind.Number } => FeelValue.Of(1m),
        SimpleType { Kind: FeelKind.Boolean } => FeelValue.Of(true),
        SimpleType { Kind: FeelKind.String } => FeelValue.Of("a"),
        _ => default,
    };

    private bool Shows(List<FeelRow> facts)
    {
        var matched = new HashSet<string>(StringComparer.Ordinal);
        var run = new FeelRun(TimeProvider.System);
        using var session = set.Open(run, told =>
        {
            if (told.Kind == RuleEventKind.Activated)
                matched.Add(told.Match!.Rule);
        });
        foreach (var fact in facts)
            session.Insert(new FeelRow(fact.Shape, (FeelValue[])fact.Values.Clone()));
        return shows(matched, session);
    }

    /// <summary>Without the facts and the fields that it also shows without.</summary>
    private FeelEntries Reduced(List<FeelRow> facts)
    {
        for (var i = facts.Count - 1; i >= 0; i--)
        {
            if (facts.Count > 1 && Shows([.. facts.Where((_, at) => at != i)]))
                facts.RemoveAt(i);
        }
        foreach (var fact in facts)
        {
            for (var i = 0; i < fact.Values.Length; i++)
            {
                var value = fact.Values[i];
                fact.Values[i] = default;
                if (!value.IsNull && !Shows(facts))
                    fact.Values[i] = value;
            }
        }
        return new FeelEntries(facts.GroupBy(fact => fact.Shape.Name).Select(same => KeyValuePair.Create(
            same.Key, same.Count() == 1 ? Written(same.First()) : FeelValue.ListOf([.. same.Select(Written)]))));
    }

    private static FeelValue Written(FeelRow fact) => FeelValue.Of(new FeelEntries(fact.Entries.Where(entry => !entry.Value.IsNull)));
}
