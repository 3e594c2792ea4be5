using Npgsql;
using NpgsqlTypes;
using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Operations;

/// <summary>Operations as rows: found, stopped, and claimed by the node that works on them.</summary>
public sealed class OperationStore(Database database, GroupCommitter committer, TimeProvider time)
{
    /// <summary>Raised on this node when an operation has become ready to be worked on.</summary>
    internal event Action? Ready;

    /// <summary>Makes the runner of this node look as soon as the step is committed, instead of at its next turn.</summary>
    public void Announce(Step step) => step.Committed.Add(() => Ready?.Invoke());

    public Task<Operation?> GetAsync(Guid tenantId, Guid id, CancellationToken ct) => database.ReadAsync(
        tenantId,
        new NpgsqlBatchCommand($"select {Operation.SelectList} from operations where id = $1") { Parameters = { new() { Value = id } } },
        async (reader, ct) => await reader.ReadAsync(ct) ? Operation.Read(reader) : null,
        ct);

    /// <summary>The last operation of a kind whose request has a member of this value; null for none.</summary>
    public Task<Operation?> FindNewestAsync(Guid tenantId, string kind, string member, string value, CancellationToken ct) => database.ReadAsync(
        tenantId,
        new NpgsqlBatchCommand($"select {Operation.SelectList} from operations where kind = $1 and request ->> $2 = $3 order by id desc limit 1")
        {
            Parameters = { new() { Value = kind }, new() { Value = member }, new() { Value = value } },
        },
        async (reader, ct) => await reader.ReadAsync(ct) ? Operation.Read(reader) : null,
        ct);

    /// <summary>
    /// Asks a running operation to stop where it can, and stops a waiting one. What it has done by then stays done.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="ProblemException">409 when it is over.</exception>
    public async Task<Operation?> CancelAsync(Guid tenantId, Guid id, CancellationToken ct, Action<Step, Operation>? also = null)
    {
        while (true)
        {
            if (await GetAsync(tenantId, id, ct) is not { } operation)
                return null;
            if (operation.CancelRequested && !operation.IsOver)
                return operation;
            if (operation.IsOver)
                throw new ProblemException(409, "operation_is_over", $"The operation has {operation.Status}; there is nothing left to cancel.");
            operation.CancelRequested = true;
            operation.IsPaused = false; // it has an end to come to
            var step = new Step(tenantId);
            Update(step, operation);
            Announce(step);
            also?.Invoke(step, operation);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return operation;
        }
    }

    /// <summary>
    /// Makes an operation wait, a running one from its next commit on, or go on from there. It is what it was when it is that
    /// already.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="ProblemException">409 when it is over, or is to be cancelled.</exception>
    public async Task<Operation?> PauseAsync(Guid tenantId, Guid id, bool isPaused, CancellationToken ct, Action<Step, Operation>? also = null)
    {
        while (true)
        {
            if (await GetAsync(tenantId, id, ct) is not { } operation)
                return null;
            if (operation.IsOver)
                throw new ProblemException(409, "operation_is_over", $"The operation has {operation.Status}; there is nothing left to {(isPaused ? "pause" : "resume")}.");
            if (operation.CancelRequested)
                throw new ProblemException(409, "operation_is_cancelled", "Somebody has cancelled the operation; it ends where it can.");
            if (operation.IsPaused == isPaused)
                return operation;
            operation.IsPaused = isPaused;
            var step = new Step(tenantId);
            Update(step, operation);
            Announce(step);
            also?.Invoke(step, operation);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return operation;
        }
    }

    /// <summary>Adds the operation's row as it now is to a step, fenced by the version that was read.</summary>
    public void Update(Step step, Operation operation)
    {
        operation.UpdatedAt = FieldText.Microseconds(time.GetUtcNow());
        operation.Version++;
        step.Update(SystemTables.Operations, operation.ToRow(), operation.Version - 1);
    }

    /// <summary>
    /// Takes the oldest operation that nobody works on. Its version is raised, so that whoever held it before can commit
    /// nothing of it any more.
    /// </summary>
    /// <param name="started">What this node touched before, a former process of it left behind; that is taken without waiting for its lease to end.</param>
    internal async Task<Operation?> ClaimAsync(string node, TimeSpan lease, DateTimeOffset started, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var command = database.Engine.CreateCommand($"""
            update operations set status = 'running', node = $1, lease_until = $2, updated_at = $3, version = version + 1
            where (tenant_id, id) = (
                select tenant_id, id from operations
                where status in ('queued', 'running') and not is_paused and (lease_until is null or lease_until < $3 or (node = $1 and updated_at < $4))
                order by created_at, id
                limit 1
                for update skip locked)
            returning {Operation.SelectList}
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = node });
        command.Parameters.Add(new NpgsqlParameter { Value = now + lease, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter { Value = started, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Operation.Read(reader) : null;
    }

    /// <summary>Keeps the lease. The version stays, so that work under way is not refused because of it.</summary>
    /// <returns>False when somebody else has taken the operation over, or it is gone.</returns>
    internal async Task<bool> HeartbeatAsync(Operation operation, string node, TimeSpan lease, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            "update operations set lease_until = $4 where tenant_id = $1 and id = $2 and node = $3 and status = 'running'");
        command.Parameters.Add(new NpgsqlParameter { Value = operation.TenantId });
        command.Parameters.Add(new NpgsqlParameter { Value = operation.Id });
        command.Parameters.Add(new NpgsqlParameter { Value = node });
        command.Parameters.Add(new NpgsqlParameter { Value = time.GetUtcNow() + lease, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Gives the operation back, so that the next one who looks goes on with it.</summary>
    internal async Task ReleaseAsync(Operation operation, string node, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            "update operations set lease_until = null, status = case when is_paused then 'queued' else status end where tenant_id = $1 and id = $2 and node = $3 and status = 'running'");
        command.Parameters.Add(new NpgsqlParameter { Value = operation.TenantId });
        command.Parameters.Add(new NpgsqlParameter { Value = operation.Id });
        command.Parameters.Add(new NpgsqlParameter { Value = node });
        await command.ExecuteNonQueryAsync(ct);
    }
}
