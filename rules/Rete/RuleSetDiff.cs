namespace Switchboard.Rules.Rete;

/// <summary>One thing in which two versions of a rule set differ.</summary>
/// <param name="What">set, fact, field or rule.</param>
/// <param name="Name">Its name; a field as fact.field.</param>
/// <param name="Change">added, removed or changed.</param>
/// <param name="Part">Which part of it has changed: when, then, priority, type…; null for added and removed.</param>
/// <param name="Before">What it was, in words; null where it was not there.</param>
/// <param name="After">What it is now; null where it is gone.</param>
public sealed record RuleSetChange(string What, string Name, string Change, string? Part, string? Before, string? After);

/// <summary>How two versions of a rule set differ in what they say, not in how it is written.</summary>
public static class RuleSetDiff
{
    /// <summary>The differences, facts before rules, in the order of the newer version.</summary>
    public static IReadOnlyList<RuleSetChange> Between(RuleSet before, RuleSet after)
    {
        var changes = new List<RuleSetChange>();
        Part(changes, "set", after.Model.Name, "name", before.Model.Name, after.Model.Name);
        Part(changes, "set", after.Model.Name, "order", before.Model.Order.ToString(), after.Model.Order.ToString());
        Part(changes, "set", after.Model.Name, "groups", string.Join(", ", before.Model.Groups), string.Join(", ", after.Model.Groups));
        Part(changes, "set", after.Model.Name, "result", before.Model.Result?.Text, after.Model.Result?.Text);
        Pairs(changes, "fact", Facts(before), Facts(after), (_, _, _) => { });
        Pairs(changes, "field", Fields(before), Fields(after), (name, old, now) => Part(changes, "field", name, "type", old, now));
        Pairs(changes, "rule", Rules(before), Rules(after), (name, old, now) => Rule(changes, name, old, now));
        return changes;
    }

    private static Dictionary<string, string> Facts(RuleSet set) => set.Model.FactTypes.DistinctBy(type => type.Name).ToDictionary(type => type.Name, type => type.Name);

    private static Dictionary<string, string> Fields(RuleSet set) => set.Model.FactTypes.DistinctBy(type => type.Name)
        .SelectMany(type => type.Shape.Fields.Select(known => (Name: $"{type.Name}.{known.Name}", Type: known.Type.ToString())))
        .ToDictionary(known => known.Name, known => known.Type!);

    private static Dictionary<string, RuleModel> Rules(RuleSet set) => set.Model.Rules.DistinctBy(rule => rule.Name).ToDictionary(rule => rule.Name);

    private static void Pairs<T>(List<RuleSetChange> changes, string what, Dictionary<string, T> before, Dictionary<string, T> after, Action<string, T, T> compare)
    {
        foreach (var name in before.Keys.Except(after.Keys))
            changes.Add(new RuleSetChange(what, name, "removed", null, Describe(before[name]), null));
        foreach (var (name, now) in after)
        {
            if (before.TryGetValue(name, out var old))
                compare(name, old, now);
            else
                changes.Add(new RuleSetChange(what, name, "added", null, null, Describe(now)));
        }
    }

    private static string Describe<T>(T thing) => thing is RuleModel rule
        ? $"when {string.Join(" and ", rule.When.Select(RuleText.Of))} then {string.Join("; ", rule.Then.Select(RuleText.Of))}"
        : thing?.ToString() ?? "";

    private static void Rule(List<RuleSetChange> changes, string name, RuleModel old, RuleModel now)
    {
        Part(changes, "rule", name, "description", old.Description, now.Description);
        Part(changes, "rule", name, "priority", old.Priority?.Text, now.Priority?.Text);
        Part(changes, "rule", name, "repeat", old.Repeat ? "true" : "false", now.Repeat ? "true" : "false");
        Part(changes, "rule", name, "group", old.Group, now.Group);
        Part(changes, "rule", name, "from", RuleText.Of(old.ActiveFrom), RuleText.Of(now.ActiveFrom));
        Part(changes, "rule", name, "to", RuleText.Of(old.ActiveTo), RuleText.Of(now.ActiveTo));
        Part(changes, "rule", name, "when", string.Join("\n", old.When.Select(RuleText.Of)), string.Join("\n", now.When.Select(RuleText.Of)));
        Part(changes, "rule", name, "then", string.Join("\n", old.Then.Select(RuleText.Of)), string.Join("\n", now.Then.Select(RuleText.Of)));
    }

    private static void Part(List<RuleSetChange> changes, string what, string name, string part, string? before, string? after)
    {
        if (before != after)
            changes.Add(new RuleSetChange(what, name, "changed", part, before, after));
    }
}

/// <summary>Conditions and actions in words, for messages and comparisons.</summary>
internal static class RuleText
{
    public static string? Of(DateTimeOffset? instant) => instant?.ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    public static string Of(Condition condition) => condition switch
    {
        MatchCondition match => $"{match.Variable}: {Of(match.Pattern)}",
        ExistsCondition exists => $"{(exists.Negated ? "not" : "exists")} {Of(exists.Pattern)}",
        AllCondition all => $"all {Of(all.Pattern)} satisfy {string.Join(" and ", all.Satisfy)}",
        AggregateCondition aggregate => $"{aggregate.Variable}: {aggregate.Kind.ToString().ToLowerInvariant()} {aggregate.Of} of {Of(aggregate.Pattern)}"
            + (aggregate.GroupBy is { } group ? $" by {aggregate.GroupVariable} = {group}" : "") + (aggregate.OrderBy is { } order ? $" ordered by {order}{(aggregate.Descending ? " descending" : "")}" : "")
            + (aggregate.Take is { } take ? $" take {take}" : "") + (aggregate.Having.Count > 0 ? $" having {string.Join(" and ", aggregate.Having)}" : ""),
        LetCondition let => $"let {let.Variable} = {let.Value}",
        TestCondition test => test.Test.Text,
        OrCondition or => $"({string.Join(" or ", or.Branches.Select(branch => string.Join(" and ", branch.Select(Of))))})",
        _ => condition.ToString(),
    };

    public static string Of(RuleAction action) => action switch
    {
        InsertAction insert => $"insert{(insert.WhileTrue ? " while true" : "")} {insert.Type} {{{Of(insert.Values)}}}",
        UpdateAction update => $"update {update.Variable} {{{Of(update.Values)}}}",
        RetractAction retract => $"retract {retract.Variable}",
        EmitAction emit => $"emit {{{Of(emit.Values)}}}",
        DecideAction decide => $"decide {decide.Key} {{{Of(decide.Input)}}} as {decide.Variable}",
        StopAction => "stop",
        _ => "code",
    };

    private static string Of(FactPattern pattern) => pattern.Where.Count == 0 ? pattern.Type : $"{pattern.Type} where {string.Join(" and ", pattern.Where)}";

    private static string Of(IReadOnlyList<KeyValuePair<string, FeelSource>> values) => string.Join(", ", values.Select(value => $"{value.Key}: {value.Value}"));
}
