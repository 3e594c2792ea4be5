using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;

namespace Switchboard.Host.Api;

/// <summary>
/// A JSON body, read once and whole: its bytes are what an idempotency key is compared by, its object is what the
/// endpoint works with. Refuses what parsers disagree about: duplicate names, comments, trailing commas, bad UTF-8.
/// </summary>
internal sealed class RequestBody
{
    /// <summary>Deeper documents are refused; no field of ours nests deeper than a workflow definition, which has its own endpoint.</summary>
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = MaxDepth,
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
    };

    public required byte[] Bytes { get; init; }

    public required JsonObject Object { get; init; }

    /// <summary>An object; an empty body counts as <c>{}</c> where <paramref name="optional"/>.</summary>
    /// <exception cref="ProblemException">415 for another content type, 400 for anything but one JSON object, 413 past the limit.</exception>
    public static async Task<RequestBody> ReadAsync(HttpContext http, CancellationToken ct, bool optional = false)
    {
        var bytes = await BytesAsync(http, ct);
        if (bytes.Length == 0)
        {
            return optional
                ? new RequestBody { Bytes = bytes, Object = [] }
                : throw new ProblemException(400, "body_missing", "This call needs a JSON object as its body.");
        }
        ThrowUnlessJson(http.Request);
        try
        {
            // RFC 8259 section 8.1 lets a reader pass over the mark, and editors on Windows write it.
            var node = JsonNode.Parse(bytes.AsSpan(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0), documentOptions: Strict);
            if (node is not JsonObject parsed)
                throw new ProblemException(400, "not_an_object", "The body must be one JSON object.");
            Materialise(parsed);
            return new RequestBody { Bytes = bytes, Object = parsed };
        }
        catch (JsonException e)
        {
            throw Malformed(e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Half of a surrogate pair as an escape passes the reader and fails when the text is taken out.
            throw new ProblemException(400, "malformed_json", "The body holds text that is not valid Unicode.");
        }
    }

    /// <summary>The body's bytes as they are, up to the limit of the endpoint.</summary>
    public static async Task<byte[]> BytesAsync(HttpContext http, CancellationToken ct)
    {
        using var buffer = new MemoryStream((int)Math.Min(http.Request.ContentLength ?? 0, 1 << 20));
        await http.Request.Body.CopyToAsync(buffer, ct);
        return buffer.ToArray();
    }

    public static ProblemException Malformed(JsonException e) => new(
        400, "malformed_json", $"The body is not valid JSON: {Reason(e)}",
        extensions: new JsonObject { ["line"] = e.LineNumber + 1, ["column"] = e.BytePositionInLine + 1 });

    private static string Reason(JsonException e)
    {
        var text = e.Message;
        var end = text.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (end < 0)
            end = text.IndexOf(" Path:", StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    private static void ThrowUnlessJson(HttpRequest request)
    {
        // No content type at all is taken as JSON: there is nothing else it could be.
        if (string.IsNullOrEmpty(request.ContentType) || request.HasJsonContentType())
            return;
        throw new ProblemException(415, "unsupported_media_type",
            $"The body's content type is {request.ContentType}; send application/json or, with PATCH, application/merge-patch+json.");
    }

    /// <summary>Takes every text out once, because nodes are parsed lazily and a fault must show here and not in the middle of a write.</summary>
    /// <exception cref="ProblemException">400 with the place of a character that no field can store.</exception>
    /// <exception cref="InvalidOperationException">A text is not valid Unicode.</exception>
    public static void Materialise(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject parsed:
                foreach (var (name, value) in parsed)
                {
                    ThrowIfNul(name, parsed);
                    Materialise(value);
                }
                break;
            case JsonArray list:
                foreach (var value in list)
                    Materialise(value);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                ThrowIfNul(value.GetValue<string>(), value);
                break;
        }
    }

    private static void ThrowIfNul(string text, JsonNode at)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ProblemException(400, "malformed_json", "The body holds a NUL character, which no field can store.",
                [new FieldError(PointerOf(at), "nul_character", $"Holds U+0000, which no field can store.{OwnerOf(at)}")]);
        }
    }

    /// <summary>Whom a node belongs to, where that has an id: in a long drawing it is found by that, not by its pointer.</summary>
    private static string OwnerOf(JsonNode node) =>
        (node as JsonObject ?? node.Parent as JsonObject)?["id"] is JsonValue id && id.TryGetValue<string>(out var named) && named is { Length: > 0 and <= 200 } && !named.Contains('\0', StringComparison.Ordinal)
            ? $" It belongs to {named}."
            : "";

    /// <summary>Where a node is, without the first slash: <c>items/3/name</c>.</summary>
    private static string PointerOf(JsonNode node) => node.Parent switch
    {
        null => "",
        JsonArray list => Join(list, node.GetElementIndex().ToString(CultureInfo.InvariantCulture)),
        { } parent => Join(parent, node.GetPropertyName().Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)),
    };

    private static string Join(JsonNode parent, string name) => PointerOf(parent) is { Length: > 0 } above ? above + "/" + name : name;
}
