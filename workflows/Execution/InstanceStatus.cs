namespace Switchboard.Workflows.Execution;

/// <summary>Whether an instance can still go on.</summary>
public enum InstanceStatus
{
    /// <summary>It runs or waits.</summary>
    Running,

    /// <summary>It has ended, one way or another.</summary>
    Finished,
}

/// <summary>How an instance runs or has ended, spelled as Elsa spells it.</summary>
public enum InstanceSubStatus
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>Within a burst.</summary>
    Executing,

    /// <summary>Waits for a bookmark.</summary>
    Suspended,

    /// <summary>Ended as it was meant to.</summary>
    Finished,

    /// <summary>Ended by request.</summary>
    Cancelled,

    /// <summary>Ended by an incident.</summary>
    Faulted,
}

/// <summary>Where an activity execution is, spelled as Elsa spells it.</summary>
public enum ActivityStatus
{
    /// <summary>Scheduled, not run yet.</summary>
    Pending,

    /// <summary>Has run and is not done: it waits for a bookmark or for children.</summary>
    Running,

    /// <summary>Done.</summary>
    Completed,

    /// <summary>Stopped by somebody else.</summary>
    Canceled,

    /// <summary>Failed; can be retried.</summary>
    Faulted,
}

/// <summary>A failure that an author or an operator has to look at.</summary>
public sealed record Incident
{
    /// <summary>The activity's id in the definition.</summary>
    public required string ActivityId { get; init; }

    /// <summary>Its path from the root.</summary>
    public required string ActivityNodeId { get; init; }

    /// <summary>Its type.</summary>
    public required string ActivityType { get; init; }

    /// <summary>The activity execution that failed.</summary>
    public required string ActivityInstanceId { get; init; }

    /// <summary>Stable, snake_case; <c>unexpected_exception</c> if the failure has no code of its own.</summary>
    public required string Code { get; init; }

    /// <summary>What failed.</summary>
    public required string Message { get; init; }

    /// <summary>The name of the exception's type.</summary>
    public required string ExceptionType { get; init; }

    /// <summary>Whether the same activity may succeed later without a change.</summary>
    public bool CanRetry { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}
