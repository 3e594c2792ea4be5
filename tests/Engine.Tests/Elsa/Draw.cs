using System.Text.Json.Nodes;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Definitions as Studio would post them.</summary>
internal static class Draw
{
    private static int count;

    public static string NewId(string name) => $"{name}-{Interlocked.Increment(ref count)}";

    public static JsonObject Definition(string id, JsonObject root) => new() { ["definitionId"] = id, ["name"] = id, ["root"] = root };

    public static JsonObject Sequence(params JsonObject[] activities) => Activity("Elsa.Sequence", "seq", ("activities", new JsonArray([.. activities])));

    public static JsonObject Activity(string type, string id, params (string Name, JsonNode? Value)[] members)
    {
        var activity = new JsonObject { ["id"] = id, ["type"] = type, ["version"] = 1, ["name"] = id };
        foreach (var (name, value) in members)
            activity[name] = value;
        return activity;
    }

    public static JsonObject Literal(JsonNode? value, string type = "String") => Input("Literal", value, type);

    public static JsonObject Input(string language, JsonNode? value, string type = "String") =>
        new() { ["typeName"] = type, ["expression"] = new JsonObject { ["type"] = language, ["value"] = value } };

    public static JsonObject Line(string id, string text) => Activity("Elsa.WriteLine", id, ("text", Literal(text)));

    public static JsonObject Script(string id, string text) => Activity("Elsa.WriteLine", id, ("text", Input("JavaScript", text)));

    public static JsonObject Variable(string name, string type = "Object") => new()
    {
        ["id"] = name,
        ["name"] = name,
        ["typeName"] = type,
        ["storageDriverTypeName"] = "Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core",
    };

    public static JsonObject Bound(string variable) => new() { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = variable } };

    public static JsonObject Flow(JsonObject[] activities, params (string From, string Port, string To)[] connections) => Activity(
        "Elsa.Flowchart", "flow", ("activities", new JsonArray([.. activities])),
        ("connections", new JsonArray([.. connections.Select(connection => new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = connection.From, ["port"] = connection.Port },
            ["target"] = new JsonObject { ["activity"] = connection.To, ["port"] = "In" },
        })])));
}
