using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>One execution of an activity: what the journal's entries of one activity instance come to.</summary>
internal sealed record ActivityRecord(IReadOnlyList<JournalEntry> Entries, bool HasBookmarks, int Faults, int Depth)
{
    private static readonly string[] Ends = ["Completed", "Canceled", "Faulted"];

    public JournalEntry First => Entries[0];

    public string Id => First.ActivityInstanceId;

    public string NodeId => First.NodeId;

    public string Status => Entries.Aggregate("Pending", (status, entry) => entry.EventName switch
    {
        "Started" or "Resumed" => "Running",
        "Completed" or "Canceled" or "Faulted" => entry.EventName,
        _ => status,
    });

    public DateTimeOffset? CompletedAt => Status is "Completed" or "Canceled" ? Entries.Last(entry => Ends.Contains(entry.EventName)).At : null;

    /// <summary>In the order in which they began.</summary>
    public static List<ActivityRecord> Of(IEnumerable<JournalEntry> journal, InstanceState? state)
    {
        var groups = journal.GroupBy(entry => entry.ActivityInstanceId).ToDictionary(group => group.Key, group => group.OrderBy(entry => entry.Sequence).ToList());
        var waiting = state?.Bookmarks.Select(bookmark => bookmark.ActivityInstanceId).ToHashSet(StringComparer.Ordinal) ?? [];
        var faults = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var fault in groups.Values.SelectMany(entries => entries).Where(entry => entry.EventName == "Faulted"))
        {
            for (var id = fault.ActivityInstanceId; id is not null; id = groups.TryGetValue(id, out var entries) ? entries[0].ParentActivityInstanceId : null)
                faults[id] = faults.GetValueOrDefault(id) + 1;
        }
        return
        [
            .. groups.Values.OrderBy(entries => entries[0].Sequence)
                .Select(entries => new ActivityRecord(entries, waiting.Contains(entries[0].ActivityInstanceId), faults.GetValueOrDefault(entries[0].ActivityInstanceId), DepthOf(entries[0]))),
        ];

        int DepthOf(JournalEntry entry)
        {
            var depth = 0;
            for (var parent = entry.ParentActivityInstanceId; parent is not null && groups.TryGetValue(parent, out var above); parent = above[0].ParentActivityInstanceId)
                depth++;
            return depth;
        }
    }

    public JsonObject Summary(string instanceId) => InstanceJson.WithoutNulls(new JsonObject
    {
        ["id"] = Id,
        ["workflowInstanceId"] = instanceId,
        ["activityId"] = First.ActivityId,
        ["activityNodeId"] = NodeId,
        ["activityType"] = First.ActivityType,
        ["activityTypeVersion"] = First.ActivityTypeVersion,
        ["activityName"] = First.ActivityName,
        ["metadata"] = new JsonObject(),
        ["startedAt"] = First.At,
        ["hasBookmarks"] = HasBookmarks,
        ["status"] = Status,
        ["aggregateFaultCount"] = Faults,
        ["completedAt"] = CompletedAt,
        ["callStackDepth"] = Depth,
    });

    public JsonObject Whole(string instanceId)
    {
        var record = Summary(instanceId);
        record["activityState"] = Entries.Select(entry => entry.ActivityState).LastOrDefault(state => state is not null)?.DeepClone();
        record["payload"] = Entries.Select(entry => entry.Payload).LastOrDefault(payload => payload is not null)?.DeepClone();
        record["outputs"] = Entries.Select(entry => entry.Outputs).LastOrDefault(outputs => outputs is not null)?.DeepClone();
        record["properties"] = new JsonObject();
        record["schedulingActivityExecutionId"] = First.ParentActivityInstanceId;
        if (Status == "Faulted" && Entries.Last(entry => entry.EventName == "Faulted") is { } fault)
        {
            record["exception"] = InstanceJson.WithoutNulls(new JsonObject
            {
                ["type"] = fault.Payload?["Exception"]?["Type"]?.DeepClone(),
                ["message"] = fault.Message,
            });
        }
        return InstanceJson.WithoutNulls(record);
    }

    /// <summary>What Studio draws on a node.</summary>
    public static JsonObject Statistics(string nodeId, IReadOnlyList<ActivityRecord> records) => InstanceJson.WithoutNulls(new JsonObject
    {
        ["activityId"] = records.Count > 0 ? records[0].First.ActivityId : nodeId[(nodeId.LastIndexOf(':') + 1)..],
        ["activityNodeId"] = nodeId,
        ["startedCount"] = records.Count,
        ["completedCount"] = records.Count(record => record.CompletedAt is not null),
        ["uncompletedCount"] = records.Count(record => record.CompletedAt is null),
        ["isBlocked"] = records.Any(record => record.HasBookmarks),
        ["isFaulted"] = records.Any(record => record.Status == "Faulted"),
        ["aggregateFaultCount"] = records.Sum(record => record.Faults),
        ["metadata"] = new JsonObject(),
    });
}
