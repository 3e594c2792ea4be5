using System.Text.Json.Nodes;

namespace Switchboard.Workflows.Execution;

/// <summary>
/// One line of an instance's journal, with the fields of Elsa's journal entry. Activity execution records are folded from
/// these: the entries of one <see cref="ActivityInstanceId"/> carry its inputs, outputs, outcomes and exception.
/// </summary>
public sealed record JournalEntry
{
    /// <summary>Rises by one within the instance over all its bursts, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>The activity execution.</summary>
    public required string ActivityInstanceId { get; init; }

    /// <summary>The activity execution that owns it; null for the workflow itself.</summary>
    public string? ParentActivityInstanceId { get; init; }

    /// <summary>The activity's id in the definition.</summary>
    public required string ActivityId { get; init; }

    /// <summary>Its path from the root, ids joined by colons.</summary>
    public required string NodeId { get; init; }

    /// <summary>The type name, as <c>Elsa.WriteLine</c>.</summary>
    public required string ActivityType { get; init; }

    /// <summary>The activity's name in the definition.</summary>
    public string? ActivityName { get; init; }

    /// <summary>The version of the activity type.</summary>
    public int ActivityTypeVersion { get; init; } = 1;

    /// <summary><c>Started, Resumed, Suspended, Completed, Canceled, Faulted</c> or a sentence of Elsa's.</summary>
    public required string EventName { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>A sentence for people, such as the exception's message.</summary>
    public string? Message { get; init; }

    /// <summary>Evaluated inputs by PascalCase name, where the entry has them.</summary>
    public JsonObject? ActivityState { get; init; }

    /// <summary>Journal data such as <c>Outcomes</c>.</summary>
    public JsonObject? Payload { get; init; }

    /// <summary>Outputs by name, on completion.</summary>
    public JsonObject? Outputs { get; init; }
}
