using System.Runtime.InteropServices;

using Npgsql;

using NpgsqlTypes;

namespace Switchboard.Data.Commit;

/// <summary>
/// The rows of many steps, grouped by table and kind, as statements of one implicit transaction. The order is: deletes
/// (referring tables first), updates of tables that say so, inserts (referred tables first), all other updates; so an
/// update may refer to a row that its own step inserts, and an insert may take a unique key that its own step frees by a
/// delete.
/// </summary>
internal sealed class StepBatch
{
    private readonly Dictionary<Table, TableRows> tables = [];

    public StepBatch(IEnumerable<Step> steps)
    {
        foreach (var step in steps)
        {
            foreach (var row in step.Deletes)
                Of(row.Table).AddDelete(step.TenantId, row);
            foreach (var row in step.Inserts)
                Of(row.Table).Inserts.Add(row.Row);
            foreach (var row in step.Updates)
                Of(row.Table).AddUpdate(row);
            foreach (var row in step.Reliances)
                Of(row.Table).AddReliance(step.TenantId, row);
        }
        Ordered = [.. tables.Values.OrderBy(rows => rows.Table.Rank).ThenBy(rows => rows.Table.Name, StringComparer.Ordinal)];
    }

    private List<TableRows> Ordered { get; }

    public IEnumerable<Table> InsertedTables => Ordered.Where(rows => rows.Inserts.Count > 0).Select(rows => rows.Table);

    /// <summary>All statements in order. Anew each time, because a command of Npgsql's belongs to the connection that it was prepared on.</summary>
    /// <exception cref="InvalidCastException">A row does not fit its table.</exception>
    public List<NpgsqlBatchCommand> Commands()
    {
        var commands = CommandsBeforeInserts();
        foreach (var rows in Ordered)
            rows.AppendInsert(commands);
        commands.AddRange(CommandsAfterInserts());
        return commands;
    }

    public List<NpgsqlBatchCommand> CommandsBeforeInserts()
    {
        var commands = new List<NpgsqlBatchCommand>(Ordered.Count * 2);
        for (var i = Ordered.Count - 1; i >= 0; i--)
            Ordered[i].AppendDeletes(commands);
        foreach (var rows in Ordered.Where(rows => rows.Table.UpdatesFirst))
            rows.AppendUpdate(commands);
        return commands;
    }

    public List<NpgsqlBatchCommand> CommandsAfterInserts()
    {
        var commands = new List<NpgsqlBatchCommand>(Ordered.Count);
        foreach (var rows in Ordered.Where(rows => !rows.Table.UpdatesFirst))
            rows.AppendUpdate(commands);
        return commands;
    }

    /// <summary>Only looks whether the fences hold, and what the steps rely on; rows that the batch itself inserts are not looked for.</summary>
    public List<NpgsqlBatchCommand> CheckCommands()
    {
        var commands = new List<NpgsqlBatchCommand>(Ordered.Count);
        foreach (var rows in Ordered)
            rows.AppendCheck(commands);
        return commands;
    }

    /// <summary>The inserts alone, in statements of at most so many rows, each made when it is asked for.</summary>
    public IEnumerable<NpgsqlBatchCommand> InsertCommands(int rowsPerStatement) => Ordered.SelectMany(rows => rows.InsertCommands(rowsPerStatement));

    private TableRows Of(Table table)
    {
        if (!tables.TryGetValue(table, out var rows))
            tables.Add(table, rows = new TableRows(table));
        return rows;
    }

    private sealed class TableRows(Table table)
    {
        private readonly List<object?[]> updates = [];
        private readonly List<long> expected = [];
        private readonly List<Key> deletes = [];
        private readonly List<Key> anyDeletes = [];
        private readonly List<Key> reliances = [];

        public Table Table { get; } = table;

        public List<object?[]> Inserts { get; } = [];

        public void AddUpdate(RowUpdate row)
        {
            updates.Add(row.Row);
            expected.Add(row.ExpectedVersion);
        }

        public void AddDelete(Guid tenantId, RowDelete row)
        {
            var list = row.ExpectedVersion is null ? anyDeletes : deletes;
            list.Add(new Key(tenantId, row.Id, row.ExpectedVersion ?? 0));
        }

        public void AddReliance(Guid tenantId, RowReliance row) => reliances.Add(new Key(tenantId, row.Id, row.Version));

        public void AppendDeletes(List<NpgsqlBatchCommand> commands)
        {
            if (anyDeletes.Count > 0)
                commands.Add(KeysCommand(Table.Sql.DeleteAny, anyDeletes, fenced: false));
            if (deletes.Count > 0)
                commands.Add(KeysCommand(Table.Sql.Delete, deletes, fenced: Table.VersionAt >= 0));
        }

        public void AppendInsert(List<NpgsqlBatchCommand> commands)
        {
            if (Inserts.Count > 0)
                commands.Add(RowsCommand(Table.Sql.Insert, Inserts));
        }

        public IEnumerable<NpgsqlBatchCommand> InsertCommands(int rowsPerStatement)
        {
            for (var from = 0; from < Inserts.Count; from += rowsPerStatement)
                yield return RowsCommand(Table.Sql.Insert, Inserts.GetRange(from, Math.Min(rowsPerStatement, Inserts.Count - from)));
        }

        public void AppendUpdate(List<NpgsqlBatchCommand> commands)
        {
            if (updates.Count == 0)
                return;
            var command = RowsCommand(Table.Sql.Update, updates);
            if (Table.VersionAt >= 0)
                command.Parameters.Add(ColumnArray.Of(NpgsqlDbType.Bigint, expected.ToArray()));
            commands.Add(command);
        }

        public void AppendCheck(List<NpgsqlBatchCommand> commands)
        {
            var inserted = Inserts.Select(row => (Guid)row[1]!).ToHashSet();
            var keys = updates.Select((row, i) => new Key((Guid)row[0]!, (Guid)row[1]!, expected[i])).Concat(deletes).Concat(reliances)
                .Where(key => !inserted.Contains(key.Id)).ToList();
            if (keys.Count > 0)
                commands.Add(KeysCommand(Table.Sql.Check, keys, fenced: Table.VersionAt >= 0));
        }

        private NpgsqlBatchCommand RowsCommand(string sql, List<object?[]> rows)
        {
            var command = new NpgsqlBatchCommand(sql);
            var span = CollectionsMarshal.AsSpan(rows);
            for (var at = 0; at < Table.Columns.Count; at++)
                command.Parameters.Add(ColumnArray.Of(Table.Columns[at], at, span));
            return command;
        }

        private static NpgsqlBatchCommand KeysCommand(string sql, List<Key> keys, bool fenced)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(ColumnArray.Of(NpgsqlDbType.Uuid, keys.ConvertAll(key => key.TenantId).ToArray()));
            command.Parameters.Add(ColumnArray.Of(NpgsqlDbType.Uuid, keys.ConvertAll(key => key.Id).ToArray()));
            if (fenced)
                command.Parameters.Add(ColumnArray.Of(NpgsqlDbType.Bigint, keys.ConvertAll(key => key.Version).ToArray()));
            return command;
        }
    }

    private readonly record struct Key(Guid TenantId, Guid Id, long Version);
}

/// <summary>
/// What the SQL function <c>fence</c> raised: the rows that did not have the expected version. Their ids are enough to find
/// the steps: keys are unique over all tables.
/// </summary>
internal sealed class Refusal(HashSet<Guid> ids)
{
    public const string SqlState = "SB001";

    public static Refusal Of(PostgresException e) => new([.. (e.Hint ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Guid.Parse)]);

    public bool Has(Guid id) => ids.Contains(id);

    public bool Concerns(Step step) =>
        step.Updates.Exists(row => ids.Contains((Guid)row.Row[1]!))
        || step.Deletes.Exists(row => row.ExpectedVersion is not null && ids.Contains(row.Id));
}
