using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Tests;

/// <summary>Definitions in few words.</summary>
internal static class Define
{
    public const string InstanceDriver = "Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core";

    public static WorkflowGraph Graph(JsonNode root, string id = "test", int version = 1, JsonArray? variables = null, JsonArray? inputs = null, JsonArray? outputs = null, JsonObject? options = null, ActivityCatalogue? catalogue = null) =>
        WorkflowGraph.Compile(WorkflowDefinition.Of(new JsonObject
        {
            ["id"] = $"{id}-v{version}",
            ["definitionId"] = id,
            ["name"] = id,
            ["version"] = version,
            ["variables"] = variables ?? [],
            ["inputs"] = inputs ?? [],
            ["outputs"] = outputs ?? [],
            ["options"] = options ?? [],
            ["root"] = root,
        }), catalogue);

    public static JsonObject Activity(string type, string id, params (string Name, JsonNode? Value)[] members)
    {
        var activity = new JsonObject { ["id"] = id, ["type"] = type.Contains('.', StringComparison.Ordinal) ? type : $"Elsa.{type}", ["version"] = 1 };
        foreach (var (name, value) in members)
            activity[name] = value;
        return activity;
    }

    public static JsonObject Sequence(params JsonNode[] activities) => Activity("Sequence", "seq", ("activities", new JsonArray(activities)));

    public static JsonObject Line(string text) => Activity("WriteLine", text.Replace(" ", "-", StringComparison.Ordinal), ("text", Literal(text)));

    public static JsonObject ScriptLine(string id, string script) => Activity("WriteLine", id, ("text", Script(script)));

    public static JsonObject Event(string name) => Activity("Event", name, ("eventName", Literal(name)));

    public static JsonObject Literal(JsonNode? value) => Expression("Literal", value);

    public static JsonObject Script(string source) => Expression("JavaScript", source);

    public static JsonObject Json(string text) => Expression("Object", text);

    public static JsonObject Expression(string type, JsonNode? value) =>
        new() { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = type, ["value"] = value } };

    public static JsonObject Bind(string target) => new() { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = target } };

    public static JsonObject Variable(string name, string type = "Object", string? value = null, bool stored = true, bool isArray = false) => new()
    {
        ["id"] = $"v-{name}",
        ["name"] = name,
        ["typeName"] = type,
        ["isArray"] = isArray,
        ["value"] = value,
        ["storageDriverTypeName"] = stored ? InstanceDriver : null,
    };

    public static JsonObject Parameter(string name, string type = "Object", bool isArray = false) => new() { ["name"] = name, ["type"] = type, ["isArray"] = isArray };
}
