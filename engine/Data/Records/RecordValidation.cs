using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// Everything that a record must hold before it is written: canonical form, required, length, choices, the tenant's own
/// fields, the type's own rules, references that exist, a natural key that nobody else has. One record or many cost the
/// same one round trip.
/// </summary>
public sealed class RecordValidation(Database database)
{
    /// <summary>Normalises the records' <see cref="RecordChange.After"/> and checks them.</summary>
    /// <returns>For every change, in order, what is wrong with it; the first error is the one to be named if only one is.</returns>
    public async Task<IReadOnlyList<FieldError>[]> CheckAsync(
        Guid tenantId, RecordType type, CustomFields custom, IReadOnlyList<RecordChange> changes, CancellationToken ct)
    {
        var errors = new List<FieldError>[changes.Count];
        for (var i = 0; i < errors.Length; i++)
            errors[i] = CheckAlone(type, custom, changes[i]);
        await CheckAgainstOthersAsync(tenantId, type, changes, errors, ct);
        return errors;
    }

    /// <summary>What can be said of a record without looking at any other. Normalises it.</summary>
    public static List<FieldError> CheckAlone(RecordType type, CustomFields custom, RecordChange change)
    {
        var errors = change.After.Normalise().ToList();
        foreach (var field in type.Fields)
        {
            if (field is { Stored: true, OwnedByLifecycle: false } && IsChanged(field, change) && !errors.Exists(error => error.Field == field.Name)
                && CheckField(field, custom, field.Get(change.After)) is { } error)
            {
                errors.Add(error);
            }
        }
        CheckCustom(custom, change, errors);
        if (errors.Count == 0)
            errors.AddRange(change.After.Check(change));
        return errors;
    }

    private static bool IsChanged(Field field, RecordChange change)
    {
        if (change.Before is null)
            return true;
        var (old, now) = (field.Get(change.Before), field.Get(change.After));
        return old is JsonNode || now is JsonNode ? !JsonNode.DeepEquals(old as JsonNode, now as JsonNode) : !Equals(old, now);
    }

    private static FieldError? CheckField(Field field, CustomFields custom, object? value)
    {
        var text = value as string;
        if (field.Required && (value is null || (text is not null && string.IsNullOrWhiteSpace(text)) || value is Guid id && id == Guid.Empty))
            return new FieldError(field.Name, "required", $"{field.Name} is required.");
        if (text is null)
            return null;
        if (field.MaxLength is { } most && text.Length > most)
            return new FieldError(field.Name, "too_long", $"{field.Name} has {text.Length} characters; it may have {most}.");
        if (text.Length > 0 && !custom.IsChoice(field, text))
            return new FieldError(field.Name, "invalid_choice", $"{field.Name} must be one of {string.Join(", ", custom.ChoicesOf(field)!)}.");
        return RecordJson.IsStorable(text)
            ? null
            : new FieldError(field.Name, "invalid_text", $"{field.Name} has a character that cannot be stored (U+0000 or half of a surrogate pair).");
    }

    private static void CheckCustom(CustomFields custom, RecordChange change, List<FieldError> errors)
    {
        var values = change.After.Custom;
        foreach (var field in custom.All)
        {
            var value = values?[field.Name];
            if (change.Before is { } before && JsonNode.DeepEquals(before.Custom?[field.Name], value))
                continue;
            if (value is null)
            {
                if (field.Required)
                    errors.Add(new FieldError($"custom/{field.Name}", "required", $"{field.Label} is required."));
            }
            else if (CheckCustomValue(field, value) is { } error)
            {
                errors.Add(error);
            }
        }
        foreach (var (name, _) in values ?? [])
        {
            if (custom.Find(name) is null && change.Before?.Custom?.ContainsKey(name) != true)
                errors.Add(new FieldError($"custom/{name}", "unknown_field", $"There is no custom field {name}."));
        }
    }

    private static FieldError? CheckCustomValue(CustomField field, JsonNode value)
    {
        var kind = value.GetValueKind();
        var expected = field.Kind switch
        {
            CustomFieldKind.Number => kind == JsonValueKind.Number ? null : "a number",
            CustomFieldKind.Boolean => kind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            CustomFieldKind.Multiselect => kind == JsonValueKind.Array && value.AsArray().All(item => item?.GetValueKind() == JsonValueKind.String) ? null : "a list of texts",
            _ => kind == JsonValueKind.String ? null : "text",
        };
        if (expected is not null)
            return Wrong("invalid_type", $"must be {expected}");
        switch (field.Kind)
        {
            case CustomFieldKind.Number:
                return decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out _)
                    ? null
                    : Wrong("invalid_number", "has more digits than a number here can have");
            case CustomFieldKind.Boolean:
                return null;
            case CustomFieldKind.Multiselect:
                var chosen = value.AsArray().Select(item => item!.GetValue<string>()).ToList();
                return chosen.Find(item => !field.Options.Contains(item)) is { } stranger ? NoChoice(stranger)
                    : chosen.Distinct().Count() != chosen.Count ? Wrong("duplicate", "has a value twice")
                    : null;
        }
        if (!RecordJson.TryText(value, out var text))
            return Wrong("invalid_text", "has a character that cannot be stored (U+0000 or half of a surrogate pair)");
        return field.Kind switch
        {
            CustomFieldKind.Select when !field.Options.Contains(text) => NoChoice(text),
            CustomFieldKind.Date when !FieldText.TryParseDate(text, out _) => Wrong("invalid_date", "must be a date as yyyy-MM-dd"),
            CustomFieldKind.Email when !IsEmail(text) => Wrong("invalid_format", "must be an e-mail address"),
            CustomFieldKind.Url when !IsUrl(text) => Wrong("invalid_format", "must be an address that begins with http:// or https://"),
            _ when text.Length > field.MaxLength => Wrong("too_long", $"has {text.Length} characters; it may have {field.MaxLength}"),
            _ => null,
        };

        FieldError NoChoice(string stranger) => Wrong("invalid_choice", $"must be one of {string.Join(", ", field.Options)}, not {stranger}");

        FieldError Wrong(string code, string what) => new($"custom/{field.Name}", code, $"{field.Label} {what}.");
    }

    /// <summary>Enough to catch slips; whether somebody reads there, only a message can tell.</summary>
    private static bool IsEmail(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && at < text.Length - 1 && text.Length <= 254 && !text.Any(char.IsWhiteSpace) && !text.Any(char.IsControl);
    }

    private static bool IsUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && !text.Any(char.IsWhiteSpace);

    /// <summary>One reference that a record makes, and where in the record it stands.</summary>
    private readonly record struct Reference(int Change, string Field, RecordType Target, Guid Id);

    private async Task CheckAgainstOthersAsync(
        Guid tenantId, RecordType type, IReadOnlyList<RecordChange> changes, List<FieldError>[] errors, CancellationToken ct)
    {
        var references = changes.SelectMany((change, i) => ReferencesOf(type, change, i)).ToList();
        var keys = KeysOf(type, changes);
        if (references.Count == 0 && keys.Count == 0)
            return;

        var targets = references.GroupBy(reference => reference.Target, reference => reference.Id).ToList();
        var commands = targets.ConvertAll(group => new NpgsqlBatchCommand($"select id from {group.Key.Table} where id = any($1)")
        {
            Parameters = { new() { Value = group.Distinct().ToArray(), NpgsqlDbType = NpgsqlDbType.Uuid | NpgsqlDbType.Array } },
        });
        if (keys.Count > 0)
        {
            commands.Add(new NpgsqlBatchCommand($"select id, {type.NaturalKey!.Column} from {type.Table} where {type.NaturalKey.Column} = any($1)")
            {
                Parameters = { new() { Value = keys.Keys.ToArray(), NpgsqlDbType = NpgsqlDbType.Text | NpgsqlDbType.Array } },
            });
        }

        var (existing, owners) = await database.ReadAsync(tenantId, commands, (reader, ct) => ReadOthersAsync(reader, targets.Count, keys.Count > 0, ct), ct);
        foreach (var (change, field, target, id) in references)
        {
            if (!existing.Contains((target.Name, id)))
                errors[change].Add(new FieldError(field, "unknown_reference", $"There is no record {id} in {target.Name}."));
        }
        CheckKeys(type, changes, keys, owners, errors);

        async Task<(HashSet<(string, Guid)>, Dictionary<string, Guid>)> ReadOthersAsync(NpgsqlDataReader reader, int referenced, bool keyed, CancellationToken ct)
        {
            var ids = new HashSet<(string, Guid)>();
            for (var i = 0; i < referenced; i++)
            {
                while (await reader.ReadAsync(ct))
                    ids.Add((targets[i].Key.Name, reader.GetGuid(0)));
                await reader.NextResultAsync(ct);
            }
            var taken = new Dictionary<string, Guid>(StringComparer.Ordinal);
            while (keyed && await reader.ReadAsync(ct))
                taken[reader.GetString(1)] = reader.GetGuid(0);
            return (ids, taken);
        }
    }

    private static IEnumerable<Reference> ReferencesOf(RecordType type, RecordChange change, int index)
    {
        foreach (var field in type.Fields)
        {
            if (field.References is null || !field.Stored || !IsChanged(field, change))
                continue;
            var target = RecordTypes.Find(field.References.Type)!;
            switch (field.Get(change.After))
            {
                case Guid id when id != Guid.Empty:
                    yield return new Reference(index, field.Name, target, id);
                    break;
                case JsonArray list:
                    for (var i = 0; i < list.Count; i++)
                    {
                        if (list[i]?.GetValueKind() == JsonValueKind.String && Guid.TryParse(list[i]!.GetValue<string>(), out var item))
                            yield return new Reference(index, $"{field.Name}/{i}", target, item);
                    }
                    break;
            }
        }
    }

    /// <summary>The natural keys that are written, each with the first change that writes it.</summary>
    private static Dictionary<string, int> KeysOf(RecordType type, IReadOnlyList<RecordChange> changes)
    {
        var keys = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; type.NaturalKey is { } field && i < changes.Count; i++)
        {
            if (field.Get(changes[i].After) is string { Length: > 0 } key && RecordJson.IsStorable(key) && IsChanged(field, changes[i]))
                keys.TryAdd(key, i);
        }
        return keys;
    }

    private static void CheckKeys(
        RecordType type, IReadOnlyList<RecordChange> changes, Dictionary<string, int> keys, Dictionary<string, Guid> owners, List<FieldError>[] errors)
    {
        for (var i = 0; keys.Count > 0 && i < changes.Count; i++)
        {
            if (type.NaturalKey!.Get(changes[i].After) is not string key || !keys.TryGetValue(key, out var first))
                continue;
            var isTaken = owners.TryGetValue(key, out var owner) && owner != changes[i].After.Id && IsChanged(type.NaturalKey, changes[i]);
            if (isTaken || (first < i && changes[first].After.Id != changes[i].After.Id))
                errors[i].Add(Duplicate(type, key));
        }
    }

    internal static FieldError Duplicate(RecordType type, string? key) =>
        new(type.NaturalKey!.Name, "duplicate", $"There is already a record in {type.Name} with the {type.NaturalKey.Name}{(key is null ? "" : $" {key}")}.");
}
