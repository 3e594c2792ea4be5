using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>Something that the author of a rule set should look at.</summary>
/// <param name="Code">unreachable, duplicate, shadowed, endless, conflict.</param>
/// <param name="Rules">The rules that it is about.</param>
/// <param name="Message">In a sentence.</param>
/// <param name="At">Where the first of them stands.</param>
public sealed record RuleSetFinding(string Code, IReadOnlyList<string> Rules, string Message, Mark At)
{
    /// <summary>The fewest facts that show it, as the input of an evaluation; null where none can or none were found.</summary>
    public FeelContext? Example { get; init; }
}

/// <summary>
/// What can be said of a rule set without running it. Conditions that compare a field with a constant are understood; about
/// others nothing is claimed, so that what is found is so, but not everything is found.
/// </summary>
public static class RuleSetAnalysis
{
    /// <summary>The findings, in the order of the rules.</summary>
    public static IReadOnlyList<RuleSetFinding> Of(RuleSet set)
    {
        var findings = new List<RuleSetFinding>();
        var rules = set.Network.Productions;
        foreach (var rule in rules)
            Unreachable(rule, findings);
        Pairs(rules, findings);
        Endless(set.Model, findings);
        return [.. findings.Select(finding => finding with { Example = ExampleOf(set, finding) })];
    }

    private static FeelContext? ExampleOf(RuleSet set, RuleSetFinding finding)
    {
        var rule = set.Network.Productions.Find(rule => rule.Model.Name == finding.Rules[0]);
        return finding.Code switch
        {
            _ when rule is null => null,
            "unreachable" => null,
            "endless" => SmallestInput.ThatNeverEnds(set, rule),
            _ => SmallestInput.ThatMatches(set, rule, finding.Rules),
        };
    }

    private static void Unreachable(CompiledRule rule, List<RuleSetFinding> findings)
    {
        foreach (var step in rule.Steps)
        {
            if (step.Condition is ExistsCondition { Negated: true } or AllCondition)
                continue;
            var bounds = new Dictionary<int, Bounds>();
            foreach (var (text, test, _) in step.Tests)
            {
                if (test is not ComparePredicate { First: OwnFieldOperand own, Second: ConstantOperand constant } compare)
                    continue;
                if (!bounds.TryGetValue(own.Field, out var known))
                    bounds.Add(own.Field, known = new Bounds());
                if (known.Add(compare.Comparison, constant.Value, text) is { } other)
                {
                    findings.Add(new RuleSetFinding("unreachable", [rule.Model.Name], $"{rule.Model.Name} can never match: {other} and {text} exclude each other.", step.Condition.At));
                    return;
                }
            }
        }
    }

    private static void Pairs(List<CompiledRule> rules, List<RuleSetFinding> findings)
    {
        foreach (var same in rules.GroupBy(rule => string.Join('\n', rule.Model.When.Select(RuleText.Of))).Where(group => group.DistinctBy(rule => rule.Model.Name).Count() > 1))
        {
            var models = same.Select(rule => rule.Model).DistinctBy(model => model.Name).ToList();
            var names = models.Select(model => model.Name).ToList();
            if (models.Select(model => string.Join('\n', model.Then.Select(RuleText.Of))).Distinct().Count() == 1)
                findings.Add(new RuleSetFinding("duplicate", names, $"{string.Join(" and ", names)} say the same.", models[1].At));
            else if (models[0].Then.Any(action => action is StopAction) && models.Skip(1).All(later => later.Priority?.Text == models[0].Priority?.Text && later.Group == models[0].Group))
                findings.Add(new RuleSetFinding("shadowed", names, $"{string.Join(" and ", names.Skip(1))} cannot fire: {names[0]} has the same conditions, comes first and stops.", models[1].At));
            foreach (var conflict in models.SelectMany(model => model.Then.OfType<UpdateAction>().SelectMany(update => update.Values.Select(value => (Model: model, Target: $"{update.Variable}.{value.Key}", value.Value.Text))))
                .GroupBy(set => set.Target).Where(group => group.Select(set => set.Text).Distinct().Count() > 1))
                findings.Add(new RuleSetFinding("conflict", [.. conflict.Select(set => set.Model.Name)], $"{string.Join(" and ", conflict.Select(set => $"{set.Model.Name} sets {set.Target} to {set.Text}"))}, both for the same match.", conflict.Last().Model.At));
        }
    }

    /// <summary>Rules that repeat, or make facts, and whose changes reach their own conditions again.</summary>
    private static void Endless(RuleSetModel model, List<RuleSetFinding> findings)
    {
        var feeds = new Dictionary<object, List<RuleModel>>(ReferenceEqualityComparer.Instance);
        foreach (var rule in model.Rules)
            feeds[rule] = [.. model.Rules.Where(other => Feeds(rule, other))];
        var told = new HashSet<string>();
        foreach (var rule in model.Rules)
        {
            if (Circle(rule, feeds) is not { } circle || !told.Add(string.Join('\n', circle.Select(member => member.Name).Order(StringComparer.Ordinal))))
                continue;
            var names = circle.Select(member => member.Name).ToList();
            findings.Add(new RuleSetFinding("endless", names, $"{string.Join(" → ", names.Append(names[0]))} can feed each other without end.", rule.At));
        }
    }

    private static List<RuleModel>? Circle(RuleModel from, Dictionary<object, List<RuleModel>> feeds)
    {
        var paths = new Queue<List<RuleModel>>([[from]]);
        var seen = new HashSet<RuleModel>(ReferenceEqualityComparer.Instance);
        while (paths.TryDequeue(out var path))
        {
            foreach (var next in feeds[path[^1]])
            {
                if (ReferenceEquals(next, from))
                    return path;
                if (seen.Add(next))
                    paths.Enqueue([.. path, next]);
            }
        }
        return null;
    }

    private static bool Feeds(RuleModel rule, RuleModel other)
    {
        foreach (var action in rule.Then)
        {
            if (action is InsertAction insert && Patterns(other.When).Any(pattern => pattern.Pattern.Type == insert.Type && pattern.IsPositive && !Excludes(insert, pattern.Pattern)))
                return true;
            if (action is not UpdateAction update || !other.Repeat)
                continue;
            var type = Patterns(rule.When).FirstOrDefault(pattern => pattern.Variable == update.Variable).Pattern?.Type;
            if (Patterns(other.When).Any(pattern => pattern.Pattern.Type == type && update.Values.Any(value => pattern.Pattern.Where.Any(where => RuleScope.Names(where.Text, value.Key)))))
                return true;
        }
        return false;
    }

    /// <summary>Whether the row that is inserted has a constant that the pattern does not let through: field = "other".</summary>
    private static bool Excludes(InsertAction insert, FactPattern pattern) => insert.Values.Any(value =>
        value.Value.Text.StartsWith('"') && pattern.Where.Any(where => where.Text.StartsWith($"{value.Key} = \"", StringComparison.Ordinal) && where.Text != $"{value.Key} = {value.Value.Text}"
            && where.Text.Count(character => character == '"') == 2));

    private static IEnumerable<(string? Variable, FactPattern Pattern, bool IsPositive)> Patterns(IReadOnlyList<Condition> conditions) => conditions.SelectMany(condition => condition switch
    {
        MatchCondition match => [(match.Variable, match.Pattern, true)],
        ExistsCondition exists => [(null, exists.Pattern, !exists.Negated)],
        AllCondition all => [(null, all.Pattern, false)],
        AggregateCondition aggregate => [(null, aggregate.Pattern, true)],
        OrCondition or => or.Branches.SelectMany(Patterns),
        _ => Enumerable.Empty<(string?, FactPattern, bool)>(),
    });

    /// <summary>What the constant conditions on one field leave over.</summary>
    private sealed class Bounds
    {
        private readonly List<(Comparison Comparison, FeelValue Value, string Text)> known = [];

        /// <returns>The earlier condition that leaves nothing over together with this one; null if there is none.</returns>
        public string? Add(Comparison comparison, FeelValue value, string text)
        {
            foreach (var (earlier, bound, other) in known)
            {
                if (Excludes(earlier, bound, comparison, value) || Excludes(comparison, value, earlier, bound))
                    return other;
            }
            known.Add((comparison, value, text));
            return null;
        }

        private static bool Excludes(Comparison first, FeelValue a, Comparison second, FeelValue b)
        {
            if (a.Kind != b.Kind)
                return !a.IsNull && !b.IsNull && first != Comparison.NotEqual && second != Comparison.NotEqual;
            if (FeelOperators.Compare(a, b) is not { } order)
                return a.Kind == FeelKind.Boolean && first == Comparison.Equal && second == Comparison.Equal && a.IsTrue != b.IsTrue;
            return (first, second) switch
            {
                (Comparison.Equal, Comparison.Equal) => order != 0,
                (Comparison.Equal, Comparison.NotEqual) => order == 0,
                (Comparison.Equal or Comparison.GreaterOrEqual, Comparison.Less) => order >= 0,
                (Comparison.Equal or Comparison.GreaterOrEqual, Comparison.LessOrEqual) => order > 0,
                (Comparison.Equal, Comparison.Greater) => order <= 0,
                (Comparison.Equal, Comparison.GreaterOrEqual) => order < 0,
                (Comparison.Greater, Comparison.Less or Comparison.LessOrEqual) => order >= 0,
                _ => false,
            };
        }
    }
}
