using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Workflows.Expressions;

/// <summary>How the library handles JSON: values of workflows are <see cref="JsonNode"/>, definitions are read as <see cref="JsonElement"/>, which threads may share.</summary>
public static class Json
{
    /// <summary>For text that people read and that no HTML page embeds: letters of all languages stay as they are.</summary>
    internal static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", MaxDepth = 256, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Containers within containers in a definition, and a user's JSON within a state, go deeper than the default of 64.</summary>
    internal static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    internal static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    internal static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>The node itself if it belongs to no document yet, else a copy, so that it can be put into another.</summary>
    [return: NotNullIfNotNull(nameof(node))]
    public static JsonNode? Free(JsonNode? node) => node?.Parent is null ? node : node.DeepClone();

    /// <summary>A fresh node of a value in a definition.</summary>
    internal static JsonNode? Node(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(element),
        JsonValueKind.Array => JsonArray.Create(element),
        JsonValueKind.String => JsonValue.Create(element.GetString()),
        JsonValueKind.True => JsonValue.Create(true),
        JsonValueKind.False => JsonValue.Create(false),
        JsonValueKind.Number => element.TryGetInt64(out var number) ? JsonValue.Create(number) : JsonValue.Create(element),
        _ => null,
    };

    /// <summary>JSON text as an element that keeps its own memory; false if it is no JSON.</summary>
    internal static bool TryParse(string text, out JsonElement element)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Deep);
            element = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            // The question is whether it is JSON; that it is not is an answer.
            element = default;
            return false;
        }
    }
}
