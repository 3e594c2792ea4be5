using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Merging;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Deletions;

/// <summary>
/// Commits what people delete together with what it takes to bring it back, in one transaction: the records, what goes with them,
/// and what they were cleared from. The operation is what undoes it (<see cref="DeletionUndo"/>).
/// </summary>
public sealed class KeptDeletions(BulkWriter bulk)
{
    public const string OperationKindName = "deletion";

    private ReferenceKeys? keys;

    public static Operation Begin(Guid tenantId, RecordType type, ChangeContext context)
    {
        var operation = Operation.New(tenantId, OperationKindName, new JsonObject { ["recordType"] = type.Name }, context.ActorId, context.At);
        operation.Status = Operation.Succeeded;
        return operation;
    }

    /// <param name="operation">As <see cref="Begin"/> made it; a step that was refused is followed by another with the same one.</param>
    /// <param name="step">Deletes records, and changes nothing else on purpose.</param>
    public Task<StepOutcome> CommitAsync(Operation operation, RecordType type, ChangeContext context, Step step, CancellationToken ct) =>
        bulk.CommitAsync(async (transaction, ct) =>
        {
            var (connection, tenantId) = (transaction.Connection, operation.TenantId);
            keys ??= await ReferenceKeys.ReadAsync(connection, ct);
            Guid[] ended = [.. step.Updates.Where(row => row.Table == SystemTables.Instances).Select(row => (Guid)row.Row[1]!)];
            var snapshot = await EndedLifecycles.CanGoOnAsync(connection, step, ended, ct) ? await RowSnapshot.TakeAsync(connection, tenantId, [step], keys, ct) : null;
            await transaction.ApplyAsync(step, ct);
            if (snapshot is not null)
                await snapshot.FingerprintAsync(connection, tenantId, ct);

            operation.Done = step.Deletes.Count(row => StoredRows.TypeOf(row.Table.Name) is not null);
            operation.Total = operation.Done;
            operation.Result = new JsonObject { ["deleted"] = operation.Done, ["canBeUndone"] = snapshot is not null };
            var kept = new Step(tenantId);
            kept.Insert(SystemTables.Operations, operation.ToRow());
            kept.Insert(SystemTables.Deletions, tenantId, operation.Id, type.Name, snapshot?.ToJson(), FieldText.Microseconds(context.At), null, 1L);
            await transaction.ApplyAsync(kept, ct);
            return true;
        }, ct);
}
