using FluentAssertions;

using FsCheck;
using FsCheck.Fluent;

using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;

using Xunit;

namespace Switchboard.Rules.Tests.Rete;

/// <summary>Random rules over random facts that come, change and go: the network finds exactly what brute force finds. RULES_LONG=1: 100,000 runs.</summary>
public sealed class NaiveMatcherTests
{
    private static readonly FactType A = new(new RowShape("A", [
        new("n", FeelType.Number), new("s", FeelType.String), new("b", FeelType.Boolean), new("l", new ListType(FeelType.String))]), default);

    private static readonly FactType B = new(new RowShape("B", [
        new("n", FeelType.Number), new("s", FeelType.String), new("m", FeelType.Number), new("l", new ListType(FeelType.String))]), default);

    private static readonly string[] Alpha = ["n > 1", "n = 2", "n < 3", "n >= 2 and s = \"x\"", "s = \"y\"", "s != \"x\"", "n in [1..2]", "s in (\"x\", \"z\")", "n = 1 or s = \"x\"", "list contains(l, \"x\")", "n + 1 > 2", "count(l) = 1"];
    private static readonly string[] Beta = ["n = {0}.n", "s = {0}.s", "n > {0}.n", "n + {0}.n = 3", "list contains(l, {0}.s)", "s in {0}.l", "list contains({0}.l, s)", "{0}.s in l", "n = {0}.n and s != {0}.s"];
    private static readonly string[] Over = ["{0}.n > 1", "{0}.s = \"x\"", "{0}.n + 1 = 3"];

    [Fact]
    public void The_network_finds_what_brute_force_finds()
    {
        var runs = Environment.GetEnvironmentVariable("RULES_LONG") == "1" ? 100_000 : 400;
        var seeds = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(runs), Prop.ForAll(seeds, seed => Compare(new System.Random(seed))));
    }

    private static void Compare(System.Random random)
    {
        var rules = Enumerable.Range(0, 1 + random.Next(4)).Select(i => Rule($"r{i}", random)).ToList();
        var model = new RuleSetModel { Name = "random", FactTypes = [A, B], Rules = rules };
        var set = RuleSet.From(model);
        set.Problems.Should().BeEmpty();
        var active = new Dictionary<string, List<string>>();
        var run = new FeelRun(TimeProvider.System);
        var ids = new Dictionary<FeelRow, long>(ReferenceEqualityComparer.Instance);
        using var session = set.Open(run, told => Note(told, active, ids));
        var facts = new List<Fact>();
        for (var step = 0; step < 25; step++)
        {
            Change(session, facts, random);
            if (step % 4 != 3)
                continue;
            _ = session.WaitingCount;
            if (random.Next(3) == 0)
                session.Fire();
            foreach (var rule in rules)
            {
                var expected = NaiveMatcher.Matches(rule, model, facts, run);
                var actual = active.GetValueOrDefault(rule.Name, []).Order(StringComparer.Ordinal).ToList();
                actual.Should().Equal(expected, "{0} over {1}", Text(rule), string.Join("; ", facts));
            }
        }
        foreach (var fact in facts)
            session.Retract(fact);
        session.Fire();
        foreach (var rule in rules)
            active.GetValueOrDefault(rule.Name, []).Order(StringComparer.Ordinal).Should().Equal(NaiveMatcher.Matches(rule, model, [], run), Text(rule));
    }

    private static void Note(RuleEvent told, Dictionary<string, List<string>> active, Dictionary<FeelRow, long> ids)
    {
        if (told.Fact is { } fact)
            ids[fact.Row] = fact.Id;
        if (told.Match is not { } match || told.Kind == RuleEventKind.Fired)
            return;
        if (!active.TryGetValue(match.Rule, out var list))
            active.Add(match.Rule, list = []);
        var text = Text(match, ids);
        if (told.Kind == RuleEventKind.Activated)
            list.Add(text);
        else
            list.Remove(text).Should().BeTrue("{0} was found before it went", text);
    }

    private static string Text(RuleMatch match, Dictionary<FeelRow, long> ids) => string.Join(", ", match.Bindings()
        .OrderBy(bound => bound.Key, StringComparer.Ordinal)
        .Select(bound => $"{bound.Key}={Text(bound.Value, ids)}"));

    private static string Text(FeelValue value, Dictionary<FeelRow, long> ids) =>
        value.Kind == FeelKind.Context ? $"#{ids[(FeelRow)value.Reference!]}"
        : value.Kind != FeelKind.List ? value.ToString()
        : string.Join('+', value.AsList().Select(element => ids[(FeelRow)element.Reference!]).Order());

    private static void Change(RuleSession session, List<Fact> facts, System.Random random)
    {
        var choice = random.Next(10);
        if (choice < 5 || facts.Count == 0)
        {
            var type = random.Next(2) == 0 ? A : B;
            facts.Add(session.Insert(new FeelRow(type.Shape, [.. type.Shape.Fields.Select(known => Value(known.Type, random))])));
        }
        else if (choice < 8)
        {
            var fact = facts[random.Next(facts.Count)];
            var values = (FeelValue[])fact.Row.Values.Clone();
            var changed = random.Next(values.Length);
            values[changed] = Value(fact.Row.Shape.Fields[changed].Type, random);
            session.Update(fact, new FeelRow(fact.Row.Shape, values));
        }
        else
        {
            var at = random.Next(facts.Count);
            session.Retract(facts[at]);
            facts.RemoveAt(at);
        }
    }

    private static FeelValue Value(FeelType type, System.Random random)
    {
        if (random.Next(12) == 0)
            return default;
        string[] texts = ["x", "y", "z"];
        return type is ListType ? FeelValue.ListOf([.. Enumerable.Range(0, random.Next(4)).Select(_ => FeelValue.Of(texts[random.Next(3)]))])
            : type == FeelType.Number ? FeelValue.Of((decimal)random.Next(4))
            : type == FeelType.Boolean ? FeelValue.Of(random.Next(2) == 0)
            : FeelValue.Of(texts[random.Next(3)]);
    }

    private static RuleModel Rule(string name, System.Random random)
    {
        var when = new List<Condition>();
        var variables = new List<string>();
        var count = 1 + random.Next(4);
        for (var i = 0; i < count; i++)
            when.Add(Any(i, variables, random, nested: false));
        return new RuleModel { Name = name, When = when, Then = [new CodeAction(_ => { })], Repeat = random.Next(2) == 0 };
    }

    private static Condition Any(int i, List<string> variables, System.Random random, bool nested)
    {
        var kind = random.Next(nested ? 7 : 10);
        switch (kind)
        {
            case < 4:
                var pattern = Pattern(variables, random);
                if (!nested)
                    variables.Add($"v{i}");
                return nested ? new ExistsCondition(pattern, false) : new MatchCondition($"v{i}", pattern);
            case 4 or 5:
                return new ExistsCondition(Pattern(variables, random), random.Next(3) > 0);
            case 6:
                return new AllCondition(Pattern(variables, random), [Alpha[random.Next(Alpha.Length)]]);
            case 7:
                return variables.Count == 0 ? new LetCondition($"x{i}", "1 + 1")
                    : random.Next(2) == 0 ? new LetCondition($"x{i}", $"{variables[random.Next(variables.Count)]}.n") : new TestCondition(In(Over, variables, random));
            case 8:
                return new OrCondition([[Any(i * 10, variables, random, true)], [Any((i * 10) + 1, variables, random, true)]]);
            default:
                var aggregate = (AggregateKind)random.Next(6);
                var isGrouped = random.Next(2) == 0;
                return new AggregateCondition(aggregate, $"g{i}", Pattern(variables, random))
                {
                    Of = aggregate is AggregateKind.Collect or AggregateKind.Count ? default(FeelSource?) : new FeelSource("n", default),
                    GroupBy = isGrouped ? new FeelSource("s", default) : default(FeelSource?),
                    GroupVariable = isGrouped ? $"k{i}" : null,
                    Having = random.Next(2) == 0 && aggregate != AggregateKind.Collect ? [$"g{i} > 1"] : [],
                };
        }
    }

    private static FactPattern Pattern(List<string> variables, System.Random random)
    {
        var where = new List<FeelSource>();
        if (random.Next(3) > 0)
            where.Add(Alpha[random.Next(Alpha.Length)]);
        if (variables.Count > 0 && random.Next(4) > 0)
            where.Add(In(Beta, variables, random));
        return new FactPattern(random.Next(2) == 0 ? "A" : "B", where);
    }

    private static string In(string[] texts, List<string> variables, System.Random random) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, texts[random.Next(texts.Length)], variables[random.Next(variables.Count)]);

    private static string Text(RuleModel rule) => string.Join(" & ", rule.When.Select(condition => condition switch
    {
        MatchCondition match => $"{match.Variable}: {match.Pattern.Type}[{string.Join(", ", match.Pattern.Where)}]",
        ExistsCondition exists => $"{(exists.Negated ? "not" : "exists")} {exists.Pattern.Type}[{string.Join(", ", exists.Pattern.Where)}]",
        AllCondition all => $"all {all.Pattern.Type}[{string.Join(", ", all.Pattern.Where)}] satisfy {string.Join(", ", all.Satisfy)}",
        AggregateCondition aggregate => $"{aggregate.Variable}: {aggregate.Kind} {aggregate.Pattern.Type}[{string.Join(", ", aggregate.Pattern.Where)}] of {aggregate.Of} by {aggregate.GroupBy} having {string.Join(", ", aggregate.Having)}",
        _ => condition.ToString(),
    }));
}
