using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Timers;

/// <summary>How the pump takes due timers.</summary>
public sealed class TimerOptions
{
    /// <summary>Most timers that are claimed at once. Default 2,000.</summary>
    public int Batch { get; set; } = 2_000;

    /// <summary>How many of them run at the same time, so that they share commits. Default 256.</summary>
    public int Concurrency { get; set; } = 256;

    /// <summary>How long a claim holds: after a crash between claim and burst, the timer fires this much later. Default 30 s.</summary>
    public TimeSpan Claim { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Looks at least this often, because other nodes set timers too. Default 1 s.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Fires timers: claims the due ones in batches that no other node gets, and resumes the bookmark of each. The row goes in
/// the burst's own step, so that a timer fires exactly once however often the pump dies.
/// </summary>
public sealed class TimerPump : BackgroundService
{
    private readonly Database database;
    private readonly InstanceRunner runner;
    private readonly GroupCommitter committer;
    private readonly TimerOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<TimerPump> log;
    private readonly Wake wake;

    public TimerPump(
        Database database, InstanceRunner runner, GroupCommitter committer, CommitSignals signals, TimerOptions options, TimeProvider time, ILogger<TimerPump> log)
    {
        this.database = database;
        this.runner = runner;
        this.committer = committer;
        this.options = options;
        this.time = time;
        this.log = log;
        wake = new Wake(time);
        signals.Listen(SystemTables.Timers, wake.Ring);
    }

    /// <summary>Fires all that are due now.</summary>
    /// <returns>How many were claimed.</returns>
    public async Task<int> FireDueAsync(CancellationToken ct)
    {
        var fired = 0;
        while (await ClaimAsync(ct) is { Count: > 0 } claimed)
        {
            await Parallel.ForEachAsync(
                claimed, new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = ct }, async (timer, token) => await FireAsync(timer, token));
            fired += claimed.Count;
        }
        return fired;
    }

    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FireDueAsync(stoppingToken);
                await wake.SleepAsync(await UntilNextAsync(stoppingToken), stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Due timers could not be read; trying again in {Poll}.", options.Poll);
                await Task.Delay(options.Poll, time, stoppingToken);
            }
        }
    }

    private async Task FireAsync(Due timer, CancellationToken ct)
    {
        try
        {
            var context = ChangeContext.Engine("timer", time.GetUtcNow());
            var result = await runner.DeliverAsync(
                timer.TenantId, timer.InstanceId, state => state.FindBookmark(timer.BookmarkId) is null ? null : new Stimulus.Resume(timer.BookmarkId),
                new Delivery(context), ct);
            if (result.Ignored)
                await ForgetAsync(timer, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The claim runs out and the timer is tried again, later each time.
            log.LogError(e, "Timer {Timer} of instance {Instance} failed, attempt {Attempt}.", timer.Id, timer.InstanceId, timer.Attempts);
        }
    }

    /// <summary>Nothing waits for it any more.</summary>
    private async Task ForgetAsync(Due timer, CancellationToken ct)
    {
        var step = new Step(timer.TenantId);
        step.Delete(SystemTables.Timers, timer.Id);
        await committer.CommitAsync(step, ct);
    }

    private async Task<List<Due>> ClaimAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            update timers t
            set claimed_until = $1 + $2 * least(t.attempts + 1, 120), attempts = t.attempts + 1
            from (
                select tenant_id, id from timers
                where due_at <= $1 and (claimed_until is null or claimed_until <= $1)
                order by due_at limit $3 for update skip locked) due
            where t.tenant_id = due.tenant_id and t.id = due.id
            returning t.tenant_id, t.id, t.instance_id, t.bookmark_id, t.attempts
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = time.GetUtcNow().ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Claim });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Batch });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var claimed = new List<Due>();
        while (await reader.ReadAsync(ct))
            claimed.Add(new Due(reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetString(3), reader.GetInt32(4)));
        return claimed;
    }

    private async Task<TimeSpan> UntilNextAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("select min(greatest(due_at, claimed_until)) from timers where due_at <= $1");
        var now = time.GetUtcNow();
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = (now + options.Poll).ToUniversalTime() });
        if (await command.ExecuteScalarAsync(ct) is not DateTime next)
            return options.Poll;
        var wait = new DateTimeOffset(next) - now;
        return wait < options.Poll ? wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait : options.Poll;
    }

    private readonly record struct Due(Guid TenantId, Guid Id, Guid InstanceId, string BookmarkId, int Attempts);
}
