using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;

namespace Switchboard.Workflows.Expressions;

/// <summary>
/// Elsa's conversions between the values of expressions and the declared types of inputs and variables: text to and from
/// number, boolean, enumeration, date, time span and id; JSON text to objects; a single value to a list of one.
/// </summary>
public static class Conversion
{
    private const NumberStyles Number = NumberStyles.Float | NumberStyles.AllowThousands;

    private static readonly ConcurrentDictionary<Type, Func<JsonNode, object?>> Converters = new();

    /// <summary>A value as a .NET type.</summary>
    /// <exception cref="ActivityException"><c>conversion_failed</c>: the value cannot be that type.</exception>
    public static T? To<T>(JsonNode? value)
    {
        if (value is null)
            return default;
        if (typeof(T) == typeof(string))
            return (T)(object)Text(value);
        if (value is T same)
            return same;
        if (typeof(T) != typeof(object) && value is JsonValue scalar && scalar.TryGetValue<T>(out var exact))
            return exact;
        return (T?)To(typeof(T), value);
    }

    /// <summary>A .NET value as a JSON node; a node stays what it is.</summary>
    public static JsonNode? From<T>(T? value) => value switch
    {
        null => null,
        JsonNode node => node,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        decimal number => JsonValue.Create(number),
        JsonElement element => Json.Node(element),
        TimeSpan span => JsonValue.Create(span.ToString("c", CultureInfo.InvariantCulture)),
        Enum choice => JsonValue.Create(choice.ToString()),
        _ => JsonSerializer.SerializeToNode(value, value.GetType(), Json.Web),
    };

    /// <summary>A value as the declared type of a variable, workflow input or output.</summary>
    /// <param name="alias">Elsa's alias, as <c>Int32</c>; an unknown one leaves the value as it is.</param>
    /// <param name="isArray">Whether the declared type is a list of it.</param>
    /// <exception cref="ActivityException"><c>conversion_failed</c>: the value cannot be that type.</exception>
    public static JsonNode? ToAlias(string alias, bool isArray, JsonNode? value)
    {
        if (value is null)
            return null;
        if (!isArray && !alias.EndsWith("[]", StringComparison.Ordinal))
            return Scalar(alias, value);
        var element = alias.EndsWith("[]", StringComparison.Ordinal) ? alias[..^2] : alias;
        var list = new JsonArray();
        foreach (var item in Items(value))
            list.Add(item is null ? null : Json.Free(Scalar(element, item)));
        return list;
    }

    /// <summary>What a value looks like as text: strings as they are, numbers in invariant form, <c>True</c> and <c>False</c>, else JSON.</summary>
    public static string Text(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "",
        JsonValueKind.String => value is JsonValue scalar && scalar.TryGetValue<string>(out var text) ? text : value.ToJsonString()[1..^1],
        JsonValueKind.True => bool.TrueString,
        JsonValueKind.False => bool.FalseString,
        _ => value.ToJsonString(),
    };

    /// <summary>The members of a list; JSON text of a list is read, any other value is a list of one.</summary>
    public static IReadOnlyList<JsonNode?> Items(JsonNode? value) => value switch
    {
        null => [],
        JsonArray array => [.. array],
        JsonValue scalar when scalar.TryGetValue<string>(out var text) && text.AsSpan().TrimStart().StartsWith("[")
            && Json.TryParse(text, out var parsed) => [.. JsonArray.Create(parsed)!],
        _ => [value],
    };

    private static object? To(Type type, JsonNode value)
    {
        try
        {
            return Converters.GetOrAdd(type, ConverterFor)(value);
        }
        catch (Exception e) when (e is FormatException or OverflowException or JsonException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            throw Failed(value, type.Name, e);
        }
    }

    private static Func<JsonNode, object?> ConverterFor(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            var inner = ConverterFor(underlying);
            return value => Text(value).Length == 0 ? null : inner(value);
        }
        if (type.IsEnum)
            return value => Enum.Parse(type, Text(value), ignoreCase: true);
        if (type == typeof(object) || type == typeof(JsonNode))
            return value => value;
        if (type == typeof(JsonObject))
            return value => Parsed(value) as JsonObject ?? throw new FormatException("It is not an object.");
        if (type == typeof(JsonArray))
            return value => value as JsonArray ?? [.. Items(value).Select(Json.Free)];
        if (type == typeof(JsonElement))
            return value => JsonSerializer.SerializeToElement(value);
        if (type == typeof(bool))
            return value => Boolean(value);
        if (type == typeof(int))
            return value => checked((int)Math.Round(Numeric(value), MidpointRounding.ToEven));
        if (type == typeof(long))
            return value => checked((long)Math.Round(Numeric(value), MidpointRounding.ToEven));
        if (type == typeof(decimal))
            return value => Numeric(value);
        if (type == typeof(double))
            return value => double.Parse(Text(value), Number, CultureInfo.InvariantCulture);
        if (type == typeof(Guid))
            return value => Guid.Parse(Text(value));
        if (type == typeof(TimeSpan))
            return value => Span(Text(value));
        if (type == typeof(DateTimeOffset))
            return value => Instant(Text(value));
        if (type == typeof(string[]) || type == typeof(IReadOnlyList<string>))
            return value => Items(value).Select(Text).ToArray();
        if (type == typeof(IReadOnlyList<JsonNode?>))
            return Items;
        return value => Parsed(value).Deserialize(type, Json.Web);
    }

    private static JsonNode? Scalar(string alias, JsonNode value)
    {
        var optional = alias.EndsWith('?');
        var text = value is JsonValue ? Text(value) : null;
        if (optional && text is { Length: 0 })
            return null;
        try
        {
            return (optional ? alias[..^1] : alias) switch
            {
                "String" => value.GetValueKind() == JsonValueKind.String ? value : JsonValue.Create(Text(value)),
                "Boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? value : JsonValue.Create(Boolean(value)),
                "Int16" or "Int32" or "Int64" or "Long" => JsonValue.Create(To<long>(value)),
                "Single" or "Double" => JsonValue.Create(To<double>(value)),
                "Decimal" => JsonValue.Create(Numeric(value)),
                "Guid" => JsonValue.Create(Guid.Parse(Text(value)).ToString("D")),
                "DateTime" or "DateTimeOffset" => JsonValue.Create(Instant(Text(value))),
                "TimeSpan" => JsonValue.Create(Span(Text(value)).ToString("c", CultureInfo.InvariantCulture)),
                "JSON" or "JsonElement" or "JsonNode" or "JsonObject" or "JsonArray" or "StringDictionary" or "ObjectDictionary" or "StringMap" or "ObjectMap" => Parsed(value),
                _ => value,
            };
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Failed(value, alias, e);
        }
    }

    private static JsonNode? Parsed(JsonNode value) =>
        value is JsonValue scalar && scalar.TryGetValue<string>(out var text) && Json.TryParse(text, out var parsed) ? Json.Node(parsed) : value;

    private static bool Boolean(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => Numeric(value) != 0,
        _ => Text(value) is { Length: > 0 } text && bool.Parse(text),
    };

    private static decimal Numeric(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => decimal.Parse(Text(value), Number, CultureInfo.InvariantCulture),
    };

    private static TimeSpan Span(string text) =>
        text.StartsWith('P') || text.StartsWith("-P", StringComparison.Ordinal)
            ? XmlConvert.ToTimeSpan(text)
            : TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    private static ActivityException Failed(JsonNode value, string type, Exception e)
    {
        var text = value.ToJsonString();
        return new ActivityException("conversion_failed", $"{(text.Length > 80 ? text[..80] + "…" : text)} cannot be read as {type}: {e.Message}", inner: e);
    }
}
