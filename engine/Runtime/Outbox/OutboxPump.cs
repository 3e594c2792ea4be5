using System.Text.Json.Nodes;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Outbox;

public sealed class OutboxOptions
{
    /// <summary>Looks at least this often, because other nodes commit rows too and retries fall due. Default 1 s.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Sends what steps have put into the outbox. Every kind has its own worker and places, so that slow receivers of one kind
/// hold up no other. A row is claimed for a while, sent, and deleted in the step that its result makes; a row that is gone
/// refuses that step, so that what an attempt writes to the database happens once. A failed attempt is repeated later and
/// later; the last one leaves the row <c>dead</c> with its reason.
/// </summary>
public sealed class OutboxPump : BackgroundService
{
    /// <summary>Steps that end an attempt are refused when a row they change was changed meanwhile; more often than this is no accident.</summary>
    private const int MostSteps = 10;

    private readonly Database database;
    private readonly InstanceRunner runner;
    private readonly GroupCommitter committer;
    private readonly OutboxOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<OutboxPump> log;
    private readonly Lane[] lanes;

    public OutboxPump(
        Database database, InstanceRunner runner, GroupCommitter committer, CommitSignals signals, IEnumerable<OutboxWorker> workers,
        OutboxOptions options, TimeProvider time, ILogger<OutboxPump> log)
    {
        this.database = database;
        this.runner = runner;
        this.committer = committer;
        this.options = options;
        this.time = time;
        this.log = log;
        lanes = [.. workers.Select(worker => new Lane(worker, new Wake(time)))];
        foreach (var lane in lanes)
            signals.Listen(SystemTables.Outbox, lane.Wake.Ring);
    }

    /// <summary>Makes an attempt of everything that is due now.</summary>
    /// <returns>How many attempts were made.</returns>
    public async Task<int> SendDueAsync(CancellationToken ct)
    {
        var sent = 0;
        foreach (var lane in lanes)
        {
            while (await ClaimAsync(lane.Worker, lane.Worker.AtOnce, ct) is { Count: > 0 } claimed)
            {
                await Task.WhenAll(claimed.Select(row => SendAsync(lane.Worker, row, ct)));
                sent += claimed.Count;
            }
        }
        return sent;
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (var lane in lanes)
            lane.Wake.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(lanes.Select(lane => RunAsync(lane, stoppingToken)));

    private async Task RunAsync(Lane lane, CancellationToken ct)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                running.RemoveAll(task => task.IsCompleted);
                var free = lane.Worker.AtOnce - running.Count;
                var claimed = free > 0 ? await TryClaimAsync(lane.Worker, free, ct) : [];
                foreach (var row in claimed)
                    running.Add(SendAndRingAsync(lane, row, ct));
                if (claimed.Count == 0)
                    await lane.Wake.SleepAsync(options.Poll, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAndRingAsync(Lane lane, OutboxRow row, CancellationToken ct)
    {
        await SendAsync(lane.Worker, row, ct);
        lane.Wake.Ring(); // a place is free
    }

    private async Task<List<OutboxRow>> TryClaimAsync(OutboxWorker worker, int most, CancellationToken ct)
    {
        try
        {
            return await ClaimAsync(worker, most, ct);
        }
        catch (NpgsqlException e)
        {
            log.LogWarning(e, "The outbox could not be read; trying again in {Poll}.", options.Poll);
            return [];
        }
    }

    private async Task SendAsync(OutboxWorker worker, OutboxRow row, CancellationToken ct)
    {
        try
        {
            var attempt = await AttemptAsync(worker, row, ct);
            for (var i = 0; i < MostSteps; i++)
            {
                if (await EndAsync(worker, row, attempt, ct) || !await IsThereAsync(row, ct))
                    return;
            }
            log.LogError("What became of outbox row {Row} ({Kind}) could not be written: others change the same rows all the time.", row.Id, row.Kind);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // The claim runs out and the row is tried again.
            log.LogError(e, "What became of outbox row {Row} ({Kind}) could not be written.", row.Id, row.Kind);
        }
        catch (OperationCanceledException)
        {
            log.LogInformation("Stopped while sending outbox row {Row} ({Kind}); it is tried again when its claim runs out.", row.Id, row.Kind);
        }
    }

    private async Task<Attempt> AttemptAsync(OutboxWorker worker, OutboxRow row, CancellationToken ct)
    {
        try
        {
            return await worker.SendAsync(row, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogError(e, "Sending outbox row {Row} ({Kind}) failed, attempt {Attempt}.", row.Id, row.Kind, row.Attempts + 1);
            return new Attempt($"{e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Writes what the attempt came to; false when a row was changed meanwhile.</summary>
    private async Task<bool> EndAsync(OutboxWorker worker, OutboxRow row, Attempt attempt, CancellationToken ct)
    {
        var now = FieldText.Microseconds(time.GetUtcNow());
        var dead = !attempt.Succeeded && (attempt.IsFinal || row.Attempts + 1 >= worker.Pauses.Count);
        if ((attempt.Succeeded || dead) && row is { InstanceId: { } instance, BookmarkId: { } bookmark })
        {
            var resume = new Stimulus.Resume(bookmark, ResultOf(attempt));
            var delivery = new Delivery(ChangeContext.Engine("outbox", now)) { Also = (step, _) => WriteAsync(step) };
            var delivered = await runner.DeliverAsync(row.TenantId, instance, state => state.FindBookmark(bookmark) is null ? null : resume, delivery, ct);
            if (!delivered.Ignored)
                return true;
        }
        var alone = new Step(row.TenantId);
        await WriteAsync(alone);
        return await committer.CommitAsync(alone, ct) == StepOutcome.Committed;

        async ValueTask WriteAsync(Step step)
        {
            if (attempt.Succeeded)
                step.Delete(SystemTables.Outbox, row.Id, expectedVersion: 0); // any: the table has no version, but the row must be there
            else
                step.Update(SystemTables.Outbox, Failed(worker, row, attempt, dead, now), expectedVersion: 0);
            if (dead)
                await worker.GiveUpAsync(step, row, attempt.Problem!, now, ct);
            if (attempt.Also is { } also)
                await also(step, ct);
        }
    }

    private static JsonObject ResultOf(Attempt attempt) => new()
    {
        ["succeeded"] = attempt.Succeeded,
        ["problem"] = attempt.Problem,
        ["result"] = attempt.Result?.DeepClone(),
    };

    private static object?[] Failed(OutboxWorker worker, OutboxRow row, Attempt attempt, bool dead, DateTimeOffset now)
    {
        var attempts = row.Attempts + 1;
        return
        [
            row.TenantId, row.Id, row.Kind, row.Destination, row.Payload.ToJsonString(), row.IdempotencyKey,
            dead ? row.NextAt : FieldText.Microseconds(now + PauseBefore(worker, attempts, attempt.RetryAfter)),
            null, attempts, dead ? "dead" : "pending", attempt.Problem, row.InstanceId, row.BookmarkId, row.CreatedAt,
        ];
    }

    private static TimeSpan PauseBefore(OutboxWorker worker, int attempts, TimeSpan? retryAfter)
    {
        var pause = worker.Pauses[attempts] * (1 + 0.1 * Random.Shared.NextDouble());
        return retryAfter is { } asked && asked > pause ? asked : pause;
    }

    private async Task<bool> IsThereAsync(OutboxRow row, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("select exists (select from outbox where tenant_id = $1 and id = $2 and state = 'pending')");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.TenantId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.Id });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<List<OutboxRow>> ClaimAsync(OutboxWorker worker, int most, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            update outbox o
            set claimed_until = $2
            from (
                select tenant_id, id from outbox
                where state = 'pending' and kind = $3 and next_at <= $1 and (claimed_until is null or claimed_until <= $1)
                order by next_at limit $4 for update skip locked) due
            where o.tenant_id = due.tenant_id and o.id = due.id
            returning o.tenant_id, o.id, o.destination, o.payload::text, o.idempotency_key, o.attempts, o.instance_id, o.bookmark_id, o.next_at, o.created_at
            """);
        var now = time.GetUtcNow().ToUniversalTime();
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + worker.Lease });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = worker.Kind });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var claimed = new List<OutboxRow>();
        while (await reader.ReadAsync(ct))
        {
            claimed.Add(new OutboxRow(
                reader.GetGuid(0), reader.GetGuid(1), worker.Kind, reader.GetString(2), (JsonObject)JsonNode.Parse(reader.GetString(3))!,
                reader.GetString(4), reader.GetInt32(5),
                reader.IsDBNull(6) ? null : reader.GetGuid(6),
                reader.IsDBNull(7) ? null : reader.GetString(7),
                reader.GetFieldValue<DateTimeOffset>(8), reader.GetFieldValue<DateTimeOffset>(9)));
        }
        return claimed;
    }

    private sealed record Lane(OutboxWorker Worker, Wake Wake);
}
