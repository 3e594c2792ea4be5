using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Inbox;

namespace Switchboard.Runtime.Porting;

/// <summary>
/// Tells a migration when its last number is ported: the event <c>migration.numbers_completed</c>, for which its lifecycle
/// waits while it is porting. Looks after numbers or migrations have changed, and over all numbers, because each number's
/// own step cannot know whether it is the last. The event's id keeps it from being told twice: once for each time that the
/// migration comes to porting, and once more when it has other numbers.
/// </summary>
public sealed class CompletionWatch : BackgroundService
{
    /// <summary>How long a number that another node has moved may go unseen.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(30);

    /// <summary>Least time between two looks.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>How many times as long as a look the pause after it is at least, so that a night in which numbers move all the time is not spent looking.</summary>
    private const int PauseTimes = 20;

    private static readonly HashSet<Table> Watched = [RecordTables.Of(RecordTypes.Of<PhoneNumber>()), RecordTables.Of(RecordTypes.Of<Migration>())];

    private readonly Database database;
    private readonly EventIntake intake;
    private readonly TimeProvider time;
    private readonly ILogger<CompletionWatch> log;
    private readonly Wake wake;
    private readonly HashSet<string> told = [];

    public CompletionWatch(Database database, EventIntake intake, CommitSignals signals, TimeProvider time, ILogger<CompletionWatch> log)
    {
        this.database = database;
        this.intake = intake;
        this.time = time;
        this.log = log;
        wake = new Wake(time);
        signals.ListenToChanges((table, _, _) =>
        {
            if (Watched.Contains(table))
                wake.Ring();
        });
    }

    public async Task LookAsync(CancellationToken ct)
    {
        foreach (var (tenantId, eventId, instanceId) in await CompletedAsync(ct))
        {
            if (told.Contains(eventId))
                continue;
            await intake.AcceptAsync(tenantId, new IncomingEvent("porting", eventId, "migration.numbers_completed", null, null, instanceId), null, ct);
            told.Add(eventId);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await wake.SleepAsync(Poll, stoppingToken);
            var began = time.GetTimestamp();
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Completed migrations could not be looked for; trying again in {Poll} at the latest.", Poll);
            }
            var pause = time.GetElapsedTime(began) * PauseTimes;
            await Task.Delay(pause < Pause ? Pause : pause > Poll ? Poll : pause, time, stoppingToken);
        }
    }

    private async Task<List<(Guid TenantId, string EventId, Guid? InstanceId)>> CompletedAsync(CancellationToken ct)
    {
        // The last change to porting is its last arrival there: a migration that was held and resumed waits anew.
        await using var command = database.Engine.CreateCommand("""
            select m.tenant_id, m.instance_id, concat_ws('/',
                m.id,
                (select count(*) from phone_numbers n where n.tenant_id = m.tenant_id and n.migration_id = m.id),
                (select h.id from history h
                    where h.tenant_id = m.tenant_id and h.record_type = 'migrations' and h.record_id = m.id
                        and h.changes::jsonb @> '[{"field": "status", "newValue": "porting"}]'
                    order by h.id desc limit 1))
            from migrations m
            where m.status = 'porting'
                and exists (select 1 from phone_numbers n where n.tenant_id = m.tenant_id and n.migration_id = m.id)
                and not exists (
                    select 1 from phone_numbers n
                    where n.tenant_id = m.tenant_id and n.migration_id = m.id and n.status not in ('ported', 'verified', 'failed'))
            """);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var completed = new List<(Guid, string, Guid?)>();
        while (await reader.ReadAsync(ct))
            completed.Add((reader.GetGuid(0), reader.GetString(2), reader.IsDBNull(1) ? null : reader.GetGuid(1)));
        return completed;
    }
}
