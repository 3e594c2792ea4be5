using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// What tenants have added to record types: their own fields and further choices of shipped ones. Read with every request,
/// so a copy is kept; a change made by another node is seen after <see cref="MaxAge"/>.
/// </summary>
public sealed class FieldCatalogue(Database database, GroupCommitter committer, CustomFieldIndexes indexes, TimeProvider time)
{
    /// <summary>As soon as a published artefact must be everywhere.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

    private const int MaxFields = 200;
    private const int MaxIndexed = 20;

    private readonly ConcurrentDictionary<(Guid TenantId, RecordType Type), (CustomFields Fields, long At)> known = new();

    public async ValueTask<CustomFields> OfAsync(Guid tenantId, RecordType type, CancellationToken ct)
    {
        if (known.TryGetValue((tenantId, type), out var entry) && time.GetElapsedTime(entry.At) < MaxAge)
            return entry.Fields;
        var at = time.GetTimestamp();
        var fields = await ReadAsync(tenantId, type, ct);
        known[(tenantId, type)] = (fields, at);
        return fields;
    }

    /// <param name="body"><c>{name, label?, type, options?, required?, indexed?, sortOrder?}</c>.</param>
    /// <param name="also">Adds to the step that defines it, such as the answer that the caller is given.</param>
    public async Task<CustomField> DefineAsync(
        Guid tenantId, RecordType type, JsonObject body, ChangeContext context, CancellationToken ct, Action<Step, CustomField>? also = null)
    {
        var existing = await ReadAsync(tenantId, type, ct);
        var at = FieldText.Microseconds(context.At);
        var field = Read(body, new CustomField
        {
            Id = Guid.CreateVersion7(at),
            Name = "",
            Label = "",
            Kind = CustomFieldKind.Text,
            SortOrder = existing.All.Count,
            CreatedAt = at,
            UpdatedAt = at,
        }, isNew: true);
        if (existing.Find(field.Name) is not null)
            throw ProblemException.Invalid([new FieldError("name", "duplicate", $"{type.Name} already has a custom field {field.Name}.")]);
        ThrowIfTooMany(existing, field);

        // The index first, so that nothing is said to be indexed that is not; one without its definition is dropped at the next start.
        if (field.Indexed)
            await indexes.CreateAsync(tenantId, type, field, ct);
        var step = new Step(tenantId);
        step.Insert(SystemTables.Fields, RowOf(tenantId, type, field));
        RecordChanges.Audit(step, type.Name, field.Id, context with { Action = "fields.created" }, Describe(field));
        also?.Invoke(step, field);
        try
        {
            await committer.CommitAsync(step, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await indexes.DropAsync(field.Id, ct);
            if (IdempotencyKeys.IsCollision(e))
                throw;
            throw ProblemException.Invalid([new FieldError("name", "duplicate", $"{type.Name} already has a custom field {field.Name}.")]);
        }
        known.TryRemove((tenantId, type), out _);
        return field;
    }

    /// <summary>
    /// Changes all but name and type, which stored values depend on. Options may be taken away while values use them: such
    /// values stay until they are written again.
    /// </summary>
    public async Task<CustomField> ChangeAsync(
        Guid tenantId, RecordType type, string name, JsonObject patch, long? ifMatch, ChangeContext context, CancellationToken ct, Action<Step, CustomField>? also = null)
    {
        while (true)
        {
            var existing = await ReadAsync(tenantId, type, ct);
            var before = existing.Find(name) ?? throw NotFound(type, name);
            if (ifMatch is { } expected && expected != before.Version)
                throw ProblemException.Stale(type, before.Id, expected, before.Version);
            var after = Read(patch, before, isNew: false) with { UpdatedAt = FieldText.Microseconds(context.At), Version = before.Version + 1 };
            if (after.Indexed && !before.Indexed)
            {
                ThrowIfTooMany(existing, after);
                await indexes.CreateAsync(tenantId, type, after, ct);
            }

            var step = new Step(tenantId);
            step.Update(SystemTables.Fields, RowOf(tenantId, type, after), before.Version);
            RecordChanges.Audit(step, type.Name, after.Id, context with { Action = "fields.updated" }, Describe(after));
            also?.Invoke(step, after);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Fenced)
                continue;
            known.TryRemove((tenantId, type), out _);
            if (before.Indexed && !after.Indexed)
                await indexes.DropAsync(after.Id, ct);
            return after;
        }
    }

    /// <summary>Removes a field that no record has a value of any more.</summary>
    /// <exception cref="ProblemException">409 <c>field_in_use</c>, with how many records have a value.</exception>
    public async Task DeleteAsync(Guid tenantId, RecordType type, string name, ChangeContext context, CancellationToken ct)
    {
        var field = (await ReadAsync(tenantId, type, ct)).Find(name) ?? throw NotFound(type, name);
        var users = await database.ReadAsync(tenantId, new NpgsqlBatchCommand($"select count(*) from {type.Table} r where r.custom ? $1")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = name } },
        }, ReadLongAsync, ct);
        if (users > 0)
        {
            throw new ProblemException(409, "field_in_use", $"{users} records of {type.Name} have a value in {name}: clear it first.",
                extensions: new JsonObject { ["count"] = users });
        }
        var step = new Step(tenantId);
        step.Delete(SystemTables.Fields, field.Id);
        RecordChanges.Audit(step, type.Name, field.Id, context with { Action = "fields.deleted" }, Describe(field));
        await committer.CommitAsync(step, ct);
        known.TryRemove((tenantId, type), out _);
        if (field.Indexed)
            await indexes.DropAsync(field.Id, ct);
    }

    /// <summary>Lets the tenant's records have another value in an enumerated field; one that is there already is no error.</summary>
    public async Task AddChoiceAsync(
        Guid tenantId, RecordType type, string fieldName, string value, ChangeContext context, CancellationToken ct, Action<Step>? also = null)
    {
        var field = ChoiceField(type, fieldName);
        if (string.IsNullOrWhiteSpace(value) || !RecordJson.IsStorable(value) || value.Length > (field.MaxLength ?? 64))
            throw ProblemException.Invalid([new FieldError("value", "invalid_value", $"A choice has 1 to {field.MaxLength ?? 64} characters.")]);
        if ((await ReadAsync(tenantId, type, ct)).IsChoice(field, value))
            return;
        var at = FieldText.Microseconds(context.At);
        var step = new Step(tenantId);
        step.Insert(SystemTables.FieldChoices, tenantId, Guid.CreateVersion7(at), type.Name, field.Name, value, at);
        RecordChanges.Audit(step, type.Name, null, context with { Action = "choices.created" }, new JsonObject { ["field"] = field.Name, ["value"] = value });
        also?.Invoke(step);
        try
        {
            await committer.CommitAsync(step, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && !IdempotencyKeys.IsCollision(e))
        {
            // Somebody else has added it meanwhile, which is what was asked for.
            known.TryRemove((tenantId, type), out _);
            return;
        }
        known.TryRemove((tenantId, type), out _);
    }

    /// <summary>Takes a tenant's own choice away again; records that have it keep it. Shipped choices stay.</summary>
    public async Task RemoveChoiceAsync(Guid tenantId, RecordType type, string fieldName, string value, ChangeContext context, CancellationToken ct)
    {
        var field = ChoiceField(type, fieldName);
        var command = new NpgsqlBatchCommand("select id from field_choices where record_type = $1 and field = $2 and value = $3")
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = type.Name },
                new NpgsqlParameter<string> { TypedValue = field.Name },
                new NpgsqlParameter<string> { TypedValue = value },
            },
        };
        var id = await database.ReadAsync<Guid?>(tenantId, command, async (reader, ct) => await reader.ReadAsync(ct) ? reader.GetGuid(0) : null, ct)
            ?? throw new ProblemException(404, "not_found", $"{fieldName} of {type.Name} has no choice {value} of the tenant's own.");
        var step = new Step(tenantId);
        step.Delete(SystemTables.FieldChoices, id);
        RecordChanges.Audit(step, type.Name, null, context with { Action = "choices.deleted" }, new JsonObject { ["field"] = field.Name, ["value"] = value });
        await committer.CommitAsync(step, ct);
        known.TryRemove((tenantId, type), out _);
    }

    /// <summary>A definition as the API shows it.</summary>
    public static JsonObject Describe(CustomField field) => new()
    {
        ["id"] = field.Id.ToString(),
        ["name"] = field.Name,
        ["label"] = field.Label,
        ["type"] = NameOf(field.Kind),
        ["options"] = new JsonArray([.. field.Options.Select(option => JsonValue.Create(option))]),
        ["required"] = field.Required,
        ["indexed"] = field.Indexed,
        ["sortOrder"] = field.SortOrder,
        ["version"] = field.Version,
        ["createdAt"] = FieldText.Format(field.CreatedAt),
        ["updatedAt"] = FieldText.Format(field.UpdatedAt),
    };

    public static string NameOf(CustomFieldKind kind) => kind.ToString().ToLowerInvariant();

    private Task<CustomFields> ReadAsync(Guid tenantId, RecordType type, CancellationToken ct)
    {
        NpgsqlBatchCommand[] commands =
        [
            new("""
                select id, name, label, kind, options, required, indexed, sort_order, created_at, updated_at, version
                from fields where record_type = $1
                """) { Parameters = { new NpgsqlParameter<string> { TypedValue = type.Name } } },
            new("select field, value from field_choices where record_type = $1 order by id")
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = type.Name } },
            },
        ];
        return database.ReadAsync(tenantId, commands, async (reader, ct) =>
        {
            var fields = new List<CustomField>();
            while (await reader.ReadAsync(ct))
                fields.Add(Read(reader));
            await reader.NextResultAsync(ct);
            var choices = new List<(string, string)>();
            while (await reader.ReadAsync(ct))
                choices.Add((reader.GetString(0), reader.GetString(1)));
            return new CustomFields(fields, choices);
        }, ct);
    }

    private static CustomField Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        Label = reader.GetString(2),
        Kind = Enum.Parse<CustomFieldKind>(reader.GetString(3), ignoreCase: true),
        Options = reader.IsDBNull(4) ? [] : JsonSerializer.Deserialize<string[]>(reader.GetString(4))!,
        Required = reader.GetBoolean(5),
        Indexed = reader.GetBoolean(6),
        SortOrder = reader.GetInt32(7),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(8),
        UpdatedAt = reader.GetFieldValue<DateTimeOffset>(9),
        Version = reader.GetInt64(10),
    };

    private static object?[] RowOf(Guid tenantId, RecordType type, CustomField field) =>
    [
        tenantId, field.Id, type.Name, field.Name, field.Label, NameOf(field.Kind), JsonSerializer.Serialize(field.Options),
        field.Required, field.Indexed, field.SortOrder, field.CreatedAt, field.UpdatedAt, field.Version,
    ];

    private static CustomField Read(JsonObject body, CustomField field, bool isNew)
    {
        var errors = new List<FieldError>();
        foreach (var (name, node) in body)
        {
            switch (name)
            {
                case "name" when !isNew:
                case "type" when !isNew:
                    errors.Add(new FieldError(name, "read_only_field", $"The {name} of a custom field cannot be changed: define another field."));
                    break;
                case "name" when Text(node) is { } text && CustomField.IsName(text):
                    field = field with { Name = text, Label = field.Label.Length == 0 ? text : field.Label };
                    break;
                case "label" when Text(node) is { Length: > 0 and <= 200 } text:
                    field = field with { Label = text };
                    break;
                case "type" when Text(node) is { } text && Array.Find(Enum.GetValues<CustomFieldKind>(), kind => NameOf(kind) == text) is var kind && NameOf(kind) == text:
                    field = field with { Kind = kind };
                    break;
                case "options" when node is JsonArray list && list.All(item => Text(item) is { Length: > 0 and <= 200 }):
                    field = field with { Options = [.. list.Select(item => Text(item)!).Distinct()] };
                    break;
                case "required" when Flag(node) is { } flag:
                    field = field with { Required = flag };
                    break;
                case "indexed" when Flag(node) is { } flag:
                    field = field with { Indexed = flag };
                    break;
                case "sortOrder" when node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<int>(out var order):
                    field = field with { SortOrder = order };
                    break;
                case "name" or "label" or "type" or "options" or "required" or "indexed" or "sortOrder":
                    errors.Add(new FieldError(name, "invalid_value", Expected(name)));
                    break;
                default:
                    errors.Add(new FieldError(name, "unknown_field", $"A custom field has no {name}."));
                    break;
            }
        }
        if (field.Name.Length == 0 && !errors.Exists(error => error.Field == "name"))
            errors.Add(new FieldError("name", "required", "A custom field needs a name."));
        if (isNew && !body.ContainsKey("type"))
            errors.Add(new FieldError("type", "required", Expected("type")));
        var isChoice = field.Kind is CustomFieldKind.Select or CustomFieldKind.Multiselect;
        if (errors.Count == 0 && isChoice != field.Options.Count > 0)
            errors.Add(new FieldError("options", isChoice ? "required" : "not_allowed", isChoice ? "A select needs options." : "Only a select or multiselect has options."));
        return errors.Count == 0 ? field : throw ProblemException.Invalid(errors);

        static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String && RecordJson.TryText(node, out var text) ? text : null;

        static bool? Flag(JsonNode? node) => node?.GetValueKind() switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
    }

    private static string Expected(string name) => name switch
    {
        "name" => "A name begins with a small letter and has at most 63 letters, digits and underscores.",
        "type" => $"The type is one of {string.Join(", ", Enum.GetValues<CustomFieldKind>().Select(NameOf))}.",
        "options" => "Options are a list of texts of 1 to 200 characters.",
        "label" => "A label is a text of 1 to 200 characters.",
        "sortOrder" => "sortOrder is a whole number.",
        _ => $"{name} is true or false.",
    };

    private static void ThrowIfTooMany(CustomFields existing, CustomField field)
    {
        if (existing.All.Count >= MaxFields && existing.Find(field.Name) is null)
            throw new ProblemException(422, "too_many_fields", $"A record type can have {MaxFields} custom fields.");
        if (field.Indexed && existing.All.Count(other => other.Indexed) >= MaxIndexed)
            throw new ProblemException(422, "too_many_indexes", $"A record type can have {MaxIndexed} indexed custom fields: every one makes each write slower.");
    }

    private static Field ChoiceField(RecordType type, string name) =>
        type.Find(name) is { Choices: not null, OwnedByLifecycle: false } field
            ? field
            : throw ProblemException.Malformed("unknown_field", name, $"{type.Name} has no field {name} whose choices can be added to.");

    private static ProblemException NotFound(RecordType type, string name) => new(404, "not_found", $"{type.Name} has no custom field {name}.");

    private static async Task<long> ReadLongAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        await reader.ReadAsync(ct);
        return reader.GetInt64(0);
    }
}
