using System.Text.Json.Nodes;

using Switchboard.Rules.Rete;
using Switchboard.Runtime.Decisions;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>A rule set in YAML.</summary>
internal sealed class RulesetKind : ArtefactKind
{
    public override string Name => "ruleset";

    public override string Folder => "rules/sets";

    public override string Ending => ".yaml";

    public override ArtefactContent Read(string key, string text) => new RulesetContent(text);

    public override string Canonical(string text) => YamlText.Canonical(text);
}

/// <summary>A rule set, read.</summary>
internal sealed class RulesetContent : ArtefactContent
{
    private readonly JsonObject json;
    private readonly Lazy<RuleSet> rules;
    private readonly Lazy<RuleSetLogic> logic;

    public RulesetContent(string text)
    {
        rules = new Lazy<RuleSet>(() => RuleSet.Parse(text));
        logic = new Lazy<RuleSetLogic>(() => new RuleSetLogic(rules.Value));
        var (read, syntax) = YamlText.Read(text);
        json = read ?? [];
        Problems = syntax is null ? [] : [syntax];
    }

    /// <summary>Of the YAML alone: a set with a wrong rule can be saved as a draft.</summary>
    public override IReadOnlyList<ArtefactProblem> Problems { get; }

    public override DecisionLogic Logic => logic.Value;

    public override IEnumerable<ArtefactTest> Tests => rules.Value.Tests.Select(test => new ArtefactTest(test.Name, world => logic.Value.Test(test, world)));

    public override IEnumerable<ArtefactReference> References =>
        from rule in rules.Value.Model.Rules
        from action in rule.Then.OfType<DecideAction>()
        let asked = DecisionRequest.Split(action.Key)
        select new ArtefactReference("decision", asked.Key, $"rule {rule.Name}", asked.Decision);

    public override IEnumerable<ArtefactProblem> Check(ArtefactWorld world) => rules.Value.Problems.Select(problem => new ArtefactProblem(
        "error", problem.Code, problem.Message, problem.At.Line == 0 ? null : problem.At.Line, Column: problem.At.Line == 0 ? null : problem.At.Column, Element: problem.Rule));

    /// <summary>What stands under a name is a part: a rule, a fact type, a test.</summary>
    public override IEnumerable<ArtefactPart> Parts
    {
        get
        {
            var others = new JsonObject();
            foreach (var (section, value) in json)
            {
                var parts = Named(section, value).ToList();
                if (parts.Count == 0)
                    others[section] = value?.DeepClone();
                foreach (var part in parts)
                    yield return part;
            }
            yield return new ArtefactPart("ruleset", "ruleset", "rule set", others);
        }
    }

    private static IEnumerable<ArtefactPart> Named(string section, JsonNode? value)
    {
        var what = section.EndsWith('s') ? section[..^1] : section;
        return value switch
        {
            JsonArray list when list.All(item => NameOf(item) is not null) => list.Select(item => new ArtefactPart(what, NameOf(item)!, NameOf(item)!, (JsonObject)item!.DeepClone())),
            JsonObject map when map.All(entry => entry.Value is JsonObject) => map.Select(entry => new ArtefactPart(what, entry.Key, entry.Key, (JsonObject)entry.Value!.DeepClone())),
            _ => [],
        };
    }

    private static string? NameOf(JsonNode? item) => (item as JsonObject)?["name"] is JsonValue value && value.TryGetValue<string>(out var name)
        ? name
        : ((item as JsonObject)?["rule"] as JsonValue)?.ToString();
}
