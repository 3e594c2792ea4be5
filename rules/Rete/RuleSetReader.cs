using System.Globalization;

using Switchboard.Rules.Feel;

using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Switchboard.Rules.Rete;

/// <summary>Reads a rule set from YAML. Whatever is wrong is a problem with its line and column; the rest is read on.</summary>
internal sealed class RuleSetReader
{
    private const int MostCharacters = 4_000_000;

    internal static readonly string[] SetKeys = ["name", "description", "order", "groups", "cycle limit", "facts", "rules", "result", "tests"];
    internal static readonly string[] RuleKeys = ["name", "description", "priority", "repeat", "group", "from", "to", "when", "then"];
    internal static readonly string[] AggregateKeys = ["collect", "count", "sum", "min", "max", "average"];
    internal static readonly string[] ConditionKeys = ["not", "exists", "all", .. AggregateKeys, "let", "test", "or"];
    internal static readonly string[] ActionKeys = ["insert", "insert while true", "update", "retract", "emit", "decide", "stop"];

    private readonly List<RuleProblem> problems = [];
    private string? rule;

    public static (RuleSetModel Model, IReadOnlyList<RuleProblem> Problems, IReadOnlyList<RuleTestCase> Tests) Read(string yaml)
    {
        var reader = new RuleSetReader();
        var (model, tests) = reader.ReadSet(yaml);
        return (model, reader.problems, tests);
    }

    private (RuleSetModel, List<RuleTestCase>) ReadSet(string yaml)
    {
        var model = new RuleSetModel { Name = "", FactTypes = [], Rules = [] };
        if (Load(yaml) is not { } root)
            return (model, []);
        Known(root, SetKeys);
        var types = Types(Mapping(root, "facts"));
        model = model with
        {
            Name = Text(root, "name") ?? "",
            Description = Text(root, "description"),
            Order = Text(root, "order") switch
            {
                null or "fifo" => AgendaOrder.Fifo,
                "depth-first" => AgendaOrder.DepthFirst,
                var other => Wrong("unknown_order", $"order is fifo or depth-first, not {other}.", root, AgendaOrder.Fifo),
            },
            Groups = [.. Items(root, "groups").Select(Scalar).OfType<string>()],
            CycleLimit = Text(root, "cycle limit") is { } limit
                ? int.TryParse(limit, CultureInfo.InvariantCulture, out var most) && most > 0 ? most : Wrong("wrong_number", $"cycle limit is a number above 0, not {limit}.", root, 10_000)
                : 10_000,
            FactTypes = types,
            Rules = [.. Items(root, "rules").Select(Rule).OfType<RuleModel>()],
            Result = Source(root, "result"),
        };
        if (model.Name.Length == 0)
            Report("missing_name", "The rule set needs a name.", root);
        return (model, [.. Items(root, "tests").Select(node => Test(node, types)).OfType<RuleTestCase>()]);
    }

    private YamlMappingNode? Load(string yaml)
    {
        if (yaml.Length > MostCharacters)
        {
            problems.Add(new RuleProblem("too_large", $"A rule set may have {MostCharacters} characters.", default, null));
            return null;
        }
        try
        {
            var parser = new Parser(new StringReader(yaml));
            var depth = 0;
            // Anchors and aliases can make a small text into a huge tree; rule sets have no use for them.
            while (parser.MoveNext())
            {
                depth += parser.Current is YamlDotNet.Core.Events.MappingStart or YamlDotNet.Core.Events.SequenceStart ? 1
                    : parser.Current is YamlDotNet.Core.Events.MappingEnd or YamlDotNet.Core.Events.SequenceEnd ? -1 : 0;
                if (parser.Current is YamlDotNet.Core.Events.AnchorAlias || depth > 100)
                {
                    problems.Add(new RuleProblem("too_deep", "Aliases and more than 100 levels are not allowed.", At(parser.Current!.Start), null));
                    return null;
                }
            }
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }, ..])
                return root;
            problems.Add(new RuleProblem("wrong_kind", "A rule set is a mapping with facts and rules.", new Mark(1, 1), null));
        }
        catch (YamlException e)
        {
            problems.Add(new RuleProblem("wrong_yaml", e.Message, At(e.Start), null));
        }
        return null;
    }

    private List<FactType> Types(YamlMappingNode? facts)
    {
        var types = new List<FactType>();
        foreach (var (key, value) in Entries(facts))
        {
            var name = Scalar(key);
            if (name is null || value is not YamlMappingNode declared)
            {
                Report("wrong_kind", $"The fields of {name} are a mapping from name to type.", value);
                continue;
            }
            var fields = new List<RowField>();
            foreach (var (known, type) in declared.Children)
            {
                if (Scalar(known) is { } named && Scalar(type) is { } typed)
                    fields.Add(new RowField(named, Type(typed, type)));
            }
            types.Add(new FactType(new RowShape(name, fields), At(key.Start)));
        }
        return types;
    }

    private FeelType Type(string text, YamlNode at)
    {
        var parsed = FeelExpression.Parse($"null instance of {text}", FeelScope.Empty);
        if (parsed.Problems.Count == 0 && parsed.Syntax is InstanceOfSyntax instance && FeelScope.Empty.TypeOf(instance.Type) is { } type)
            return type;
        string[] known = ["string", "number", "boolean", "date", "time", "date and time", "days and time duration", "years and months duration", "Any", "list<string>", "list<number>"];
        return Wrong("unknown_type", $"There is no type {text}{Suggestion.For(text, known)}", at, FeelType.Any);
    }

    private RuleModel? Rule(YamlNode node)
    {
        if (node is not YamlMappingNode mapping)
            return Wrong<RuleModel?>("wrong_kind", "A rule is a mapping with name, when and then.", node, null);
        rule = Text(mapping, "name");
        Known(mapping, RuleKeys);
        if (rule is null)
            Report("missing_name", "The rule needs a name.", node);
        var model = new RuleModel
        {
            Name = rule ?? $"rule in line {node.Start.Line}",
            Description = Text(mapping, "description"),
            Priority = Source(mapping, "priority"),
            Repeat = Flag(mapping, "repeat"),
            Group = Text(mapping, "group"),
            ActiveFrom = Instant(mapping, "from"),
            ActiveTo = Instant(mapping, "to"),
            When = Conditions(mapping, "when"),
            Then = [.. Items(mapping, "then").Select(Action).OfType<RuleAction>()],
            At = At(node.Start),
        };
        if (model.Then.Count == 0)
            Report("empty_then", $"{model.Name} does nothing.", node);
        rule = null;
        return model;
    }

    private List<Condition> Conditions(YamlMappingNode mapping, string key) => [.. Items(mapping, key).Select(Condition).OfType<Condition>()];

    private Condition? Condition(YamlNode node)
    {
        var at = At(node.Start);
        if (node is YamlScalarNode)
            return new TestCondition(SourceOf(node)) { At = at };
        if (node is not YamlMappingNode { Children.Count: > 0 } mapping)
            return Wrong<Condition?>("wrong_kind", "A condition is an expression or a mapping.", node, null);
        var first = Scalar(mapping.Children[0].Key) ?? "";
        switch (first)
        {
            case "not" or "exists":
                Known(mapping, first, "where");
                return new ExistsCondition(Pattern(mapping, first), first == "not") { At = at };
            case "all":
                Known(mapping, first, "where", "satisfy");
                return new AllCondition(Pattern(mapping, first), Sources(mapping, "satisfy")) { At = at };
            case "let":
                if (mapping.Children[0].Value is YamlMappingNode { Children: [var named] })
                    return new LetCondition(Scalar(named.Key) ?? "", SourceOf(named.Value)) { At = at };
                return Wrong<Condition?>("wrong_kind", "let is one name and its expression.", node, null);
            case "test":
                Known(mapping, first);
                return new TestCondition(SourceOf(mapping.Children[0].Value)) { At = at };
            case "or":
                Known(mapping, first);
                return new OrCondition([.. Items(mapping, "or").Select(branch => (IReadOnlyList<Condition>)(branch is YamlSequenceNode many
                    ? [.. many.Children.Select(Condition).OfType<Condition>()]
                    : Condition(branch) is { } one ? [one] : []))])
                { At = at };
        }
        if (AggregateKeys.Contains(first))
            return Aggregate(mapping, first, at);
        Known(mapping, first, "where");
        if (Suggestion.For(first, ConditionKeys) is { Length: > 1 } near && mapping.Children[0].Value is not YamlScalarNode)
            Report("unknown_key", $"There is no condition {first}{near}", node);
        return new MatchCondition(first, Pattern(mapping, first)) { At = at };
    }

    private AggregateCondition Aggregate(YamlMappingNode mapping, string kind, Mark at)
    {
        Known(mapping, kind, "where", "of", "as", "group by", "group", "order by", "descending", "take", "having");
        return new AggregateCondition(Enum.Parse<AggregateKind>(kind, ignoreCase: true), Text(mapping, "as") ?? kind, Pattern(mapping, kind))
        {
            At = at,
            Of = Source(mapping, "of"),
            GroupBy = Source(mapping, "group by"),
            GroupVariable = Text(mapping, "group") ?? (Find(mapping, "group by") is null ? null : "group"),
            OrderBy = Source(mapping, "order by"),
            Descending = Flag(mapping, "descending"),
            Take = Text(mapping, "take") is { } take
                ? int.TryParse(take, CultureInfo.InvariantCulture, out var count) && count >= 0 ? count : Wrong<int?>("wrong_number", $"take is a number, not {take}.", mapping, null)
                : null,
            Having = Sources(mapping, "having"),
        };
    }

    private FactPattern Pattern(YamlMappingNode mapping, string key) => new(Text(mapping, key) ?? "", Sources(mapping, "where"));

    private RuleAction? Action(YamlNode node)
    {
        var at = At(node.Start);
        if (node is YamlScalarNode { Value: "stop" })
            return new StopAction { At = at };
        if (node is not YamlMappingNode { Children.Count: > 0 } mapping)
            return Wrong<RuleAction?>("wrong_kind", "An action is a mapping: insert, update, retract, emit, decide or stop.", node, null);
        var first = Scalar(mapping.Children[0].Key) ?? "";
        switch (first)
        {
            case "insert" or "insert while true":
                Known(mapping, first, "with");
                return new InsertAction(Text(mapping, first) ?? "", Values(mapping, "with"), first != "insert") { At = at };
            case "update":
                Known(mapping, first, "set");
                return new UpdateAction(Text(mapping, first) ?? "", Values(mapping, "set")) { At = at };
            case "retract":
                Known(mapping, first);
                return new RetractAction(Text(mapping, first) ?? "") { At = at };
            case "emit":
                Known(mapping, first);
                return new EmitAction(Values(mapping, "emit")) { At = at };
            case "decide":
                Known(mapping, first, "input", "as");
                return new DecideAction(Text(mapping, first) ?? "", Values(mapping, "input"), Text(mapping, "as") ?? "decision") { At = at };
            case "stop":
                Known(mapping, first);
                return new StopAction { At = at };
            default:
                return Wrong<RuleAction?>("unknown_key", $"There is no action {first}{Suggestion.For(first, ActionKeys)}", node, null);
        }
    }

    private RuleTestCase? Test(YamlNode node, List<FactType> types)
    {
        if (node is not YamlMappingNode mapping)
            return Wrong<RuleTestCase?>("wrong_kind", "A test is a mapping with name, input and expect.", node, null);
        Known(mapping, "name", "input", "expect");
        var input = Mapping(mapping, "input");
        foreach (var (key, _) in Entries(input))
        {
            if (Scalar(key) is { } name && types.TrueForAll(type => type.Name != name))
                Report("unknown_fact", $"There is no fact type {name}{Suggestion.For(name, types.Select(type => type.Name))}", key);
        }
        return new RuleTestCase(Text(mapping, "name") ?? "", Data(input), Data(Find(mapping, "expect")), null);
    }

    /// <summary>Plain YAML as values: dates and the like are text there, and conform to a fact's fields when they are inserted.</summary>
    private static FeelValue Data(YamlNode? node) => node switch
    {
        YamlMappingNode mapping => FeelValue.Of(new FeelEntries(mapping.Children.Select(entry => KeyValuePair.Create(Scalar(entry.Key) ?? "", Data(entry.Value))))),
        YamlSequenceNode sequence => FeelValue.Of((IReadOnlyList<FeelValue>)[.. sequence.Children.Select(Data)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => scalar.Value switch
        {
            null or "" or "null" or "~" => default,
            "true" => FeelValue.Of(true),
            "false" => FeelValue.Of(false),
            var text when decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => FeelValue.Of(number),
            var text => Literal(text),
        },
        YamlScalarNode scalar => FeelValue.Of(scalar.Value),
        _ => default,
    };

    /// <summary>@"…" is a date, a time or a duration; everything else is text.</summary>
    private static FeelValue Literal(string text) =>
        text.StartsWith("@\"", StringComparison.Ordinal) && FeelExpression.Parse(text, FeelScope.Empty) is { Problems.Count: 0, Syntax: LiteralSyntax literal }
            ? literal.Value : FeelValue.Of(text);

    // Nodes.

    private static YamlNode? Find(YamlMappingNode mapping, string key) =>
        mapping.Children.FirstOrDefault(entry => (entry.Key as YamlScalarNode)?.Value == key).Value as YamlNode;

    private static IEnumerable<KeyValuePair<YamlNode, YamlNode>> Entries(YamlMappingNode? mapping) => mapping is null ? [] : mapping.Children;

    private static string? Scalar(YamlNode node) => (node as YamlScalarNode)?.Value;

    private string? Text(YamlMappingNode mapping, string key) => Find(mapping, key) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value,
        var other => Wrong<string?>("wrong_kind", $"{key} is a text.", other, null),
    };

    private bool Flag(YamlMappingNode mapping, string key) => Text(mapping, key) switch
    {
        null or "false" => false,
        "true" => true,
        var other => Wrong("wrong_kind", $"{key} is true or false, not {other}.", mapping, false),
    };

    private DateTimeOffset? Instant(YamlMappingNode mapping, string key) => Text(mapping, key) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant
        : Wrong<DateTimeOffset?>("wrong_date", $"{key} is a date, as 2027-01-31 or 2027-01-31T08:00:00+01:00, not {text}.", mapping, null);

    private YamlMappingNode? Mapping(YamlMappingNode mapping, string key) => Find(mapping, key) switch
    {
        null => null,
        YamlMappingNode found => found,
        var other => Wrong<YamlMappingNode?>("wrong_kind", $"{key} is a mapping.", other!, null),
    };

    private IEnumerable<YamlNode> Items(YamlMappingNode mapping, string key)
    {
        switch (Find(mapping, key))
        {
            case null:
                return [];
            case YamlSequenceNode sequence:
                return sequence.Children;
            case var other:
                Report("wrong_kind", $"{key} is a list.", other);
                return [];
        }
    }

    private FeelSource? Source(YamlMappingNode mapping, string key) => Find(mapping, key) is { } node ? SourceOf(node) : default(FeelSource?);

    private IReadOnlyList<FeelSource> Sources(YamlMappingNode mapping, string key) => Find(mapping, key) switch
    {
        null => [],
        YamlSequenceNode many => [.. many.Children.Select(SourceOf)],
        var one => [SourceOf(one)],
    };

    private List<KeyValuePair<string, FeelSource>> Values(YamlMappingNode mapping, string key) =>
        [.. Entries(Mapping(mapping, key)).Select(entry => KeyValuePair.Create(Scalar(entry.Key) ?? "", SourceOf(entry.Value)))];

    private FeelSource SourceOf(YamlNode node)
    {
        if (node is not YamlScalarNode scalar)
            return Wrong("wrong_kind", "Here stands an expression; one that begins with [ or { needs quotes around it.", node, new FeelSource("null", At(node.Start)));
        var at = At(node.Start);
        return new FeelSource(scalar.Value is null or "" ? "null" : scalar.Value, scalar.Style switch
        {
            ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => at with { Column = at.Column + 1 },
            ScalarStyle.Literal or ScalarStyle.Folded => new Mark(at.Line + 1, 1),
            _ => at,
        });
    }

    private void Known(YamlMappingNode mapping, params string[] keys)
    {
        foreach (var (key, _) in mapping.Children)
        {
            if (Scalar(key) is var name && !keys.Contains(name))
                Report("unknown_key", $"There is no {name} here{Suggestion.For(name ?? "", keys)}", key);
        }
    }

    private T Wrong<T>(string code, string message, YamlNode at, T instead)
    {
        Report(code, message, at);
        return instead;
    }

    private void Report(string code, string message, YamlNode at) => problems.Add(new RuleProblem(code, message, At(at.Start), rule));

    private static Mark At(YamlDotNet.Core.Mark mark) => new((int)mark.Line, (int)mark.Column);
}
