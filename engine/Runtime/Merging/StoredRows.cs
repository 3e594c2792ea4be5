using System.Text.Json.Nodes;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Runtime.Merging;

/// <summary>Rows of the tables that a merge changes, as steps write them: read, and read back from what was kept of them.</summary>
internal static class StoredRows
{
    private static readonly Dictionary<string, Table> SystemTablesByName = new[]
    {
        SystemTables.Instances, SystemTables.Bookmarks, SystemTables.Timers, SystemTables.Comments, SystemTables.Tags,
    }.ToDictionary(table => table.Name);

    private static readonly Dictionary<string, RecordType> RecordTypesByTable = RecordTypes.All.ToDictionary(type => type.Table);

    /// <summary>Null for a table that holds no records.</summary>
    public static RecordType? TypeOf(string table) => RecordTypesByTable.GetValueOrDefault(table);

    /// <summary>The tables whose changes a merge takes back; all others are added to only (history, audit, events, journal).</summary>
    public static Table? TableOf(string name) =>
        RecordTypesByTable.TryGetValue(name, out var type) ? RecordTables.Of(type) : SystemTablesByName.GetValueOrDefault(name);

    /// <param name="where">A condition over the alias <c>r</c>; <c>$1</c> is the tenant, <c>$2</c> what is given.</param>
    public static async Task<List<object?[]>> SelectAsync<T>(
        NpgsqlConnection connection, Table table, string where, Guid tenantId, T given, CancellationToken ct, string then = "")
    {
        await using var command = new NpgsqlCommand($"select {Columns(table)} from {table.Name} r where r.tenant_id = $1 and {where}{then}", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = tenantId }, new NpgsqlParameter<T> { TypedValue = given } },
        };
        return await ReadAsync(command, table, ct);
    }

    /// <summary>Rows that were kept as JSON, with the types of the table.</summary>
    public static async Task<List<object?[]>> OfJsonAsync(NpgsqlConnection connection, Table table, JsonNode rows, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select {Columns(table)} from jsonb_populate_recordset(null::{table.Name}, $1) r", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = rows.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb } },
        };
        return await ReadAsync(command, table, ct);
    }

    public static async Task<List<Record>> RecordsOfJsonAsync(NpgsqlConnection connection, RecordType type, JsonNode rows, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"select {RecordTables.SelectList(type)} from jsonb_populate_recordset(null::{type.Table}, $1) r", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = rows.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb } },
        };
        return await RecordsAsync(command, type, ct);
    }

    /// <summary>Records by their ids, in the order of these, so that two who lock the same ones do not wait for each other.</summary>
    public static async Task<Dictionary<Guid, Record>> LockAsync(
        NpgsqlConnection connection, RecordType type, Guid tenantId, IEnumerable<Guid> ids, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"select {RecordTables.SelectList(type)} from {type.Table} r where r.tenant_id = $1 and r.id = any($2) order by r.id for update of r", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = tenantId }, new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] } },
        };
        return (await RecordsAsync(command, type, ct)).ToDictionary(record => record.Id);
    }

    /// <summary>Rows as JSON, a list a table, before a step changes or deletes them.</summary>
    public static async Task<JsonArray> KeepAsync(NpgsqlConnection connection, string table, string column, Guid tenantId, Guid[] values, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text from {table} r where r.tenant_id = $1 and r.{column} = any($2)", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = tenantId }, new NpgsqlParameter<Guid[]> { TypedValue = values } },
        };
        return JsonNode.Parse((string)(await command.ExecuteScalarAsync(ct))!)!.AsArray();
    }

    /// <summary>
    /// What rows say, but for the counting of their changes, by id. What they have no value for is left out, so that a column
    /// that a later version of the schema adds makes no difference.
    /// </summary>
    public static async Task<Dictionary<Guid, string>> FingerprintsAsync(NpgsqlConnection connection, string table, Guid tenantId, Guid[] ids, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"select r.id, md5(jsonb_strip_nulls(to_jsonb(r) - 'version' - 'updated_at')::text) from {table} r where r.tenant_id = $1 and r.id = any($2)", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = tenantId }, new NpgsqlParameter<Guid[]> { TypedValue = ids } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var fingerprints = new Dictionary<Guid, string>(ids.Length);
        while (await reader.ReadAsync(ct))
            fingerprints.Add(reader.GetGuid(0), reader.GetString(1));
        return fingerprints;
    }

    public static async Task<List<Record>> RecordsAsync(NpgsqlCommand command, RecordType type, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var records = new List<Record>();
        while (await reader.ReadAsync(ct))
            records.Add(RecordTables.Read(type, reader));
        return records;
    }

    private static string Columns(Table table) => string.Join(", ", table.Columns.Select(column => $"r.\"{column.Name}\""));

    private static async Task<List<object?[]>> ReadAsync(NpgsqlCommand command, Table table, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<object?[]>();
        while (await reader.ReadAsync(ct))
            rows.Add([.. table.Columns.Select((column, at) => reader.IsDBNull(at) ? null : ValueOf(reader, at, column.Type))]);
        return rows;
    }

    private static object ValueOf(NpgsqlDataReader reader, int at, NpgsqlDbType type) => type switch
    {
        NpgsqlDbType.TimestampTz => reader.GetFieldValue<DateTimeOffset>(at),
        NpgsqlDbType.Date => reader.GetFieldValue<DateOnly>(at),
        NpgsqlDbType.Jsonb => reader.GetString(at),
        _ => reader.GetValue(at),
    };
}
