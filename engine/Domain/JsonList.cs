using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Domain;

/// <summary>Lists of simple values inside a JSON field, each value once.</summary>
internal static class JsonList
{
    /// <summary>Ids in lower case; null stays null.</summary>
    public static JsonNode? Ids(string field, JsonNode? value, out IReadOnlyList<FieldError> errors) =>
        Each(field, value, text => Guid.TryParse(text, out var id) ? id.ToString() : null, "an id", out errors);

    /// <summary>Texts that are not blank, trimmed; null stays null.</summary>
    public static JsonNode? Texts(string field, JsonNode? value, out IReadOnlyList<FieldError> errors) =>
        Each(field, value, text => string.IsNullOrWhiteSpace(text) ? null : text.Trim(), "a text", out errors);

    private static JsonNode? Each(
        string field, JsonNode? value, Func<string, string?> read, string what, out IReadOnlyList<FieldError> errors)
    {
        errors = [];
        if (value is null)
            return null;
        if (value is not JsonArray list)
        {
            errors = [new FieldError(field, "invalid_format", $"This is a list, not {value.GetValueKind().ToString().ToLowerInvariant()}.")];
            return value;
        }
        var found = new List<FieldError>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var canonical = new JsonArray();
        for (var i = 0; i < list.Count; i++)
        {
            var text = list[i]?.GetValueKind() == JsonValueKind.String ? read((string)list[i]!) : null;
            if (text is null)
                found.Add(new FieldError($"{field}/{i}", "invalid_format", $"This is not {what}."));
            else if (seen.Add(text))
                canonical.Add(text);
        }
        errors = found;
        return found.Count == 0 ? canonical : value;
    }
}
