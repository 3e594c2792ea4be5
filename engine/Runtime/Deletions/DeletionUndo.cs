using System.Text.Json.Nodes;

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

    private const int MostAttempts = 20;

    /// <param name="operation">Of the deletion.</param>
    /// <param name="also">Adds to the same transaction: an idempotency key. Called for every attempt.</param>
    /// <returns>The operation, which says now when it was undone.</returns>
    /// <exception cref="ProblemException">
    /// 409 <c>already_undone</c>; 409 <c>cannot_be_undone</c>; 409 <c>changed_since</c> with the records that are in the way.
    /// </exception>
    public async Task<Operation> UndoAsync(Operation operation, ChangeContext context, Action<Step, Operation>? also, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            Operation? undone = null;
            try
            {
                var result = await bulk.CommitAsync(async (transaction, ct) =>
                {
                    undone = await ApplyAsync(transaction, operation, context with { Action = Action, BatchId = operation.Id }, also, ct);
                    return true;
                }, ct);
                if (result == StepOutcome.Committed)
                    return undone!;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation)
            {
                throw InverseSteps.ChangedSince("deletion", [new JsonObject { ["type"] = e.TableName?.Replace('_', '-'), ["reason"] = e.ConstraintName }]);
            }
        }
        throw new ProblemException(409, "changed_too_often", "The records are being changed by others all the time: try again.");
    }

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
        if (inverse.InTheWay.Count > 0)
            throw InverseSteps.ChangedSince("deletion", inverse.InTheWay);
        await inverse.ApplyAsync(transaction, ct);

        var undone = await operations.GetAsync(tenantId, operation.Id, ct) ?? operation;
        (undone.Result ??= [])["undoneAt"] = FieldText.Format(FieldText.Microseconds(context.At));
        var step = new Step(tenantId);
        operations.Update(step, undone);
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

    private static int SnapshotAt { get; } = MergePlan.ColumnOf(SystemTables.Deletions, "snapshot");

    private static int UndoneAt { get; } = MergePlan.ColumnOf(SystemTables.Deletions, "undone_at");
}
