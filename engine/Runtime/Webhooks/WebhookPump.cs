using System.Diagnostics.Metrics;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Webhooks;

/// <summary>A delivery that this node has claimed, with what the attempt needs of its webhook.</summary>
public sealed record ClaimedDelivery(
    WebhookDelivery Delivery, string Url, byte[] Secret, byte[]? PreviousSecret, DateTimeOffset? PreviousUntil, bool WasFailing);

/// <summary>
/// Makes the attempts that are due. A delivery is claimed for a while by one node, attempted, and its end written with the
/// version of the claim; so nodes side by side attempt each once, and what a dead node had claimed is attempted again when
/// the claim has run out. Every webhook has places of its own, so that a slow receiver holds up itself alone.
/// </summary>
public sealed class WebhookPump : BackgroundService
{
    private static readonly Counter<long> Attempts = new Meter("Switchboard").CreateCounter<long>("webhook.attempts");

    private readonly Database database;
    private readonly GroupCommitter committer;
    private readonly WebhookSender sender;
    private readonly WebhookHealth health;
    private readonly WebhookOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<WebhookPump> log;
    private readonly Wake wake;

    private readonly Lock gate = new();

    /// <summary>How many attempts are under way, by webhook; under the gate.</summary>
    private readonly Dictionary<Guid, int> busy = [];

    /// <summary>Touched by the loop alone.</summary>
    private readonly List<Task> running = [];

    public WebhookPump(
        Database database, GroupCommitter committer, CommitSignals signals, WebhookSender sender, WebhookHealth health, WebhookOptions options,
        TimeProvider time, ILogger<WebhookPump> log)
    {
        options.Validate();
        (this.database, this.committer, this.sender, this.health) = (database, committer, sender, health);
        (this.options, this.time, this.log) = (options, time, log);
        wake = new Wake(time);
        signals.Listen(SystemTables.WebhookDeliveries, wake.Ring);
    }

    /// <summary>There may be something due.</summary>
    public void Ring() => wake.Ring();

    /// <summary>Attempts everything that is due now, and waits for the ends.</summary>
    /// <returns>How many attempts were made.</returns>
    public async Task<int> SendDueAsync(CancellationToken ct)
    {
        var sent = 0;
        while (await StartDueAsync(ct) is var started and > 0)
        {
            sent += started;
            await Task.WhenAll(running);
        }
        return sent;
    }

    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                if (await TryStartDueAsync(stoppingToken) == 0)
                    await wake.SleepAsync(options.Poll, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What has been sent already should not be sent again: attempts under way end by themselves, within their time-out.
            await Task.WhenAll(running);
        }
    }

    private async Task<int> TryStartDueAsync(CancellationToken ct)
    {
        try
        {
            return await StartDueAsync(ct);
        }
        catch (NpgsqlException e)
        {
            log.LogWarning(e, "Due deliveries of webhooks could not be read; trying again in {Poll}.", options.Poll);
            return 0;
        }
    }

    private async Task<int> StartDueAsync(CancellationToken ct)
    {
        (Guid Webhook, int Attempts)[] taken;
        lock (gate)
            taken = [.. busy.Select(pair => (pair.Key, pair.Value))];
        var free = options.AtOnce - taken.Sum(pair => pair.Attempts);
        if (free <= 0)
            return 0;
        var claimed = await ClaimAsync(taken, free, ct);
        running.RemoveAll(attempt => attempt.IsCompleted);
        running.AddRange(claimed.Select(RunAsync));
        return claimed.Count;
    }

    private async Task RunAsync(ClaimedDelivery claimed)
    {
        var webhook = claimed.Delivery.WebhookId;
        lock (gate)
            busy[webhook] = busy.GetValueOrDefault(webhook) + 1;
        await AttemptAsync(claimed);
        lock (gate)
        {
            if (--busy[webhook] == 0)
                busy.Remove(webhook);
        }
        wake.Ring(); // a place is free
    }

    private async Task AttemptAsync(ClaimedDelivery claimed)
    {
        var delivery = claimed.Delivery;
        try
        {
            var answer = await sender.SendAsync(claimed, CancellationToken.None);
            Attempts.Add(1, new KeyValuePair<string, object?>("result", answer.Problem is null ? "delivered" : "failed"));
            await WriteAsync(claimed, answer, FieldText.Microseconds(time.GetUtcNow()), CancellationToken.None);
        }
        catch (Exception e)
        {
            // The claim runs out and the delivery is attempted again.
            log.LogError(e, "What became of delivery {Delivery} of webhook {Webhook} could not be written.", delivery.Id, delivery.WebhookId);
        }
    }

    private async Task WriteAsync(ClaimedDelivery claimed, WebhookAnswer answer, DateTimeOffset now, CancellationToken ct)
    {
        var delivery = claimed.Delivery;
        if (answer.Problem is null)
        {
            if (claimed.WasFailing)
                await health.SucceededAsync(delivery, ct);
        }
        else
        {
            // Before the end of the attempt is written: who dies in between finds out again at the next one.
            var since = await health.FailedAsync(delivery, now, answer.RetryAfter, ct);
            if (answer.IsGone)
                await health.DisableAsync(delivery.TenantId, delivery.WebhookId, "gone", "Its receiver answered 410 Gone.", now, ct);
            else if (now - since >= options.DisableAfter)
                await health.DisableAsync(delivery.TenantId, delivery.WebhookId, "failing", $"Since {FieldText.Format(since)} every attempt has failed, at last with: {answer.Problem}", now, ct);
        }

        var ended = Ended(delivery, answer, now);
        var step = new Step(delivery.TenantId);
        step.Update(SystemTables.WebhookDeliveries, ended.Row, delivery.Version);
        if (await committer.CommitAsync(step, ct) == StepOutcome.Fenced)
            log.LogInformation("Delivery {Delivery} of webhook {Webhook} was changed or deleted while it was attempted.", delivery.Id, delivery.WebhookId);
    }

    private WebhookDelivery Ended(WebhookDelivery delivery, WebhookAnswer answer, DateTimeOffset now)
    {
        var ended = delivery with
        {
            Tries = delivery.Tries + 1,
            Attempts = delivery.Attempts + 1,
            ClaimedUntil = null,
            AttemptedAt = now,
            ResponseStatus = answer.Status,
            Problem = answer.Problem,
            Version = delivery.Version + 1,
        };
        if (answer.Problem is null)
            return ended with { State = WebhookDelivery.Delivered };
        return answer.IsGone || ended.Tries > options.Pauses.Count
            ? ended with { State = WebhookDelivery.Failed }
            : ended with { NextAt = FieldText.Microseconds(now + PauseAfter(ended.Tries, answer.RetryAfter)) };
    }

    private TimeSpan PauseAfter(int tries, TimeSpan? retryAfter)
    {
        var pause = options.Pauses[tries - 1] * (1 + 0.2 * Random.Shared.NextDouble());
        return retryAfter is { } asked && asked > pause ? asked : pause;
    }

    /// <summary>
    /// Goes from webhook to webhook that has anything pending, by the index and past all others, and takes of each what is
    /// due as far as it has places here.
    /// </summary>
    private async Task<List<ClaimedDelivery>> ClaimAsync((Guid Webhook, int Attempts)[] taken, int most, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand($"""
            with recursive waiting as (
                (select p.tenant_id, p.webhook_id from webhook_deliveries p where p.state = 'pending' order by p.tenant_id, p.webhook_id limit 1)
                union all
                select n.tenant_id, n.webhook_id
                from waiting l cross join lateral (
                    select p.tenant_id, p.webhook_id from webhook_deliveries p
                    where p.state = 'pending' and (p.tenant_id, p.webhook_id) > (l.tenant_id, l.webhook_id)
                    order by p.tenant_id, p.webhook_id limit 1) n),
            due as materialized (
                select p.tenant_id, p.id, w.url, e.secret, e.previous_secret, e.previous_until, e.failing_since is not null as was_failing
                from waiting l
                join webhooks w on w.tenant_id = l.tenant_id and w.id = l.webhook_id and w.enabled
                join webhook_endpoints e on e.tenant_id = l.tenant_id and e.id = l.webhook_id and (e.paused_until is null or e.paused_until <= $1)
                left join unnest($3::uuid[], $4::int[]) as b(webhook_id, attempts) on b.webhook_id = l.webhook_id
                cross join lateral (
                    select d.tenant_id, d.id, d.next_at from webhook_deliveries d
                    where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.state = 'pending'
                      and d.next_at <= $1 and (d.claimed_until is null or d.claimed_until <= $1)
                    order by d.next_at limit greatest($5 - coalesce(b.attempts, 0), 0) for update skip locked) p
                order by p.next_at limit $6)
            update webhook_deliveries d set claimed_until = $2, version = d.version + 1
            from due
            where d.tenant_id = due.tenant_id and d.id = due.id
            returning {WebhookDelivery.Columns}, due.url, due.secret, due.previous_secret, due.previous_until, due.was_failing
            """);
        var now = time.GetUtcNow().ToUniversalTime();
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now + options.Lease });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = Array.ConvertAll(taken, pair => pair.Webhook) });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(taken, pair => pair.Attempts) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.PerWebhook });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var claimed = new List<ClaimedDelivery>();
        while (await reader.ReadAsync(ct))
        {
            const int at = WebhookDelivery.ColumnCount;
            claimed.Add(new ClaimedDelivery(
                WebhookDelivery.Read(reader), reader.GetString(at), (byte[])reader.GetValue(at + 1), reader.IsDBNull(at + 2) ? null : (byte[])reader.GetValue(at + 2),
                WebhookDelivery.Instant(reader, at + 3), reader.GetBoolean(at + 4)));
        }
        return claimed;
    }
}
