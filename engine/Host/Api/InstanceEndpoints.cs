using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Api;

/// <summary>Workflow instances: where they stand, what they did, and mending them.</summary>
internal static class InstanceEndpoints
{
    /// <summary>Bursts of the journal in one answer; the oldest are left out first.</summary>
    private const int MaxBursts = 500;

    public static void MapInstances(this IEndpointRouteBuilder api)
    {
        api.MapGet("/{type}/{id:guid}/instance", OfRecord).RequirePermission("{type}:read").WithTags("Actions")
            .WithSummary("The workflow instance that owns the record's status, with its journal").WithMetadata(new Shape(Response: "Object"));
        api.MapGet("/workflow-definitions/{definitionId}/tokens", TokensOf).RequirePermission("workflow-instances:read").WithTags("Workflow instances")
            .WithSummary("How many running instances wait at each activity, by version, and how long").WithMetadata(new Shape(Response: "Object"));
        var instances = api.MapGroup("/workflow-instances/{id:guid}").WithTags("Workflow instances");
        instances.MapGet("", Get).RequirePermission("workflow-instances:read").WithSummary("An instance with its journal")
            .WithMetadata(new Shape(Response: "Object"));
        instances.MapGet("/waiting", Waiting).RequirePermission("workflow-instances:read").WithSummary("Why it is where it is: what it waits for, since when, and who or what can move it")
            .WithMetadata(new Shape(Response: "Object"));
        instances.MapPost("/retry", Retry).RequirePermission("workflow-instances:manage").WithSummary("Runs what failed again")
            .WithMetadata(new Shape(Response: "Object"));
        instances.MapPost("/cancel", Cancel).RequirePermission("workflow-instances:manage").WithSummary("Cancels an instance and all that waits in it")
            .WithMetadata(new Shape(Response: "Object"));
    }

    private static async Task<IResult> OfRecord(
        string type, Guid id, HttpContext http, RecordReader records, InstanceStore instances, Database database, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var record = await RecordPartEndpoints.ExistingAsync(records, tenantId, type, id, ct);
        return record is LifecycleRecord { InstanceId: { } instanceId }
            ? Answer.Of(await DescribeAsync(tenantId, instanceId, instances, database, ct))
            : throw new ProblemException(404, "no_lifecycle", "No workflow instance owns this record.");
    }

    private static async Task<IResult> Get(Guid id, HttpContext http, InstanceStore instances, Database database, CancellationToken ct) =>
        Answer.Of(await DescribeAsync(http.Caller().TenantId, id, instances, database, ct));

    private static async Task<IResult> Waiting(Guid id, HttpContext http, InstanceWaits waits, CancellationToken ct) =>
        Answer.Of(await waits.OfAsync(http.Caller(), id, ct));

    private static async Task<IResult> TokensOf(string definitionId, HttpContext http, InstanceTokens tokens, Definitions definitions, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var count = await tokens.CountAsync(tenantId, definitionId, ct);
        if (count.Running == 0 && await definitions.FindAsync(tenantId, definitionId, null, ct) is null)
            throw new ProblemException(404, "not_found", $"There is no workflow {definitionId}, and no instance of one runs.");
        return Answer.Of(new JsonObject
        {
            ["asOf"] = count.AsOf,
            ["running"] = count.Running,
            ["looked"] = count.Looked,
            ["exact"] = count.IsExact,
            ["versions"] = new JsonArray([.. count.Versions.Select(version => new JsonObject { ["version"] = version.Version, ["running"] = version.Running })]),
            ["nodes"] = new JsonArray([.. count.Nodes.Select(Describe)]),
        });
    }

    private static JsonObject Describe(NodeTokens node) => new()
    {
        ["activityId"] = node.ActivityId,
        ["version"] = node.Version,
        ["waiting"] = node.Waiting,
        ["medianSeconds"] = Math.Round(node.Median.TotalSeconds, 1),
        ["longestSeconds"] = Math.Round(node.Longest.TotalSeconds, 1),
        ["incidents"] = node.Incidents,
        ["instances"] = new JsonArray([.. node.Instances.Select(token => new JsonObject
        {
            ["id"] = token.InstanceId.ToString(), ["name"] = token.Name, ["version"] = token.Version, ["since"] = token.Since,
        })]),
    };

    private static Task<IResult> Retry(Guid id, HttpContext http, InstanceRunner runner, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        DeliverAsync(id, "retried", http, runner, idempotency, time, state => state.Incidents.Count > 0
            ? new Stimulus.Retry()
            : throw new ProblemException(409, "nothing_to_retry", "Nothing in this instance has failed."), ct);

    private static Task<IResult> Cancel(Guid id, HttpContext http, InstanceRunner runner, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        DeliverAsync(id, "cancelled", http, runner, idempotency, time, state => state.Status == InstanceStatus.Running
            ? new Stimulus.Cancel()
            : throw new ProblemException(409, "instance_has_ended", $"The instance has ended already ({state.SubStatus})."), ct);

    private static async Task<IResult> DeliverAsync(
        Guid id, string action, HttpContext http, InstanceRunner runner, Idempotency idempotency, TimeProvider time,
        Func<InstanceState, Stimulus> choose, CancellationToken ct)
    {
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        var caller = http.Caller();
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            Answer? answer = null;
            var result = await runner.DeliverAsync(caller.TenantId, id, choose, new Delivery(caller.Change(action, time.GetUtcNow()))
            {
                Also = (step, delivered) =>
                {
                    RecordChanges.Audit(step, "workflow-instances", id, caller.Change("workflow-instances." + action, time.GetUtcNow()));
                    answer = Answer.Of(Describe(delivered.State!));
                    ticket.AddTo(step, answer);
                    return ValueTask.CompletedTask;
                },
            }, ct);
            return answer ?? (result.State is null ? throw Unknown(id) : Answer.Of(Describe(result.State)));
        }, ct);
    }

    private static async Task<JsonObject> DescribeAsync(Guid tenantId, Guid id, InstanceStore instances, Database database, CancellationToken ct)
    {
        var stored = await instances.FindAsync(tenantId, id, fresh: true, ct) ?? throw Unknown(id);
        var instance = Describe(InstanceState.FromJson(stored.State));
        instance["definition"]!["hash"] = stored.DefinitionHash;
        instance["subject"] = stored.SubjectType is null ? null : new JsonObject { ["type"] = stored.SubjectType.Name, ["id"] = stored.SubjectId.ToString() };
        var journal = new NpgsqlBatchCommand("select at, entries::text from journal where instance_id = $1 order by id desc limit $2")
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<int> { TypedValue = MaxBursts } },
        };
        var bursts = await database.ReadAsync(tenantId, journal, async (reader, token) =>
        {
            var found = new List<List<JournalEntry>>();
            while (await reader.ReadAsync(token))
                found.Add(JournalJson.Read(reader.GetString(1), id, reader.GetFieldValue<DateTimeOffset>(0)));
            return found;
        }, ct);
        instance["journal"] = new JsonArray([.. bursts.SelectMany(burst => burst).OrderBy(entry => entry.Sequence).Select(Describe)]);
        return instance;
    }

    private static JsonObject Describe(InstanceState state) => new()
    {
        ["id"] = state.Id,
        ["definition"] = new JsonObject { ["id"] = state.DefinitionId, ["version"] = state.DefinitionVersion },
        ["status"] = state.Status.ToString().ToLowerInvariant(),
        ["subStatus"] = state.SubStatus.ToString().ToLowerInvariant(),
        ["name"] = state.Name,
        ["correlationId"] = state.CorrelationId,
        ["parentInstanceId"] = state.ParentInstanceId,
        ["createdAt"] = state.CreatedAt,
        ["updatedAt"] = state.UpdatedAt,
        ["finishedAt"] = state.FinishedAt,
        ["waitsFor"] = new JsonArray([.. state.Bookmarks.Select(bookmark => new JsonObject
        {
            ["id"] = bookmark.Id,
            ["name"] = bookmark.Name,
            ["activityId"] = bookmark.ActivityId,
            ["payload"] = bookmark.Payload?.DeepClone(),
            ["since"] = bookmark.CreatedAt,
        })]),
        ["incidents"] = new JsonArray([.. state.Incidents.Select(incident => new JsonObject
        {
            ["activityId"] = incident.ActivityId,
            ["message"] = incident.Message,
            ["at"] = incident.At,
        })]),
    };

    private static JsonObject Describe(JournalEntry entry) => new()
    {
        ["sequence"] = entry.Sequence,
        ["at"] = entry.At,
        ["event"] = entry.EventName,
        ["activityId"] = entry.ActivityId,
        ["activityType"] = entry.ActivityType,
        ["activityName"] = entry.ActivityName,
        ["activityInstanceId"] = entry.ActivityInstanceId,
        ["message"] = entry.Message,
        ["outcomes"] = entry.Payload?["Outcomes"]?.DeepClone(),
    };

    private static ProblemException Unknown(Guid id) => new(404, "not_found", $"There is no workflow instance {id}.");
}
