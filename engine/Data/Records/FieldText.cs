using System.Globalization;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>Values of fields as text, the way they stand in query parameters, cursors and files: invariant, and read back as they were written.</summary>
public static class FieldText
{
    /// <summary>A value of the field's CLR type, or false if the text is none. Json fields have no text.</summary>
    public static bool TryParse(Field field, string text, out object? value) =>
        TryParse(field.Kind, Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType, text, out value);

    internal static bool TryParse(FieldKind kind, Type type, string text, out object? value)
    {
        value = kind switch
        {
            FieldKind.Text when type == typeof(string) => text,
            FieldKind.Text or FieldKind.Reference => Guid.TryParseExact(text, "D", out var id) ? id : null,
            FieldKind.Integer when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            FieldKind.Integer => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            FieldKind.Decimal => decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null,
            FieldKind.Boolean => text switch { "true" => true, "false" => false, _ => null },
            FieldKind.Date => TryParseDate(text, out var date) ? date : null,
            FieldKind.Instant => TryParseInstant(text, out var instant) ? instant : null,
            _ => null,
        };
        return value is not null;
    }

    /// <summary>The pattern of SQL's <c>like</c> for what contains a text, in which nothing stands for anything else.</summary>
    public static string LikeContaining(string text) =>
        "%" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";

    public static string Format(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTimeOffset instant => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A {value.GetType().Name} has no text.", nameof(value)),
    };

    public static bool TryParseDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    /// <summary>RFC 3339 with an offset, or a date alone for its midnight in UTC.</summary>
    public static bool TryParseInstant(string text, out DateTimeOffset instant)
    {
        if (TryParseDate(text, out var date))
        {
            instant = new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
            return true;
        }
        instant = default;
        // A "+" in a query that was not escaped arrives as a space.
        var mended = text.Length > 6 && text[^6] == ' ' ? string.Concat(text.AsSpan(0, text.Length - 6), "+", text.AsSpan(text.Length - 5)) : text;
        if (!DateTimeOffset.TryParseExact(mended, InstantFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
            return false;
        instant = Microseconds(parsed);
        return true;
    }

    /// <summary>In UTC and as exact as PostgreSQL keeps it, so that what was written is what will be read.</summary>
    public static DateTimeOffset Microseconds(DateTimeOffset instant)
    {
        var ticks = instant.UtcTicks;
        return new DateTimeOffset(ticks - ticks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    private static readonly string[] InstantFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss'Z'",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
        "yyyy-MM-dd'T'HH:mm:sszzz",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];
}
