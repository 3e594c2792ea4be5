using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Runtime.Trials;

/// <summary>Compares what a trial came to with what a test expects of it.</summary>
internal static class Expectations
{
    /// <summary>What may be expected. Of objects, only the members that are named count.</summary>
    public static readonly string[] Members = ["status", "state", "path", "waits", "actions", "record", "created", "tasks", "messages", "dispatched", "output", "incident"];

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is not as expected, in a sentence; null if all is.</summary>
    public static string? Unmet(JsonObject expected, JsonObject actual)
    {
        foreach (var (name, value) in expected)
        {
            // The order in which something waits means nothing.
            var (wanted, found) = name is "waits" or "actions" ? (Sorted(value), Sorted(actual[name])) : (value, actual[name]);
            if (!Fits(wanted, found))
                return $"{name} is {Text(found)}, not {Text(wanted)}";
        }
        return null;
    }

    private static bool Fits(JsonNode? expected, JsonNode? actual) => (expected, actual) switch
    {
        (JsonObject wanted, JsonObject found) => wanted.All(member => Fits(member.Value, found[member.Key])),
        (JsonArray wanted, JsonArray found) => wanted.Count == found.Count && wanted.Zip(found).All(pair => Fits(pair.First, pair.Second)),
        _ => JsonElement.DeepEquals(Element(expected), Element(actual)),
    };

    private static JsonNode? Sorted(JsonNode? list) =>
        list is JsonArray names ? new JsonArray([.. names.Select(name => $"{name}").Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]) : list;

    private static JsonElement Element(JsonNode? node) => JsonSerializer.Deserialize<JsonElement>(node?.ToJsonString() ?? "null");

    private static string Text(JsonNode? node) => node?.ToJsonString(Plain) is { } text ? text.Length > 600 ? text[..600] + "…" : text : "nothing";
}
