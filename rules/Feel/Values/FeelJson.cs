using System.Globalization;
using System.Text.Json;

namespace Switchboard.Rules.Feel.Values;

/// <summary>Values in JSON: numbers with all their digits, dates, times and durations as texts, ranges as FEEL writes them.</summary>
public static class FeelJson
{
    /// <summary>A value of the type, as far as the JSON allows; where nothing is known, texts stay texts.</summary>
    /// <exception cref="FormatException">The JSON does not fit the type. The message begins with the JSON pointer.</exception>
    public static FeelValue Read(JsonElement json, FeelType type) => Read(json, type, "");

    /// <summary>
    /// Writes a value. Functions have no JSON and become null; what is nested deeper, or holds more, than an evaluation may give
    /// out (<see cref="FeelOperators.Bounded"/>) becomes the text "…" from there on.
    /// </summary>
    public static void Write(Utf8JsonWriter writer, FeelValue value)
    {
        var walk = new Walk(10L * FeelBudget.Default.ListLength, FeelBudget.Default.Nesting);
        Write(writer, value, ref walk);
    }

    private static void Write(Utf8JsonWriter writer, FeelValue value, ref Walk walk)
    {
        switch (value.Kind)
        {
            case FeelKind.List or FeelKind.Context when walk.IsStopped || !walk.Enter():
                writer.WriteStringValue("…");
                return;
            case FeelKind.List:
                writer.WriteStartArray();
                foreach (var element in value.AsList())
                {
                    Write(writer, element, ref walk);
                    if (!walk.IsStopped)
                        continue;
                    writer.WriteStringValue("…");
                    break;
                }
                writer.WriteEndArray();
                walk.Leave();
                return;
            case FeelKind.Context:
                writer.WriteStartObject();
                foreach (var (name, entry) in value.AsContext().Entries)
                {
                    writer.WritePropertyName(name);
                    Write(writer, entry, ref walk);
                    if (walk.IsStopped)
                        break;
                }
                writer.WriteEndObject();
                walk.Leave();
                return;
            case FeelKind.String:
                walk.Count(1 + (value.AsString().Length / 16));
                writer.WriteStringValue(value.AsString());
                return;
            case FeelKind.Boolean:
                writer.WriteBooleanValue(value.IsTrue);
                break;
            case FeelKind.Number:
                writer.WriteRawValue(FeelText.NumberText(value));
                break;
            case FeelKind.Range:
                writer.WriteStringValue(FeelLiteral.Print(value));
                break;
            case FeelKind.Null or FeelKind.Function:
                writer.WriteNullValue();
                break;
            default:
                writer.WriteStringValue(value.ToString());
                break;
        }
        walk.Count();
    }

    /// <summary>A value as JSON text.</summary>
    public static string ToText(FeelValue value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            Write(writer, value);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static FeelValue Read(JsonElement json, FeelType type, string pointer)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return default;
            case JsonValueKind.True or JsonValueKind.False:
                return Wanted(type, FeelKind.Boolean) ? FeelValue.Of(json.ValueKind == JsonValueKind.True) : throw Wrong(pointer, "a boolean", type);
            case JsonValueKind.Number:
                return Wanted(type, FeelKind.Number) ? Number(json, pointer) : throw Wrong(pointer, "a number", type);
            case JsonValueKind.String:
                return Text(json.GetString()!, type, pointer);
            case JsonValueKind.Array:
                var element = type switch
                {
                    ListType list => list.Element,
                    SimpleType { Kind: null } => FeelType.Any,
                    _ => throw Wrong(pointer, "a list", type),
                };
                return FeelValue.Of((IReadOnlyList<FeelValue>)json.EnumerateArray().Select((item, i) => Read(item, element, $"{pointer}/{i}")).ToArray());
            default:
                return type switch
                {
                    RowType row => Row(json, row.Shape, pointer),
                    SimpleType { Kind: null } => FeelValue.Of(new FeelEntries(json.EnumerateObject().Select(property =>
                        KeyValuePair.Create(property.Name, Read(property.Value, FeelType.Any, Below(pointer, property.Name)))))),
                    ListType list => FeelValue.ListOf(Read(json, list.Element, pointer)),
                    _ => throw Wrong(pointer, "an object", type),
                };
        }
    }

    private static FeelValue Row(JsonElement json, RowShape shape, string pointer)
    {
        var values = new FeelValue[shape.Fields.Count];
        foreach (var property in json.EnumerateObject())
        {
            var index = shape.IndexOf(property.Name);
            if (index < 0)
            {
                var meant = Nearest.To(property.Name, shape.Fields.Select(known => known.Name)) is { } near ? $" Is {near} meant?" : "";
                throw new FormatException($"{Below(pointer, property.Name)}: {shape.Name} has no field {property.Name}.{meant}");
            }
            values[index] = Read(property.Value, shape.Fields[index].Type, Below(pointer, property.Name));
        }
        return FeelValue.Of(new FeelRow(shape, values));
    }

    private static FeelValue Number(JsonElement json, string pointer)
    {
        var text = json.GetRawText();
        if (text.Length <= 28 && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            return FeelValue.Of(value);
        return BigDecimal.Parse(text) is { } big ? FeelValue.Of(big) : throw new FormatException($"{Place(pointer)}: {(text.Length > 40 ? text[..40] + "…" : text)} is no number that can be held.");
    }

    private static FeelValue Text(string text, FeelType type, string pointer)
    {
        if (type is ListType list)
            return FeelValue.ListOf(Text(text, list.Element, pointer));
        var value = type is not SimpleType simple ? default : simple.Kind switch
        {
            null or FeelKind.String => FeelValue.Of(text),
            FeelKind.Date => FeelValue.Of(FeelDate.Parse(text)),
            FeelKind.Time => FeelValue.Of(FeelTime.Parse(text)),
            FeelKind.DateTime => FeelDateTime.Parse(text) is { } moment ? FeelValue.Of(moment)
                : FeelDate.Parse(text) is { } day ? FeelValue.Of(new FeelDateTime(day, 0, FeelZone.None)) : default,
            FeelKind.DaysDuration => FeelValue.Of(DaysDuration.Parse(text)),
            FeelKind.MonthsDuration => FeelValue.Of(MonthsDuration.Parse(text)),
            _ => default,
        };
        return value.IsNull ? throw Wrong(pointer, $"the text \"{(text.Length > 40 ? text[..40] + "…" : text)}\"", type) : value;
    }

    private static bool Wanted(FeelType type, FeelKind kind) => type is SimpleType { Kind: null } || (type is SimpleType simple && simple.Kind == kind) || (type is ListType list && Wanted(list.Element, kind));

    private static FormatException Wrong(string pointer, string found, FeelType type) => new($"{Place(pointer)}: {found} stands where {type} is expected.");

    private static string Place(string pointer) => pointer.Length == 0 ? "/" : pointer;

    private static string Below(string pointer, string name) =>
        $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
