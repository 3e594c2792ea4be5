using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Runtime.Work;

namespace Switchboard.Runtime.Housekeeping;

/// <summary>
/// What has to be done from time to time to the rows of all tenants. Each chore can stop anywhere and be done again, also by
/// two nodes at once: it takes rows in batches, and leaves those alone that somebody else has locked.
/// </summary>
public sealed class Chores(Database database, Tasks tasks, HousekeepingOptions options, TimeProvider time)
{
    /// <summary>All of them, one after the other.</summary>
    /// <returns>How many rows each took, for those that took any.</returns>
    public async Task<IReadOnlyDictionary<string, int>> DoAsync(CancellationToken ct)
    {
        var done = new Dictionary<string, int>();
        foreach (var (name, chore) in new (string, Func<CancellationToken, Task<int>>)[]
        {
            ("delegated_tasks", ReturnDelegatedTasksAsync),
            ("idempotency_keys", ForgetIdempotencyKeysAsync),
            ("seen_events", ForgetSeenEventsAsync),
            ("operation_files", ForgetOperationFilesAsync),
            ("sessions", ForgetSessionsAsync),
            ("ended_messages", ForgetEndedMessagesAsync),
            ("events", ForgetEventsAsync),
            ("webhook_deliveries", ForgetDeliveriesAsync),
            ("moved_instances", ForgetMovedInstancesAsync),
            ("deletions", ForgetDeletionsAsync),
        })
        {
            if (await chore(ct) is var count and > 0)
                done.Add(name, count);
        }
        return done;
    }

    public Task<int> ForgetIdempotencyKeysAsync(CancellationToken ct) => ForgetAsync("""
        delete from idempotency_keys where (tenant_id, id) in (
            select tenant_id, id from idempotency_keys where created_at < $1
            order by created_at limit $2 for update skip locked)
        """, options.IdempotencyKeys, ct);

    public Task<int> ForgetSeenEventsAsync(CancellationToken ct) => ForgetAsync("""
        delete from inbox_seen where (tenant_id, id) in (
            select tenant_id, id from inbox_seen where received_at < $1
            order by received_at limit $2 for update skip locked)
        """, options.SeenEvents, ct);

    /// <summary>Counts from the end of the operation: one that still runs keeps its files however old they are.</summary>
    public Task<int> ForgetOperationFilesAsync(CancellationToken ct) => ForgetAsync("""
        delete from operation_files where (tenant_id, id) in (
            select f.tenant_id, f.id
            from operation_files f join operations o on o.tenant_id = f.tenant_id and o.id = f.operation_id
            where f.created_at < $1 and o.updated_at < $1 and o.status not in ('queued', 'running')
            order by f.created_at limit $2 for update of f skip locked)
        """, options.OperationFiles, ct);

    public Task<int> ForgetSessionsAsync(CancellationToken ct) => ForgetAsync("""
        delete from sessions where (tenant_id, id) in (
            select tenant_id, id from sessions where refreshed_at < $1
            order by refreshed_at limit $2 for update skip locked)
        """, options.Sessions, ct);

    public Task<int> ForgetEndedMessagesAsync(CancellationToken ct) => ForgetAsync("""
        delete from outbox where (tenant_id, id) in (
            select tenant_id, id from outbox where state <> 'pending' and created_at < $1
            order by created_at limit $2 for update skip locked)
        """, options.EndedMessages, ct);

    public Task<int> ForgetEventsAsync(CancellationToken ct) => ForgetAsync("""
        delete from events where ctid = any (array(
            select ctid from events where at < $1
            limit $2 for update skip locked))
        """, options.Events, ct);

    /// <summary>Those that still wait too: what a webhook that was switched off so long ago should have been told.</summary>
    public Task<int> ForgetDeliveriesAsync(CancellationToken ct) => ForgetAsync("""
        delete from webhook_deliveries where (tenant_id, id) in (
            select tenant_id, id from webhook_deliveries where queued_at < $1
            order by queued_at limit $2 for update skip locked)
        """, options.Deliveries, ct);

    /// <summary>What became of each instance that a migration moved or previewed. Counts from the end of the migration; an undo that runs keeps them.</summary>
    public Task<int> ForgetMovedInstancesAsync(CancellationToken ct) => ForgetAsync("""
        delete from instance_migrations where (tenant_id, id) in (
            select m.tenant_id, m.id
            from operations o join instance_migrations m on m.tenant_id = o.tenant_id and m.operation_id = o.id
            where o.kind = 'workflow-migration' and o.updated_at < $1 and o.status not in ('queued', 'running')
              and not exists (
                select from operations u
                where u.tenant_id = o.tenant_id and u.kind = 'workflow-migration-undo' and u.status in ('queued', 'running')
                  and u.request->>'operationId' = o.id::text)
            order by m.tenant_id, m.id limit $2 for update of m skip locked)
        """, options.MovedInstances, ct);

    /// <summary>After that they cannot be undone, and nothing of what they deleted is left but its history.</summary>
    public Task<int> ForgetDeletionsAsync(CancellationToken ct) => ForgetAsync("""
        delete from deletions where (tenant_id, id) in (
            select tenant_id, id from deletions where deleted_at < $1
            order by deleted_at limit $2 for update skip locked)
        """, options.Deletions, ct);

    /// <summary>Tasks that were delegated until a time that has come go back to whom they came from.</summary>
    public async Task<int> ReturnDelegatedTasksAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var returned = 0;
        foreach (var (tenant, id) in await DelegatedUntilAsync(now, ct))
        {
            if (await tasks.ReturnAsync(tenant, id, ChangeContext.Engine("return", now), ct))
                returned++;
        }
        return returned;
    }

    /// <summary>At most a batch: what is left over is there the next time.</summary>
    private async Task<List<(Guid Tenant, Guid Id)>> DelegatedUntilAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            select tenant_id, id from tasks
            where delegated_until <= $1 and status in ('open', 'claimed')
            order by delegated_until limit $2
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now.ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Batch });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<(Guid, Guid)>();
        while (await reader.ReadAsync(ct))
            due.Add((reader.GetGuid(0), reader.GetGuid(1)));
        return due;
    }

    /// <param name="sql">Deletes at most <c>$2</c> rows that are older than <c>$1</c>.</param>
    private async Task<int> ForgetAsync(string sql, TimeSpan age, CancellationToken ct)
    {
        var before = (time.GetUtcNow() - age).ToUniversalTime();
        for (var forgotten = 0; ;)
        {
            await using var command = database.Engine.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = before });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Batch });
            var rows = await command.ExecuteNonQueryAsync(ct);
            forgotten += rows;
            if (rows < options.Batch)
                return forgotten;
        }
    }
}
