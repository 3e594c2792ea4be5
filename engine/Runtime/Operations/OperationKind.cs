using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Operations;

/// <summary>
/// One sort of long work. An operation may be run again at any time from what its row says, by this process or another, so
/// it advances only through <see cref="OperationRun.CommitAsync"/>: what it did and how far it is are one transaction.
/// </summary>
public abstract class OperationKind
{
    /// <summary>Stored in rows: never renamed.</summary>
    public abstract string Name { get; }

    /// <exception cref="ProblemException">It cannot be done; the operation fails with this problem.</exception>
    public abstract Task RunAsync(OperationRun run, CancellationToken ct);

    /// <summary>
    /// Adds what must be written together with the operation's end. Called again with another step when its fence was refused.
    /// </summary>
    /// <param name="status"><c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</param>
    public virtual Task EndAsync(OperationRun run, Step step, string status, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>The claim that one process has on one operation.</summary>
public sealed class OperationRun(Operation operation, OperationStore store, GroupCommitter committer, BulkWriter bulk, OperationOptions options, TimeProvider time)
{
    private readonly string? node = operation.Node;

    /// <summary>As it was last committed, with the changes that the next commit will store.</summary>
    public Operation Operation { get; private set; } = operation;

    public Guid TenantId => Operation.TenantId;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>A change by whoever asked for the operation, for kinds whose request says so in <c>actorId</c> and <c>actor</c>.</summary>
    public ChangeContext ChangeByActor(string action) =>
        new((string?)Operation.Request["actorId"] is { } id ? Guid.Parse(id) : null, (string)Operation.Request["actor"]!, action, Now);

    /// <exception cref="OperationCancelledException">Somebody has asked for it.</exception>
    /// <exception cref="OperationPausedException">Somebody has asked for it; what is committed is where it goes on.</exception>
    public void ThrowIfStopped()
    {
        if (Operation.CancelRequested)
            throw new OperationCancelledException();
        if (Operation.IsPaused)
            throw new OperationPausedException();
    }

    /// <summary>Commits a step together with the operation's progress.</summary>
    /// <param name="isLarge">Thousands of rows: written with COPY in a transaction of its own.</param>
    /// <returns>
    /// False when a fence of the step was refused: nothing was written, <see cref="Operation"/> is read again, and the step must
    /// be built anew from the records as they are now. A step without fences is never refused so.
    /// </returns>
    /// <exception cref="OperationCancelledException">Nothing was written because somebody has asked to cancel.</exception>
    /// <exception cref="OperationPausedException">Nothing was written because somebody has asked to pause.</exception>
    /// <exception cref="OperationLostException">
    /// Nothing was written because somebody else has claimed the operation: another node, or this one again after its lease had ended.
    /// </exception>
    public async Task<bool> CommitAsync(Step step, bool isLarge, CancellationToken ct)
    {
        var version = Operation.Version;
        if (!Operation.IsOver)
            Operation.LeaseUntil = time.GetUtcNow() + options.Lease;
        store.Update(step, Operation);
        try
        {
            var outcome = isLarge ? await bulk.CommitAsync([step], ct) : await committer.CommitAsync(step, ct);
            if (outcome == StepOutcome.Committed)
                return true;
        }
        catch
        {
            Operation.Version = version; // nothing was written, or nobody knows; the fence will tell
            throw;
        }
        var current = await store.GetAsync(TenantId, Operation.Id, ct);
        if (current is null || current.Node != node || current.Status != Operation.Running)
            throw new OperationLostException();
        var isOwnFence = current.Version != version;
        Operation = current;
        if (isOwnFence)
        {
            // Besides its run, this raises an operation's version: a wish to cancel, pause or resume it, and a claim.
            ThrowIfStopped();
            throw new OperationLostException();
        }
        return false;
    }
}

/// <summary>Somebody has asked for the operation to stop, and it has stopped between two commits.</summary>
public sealed class OperationCancelledException() : Exception("The operation was cancelled.");

/// <summary>Somebody has asked for the operation to wait, and it has stopped between two commits.</summary>
public sealed class OperationPausedException() : Exception("The operation was paused.");

/// <summary>Another run works on the operation now; this one must leave it alone.</summary>
public sealed class OperationLostException() : Exception("Another run has taken the operation over.");

public sealed class OperationOptions
{
    /// <summary>
    /// How long an operation may go without a sign of life before another node takes it over. Default 30 s. Shorter finds
    /// crashes sooner; below ~5 s a garbage collection pause looks like a crash.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the lease is renewed. Default 10 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a node looks for operations that others left behind. Its own new ones are seen at once. Default 5 s.</summary>
    public TimeSpan Look { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Operations of one node at a time. Default 2, so that a short one does not wait for a long one.</summary>
    public int AtOnce { get; set; } = 2;

    /// <summary>Two live nodes must not share it; the same node keeps it across restarts and so finds its own work again at once.</summary>
    public string Node { get; set; } = Environment.MachineName;

    public void Validate()
    {
        if (Heartbeat <= TimeSpan.Zero || Lease < Heartbeat * 2)
            throw new InvalidOperationException($"Operations:Lease is {Lease}; it must be at least twice Operations:Heartbeat ({Heartbeat}).");
        if (AtOnce is < 1 or > 64)
            throw new InvalidOperationException($"Operations:AtOnce is {AtOnce}; it must be from 1 to 64.");
        if (string.IsNullOrWhiteSpace(Node))
            throw new InvalidOperationException("Operations:Node is empty; it must name this node.");
    }
}
