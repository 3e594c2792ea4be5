using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// Records as JSON and JSON as changes of records. Names are the fields' wire names; instants are RFC 3339 in UTC, dates
/// <c>yyyy-MM-dd</c>, the tenant's own fields stand under <c>custom</c>. Secrets are never written and never read.
/// </summary>
public static class RecordJson
{
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        // Answers are application/json, never part of a page: names with an umlaut or an apostrophe stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText Version = JsonEncodedText.Encode("version");
    private static readonly JsonEncodedText CreatedAt = JsonEncodedText.Encode("createdAt");
    private static readonly JsonEncodedText UpdatedAt = JsonEncodedText.Encode("updatedAt");
    private static readonly JsonEncodedText Custom = JsonEncodedText.Encode("custom");
    private static readonly ConcurrentDictionary<RecordType, (JsonEncodedText Name, Field Field)[]> Plans = new();

    /// <summary>Names of <see cref="Record"/> itself that a body may carry but not change.</summary>
    private static readonly string[] OwnNames = ["id", "version", "createdAt", "updatedAt"];

    public static void Write(Utf8JsonWriter writer, RecordType type, Record record)
    {
        writer.WriteStartObject();
        writer.WriteString(Id, record.Id);
        writer.WriteNumber(Version, record.Version);
        foreach (var (name, field) in Plans.GetOrAdd(type, PlanOf))
        {
            writer.WritePropertyName(name);
            WriteValue(writer, field.Get(record));
        }
        writer.WritePropertyName(Custom);
        if (record.Custom is null)
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }
        else
        {
            record.Custom.WriteTo(writer);
        }
        writer.WriteString(CreatedAt, record.CreatedAt.UtcDateTime);
        writer.WriteString(UpdatedAt, record.UpdatedAt.UtcDateTime);
        writer.WriteEndObject();
    }

    public static byte[] ToUtf8(RecordType type, Record record)
    {
        using var buffer = new MemoryStream(1024);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            Write(writer, type, record);
        return buffer.ToArray();
    }

    /// <summary>Any value that a field can hold, null included.</summary>
    public static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case Guid id:
                writer.WriteStringValue(id);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case DateOnly or DateTimeOffset:
                writer.WriteStringValue(FieldText.Format(value));
                break;
            case JsonNode node:
                node.WriteTo(writer);
                break;
            default:
                throw new ArgumentException($"A {value.GetType().Name} is no value of a field.", nameof(value));
        }
    }

    /// <summary>Reads a body that must be one JSON object with every name once.</summary>
    /// <exception cref="ProblemException">400 <c>malformed_json</c>.</exception>
    public static JsonObject ParseObject(ReadOnlySpan<byte> utf8)
    {
        JsonNode? node;
        try
        {
            using var document = JsonDocument.Parse(utf8.ToArray(), new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
            node = document.RootElement.ValueKind == JsonValueKind.Object ? JsonObject.Create(document.RootElement.Clone()) : null;
        }
        catch (JsonException e)
        {
            throw new ProblemException(400, "malformed_json", $"The body is not JSON: {e.Message}");
        }
        return node as JsonObject ?? throw new ProblemException(400, "malformed_json", "The body must be a JSON object.");
    }

    /// <summary>
    /// Applies a JSON Merge Patch (RFC 7396) to a record: null clears, absent leaves, objects merge member by member. The
    /// body of a creation is applied to a new record the same way, except that its JSON fields are taken as they stand.
    /// </summary>
    /// <returns>What could not be applied; the record is then half changed and must be thrown away.</returns>
    public static List<FieldError> ApplyPatch(RecordType type, Record target, JsonObject body, CustomFields custom, bool creating)
    {
        var errors = new List<FieldError>();
        foreach (var (name, node) in body)
        {
            if (name == "custom")
                ApplyCustom(target, node, custom, errors);
            else if (type.Find(name) is { Secret: false } field)
                ApplyField(target, field, node, creating, errors);
            else if (OwnNames.Contains(name))
                errors.Add(new FieldError(name, "read_only_field", $"{name} is set by the service."));
            else
                errors.Add(new FieldError(Pointer(name), "unknown_field", $"{type.Name} has no field {name}."));
        }
        return errors;
    }

    private static void ApplyField(Record target, Field field, JsonNode? node, bool creating, List<FieldError> errors)
    {
        if (field.OwnedByLifecycle)
        {
            errors.Add(new FieldError(field.Name, "status_is_owned_by_lifecycle",
                $"{field.Name} is changed by the record's lifecycle only: use one of its actions."));
        }
        else if (!field.Writable)
        {
            errors.Add(new FieldError(field.Name, "read_only_field", $"{field.Name} is set by the service."));
        }
        else if (node is null)
        {
            if (field.Nullable)
                field.Set(target, null);
            else
                errors.Add(new FieldError(field.Name, "required", $"{field.Name} cannot be cleared."));
        }
        else if (Read(field, node, out var value, out var error))
        {
            field.Set(target, value is JsonObject patch && !creating ? Merge(field.Get(target) as JsonNode, patch) : value);
        }
        else
        {
            errors.Add(error!);
        }
    }

    /// <summary>
    /// Sets any stored field, also one that clients may not write: for the engine, which is who owns those. Values are
    /// those that a client would send.
    /// </summary>
    /// <returns>Why the value does not fit; null when it is set.</returns>
    public static FieldError? SetField(Record target, Field field, JsonNode? node)
    {
        if (node is null)
        {
            if (!field.Nullable)
                return new FieldError(field.Name, "required", $"{field.Name} cannot be cleared.");
            field.Set(target, null);
            return null;
        }
        if (!Read(field, node, out var value, out var error))
            return error;
        field.Set(target, value);
        return null;
    }

    private static bool Read(Field field, JsonNode node, out object? value, out FieldError? error)
    {
        value = null;
        error = null;
        if (field.Kind == FieldKind.Json)
        {
            if (!field.Property.PropertyType.IsInstanceOfType(node))
                error = Invalid(field, field.Property.PropertyType == typeof(JsonArray) ? "a list" : "an object");
            else if (!IsStorable(node))
                error = Unstorable(field.Name);
            else
                value = node.DeepClone();
            return error is null;
        }

        var kind = node.GetValueKind();
        if (kind == JsonValueKind.String)
        {
            if (!TryText(node, out var text))
                error = Unstorable(field.Name);
            else if (field.Kind is FieldKind.Integer or FieldKind.Decimal or FieldKind.Boolean)
                error = Invalid(field, Expected(field));
            else if (!FieldText.TryParse(field, text, out value))
                error = field.Kind is FieldKind.Date or FieldKind.Instant
                    ? new FieldError(field.Name, "invalid_date", $"{field.Name} must be {Expected(field)}.")
                    : Invalid(field, Expected(field));
        }
        else if (kind is JsonValueKind.True or JsonValueKind.False && field.Kind == FieldKind.Boolean)
        {
            value = kind == JsonValueKind.True;
        }
        else if (kind == JsonValueKind.Number && field.Kind is FieldKind.Integer or FieldKind.Decimal)
        {
            TryNumber(field, node, out value);
        }
        if (value is null && error is null)
            error = Invalid(field, Expected(field));
        return error is null;
    }

    /// <summary>False for a number that the property cannot hold exactly.</summary>
    private static bool TryNumber(Field field, JsonNode node, out object? value)
    {
        value = null;
        if (!decimal.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return false;
        if (field.Kind == FieldKind.Decimal)
            value = number;
        else if (number != decimal.Truncate(number))
            return false;
        else if ((Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType) == typeof(long))
            value = number is >= long.MinValue and <= long.MaxValue ? (long)number : null;
        else
            value = number is >= int.MinValue and <= int.MaxValue ? (int)number : null;
        return value is not null;
    }

    private static string Expected(Field field) => field.Kind switch
    {
        FieldKind.Text when field.Property.PropertyType == typeof(string) => "text",
        FieldKind.Text or FieldKind.Reference => "an id (UUID)",
        FieldKind.Integer => "a whole number",
        FieldKind.Decimal => "a number",
        FieldKind.Boolean => "true or false",
        FieldKind.Date => "a date as yyyy-MM-dd",
        FieldKind.Instant => "an instant as RFC 3339, with its offset",
        _ => "JSON",
    };

    private static FieldError Invalid(Field field, string expected) =>
        new(field.Name, "invalid_type", $"{field.Name} must be {expected}.");

    private static FieldError Unstorable(string field) =>
        new(field, "invalid_text", $"{field} has a character that cannot be stored (U+0000 or half of a surrogate pair).");

    private static void ApplyCustom(Record target, JsonNode? node, CustomFields custom, List<FieldError> errors)
    {
        if (node is null)
        {
            target.Custom = null;
            return;
        }
        if (node is not JsonObject values)
        {
            errors.Add(new FieldError("custom", "invalid_type", "custom must be an object."));
            return;
        }
        var merged = (JsonObject?)target.Custom?.DeepClone() ?? [];
        foreach (var (name, value) in values)
        {
            if (custom.Find(name) is null)
                errors.Add(new FieldError($"custom/{Pointer(name)}", "unknown_field", $"There is no custom field {name}."));
            else if (value is null)
                merged.Remove(name);
            else if (!IsStorable(value))
                errors.Add(Unstorable($"custom/{name}"));
            else
                merged[name] = value.DeepClone();
        }
        target.Custom = merged.Count == 0 ? null : merged;
    }

    /// <summary>RFC 7396 section 2.</summary>
    internal static JsonObject Merge(JsonNode? target, JsonObject patch)
    {
        var merged = target is JsonObject existing ? (JsonObject)existing.DeepClone() : [];
        foreach (var (name, value) in patch)
        {
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = value is JsonObject inner ? Merge(merged[name], inner) : value.DeepClone();
        }
        return merged;
    }

    /// <summary>Reads a string, or says that it holds what PostgreSQL cannot.</summary>
    internal static bool TryText(JsonNode node, out string text)
    {
        try
        {
            text = node.GetValue<string>();
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair passes the parser and fails here.
            text = "";
            return false;
        }
        return IsStorable(text);
    }

    internal static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i]))
                return false;
            if (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i])))
                return false;
        }
        return true;
    }

    internal static bool IsStorable(JsonNode? node) => node switch
    {
        null => true,
        JsonObject members => members.All(member => IsStorable(member.Key) && IsStorable(member.Value)),
        JsonArray items => items.All(IsStorable),
        _ => node.GetValueKind() != JsonValueKind.String || TryText(node, out _),
    };

    /// <summary>RFC 6901 section 3.</summary>
    private static string Pointer(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static (JsonEncodedText, Field)[] PlanOf(RecordType type) =>
        [.. type.Fields.Where(field => !field.Secret).Select(field => (JsonEncodedText.Encode(field.Name), field))];
}
