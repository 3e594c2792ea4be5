using System.Text.Json.Nodes;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>Instances over Elsa's API: lists, one with its journal, its variables, cancelling and deleting.</summary>
internal static class InstanceEndpoints
{
    private const string Read = "workflow-instances:read";
    private const string Manage = "workflow-instances:manage";
    private const int JournalPage = 100;

    public static void MapElsaInstances(this IEndpointRouteBuilder elsa)
    {
        elsa.MapMethods("/workflow-instances", ["GET", "POST"], List).RequirePermission(Read);
        var one = elsa.MapGroup("/workflow-instances/{id}");
        one.MapGet("", Get).RequirePermission(Read);
        one.MapDelete("", Delete).RequirePermission(Manage);
        one.MapMethods("/journal", ["GET", "POST"], Journal).RequirePermission(Read);
        one.MapGet("/journal/{activityId}", LastEntry).RequirePermission(Read);
        one.MapGet("/execution-state", ExecutionState).RequirePermission(Read);
        one.MapGet("/variables", Variables).RequirePermission(Read);
        one.MapPost("/variables", SetVariables).RequirePermission(Manage);
        elsa.MapPost("/bulk-actions/delete/workflow-instances/by-id", DeleteMany).RequirePermission(Manage);
        elsa.MapPost("/bulk-actions/delete/workflow-instances", DeleteMany).RequirePermission(Manage);
        elsa.MapPost("/cancel/workflow-instances/{id}", Cancel).RequirePermission(Manage);
        elsa.MapPost("/bulk-actions/cancel/workflow-instances", CancelMany).RequirePermission(Manage);
    }

    private static async Task<IResult> List(HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var body = HttpMethods.IsPost(http.Request.Method) ? await ElsaRequest.BodyAsync(http, ct) : FromQuery(http);
        var (page, size) = (body.Integer("page") ?? http.QueryInteger("page"), body.Integer("pageSize") ?? http.QueryInteger("pageSize"));
        if (page < 0 || size < 0)
            throw ElsaErrors.Invalid("page", "page and pageSize must not be negative.");
        var direction = body.Text("orderDirection") ?? http.Query("orderDirection");
        var (items, total) = await library.ListAsync(
            http.Caller().TenantId, body, page, size, body.Text("orderBy") ?? http.Query("orderBy"),
            direction is null || direction.StartsWith("Desc", StringComparison.OrdinalIgnoreCase), ct);
        return Answer.Of(new JsonObject { ["items"] = items, ["totalCount"] = total });
    }

    private static async Task<IResult> Get(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (state, graph, _) = await library.GetAsync(http.Caller().TenantId, id, ct);
        return Answer.Of(InstanceJson.Whole(state, graph));
    }

    private static async Task<IResult> Journal(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var (state, _, _) = await library.GetAsync(tenantId, id, ct);
        var filter = HttpMethods.IsPost(http.Request.Method) ? (await ElsaRequest.BodyAsync(http, ct))["filter"] as JsonObject ?? [] : [];
        var (activities, nodes, excluded, events) =
            (filter.Texts("activityIds"), filter.Texts("activityNodeIds"), filter.Texts("excludedActivityTypes"), filter.Texts("eventNames"));
        var found = (await library.JournalAsync(tenantId, Guid.Parse(state.Id), ct)).Where(entry =>
            (activities.Count == 0 || activities.Contains(entry.ActivityId)) && (nodes.Count == 0 || nodes.Contains(entry.NodeId))
            && !excluded.Contains(entry.ActivityType) && (events.Count == 0 || events.Contains(entry.EventName))).ToList();
        var size = http.QueryInteger("take") ?? http.QueryInteger("pageSize") ?? JournalPage;
        var skip = http.QueryInteger("skip") ?? (http.QueryInteger("page") ?? 0) * size;
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. found.Skip(skip).Take(size).Select(InstanceJson.LogRecord)]),
            ["totalCount"] = found.Count,
        });
    }

    private static async Task<IResult> LastEntry(string id, string activityId, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var (state, _, _) = await library.GetAsync(tenantId, id, ct);
        var last = (await library.JournalAsync(tenantId, Guid.Parse(state.Id), ct))
            .LastOrDefault(entry => entry.ActivityId == activityId && entry.EventName is "Started" or "Completed" or "Faulted");
        return last is null ? throw ElsaErrors.NotFound($"Activity {activityId} has not run in this instance.") : Answer.Of(InstanceJson.LogRecord(last));
    }

    private static async Task<IResult> ExecutionState(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (state, _, _) = await library.GetAsync(http.Caller().TenantId, id, ct);
        return Answer.Of(new JsonObject { ["status"] = state.Status.ToString(), ["subStatus"] = state.SubStatus.ToString(), ["updatedAt"] = state.UpdatedAt });
    }

    private static async Task<IResult> Variables(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (state, graph, _) = await library.GetAsync(http.Caller().TenantId, id, ct);
        return ElsaRequest.List(InstanceLibrary.Variables(state, graph).Select(variable => variable?.DeepClone()));
    }

    private static async Task<IResult> SetVariables(string id, HttpContext http, InstanceLibrary library, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var (state, _, _) = await library.GetAsync(caller.TenantId, id, ct);
        var body = await ElsaRequest.BodyAsync(http, ct);
        var changes = (body["variables"] as JsonArray ?? []).OfType<JsonObject>()
            .Select(variable => (Alteration)new Alteration.ModifyVariable(
                variable.Text("id") ?? throw ElsaErrors.Invalid("variables", "Each variable needs its id."), variable["value"]?.DeepClone())).ToList();
        await runner.DeliverAsync(caller.TenantId, Guid.Parse(state.Id), new Stimulus.Alter(changes), new Delivery(caller.Change("variables_set", time.GetUtcNow())), ct);
        return await Variables(id, http, library, ct);
    }

    private static async Task<IResult> Delete(string id, HttpContext http, InstanceRemoval removal, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        return Guid.TryParse(id, out var instanceId) && await removal.RemoveAsync(caller.TenantId, instanceId, caller.Change("instance_deleted", time.GetUtcNow()), ct)
            ? Answer.NoContent
            : throw ElsaErrors.NotFound($"There is no workflow instance {id}.");
    }

    private static async Task<IResult> DeleteMany(HttpContext http, InstanceLibrary library, InstanceRemoval removal, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var filter = new JsonObject { ["ids"] = body["ids"]?.DeepClone(), ["definitionId"] = body["workflowDefinitionId"]?.DeepClone(), ["definitionIds"] = body["workflowDefinitionIds"]?.DeepClone() };
        var deleted = 0;
        foreach (var id in await SelectedAsync(caller.TenantId, filter, library, ct))
            deleted += await removal.RemoveAsync(caller.TenantId, id, caller.Change("instance_deleted", time.GetUtcNow()), ct) ? 1 : 0;
        return Answer.Of(new JsonObject { ["deleted"] = deleted });
    }

    private static async Task<IResult> Cancel(string id, HttpContext http, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        if (Guid.TryParse(id, out var instanceId))
            await CancelAsync(http, instanceId, runner, time, ct);
        return Results.Ok();
    }

    private static async Task<IResult> CancelMany(HttpContext http, InstanceLibrary library, DefinitionLibrary definitions, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var body = await ElsaRequest.BodyAsync(http, ct);
        var filter = new JsonObject { ["ids"] = body["ids"]?.DeepClone(), ["definitionVersionId"] = body["definitionVersionId"]?.DeepClone() };
        if (body.Text("definitionId") is { Length: > 0 } definitionId)
        {
            var options = VersionOptions.Parse(body.Text("versionOptions")) ?? throw ElsaErrors.Invalid("versionOptions", "definitionId needs versionOptions.");
            var versions = options.Filter(await definitions.VersionsAsync(tenantId, [definitionId], ct));
            filter["definitionVersionIds"] = new JsonArray([.. versions.Select(version => (JsonNode)version.Id).DefaultIfEmpty("none")]);
        }
        var cancelled = 0;
        foreach (var id in await SelectedAsync(tenantId, filter, library, ct, "Running"))
            cancelled += await CancelAsync(http, id, runner, time, ct) ? 1 : 0;
        return Answer.Of(new JsonObject { ["cancelled"] = cancelled });
    }

    /// <summary>A filter that says nothing selects nothing: nobody deletes everything by forgetting a word.</summary>
    private static async Task<List<Guid>> SelectedAsync(Guid tenantId, JsonObject filter, InstanceLibrary library, CancellationToken ct, string? status = null)
    {
        if ((await library.FilterAsync(tenantId, filter, ct)).IsEmpty)
            return [];
        filter["status"] = status;
        return await library.IdsAsync(tenantId, await library.FilterAsync(tenantId, filter, ct), ct);
    }

    private static async Task<bool> CancelAsync(HttpContext http, Guid id, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var result = await runner.DeliverAsync(
            caller.TenantId, id, state => state.Status == InstanceStatus.Running ? new Stimulus.Cancel() : null,
            new Delivery(caller.Change("cancelled", time.GetUtcNow())), ct);
        return !result.Ignored;
    }

    private static JsonObject FromQuery(HttpContext http)
    {
        var body = new JsonObject();
        foreach (var name in new[] { "searchTerm", "definitionId", "correlationId", "name", "status", "subStatus" })
            body[name] = http.Query(name);
        foreach (var name in new[] { "definitionIds", "statuses", "subStatuses" })
            body[name] = new JsonArray([.. http.Queries(name).Select(value => (JsonNode)value)]);
        if (bool.TryParse(http.Query("hasIncidents"), out var has))
            body["hasIncidents"] = has;
        body["version"] = http.QueryInteger("version");
        return body;
    }
}
