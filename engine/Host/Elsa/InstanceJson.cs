using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Workflows;
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

    /// <summary>As a file holds it, which shall lose nothing.</summary>
    public static JsonObject LogRecordWithOutputs(JournalEntry entry)
    {
        var record = LogRecord(entry);
        if (entry.Outputs is { } outputs)
            record["outputs"] = outputs.DeepClone();
        return record;
    }

    /// <summary>The journal of a file, in order; empty if it has none.</summary>
    /// <exception cref="ActivityException"><c>invalid_state</c>: an entry is none, or not of this instance.</exception>
    public static List<JournalEntry> LogEntries(JsonNode? records, InstanceState state)
    {
        var entries = (records as JsonArray ?? []).Select((record, at) => Entry(record as JsonObject ?? [], at)).OrderBy(entry => entry.Sequence).ToList();
        return entries.Count == 0 || (entries[0].Sequence > 0 && entries[^1].Sequence <= state.Sequence && entries.DistinctBy(entry => entry.Sequence).Count() == entries.Count)
            ? entries
            : throw new ActivityException("invalid_state", "The sequence numbers of its journal are not those of the instance.");

        JournalEntry Entry(JsonObject record, int at) => new()
        {
            Sequence = record["sequence"] is JsonValue number && number.TryGetValue<long>(out var sequence) ? sequence : throw Lacks(at, "sequence"),
            EventName = record.Text("eventName") ?? throw Lacks(at, "eventName"),
            ActivityInstanceId = record.Text("activityInstanceId") ?? throw Lacks(at, "activityInstanceId"),
            ParentActivityInstanceId = record.Text("parentActivityInstanceId"),
            ActivityId = record.Text("activityId") ?? throw Lacks(at, "activityId"),
            NodeId = record.Text("nodeId") ?? throw Lacks(at, "nodeId"),
            ActivityType = record.Text("activityType") ?? throw Lacks(at, "activityType"),
            ActivityTypeVersion = record.Integer("activityTypeVersion") ?? 1,
            ActivityName = record.Text("activityName"),
            At = record["timestamp"] is JsonValue instant && instant.TryGetValue<DateTimeOffset>(out var when) ? when : throw Lacks(at, "timestamp"),
            Message = record.Text("message"),
            ActivityState = record["activityState"]?.DeepClone() as JsonObject,
            Payload = record["payload"]?.DeepClone() as JsonObject,
            Outputs = record["outputs"]?.DeepClone() as JsonObject,
        };

        static ActivityException Lacks(int at, string what) => new("invalid_state", $"Entry {at} of its journal has no {what}, or a wrong one.");
    }

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
