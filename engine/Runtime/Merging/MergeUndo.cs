using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Merging;

/// <summary>
/// Parts two records that were merged: everything is as it was before, in one transaction, or nothing is changed because
/// somebody has changed something of it since. Versions and history go on; comments, tags and references that the target
/// has got since stay with it.
/// </summary>
public sealed class MergeUndo(OperationStore operations, BulkWriter bulk)
{
    public const string Action = "undo_merge";

    /// <param name="operation">Of the merge.</param>
    /// <param name="also">Adds to the same transaction: an idempotency key. Called for every attempt.</param>
    /// <returns>The operation, which says now when it was undone.</returns>
    /// <exception cref="ProblemException">409 <c>already_undone</c>; 409 <c>changed_since</c> with the records that were changed.</exception>
    public Task<Operation> UndoAsync(Operation operation, ChangeContext context, Action<Step, Operation>? also, CancellationToken ct) =>
        InverseCommit.RunAsync(
            bulk, "merge", (transaction, ct) => ApplyAsync(transaction, operation, context with { Action = Action, BatchId = operation.Id }, also, ct), ct);

    private async Task<Operation> ApplyAsync(
        BulkTransaction transaction, Operation operation, ChangeContext context, Action<Step, Operation>? also, CancellationToken ct)
    {
        var (connection, tenantId) = (transaction.Connection, operation.TenantId);
        var merge = await MergeAsync(connection, tenantId, operation.Id, ct);
        if (merge.UndoneAt is not null)
            throw new ProblemException(409, "already_undone", "This merge has been undone.");

        var inverse = new InverseSteps(connection, tenantId, merge.Snapshot, merge, context);
        await inverse.PlanAsync(ct);
        var at = FieldText.Microseconds(context.At);
        inverse.Second.Insert(
            SystemTables.Events, tenantId, Guid.CreateVersion7(at), $"{merge.Type.Name}.parted", merge.Type.Name, merge.TargetId,
            new JsonObject { ["sourceId"] = merge.SourceId.ToString(), ["operationId"] = operation.Id.ToString() }.ToJsonString(), at);
        await inverse.ApplyAsync(transaction, ct);

        var step = new Step(tenantId);
        var undone = await InverseCommit.EndAsync(operations, step, operation, context.At, ct);
        step.Update(
            SystemTables.Merges,
            [tenantId, operation.Id, merge.Type.Name, merge.SourceId, merge.TargetId, null, merge.MergedAt, FieldText.Microseconds(context.At), merge.Version + 1],
            merge.Version);
        also?.Invoke(step, undone);
        await transaction.ApplyAsync(step, ct);
        return undone;
    }

    private static async Task<Merge> MergeAsync(NpgsqlConnection connection, Guid tenantId, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            select record_type, source_id, target_id, snapshot::text, merged_at, undone_at, version
            from merges where tenant_id = $1 and id = $2 for update
            """, connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = tenantId }, new NpgsqlParameter<Guid> { TypedValue = id } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            throw new ProblemException(409, "cannot_be_undone", "What the merge needs to be undone is not there any more.");
        var type = RecordTypes.Find(reader.GetString(0))
            ?? throw new ProblemException(409, "cannot_be_undone", $"This version has no records of type {reader.GetString(0)}.");
        return new Merge(
            type, reader.GetGuid(1), reader.GetGuid(2), reader.IsDBNull(3) ? new RowSnapshot([], [], [], [], []) : RowSnapshot.Parse(reader.GetString(3)),
            reader.GetFieldValue<DateTimeOffset>(4), reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5), reader.GetInt64(6));
    }

    internal sealed record Merge(
        RecordType Type, Guid SourceId, Guid TargetId, RowSnapshot Snapshot, DateTimeOffset MergedAt, DateTimeOffset? UndoneAt, long Version);
}
