using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Merging;

/// <param name="Fields">The fields that the caller chose, by wire name: true takes the source's value, false keeps the target's.</param>
/// <param name="ExpectedVersion">Of the target, as the caller has seen it; null for any.</param>
public sealed record MergeRequest(Guid TargetId, Guid SourceId, IReadOnlyDictionary<string, bool> Fields, long? ExpectedVersion);

/// <param name="Record">The target after the merge.</param>
/// <param name="Operation">By which it can be undone; its result says what was moved.</param>
/// <param name="Changes">Of the target's fields.</param>
public sealed record MergeOutcome(Record Record, Operation Operation, IReadOnlyList<FieldChange> Changes);

/// <summary>
/// Makes one record of two, in one transaction that has both locked: the target gets the source's values where it has none
/// or the caller wants them, everything that refers to the source refers to the target, and the source is gone, its
/// lifecycle cancelled. All of it is kept, so that <see cref="MergeUndo"/> can part them again.
/// </summary>
public sealed class RecordMerge(RecordReader reader, RecordValidation validation, FieldCatalogue catalogue, RecordHooks hooks, BulkWriter bulk)
{
    public const string OperationKindName = "merge";

    private const int MostAttempts = 20;

    private ReferenceKeys? keys;

    /// <param name="dryRun">Does everything, looks at the result, and takes it back: what would be refused is refused.</param>
    /// <param name="allowed">Says whether the caller has a permission.</param>
    /// <param name="also">Adds to the same transaction: an idempotency key. Called for every attempt.</param>
    /// <exception cref="ProblemException">404, 409, 412 or 422; nothing has been changed.</exception>
    public async Task<MergeOutcome> MergeAsync(
        Guid tenantId, RecordType type, MergeRequest request, ChangeContext context, bool dryRun, Func<string, bool> allowed,
        Action<Step, MergeOutcome>? also, CancellationToken ct)
    {
        if (!type.Mergeable)
            throw new ProblemException(405, "type_not_mergeable", $"Records of {type.Name} cannot be merged.");
        if (request.SourceId == request.TargetId)
            throw ProblemException.Invalid([new FieldError("sourceId", "merge_with_itself", "A record cannot be merged with itself.")]);
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            MergeOutcome? outcome = null;
            try
            {
                var result = await bulk.CommitAsync(async (transaction, ct) =>
                {
                    outcome = await ApplyAsync(transaction, tenantId, type, request, context, allowed, also, ct);
                    return !dryRun;
                }, ct);
                if (result == StepOutcome.Committed)
                    return outcome!;
            }
            catch (PostgresException e) when (Translate(e, type, request.SourceId) is { } problem)
            {
                throw problem;
            }
        }
        throw new ProblemException(409, "changed_too_often", "The records are being changed by others all the time: try again.");
    }

    private async Task<MergeOutcome> ApplyAsync(
        BulkTransaction transaction, Guid tenantId, RecordType type, MergeRequest request, ChangeContext context, Func<string, bool> allowed,
        Action<Step, MergeOutcome>? also, CancellationToken ct)
    {
        var connection = transaction.Connection;
        keys ??= await ReferenceKeys.ReadAsync(connection, ct);
        var operation = Operation.New(tenantId, OperationKindName, [], context.ActorId, context.At);
        context = context with { Action = OperationKindName, BatchId = operation.Id };

        // From here on nobody can add a reference to either, because that would lock them too.
        var locked = await StoredRows.LockAsync(connection, type, tenantId, [request.TargetId, request.SourceId], ct);
        var target = locked.GetValueOrDefault(request.TargetId) ?? throw await reader.NotFoundAsync(tenantId, type, request.TargetId, ct);
        var source = locked.GetValueOrDefault(request.SourceId) ?? throw await reader.NotFoundAsync(tenantId, type, request.SourceId, ct);
        if (request.ExpectedVersion is { } expected && expected != target.Version)
            throw ProblemException.Stale(type, target.Id, expected, target.Version);

        var after = await CombineAsync(tenantId, type, target, source, request, allowed, ct);
        var changes = RecordChanges.Differences(type, target, after);
        await MergeCollisions.ThrowIfAnyAsync(connection, keys, tenantId, type, target.Id, source.Id, ct);
        var plan = new MergePlan(connection, tenantId, type, target, source, context);
        await plan.EndLifecycleAsync(hooks, ct);
        await plan.MoveReferencesAsync(ct);
        await plan.MovePartsAsync(ct);
        plan.Finish(after);

        var snapshot = await RowSnapshot.TakeAsync(connection, tenantId, [plan.Moves, plan.Ending], keys, ct);
        await transaction.ApplyAsync(plan.Moves, ct);
        await transaction.ApplyAsync(plan.Ending, ct);
        await snapshot.FingerprintAsync(connection, tenantId, ct);

        // Read again because of what is computed from the records that have just been moved.
        var merged = (await StoredRows.LockAsync(connection, type, tenantId, [target.Id], ct))[target.Id];
        operation.Status = Operation.Succeeded;
        operation.Done = plan.Moved.Values.Sum();
        operation.Total = operation.Done;
        operation.Request = new JsonObject { ["recordType"] = type.Name, ["actor"] = context.Actor };
        operation.Result = plan.Describe();
        var outcome = new MergeOutcome(merged, operation, changes);
        var step = new Step(tenantId);
        step.Insert(SystemTables.Operations, operation.ToRow());
        step.Insert(
            SystemTables.Merges, tenantId, operation.Id, type.Name, source.Id, target.Id, snapshot.ToJson(), FieldText.Microseconds(context.At), null, 1L);
        also?.Invoke(step, outcome);
        await transaction.ApplyAsync(step, ct);
        return outcome;
    }

    private async Task<Record> CombineAsync(
        Guid tenantId, RecordType type, Record target, Record source, MergeRequest request, Func<string, bool> allowed, CancellationToken ct)
    {
        var custom = await catalogue.OfAsync(tenantId, type, ct);
        var after = MergedValues.Combine(type, custom, target, source, request.Fields, allowed);
        var errors = (await validation.CheckAsync(tenantId, type, custom, [new RecordChange(target, after)], ct))[0]
            // The natural key that it takes is free when it is written: the source has gone by then.
            .Where(error => !(error.Code == "duplicate" && error.Field == type.NaturalKey?.Name && Equals(type.NaturalKey.Get(after), type.NaturalKey.Get(source))))
            .ToList();
        return errors.Count == 0 ? after : throw ProblemException.Invalid(errors);
    }

    /// <summary>What a rule of the database, broken by something that could not be looked for, means to the client.</summary>
    private static ProblemException? Translate(PostgresException e, RecordType type, Guid sourceId) => e.SqlState switch
    {
        PostgresErrorCodes.UniqueViolation => MergeCollisions.Problem(type, [new JsonObject { ["type"] = e.TableName?.Replace('_', '-'), ["rule"] = e.ConstraintName }]),
        PostgresErrorCodes.ForeignKeyViolation or "23001" => new ProblemException(
            409, "is_referenced", $"{type.Name} {sourceId} cannot go: {e.TableName?.Replace('_', '-')} refer to it.",
            extensions: new JsonObject { ["referencedBy"] = new JsonArray(new JsonObject { ["type"] = e.TableName?.Replace('_', '-') }) }),
        _ => null,
    };
}
