using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Runtime.Inbox;

namespace Switchboard.Runtime.Porting;

/// <summary>
/// Tells a migration when its last number is ported: the event <c>migration.numbers_completed</c>, for which its lifecycle
/// waits while it is porting. Looks after the fact, over all numbers, because each number's own step cannot know whether
/// it is the last; the event's id keeps it from being told twice.
/// </summary>
public sealed class CompletionWatch : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    private readonly Database database;
    private readonly EventIntake intake;
    private readonly TimeProvider time;
    private readonly ILogger<CompletionWatch> log;
    private readonly HashSet<(Guid, int)> told = [];

    public CompletionWatch(Database database, EventIntake intake, TimeProvider time, ILogger<CompletionWatch> log)
    {
        this.database = database;
        this.intake = intake;
        this.time = time;
        this.log = log;
    }

    public async Task LookAsync(CancellationToken ct)
    {
        foreach (var (tenantId, migrationId, instanceId, total) in await CompletedAsync(ct))
        {
            if (told.Add((migrationId, total)))
            {
                await intake.AcceptAsync(
                    tenantId, new IncomingEvent("porting", $"{migrationId}/{total}", "migration.numbers_completed", null, null, instanceId),
                    null, ct);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Poll, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Completed migrations could not be looked for; trying again in {Poll}.", Poll);
            }
        }
    }

    private async Task<List<(Guid TenantId, Guid MigrationId, Guid? InstanceId, int Total)>> CompletedAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            select m.tenant_id, m.id, m.instance_id, (select count(*)::int from phone_numbers n where n.tenant_id = m.tenant_id and n.migration_id = m.id)
            from migrations m
            where m.status = 'porting'
                and exists (select 1 from phone_numbers n where n.tenant_id = m.tenant_id and n.migration_id = m.id)
                and not exists (
                    select 1 from phone_numbers n
                    where n.tenant_id = m.tenant_id and n.migration_id = m.id and n.status not in ('ported', 'verified', 'failed'))
            """);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var completed = new List<(Guid, Guid, Guid?, int)>();
        while (await reader.ReadAsync(ct))
            completed.Add((reader.GetGuid(0), reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetGuid(2), reader.GetInt32(3)));
        return completed;
    }
}
