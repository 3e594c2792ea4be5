namespace Switchboard.Workflows.Execution;

/// <summary>
/// One run of one activity within an instance, as far as it is stored. Completed ones leave the state; what happened to them
/// is in the journal.
/// </summary>
internal sealed class ActivityExecution
{
    /// <summary>Unique within the instance over its whole life, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The execution that owns it; 0 for the workflow itself.</summary>
    public int Parent { get; init; }

    /// <summary>The activity's id in the definition that the owner belongs to.</summary>
    public required string ActivityId { get; set; }

    /// <summary>What the owner noted when it scheduled it.</summary>
    public string? Tag { get; init; }

    public ActivityStatus Status { get; set; } = ActivityStatus.Running;

    /// <summary>Null while there are none.</summary>
    public List<NamedValue>? Properties { get; set; }

    /// <summary>Null while there are none.</summary>
    public List<NamedValue>? Variables { get; set; }
}
