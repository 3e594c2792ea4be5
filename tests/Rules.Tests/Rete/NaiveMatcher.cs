using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;

namespace Switchboard.Rules.Tests.Rete;

/// <summary>Every match of a rule by brute force: each combination of facts, each condition evaluated by FEEL alone.</summary>
internal static class NaiveMatcher
{
    public static List<string> Matches(RuleModel rule, RuleSetModel set, IReadOnlyList<Fact> facts, FeelRun run)
    {
        var found = new List<string>();
        foreach (var branch in Branches(rule.When))
            Extend(branch, 0, [], set, facts, run, found);
        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<List<Condition>> Branches(IReadOnlyList<Condition> conditions)
    {
        IEnumerable<List<Condition>> all = [[]];
        foreach (var condition in conditions)
        {
            all = condition is OrCondition or
                ? all.SelectMany(so => or.Branches.SelectMany(Branches).Select(branch => so.Concat(branch).ToList())).ToList()
                : all.Select(so => so.Append(condition).ToList()).ToList();
        }
        return all;
    }

    private static void Extend(
        List<Condition> conditions, int at, List<(string Name, FeelType Type, FeelValue Value, string Text)> bound, RuleSetModel set,
        IReadOnlyList<Fact> facts, FeelRun run, List<string> found)
    {
        if (at == conditions.Count)
        {
            found.Add(string.Join(", ", bound.OrderBy(variable => variable.Name, StringComparer.Ordinal).Select(variable => $"{variable.Name}={variable.Text}")));
            return;
        }
        void Next(params (string, FeelType, FeelValue, string)[] more) => Extend(conditions, at + 1, [.. bound, .. more], set, facts, run, found);
        switch (conditions[at])
        {
            case MatchCondition match:
                foreach (var fact in Of(match.Pattern, match.Variable, bound, set, facts, run))
                    Next((match.Variable, new RowType(fact.Row.Shape), FeelValue.Of(fact.Row), $"#{fact.Id}"));
                break;
            case ExistsCondition exists:
                if (Of(exists.Pattern, null, bound, set, facts, run).Count == 0 == exists.Negated)
                    Next();
                break;
            case AllCondition all:
                if (Of(all.Pattern, null, bound, set, facts, run).TrueForAll(fact => all.Satisfy.All(source => Holds(source, fact.Row, null, bound, run))))
                    Next();
                break;
            case TestCondition test:
                if (Holds(test.Test, null, null, bound, run))
                    Next();
                break;
            case LetCondition let:
                var value = Evaluate(let.Value, null, null, bound, run);
                Next((let.Variable, FeelType.Any, value, value.ToString()));
                break;
            case AggregateCondition aggregate:
                var members = Of(aggregate.Pattern, null, bound, set, facts, run).OrderBy(fact => fact.Id).ToList();
                var groups = aggregate.GroupBy is { } by
                    ? members.GroupBy(fact => Evaluate(by, fact.Row, null, bound, run), FeelEqualityComparer.Instance).Select(group => (Key: group.Key, Facts: group.ToList()))
                    : [(Key: default(FeelValue), Facts: members)];
                foreach (var group in groups)
                    Aggregate(aggregate, group.Key, group.Facts, bound, run, Next);
                break;
        }
    }

    private static void Aggregate(
        AggregateCondition aggregate, FeelValue key, List<Fact> facts, List<(string Name, FeelType Type, FeelValue Value, string Text)> bound, FeelRun run,
        Action<(string, FeelType, FeelValue, string)[]> next)
    {
        var values = facts.Select(fact => aggregate.Of is { } of ? Evaluate(of, fact.Row, null, bound, run) : FeelValue.Of(fact.Row)).ToList();
        var list = FeelValue.Of((IReadOnlyList<FeelValue>)values);
        var value = aggregate.Kind switch
        {
            AggregateKind.Count => FeelValue.Of((decimal)values.Count),
            AggregateKind.Collect => list,
            AggregateKind.Sum => values.Count == 0 ? FeelValue.Of(0m) : Function("sum", list, run),
            AggregateKind.Min => Function("min", list, run),
            AggregateKind.Max => Function("max", list, run),
            _ => Function("mean", list, run),
        };
        var text = aggregate.Kind == AggregateKind.Collect ? string.Join('+', facts.Select(fact => fact.Id).Order()) : value.ToString();
        List<(string, FeelType, FeelValue, string)> more = [(aggregate.Variable, FeelType.Any, value, text)];
        if (aggregate.GroupVariable is { } group)
            more.Add((group, FeelType.Any, key, key.ToString()));
        if (aggregate.Having.All(source => Holds(source, null, null, [.. bound, .. more], run)))
            next([.. more]);
    }

    private static FeelValue Function(string name, FeelValue list, FeelRun run) =>
        FeelExpression.Parse($"{name}(x)", FeelScope.Empty.With("x", FeelType.Any)).Evaluate([list], run);

    private static List<Fact> Of(
        FactPattern pattern, string? variable, List<(string Name, FeelType Type, FeelValue Value, string Text)> bound, RuleSetModel set, IReadOnlyList<Fact> facts, FeelRun run) =>
        [.. facts.Where(fact => fact.Type == pattern.Type && pattern.Where.All(source => Holds(source, fact.Row, variable, bound, run)))];

    private static bool Holds(FeelSource source, FeelRow? own, string? variable, List<(string Name, FeelType Type, FeelValue Value, string Text)> bound, FeelRun run) =>
        Evaluate(source, own, variable, bound, run).IsTrue;

    private static FeelValue Evaluate(FeelSource source, FeelRow? own, string? variable, List<(string Name, FeelType Type, FeelValue Value, string Text)> bound, FeelRun run)
    {
        var scope = FeelScope.Empty.With(bound.Select(known => (known.Name, known.Type)));
        List<FeelValue> slots = [.. bound.Select(known => known.Value)];
        if (own is not null)
        {
            scope = scope.With(own.Shape.Fields.Select(known => (known.Name, known.Type)).Prepend((variable ?? " own", new RowType(own.Shape))));
            slots.AddRange([FeelValue.Of(own), .. own.Values]);
        }
        return Cache.GetOrAdd((source.Text, string.Join(',', scope.Variables.Select(known => known.Name))), _ => FeelExpression.Parse(source.Text, scope)).Evaluate([.. slots], run);
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(string, string), FeelExpression> Cache = new();
}
