using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Alterations;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Operations;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>Mending running instances: one at once, many as a plan, and what failed again.</summary>
internal static class AlterationEndpoints
{
    private const string Manage = "workflow-instances:manage";

    public static void MapAlterations(this IEndpointRouteBuilder elsa)
    {
        elsa.MapPost("/alterations/submit", Submit).RequirePermission(Manage);
        elsa.MapPost("/alterations/dry-run", DryRun).RequirePermission(Manage);
        elsa.MapPost("/alterations/run", Run).RequirePermission(Manage);
        elsa.MapPost("/alterations/workflows/retry", Retry).RequirePermission(Manage);
        elsa.MapGet("/alterations/{id}", Get).RequirePermission("workflow-instances:read");
    }

    private static async Task<IResult> Submit(
        HttpContext http, InstanceLibrary library, OperationStore operations, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var alterations = AlterationsOf(body);
        var ids = await SelectedAsync(caller.TenantId, body["filter"] as JsonObject ?? [], library, ct);
        var now = time.GetUtcNow();
        var operation = Operation.New(caller.TenantId, AlterationPlan.KindName, AlterationPlan.Request(alterations, ids, caller.Change("altered", now)), caller.UserId, now);
        var step = new Step(caller.TenantId);
        step.Insert(SystemTables.Operations, operation.ToRow());
        operations.Announce(step);
        await committer.CommitAsync(step, ct);
        return Answer.Of(new JsonObject { ["planId"] = operation.Id.ToString() });
    }

    private static async Task<IResult> DryRun(HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var body = await ElsaRequest.BodyAsync(http, ct);
        var ids = await SelectedAsync(http.Caller().TenantId, body["filter"] as JsonObject ?? body, library, ct);
        return Answer.Of(new JsonObject { ["workflowInstanceIds"] = new JsonArray([.. ids.Select(id => (JsonNode)id.ToString())]) });
    }

    private static async Task<IResult> Run(HttpContext http, InstanceAlterations alterations, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var changes = AlterationsOf(body);
        var results = new JsonArray();
        foreach (var id in body.Texts("workflowInstanceIds").Distinct())
        {
            var result = Guid.TryParse(id, out var instanceId)
                ? await alterations.ApplyAsync(caller.TenantId, instanceId, changes, caller.Change("altered", time.GetUtcNow()), ct)
                : new AlterationResult(default, false, [$"There is no workflow instance {id}."]);
            results.Add((JsonNode)result.ToJson());
        }
        return Answer.Of(new JsonObject { ["results"] = results });
    }

    /// <summary>What failed runs again, and its incident is no more.</summary>
    private static async Task<IResult> Retry(HttpContext http, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var activities = body.Texts("activityIds");
        var results = new JsonArray();
        foreach (var id in body.Texts("workflowInstanceIds").Distinct())
        {
            var outcome = Guid.TryParse(id, out var instanceId)
                ? await runner.DeliverAsync(caller.TenantId, instanceId, Choose, new Delivery(caller.Change("retried", time.GetUtcNow())), ct)
                : new DeliveryResult();
            var result = new AlterationResult(instanceId, !outcome.Ignored,
                [outcome.State is null ? $"There is no workflow instance {id}." : outcome.Ignored ? "Nothing in the instance has failed." : "What had failed ran again."]);
            results.Add((JsonNode)result.ToJson());
        }
        return Answer.Of(new JsonObject { ["results"] = results });

        Stimulus? Choose(InstanceState state)
        {
            var failed = state.Incidents.Where(incident => activities.Count == 0 || activities.Contains(incident.ActivityId)).Select(incident => incident.ActivityInstanceId).ToList();
            return failed.Count == 0 ? null : new Stimulus.Retry(failed);
        }
    }

    private static async Task<IResult> Get(string id, HttpContext http, OperationStore operations, CancellationToken ct)
    {
        if (!Guid.TryParse(id, out var planId) || await operations.GetAsync(http.Caller().TenantId, planId, ct) is not { Kind: AlterationPlan.KindName } plan)
            throw ElsaErrors.NotFound($"There is no alteration plan {id}.");
        var jobs = new JsonArray();
        foreach (var instanceId in (plan.Request["instanceIds"] as JsonArray ?? []).Select(node => (string)node!))
        {
            var done = (plan.Result?["jobs"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(job => job.Text("workflowInstanceId") == instanceId);
            jobs.Add((JsonNode)new JsonObject
            {
                ["id"] = $"{id}/{instanceId}",
                ["planId"] = id,
                ["workflowInstanceId"] = instanceId,
                ["status"] = done is null ? "Pending" : done.Flag("isSuccessful") ? "Completed" : "Failed",
                ["log"] = done?["log"]?["logEntries"]?.DeepClone() ?? new JsonArray(),
            });
        }
        return Answer.Of(new JsonObject
        {
            ["plan"] = new JsonObject
            {
                ["id"] = id,
                ["alterations"] = plan.Request["alterations"]?.DeepClone(),
                ["status"] = plan.Status switch { Operation.Succeeded => "Completed", Operation.Failed => "Failed", Operation.Cancelled => "Cancelled", Operation.Running => "Executing", _ => "Pending" },
                ["createdAt"] = plan.CreatedAt,
            },
            ["jobs"] = jobs,
        });
    }

    private static JsonArray AlterationsOf(JsonObject body)
    {
        var alterations = body["alterations"] as JsonArray ?? [];
        return InstanceAlterations.ProblemOf(alterations) is { } problem ? throw ElsaErrors.Invalid("alterations", problem) : alterations;
    }

    private static async Task<List<Guid>> SelectedAsync(Guid tenantId, JsonObject filter, InstanceLibrary library, CancellationToken ct)
    {
        var selected = await library.FilterAsync(tenantId, filter, ct);
        return selected.IsEmpty && filter["hasIncidents"] is null && !filter.Flag("emptyFilterSelectsAll") ? [] : await library.IdsAsync(tenantId, selected, ct);
    }
}
