using Microsoft.Extensions.Logging;

using Npgsql;

namespace Switchboard.Data.Commit;

/// <summary>
/// Applies steps, many in one transaction: what has arrived while the last transaction was under way is sent as one batch of
/// multi-row statements, which PostgreSQL runs as one implicit transaction in one round trip. So a lonely step is as fast as
/// the disk, and a crowd shares one fsync.
/// <para>
/// A crowd of callers that are all answered at once would all reckon their next bursts at once, while the database waits, and
/// then all wait while the database works. So there are two lanes, each with a connection of its own: the second one leaves
/// when enough has arrived behind the first, and the callers of one reckon while the rows of the other are written.
/// </para>
/// <para>
/// A refused fence or a bad row fails its own step only: the transaction is rolled back, that step is taken out, and the
/// rest goes again. Steps that touch the same row go into different transactions, one after the other, in order of arrival.
/// </para>
/// <para>
/// When the connection is lost while a transaction is under way, its outcome is not guessed: see <see cref="CommitConnection"/>.
/// </para>
/// </summary>
public sealed class GroupCommitter : IAsyncDisposable
{
    private readonly CommitOptions options;
    private readonly CommitSignals signals;
    /// <summary>How long things take: real time, whatever clock the service shows.</summary>
    private readonly TimeProvider clock = TimeProvider.System;

    private readonly ILogger<GroupCommitter> log;
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards all that says who goes next: the four below.</summary>
    private readonly Lock gate = new();

    /// <summary>In order of arrival.</summary>
    private readonly LinkedList<Pending> waiting = [];

    private readonly Stack<CommitConnection> lanes = new();
    private readonly List<Flight> flights = [];
    private bool isStopped;

    /// <summary>Listeners are told of one transaction at a time.</summary>
    private readonly Lock telling = new();

    /// <param name="engine">Connects with the engine's role, which sees the rows of all tenants.</param>
    public GroupCommitter(
        NpgsqlDataSource engine, CommitOptions options, CommitSignals signals, TimeProvider time, ILogger<GroupCommitter> log)
    {
        options.Validate();
        this.options = options;
        this.signals = signals;
        this.log = log;
        for (var lane = 0; lane < options.Lanes; lane++)
            lanes.Push(new CommitConnection(engine, options, time, log));
    }

    /// <summary>Ends when the committer has been disposed of, or faults when it cannot go on: then nothing can be committed and the process must end.</summary>
    public Task Completion => completion.Task;

    /// <param name="ct">Takes the step back while it waits for its turn; once it is being sent, its outcome is awaited.</param>
    /// <exception cref="PostgresException">A row of this step breaks a rule of the database (unique key, foreign key, check).</exception>
    /// <exception cref="CommitException">The database cannot be reached.</exception>
    /// <exception cref="ArgumentException">The step changes one row twice: which change would win is not defined.</exception>
    public Task<StepOutcome> CommitAsync(Step step, CancellationToken ct)
    {
        step.ThrowIfRowTwice();
        var pending = new Pending(step);
        lock (gate)
        {
            if (isStopped)
                throw new InvalidOperationException("The committer has been stopped; no step can be committed any more.", completion.Task.Exception);
            waiting.AddLast(pending);
            Dispatch();
        }
        return ct.CanBeCanceled ? pending.CancellableAsync(ct) : pending.Task;
    }

    /// <summary>Commits what has arrived, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            isStopped = true;
            EndIfIdle();
        }
        await completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var lane in lanes)
            await lane.DisposeAsync();
    }

    /// <summary>Under the gate: sends off as many transactions as may go now.</summary>
    private void Dispatch()
    {
        while (lanes.Count > 0 && waiting.Count > 0 && IsWorthLane())
        {
            var flight = Gather();
            if (flight.Steps.Count == 0)
                return; // all touch rows that are under way
            flight.Lane = lanes.Pop();
            flights.Add(flight);
            _ = Task.Run(() => FlyAsync(flight)); // its failure is the committer's: see FlyAsync
        }
    }

    /// <summary>
    /// Beside another transaction only when it carries nearly as much: a few steps are better off in the next large one,
    /// because a transaction has a price of its own.
    /// </summary>
    private bool IsWorthLane() =>
        flights.Count == 0 || waiting.Count >= Math.Max(options.LeastBeside, flights.Max(flight => flight.Steps.Count) * 4 / 5);

    private async Task FlyAsync(Flight flight)
    {
        try
        {
            await ApplyAsync(flight.Lane!, flight.Steps);
            lock (gate)
            {
                flights.Remove(flight);
                lanes.Push(flight.Lane!);
                Dispatch();
                EndIfIdle();
            }
        }
        catch (Exception e)
        {
            log.LogCritical(e, "The committer died; nothing can be committed any more.");
            lock (gate)
            {
                isStopped = true;
                completion.TrySetException(e);
                foreach (var pending in flights.SelectMany(other => other.Steps).Concat(waiting))
                    pending.Fail(e);
                waiting.Clear();
            }
        }
    }

    private void EndIfIdle()
    {
        if (isStopped && waiting.Count == 0 && flights.Count == 0)
            completion.TrySetResult();
    }

    /// <summary>
    /// Under the gate: what goes into the next transaction. Everything that has arrived, up to the limits; but no two steps
    /// that touch one row, and none that touches a row under way.
    /// </summary>
    private Flight Gather()
    {
        var flight = new Flight();
        var taken = flights.Count == 0 ? null : flights;
        var sizeBytes = 0;
        for (var node = waiting.First; node is not null && flight.Steps.Count < options.MaxSteps && sizeBytes < options.MaxBytes;)
        {
            var (pending, next) = (node.Value, node.Next);
            // A step that stays behind reserves its rows too, so that those behind it keep their order.
            var conflicts = pending.Touches(flight.Rows) | (taken is not null && taken.Exists(other => pending.TouchesAny(other.Rows)));
            if (!conflicts || pending.IsGone)
            {
                waiting.Remove(node);
                if (pending.Take())
                {
                    flight.Steps.Add(pending);
                    sizeBytes += pending.SizeBytes;
                }
            }
            node = next;
        }
        return flight;
    }

    private async Task ApplyAsync(CommitConnection lane, List<Pending> steps)
    {
        if (steps.Count == 0)
            return;
        var started = clock.GetTimestamp();
        var result = await SendAsync(lane, steps);
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
                await ApplyAsync(lane, [.. steps.Where(pending => !refusal.Concerns(pending.Step))]);
                break;
            case Result.Refused:
                await ApartAsync(lane, steps, new InvalidOperationException("The database refused a row that no step of the transaction has."));
                break;
            case Result.Failed { Error: var error }:
                await ApartAsync(lane, steps, error);
                break;
            case Result.Away { Error: var error }:
                foreach (var pending in steps)
                    pending.Fail(error);
                break;
        }
    }

    /// <summary>Halves the steps until the one that cannot be committed stands alone.</summary>
    private async Task ApartAsync(CommitConnection lane, List<Pending> steps, Exception error)
    {
        if (steps is [var single])
        {
            await FailAsync(lane, single, error);
            return;
        }
        var half = steps.Count / 2;
        await ApplyAsync(lane, [.. steps.Take(half)]);
        await ApplyAsync(lane, [.. steps.Skip(half)]);
    }

    /// <summary>A step that is behind may also break a rule, such as adding what another has added meanwhile: then being behind is what its maker must know.</summary>
    private async Task FailAsync(CommitConnection lane, Pending pending, Exception error)
    {
        try
        {
            if (error is PostgresException { SqlState: ['2', '3', ..] } && await lane.IsBehindAsync(new StepBatch([pending.Step])))
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
        lock (telling)
        {
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
        }
        foreach (var pending in steps)
            pending.End(StepOutcome.Committed);
    }

    private async Task<Result> SendAsync(CommitConnection lane, List<Pending> steps)
    {
        var batch = new StepBatch(steps.Select(pending => pending.Step));
        try
        {
            return await lane.ApplyAsync(batch) is { } refusal ? new Result.Refused(refusal) : new Result.Committed(batch);
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

    /// <summary>A transaction under way.</summary>
    private sealed class Flight
    {
        public CommitConnection? Lane { get; set; }

        public List<Pending> Steps { get; } = [];

        /// <summary>That its steps touch, and those that were passed over for one of them.</summary>
        public HashSet<RowKey> Rows { get; } = [];
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

    /// <summary>Its caller has taken it back.</summary>
    public bool IsGone => Volatile.Read(ref taken) != 0;

    /// <summary>The committer's claim; false when the caller has taken the step back.</summary>
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

    public bool TouchesAny(HashSet<RowKey> rows) =>
        Step.Inserts.Exists(row => rows.Contains(new RowKey(row.Table, (Guid)row.Row[1]!)))
        || Step.Updates.Exists(row => rows.Contains(new RowKey(row.Table, (Guid)row.Row[1]!)))
        || Step.Deletes.Exists(row => rows.Contains(new RowKey(row.Table, row.Id)));

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
