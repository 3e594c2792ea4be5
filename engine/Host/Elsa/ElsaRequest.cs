using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Host.Api;

namespace Switchboard.Host.Elsa;

/// <summary>
/// How Elsa's clients ask: query keys in any case, empty values for none, lists as repeated keys; bodies that may be empty
/// and hold explicit nulls and definitions that nest deeply.
/// </summary>
internal static class ElsaRequest
{
    /// <summary>A definition that nests deeper than this is no drawing any more.</summary>
    public const int MaxDepth = 200;

    /// <summary>A definition as text; larger ones are refused.</summary>
    private const int MostBytes = 4 << 20;

    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="ProblemException">400 with the position.</exception>
    public static async Task<JsonObject> BodyAsync(HttpContext http, CancellationToken ct)
    {
        var bytes = await RequestBody.BytesAsync(http, ct);
        if (bytes.Length > MostBytes)
            throw new ProblemException(413, "body_too_large", $"The body has {bytes.Length} bytes; at most {MostBytes} are taken.");
        return bytes.Length == 0 ? [] : Parse(bytes);
    }

    /// <summary>One JSON object, also with a byte-order mark.</summary>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        try
        {
            if (JsonNode.Parse(utf8, documentOptions: Lenient) is not JsonObject parsed)
                throw new ProblemException(400, "not_an_object", "The body must be one JSON object.");
            RequestBody.Materialise(parsed);
            return parsed;
        }
        catch (JsonException e)
        {
            throw RequestBody.Malformed(e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ProblemException(400, "malformed_json", "The body holds a name twice, or text that is not valid Unicode.");
        }
    }

    public static string? Text(this JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static bool Flag(this JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    public static int? Integer(this JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    public static IReadOnlyList<string> Texts(this JsonObject json, string name) =>
        json[name] is JsonArray items ? [.. items.OfType<JsonValue>().Select(item => item.TryGetValue<string>(out var text) ? text : null).OfType<string>()] : [];

    /// <summary>A query value; null if it is absent or empty.</summary>
    public static string? Query(this HttpContext http, string name) => http.Request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    public static IReadOnlyList<string> Queries(this HttpContext http, params string[] names) =>
        [.. names.SelectMany(name => http.Request.Query[name]).OfType<string>().Where(value => value.Length > 0)];

    public static bool QueryFlag(this HttpContext http, string name) => bool.TryParse(http.Query(name), out var flag) && flag;

    public static int? QueryInteger(this HttpContext http, string name)
    {
        if (http.Query(name) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ElsaErrors.Invalid(name, $"{name} must be a whole number that is not negative.");
    }

    /// <summary>Elsa's list envelope.</summary>
    public static Answer List(IEnumerable<JsonNode?> items)
    {
        var all = new JsonArray([.. items]);
        return Answer.Of(new JsonObject { ["items"] = all, ["count"] = all.Count });
    }
}
