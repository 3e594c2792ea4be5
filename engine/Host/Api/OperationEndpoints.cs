using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Alterations;
using Switchboard.Runtime.Deletions;
using Switchboard.Runtime.Imports;
using Switchboard.Runtime.Merging;
using Switchboard.Runtime.Operations;

namespace Switchboard.Host.Api;

/// <summary>Long work: how far it is, and its end.</summary>
internal static class OperationEndpoints
{
    public static void MapOperations(this IEndpointRouteBuilder api)
    {
        var operations = api.MapGroup("/operations/{id:guid}").WithTags("Operations");
        operations.MapGet("", Get).RequireSignIn().WithSummary("An operation that the caller has started; operations:read shows all")
            .WithMetadata(new Shape(Response: "Operation"));
        operations.MapPost("/cancel", Cancel).RequireSignIn().WithSummary("Stops an operation where it can; what is done stays. Others' need operations:cancel")
            .WithMetadata(new Shape(null, "Operation", 202));
        operations.MapPost("/pause", Pause).RequireSignIn().WithSummary("Makes an operation wait where it can; what is done stays. Others' need operations:cancel")
            .WithMetadata(new Shape(null, "Operation", 202));
        operations.MapPost("/resume", Resume).RequireSignIn().WithSummary("Lets a paused operation go on from where it waits. Others' need operations:cancel")
            .WithMetadata(new Shape(null, "Operation", 202));
        operations.MapPost("/undo", Undo).RequireSignIn()
            .WithSummary("Takes back a merge or a deletion, at once, or an import or a migration of instances, by another operation (202); needs what doing it needed").WithMetadata(new Shape(null, "Operation"));
    }

    /// <summary>202 with where to ask.</summary>
    public static Answer Accepted(Operation operation) =>
        Answer.Of(operation.ToJson(), StatusCodes.Status202Accepted) with { Location = $"/api/operations/{operation.Id}" };

    private static async Task<IResult> Get(Guid id, HttpContext http, OperationStore operations, CancellationToken ct) =>
        Answer.Of((await FindAsync(id, "operations:read", http, operations, ct)).ToJson());

    private static async Task<IResult> Cancel(Guid id, HttpContext http, OperationStore operations, Idempotency idempotency, CancellationToken ct)
    {
        await FindAsync(id, "operations:cancel", http, operations, ct);
        return await idempotency.OnceAsync(http, ReadOnlyMemory<byte>.Empty, async ticket => Accepted(
            await operations.CancelAsync(http.Caller().TenantId, id, ct, (step, operation) => ticket.AddTo(step, Accepted(operation))) ?? throw NotFound(id)), ct);
    }

    private static Task<IResult> Pause(Guid id, HttpContext http, OperationStore operations, Idempotency idempotency, CancellationToken ct) =>
        PauseAsync(id, true, http, operations, idempotency, ct);

    private static Task<IResult> Resume(Guid id, HttpContext http, OperationStore operations, Idempotency idempotency, CancellationToken ct) =>
        PauseAsync(id, false, http, operations, idempotency, ct);

    private static async Task<IResult> PauseAsync(Guid id, bool isPaused, HttpContext http, OperationStore operations, Idempotency idempotency, CancellationToken ct)
    {
        await FindAsync(id, "operations:cancel", http, operations, ct);
        return await idempotency.OnceAsync(http, ReadOnlyMemory<byte>.Empty, async ticket => Accepted(
            await operations.PauseAsync(http.Caller().TenantId, id, isPaused, ct, (step, operation) => ticket.AddTo(step, Accepted(operation))) ?? throw NotFound(id)), ct);
    }

    /// <summary>Each kind says who may: for a merge or an import whoever may change and delete such records, whoever did it.</summary>
    private static async Task<IResult> Undo(
        Guid id, HttpContext http, RecordReader records, OperationStore operations, MergeUndo merges, DeletionUndo deletions, MigrationUndo migrations, GroupCommitter committer,
        Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var operation = await operations.GetAsync(http.Caller().TenantId, id, ct) ?? throw NotFound(id);
        return operation.Kind switch
        {
            KeptDeletions.OperationKindName => await UndoDeletionAsync(operation, http, deletions, idempotency, time, ct),
            RecordMerge.OperationKindName => await MergeEndpoints.UndoAsync(operation, http, merges, idempotency, time, ct),
            ImportOperation.KindName when (string?)operation.Result?["batchId"] is { } batch =>
                await TransferEndpoints.UndoAsync(Guid.Parse(batch), http, records, operations, committer, idempotency, time, ct),
            WorkflowMigration.KindName => await WorkflowMigrationEndpoints.UndoAsync(operation, http, migrations, idempotency, time, ct),
            _ => throw new ProblemException(409, "cannot_be_undone", $"An operation of the kind {operation.Kind} cannot be undone."),
        };
    }

    /// <summary>
    /// Whoever deleted something may take that back. What others deleted is as if made anew, with all its values: a user who was
    /// put out comes back with his roles and his password only by who may give them.
    /// </summary>
    private static async Task<IResult> UndoDeletionAsync(
        Operation operation, HttpContext http, DeletionUndo undo, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var (caller, type) = (http.Caller(), (string?)operation.Request["recordType"]);
        caller.Demand($"{type}:delete");
        if (operation.CreatedBy != caller.UserId)
        {
            caller.Demand($"{type}:create");
            foreach (var permission in (RecordTypes.Find(type ?? "")?.Fields ?? []).Select(field => field.Permission).OfType<string>())
                caller.Demand(permission);
        }
        return await idempotency.OnceAsync(http, ReadOnlyMemory<byte>.Empty, async ticket => Answer.Of(
            (await undo.UndoAsync(operation, caller.Change("", time.GetUtcNow()), (step, undone) => ticket.AddTo(step, Answer.Of(undone.ToJson())), ct)).ToJson()), ct);
    }

    /// <summary>Others' operations are as unknown as none, unless the caller holds the permission.</summary>
    private static async Task<Operation> FindAsync(Guid id, string permission, HttpContext http, OperationStore operations, CancellationToken ct)
    {
        var caller = http.Caller();
        var operation = await operations.GetAsync(caller.TenantId, id, ct);
        return operation is not null && (operation.CreatedBy == caller.UserId || caller.Permissions.Allows(permission)) ? operation : throw NotFound(id);
    }

    private static ProblemException NotFound(Guid id) => new(404, "not_found", $"There is no operation {id}.");
}
