using System.Text;
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

    /// <summary>The lines on which objects begin, from 1, by their paths as <see cref="JsonNode.GetPath"/> writes them for plain names. The text must be JSON.</summary>
    public static IReadOnlyDictionary<string, int> LinesOf(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = Strict.MaxDepth });
        var lines = new Dictionary<string, int>();
        var around = new Stack<(string Path, bool IsList, int Next)>();
        var (name, line, counted) = ("", 1, 0);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = reader.GetString()!;
                continue;
            }
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                around.Pop();
                continue;
            }
            var path = "$";
            if (around.TryPop(out var parent))
            {
                path = parent.IsList ? $"{parent.Path}[{parent.Next}]" : $"{parent.Path}.{name}";
                around.Push(parent with { Next = parent.Next + 1 });
            }
            if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                continue;
            around.Push((path, reader.TokenType == JsonTokenType.StartArray, 0));
            var at = (int)reader.TokenStartIndex;
            line += bytes.AsSpan(counted, at - counted).Count((byte)'\n');
            counted = at;
            lines[path] = line;
        }
        return lines;
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
