using Npgsql;

namespace Switchboard.Data.Commit;

/// <summary>
/// Applies steps of thousands of rows, such as a chunk of an import, in one transaction of their own, with the committer's
/// statements and fences. All of it is applied or nothing: there is no taking out of bad steps, so the caller checks its
/// rows before. (Not by COPY: PostgreSQL refuses it under row-level security, and multi-row inserts are as fast.)
/// <para>
/// If the connection is lost during the commit, the outcome is not known here. Whoever may repeat a chunk puts a fenced
/// row into it (the operation's progress): then a chunk that was applied is refused when it comes again.
/// </para>
/// </summary>
public sealed class BulkWriter(NpgsqlDataSource engine, CommitSignals signals)
{
    /// <summary>More gains nothing and takes memory here and in the server.</summary>
    private const int RowsPerStatement = 2_000;

    /// <exception cref="PostgresException">A row breaks a rule of the database; nothing was applied.</exception>
    public async Task<StepOutcome> CommitAsync(IReadOnlyList<Step> steps, CancellationToken ct)
    {
        var batch = new StepBatch(steps);
        await using var connection = await engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            // By index whatever the statistics say: an import fills the tables faster than they are analysed.
            await RunAsync(connection, new NpgsqlBatchCommand("set local enable_seqscan = off"), ct);
            foreach (var command in batch.CommandsBeforeInserts())
                await RunAsync(connection, command, ct);
            foreach (var command in batch.InsertCommands(RowsPerStatement))
                await RunAsync(connection, command, ct);
            foreach (var command in batch.CommandsAfterInserts())
                await RunAsync(connection, command, ct);
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

    private static async Task RunAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command }, Timeout = 0 };
        await batch.ExecuteNonQueryAsync(ct);
    }
}
