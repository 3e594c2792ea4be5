using System.Data;
using System.Globalization;

using Microsoft.Extensions.Logging;

using Npgsql;

using NpgsqlTypes;

namespace Switchboard.Data.Commit;

/// <summary>
/// The connection that the committer's transactions go through, and the knowledge of what became of a transaction whose
/// answer was lost.
/// <para>
/// Every transaction begins by writing its number into this committer's row of the table <c>committers</c>, under the
/// epoch that the connection was given when it was opened. When the connection is lost, the next one ends the old server
/// process if it is still there, and raises the epoch, which waits for the old transaction if that holds the row. Then the
/// row says whether the old transaction was committed; and if it was not, it never will be, because its epoch is gone. So
/// it is sent again exactly when it was not applied.
/// </para>
/// </summary>
internal sealed class CommitConnection(NpgsqlDataSource engine, CommitOptions options, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    /// <summary>For waits: real time, whatever clock the service shows.</summary>
    private readonly TimeProvider clock = TimeProvider.System;

    private readonly Guid id = Guid.CreateVersion7(time.GetUtcNow());
    private NpgsqlConnection? connection;
    private long epoch;

    /// <summary>The number of the transaction sent last.</summary>
    private long sequence;

    /// <summary>The number that the row of <c>committers</c> had when the connection was opened.</summary>
    private long sequenceFound;

    /// <summary>The database has been away for longer than <see cref="CommitOptions.Patience"/>: no use in waiting again.</summary>
    private bool away;

    private bool IsAlive => connection is { State: ConnectionState.Open };

    /// <returns>Null when the rows are committed; else the rows whose fence refused, and nothing was applied.</returns>
    /// <exception cref="InvalidCastException">A row does not fit its table; nothing was applied.</exception>
    /// <exception cref="PostgresException">A statement failed; nothing was applied.</exception>
    /// <exception cref="CommitException">The database is away, or in trouble that is not the rows' fault.</exception>
    public async Task<Refusal?> ApplyAsync(StepBatch rows)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (!IsAlive)
                await OpenAsync(mayHaveCommitted: false);
            var commands = rows.Commands();
            try
            {
                await SendAsync(commands);
                return null;
            }
            catch (PostgresException e) when (IsAlive && e.SqlState == Refusal.SqlState && Refusal.Of(e) is var refusal && !refusal.Has(id))
            {
                CommitMetrics.Retried("fence");
                return refusal;
            }
            catch (PostgresException e) when (IsAlive && IsTrouble(e))
            {
                throw new CommitException(mayHaveCommitted: false, e);
            }
            catch (PostgresException e) when (IsAlive && e.SqlState != Refusal.SqlState)
            {
                if (!IsWorthRepeating(e) || attempt >= options.Attempts)
                    throw;
                CommitMetrics.Retried(e.SqlState);
            }
            catch (Exception e) // the connection broke, the answer did not come in time, or our epoch is gone
            {
                log.LogWarning(e, "The committer lost its connection; it finds out what became of the transaction under way.");
                CommitMetrics.Retried("connection");
                if (await WasCommittedAsync())
                    return null;
                if (attempt >= options.Attempts)
                {
                    if (e is PostgresException error && IsTrouble(error))
                        throw new CommitException(mayHaveCommitted: false, e);
                    throw;
                }
            }
        }
    }

    /// <summary>Whether a step that broke a rule did so because it is behind: then it is to be built anew, not to be told of the rule.</summary>
    public async Task<bool> IsBehindAsync(StepBatch rows)
    {
        var checks = rows.CheckCommands();
        if (checks.Count == 0)
            return false;
        if (!IsAlive)
            await OpenAsync(mayHaveCommitted: false);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var check in checks)
            batch.BatchCommands.Add(check);
        try
        {
            await batch.ExecuteNonQueryAsync();
            return false;
        }
        catch (PostgresException e) when (e.SqlState == Refusal.SqlState)
        {
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsAlive)
            return;
        try
        {
            await using var command = new NpgsqlCommand("delete from committers where id = $1 and epoch = $2", connection);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = epoch });
            await command.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException e)
        {
            log.LogInformation(e, "The committer's row was left behind; the next start removes it.");
        }
        await connection!.DisposeAsync();
    }

    private async Task SendAsync(List<NpgsqlBatchCommand> commands)
    {
        sequence++;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Mark());
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        await batch.PrepareAsync(); // without a round trip once the statements are prepared
        FailPoint.Hit("before_commit");
        var sending = batch.ExecuteNonQueryAsync();
        FailPoint.Hit("in_commit");
        await sending;
    }

    private NpgsqlBatchCommand Mark() => new(
        """
        with marked as (
            update committers set sequence = $3, marked_at = now() where id = $1 and epoch = $2 returning id)
        select fence(array[$1]::uuid[], array(select id from marked))
        """)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid> { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Uuid },
            new NpgsqlParameter<long> { TypedValue = epoch, NpgsqlDbType = NpgsqlDbType.Bigint },
            new NpgsqlParameter<long> { TypedValue = sequence, NpgsqlDbType = NpgsqlDbType.Bigint },
        },
    };

    private async Task<bool> WasCommittedAsync()
    {
        await OpenAsync(mayHaveCommitted: true);
        return sequenceFound == sequence;
    }

    private async Task OpenAsync(bool mayHaveCommitted)
    {
        var started = clock.GetTimestamp();
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                await OpenOnceAsync();
                away = false;
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                if (away || clock.GetElapsedTime(started) + delay > options.Patience)
                {
                    away = true;
                    throw new CommitException(mayHaveCommitted, e);
                }
            }
            await Task.Delay(delay, clock);
        }
    }

    private async Task OpenOnceAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
            connection = null;
        }
        var opened = await engine.OpenConnectionAsync();
        try
        {
            await SetUpAsync(opened);
        }
        catch (Exception e)
        {
            log.LogInformation(e, "The committer could not make its new connection ready.");
            await opened.DisposeAsync();
            throw;
        }
        connection = opened;
    }

    /// <summary>
    /// The plans of the statements must not depend on how small the tables were when they were prepared: always by index,
    /// one plan for any number of rows. Keep-alives and the limit on a transaction free its locks when this machine is lost.
    /// </summary>
    private async Task SetUpAsync(NpgsqlConnection opened)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"switchboard-commit-{id:N}");
        await using var batch = new NpgsqlBatch(opened)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where application_name = $1 and pid <> pg_backend_pid() and usename = current_user
                    """)
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = name } },
                },
                new NpgsqlBatchCommand(
                    """
                    select set_config('application_name', $1, false), set_config('plan_cache_mode', 'force_generic_plan', false),
                        set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),
                        set_config('enable_mergejoin', 'off', false), set_config('tcp_keepalives_idle', '10', false),
                        set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false),
                        set_config('transaction_timeout', '60s', false)
                    """)
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = name } },
                },
                new NpgsqlBatchCommand("delete from committers where marked_at < now() - interval '7 days' and id <> $1")
                {
                    Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } },
                },
                new NpgsqlBatchCommand(
                    """
                    insert into committers (id, epoch, sequence) values ($1, 1, 0)
                    on conflict (id) do update set epoch = committers.epoch + 1, marked_at = now()
                    returning epoch, sequence
                    """)
                {
                    Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync();
        while (reader.FieldCount != 2)
            await reader.NextResultAsync();
        await reader.ReadAsync();
        epoch = reader.GetInt64(0);
        sequenceFound = reader.GetInt64(1);
    }

    /// <summary>Two nodes' transactions met in a deadlock, or waited too long for each other: nothing is wrong with the rows.</summary>
    private static bool IsWorthRepeating(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable;

    /// <summary>
    /// Disk full, out of memory, shutting down, a standby, broken files: fails every step alike, so none is tried apart.
    /// SQLSTATE classes 08, 53, 57, 58 and XX, and 25006.
    /// </summary>
    private static bool IsTrouble(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction || e.SqlState[..2] is "08" or "53" or "57" or "58" or "XX";
}
