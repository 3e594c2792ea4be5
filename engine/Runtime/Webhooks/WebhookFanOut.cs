using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;

namespace Switchboard.Runtime.Webhooks;

/// <summary>
/// Turns committed events into deliveries. Each webhook has a cursor in the event stream, which moves in the very statement
/// that inserts the deliveries of what it passes: no event is left out and none is taken up twice, whoever dies and however
/// many nodes do this. As in the live stream, a row counts when every older transaction has ended.
/// </summary>
public sealed class WebhookFanOut : BackgroundService
{
    /// <summary>The pause after a signal whose rows still wait for an older transaction, and between two statements under load.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private readonly Database database;
    private readonly WebhookPump pump;
    private readonly WebhookOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<WebhookFanOut> log;
    private readonly Wake wake;

    /// <summary>Without webhooks, no commit is a reason to look: a poll finds out when another node makes the first.</summary>
    private volatile bool isNeeded;

    private volatile bool isSignalled;

    public WebhookFanOut(Database database, WebhookPump pump, CommitSignals signals, WebhookOptions options, TimeProvider time, ILogger<WebhookFanOut> log)
    {
        (this.database, this.pump, this.options, this.time, this.log) = (database, pump, options, time, log);
        wake = new Wake(time);
        signals.Listen(SystemTables.Events, Signal);
        signals.Listen(SystemTables.WebhookEndpoints, () => isNeeded = true);
    }

    /// <summary>Takes up all that has been committed.</summary>
    /// <returns>How many deliveries there are now to be made.</returns>
    public async Task<int> TakeUpAsync(CancellationToken ct)
    {
        var queued = 0;
        while (true)
        {
            var (known, moved, inserted) = await PassAsync(ct);
            isNeeded = known;
            queued += inserted;
            if (inserted > 0)
                pump.Ring();
            if (!moved)
                return queued;
        }
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
                var wasSignalled = isSignalled;
                isSignalled = false;
                var queued = await TakeUpAsync(stoppingToken);
                if (queued > 0 || wasSignalled)
                    await Task.Delay(Breath, time, stoppingToken);
                if (queued == 0 && wasSignalled)
                    await TakeUpAsync(stoppingToken);
                await wake.SleepAsync(options.Poll, stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Events could not be taken up for webhooks; trying again in {Poll}.", options.Poll);
                await Task.Delay(options.Poll, time, stoppingToken);
            }
        }
    }

    private void Signal()
    {
        if (!isNeeded)
            return;
        isSignalled = true;
        wake.Ring();
    }

    /// <summary>
    /// A page for every webhook that is behind; a webhook that another node is at, or that is being deleted, is left alone.
    /// It waits for nobody, so that it cannot stand in the way of whoever waits for it.
    /// </summary>
    private async Task<(bool Known, bool Moved, int Inserted)> PassAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            with behind as (
                select e.tenant_id, e.id, e.cursor_tx, e.cursor_seq
                from webhook_endpoints e join webhooks w on w.tenant_id = e.tenant_id and w.id = e.id
                where ( -- no "exists", which PostgreSQL may turn into a join that reads all events
                    select v.seq from events v
                    where v.tenant_id = e.tenant_id and (v.tx, v.seq) > (e.cursor_tx, e.cursor_seq) and v.tx < pg_snapshot_xmin(pg_current_snapshot())
                    order by v.tx, v.seq limit 1) is not null
                for key share of w skip locked
                for update of e skip locked),
            page as materialized (
                select b.tenant_id, b.id as webhook_id, v.*
                from behind b cross join lateral (
                    select v.tx, v.seq, v.id as event_id, v.type, v.subject_type, v.subject_id, v.data, v.at
                    from events v
                    where v.tenant_id = b.tenant_id and (v.tx, v.seq) > (b.cursor_tx, b.cursor_seq) and v.tx < pg_snapshot_xmin(pg_current_snapshot())
                    order by v.tx, v.seq limit $2) v),
            moved as (
                update webhook_endpoints e set cursor_tx = l.tx, cursor_seq = l.seq
                from (
                    select distinct on (p.tenant_id, p.webhook_id) p.tenant_id, p.webhook_id, p.tx, p.seq
                    from page p order by p.tenant_id, p.webhook_id, p.tx desc, p.seq desc) l
                where e.tenant_id = l.tenant_id and e.id = l.webhook_id
                returning 1),
            queued as (
                insert into webhook_deliveries (
                    tenant_id, id, webhook_id, event_id, type, subject_type, subject_id, data, at, state, tries, attempts, next_at, queued_at, created_at, version)
                select p.tenant_id, uuidv7(), p.webhook_id, p.event_id, p.type, p.subject_type, p.subject_id, p.data, p.at, 'pending', 0, 0, $1, $1, $1, 1
                from page p join webhooks w on w.tenant_id = p.tenant_id and w.id = p.webhook_id
                where w.enabled and exists (
                    select from jsonb_array_elements_text(w.types) t(pattern)
                    where t.pattern = '*' or t.pattern = p.type or (t.pattern like '%.*' and starts_with(p.type, left(t.pattern, -1))))
                order by p.tx, p.seq
                returning 1)
            select exists (select from webhook_endpoints), exists (select from moved), (select count(*) from queued)::int
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = time.GetUtcNow().ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Page });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetBoolean(0), reader.GetBoolean(1), reader.GetInt32(2));
    }
}
