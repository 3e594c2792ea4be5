using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Domain.Porting;

namespace Switchboard.Data.Transfer;

/// <summary>
/// What an import does with the text of a column's cells before it reads them as values, in this order: cut the white space
/// around it, replace whole texts by others, bring telephone numbers to E.164, read dates by the order of their parts. A text
/// that a step does not fit stays as it is, for the checks of its field to refuse with the text that the file has.
/// </summary>
public sealed record CellTransform
{
    /// <summary>A look-up table of more is a file of its own.</summary>
    private const int MostValues = 1000;

    private static readonly string[] Separators = [".", "/", "-"];

    private static readonly string[] Times = ["", " HH:mm", " HH:mm:ss"];

    private static readonly Dictionary<string, string[]> DateFormats = new(StringComparer.Ordinal)
    {
        ["dmy"] = FormatsOf("d", "M", "yyyy"),
        ["mdy"] = FormatsOf("M", "d", "yyyy"),
    };

    /// <summary>Also where the file quotes white space, which else belongs to the value.</summary>
    public bool Trim { get; init; }

    public bool Phone { get; init; }

    /// <summary><c>dmy</c> or <c>mdy</c>; null for dates that begin with the year, which need no order.</summary>
    public string? Dates { get; init; }

    /// <summary>Whole text of a cell → what is read instead; the key "" is for empty cells.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads <c>{field, trim?, phone?, dates?, values?}</c>, the long form of a column's place in a mapping.</summary>
    /// <returns>Null when <paramref name="transform"/> is set; else what is wrong, as a sentence about the mapping of the column.</returns>
    public static string? Read(JsonObject json, out CellTransform transform)
    {
        transform = new CellTransform();
        foreach (var (name, value) in json)
        {
            switch (name)
            {
                case "field":
                    break;
                case "trim" when Flag(value) is { } trim:
                    transform = transform with { Trim = trim };
                    break;
                case "phone" when Flag(value) is { } phone:
                    transform = transform with { Phone = phone };
                    break;
                case "dates" when Text(value) is { } order && DateFormats.ContainsKey(order):
                    transform = transform with { Dates = order };
                    break;
                case "values" when value is JsonObject { Count: <= MostValues } pairs && pairs.All(pair => Text(pair.Value) is not null):
                    transform = transform with { Values = pairs.ToDictionary(pair => pair.Key.Trim(), pair => Text(pair.Value)!, StringComparer.Ordinal) };
                    break;
                case "trim" or "phone":
                    return $"{name} must be true or false.";
                case "dates":
                    return "dates must be dmy (31.12.2027) or mdy (12/31/2027); dates that begin with the year need nothing.";
                case "values":
                    return $"values must be an object of at most {MostValues} texts: the text of a cell → the text to read instead.";
                default:
                    return $"there is no {name}; a column has field, trim, phone, dates and values.";
            }
        }
        return null;
    }

    public string Apply(string text)
    {
        if (Trim)
            text = text.Trim();
        if (Values.TryGetValue(text.Trim(), out var value))
            text = value;
        if (Phone && TelephoneNumber.ToE164(text) is { } number)
            text = number;
        if (Dates is not null && DateTime.TryParseExact(text.Trim(), DateFormats[Dates], CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
            text = at.ToString(at.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return text;
    }

    private static string[] FormatsOf(params string[] parts) =>
        [.. Separators.SelectMany(separator => Times.Select(time => string.Join(separator == "/" ? "'/'" : separator, parts) + time))];

    private static bool? Flag(JsonNode? value) => value is JsonValue flag && flag.TryGetValue<bool>(out var given) ? given : null;

    private static string? Text(JsonNode? value) => value is JsonValue text && text.TryGetValue<string>(out var given) ? given : null;
}
