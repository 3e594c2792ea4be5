using System.Text.Json.Nodes;

namespace Switchboard.Domain;

/// <summary>
/// What every record has. A record type derives from this, says what its fields are, and nothing about what happens to
/// it: that is a workflow. Table and column names are the snake_case of the type's wire name and of its properties.
/// </summary>
public abstract class Record
{
    /// <summary>UUIDv7, so that keys of one tenant sort by age.</summary>
    public Guid Id { get; set; }

    public Guid TenantId { get; set; }

    /// <summary>1 at creation, plus one with every committed change; the fence of every write and the ETag.</summary>
    public long Version { get; set; } = 1;

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Values of the tenant's own fields by name; null when it has none.</summary>
    public JsonObject? Custom { get; set; }

    /// <summary>
    /// The rules that one record alone can break. Called before every write, after the checks that the fields' marks
    /// imply (required, length, choices, format), which have all passed by then.
    /// </summary>
    public virtual IEnumerable<FieldError> Check(RecordChange change) => [];

    /// <summary>Rewrites values to their canonical form (a telephone number to E.164) before they are checked.</summary>
    /// <returns>What could not be rewritten.</returns>
    public virtual IEnumerable<FieldError> Normalise() => [];
}

/// <summary>A record whose status is owned by a running workflow instance and written by the engine only.</summary>
public abstract class LifecycleRecord : Record
{
    /// <summary>The state that its lifecycle instance is in. A type overrides it to name the states that ship.</summary>
    [OwnedByLifecycle, MaxLength(64)]
    public virtual string Status { get; set; } = "";

    /// <summary>The workflow instance that owns <see cref="Status"/>; null while no lifecycle is published.</summary>
    [OwnedByLifecycle]
    public Guid? InstanceId { get; set; }

    /// <summary>The key of the workflow that this record starts instead of its type's; null for the type's.</summary>
    public virtual string? OwnWorkflow => null;
}

/// <summary>A change of one record as <see cref="Record.Check"/> sees it.</summary>
/// <param name="Before">Null when the record is being created.</param>
/// <param name="After">The record as it would be written.</param>
public sealed record RecordChange(Record? Before, Record After)
{
    public bool IsCreation => Before is null;
}

/// <summary>One field that broke one rule.</summary>
/// <param name="Field">The field's wire name (camelCase), or a JSON pointer below it without the leading slash.</param>
/// <param name="Code">Stable, snake_case: <c>required</c>, <c>invalid_choice</c>, <c>too_long</c>, …</param>
/// <param name="Detail">A sentence that says what is wrong and how to mend it.</param>
public sealed record FieldError(string Field, string Code, string Detail);
