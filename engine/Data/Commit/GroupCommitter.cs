using System.Threading.Channels;

using Microsoft.Extensions.Logging;

using Npgsql;

namespace Switchboard.Data.Commit;

/// <summary>
/// Applies steps, many in one transaction: one writer takes what has arrived while the last transaction was under way and
/// sends it as one batch of multi-row statements, which PostgreSQL runs as one implicit transaction in one round trip. So a
/// lonely step is as fast as the disk, and a crowd shares one fsync. It lingers only where that pays: see <see cref="Linger"/>.
/// <para>
/// A refused fence or a bad row fails its own step only: the transaction is rolled back, that step is taken out, and the
/// rest goes again. Steps that touch the same row go into different transactions, in order of arrival.
/// </para>
/// <para>
/// When the connection is lost while a transaction is under way, its outcome is not guessed: see <see cref="CommitConnection"/>.
/// </para>
/// </summary>
public sealed class GroupCommitter : IAsyncDisposable
{
    private readonly Channel<Pending> arrivals = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CommitOptions options;
    private readonly CommitSignals signals;
    /// <summary>How long things take, and waits: real time, whatever clock the service shows.</summary>
    private readonly TimeProvider clock = TimeProvider.System;

    private readonly ILogger<GroupCommitter> log;
    private readonly CommitConnection connection;
    private readonly Task writer;

    /// <summary>Steps that touch a row of a step before them, in order of arrival: they go into a later transaction.</summary>
    private LinkedList<Pending> held = [];

    private List<Pending> current = [];

    private TimeSpan lastDuration;

    /// <param name="engine">Connects with the engine's role, which sees the rows of all tenants.</param>
    public GroupCommitter(
        NpgsqlDataSource engine, CommitOptions options, CommitSignals signals, TimeProvider time, ILogger<GroupCommitter> log)
    {
        options.Validate();
        this.options = options;
        this.signals = signals;
        this.log = log;
        connection = new CommitConnection(engine, options, time, log);
        writer = Task.Run(RunAsync);
    }

    /// <summary>Ends when the committer has been disposed of, or faults when the writer died: then nothing can be committed and the process must end.</summary>
    public Task Completion => writer;

    /// <param name="ct">Takes the step back while it waits for its turn; once it is being sent, its outcome is awaited.</param>
    /// <exception cref="PostgresException">A row of this step breaks a rule of the database (unique key, foreign key, check).</exception>
    /// <exception cref="CommitException">The database cannot be reached.</exception>
    /// <exception cref="ArgumentException">The step changes one row twice: which change would win is not defined.</exception>
    public Task<StepOutcome> CommitAsync(Step step, CancellationToken ct)
    {
        step.ThrowIfRowTwice();
        var pending = new Pending(step);
        if (!arrivals.Writer.TryWrite(pending))
            throw new InvalidOperationException("The committer has been stopped; no step can be committed any more.", writer.Exception);
        return ct.CanBeCanceled ? pending.CancellableAsync(ct) : pending.Task;
    }

    /// <summary>Commits what has arrived, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        arrivals.Writer.TryComplete();
        await writer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            while (held.Count > 0 || await arrivals.Reader.WaitToReadAsync())
            {
                if (Linger(current.Count, lastDuration) is { Ticks: > 0 } linger)
                    await Task.Delay(linger, clock);
                current = Gather();
                var started = clock.GetTimestamp();
                await ApplyAsync(current);
                lastDuration = clock.GetElapsedTime(started);
            }
        }
        catch (Exception e)
        {
            log.LogCritical(e, "The committer's writer died; nothing can be committed any more.");
            arrivals.Writer.TryComplete(e);
            foreach (var pending in current.Concat(held))
                pending.Fail(e);
            while (arrivals.Reader.TryRead(out var pending))
                pending.Fail(e);
            throw;
        }
    }

    /// <summary>
    /// Whoever was answered just now comes back a moment later with the next step. Where a transaction takes long (a slow
    /// disk, a busy machine), a small part of that time brings them into the next one instead of the one after it, which
    /// nearly doubles what a transaction carries. On a fast disk, and for a few callers, there is nothing to gain.
    /// </summary>
    internal static TimeSpan Linger(int lastSteps, TimeSpan lastDuration) =>
        lastSteps < 8 || lastDuration < TimeSpan.FromMilliseconds(5) ? TimeSpan.Zero
        : lastDuration > TimeSpan.FromMilliseconds(40) ? TimeSpan.FromMilliseconds(5)
        : lastDuration / 8;

    /// <summary>What goes into the next transaction: everything that has arrived, up to the limits, no two steps touching one row.</summary>
    private List<Pending> Gather()
    {
        var batch = new List<Pending>();
        var touched = new HashSet<RowKey>();
        var sizeBytes = 0;
        var stillHeld = new LinkedList<Pending>();
        while (batch.Count < options.MaxSteps && sizeBytes < options.MaxBytes && Next() is { } pending)
        {
            var hasEarlier = batch.Count + stillHeld.Count > 0;
            if (pending.Touches(touched) && hasEarlier)
            {
                stillHeld.AddLast(pending);
                continue;
            }
            batch.Add(pending);
            sizeBytes += pending.SizeBytes;
        }
        foreach (var pending in held)
            stillHeld.AddLast(pending);
        held = stillHeld;
        return batch;
    }

    /// <summary>Those held from before come first, so that steps that touch one row keep their order.</summary>
    private Pending? Next()
    {
        if (held.First is { } first)
        {
            held.RemoveFirst();
            return first.Value;
        }
        while (arrivals.Reader.TryRead(out var pending))
        {
            if (pending.Take())
                return pending;
        }
        return null;
    }

    private async Task ApplyAsync(List<Pending> steps)
    {
        if (steps.Count == 0)
            return;
        var started = clock.GetTimestamp();
        var result = await SendAsync(steps);
        CommitMetrics.Duration.Record(clock.GetElapsedTime(started).TotalSeconds);
        switch (result)
        {
            case Result.Committed committed:
                CommitMetrics.Steps.Record(steps.Count);
                Acknowledge(steps, committed.Batch);
                break;
            case Result.Refused { Refusal: var refusal } when steps.Any(pending => refusal.Concerns(pending.Step)):
                foreach (var pending in steps.Where(pending => refusal.Concerns(pending.Step)))
                    pending.End(StepOutcome.Fenced);
                await ApplyAsync([.. steps.Where(pending => !refusal.Concerns(pending.Step))]);
                break;
            case Result.Refused:
                await ApartAsync(steps, new InvalidOperationException("The database refused a row that no step of the transaction has."));
                break;
            case Result.Failed { Error: var error }:
                await ApartAsync(steps, error);
                break;
            case Result.Away { Error: var error }:
                foreach (var pending in steps)
                    pending.Fail(error);
                break;
        }
    }

    /// <summary>Halves the steps until the one that cannot be committed stands alone.</summary>
    private async Task ApartAsync(List<Pending> steps, Exception error)
    {
        if (steps is [var single])
        {
            await FailAsync(single, error);
            return;
        }
        var half = steps.Count / 2;
        await ApplyAsync([.. steps.Take(half)]);
        await ApplyAsync([.. steps.Skip(half)]);
    }

    /// <summary>A step that is behind may also break a rule, such as adding what another has added meanwhile: then being behind is what its maker must know.</summary>
    private async Task FailAsync(Pending pending, Exception error)
    {
        try
        {
            if (error is PostgresException { SqlState: ['2', '3', ..] } && await connection.IsBehindAsync(new StepBatch([pending.Step])))
                pending.End(StepOutcome.Fenced);
            else
                pending.Fail(error);
        }
        catch (Exception e) when (e is NpgsqlException or CommitException)
        {
            log.LogInformation(e, "Whether a refused step was behind could not be found out.");
            pending.Fail(error);
        }
    }

    private void Acknowledge(List<Pending> steps, StepBatch batch)
    {
        FailPoint.Hit("after_commit");
        foreach (var pending in steps)
            pending.RunCommitted(log);
        try
        {
            signals.Raise(steps.Select(pending => pending.Step), batch);
        }
        catch (Exception e)
        {
            log.LogError(e, "A listener to commits failed; pumps look again at their next turn, and fences find what is stale.");
        }
        foreach (var pending in steps)
            pending.End(StepOutcome.Committed);
    }

    private async Task<Result> SendAsync(List<Pending> steps)
    {
        var batch = new StepBatch(steps.Select(pending => pending.Step));
        try
        {
            return await connection.ApplyAsync(batch) is { } refusal ? new Result.Refused(refusal) : new Result.Committed(batch);
        }
        catch (CommitException e)
        {
            return new Result.Away(e);
        }
        catch (Exception e) // whatever the rows of one step make Npgsql or PostgreSQL say, the others must not suffer for it
        {
            return new Result.Failed(e);
        }
    }

    private abstract record Result
    {
        public sealed record Committed(StepBatch Batch) : Result;

        public sealed record Refused(Refusal Refusal) : Result;

        public sealed record Failed(Exception Error) : Result;

        public sealed record Away(CommitException Error) : Result;
    }
}

/// <summary>A step on its way, and whoever waits for it.</summary>
internal sealed class Pending(Step step)
{
    private readonly TaskCompletionSource<StepOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int taken;

    public Step Step { get; } = step;

    public Task<StepOutcome> Task => outcome.Task;

    /// <summary>Reckoned on the caller's thread: the writer has enough to do.</summary>
    public int SizeBytes { get; } = step.Inserts.Sum(row => ColumnArray.SizeBytes(row.Row)) + step.Updates.Sum(row => ColumnArray.SizeBytes(row.Row));

    /// <summary>The writer's claim; false when the caller has taken the step back.</summary>
    public bool Take() => Interlocked.CompareExchange(ref taken, 1, 0) == 0;

    public async Task<StepOutcome> CancellableAsync(CancellationToken ct)
    {
        await using var registration = ct.Register(() =>
        {
            if (Interlocked.CompareExchange(ref taken, 1, 0) == 0)
                outcome.TrySetCanceled(ct);
        });
        return await outcome.Task;
    }

    /// <summary>
    /// Adds the rows that the step touches; true if one of them was there already. Inserted rows count too: within one
    /// transaction deletes come first, so the delete of a row that another step inserts must go into a later one.
    /// </summary>
    public bool Touches(HashSet<RowKey> touched)
    {
        var conflict = false;
        foreach (var row in Step.Inserts)
            conflict |= !touched.Add(new RowKey(row.Table, (Guid)row.Row[1]!));
        foreach (var row in Step.Updates)
            conflict |= !touched.Add(new RowKey(row.Table, (Guid)row.Row[1]!));
        foreach (var row in Step.Deletes)
            conflict |= !touched.Add(new RowKey(row.Table, row.Id));
        return conflict;
    }

    public void RunCommitted(ILogger log)
    {
        foreach (var action in Step.Committed)
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                log.LogError(e, "What was to run after a commit failed; the commit itself is durable.");
            }
        }
    }

    public void End(StepOutcome result) => outcome.TrySetResult(result);

    public void Fail(Exception e) => outcome.TrySetException(e);
}

internal readonly record struct RowKey(Table Table, Guid Id);
