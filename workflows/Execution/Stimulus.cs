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

    /// <summary>What a bookmark waits for cannot come: its activity has failed, and a retry runs it again.</summary>
    /// <param name="BookmarkId">A bookmark of the instance. If it is gone by now the burst does nothing.</param>
    /// <param name="Code">Of the incident.</param>
    /// <param name="Message">Of the incident.</param>
    public sealed record Fail(string BookmarkId, string Code, string Message) : Stimulus;

    /// <summary>The instance is cancelled with all that waits in it.</summary>
    public sealed record Cancel : Stimulus;

    /// <summary>Faulted activities run again and their incidents are cleared.</summary>
    /// <param name="ActivityInstanceIds">Which; null for every activity with an incident.</param>
    public sealed record Retry(IReadOnlyList<string>? ActivityInstanceIds = null) : Stimulus;

    /// <summary>An operator mends the instance; then it goes on with what that has scheduled. One that has failed is brought back.</summary>
    /// <param name="Alterations">In this order, all of them or none.</param>
    public sealed record Alter(IReadOnlyList<Alteration> Alterations) : Stimulus
    {
        /// <summary>First of all it moves to another version: that of the burst's graph. Null when it stays.</summary>
        public InstanceMigration? Migration { get; init; }
    }
}

/// <summary>One thing that an operator changes in a running instance, named as in Elsa's alterations.</summary>
public abstract record Alteration
{
    /// <summary>Gives a stored variable another value.</summary>
    /// <param name="VariableId">Its id, or its name.</param>
    /// <param name="Value">Converted to the variable's type.</param>
    public sealed record ModifyVariable(string VariableId, JsonNode? Value) : Alteration;

    /// <summary>Runs an activity again, or for the first time: one that has failed or waits starts over, any other is scheduled in the nearest activity around it that lives.</summary>
    /// <param name="ActivityId">Its id in the definition; null if the execution is named.</param>
    /// <param name="ActivityInstanceId">The very execution.</param>
    public sealed record ScheduleActivity(string? ActivityId, string? ActivityInstanceId) : Alteration;

    /// <summary>Ends an activity that runs, waits or has failed, with all that is in it.</summary>
    /// <param name="ActivityId">Its id in the definition: all its executions; null if the execution is named.</param>
    /// <param name="ActivityInstanceId">The very execution.</param>
    public sealed record CancelActivity(string? ActivityId, string? ActivityInstanceId) : Alteration;
}
