using System.Text.Json.Nodes;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Trials;
using Switchboard.Workflows;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>The Test tab of an activity: what it would do with the values that its author has given the variables.</summary>
internal static class ActivityTestEndpoints
{
    /// <summary>The member of a definition's <c>customProperties</c> in which Studio keeps those values, by the variables' ids.</summary>
    private const string TestValues = "VariableTestValues";

    public static void MapActivityTests(this IEndpointRouteBuilder elsa) =>
        elsa.MapPost("/tests/activities", Test).RequirePermission("workflow-instances:start");

    private static async Task<IResult> Test(HttpContext http, DefinitionLibrary library, ActivityTrial trial, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        if (body["activityHandle"] is not JsonObject activity || activity.Text("activityNodeId") is not { Length: > 0 } nodeId)
            throw ElsaErrors.Invalid("activityHandle", "activityHandle must have the activityNodeId of the activity to test.");
        var version = await VersionAsync(caller.TenantId, body["workflowDefinitionHandle"] as JsonObject ?? [], library, ct)
            ?? throw ElsaErrors.NotFound("There is no such version of a workflow definition to test.");
        try
        {
            var definition = WorkflowDefinition.Parse(await library.ContentAsync(caller.TenantId, version, ct));
            var values = (definition.Json["customProperties"] as JsonObject)?[TestValues] as JsonObject ?? [];
            var burst = await trial.RunAsync(caller.TenantId, definition, nodeId, values, caller.Change("tested", time.GetUtcNow()), ct);
            var tested = ActivityRecord.Of(burst.Journal, burst.State).First(record => record.First.ActivityId == nodeId[(nodeId.LastIndexOf(':') + 1)..]).Whole(burst.State.Id);
            return Answer.Of(InstanceJson.WithoutNulls(new JsonObject
            {
                ["activityState"] = tested["activityState"]?.DeepClone() ?? new JsonObject(),
                ["outputs"] = tested["outputs"]?.DeepClone(),
                ["payload"] = tested["payload"]?.DeepClone(),
                ["exception"] = tested["exception"]?.DeepClone(),
                ["status"] = tested["status"]?.DeepClone(),
            }));
        }
        catch (ActivityException e)
        {
            throw ElsaErrors.Invalid("activityHandle", e.Message);
        }
    }

    private static async Task<DefinitionVersion?> VersionAsync(Guid tenantId, JsonObject handle, DefinitionLibrary library, CancellationToken ct)
    {
        if (handle.Text("definitionVersionId") is { Length: > 0 } versionId)
            return await library.FindByIdAsync(tenantId, versionId, ct);
        return handle.Text("definitionId") is { Length: > 0 } definitionId
            ? await library.FindAsync(tenantId, definitionId, VersionOptions.Parse(handle.Text("versionOptions")), ct)
            : throw ElsaErrors.Invalid("workflowDefinitionHandle", "workflowDefinitionHandle must have a definitionVersionId or a definitionId.");
    }
}
