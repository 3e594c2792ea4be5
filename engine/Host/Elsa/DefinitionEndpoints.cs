using System.Text.Json.Nodes;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>Reading and changing workflow definitions over Elsa's API.</summary>
internal static class DefinitionEndpoints
{
    private const string Read = "artefacts:read";
    private const string Write = "artefacts:write";
    private const string Publish = "artefacts:publish";

    public static void MapDefinitions(this IEndpointRouteBuilder elsa)
    {
        var definitions = elsa.MapGroup("/workflow-definitions");
        definitions.MapGet("", List).RequirePermission(Read);
        definitions.MapGet("/query/count", Count).RequirePermission(Read);
        definitions.MapGet("/many-by-id", ManyById).RequirePermission(Read);
        definitions.MapGet("/by-id/{id}", ById).RequirePermission(Read);
        definitions.MapGet("/by-definition-id/{definitionId}", ByDefinitionId).RequirePermission(Read);
        definitions.MapGet("/{definitionId}", ByDefinitionId).RequirePermission(Read);
        definitions.MapGet("/{definitionId}/versions", Versions).RequirePermission(Read);
        definitions.MapGet("/{definitionId}/consumers", Consumers).RequirePermission(Read);
        definitions.MapGet("/subgraph/{id}", DefinitionGraph.Subgraph).RequirePermission(Read);
        definitions.MapGet("/subgraph/segments/{id}", DefinitionGraph.Segments).RequirePermission(Read);
        definitions.MapGet("/validation/is-name-unique", IsNameUnique).RequirePermission(Read);
        definitions.MapPost("", Save).RequirePermission(Write);
        definitions.MapDelete("/{definitionId}", Delete).RequirePermission(Publish);
        definitions.MapDelete("/{definitionId}/version/{version:int}", DeleteNumber).RequirePermission(Publish);
        definitions.MapPost("/{definitionId}/publish", PublishOne).RequirePermission(Publish);
        definitions.MapPost("/{definitionId}/retract", Retract).RequirePermission(Publish);
        definitions.MapPost("/{definitionId}/revert/{version:int}", Revert).RequirePermission(Publish);
        definitions.MapPost("/{definitionId}/update-references", UpdateReferences).RequirePermission(Publish);
        elsa.MapDelete("/workflow-definition-versions/{id}", DeleteVersion).RequirePermission(Publish);
    }

    public static bool MayWrite(this HttpContext http) => http.Caller().Permissions.Allows(Write);

    private static async Task<IResult> List(HttpContext http, DefinitionLibrary library, DefinitionJson json, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var found = await MatchingAsync(http, library, ct);
        var page = found.AsEnumerable();
        if (http.QueryInteger("pageSize") is { } size)
            page = page.Skip((http.QueryInteger("page") ?? 0) * size).Take(size);
        var writable = http.MayWrite();
        var items = new JsonArray();
        foreach (var (version, _) in page)
            items.Add((JsonNode)await json.SummaryAsync(tenantId, version, writable, ct));
        return Answer.Of(new JsonObject { ["items"] = items, ["totalCount"] = found.Count, ["links"] = ListLinks(writable) });
    }

    private static async Task<IResult> Count(HttpContext http, DefinitionLibrary library, CancellationToken ct) =>
        Answer.Of(new JsonObject { ["count"] = (await MatchingAsync(http, library, ct)).Select(found => found.Version.DefinitionId).Distinct().Count() });

    private static async Task<List<(DefinitionVersion Version, DefinitionHead Head)>> MatchingAsync(HttpContext http, DefinitionLibrary library, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        if (http.Queries("label", "label[]").Count > 0)
            throw ElsaErrors.Invalid("label", "Workflows have no labels here, so that none can be looked for by one.");
        var (definitionIds, ids) = (http.Queries("definitionIds", "definitionIds[]"), http.Queries("ids", "ids[]"));
        var versions = ids.Count > 0
            ? await library.FindByIdsAsync(tenantId, [.. ids], ct)
            : await library.VersionsAsync(tenantId, definitionIds.Count > 0 ? [.. definitionIds] : null, ct);
        var search = http.Query("searchTerm");
        var isSystem = bool.TryParse(http.Query("isSystem"), out var flag) ? flag : (bool?)null;
        var found = new List<(DefinitionVersion Version, DefinitionHead Head)>();
        foreach (var version in (VersionOptions.Parse(http.Query("versionOptions")) ?? VersionOptions.All).Filter(versions))
        {
            if (definitionIds.Count > 0 && !definitionIds.Contains(version.DefinitionId))
                continue;
            var head = await library.HeadAsync(tenantId, version, ct);
            if ((isSystem is null || head.IsSystem == isSystem) && (search is null || Matches(version, head, search)))
                found.Add((version, head));
        }
        return Sorted(http, found);
    }

    private static bool Matches(DefinitionVersion version, DefinitionHead head, string search) =>
        (head.Name ?? version.DefinitionId).Contains(search, StringComparison.OrdinalIgnoreCase)
        || head.Description?.Contains(search, StringComparison.OrdinalIgnoreCase) == true
        || version.Id.Contains(search, StringComparison.Ordinal)
        || version.DefinitionId.Contains(search, StringComparison.Ordinal);

    private static List<(DefinitionVersion Version, DefinitionHead Head)> Sorted(HttpContext http, List<(DefinitionVersion Version, DefinitionHead Head)> found)
    {
        var by = http.Query("orderBy") ?? "Name";
        var descending = http.Query("orderDirection") is { } direction ? direction.StartsWith("Desc", StringComparison.OrdinalIgnoreCase) : by is "Created" or "Version";
        Comparison<(DefinitionVersion Version, DefinitionHead Head)> compare = by.ToLowerInvariant() switch
        {
            "version" => (one, other) => one.Version.Number.CompareTo(other.Version.Number),
            "created" => (one, other) => (one.Head.CreatedAt ?? one.Version.CreatedAt).CompareTo(other.Head.CreatedAt ?? other.Version.CreatedAt),
            "name" => (one, other) => string.Compare(one.Head.Name ?? one.Version.DefinitionId, other.Head.Name ?? other.Version.DefinitionId, StringComparison.OrdinalIgnoreCase),
            _ => throw ElsaErrors.Invalid("orderBy", $"orderBy must be Created, Name or Version, not {by}."),
        };
        found.Sort((one, other) => compare(one, other) is var order && order != 0 ? (descending ? -order : order) : string.CompareOrdinal(one.Version.Id, other.Version.Id));
        return found;
    }

    private static async Task<IResult> ManyById(HttpContext http, DefinitionLibrary library, DefinitionJson json, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var items = new List<JsonNode?>();
        foreach (var version in await library.FindByIdsAsync(tenantId, [.. http.Queries("ids", "ids[]")], ct))
            items.Add(await json.ModelAsync(tenantId, version, http.MayWrite(), ct));
        return ElsaRequest.List(items);
    }

    private static async Task<IResult> ById(string id, HttpContext http, DefinitionLibrary library, DefinitionJson json, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var version = await library.FindByIdAsync(tenantId, id, ct) ?? throw ElsaErrors.NotFound($"There is no version {id} of a workflow definition.");
        return Answer.Of(await json.ModelAsync(tenantId, version, http.MayWrite(), ct));
    }

    private static async Task<IResult> ByDefinitionId(string definitionId, HttpContext http, DefinitionLibrary library, DefinitionJson json, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var version = await library.FindAsync(tenantId, definitionId, VersionOptions.Parse(http.Query("versionOptions")), ct)
            ?? throw ElsaErrors.NotFound($"There is no such version of workflow definition {definitionId}.");
        return Answer.Of(await json.ModelAsync(tenantId, version, http.MayWrite(), ct));
    }

    private static async Task<IResult> Versions(string definitionId, HttpContext http, DefinitionLibrary library, DefinitionJson json, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var versions = await library.VersionsAsync(tenantId, [definitionId], ct);
        if (versions.Count == 0)
            throw ElsaErrors.NotFound($"There is no workflow definition {definitionId}.");
        var items = new List<JsonNode?>();
        foreach (var version in versions)
            items.Add(await json.ModelAsync(tenantId, version, http.MayWrite(), ct));
        return ElsaRequest.List(items);
    }

    private static async Task<IResult> Consumers(string definitionId, HttpContext http, DefinitionEditor editor, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        await editor.ExistingAsync(tenantId, definitionId, ct);
        return Answer.Of(new JsonObject { ["consumingWorkflowDefinitionIds"] = new JsonArray([.. editor.Consumers(tenantId, definitionId)]) });
    }

    private static async Task<IResult> IsNameUnique(HttpContext http, DefinitionLibrary library, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var (name, own) = (http.Query("name"), http.Query("definitionId"));
        var unique = true;
        foreach (var version in VersionOptions.Latest.Filter(await library.VersionsAsync(tenantId, null, ct)))
            unique &= version.DefinitionId == own || !string.Equals((await library.HeadAsync(tenantId, version, ct)).Name, name, StringComparison.OrdinalIgnoreCase);
        return Answer.Of(new JsonObject { ["isUnique"] = unique });
    }

    private static async Task<IResult> Save(HttpContext http, DefinitionEditor editor, DefinitionJson json, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        if (body["model"] is not JsonObject model)
            throw ElsaErrors.Invalid("model", "model must be a workflow definition.");
        var publish = body.Flag("publish");
        if (publish)
            caller.Demand(Publish);
        DefinitionTree.ForgetCurrentStates(model["root"] as JsonObject);
        var edit = await editor.SaveAsync(caller.TenantId, model, publish, caller.Change("saved", time.GetUtcNow()), ct);
        return await EditedAsync(http, edit, json, ct);
    }

    private static async Task<IResult> PublishOne(string definitionId, HttpContext http, DefinitionEditor editor, DefinitionJson json, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        return await EditedAsync(http, await editor.PublishAsync(caller.TenantId, definitionId, caller.Change("published", time.GetUtcNow()), ct), json, ct);
    }

    private static async Task<IResult> EditedAsync(HttpContext http, Edit edit, DefinitionJson json, CancellationToken ct) => Answer.Of(new JsonObject
    {
        ["workflowDefinition"] = await json.ModelAsync(http.Caller().TenantId, edit.Version, http.MayWrite(), ct),
        ["alreadyPublished"] = edit.AlreadyPublished,
        ["consumingWorkflowCount"] = edit.Updated?.Count ?? 0,
        ["validationErrors"] = new JsonArray(),
    });

    private static async Task<IResult> Retract(string definitionId, HttpContext http, DefinitionEditor editor, DefinitionJson json, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var version = await editor.RetractAsync(caller.TenantId, definitionId, caller.Change("retracted", time.GetUtcNow()), ct);
        return Answer.Of(await json.ModelAsync(caller.TenantId, version, http.MayWrite(), ct));
    }

    private static async Task<IResult> Revert(string definitionId, int version, HttpContext http, DefinitionEditor editor, DefinitionJson json, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var draft = await editor.RevertAsync(caller.TenantId, definitionId, version, caller.Change("reverted", time.GetUtcNow()), ct);
        return Answer.Of(await json.SummaryAsync(caller.TenantId, draft, http.MayWrite(), ct), StatusCodes.Status201Created) with
        {
            Location = $"{ElsaApi.Prefix}/workflow-definitions/by-id/{draft.Id}",
        };
    }

    private static async Task<IResult> UpdateReferences(string definitionId, HttpContext http, DefinitionEditor editor, DefinitionLibrary library, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var to = await library.FindAsync(caller.TenantId, definitionId, VersionOptions.Published, ct) ?? throw ElsaErrors.NotFound($"No version of {definitionId} is published.");
        var names = new JsonArray();
        foreach (var moved in await editor.MoveConsumersAsync(caller.TenantId, to, caller.Change("references_updated", time.GetUtcNow()), ct))
        {
            var latest = await editor.ExistingAsync(caller.TenantId, moved, ct);
            names.Add((await library.HeadAsync(caller.TenantId, latest, ct)).Name ?? moved);
        }
        return Answer.Of(new JsonObject { ["affectedWorkflows"] = names });
    }

    private static async Task<IResult> Delete(string definitionId, HttpContext http, DefinitionEditor editor, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        return await editor.DeleteAsync(caller.TenantId, definitionId, caller.Change("deleted", time.GetUtcNow()), ct)
            ? Answer.NoContent
            : throw ElsaErrors.NotFound($"There is no workflow definition {definitionId}.");
    }

    private static Task<IResult> DeleteNumber(string definitionId, int version, HttpContext http, DefinitionEditor editor, DefinitionLibrary library, TimeProvider time, CancellationToken ct) =>
        DeleteVersion(DefinitionLibrary.VersionId(definitionId, version), http, editor, library, time, ct);

    private static async Task<IResult> DeleteVersion(string id, HttpContext http, DefinitionEditor editor, DefinitionLibrary library, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var version = await library.FindByIdAsync(caller.TenantId, id, ct) ?? throw ElsaErrors.NotFound($"There is no version {id} of a workflow definition.");
        await editor.DeleteVersionAsync(caller.TenantId, version, caller.Change("deleted", time.GetUtcNow()), ct);
        return Answer.NoContent;
    }

    private static JsonArray ListLinks(bool writable)
    {
        (string Href, string Rel, string Method)[] reading =
        [
            ("/workflow-definitions", "self", "GET"), ("/workflow-definitions/validation/is-name-unique", "is-name-unique", "GET"),
            ("/workflow-definitions/query/count", "count", "GET"), ("/workflow-definitions/many-by-id", "many-by-id", "GET"),
        ];
        (string Href, string Rel, string Method)[] writing =
        [
            ("/bulk-actions/delete/workflow-definitions/by-definition-id", "bulk-delete-by-definition-id", "POST"),
            ("/bulk-actions/delete/workflow-definitions/by-id", "bulk-delete-by-id", "POST"),
            ("/bulk-actions/publish/workflow-definitions/by-definition-ids", "bulk-publish", "POST"),
            ("/bulk-actions/retract/workflow-definitions/by-definition-ids", "bulk-retract", "POST"),
            ("/workflow-definitions/import", "import", "POST"), ("/workflow-definitions/import-files", "import-files", "POST"),
            ("/workflow-definitions", "create", "POST"),
        ];
        return new JsonArray([.. (writable ? reading.Concat(writing) : reading).Select(link => (JsonNode)new JsonObject { ["href"] = link.Href, ["rel"] = link.Rel, ["method"] = link.Method })]);
    }
}
