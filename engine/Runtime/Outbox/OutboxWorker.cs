using System.Text.Json.Nodes;

using Switchboard.Data.Commit;

namespace Switchboard.Runtime.Outbox;

/// <summary>A row of the outbox that this node has claimed.</summary>
/// <param name="Attempts">The attempts before this one.</param>
public sealed record OutboxRow(
    Guid TenantId, Guid Id, string Kind, string Destination, JsonObject Payload, string IdempotencyKey, int Attempts, Guid? InstanceId,
    string? BookmarkId, DateTimeOffset NextAt, DateTimeOffset CreatedAt);

/// <summary>
/// Sends one kind of outbox rows. An attempt may be made twice (the process may die between the effect and its commit), so
/// the effect carries the row's key wherever the receiver can recognise it, or is made of rows alone and so happens once.
/// </summary>
public abstract class OutboxWorker
{
    /// <summary>Stored in rows: never renamed.</summary>
    public abstract string Kind { get; }

    /// <summary>The pause before each attempt, the first included; there are as many attempts as pauses. Up to a tenth is added at random.</summary>
    public abstract IReadOnlyList<TimeSpan> Pauses { get; }

    /// <summary>How many are sent at the same time by one node.</summary>
    public virtual int AtOnce => 16;

    /// <summary>Longer than any attempt takes; after a crash, the row is tried again this much later.</summary>
    public virtual TimeSpan Lease => TimeSpan.FromSeconds(60);

    /// <summary>Must not throw for what receivers do; what it throws counts as a failed attempt.</summary>
    public abstract Task<Attempt> SendAsync(OutboxRow row, CancellationToken ct);

    /// <summary>
    /// Adds to the step what follows from a row that is given up. Called again with another step when a fence refused.
    /// </summary>
    public virtual ValueTask GiveUpAsync(Step step, OutboxRow row, string problem, DateTimeOffset at, CancellationToken ct) => default;
}

/// <summary>How one attempt ended.</summary>
/// <param name="Problem">Why it failed; null when it succeeded.</param>
public sealed record Attempt(string? Problem = null)
{
    public bool Succeeded => Problem is null;

    /// <summary>Another attempt would fail too.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The receiver wants to be left alone for so long.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What a bookmark that waits is given.</summary>
    public JsonObject? Result { get; init; }

    /// <summary>
    /// Adds rows to the step that ends the attempt, whether it succeeded or not. Called again with another step when a fence
    /// refused; so it reads what it needs anew each time.
    /// </summary>
    public Func<Step, CancellationToken, ValueTask>? Also { get; init; }
}
