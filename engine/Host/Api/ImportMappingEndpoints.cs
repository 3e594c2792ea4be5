using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Imports;

namespace Switchboard.Host.Api;

/// <summary>The mappings that imports have used, for whoever may import records of their type: looked at, named, forgotten.</summary>
internal static class ImportMappingEndpoints
{
    public static void MapImportMappings(this IEndpointRouteBuilder api)
    {
        var mappings = api.MapGroup("/import-mappings").WithTags("Import and export").LimitBody(16 << 10);
        mappings.MapGet("", List).RequireSignIn().WithSummary("Mappings that imports of a type have used, the last used first; needs import of the type")
            .WithMetadata(new Shape(Response: "Items") { Query = [("type", "The record type, such as sites"), ("shape", "Only those for files with these columns: the shape of a preview")] });
        mappings.MapPatch("/{id:guid}", Name).RequireSignIn().WithSummary("Names a mapping, {name}, so that the next one does not take its place; needs import of its type")
            .WithMetadata(new Shape("Object", "Object"));
        mappings.MapDelete("/{id:guid}", Forget).RequireSignIn().WithSummary("Forgets a mapping; needs import of its type").WithMetadata(new Shape(Status: 204));
    }

    private static async Task<IResult> List(HttpContext http, ImportMappings mappings, CancellationToken ct)
    {
        foreach (var unknown in http.Request.Query.Keys.Where(name => name is not ("type" or "shape")))
            throw ProblemException.Malformed("unknown_parameter", unknown, $"There is no parameter {unknown} here.");
        var type = http.Request.Query["type"].ToString();
        if (RecordTypes.Find(type) is null)
            throw ProblemException.Malformed("invalid_parameter", "type", $"type must be a record type, not '{type}'.");
        http.Caller().Demand($"{type}:import");
        var found = await mappings.ListAsync(http.Caller().TenantId, type, http.Request.Query["shape"].ToString() is { Length: > 0 } shape ? shape : null, ct);
        return Answer.Of(new JsonObject { ["items"] = new JsonArray([.. found.Select(one => (JsonNode)ToJson(one))]), ["next"] = null });
    }

    private static async Task<IResult> Name(Guid id, HttpContext http, ImportMappings mappings, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        if (body.Object.FirstOrDefault(member => member.Key != "name").Key is { } unknown)
            throw ProblemException.Invalid([new FieldError(unknown, "unknown_field", $"Of a mapping its name can be changed, not {unknown}.")]);
        var name = body.Object["name"] is JsonValue value && value.TryGetValue<string>(out var given) ? given : "";
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var before = await FindAsync(id, caller, mappings, ct);
            return Answer.Of(ToJson(await mappings.NameAsync(caller.TenantId, before, name, caller.Change("import-mappings.named", time.GetUtcNow()),
                (step, after) => ticket.AddTo(step, Answer.Of(ToJson(after))), ct)));
        }, ct);
    }

    private static async Task<IResult> Forget(Guid id, HttpContext http, ImportMappings mappings, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        await mappings.ForgetAsync(caller.TenantId, await FindAsync(id, caller, mappings, ct), caller.Change("import-mappings.forgotten", time.GetUtcNow()), ct);
        return Answer.NoContent;
    }

    private static async Task<ImportMapping> FindAsync(Guid id, Caller caller, ImportMappings mappings, CancellationToken ct)
    {
        var found = await mappings.GetAsync(caller.TenantId, id, ct) ?? throw new ProblemException(404, "not_found", $"There is no mapping {id}.");
        caller.Demand($"{found.RecordType}:import");
        return found;
    }

    private static JsonObject ToJson(ImportMapping mapping) => new()
    {
        ["id"] = mapping.Id.ToString(),
        ["type"] = mapping.RecordType,
        ["shape"] = mapping.Shape,
        ["name"] = mapping.Name,
        ["mapping"] = mapping.Mapping.DeepClone(),
        ["usedAt"] = FieldText.Format(mapping.UsedAt),
        ["createdAt"] = FieldText.Format(mapping.CreatedAt),
        ["version"] = mapping.Version,
    };
}
