using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Data.Transfer;

/// <summary>
/// Values of fields as the cells of a file, and back. Reading is lenient where only one meaning is possible (YES, a
/// choice with spaces) and refuses where two are (03/04/2027, 1,234). References are not read here: a cell has a natural
/// key or an id, and looking it up takes the database.
/// </summary>
internal static class CellText
{
    private static readonly string[] Dates = ["yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss"];

    private static readonly string[] Instants = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm"];

    private static readonly JsonSerializerOptions Compact = new() { Encoder = RecordJson.WriterOptions.Encoder };

    /// <param name="text">Not empty.</param>
    /// <returns>Null when <paramref name="value"/> has the field's value.</returns>
    public static FieldError? Read(Field field, CustomFields custom, string text, out object? value)
    {
        value = null;
        switch (field.Kind)
        {
            case FieldKind.Text when field.Property.PropertyType == typeof(string):
                value = custom.ChoicesOf(field) is { } choices ? Choice(choices, text) : text;
                return RecordJson.IsStorable(text) ? null : new FieldError(field.Name, "invalid_text", $"{field.Name} has a character that cannot be stored.");
            case FieldKind.Boolean:
                value = Boolean(text);
                return value is null ? new FieldError(field.Name, "invalid_boolean", $"{field.Name} must be true or false, not '{Short(text)}'.") : null;
            case FieldKind.Integer:
                return FieldText.TryParse(field, text.Trim(), out value)
                    ? null : new FieldError(field.Name, "invalid_integer", $"{field.Name} must be a whole number such as 1200, not '{Short(text)}'.");
            case FieldKind.Decimal:
                return FieldText.TryParse(field, text.Trim(), out value)
                    ? null : new FieldError(field.Name, "invalid_decimal", $"{field.Name} must be a number such as 1234.50, not '{Short(text)}'.");
            case FieldKind.Date:
                value = Date(text);
                return value is null ? new FieldError(field.Name, "invalid_date", $"{field.Name} must be a date such as 2027-03-31, not '{Short(text)}'.") : null;
            case FieldKind.Instant:
                value = Instant(text);
                return value is null ? new FieldError(field.Name, "invalid_date", $"{field.Name} must be an instant such as 2027-03-31T09:30:00Z, not '{Short(text)}'.") : null;
            case FieldKind.Json:
                value = Json(field, text);
                return value is null ? new FieldError(field.Name, "invalid_json", $"{field.Name} must be JSON: {(field.Property.PropertyType == typeof(JsonArray) ? "a list" : "an object")}.") : null;
            default:
                return FieldText.TryParse(field, text.Trim(), out value)
                    ? null : new FieldError(field.Name, "invalid_id", $"{field.Name} must be an id, not '{Short(text)}'.");
        }
    }

    /// <summary>What cannot be converted stays text, for the checks of the field to refuse.</summary>
    public static JsonNode Read(CustomField field, string text) => field.Kind switch
    {
        CustomFieldKind.Number when decimal.TryParse(text.Trim(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        CustomFieldKind.Boolean when Boolean(text) is { } flag => JsonValue.Create(flag),
        CustomFieldKind.Date when Date(text) is { } date => JsonValue.Create(FieldText.Format(date)),
        CustomFieldKind.Select => JsonValue.Create(Choice(field.Options, text)),
        CustomFieldKind.Multiselect => new JsonArray([.. List(text).Select(part => (JsonNode)JsonValue.Create(Choice(field.Options, part)))]),
        _ => JsonValue.Create(text),
    };

    /// <summary>Entries of a cell that holds several: a JSON list of texts, or parts between semicolons, commas or line ends.</summary>
    public static IReadOnlyList<string> List(string text)
    {
        if (text.AsSpan().TrimStart().StartsWith("["))
        {
            try
            {
                if (JsonNode.Parse(text) is JsonArray list && list.All(item => item?.GetValueKind() == JsonValueKind.String))
                    return [.. list.Select(item => item!.GetValue<string>())];
            }
            catch (JsonException)
            {
                return [text]; // not a list after all: one entry, which the look-up will refuse by its text
            }
        }
        char[] separators = text.Contains(';') ? [';'] : text.Contains('\n') ? ['\r', '\n'] : [','];
        return text.Split(separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The text of a value that is no reference; empty for null.</summary>
    public static string Write(object? value) => value switch
    {
        null => "",
        JsonNode node => Inert(node.ToJsonString(Compact)),
        _ => FieldText.Format(value),
    };

    public static string Write(CustomField field, JsonNode? value) => value switch
    {
        null => "",
        JsonArray list when field.Kind == CustomFieldKind.Multiselect => Inert(list.ToJsonString(Compact)),
        _ when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    /// <summary>Spells the first character of texts within JSON so that no part of the cell can be taken for a formula.</summary>
    private static string Inert(string json) => json.Replace("\"=", "\"\\u003d", StringComparison.Ordinal).Replace("\"@", "\"\\u0040", StringComparison.Ordinal);

    private static bool? Boolean(string text) => text.Trim().ToLowerInvariant() switch
    {
        "true" or "yes" or "y" or "1" or "x" => true,
        "false" or "no" or "n" or "0" => false,
        _ => null,
    };

    private static DateOnly? Date(string text) =>
        DateTime.TryParseExact(text.Trim(), Dates, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.TimeOfDay == TimeSpan.Zero
            ? DateOnly.FromDateTime(date) : null;

    private static DateTimeOffset? Instant(string text)
    {
        if (FieldText.TryParseInstant(text.Trim(), out var instant))
            return instant;
        return DateTimeOffset.TryParseExact(text.Trim(), Instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out instant)
            ? FieldText.Microseconds(instant) : null;
    }

    private static JsonNode? Json(Field field, string text)
    {
        try
        {
            var node = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            return node is not null && field.Property.PropertyType.IsInstanceOfType(node) && RecordJson.IsStorable(node) ? node : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The choice that is meant, or the text as it is for the check to refuse.</summary>
    private static string Choice(IReadOnlyList<string> choices, string text)
    {
        if (choices.Contains(text))
            return text;
        var plain = Plain(text);
        var fits = choices.Where(choice => Plain(choice) == plain).ToList();
        return fits is [var only] ? only : text.Trim();
    }

    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var c in text.AsSpan().Trim())
            plain.Append(char.IsWhiteSpace(c) || c == '-' ? '_' : char.ToLowerInvariant(c));
        return plain.ToString();
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
