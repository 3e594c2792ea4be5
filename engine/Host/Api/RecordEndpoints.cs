using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Deletions;

namespace Switchboard.Host.Api;

/// <summary>All verbs of all record types. What a type is stands in its class; what happens to it, in its lifecycle.</summary>
internal static class RecordEndpoints
{
    public static void MapRecords(this IEndpointRouteBuilder api)
    {
        var schema = api.MapGroup("/schema").WithTags("Schema");
        schema.MapGet("", Types).RequireSignIn().WithSummary("The record types that the caller may read").WithMetadata(new Shape(Response: "Items"));
        schema.MapGet("/{type}", Describe).RequirePermission("{type}:read").WithSummary("Fields, lifecycle and permissions of a type")
            .WithMetadata(new Shape(Response: "Object"));
        schema.MapGet("/{type}/fields", Fields).RequirePermission("{type}:read").WithSummary("The tenant's own fields of a type")
            .WithMetadata(new Shape(Response: "Items"));
        schema.MapPost("/{type}/fields", DefineField).RequirePermission("tenants:manage").WithSummary("Adds a field to a type")
            .WithMetadata(new Shape("Object", "Object", 201));
        schema.MapPatch("/{type}/fields/{name}", ChangeField).RequirePermission("tenants:manage").WithSummary("Changes a field of the tenant")
            .WithMetadata(new Shape("Object", "Object"));
        schema.MapDelete("/{type}/fields/{name}", DeleteField).RequirePermission("tenants:manage").WithSummary("Removes a field that nothing uses")
            .WithMetadata(new Shape(Status: 204));
        schema.MapPost("/{type}/fields/{name}/choices", AddChoice).RequirePermission("tenants:manage")
            .WithSummary("Adds a value to an enumerated field of the type itself").WithMetadata(new Shape("Object", Status: 204));
        schema.MapDelete("/{type}/fields/{name}/choices/{value}", RemoveChoice).RequirePermission("tenants:manage")
            .WithSummary("Takes back a value that the tenant added").WithMetadata(new Shape(Status: 204));

        var records = api.MapGroup("/{type}").WithTags("Records");
        records.MapGet("", List).RequirePermission("{type}:read").WithSummary("A page of records").WithMetadata(new Shape(Response: "RecordPage")
        {
            Query =
            [
                ("limit", "At most 500; 50 by default"), ("after", "The cursor that the last page gave as next"), ("sort", "Fields, a minus for descending: -createdAt"),
                ("q", "Text that a searched field contains"), ("count", "true: the answer has the total"),
            ],
        });
        records.MapPost("", Create).RequirePermission("{type}:create").WithSummary("Creates a record and starts its lifecycle")
            .WithMetadata(new Shape("Record", "Record", 201));
        records.MapPost("/batch", Batch).RequireSignIn().WithSummary("Up to 1,000 changes, each answered for itself; needs the permission of each method. One that only deletes can be undone as a whole, by the operation that Location names")
            .WithMetadata(new Shape("Batch", "BatchResults"));
        records.MapGet("/{id:guid}", Get).RequirePermission("{type}:read").WithSummary("A record").WithMetadata(new Shape(Response: "Record"));
        records.MapPatch("/{id:guid}", Patch).RequirePermission("{type}:update").WithSummary("Changes fields of a record (JSON Merge Patch)")
            .WithMetadata(new Shape("Record", "Record") { RequestType = "application/merge-patch+json" });
        records.MapDelete("/{id:guid}", Delete).RequirePermission("{type}:delete").WithSummary("Deletes a record; its history stays, and undoing the operation that Location names brings it back")
            .WithMetadata(new Shape(Status: 204));
    }

    /// <summary>A list in the order of the names of what its records refer to tells these, also by its cursors: whoever asks must be able to read them.</summary>
    /// <exception cref="ProblemException">403 that names the permission.</exception>
    internal static ListQuery AllowedTo(this ListQuery query, Caller caller)
    {
        foreach (var key in query.Sort)
        {
            if (key.Field.NameOf is { } named)
                caller.Demand($"{named.Name}:read");
        }
        return query;
    }

    private static async Task<IResult> List(string type, HttpContext http, RecordReader records, FieldCatalogue catalogue, CancellationToken ct)
    {
        var (recordType, tenantId) = (TypeOf(type), http.Caller().TenantId);
        var query = ListQuery.Parse(recordType, await catalogue.OfAsync(tenantId, recordType, ct), Parameters(http)).AllowedTo(http.Caller());
        return PageAnswer(recordType, await records.ListAsync(tenantId, query, ct));
    }

    private static async Task<IResult> Get(string type, Guid id, HttpContext http, RecordReader records, CancellationToken ct)
    {
        var (recordType, tenantId) = (TypeOf(type), http.Caller().TenantId);
        var record = await records.GetAsync(tenantId, recordType, id, ct) ?? throw await records.NotFoundAsync(tenantId, recordType, id, ct);
        if (Preconditions.HasAlready(http, record.Version))
        {
            Preconditions.SetETag(http, record.Version);
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }
        return Answer.Of(recordType, record);
    }

    private static async Task<IResult> Create(
        string type, HttpContext http, RecordWriter writer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (WritableTypeOf(type), http.Caller());
        var body = await RequestBody.ReadAsync(http, ct);
        DemandFields(caller, recordType, body.Object);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Answer.Of(
            recordType,
            await writer.CreateAsync(
                caller.TenantId, recordType, body.Object, caller.Change("", time.GetUtcNow()),
                (step, record) => ticket.AddTo(step, Answer.Of(recordType, record, 201)), ct),
            StatusCodes.Status201Created), ct);
    }

    private static async Task<IResult> Patch(
        string type, Guid id, HttpContext http, RecordReader records, RecordWriter writer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (WritableTypeOf(type), http.Caller());
        var body = await RequestBody.ReadAsync(http, ct);
        DemandFields(caller, recordType, body.Object);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Answer.Of(
            recordType,
            await writer.PatchAsync(
                caller.TenantId, recordType, id, body.Object, await ExpectedVersionAsync(http, records, recordType, id, ct),
                caller.Change("", time.GetUtcNow()), (step, record) => ticket.AddTo(step, Answer.Of(recordType, record)), ct)), ct);
    }

    private static async Task<IResult> Delete(
        string type, Guid id, HttpContext http, RecordReader records, RecordWriter writer, KeptDeletions deletions, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (WritableTypeOf(type), http.Caller());
        var context = caller.Change("", time.GetUtcNow());
        var operation = KeptDeletions.Begin(caller.TenantId, recordType, context);
        await writer.DeleteAsync(
            caller.TenantId, recordType, id, await ExpectedVersionAsync(http, records, recordType, id, ct), context with { BatchId = operation.Id }, null, ct,
            (step, ct) => deletions.CommitAsync(operation, recordType, context, step, ct));
        return Answer.NoContent with { Location = $"/api/operations/{operation.Id}" };
    }

    private static async Task<IResult> Batch(
        string type, HttpContext http, RecordWriter writer, KeptDeletions deletions, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (WritableTypeOf(type), http.Caller());
        var body = await RequestBody.ReadAsync(http, ct);
        var items = ItemsOf(body.Object);
        foreach (var item in items)
        {
            var verb = item.Method.ToUpperInvariant() switch { "POST" => "create", "PATCH" => "update", "DELETE" => "delete", _ => "read" };
            caller.Demand($"{type}:{verb}");
            if (item.Body is not null)
                DemandFields(caller, recordType, item.Body);
        }
        var context = caller.Change("", time.GetUtcNow());
        var deletion = items.Count > 0 && items.TrueForAll(item => item.Method.Equals("DELETE", StringComparison.OrdinalIgnoreCase))
            ? KeptDeletions.Begin(caller.TenantId, recordType, context)
            : null;
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Of(
            await writer.BatchAsync(
                caller.TenantId, recordType, items, deletion is null ? context : context with { BatchId = deletion.Id },
                (step, results) => ticket.AddTo(step, Of(results)), ct,
                deletion is null ? null : (step, ct) => deletions.CommitAsync(deletion, recordType, context, step, ct))), ct);

        Answer Of(BatchResult[] results) => BatchAnswer(recordType, results) with
        {
            Location = deletion is not null && results.Any(result => result.Problem is null) ? $"/api/operations/{deletion.Id}" : null,
        };
    }

    private static async Task<IResult> Types(HttpContext http, FieldCatalogue catalogue, CancellationToken ct)
    {
        var caller = http.Caller();
        var items = new JsonArray();
        foreach (var type in RecordTypes.All.OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            if (caller.Permissions.Allows($"{type.Name}:read"))
                items.Add(Granted(RecordSchema.Describe(type, await catalogue.OfAsync(caller.TenantId, type, ct)), caller));
        }
        return Answer.Of(new JsonObject { ["items"] = items });
    }

    private static async Task<IResult> Describe(string type, HttpContext http, FieldCatalogue catalogue, CancellationToken ct)
    {
        var (recordType, caller) = (TypeOf(type), http.Caller());
        return Answer.Of(Granted(RecordSchema.Describe(recordType, await catalogue.OfAsync(caller.TenantId, recordType, ct)), caller));
    }

    private static async Task<IResult> Fields(string type, HttpContext http, FieldCatalogue catalogue, CancellationToken ct)
    {
        var custom = await catalogue.OfAsync(http.Caller().TenantId, TypeOf(type), ct);
        return Answer.Of(new JsonObject { ["items"] = new JsonArray([.. custom.All.Select(FieldCatalogue.Describe)]) });
    }

    private static async Task<IResult> DefineField(
        string type, HttpContext http, FieldCatalogue catalogue, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Defined(await catalogue.DefineAsync(
            caller.TenantId, TypeOf(type), body.Object, caller.Change("field_defined", time.GetUtcNow()), ct, (step, field) => ticket.AddTo(step, Defined(field)))), ct);

        Answer Defined(CustomField field) => new(201, Answer.Utf8(FieldCatalogue.Describe(field)), Preconditions.ETagOf(field.Version), $"/api/schema/{type}/fields/{field.Name}");
    }

    private static async Task<IResult> ChangeField(
        string type, string name, HttpContext http, FieldCatalogue catalogue, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Changed(await catalogue.ChangeAsync(
            caller.TenantId, TypeOf(type), name, body.Object, Preconditions.IfMatch(http) is [var expected, ..] ? expected : null,
            caller.Change("field_changed", time.GetUtcNow()), ct, (step, field) => ticket.AddTo(step, Changed(field)))), ct);

        static Answer Changed(CustomField field) => new(200, Answer.Utf8(FieldCatalogue.Describe(field)), Preconditions.ETagOf(field.Version));
    }

    private static async Task<IResult> DeleteField(
        string type, string name, HttpContext http, FieldCatalogue catalogue, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        await catalogue.DeleteAsync(caller.TenantId, TypeOf(type), name, caller.Change("field_deleted", time.GetUtcNow()), ct);
        return Answer.NoContent;
    }

    private static async Task<IResult> AddChoice(
        string type, string name, HttpContext http, FieldCatalogue catalogue, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        if (body.Object["value"] is not JsonValue node || !node.TryGetValue<string>(out var value))
            throw ProblemException.Malformed("invalid_value", "value", "value must be text.");
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            await catalogue.AddChoiceAsync(
                caller.TenantId, TypeOf(type), name, value, caller.Change("choice_added", time.GetUtcNow()), ct, step => ticket.AddTo(step, Answer.NoContent));
            return Answer.NoContent;
        }, ct);
    }

    private static async Task<IResult> RemoveChoice(
        string type, string name, string value, HttpContext http, FieldCatalogue catalogue, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        await catalogue.RemoveChoiceAsync(caller.TenantId, TypeOf(type), name, value, caller.Change("choice_removed", time.GetUtcNow()), ct);
        return Answer.NoContent;
    }

    /// <summary>Adds which of the type's permissions this caller has, so that no form offers what will be refused.</summary>
    private static JsonObject Granted(JsonObject schema, Caller caller)
    {
        schema["granted"] = new JsonObject([.. schema["permissions"]!.AsObject().Select(pair =>
            KeyValuePair.Create(pair.Key, (JsonNode?)caller.Permissions.Allows((string)pair.Value!)))]);
        return schema;
    }

    /// <summary>The gate has made sure that the type exists.</summary>
    internal static RecordType TypeOf(string type) => RecordTypes.Find(type)!;

    /// <summary>The query as names and values; a name that comes twice stays twice, so that it can be refused.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Parameters(HttpContext http) =>
        http.Request.Query.SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? "")));

    internal static Answer PageAnswer(RecordType type, RecordPage page) => Answer.Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        foreach (var record in page.Items)
            RecordJson.Write(writer, type, record);
        writer.WriteEndArray();
        writer.WriteString("next"u8, page.Next);
        if (page.Total is { } total)
            writer.WriteNumber("total"u8, total);
        writer.WriteEndObject();
    });

    /// <summary>The one version that If-Match allows; null when it allows any.</summary>
    internal static async Task<long?> ExpectedVersionAsync(HttpContext http, RecordReader records, RecordType type, Guid id, CancellationToken ct)
    {
        var accepted = Preconditions.IfMatch(http);
        if (accepted is null or [_])
            return accepted?[0];
        var tenantId = http.Caller().TenantId;
        var record = await records.GetAsync(tenantId, type, id, ct) ?? throw await records.NotFoundAsync(tenantId, type, id, ct);
        Preconditions.ThrowUnlessMatches(accepted, record.Version);
        return record.Version;
    }

    /// <summary>Fields that give power over others need a permission of their own, whoever may write the rest of the record.</summary>
    internal static void DemandFields(Caller caller, RecordType type, JsonObject body)
    {
        foreach (var field in type.Fields)
        {
            if (field.Permission is { } permission && body.ContainsKey(field.Name))
                caller.Demand(permission);
        }
    }

    internal static RecordType WritableTypeOf(string type) =>
        TypeOf(type) is { Writable: true } recordType
            ? recordType
            : throw new ProblemException(405, "type_not_writable", $"Records of {type} are written by the service alone.");

    private static List<BatchItem> ItemsOf(JsonObject body)
    {
        if (body["items"] is not JsonArray { Count: <= RecordWriter.MaxBatch } items)
            throw ProblemException.Malformed("invalid_items", "items", $"items must be a list of at most {RecordWriter.MaxBatch}.");
        return [.. items.Select((node, i) => node is JsonObject item ? ItemOf(item, i) : throw InvalidItem(i))];
    }

    private static BatchItem ItemOf(JsonObject item, int i)
    {
        if (item["method"] is not JsonValue method || !method.TryGetValue<string>(out var name))
            throw InvalidItem(i);
        Guid? id = item["id"] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var text) && Guid.TryParse(text, out var parsed) => parsed,
            _ => throw InvalidItem(i),
        };
        long? version = item["version"] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<long>(out var number) => number,
            _ => throw InvalidItem(i),
        };
        return item["body"] is null or JsonObject ? new BatchItem(name, id, item["body"] as JsonObject, version) : throw InvalidItem(i);
    }

    private static ProblemException InvalidItem(int i) => ProblemException.Malformed(
        "invalid_item", $"items/{i}",
        "An item is {method: POST, body}, {method: PATCH, id, body} or {method: DELETE, id}; the latter two may name a version.");

    private static Answer BatchAnswer(RecordType type, BatchResult[] results) => Answer.Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("results"u8);
        foreach (var (status, record, problem) in results)
        {
            writer.WriteStartObject();
            writer.WriteNumber("status"u8, status);
            if (record is not null)
            {
                writer.WritePropertyName("record"u8);
                RecordJson.Write(writer, type, record);
            }
            if (problem is not null)
            {
                writer.WritePropertyName("problem"u8);
                Problems.Document(problem).WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    });
}
