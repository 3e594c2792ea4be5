using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Activities.Http;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>Running definitions: at once with the outcome of the first burst, or behind the caller's back.</summary>
internal static class ExecutionEndpoints
{
    private const string Execute = "workflow-instances:start";
    private const int MostAtOnce = 1_000;

    public static void MapExecution(this IEndpointRouteBuilder elsa)
    {
        elsa.MapMethods("/workflow-definitions/{definitionId}/execute", ["GET", "POST"], ExecuteNow).RequirePermission(Execute);
        elsa.MapPost("/workflow-definitions/{definitionId}/dispatch", Dispatch).RequirePermission(Execute);
        elsa.MapPost("/workflow-definitions/{definitionId}/bulk-dispatch", BulkDispatch).RequirePermission(Execute);
    }

    private static async Task<IResult> ExecuteNow(
        string definitionId, HttpContext http, DefinitionLibrary library, ActivityCatalogue activities, TrialDefinitions trials, ArtefactStore store,
        InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = HttpMethods.IsGet(http.Request.Method) ? FromQuery(http) : await ElsaRequest.BodyAsync(http, ct);
        var graph = await GraphAsync(caller.TenantId, definitionId, body, library, activities, trials, store, ct);
        var start = StartOf(caller.TenantId, graph, body);
        var answer = new LiveRequest();
        var result = await runner.StartAsync(start, new Delivery(caller.Change("executed", time.GetUtcNow())) { Live = answer }, ct);
        http.Response.Headers["x-elsa-workflow-cannot-start"] = result.Outcome == StartOutcome.NotAllowed ? "True" : "False";
        switch (result.Outcome)
        {
            case StartOutcome.NotAllowed:
                return Results.Ok();
            case StartOutcome.NoDefinition:
                throw ElsaErrors.NotFound($"No version of workflow {definitionId} is published.");
        }
        http.Response.Headers["x-elsa-workflow-instance-id"] = result.InstanceId.ToString();
        if (answer.Answer is { } written)
            return HttpWorkflows.ResultOf(written);
        http.Response.Headers["x-elsa-response"] = "true";
        // Also of an instance that failed: that it ran is what was asked for, and the body says how it ended.
        return Answer.Of(new JsonObject { ["workflowState"] = InstanceJson.State(result.State!, graph) });
    }

    private static async Task<IResult> Dispatch(
        string definitionId, HttpContext http, DefinitionLibrary library, ActivityCatalogue activities, TrialDefinitions trials, ArtefactStore store,
        InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var ids = await StartAsync(1, definitionId, http, library, activities, trials, store, runner, time, ct);
        return Answer.Of(new JsonObject { ["workflowInstanceId"] = ids[0].ToString() });
    }

    private static async Task<IResult> BulkDispatch(
        string definitionId, HttpContext http, DefinitionLibrary library, ActivityCatalogue activities, TrialDefinitions trials, ArtefactStore store,
        InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var ids = await StartAsync(null, definitionId, http, library, activities, trials, store, runner, time, ct);
        return Answer.Of(new JsonObject { ["workflowInstanceIds"] = new JsonArray([.. ids.Select(id => (JsonNode)id.ToString())]) });
    }

    private static async Task<List<Guid>> StartAsync(
        int? times, string definitionId, HttpContext http, DefinitionLibrary library, ActivityCatalogue activities, TrialDefinitions trials, ArtefactStore store,
        InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var graph = await GraphAsync(caller.TenantId, definitionId, body, library, activities, trials, store, ct);
        var count = times ?? body.Integer("count") ?? 1;
        if (count is < 1 or > MostAtOnce)
            throw ElsaErrors.Invalid("count", $"count must be 1 to {MostAtOnce}.");
        var started = new List<Guid>();
        for (var i = 0; i < count; i++)
        {
            var start = StartOf(caller.TenantId, graph, body);
            if (times == 1 && body.Text("instanceId") is { Length: > 0 } wanted)
                start = start with { InstanceId = Guid.TryParse(wanted, out var id) ? id : throw ElsaErrors.Invalid("instanceId", "instanceId must be a UUID.") };
            var result = await runner.StartAsync(start, new Delivery(caller.Change("dispatched", time.GetUtcNow())), ct);
            if (result.Outcome == StartOutcome.NotAllowed)
                throw new ProblemException(400, "cannot_start", $"The activation strategy of {definitionId} does not allow another running instance.");
            started.Add(result.InstanceId);
        }
        return started;
    }

    /// <summary>The version to run. One that is not published is kept as it is now for the instance's life.</summary>
    private static async Task<WorkflowGraph> GraphAsync(
        Guid tenantId, string definitionId, JsonObject body, DefinitionLibrary library, ActivityCatalogue activities, TrialDefinitions trials, ArtefactStore store, CancellationToken ct)
    {
        var handle = body["workflowDefinitionHandle"] as JsonObject;
        var options = VersionOptions.Parse(body.Text("versionOptions") ?? handle?.Text("versionOptions") ?? body.Integer("versionOptions")?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var version = await library.FindAsync(tenantId, definitionId, options ?? VersionOptions.Published, ct)
            ?? throw ElsaErrors.NotFound($"There is no such version of workflow definition {definitionId} to run.");
        var content = await library.ContentAsync(tenantId, version, ct);
        if (!version.IsDraft)
            return WorkflowGraph.Compile(WorkflowDefinition.Parse(content), activities);
        var errors = (await store.CheckAsync(tenantId, definitionId, content, ct)).Where(problem => problem.IsError).ToList();
        if (errors.Count > 0)
        {
            throw new ProblemException(422, "artefact_invalid", $"The draft cannot run: {errors[0].Message}",
                [.. errors.Select(problem => new Domain.FieldError(problem.NodeId ?? "", problem.Code, problem.Message))]);
        }
        var json = (JsonObject)DefinitionJson.Stored(content).DeepClone();
        (json["id"], json["version"]) = (version.Id, version.Number);
        var definition = WorkflowDefinition.Of(json);
        await trials.KeepAsync(tenantId, definition, ct);
        return WorkflowGraph.Compile(definition, activities);
    }

    private static InstanceStart StartOf(Guid tenantId, WorkflowGraph graph, JsonObject body)
    {
        foreach (var member in new[] { "input", "variables" })
        {
            if (body[member] is not (null or JsonObject))
                throw ElsaErrors.Invalid(member, $"{member} must be an object.");
        }
        if (body["activityHandle"] is not null)
            throw ElsaErrors.Invalid("activityHandle", "A run begins at the workflow's beginning, or at the trigger that triggerActivityId names. One activity by itself runs at POST /tests/activities.");
        var trigger = body.Text("triggerActivityId");
        if (!string.IsNullOrEmpty(trigger) && graph.Find(trigger) is null)
            throw ElsaErrors.Invalid("triggerActivityId", $"The workflow has no activity {trigger}.");
        return new InstanceStart(tenantId, graph.DefinitionId)
        {
            Graph = graph,
            Input = (JsonObject?)body["input"]?.DeepClone(),
            Name = body.Text("name") is { Length: > 0 } name ? name : null,
            Variables = (JsonObject?)body["variables"]?.DeepClone(),
            CorrelationId = body.Text("correlationId") is { Length: > 0 } correlationId ? correlationId : null,
            TriggerActivityId = string.IsNullOrEmpty(trigger) ? null : trigger,
        };
    }

    private static JsonObject FromQuery(HttpContext http)
    {
        var body = new JsonObject();
        foreach (var name in new[] { "correlationId", "name", "triggerActivityId", "versionOptions" })
            body[name] = http.Query(name);
        foreach (var name in new[] { "activityHandle", "input", "variables" })
        {
            try
            {
                body[name] = http.Query(name) is { } text ? JsonNode.Parse(text) : null;
            }
            catch (JsonException)
            {
                throw ElsaErrors.Invalid(name, $"{name} must be JSON.");
            }
        }
        return body;
    }
}
