using System.Diagnostics.Metrics;

using Npgsql;

using Switchboard.Data;

namespace Switchboard.Host;

/// <summary>
/// Figures that stand in the database and not in this process: what waits, and for how long. Read every half minute, and
/// only while telemetry is exported. Every node reports the same ones, so a dashboard takes the maximum.
/// </summary>
internal sealed class Gauges : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Database database;
    private readonly TimeProvider time;
    private readonly ILogger<Gauges> log;

    /// <summary>By instrument: its values by what they are about.</summary>
    private volatile IReadOnlyDictionary<string, List<Measurement<double>>> latest = new Dictionary<string, List<Measurement<double>>>();

    public Gauges(Database database, TimeProvider time, IMeterFactory meters, ILogger<Gauges> log)
    {
        (this.database, this.time, this.log) = (database, time, log);
        var meter = meters.Create(Telemetry.Name);
        Observe("workflow.instances", "{instance}", "Unfinished instances by state.");
        Observe("inbox.lag", "s", "Age of the oldest stimulus that has not been taken up.");
        Observe("outbox.lag", "{message}", "Messages that have not been sent.");
        Observe("outbox.age", "s", "Age of the oldest message that is due and has not been sent.");
        Observe("webhook.age", "s", "Age of the oldest event that is due at a webhook and has not been attempted.");
        Observe("timer.overdue", "s", "How late the timer is that should have fired first.");
        Observe("task.open", "{task}", "Open and claimed tasks.");
        Observe("task.age", "s", "Age of the oldest open task.");

        void Observe(string name, string unit, string description) =>
            meter.CreateObservableGauge(name, () => latest.GetValueOrDefault(name) ?? [], unit, description);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                latest = await ReadAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "The gauges could not be read; trying again in {Interval}", Interval);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<Dictionary<string, List<Measurement<double>>>> ReadAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            select 'workflow.instances', sub_status, count(*)::float8 from instances where finished_at is null group by sub_status
            union all select 'inbox.lag', null, coalesce(extract(epoch from $1 - min(received_at)), 0)::float8 from inbox where state = 'pending'
            union all select 'outbox.lag', null, count(*)::float8 from outbox where state = 'pending'
            union all select 'outbox.age', null, coalesce(extract(epoch from $1 - min(next_at)), 0)::float8 from outbox where state = 'pending' and next_at <= $1
            union all select 'webhook.age', null, coalesce(extract(epoch from $1 - min(d.next_at)), 0)::float8
                from webhook_deliveries d join webhooks w on w.tenant_id = d.tenant_id and w.id = d.webhook_id and w.enabled
                where d.state = 'pending' and d.next_at <= $1
            union all select 'timer.overdue', null, coalesce(extract(epoch from $1 - min(due_at)), 0)::float8 from timers where due_at <= $1
            union all select 'task.open', null, count(*)::float8 from tasks where status in ('open', 'claimed')
            union all select 'task.age', null, coalesce(extract(epoch from $1 - min(created_at)), 0)::float8 from tasks where status in ('open', 'claimed')
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = time.GetUtcNow() });
        var read = new Dictionary<string, List<Measurement<double>>>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (!read.TryGetValue(reader.GetString(0), out var values))
                read.Add(reader.GetString(0), values = []);
            values.Add(await reader.IsDBNullAsync(1, ct)
                ? new Measurement<double>(reader.GetDouble(2))
                : new Measurement<double>(reader.GetDouble(2), new KeyValuePair<string, object?>("state", reader.GetString(1))));
        }

        return read;
    }
}
