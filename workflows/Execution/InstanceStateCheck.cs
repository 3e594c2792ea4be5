using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities.Composition;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Execution;

/// <content>A state that comes from outside is looked through once, so that bursts may rely on it as on their own.</content>
public sealed partial class InstanceState
{
    /// <summary>Of names and correlation ids: what an index takes.</summary>
    private const int LongestText = 600;

    /// <summary>Reads a state that somebody hands in, who may have changed it.</summary>
    /// <exception cref="ActivityException"><c>invalid_state</c>: it is none, or not one of these that a burst could go on from.</exception>
    public static InstanceState FromOutside(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var state = FromJson(utf8);
            state.ThrowIfBroken();
            return JsonNode.DeepEquals(JsonNode.Parse(utf8.Span, null, Json.Deep), JsonNode.Parse(state.ToJson(), null, Json.Deep))
                ? state
                : throw new FormatException("it says things that no engine writes.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or InvalidOperationException or JsonException)
        {
            throw new ActivityException("invalid_state", $"The state of the instance cannot be read: {e.Message}", inner: e);
        }
    }

    /// <exception cref="ActivityException"><c>activity_missing</c>.</exception>
    public void ThrowIfNotOf(WorkflowGraph graph)
    {
        var nodes = new Dictionary<int, ActivityNode>();
        foreach (var execution in Executions)
        {
            var owner = nodes.GetValueOrDefault(execution.Parent);
            if (execution.Parent != 0 && (owner is null || owner.Activity is WorkflowAsActivity))
                continue; // within a definition that is used as an activity: its burst finds the version
            nodes[execution.Number] = (owner?.Graph ?? graph).Find(execution.ActivityId)
                ?? throw new ActivityException("activity_missing", $"The instance is at activity {execution.ActivityId}, which version {graph.Version} of {graph.DefinitionId} does not have.");
        }
    }

    private void ThrowIfBroken()
    {
        Check(Guid.TryParse(Id, out _) && (ParentInstanceId is null || Guid.TryParse(ParentInstanceId, out _)), "its id, or that of its parent, is no UUID");
        Check(Name is not { Length: > LongestText } && CorrelationId is not { Length: > LongestText }, $"its name or correlation id has more than {LongestText} characters");
        Check((FinishedAt is null) == (Status == InstanceStatus.Running), "only an instance that has finished has an end");
        Check(new[] { CreatedAt, UpdatedAt, FinishedAt ?? CreatedAt }.All(IsUtc), "its instants are not in UTC");
        Check(Executions.Count > 0 || Status == InstanceStatus.Finished, "it runs, and no activity does");
        var numbers = new HashSet<int>();
        foreach (var execution in Executions)
            Check((execution.Parent == 0 ? numbers.Count == 0 : numbers.Contains(execution.Parent)) && execution.Number > 0 && execution.Number <= LastNumber && numbers.Add(execution.Number), "its activities do not belong together");
        var bookmarks = new HashSet<string>();
        foreach (var bookmark in BookmarkList)
        {
            Check(bookmark.Id is { Length: > 0 and <= LongestText } && bookmark.Name is { Length: > 0 and <= LongestText } && bookmarks.Add(bookmark.Id), "a bookmark has no name, or no id of its own");
            Check(IsUtc(bookmark.CreatedAt), "its instants are not in UTC");
            _ = bookmark.Payload;
        }
        Check(IncidentList.All(incident => incident is { ActivityId: not null, ActivityNodeId: not null, ActivityInstanceId: not null, Message: not null, Code: not null }), "an incident names no activity");
        _ = (_input.Node, _output.Node, _properties.Node, _outputs.Node);

        static bool IsUtc(DateTimeOffset at) => at.Offset == TimeSpan.Zero;

        static void Check(bool holds, string what)
        {
            if (!holds)
                throw new ActivityException("invalid_state", $"The state of the instance cannot be used: {what}.");
        }
    }
}
