namespace Switchboard.Data.Records;

/// <summary>Who changes records, when, and why: what history, audit and events say of every change.</summary>
/// <param name="ActorId">The user; null for the engine itself.</param>
/// <param name="Actor">How the actor is shown: a name, or <c>engine</c>.</param>
/// <param name="Action">
/// The name of what was done (<c>submit_loa</c>, <c>import</c>); empty for a plain change, which is then named
/// <c>created</c>, <c>updated</c> or <c>deleted</c>.
/// </param>
/// <param name="At">The moment of the change; stored in microseconds, as PostgreSQL keeps it.</param>
public sealed record ChangeContext(Guid? ActorId, string Actor, string Action, DateTimeOffset At)
{
    /// <summary>Of the engine itself: timers, upgrades, clean-up.</summary>
    public static ChangeContext Engine(string action, DateTimeOffset at) => new(null, "engine", action, at);

    /// <summary>The workflow instance whose burst caused the change.</summary>
    public Guid? InstanceId { get; init; }

    /// <summary>The decision that chose the values.</summary>
    public Guid? DecisionId { get; init; }

    /// <summary>The artefact that was followed, as <c>kind/key@version</c>.</summary>
    public string? Artefact { get; init; }

    /// <summary>The import, merge or other batch that can be undone as one.</summary>
    public Guid? BatchId { get; init; }

    public string? TraceId { get; init; }
}

/// <summary>One field before and after a change; values as the record's properties hold them, null for none.</summary>
/// <param name="Field">The wire name; <c>custom.name</c> for a tenant's own field.</param>
public readonly record struct FieldChange(string Field, object? OldValue, object? NewValue);
