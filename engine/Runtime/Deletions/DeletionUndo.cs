using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Merging;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Deletions;

/// <summary>
/// Brings deleted records back under their ids, with their comments and tags, what was deleted with them, and the references to
/// them that were cleared; their lifecycles go on. All of it in one transaction, or nothing because somebody has changed something of
/// it since.
/// </summary>
public sealed class DeletionUndo(OperationStore operations, BulkWriter bulk)
{
    public const string Action = "undo_delete";

    /// <param name="operation">Of the deletion.</param>
    /// <param name="also">Adds to the same transaction: an idempotency key. Called for every attempt.</param>
    /// <returns>The operation, which says now when it was undone.</returns>
    /// <exception cref="ProblemException">
    /// 409 <c>already_undone</c>; 409 <c>cannot_be_undone</c>; 409 <c>changed_since</c> with the records that are in the way.
    /// </exception>
    public Task<Operation> UndoAsync(Operation operation, ChangeContext context, Action<Step, Operation>? also, CancellationToken ct) =>
        InverseCommit.RunAsync(
            bulk, "deletion", (transaction, ct) => ApplyAsync(transaction, operation, context with { Action = Action, BatchId = operation.Id }, also, ct), ct);

    private async Task<Operation> ApplyAsync(
        BulkTransaction transaction, Operation operation, ChangeContext context, Action<Step, Operation>? also, CancellationToken ct)
    {
        var (connection, tenantId) = (transaction.Connection, operation.TenantId);
        var kept = await LockAsync(connection, tenantId, operation.Id, ct);
        if (kept.Row[UndoneAt] is not null)
            throw new ProblemException(409, "already_undone", "This deletion has been undone.");
        if (kept.Snapshot is null)
        {
            throw new ProblemException(
                409, "cannot_be_undone", "What was deleted cannot come back: work of its lifecycle in other workflows ended with it, or it was too long ago.");
        }

        var inverse = new InverseSteps(connection, tenantId, kept.Snapshot, null, context);
        await inverse.PlanAsync(ct);
        await inverse.ApplyAsync(transaction, ct);

        var step = new Step(tenantId);
        var undone = await InverseCommit.EndAsync(operations, step, operation, context.At, ct);
        var version = (long)kept.Row[SystemTables.Deletions.VersionAt]!;
        (kept.Row[SnapshotAt], kept.Row[UndoneAt], kept.Row[SystemTables.Deletions.VersionAt]) = (null, FieldText.Microseconds(context.At), version + 1);
        step.Update(SystemTables.Deletions, kept.Row, version);
        also?.Invoke(step, undone);
        await transaction.ApplyAsync(step, ct);
        return undone;
    }

    private static async Task<(object?[] Row, RowSnapshot? Snapshot)> LockAsync(NpgsqlConnection connection, Guid tenantId, Guid id, CancellationToken ct)
    {
        var row = (await StoredRows.SelectAsync(connection, SystemTables.Deletions, "r.id = $2", tenantId, id, ct, " for update")).SingleOrDefault()
            ?? throw new ProblemException(409, "cannot_be_undone", "What the deletion needs to be undone is not there any more.");
        return (row, row[SnapshotAt] is string json ? RowSnapshot.Parse(json) : null);
    }

    private static int SnapshotAt { get; } = SystemTables.Deletions.IndexOf("snapshot");

    private static int UndoneAt { get; } = SystemTables.Deletions.IndexOf("undone_at");
}
