using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>Adds to a step what belongs to the creation or deletion of a record: the rows of the instance that owns its status.</summary>
public delegate ValueTask RecordHook(Step step, RecordType type, Record record, ChangeContext context, CancellationToken ct);

/// <summary>The runtime's part in the writing of records, which this project must not know.</summary>
public sealed class RecordHooks
{
    /// <summary>Before a record is written for the first time; may set what its lifecycle owns. Called again if the step was refused.</summary>
    public RecordHook? Creating { get; set; }

    /// <summary>Before a record is deleted.</summary>
    public RecordHook? Deleting { get; set; }
}

/// <summary>Commits a step that deletes records, for who keeps with it what it takes to bring them back.</summary>
public delegate Task<StepOutcome> DeletionCommit(Step step, CancellationToken ct);

/// <summary>One item of a batch.</summary>
/// <param name="Method">POST, PATCH or DELETE.</param>
/// <param name="Version">The version that the client has seen, before the whole batch; null for whatever is there.</param>
public sealed record BatchItem(string Method, Guid? Id, JsonObject? Body, long? Version = null);

/// <param name="Status">As the item alone would have been answered.</param>
/// <param name="Record">The record as it is now; null when deleted or refused.</param>
public sealed record BatchResult(int Status, Record? Record, ProblemException? Problem);

/// <summary>
/// Creates, patches and deletes records on behalf of clients: checks, then one step with the record, its history, audit,
/// event and whatever its lifecycle adds. A change that meets a newer version is made again on top of it, unless the
/// client has said which version it means.
/// </summary>
public sealed class RecordWriter(
    Database database, RecordReader reader, RecordValidation validation, FieldCatalogue catalogue, GroupCommitter committer, RecordHooks hooks)
{
    public const int MaxBatch = 1000;

    /// <summary>Each refusal means that somebody else's change went through; so many in a row is no chance.</summary>
    private const int MaxAttempts = 20;

    /// <summary>What deleting one record may change or delete with it.</summary>
    private const int MaxDependants = 10_000;

    /// <param name="also">Adds to the same step, with the record as it will be stored: an idempotency key. Called for every attempt.</param>
    public Task<Record> CreateAsync(
        Guid tenantId, RecordType type, JsonObject body, ChangeContext context, Action<Step, Record>? also, CancellationToken ct) =>
        AttemptAsync(async () =>
        {
            var custom = await catalogue.OfAsync(tenantId, type, ct);
            var record = NewRecord(tenantId, type, body, custom, context);
            ThrowIfAny((await validation.CheckAsync(tenantId, type, custom, [new RecordChange(null, record)], ct))[0]);

            var step = new Step(tenantId);
            await AddCreationAsync(step, type, record, context, ct);
            also?.Invoke(step, record);
            return (await CommitAsync(step, type, [record], ct), record);
        });

    /// <param name="ifMatch">The version that the client has seen; null for whatever is there.</param>
    /// <returns>The record after the patch; with the version it had if the patch changes nothing.</returns>
    public Task<Record> PatchAsync(
        Guid tenantId, RecordType type, Guid id, JsonObject patch, long? ifMatch, ChangeContext context, Action<Step, Record>? also, CancellationToken ct) =>
        AttemptAsync(async () =>
        {
            var custom = await catalogue.OfAsync(tenantId, type, ct);
            var before = await ReadAsync(tenantId, type, id, ifMatch, ct);
            var after = RecordChanges.Copy(type, before);
            ThrowIfAny(RecordJson.ApplyPatch(type, after, patch, custom, creating: false));
            ThrowIfAny((await validation.CheckAsync(tenantId, type, custom, [new RecordChange(before, after)], ct))[0]);

            var step = new Step(tenantId);
            RecordChanges.Update(step, type, before, after, context);
            also?.Invoke(step, after);
            return (IsEmpty(step) || await CommitAsync(step, type, [after], ct), after);
        });

    /// <summary>
    /// Deletes a record with its comments and tags, and does to the records that refer to it what their type says. Its
    /// history stays.
    /// </summary>
    /// <param name="commit">Null commits it with others.</param>
    /// <returns>The record as it was.</returns>
    /// <exception cref="ProblemException">409 <c>is_referenced</c>, with <c>referencedBy</c>.</exception>
    public Task<Record> DeleteAsync(
        Guid tenantId, RecordType type, Guid id, long? ifMatch, ChangeContext context, Action<Step, Record>? also, CancellationToken ct, DeletionCommit? commit = null) =>
        AttemptAsync(async () =>
        {
            var before = await ReadAsync(tenantId, type, id, ifMatch, ct);
            var step = new Step(tenantId);
            var deletion = new RecordDeletion(database, reader, tenantId, MaxDependants);
            await deletion.PlanAsync(type, before, ct);
            await deletion.AddToAsync(step, hooks, context, ct);
            also?.Invoke(step, before);
            return (await CommitAsync(step, type, [before], ct, commit), before);
        });

    /// <summary>
    /// Up to 1,000 changes of one type, each answered for itself, in one transaction for all that are in order. Changes of one
    /// record build upon one another in the order given.
    /// </summary>
    /// <param name="also">Adds to the same step, with all results. Called for every attempt.</param>
    /// <param name="commit">For a batch that only deletes; null commits it with others.</param>
    public Task<BatchResult[]> BatchAsync(
        Guid tenantId, RecordType type, IReadOnlyList<BatchItem> items, ChangeContext context, Action<Step, BatchResult[]>? also, CancellationToken ct,
        DeletionCommit? commit = null)
    {
        if (items.Count > MaxBatch)
            throw ProblemException.Malformed("too_many_items", "items", $"A batch has at most {MaxBatch} items.");
        return AttemptAsync(async () =>
        {
            var batch = new RecordBatch(tenantId, type, items, await catalogue.OfAsync(tenantId, type, ct), context);
            await batch.PrepareAsync(reader, validation, ct);
            var step = new Step(tenantId);
            foreach (var created in batch.Created)
                await AddCreationAsync(step, type, created, context, ct);
            foreach (var (before, after) in batch.Updated)
                RecordChanges.Update(step, type, before, after, context);
            var deletion = new RecordDeletion(database, reader, tenantId, MaxDependants);
            foreach (var (index, before) in batch.Deleted)
                batch.Results[index] = await PlanAsync(deletion, type, before, ct);
            await deletion.AddToAsync(step, hooks, context, ct);
            var results = batch.Finish();
            also?.Invoke(step, results);
            return (IsEmpty(step) || await CommitAsync(step, type, [], ct, commit), results);
        });
    }

    private static async Task<T> AttemptAsync<T>(Func<Task<(bool Done, T Result)>> attempt)
    {
        for (var i = 0; i < MaxAttempts; i++)
        {
            if (await attempt() is (true, var result))
                return result;
        }
        throw new ProblemException(409, "changed_too_often", "The record is being changed by others all the time: try again.");
    }

    internal static Record NewRecord(Guid tenantId, RecordType type, JsonObject body, CustomFields custom, ChangeContext context)
    {
        var record = type.Create();
        record.Id = Guid.CreateVersion7(context.At);
        record.TenantId = tenantId;
        ThrowIfAny(RecordJson.ApplyPatch(type, record, body, custom, creating: true));
        return record;
    }

    private async Task AddCreationAsync(Step step, RecordType type, Record record, ChangeContext context, CancellationToken ct)
    {
        record.CreatedAt = record.UpdatedAt = FieldText.Microseconds(context.At);
        if (hooks.Creating is { } creating)
            await creating(step, type, record, context, ct);
        RecordChanges.Create(step, type, record, context);
    }

    private static async Task<BatchResult?> PlanAsync(RecordDeletion deletion, RecordType type, Record before, CancellationToken ct)
    {
        try
        {
            await deletion.PlanAsync(type, before, ct);
            return null;
        }
        catch (ProblemException problem)
        {
            return new BatchResult(problem.Status, null, problem);
        }
    }

    private async Task<Record> ReadAsync(Guid tenantId, RecordType type, Guid id, long? ifMatch, CancellationToken ct)
    {
        var record = await reader.GetAsync(tenantId, type, id, ct) ?? throw await reader.NotFoundAsync(tenantId, type, id, ct);
        return ifMatch is { } expected && expected != record.Version
            ? throw ProblemException.Stale(type, id, expected, record.Version)
            : record;
    }

    /// <summary>False when refused by a fence.</summary>
    private async Task<bool> CommitAsync(Step step, RecordType type, IReadOnlyList<Record> written, CancellationToken ct, DeletionCommit? commit = null)
    {
        try
        {
            return await (commit is null ? committer.CommitAsync(step, ct) : commit(step, ct)) == StepOutcome.Committed;
        }
        catch (PostgresException e) when (Translate(e, type, written) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>What a rule of the database, broken by a change that came in between the check and the commit, means to the client.</summary>
    private static ProblemException? Translate(PostgresException e, RecordType type, IReadOnlyList<Record> written)
    {
        if (e.SqlState == PostgresErrorCodes.UniqueViolation && e.TableName == type.Table && type.NaturalKey is { } key)
            return ProblemException.Invalid([RecordValidation.Duplicate(type, written is [var one] ? key.Get(one) as string : null)]);
        if (e.SqlState is not (PostgresErrorCodes.ForeignKeyViolation or "23001")) // restrict_violation, which RESTRICT raises since PostgreSQL 18
            return null;
        var field = type.Fields.FirstOrDefault(field => field.References is not null && e.ConstraintName == $"{type.Table}_{field.Column}_fkey");
        if (e.TableName == type.Table && field is not null)
            return ProblemException.Invalid([new FieldError(field.Name, "unknown_reference", $"The record of {field.References!.Type} that {field.Name} refers to is gone.")]);
        var by = RecordTypes.All.FirstOrDefault(other => other.Table == e.TableName);
        return by is null ? null : RecordDeletion.IsReferenced(type, written is [var deleted] ? deleted.Id : null, [(by, null, 1)]);
    }

    private static bool IsEmpty(Step step) => step.Inserts.Count == 0 && step.Updates.Count == 0 && step.Deletes.Count == 0;

    private static void ThrowIfAny(IReadOnlyList<FieldError> errors)
    {
        if (errors.Count > 0)
            throw ProblemException.Invalid(errors);
    }
}
