using System.Text.Json.Nodes;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>A definition with one thing wrong.</summary>
/// <param name="Kind">What was done to it.</param>
/// <param name="ActivityId">The activity that it was done to; null where it has no id any more, or where it is the whole.</param>
/// <param name="MustNotPublish">What was done is wrong in every definition, and publishing must say so.</param>
internal sealed record Mutation(string Kind, string Text, string? ActivityId, bool MustNotPublish);

/// <summary>Breaks definitions in the ways in which people and programs do; the same seed breaks them alike.</summary>
internal sealed class DefinitionMutations(int seed)
{
    private static readonly string[] Types =
        ["Acme.Unknown", "", "System.Diagnostics.Process, System.Diagnostics.Process", "Elsa.Workflows.Activities.WriteLine, Elsa.Workflows.Core", "elsa.writeline", "Elsa.NotFoundActivity", "\u0000", "💥"];

    private static readonly (string Language, JsonNode? Value, bool IsWrong)[] Expressions =
    [
        ("JavaScript", "function (", true), ("JavaScript", "`${", true), ("FEEL", "if then", true), ("FEEL", "((((", true), ("FEEL", "1 +", true), ("Liquid", "{{ x }}", true),
        ("CSharp", "1", true), ("Python", "1", true), ("Nonsense", "1", true), ("Variable", new JsonObject { ["id"] = "nobody", ["name"] = "nobody" }, true), ("JavaScript", new JsonArray(1), false),
        ("Literal", new JsonObject { ["deep"] = new JsonArray() }, false), ("Object", "{ not json", false), ("JavaScript", null, false), ("Variable", 7, false),
    ];

    private static readonly string[] Odd =
        ["null", "true", "-1", "1.5e300", "\"\"", "\"x\"", "[]", "{}", "[[]]", "[null]", "{\"\":null}", "{\"type\":1}", "{\"$type\":\"System.IO.FileInfo\"}", "{\"$ref\":\"1\"}", "\"\\ud83d\\ude00\"", "12345678901234567890"];

    private readonly Random random = new(seed);

    public Mutation Next(string id)
    {
        var definition = Original(id);
        var root = definition["root"]!.AsObject();
        var activities = Activities(root).ToList();
        var one = activities[random.Next(activities.Count)];
        var oneId = (string?)one["id"];
        var kind = random.Next(16);
        switch (kind)
        {
            case 0:
                one.Remove("id");
                return Of("missing id", null, false);
            case 1:
                var other = activities.First(activity => activity != one);
                other["id"] = oneId;
                return Of("duplicate id", oneId, true);
            case 2:
                var type = Types[random.Next(Types.Length)];
                one["type"] = type;
                return Of($"unknown type {type}", one == root && type.Length == 0 ? null : oneId, true);
            case 3:
                one.Remove("type");
                return Of("no type", null, true);
            case 4:
                one["customProperties"] = Parse(Odd[random.Next(Odd.Length)]);
                one["metadata"] = Parse(Odd[random.Next(Odd.Length)]);
                one["version"] = Parse(Odd[random.Next(Odd.Length)]);
                return Of("wrong members", oneId, false);
            case 5:
                var (language, value, isWrong) = Expressions[random.Next(Expressions.Length)];
                var line = activities.First(activity => (string?)activity["type"] == "Elsa.WriteLine");
                line["text"] = Draw.Input(language, value?.DeepClone());
                return Of($"expression {language} {value?.ToJsonString()}", (string?)line["id"], isWrong);
            case 6:
                // A part of itself: JSON has no references, so that it is a copy with the same ids, once or often.
                var container = activities.First(activity => activity["activities"] is JsonArray);
                for (var times = random.Next(1, 6); times > 0; times--)
                    container["activities"]!.AsArray().Add(container.DeepClone());
                return Of("nested in itself", null, true);
            case 7:
                root["connections"]!.AsArray().Add(Parse(Odd[random.Next(Odd.Length)]));
                return Of("odd connection", (string?)root["id"], false);
            case 8:
                root["connections"]!.AsArray().Add((JsonNode)Connection(oneId ?? "x", "Done", "nobody"));
                return Of("connection to nobody", "nobody", true);
            case 9:
                root["connections"]!.AsArray().Add((JsonNode)Connection("if", random.Next(2) == 0 ? "" : "Nowhere", "if"));
                return Of("connection of an unknown port to itself", null, false);
            case 10:
                var depth = random.Next(8) == 0 ? 1_000 : random.Next(20, 220);
                var deep = Draw.Line("deep", "x").ToJsonString();
                var text = definition.ToJsonString();
                var at = text.LastIndexOf("\"activities\":[", StringComparison.Ordinal) + "\"activities\":[".Length;
                var nested = string.Concat(Enumerable.Range(0, depth).Select(level => $"{{\"id\":\"d{level}\",\"type\":\"Elsa.Sequence\",\"version\":1,\"activities\":[")) + deep + string.Concat(Enumerable.Repeat("]}", depth));
                return new Mutation($"depth {depth}", text.Insert(at, nested + (text[at] == ']' ? "" : ",")), null, false);
            case 11 when random.Next(40) == 0:
                definition["description"] = new string('x', 10 << 20);
                return Of("ten megabytes", null, true);
            case 11:
                definition["variables"] = new JsonArray(Draw.Variable("V", "Int32"), Draw.Variable("V", "Acme.Type, Acme"), Parse(Odd[random.Next(Odd.Length)]));
                return Of("odd variables", null, false);
            case 12:
                var machine = activities.First(activity => (string?)activity["type"] == "Elsa.StateMachine");
                machine["transitions"]!.AsArray().Add((JsonNode)new JsonObject { ["name"] = "t", ["from"] = "a", ["to"] = "nowhere" });
                if (random.Next(2) == 0)
                    machine["initialState"] = "nobody";
                return Of("transition to nowhere", (string?)machine["id"], true);
            case 13:
                var whole = definition.ToJsonString();
                return new Mutation("a letter less", whole.Remove(random.Next(whole.Length), 1), null, false);
            default:
                return Members(definition);
        }

        Mutation Of(string what, string? activityId, bool mustNotPublish) => new(what, definition.ToJsonString(), activityId, mustNotPublish);
    }

    /// <summary>One to three members anywhere taken away, doubled, or made something else, the whole definition among it.</summary>
    private Mutation Members(JsonObject definition)
    {
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var places = Places(definition).Where(place => place.Parent is not null && !(place.Parent == definition && place.GetPropertyName() == "definitionId")).ToList();
            var place = places[random.Next(places.Count)];
            var odd = Parse(Odd[random.Next(Odd.Length)]);
            switch (place.Parent)
            {
                case JsonObject json when random.Next(3) == 0:
                    json.Remove(place.GetPropertyName());
                    break;
                case JsonObject json:
                    json[place.GetPropertyName()] = random.Next(4) == 0 ? definition.DeepClone() : odd;
                    break;
                case JsonArray items:
                    items.Insert(random.Next(items.Count), random.Next(2) == 0 ? place.DeepClone() : odd);
                    break;
            }
        }
        return new Mutation("odd members", definition.ToJsonString(), null, false);
    }

    private static JsonObject Original(string id)
    {
        var definition = Draw.Definition(id, Draw.Flow(
            [
                Draw.Activity("Elsa.If", "if", ("condition", Draw.Literal("True", "Boolean")), ("then", Draw.Line("then", "yes"))),
                Draw.Activity("Elsa.FlowSwitch", "switch", ("cases", new JsonArray(new JsonObject { ["label"] = "a", ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "true" } }))),
                Draw.Activity("Elsa.HttpEndpoint", "http", ("customProperties", new JsonObject { ["canStartWorkflow"] = true }), ("path", Draw.Literal($"{id}/{{x}}"))),
                Draw.Activity("Elsa.StateMachine", "machine", ("states", new JsonArray(new JsonObject { ["name"] = "a" })), ("transitions", new JsonArray()), ("initialState", "a")),
                Draw.Activity("Elsa.Cron", "cron", ("cronExpression", Draw.Literal("0 0 1 1 *"))),
                Draw.Activity("Switchboard.UserTask", "task", ("title", Draw.Literal("Look"))),
                Draw.Sequence(Draw.Line("first", "1"), Draw.Line("second", "2")),
            ],
            ("if", "Done", "switch"), ("switch", "a", "http"), ("http", "Done", "machine"), ("machine", "Done", "task"), ("task", "Done", "seq")));
        definition["variables"] = new JsonArray(Draw.Variable("V", "Int32"));
        definition["options"] = new JsonObject { ["usableAsActivity"] = true };
        return definition;
    }

    private static JsonObject Connection(string from, string port, string to) => new()
    {
        ["source"] = new JsonObject { ["activity"] = from, ["port"] = port },
        ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
    };

    private static JsonNode? Parse(string json) => JsonNode.Parse(json);

    private static IEnumerable<JsonObject> Activities(JsonObject activity) =>
        (activity["activities"] as JsonArray ?? []).OfType<JsonObject>().Append(activity["then"] as JsonObject).OfType<JsonObject>().SelectMany(Activities).Prepend(activity);

    private static IEnumerable<JsonNode> Places(JsonNode node) => node switch
    {
        JsonObject json => json.SelectMany(member => member.Value is null ? [] : Places(member.Value)).Prepend(node),
        JsonArray items => items.SelectMany(item => item is null ? [] : Places(item)).Prepend(node),
        _ => [node],
    };
}
