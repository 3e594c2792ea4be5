using Npgsql;

namespace Switchboard.Data;

/// <summary>What the public schema of a database has.</summary>
/// <param name="Columns">By table, by column: its type as <c>format_type</c> writes it, and whether it can be null.</param>
public sealed record ExistingSchema(
    IReadOnlyDictionary<string, Dictionary<string, (string Type, bool Nullable)>> Columns,
    IReadOnlySet<string> Indexes,
    IReadOnlySet<string> Constraints)
{
    public static async Task<ExistingSchema> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var columns = new Dictionary<string, Dictionary<string, (string, bool)>>();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("""
                    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull
                    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                    order by c.relname, a.attnum
                    """),
                new NpgsqlBatchCommand("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('i', 'I')"),
                new NpgsqlBatchCommand("select conname from pg_constraint where connamespace = 'public'::regnamespace"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (!columns.TryGetValue(reader.GetString(0), out var table))
                columns.Add(reader.GetString(0), table = []);
            table.Add(reader.GetString(1), (reader.GetString(2), reader.GetBoolean(3)));
        }
        return new ExistingSchema(columns, await NamesAsync(reader, ct), await NamesAsync(reader, ct));
    }

    private static async Task<HashSet<string>> NamesAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        await reader.NextResultAsync(ct);
        var names = new HashSet<string>();
        while (await reader.ReadAsync(ct))
            names.Add(reader.GetString(0));
        return names;
    }
}
