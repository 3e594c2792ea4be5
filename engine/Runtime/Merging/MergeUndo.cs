using System.Text.Json.Nodes;

using Npgsql;

using NpgsqlTypes;

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

    private const int MostAttempts = 20;

    /// <summary>How many of the records that stand in the way are named.</summary>
    private const int MostNamed = 100;

    /// <param name="operation">Of the merge.</param>
    /// <param name="also">Adds to the same transaction: an idempotency key. Called for every attempt.</param>
    /// <returns>The operation, which says now when it was undone.</returns>
    /// <exception cref="ProblemException">409 <c>already_undone</c>; 409 <c>changed_since</c> with the records that were changed.</exception>
    public async Task<Operation> UndoAsync(Operation operation, ChangeContext context, Action<Step, Operation>? also, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            Operation? undone = null;
            try
            {
                var result = await bulk.CommitAsync(async (transaction, ct) =>
                {
                    undone = await ApplyAsync(transaction, operation, context, also, ct);
                    return true;
                }, ct);
                if (result == StepOutcome.Committed)
                    return undone!;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation)
            {
                throw ChangedSince([new JsonObject { ["type"] = e.TableName?.Replace('_', '-'), ["reason"] = e.ConstraintName }]);
            }
        }
        throw new ProblemException(409, "changed_too_often", "The records are being changed by others all the time: try again.");
    }

    private async Task<Operation> ApplyAsync(
        BulkTransaction transaction, Operation operation, ChangeContext context, Action<Step, Operation>? also, CancellationToken ct)
    {
        var (connection, tenantId) = (transaction.Connection, operation.TenantId);
        var merge = await MergeAsync(connection, tenantId, operation.Id, ct);
        if (merge.UndoneAt is not null)
            throw new ProblemException(409, "already_undone", "This merge has been undone.");
        context = context with { Action = Action, BatchId = operation.Id };

        var inverse = new InverseSteps(connection, tenantId, merge, context);
        await inverse.PlanAsync(ct);
        if (inverse.InTheWay.Count > 0)
            throw ChangedSince(inverse.InTheWay);
        await transaction.ApplyAsync(inverse.First, ct);
        await transaction.ApplyAsync(inverse.Second, ct);
        foreach (var (table, rows) in merge.Snapshot.Others)
            await RestoreAsync(connection, table, rows!, ct);

        var undone = await operations.GetAsync(tenantId, operation.Id, ct) ?? operation;
        (undone.Result ??= [])["undoneAt"] = FieldText.Format(FieldText.Microseconds(context.At));
        var step = new Step(tenantId);
        operations.Update(step, undone);
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
            type, reader.GetGuid(1), reader.GetGuid(2), reader.IsDBNull(3) ? new MergeSnapshot([], [], [], [], []) : MergeSnapshot.Parse(reader.GetString(3)),
            reader.GetFieldValue<DateTimeOffset>(4), reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5), reader.GetInt64(6));
    }

    /// <summary>Rows of a table that holds no records, as they were.</summary>
    private static async Task RestoreAsync(NpgsqlConnection connection, string table, JsonNode rows, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"insert into {table} select * from jsonb_populate_recordset(null::{table}, $1)", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = rows.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static ProblemException ChangedSince(List<JsonObject> inTheWay) => new(
        409, "changed_since", $"{inTheWay.Count} {(inTheWay.Count == 1 ? "record has" : "records have")} been changed since the merge, so it cannot be undone as a whole.",
        extensions: new JsonObject
        {
            ["count"] = inTheWay.Count,
            ["changed"] = new JsonArray([.. inTheWay.Take(MostNamed).Select(entry => (JsonNode)entry)]),
        });

    internal sealed record Merge(
        RecordType Type, Guid SourceId, Guid TargetId, MergeSnapshot Snapshot, DateTimeOffset MergedAt, DateTimeOffset? UndoneAt, long Version);
}
