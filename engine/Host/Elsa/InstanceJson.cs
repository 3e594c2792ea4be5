using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>Instances as Elsa's clients read them.</summary>
internal static class InstanceJson
{
    public static JsonObject Summary(InstanceState state) => new()
    {
        ["id"] = state.Id,
        ["definitionId"] = state.DefinitionId,
        ["definitionVersionId"] = DefinitionLibrary.VersionId(state.DefinitionId, state.DefinitionVersion),
        ["version"] = state.DefinitionVersion,
        ["status"] = state.Status.ToString(),
        ["subStatus"] = state.SubStatus.ToString(),
        ["correlationId"] = state.CorrelationId,
        ["name"] = state.Name,
        ["incidentCount"] = state.Incidents.Count,
        ["createdAt"] = state.CreatedAt,
        ["updatedAt"] = state.UpdatedAt,
        ["finishedAt"] = state.FinishedAt,
    };

    public static JsonObject Whole(InstanceState state, WorkflowGraph graph)
    {
        var whole = Summary(state);
        whole["parentWorkflowInstanceId"] = state.ParentInstanceId;
        whole["isExecuting"] = false;
        whole["isSystem"] = false;
        whole["workflowState"] = State(state, graph);
        return WithoutNulls(whole);
    }

    public static JsonObject State(InstanceState state, WorkflowGraph graph) => WithoutNulls(new JsonObject
    {
        ["id"] = state.Id,
        ["definitionId"] = state.DefinitionId,
        ["definitionVersionId"] = DefinitionLibrary.VersionId(state.DefinitionId, state.DefinitionVersion),
        ["definitionVersion"] = state.DefinitionVersion,
        ["parentWorkflowInstanceId"] = state.ParentInstanceId,
        ["correlationId"] = state.CorrelationId,
        ["name"] = state.Name,
        ["status"] = state.Status.ToString(),
        ["subStatus"] = state.SubStatus.ToString(),
        ["isExecuting"] = false,
        ["isSystem"] = false,
        ["bookmarks"] = new JsonArray([.. state.Bookmarks.Select(bookmark => Bookmark(bookmark, graph))]),
        ["incidents"] = new JsonArray([.. state.Incidents.Select(Incident)]),
        ["completionCallbacks"] = new JsonArray(),
        ["activityExecutionContexts"] = new JsonArray([.. state.Activities.Select(activity => Live(activity, state, graph))]),
        ["scheduledActivities"] = new JsonArray(),
        ["executionLogSequence"] = state.Sequence,
        ["input"] = state.Input?.DeepClone() ?? new JsonObject(),
        ["output"] = state.Output.DeepClone(),
        ["properties"] = state.Properties.DeepClone(),
        ["createdAt"] = state.CreatedAt,
        ["updatedAt"] = state.UpdatedAt,
        ["finishedAt"] = state.FinishedAt,
    });

    public static JsonObject Bookmark(Bookmark bookmark, WorkflowGraph graph) => WithoutNulls(new JsonObject
    {
        ["id"] = bookmark.Id,
        ["name"] = bookmark.Name,
        ["hash"] = bookmark.Hash,
        ["payload"] = bookmark.Payload?.DeepClone(),
        ["activityId"] = bookmark.ActivityId,
        ["activityNodeId"] = graph.Find(bookmark.ActivityId)?.NodeId ?? bookmark.ActivityId,
        ["activityInstanceId"] = bookmark.ActivityInstanceId,
        ["createdAt"] = bookmark.CreatedAt,
        ["autoBurn"] = bookmark.AutoBurn,
        ["autoComplete"] = true,
    });

    public static JsonObject Incident(Incident incident) => new()
    {
        ["activityId"] = incident.ActivityId,
        ["activityNodeId"] = incident.ActivityNodeId,
        ["activityType"] = incident.ActivityType,
        ["message"] = incident.Message,
        ["exception"] = new JsonObject
        {
            ["type"] = incident.ExceptionType,
            ["message"] = incident.Message,
            ["metadata"] = new JsonObject { ["code"] = incident.Code, ["canRetry"] = incident.CanRetry ? "true" : "false" },
        },
        ["timestamp"] = incident.At,
    };

    public static JsonObject LogRecord(JournalEntry entry) => WithoutNulls(new JsonObject
    {
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"{entry.ActivityInstanceId}-{entry.Sequence}"),
        ["activityInstanceId"] = entry.ActivityInstanceId,
        ["parentActivityInstanceId"] = entry.ParentActivityInstanceId,
        ["activityId"] = entry.ActivityId,
        ["activityType"] = entry.ActivityType,
        ["activityTypeVersion"] = entry.ActivityTypeVersion,
        ["activityName"] = entry.ActivityName,
        ["nodeId"] = entry.NodeId,
        ["timestamp"] = entry.At,
        ["sequence"] = entry.Sequence,
        ["eventName"] = entry.EventName,
        ["message"] = entry.Message,
        ["activityState"] = entry.ActivityState?.DeepClone(),
        ["payload"] = entry.Payload?.DeepClone(),
    });

    /// <summary>Elsa leaves out what is null; its clients fall over some that are not.</summary>
    public static JsonObject WithoutNulls(JsonObject json)
    {
        foreach (var name in json.Where(member => member.Value is null).Select(member => member.Key).ToList())
            json.Remove(name);
        return json;
    }

    private static JsonObject Live(LiveActivity activity, InstanceState state, WorkflowGraph graph) => WithoutNulls(new JsonObject
    {
        ["id"] = activity.Id,
        ["callStackDepth"] = 0,
        ["parentContextId"] = activity.ParentId,
        ["scheduledActivityNodeId"] = activity.ParentId is null ? graph.Root.NodeId : graph.Find(activity.ActivityId)?.NodeId ?? activity.ActivityId,
        ["properties"] = new JsonObject(),
        ["metadata"] = new JsonObject(),
        ["dynamicVariables"] = new JsonArray(),
        ["status"] = activity.Status.ToString(),
        ["isExecuting"] = false,
        ["faultCount"] = state.Incidents.Count(incident => incident.ActivityInstanceId == activity.Id),
        ["startedAt"] = state.CreatedAt,
        ["tag"] = activity.Tag,
    });
}
