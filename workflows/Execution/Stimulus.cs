using System.Text.Json.Nodes;

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
