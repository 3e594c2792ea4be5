using System.Text.Json.Nodes;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>What the activities of an instance did: the badges that Studio draws, and what is behind them.</summary>
internal static class ActivityExecutionEndpoints
{
    private const string Read = "workflow-instances:read";

    public static void MapActivityExecutions(this IEndpointRouteBuilder elsa)
    {
        elsa.MapPost("/activity-executions/report", Report).RequirePermission(Read);
        elsa.MapGet("/activity-executions/list", List).RequirePermission(Read);
        elsa.MapGet("/activity-execution-summaries/list", Summaries).RequirePermission(Read);
        elsa.MapGet("/activity-executions/count", Count).RequirePermission(Read);
        elsa.MapGet("/activity-executions/by-id", ById).RequirePermission(Read);
        elsa.MapGet("/activity-executions/{id}", One).RequirePermission(Read);
        elsa.MapGet("/activity-executions/{id}/call-stack", CallStack).RequirePermission(Read);
    }

    private static async Task<IResult> Report(HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var body = await ElsaRequest.BodyAsync(http, ct);
        var (_, records) = await RecordsAsync(http, body.Text("workflowInstanceId"), library, ct);
        var byNode = records.ToLookup(record => record.NodeId);
        return Answer.Of(new JsonObject
        {
            ["stats"] = new JsonArray([.. body.Texts("activityNodeIds").Distinct().Where(byNode.Contains).Select(nodeId => ActivityRecord.Statistics(nodeId, [.. byNode[nodeId]]))]),
        });
    }

    private static async Task<IResult> List(HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (instanceId, records) = await SelectedAsync(http, library, ct);
        return ElsaRequest.List(records.Select(record => record.Whole(instanceId)));
    }

    private static async Task<IResult> Summaries(HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (instanceId, records) = await SelectedAsync(http, library, ct);
        return ElsaRequest.List(records.Select(record => record.Summary(instanceId)));
    }

    private static async Task<IResult> Count(HttpContext http, InstanceLibrary library, CancellationToken ct) =>
        Answer.Of(new JsonObject { ["count"] = (await SelectedAsync(http, library, ct)).Records.Count });

    private static Task<IResult> ById(HttpContext http, InstanceLibrary library, CancellationToken ct) =>
        One(http.Query("id") ?? throw ElsaErrors.Invalid("id", "id says which activity execution."), http, library, ct);

    private static async Task<IResult> One(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (instanceId, records) = await OfExecutionAsync(id, http, library, ct);
        return Answer.Of(records.First(record => record.Id == id).Whole(instanceId));
    }

    private static async Task<IResult> CallStack(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (instanceId, records) = await OfExecutionAsync(id, http, library, ct);
        var byId = records.ToDictionary(record => record.Id);
        var stack = new List<ActivityRecord>();
        for (var at = id; at is not null && byId.TryGetValue(at, out var record); at = record.First.ParentActivityInstanceId)
            stack.Insert(0, record);
        var (skip, take) = (http.QueryInteger("skip") ?? 0, Math.Min(http.QueryInteger("take") ?? 100, 1_000));
        return Answer.Of(new JsonObject
        {
            ["activityExecutionId"] = id,
            ["items"] = new JsonArray([.. stack.Skip(skip).Take(take).Select(record => record.Whole(instanceId))]),
            ["totalCount"] = stack.Count,
        });
    }

    private static async Task<(string InstanceId, List<ActivityRecord> Records)> SelectedAsync(HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (instanceId, records) = await RecordsAsync(http, http.Query("workflowInstanceId"), library, ct);
        var (nodes, activities) = (http.Queries("activityNodeId"), http.Queries("activityId"));
        var completed = bool.TryParse(http.Query("completed"), out var flag) ? flag : (bool?)null;
        return (instanceId,
        [
            .. records.Where(record => (nodes.Count == 0 || nodes.Contains(record.NodeId)) && (activities.Count == 0 || activities.Contains(record.First.ActivityId))
                && (completed is null || record.CompletedAt is not null == completed)),
        ]);
    }

    /// <summary>An execution's id begins with its instance's.</summary>
    private static async Task<(string InstanceId, List<ActivityRecord> Records)> OfExecutionAsync(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var (instanceId, records) = await RecordsAsync(http, id.Split('_')[0], library, ct);
        return records.Any(record => record.Id == id) ? (instanceId, records) : throw ElsaErrors.NotFound($"There is no activity execution {id}.");
    }

    private static async Task<(string InstanceId, List<ActivityRecord> Records)> RecordsAsync(HttpContext http, string? instanceId, InstanceLibrary library, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(instanceId))
            throw ElsaErrors.Invalid("workflowInstanceId", "workflowInstanceId says of which instance.");
        var tenantId = http.Caller().TenantId;
        var (state, _, _) = await library.GetAsync(tenantId, instanceId, ct);
        return (state.Id, ActivityRecord.Of(await library.JournalAsync(tenantId, Guid.Parse(state.Id), ct), state));
    }
}
