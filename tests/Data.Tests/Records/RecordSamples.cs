using System.Globalization;
using System.Text.Json.Nodes;
using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Data.Tests.Records;

/// <summary>Valid values for the fields of any record type, from what their marks say and, where a format matters, from their names.</summary>
internal static class RecordSamples
{
    public static readonly DateOnly Day = new(2026, 3, 1);

    /// <summary>A record with a value in every stored field but lists, which have formats of their own, and optional references.</summary>
    /// <param name="number">Different numbers give records that differ wherever they may.</param>
    public static Record Valid(RecordType type, int number, IReadOnlyDictionary<Field, Guid> references)
    {
        var record = type.Create();
        foreach (var field in type.Fields.Where(field => field.Stored))
        {
            var value = field.Kind == FieldKind.Reference
                ? references.TryGetValue(field, out var id) ? id : null
                : ValueOf(field, number);
            if (value is not null)
                field.Set(record, value);
        }
        return record;
    }

    public static object? ValueOf(Field field, int number) => field.Kind switch
    {
        FieldKind.Text when field.Property.PropertyType != typeof(string) => new Guid(number, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0),
        FieldKind.Text => TextOf(field, number),
        FieldKind.Integer when field.Name == "overflowThreshold" => number % 200,
        FieldKind.Integer when Clr(field) == typeof(long) => (long)number,
        FieldKind.Integer => number,
        FieldKind.Decimal => number + 0.25m,
        FieldKind.Boolean => number % 2 == 0,
        FieldKind.Date => Day.AddDays(number),
        FieldKind.Instant => new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero).AddMinutes(number),
        _ => null,
    };

    /// <summary>What a client would send to make this record.</summary>
    public static JsonObject BodyOf(RecordType type, Record record)
    {
        var body = JsonNode.Parse(RecordJson.ToUtf8(type, record))!.AsObject();
        foreach (var name in body.Select(member => member.Key).ToList())
        {
            if (type.Find(name) is not { Writable: true } || body[name] is null)
                body.Remove(name);
        }
        return body;
    }

    private static string? TextOf(Field field, int number) => field.Name switch
    {
        "overflowAction" => number % 2 == 0 ? "voicemail" : "shared_voicemail", // the others need a target, or must have none
        _ when field.Choices is { } choices => choices[number % choices.Count],
        "overflowTarget" => null,
        "number" or "billingTelephoneNumber" => string.Create(CultureInfo.InvariantCulture, $"+1617{2_000_000 + number}"),
        "email" or "upn" => string.Create(CultureInfo.InvariantCulture, $"someone{number}@contoso.example"),
        "url" => string.Create(CultureInfo.InvariantCulture, $"https://receiver{number}.example/hook"),
        "timezone" => number % 2 == 0 ? "Europe/Berlin" : "America/Denver",
        "language" => number % 2 == 0 ? "de-DE" : "en-US",
        _ => Text(field, number),
    };

    private static string Text(Field field, int number)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{field.Name} {number:00}");
        return field.MaxLength is { } most && text.Length > most ? text[^most..] : text;
    }

    private static Type Clr(Field field) => Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType;
}
