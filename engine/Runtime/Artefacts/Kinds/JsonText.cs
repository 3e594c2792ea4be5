using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>JSON as people write it into artefacts.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 128, AllowDuplicateProperties = false };

    /// <summary>The object, or the problem with its line and column.</summary>
    public static (JsonObject? Json, ArtefactProblem? Problem) Read(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Strict) is JsonObject json
                ? (json, null)
                : (null, ArtefactProblem.Error("artefact_syntax", "The content must be one JSON object.", 1, 1));
        }
        catch (JsonException e)
        {
            var reason = e.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
            return (null, ArtefactProblem.Error("artefact_syntax", $"The content is not JSON: {reason}", (int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1));
        }
    }

    /// <summary>Members sorted by name, no white space.</summary>
    public static string Canonical(string text)
    {
        try
        {
            return Sorted(JsonNode.Parse(text, documentOptions: Strict))?.ToJsonString() ?? text;
        }
        catch (JsonException)
        {
            return text; // a draft of an older program that does not parse any more still has a hash
        }
    }

    /// <summary>Where a quoted text stands first, from 1; null where it does not.</summary>
    public static int? LineOf(string text, string quoted)
    {
        var at = text.IndexOf($"\"{quoted}\"", StringComparison.Ordinal);
        return at < 0 ? null : text.AsSpan(0, at).Count('\n') + 1;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
