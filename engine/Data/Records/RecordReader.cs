using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <param name="Next">The cursor of the following page; null on the last.</param>
/// <param name="Total">How many there are on all pages, if the query asked.</param>
public sealed record RecordPage(IReadOnlyList<Record> Items, string? Next, long? Total);

/// <summary>Reads records of one tenant at a time, in one round trip each, under the tenant's row-level security.</summary>
public sealed class RecordReader(Database database)
{
    /// <summary>Of records that were merged one into the next, more than this is taken for endless.</summary>
    private const int MostMerges = 100;

    public async Task<Record?> GetAsync(Guid tenantId, RecordType type, Guid id, CancellationToken ct)
    {
        var found = await GetManyAsync(tenantId, type, [id], ct);
        return found.GetValueOrDefault(id);
    }

    /// <summary>Those that exist, by id.</summary>
    public Task<IReadOnlyDictionary<Guid, Record>> GetManyAsync(
        Guid tenantId, RecordType type, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        if (ids.Count == 0)
            return Task.FromResult<IReadOnlyDictionary<Guid, Record>>(new Dictionary<Guid, Record>());
        var command = new NpgsqlBatchCommand($"select {RecordTables.SelectList(type)} from {type.Table} r where r.id = any($1)")
        {
            Parameters = { new() { Value = ids.ToArray(), NpgsqlDbType = NpgsqlDbType.Uuid | NpgsqlDbType.Array } },
        };
        return database.ReadAsync<IReadOnlyDictionary<Guid, Record>>(tenantId, command, async (reader, ct) =>
        {
            var found = new Dictionary<Guid, Record>(ids.Count);
            while (await reader.ReadAsync(ct))
            {
                var record = RecordTables.Read(type, reader);
                found[record.Id] = record;
            }
            return found;
        }, ct);
    }

    /// <summary>What to answer for an id that nothing has: 404 <c>merged</c> with <c>mergedInto</c>, or <c>not_found</c>.</summary>
    public async Task<ProblemException> NotFoundAsync(Guid tenantId, RecordType type, Guid id, CancellationToken ct)
    {
        if (await MergedIntoAsync(tenantId, type, id, ct) is not { } target)
            return ProblemException.NotFound(type, id);
        return new ProblemException(
            404, "merged", $"The record {id} in {type.Name} was merged into {target}: use that one.",
            extensions: new JsonObject { ["mergedInto"] = target.ToString(), ["location"] = $"/api/{type.Name}/{target}" });
    }

    /// <summary>The record that a former one was merged into, by way of others perhaps; null if it never was, or is parted again.</summary>
    private Task<Guid?> MergedIntoAsync(Guid tenantId, RecordType type, Guid id, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            with recursive way (target_id, step) as (
                select target_id, 1 from merges where record_type = $1 and source_id = $2 and undone_at is null
                union all
                select m.target_id, way.step + 1
                from way join merges m on m.record_type = $1 and m.source_id = way.target_id and m.undone_at is null
                where way.step < $3)
            select target_id from way order by step desc limit 1
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = type.Name },
                new NpgsqlParameter<Guid> { TypedValue = id },
                new NpgsqlParameter<int> { TypedValue = MostMerges },
            },
        };
        return database.ReadAsync<Guid?>(tenantId, command, async (reader, ct) => await reader.ReadAsync(ct) ? reader.GetGuid(0) : null, ct);
    }

    /// <summary>The ids of the records that have these natural keys; keys that nothing has are absent.</summary>
    public Task<IReadOnlyDictionary<string, Guid>> FindByNaturalKeyAsync(
        Guid tenantId, RecordType type, IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var key = type.NaturalKey ?? throw new ArgumentException($"{type.Name} has no natural key.", nameof(type));
        if (keys.Count == 0)
            return Task.FromResult<IReadOnlyDictionary<string, Guid>>(new Dictionary<string, Guid>());
        var command = new NpgsqlBatchCommand($"select r.{key.Column}, r.id from {type.Table} r where r.{key.Column} = any($1)")
        {
            Parameters = { new() { Value = keys.ToArray(), NpgsqlDbType = NpgsqlDbType.Text | NpgsqlDbType.Array } },
        };
        return database.ReadAsync<IReadOnlyDictionary<string, Guid>>(tenantId, command, async (reader, ct) =>
        {
            var found = new Dictionary<string, Guid>(keys.Count, StringComparer.Ordinal);
            while (await reader.ReadAsync(ct))
                found[reader.GetString(0)] = reader.GetGuid(1);
            return found;
        }, ct);
    }

    public async Task<RecordPage> ListAsync(Guid tenantId, ListQuery query, CancellationToken ct)
    {
        var (records, isLast) = query.Leakproof ? await PageAsync(tenantId, query, ct) : await SearchAsync(tenantId, query, ct);
        if (isLast || records.Count == 0)
            return new RecordPage(records, null, query.Count ? await CountAsync(tenantId, query, ct) : null);
        if (await NamedAsync(tenantId, query, query.StartAfter(records[^1]), ct) is not { } end)
            return await ListAsync(tenantId, query, ct);
        return new RecordPage(records, query.CursorOf(end), query.Count ? await CountAsync(tenantId, query, ct) : null);
    }

    /// <summary>With names in place of the ids of what is referred to; null if one of these has been deleted since the page was read.</summary>
    private async Task<PageStart?> NamedAsync(Guid tenantId, ListQuery query, PageStart start, CancellationToken ct)
    {
        var values = start.Values.ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            if (query.Sort[i].Field.NameOf is not { NaturalKey: { } key } target || values[i] is not Guid id)
                continue;
            if (await GetAsync(tenantId, target, id, ct) is not { } named)
                return null;
            values[i] = key.Get(named);
        }
        return start with { Values = values };
    }

    public async Task<long> CountAsync(Guid tenantId, ListQuery query, CancellationToken ct)
    {
        if (query.Leakproof)
            return await database.ReadPlannedAsync(tenantId, ListSql.Count(query), ReadCountAsync, ct);
        return await FindAsync(ListSql.Count(query, tenantId), ReadCountAsync, ct);

        static async Task<long> ReadCountAsync(NpgsqlDataReader reader, CancellationToken ct)
        {
            await reader.ReadAsync(ct);
            return reader.GetInt64(0);
        }
    }

    /// <summary>How many records of a list have each value of a field, as text; at most <paramref name="limit"/> values, in their order, null last.</summary>
    public async Task<IReadOnlyList<(string? Value, long Count)>> CountByAsync(Guid tenantId, ListQuery query, QueryField field, int limit, CancellationToken ct)
    {
        if (query.Leakproof)
            return await database.ReadPlannedAsync(tenantId, ListSql.CountBy(query, field, limit), ReadCountsAsync, ct);
        return await FindAsync(ListSql.CountBy(query, field, limit, tenantId), ReadCountsAsync, ct);

        static async Task<List<(string? Value, long Count)>> ReadCountsAsync(NpgsqlDataReader reader, CancellationToken ct)
        {
            var counts = new List<(string?, long)>();
            while (await reader.ReadAsync(ct))
                counts.Add((await reader.IsDBNullAsync(0, ct) ? null : reader.GetString(0), reader.GetInt64(1)));
            return counts;
        }
    }

    /// <summary>
    /// All records of a list as one statement sees them, one after the other as the server sends them: memory stays flat
    /// however many there are. Limit and cursor of the query are passed over. The transaction is open until the last one is
    /// taken.
    /// </summary>
    public async IAsyncEnumerable<Record> StreamAsync(Guid tenantId, ListQuery query, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var transaction = await database.BeginAsync(tenantId, ct);
        await using var batch = new NpgsqlBatch(transaction.Connection) { BatchCommands = { Database.PlanForValues(), ListSql.All(query, RecordTables.SelectList(query.Type)) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            yield return RecordTables.Read(query.Type, reader);
    }

    private async Task<(List<Record> Records, bool IsLast)> PageAsync(Guid tenantId, ListQuery query, CancellationToken ct)
    {
        var records = await database.ReadPlannedAsync(tenantId, ListSql.Page(query, RecordTables.SelectList(query.Type)), async (reader, ct) =>
        {
            var records = new List<Record>(query.Limit + 1);
            while (await reader.ReadAsync(ct))
                records.Add(RecordTables.Read(query.Type, reader));
            return records;
        }, ct);
        var isLast = records.Count <= query.Limit;
        if (!isLast)
            records.RemoveAt(query.Limit);
        return (records, isLast);
    }

    /// <summary>
    /// Lists whose conditions PostgreSQL does not trust below row-level security (a text search, a tenant's own field) would
    /// read every record of the table there. So the engine's role, bound to the tenant by a condition instead, finds the ids by
    /// their indexes, and what the tenant may see of them is then read like everything else.
    /// </summary>
    private async Task<(List<Record> Records, bool IsLast)> SearchAsync(Guid tenantId, ListQuery query, CancellationToken ct)
    {
        while (true)
        {
            var ids = await FindAsync(ListSql.Page(query, "r.id", tenantId), async (reader, ct) =>
            {
                var ids = new List<Guid>(query.Limit + 1);
                while (await reader.ReadAsync(ct))
                    ids.Add(reader.GetGuid(0));
                return ids;
            }, ct);
            var found = await GetManyAsync(tenantId, query.Type, ids, ct);
            var records = ids.Take(query.Limit).Where(found.ContainsKey).Select(id => found[id]).ToList();
            // None at all although there were some: all were deleted in between, and a cursor needs one to stand behind.
            if (records.Count > 0 || ids.Count <= query.Limit)
                return (records, ids.Count <= query.Limit);
        }
    }

    private async Task<T> FindAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        await using var batch = database.Engine.CreateBatch();
        batch.BatchCommands.Add(Database.PlanForValues());
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        return await read(reader, ct);
    }
}
