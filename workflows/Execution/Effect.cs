using System.Text.Json.Nodes;

namespace Switchboard.Workflows.Execution;

/// <summary>
/// Something that a burst wants to have happened when it commits, as data. The library defines the effects of Elsa's own
/// activities; the host defines those of its own activities by deriving from this, and turns all of them into rows.
/// </summary>
public abstract record Effect
{
    /// <summary>The activity execution that yielded it.</summary>
    public string? ActivityInstanceId { get; init; }
}

/// <summary>An event to be delivered to whoever waits for it, or to start what it triggers (<c>Elsa.PublishEvent</c>).</summary>
/// <param name="Name">The event's name, case-sensitive.</param>
/// <param name="CorrelationId">Only instances with this correlation id receive it; null for all.</param>
/// <param name="LocalInstanceId">Only this instance receives it; null for all.</param>
/// <param name="Payload">What the waiting <c>Elsa.Event</c> yields as its result.</param>
public sealed record PublishEvent(string Name, string? CorrelationId, string? LocalInstanceId, JsonNode? Payload) : Effect;

/// <summary>A new instance to be started after the commit, in a burst of its own (<c>Elsa.DispatchWorkflow</c>).</summary>
/// <param name="DefinitionId">The logical id; the version published at the time of the start runs.</param>
/// <param name="InstanceId">Chosen by the parent, so that a repeated start finds it there.</param>
/// <param name="ParentInstanceId">The instance that dispatches.</param>
/// <param name="NotifyParent">Whether the child's end resumes the parent's bookmark.</param>
public sealed record DispatchWorkflow(
    string DefinitionId, string InstanceId, string? CorrelationId, JsonObject Input, string ParentInstanceId, bool NotifyParent) : Effect;

/// <summary>The parent's bookmark to be resumed because this instance, its child, has finished.</summary>
/// <param name="ParentInstanceId">The instance that waits.</param>
/// <param name="ChildInstanceId">The instance that finished; the parent's bookmark names it.</param>
/// <param name="Input">The resume input: the child's output and final statuses.</param>
public sealed record ResumeParent(string ParentInstanceId, string ChildInstanceId, JsonObject Input) : Effect;

/// <summary>The children of a cancelled instance to be cancelled too.</summary>
/// <param name="ParentInstanceId">The cancelled instance.</param>
public sealed record CancelChildren(string ParentInstanceId) : Effect;

/// <summary>A timer to be set with a bookmark; it resumes exactly that bookmark.</summary>
/// <param name="BookmarkId">The bookmark that waits for it.</param>
/// <param name="DueAt">Not before this instant.</param>
public sealed record SetTimer(string BookmarkId, DateTimeOffset DueAt) : Effect;

/// <summary>A state machine has entered a state; for the lifecycle of a record this is the record's new status.</summary>
/// <param name="State">The state's name as the definition spells it.</param>
/// <param name="Previous">Null for the initial state.</param>
public sealed record StateEntered(string State, string? Previous) : Effect;

/// <summary>A line of <c>Elsa.WriteLine</c>. It is in the journal too; a host may print it or pass it by.</summary>
/// <param name="Text">Without the end of the line.</param>
public sealed record LineWritten(string Text) : Effect;
