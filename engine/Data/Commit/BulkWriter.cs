using Npgsql;

namespace Switchboard.Data.Commit;

/// <summary>
/// Applies steps of thousands of rows, such as a chunk of an import, in one transaction of their own: inserts by COPY,
/// updates and deletes by the committer's statements with the committer's fences. All of it is applied or nothing: there is
/// no taking out of bad steps, so the caller checks its rows before.
/// <para>
/// If the connection is lost during the commit, the outcome is not known here. Whoever may repeat a chunk puts a fenced
/// row into it (the operation's progress): then a chunk that was applied is refused when it comes again.
/// </para>
/// </summary>
public sealed class BulkWriter(NpgsqlDataSource engine, CommitSignals signals)
{
    /// <exception cref="PostgresException">A row breaks a rule of the database; nothing was applied.</exception>
    public async Task<StepOutcome> CommitAsync(IReadOnlyList<Step> steps, CancellationToken ct)
    {
        var batch = new StepBatch(steps);
        await using var connection = await engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await RunAsync(connection, batch.DeleteCommands(), ct);
            foreach (var (table, rows) in batch.InsertsInOrder())
                await CopyAsync(connection, table, rows, ct);
            await RunAsync(connection, batch.UpdateCommands(), ct);
        }
        catch (PostgresException e) when (e.SqlState == Refusal.SqlState)
        {
            return StepOutcome.Fenced; // the transaction is rolled back by its disposal
        }
        FailPoint.Hit("before_commit");
        await transaction.CommitAsync(CancellationToken.None);
        FailPoint.Hit("after_commit");
        foreach (var action in steps.SelectMany(step => step.Committed))
            action();
        signals.Raise(steps, batch);
        return StepOutcome.Committed;
    }

    private static async Task RunAsync(NpgsqlConnection connection, List<NpgsqlBatchCommand> commands, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("set local enable_seqscan = off"));
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        if (batch.BatchCommands.Count > 1)
            await batch.ExecuteNonQueryAsync(ct);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, Table table, List<object?[]> rows, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(table.Sql.Copy, ct);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(ct);
            for (var at = 0; at < table.Columns.Count; at++)
                await WriteAsync(copy, table.Columns[at], row[at], ct);
        }
        await copy.CompleteAsync(ct);
    }

    private static Task WriteAsync(NpgsqlBinaryImporter copy, Column column, object? value, CancellationToken ct) => value switch
    {
        null => copy.WriteNullAsync(ct),
        Guid id => copy.WriteAsync(id, column.Type, ct),
        string text => copy.WriteAsync(text, column.Type, ct),
        long number => copy.WriteAsync(number, column.Type, ct),
        int number => copy.WriteAsync(number, column.Type, ct),
        bool flag => copy.WriteAsync(flag, column.Type, ct),
        decimal number => copy.WriteAsync(number, column.Type, ct),
        DateOnly date => copy.WriteAsync(date, column.Type, ct),
        DateTimeOffset instant => copy.WriteAsync(instant.ToUniversalTime(), column.Type, ct),
        byte[] bytes => copy.WriteAsync(bytes, column.Type, ct),
        _ => throw new InvalidCastException($"A row has a {value.GetType().Name} for column {column.Name} ({column.Type})."),
    };
}
