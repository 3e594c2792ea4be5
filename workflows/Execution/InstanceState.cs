using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Execution;

/// <summary>A workflow instance between bursts: all that the next burst needs, small enough to be written with every step.</summary>
public sealed partial class InstanceState
{
    private LazyObject _input;
    private LazyObject _output;
    private LazyObject _properties;
    private LazyObject _outputs;

    /// <summary>The instance's id.</summary>
    public required string Id { get; init; }

    /// <summary>The logical id of its definition.</summary>
    public required string DefinitionId { get; set; }

    /// <summary>The version that it is bound to.</summary>
    public required int DefinitionVersion { get; set; }

    /// <summary>Whether it can still go on.</summary>
    public InstanceStatus Status =>
        SubStatus is InstanceSubStatus.Finished or InstanceSubStatus.Cancelled or InstanceSubStatus.Faulted ? InstanceStatus.Finished : InstanceStatus.Running;

    /// <summary>How it runs or has ended.</summary>
    public InstanceSubStatus SubStatus { get; internal set; }

    /// <summary>For people; activities may set it.</summary>
    public string? Name { get; set; }

    /// <summary>Finds it again for events that name it; activities may set it.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>The instance that dispatched or executes this one.</summary>
    public string? ParentInstanceId { get; init; }

    /// <summary>Whether its end resumes a bookmark of the parent.</summary>
    public bool NotifyParent { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The instant of its last burst.</summary>
    public DateTimeOffset UpdatedAt { get; internal set; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? FinishedAt { get; internal set; }

    /// <summary>The sequence of its last journal entry; 0 before the first.</summary>
    public long Sequence { get; internal set; }

    /// <summary>What it waits for.</summary>
    public IReadOnlyList<Bookmark> Bookmarks => BookmarkList;

    /// <summary>Activity executions that are not done, and the workflow's own; their owners before them.</summary>
    public IEnumerable<LiveActivity> Activities
    {
        get
        {
            foreach (var execution in Executions)
            {
                yield return new LiveActivity(
                    ActivityInstanceId(Id, execution.Number),
                    execution.Parent == 0 ? null : ActivityInstanceId(Id, execution.Parent),
                    execution.ActivityId,
                    execution.Status,
                    execution.Tag);
            }
        }
    }

    /// <summary>Stored variables with their owners' activity ids, the workflow's first; the values are copies.</summary>
    public IEnumerable<StoredVariable> Variables
    {
        get
        {
            foreach (var execution in Executions)
            {
                foreach (var variable in execution.Variables ?? [])
                {
                    if (variable.IsStored)
                        yield return new StoredVariable(execution.ActivityId, variable.VariableId!, variable.Node?.DeepClone());
                }
            }
        }
    }

    /// <summary>The state that its outermost state machine is in; null without one.</summary>
    public string? CurrentState =>
        Executions.Select(execution => execution.Properties?.Find(property => property.Name == StateMachine.CurrentState)?.Text).FirstOrDefault(name => name is not null);

    /// <summary>What failed and has not been retried.</summary>
    public IReadOnlyList<Incident> Incidents => IncidentList;

    /// <summary>The workflow's input by name; null if it had none.</summary>
    public JsonObject? Input
    {
        get => _input.Node;
        init => _input.Node = value;
    }

    /// <summary>The workflow's output by name so far.</summary>
    public JsonObject Output => _output.Node ??= [];

    /// <summary>Whatever the host keeps with the instance, such as the record that a lifecycle owns; activities may read and change it.</summary>
    public JsonObject Properties => _properties.Node ??= [];

    internal List<Bookmark> BookmarkList { get; private init; } = [];

    internal List<Incident> IncidentList { get; private init; } = [];

    /// <summary>In the order of their creation.</summary>
    internal List<ActivityExecution> Executions { get; private init; } = [];

    /// <summary>The last number given to an execution or a bookmark.</summary>
    internal int LastNumber { get; set; }

    /// <summary>Outputs of activities by activity id and output name, if a script of the definition may ask for them.</summary>
    internal JsonObject Outputs => _outputs.Node ??= [];

    internal static InstanceState Begin(BurstRequest request)
    {
        if (request.Stimulus is not Stimulus.Start start)
            throw new ArgumentException($"A burst without a state can only start, not {request.Stimulus}.", nameof(request));
        var state = new InstanceState
        {
            Id = request.InstanceId,
            DefinitionId = request.Graph.DefinitionId,
            DefinitionVersion = request.Graph.Version,
            Name = request.Name,
            CorrelationId = request.CorrelationId,
            ParentInstanceId = request.ParentInstanceId,
            NotifyParent = request.NotifyParent,
            CreatedAt = request.Now,
            Input = start.Input,
        };
        state._properties.Node = request.Properties;
        return state;
    }

    /// <summary>
    /// Makes this, an earlier state, the present one: what is counted goes on from there, so that nothing gets the number of
    /// something that was.
    /// </summary>
    /// <param name="graph">Of the version that this state is bound to.</param>
    /// <returns>The journal's entry of it.</returns>
    public JournalEntry Restore(InstanceState now, WorkflowGraph graph, string message, DateTimeOffset at)
    {
        LastNumber = now.LastNumber;
        Sequence = now.Sequence + 1;
        return new JournalEntry
        {
            Sequence = Sequence,
            InstanceId = Id,
            ActivityNumber = Executions[0].Number,
            ActivityId = graph.Root.Id,
            NodeId = graph.Root.NodeId,
            ActivityType = graph.Root.Type,
            EventName = "Migration undone",
            At = at,
            Message = message,
        };
    }

    /// <summary>A bookmark by its id; null if it is gone.</summary>
    public Bookmark? FindBookmark(string bookmarkId) => BookmarkList.Find(bookmark => bookmark.Id == bookmarkId);

    /// <summary>What a parent learns of the end of this instance.</summary>
    internal JsonObject Result() => new()
    {
        ["workflowInstanceId"] = Id,
        ["status"] = Status.ToString(),
        ["subStatus"] = SubStatus.ToString(),
        ["output"] = Output.DeepClone(),
    };

    /// <summary>The id by which the outside knows an execution. It begins with the instance's id, so that the instance is found from it.</summary>
    internal static string ActivityInstanceId(string instanceId, int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{instanceId}_{number}");
}

/// <summary>An activity execution that is not done.</summary>
/// <param name="Id">As in the journal.</param>
/// <param name="ParentId">The execution that owns it; null for the workflow's own.</param>
/// <param name="ActivityId">The activity's id in the definition of its owner.</param>
/// <param name="Tag">What its owner noted.</param>
public sealed record LiveActivity(string Id, string? ParentId, string ActivityId, ActivityStatus Status, string? Tag);

/// <summary>A variable of an instance.</summary>
/// <param name="ActivityId">The activity that declares it; the outermost for the workflow's own.</param>
/// <param name="Id">The variable's id; for loop variables their name.</param>
public sealed record StoredVariable(string ActivityId, string Id, JsonNode? Value);
