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
            await ApplyAsync(connection, batch, ct);
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

    /// <summary>
    /// Runs work that must look at rows, with locks on them, in the same transaction in which it changes them.
    /// </summary>
    /// <param name="work">Reads and applies steps; false rolls everything back. What it throws does so too.</param>
    /// <returns>Fenced when somebody else has changed a row that the work changes, or both waited for each other: nothing was written, and the work may be done again.</returns>
    /// <exception cref="CommitException">The connection was lost during the commit.</exception>
    public async Task<StepOutcome> CommitAsync(Func<BulkTransaction, CancellationToken, Task<bool>> work, CancellationToken ct)
    {
        await using var connection = await engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var bulk = new BulkTransaction(connection);
        try
        {
            if (!await work(bulk, ct))
                return StepOutcome.Committed; // as the work wanted it: rolled back by the disposal
        }
        catch (PostgresException e) when (e.SqlState is Refusal.SqlState or PostgresErrorCodes.DeadlockDetected)
        {
            return StepOutcome.Fenced;
        }
        FailPoint.Hit("before_commit");
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            throw new CommitException(mayHaveCommitted: true, e);
        }
        FailPoint.Hit("after_commit");
        foreach (var (step, batch) in bulk.Applied)
        {
            foreach (var action in step.Committed)
                action();
            signals.Raise([step], batch);
        }
        return StepOutcome.Committed;
    }

    /// <summary>Whatever the size, with the committer's statements and fences.</summary>
    internal static async Task ApplyAsync(NpgsqlConnection connection, StepBatch batch, CancellationToken ct)
    {
        foreach (var command in batch.CommandsBeforeInserts())
            await RunAsync(connection, command, ct);
        foreach (var command in batch.InsertCommands(RowsPerStatement))
            await RunAsync(connection, command, ct);
        foreach (var command in batch.CommandsAfterInserts())
            await RunAsync(connection, command, ct);
    }

    private static async Task RunAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command }, Timeout = 0 };
        await batch.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>An open transaction of the engine's role, which sees all tenants: every statement in it names the tenant.</summary>
public sealed class BulkTransaction
{
    internal BulkTransaction(NpgsqlConnection connection) => Connection = connection;

    public NpgsqlConnection Connection { get; }

    internal List<(Step Step, StepBatch Batch)> Applied { get; } = [];

    /// <summary>Sends a step's rows. Later steps and reads of the transaction see them.</summary>
    /// <exception cref="PostgresException">A fence was refused, or a row breaks a rule of the database.</exception>
    public async Task ApplyAsync(Step step, CancellationToken ct)
    {
        step.ThrowIfRowTwice();
        var batch = new StepBatch([step]);
        await BulkWriter.ApplyAsync(Connection, batch, ct);
        Applied.Add((step, batch));
    }
}
