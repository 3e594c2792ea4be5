using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Execution;

/// <summary>What wakes an instance for one burst.</summary>
public abstract record Stimulus
{
    /// <summary>The first burst of a new instance.</summary>
    /// <param name="Input">The workflow's input by name.</param>
    /// <param name="TriggerActivityId">The id of the trigger activity that started it, which completes at once instead of waiting.</param>
    public sealed record Start(JsonObject? Input = null, string? TriggerActivityId = null) : Stimulus;

    /// <summary>A bookmark is resumed: by an action, an event, a timer, a task's outcome, a child's end.</summary>
    /// <param name="BookmarkId">A bookmark of the instance. If it is gone by now the burst does nothing (<see cref="BurstResult.Ignored"/>).</param>
    /// <param name="Input">What the resumed activity reads as its resume input.</param>
    public sealed record Resume(string BookmarkId, JsonObject? Input = null) : Stimulus;

    /// <summary>The instance is cancelled with all that waits in it.</summary>
    public sealed record Cancel : Stimulus;

    /// <summary>Faulted activities run again and their incidents are cleared.</summary>
    /// <param name="ActivityInstanceIds">Which; null for every activity with an incident.</param>
    public sealed record Retry(IReadOnlyList<string>? ActivityInstanceIds = null) : Stimulus;
}

/// <summary>What a burst runs on.</summary>
/// <param name="Graph">The definition version that the instance is bound to.</param>
/// <param name="State">The instance as last committed; null for <see cref="Stimulus.Start"/>. The burst changes it.</param>
/// <param name="InstanceId">Also for a start, so that its id is known before.</param>
/// <param name="Now">The instant of the burst: what activities take for now.</param>
/// <param name="Host">What the library cannot do itself.</param>
public sealed record BurstRequest(
    WorkflowGraph Graph, InstanceState? State, string InstanceId, Stimulus Stimulus, DateTimeOffset Now, IBurstHost Host)
{
    /// <summary>For a start: the correlation id, or null.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>For a start: the instance that dispatched or executes this one, or null.</summary>
    public string? ParentInstanceId { get; init; }

    /// <summary>For a start: whether the end of this instance resumes the parent's bookmark.</summary>
    public bool NotifyParent { get; init; }

    /// <summary>For a start: instance properties to begin with, such as the record that a lifecycle owns.</summary>
    public JsonObject? Properties { get; init; }
}

/// <summary>
/// The inward port of the library: the few things that a burst needs from outside and that it must not do itself.
/// Implementations read only; whatever shall change is yielded as an <see cref="Effect"/>.
/// </summary>
public interface IBurstHost
{
    /// <summary>Evaluates JavaScript in the worker process.</summary>
    /// <exception cref="ActivityException">The script failed, or exceeded its budget.</exception>
    ValueTask<Expressions.ScriptResult> EvaluateScriptAsync(Expressions.ScriptRequest request, CancellationToken ct);

    /// <summary>A definition by logical id: the given version if it exists, else the published one; null if there is none.</summary>
    ValueTask<WorkflowGraph?> FindDefinitionAsync(string definitionId, int? version, CancellationToken ct);

    /// <summary>A new unique id (UUIDv7 text).</summary>
    string NewId();

    /// <summary>The first occurrence of a cron expression (six or seven fields, seconds first) after an instant, in UTC; null for never.</summary>
    DateTimeOffset? NextOccurrence(string cronExpression, DateTimeOffset after);

    /// <summary>What the host's own activities need (a view of records, templates, calendars); null if the host has no such thing.</summary>
    object? Find(Type feature);
}

/// <summary>What a burst did, all of it as data: nothing outside has changed yet.</summary>
public sealed class BurstResult
{
    /// <summary>The instance after the burst.</summary>
    public required InstanceState State { get; init; }

    /// <summary>In the order in which activities yielded them.</summary>
    public IReadOnlyList<Effect> Effects { get; init; } = [];

    /// <summary>Journal entries in order of their sequence.</summary>
    public IReadOnlyList<JournalEntry> Journal { get; init; } = [];

    /// <summary>Bookmarks that came into being in this burst and are still there at its end.</summary>
    public IReadOnlyList<Bookmark> CreatedBookmarks { get; init; } = [];

    /// <summary>Bookmarks that were there before the burst and are gone now.</summary>
    public IReadOnlyList<Bookmark> RemovedBookmarks { get; init; } = [];

    /// <summary>Instances that this burst ran inline (<c>Elsa.ExecuteWorkflow</c>), to be written in the same step.</summary>
    public IReadOnlyList<BurstResult> Children { get; init; } = [];

    /// <summary>True when the stimulus found nothing to wake (the bookmark is gone, the instance has finished): the state is as before.</summary>
    public bool Ignored { get; init; }

    /// <summary>The definition that ran.</summary>
    public required WorkflowGraph Graph { get; init; }
}
