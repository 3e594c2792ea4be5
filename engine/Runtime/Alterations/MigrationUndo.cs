using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Housekeeping;
using Switchboard.Runtime.Operations;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Alterations;

/// <summary>
/// Takes a migration back: every instance that has not moved since is as it was before, with its waits, timers, tasks and
/// the status of its record. Those that have moved are left alone and named. Only the journal and the counters go on.
/// </summary>
public sealed class MigrationUndo(
    Database database, InstanceStore store, Definitions definitions, OperationStore operations, GroupCommitter committer, ITransport transport,
    HousekeepingOptions housekeeping, TimeProvider time) : OperationKind
{
    public const string KindName = "workflow-migration-undo";

    private const int BatchSize = 100;
    private const int AtOnce = 16;
    private const int MostNamed = 100;
    private const int MostAttempts = 8;

    public override string Name => KindName;

    /// <exception cref="ProblemException">409 for a preview, one that still runs, one that is undone already, or one that ended long ago.</exception>
    public async Task<Operation> StartAsync(Operation migration, ChangeContext context, CancellationToken ct, Action<Step, Operation>? also = null)
    {
        if ((bool)migration.Request["dryRun"]!)
            throw new ProblemException(409, "nothing_to_undo", "A preview has changed nothing.");
        if (!migration.IsOver)
            throw new ProblemException(409, "operation_is_running", "The migration still runs: cancel it first, or wait for its end.");
        if (migration.UpdatedAt < context.At - housekeeping.MovedInstances)
            throw new ProblemException(409, "too_late_to_undo", $"The migration ended on {migration.UpdatedAt:yyyy-MM-dd}: what it has changed is kept for {housekeeping.MovedInstances.TotalDays:0.#} days.");
        if (await operations.FindNewestAsync(migration.TenantId, KindName, "operationId", migration.Id.ToString(), ct) is { Status: not (Operation.Failed or Operation.Cancelled) } undo)
            throw new ProblemException(409, "already_undone", $"Operation {undo.Id} has undone it, or is about to.");
        var operation = Operation.New(migration.TenantId, KindName, new JsonObject
        {
            ["operationId"] = migration.Id.ToString(),
            ["key"] = (string)migration.Request["key"]!,
            ["actorId"] = context.ActorId?.ToString(),
            ["actor"] = context.Actor,
        }, context.ActorId, context.At);
        var step = new Step(migration.TenantId);
        step.Insert(SystemTables.Operations, operation.ToRow());
        RecordChanges.Audit(step, null, null, context with { Action = "workflow-instances.migration_undone" }, new JsonObject { ["operationId"] = migration.Id.ToString() });
        operations.Announce(step);
        also?.Invoke(step, operation);
        await committer.CommitAsync(step, ct);
        return operation;
    }

    public override async Task RunAsync(OperationRun run, CancellationToken ct)
    {
        var migration = Guid.Parse((string)run.Operation.Request["operationId"]!);
        var context = run.ChangeByActor("migration_undone") with { BatchId = migration };
        while (true)
        {
            run.ThrowIfStopped();
            var batch = await MigrationRows.ToUndoAsync(database, run.TenantId, migration, BatchSize, ct);
            if (batch.Count == 0)
                break;
            await Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (row, token) =>
                await transport.RunAsync(row.Outcome.InstanceId, turn => UndoAsync(run.TenantId, migration, row, context, turn), token));
            run.Operation.Done += batch.Count;
            await run.CommitAsync(new Step(run.TenantId), isLarge: false, ct);
        }
        run.Operation.Total = run.Operation.Done;
    }

    public override async Task EndAsync(OperationRun run, Step step, string status, CancellationToken ct)
    {
        var migration = Guid.Parse((string)run.Operation.Request["operationId"]!);
        var counts = new JsonObject { ["restored"] = 0L, ["moved_since"] = 0L, ["went_on"] = 0L, ["gone"] = 0L };
        foreach (var group in await MigrationRows.GroupsAsync(database, run.TenantId, migration, int.MaxValue, ct))
        {
            if ((string?)group!["undo"] is { } undo)
                counts[undo] = (long)counts[undo]! + (long)group["count"]!;
        }
        var left = (await MigrationRows.PageAsync(database, run.TenantId, migration, null, "moved_since", null, MostNamed, ct))
            .Concat(await MigrationRows.PageAsync(database, run.TenantId, migration, null, "went_on", null, MostNamed, ct));
        run.Operation.Result = new JsonObject
        {
            ["operationId"] = migration.ToString(),
            ["counts"] = counts,
            ["leftAlone"] = new JsonArray([.. left.Take(MostNamed).Select(row => (JsonNode)new JsonObject { ["instanceId"] = row.Outcome.InstanceId.ToString(), ["why"] = row.Undo })]),
        };
    }

    private async Task<string> UndoAsync(Guid tenantId, Guid migration, MigrationRow row, ChangeContext context, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var stored = await store.FindAsync(tenantId, row.Outcome.InstanceId, fresh: true, ct);
            var undo = stored is null ? "gone" : row.Before is null ? "went_on" : stored.Version != row.Before.VersionAfter ? "moved_since" : "restored";
            var step = new Step(tenantId);
            var restored = undo == "restored" ? await RestoreAsync(step, stored!, row.Before!, context, ct) : null;
            var kept = undo == "moved_since" ? row.Before : null;
            step.Update(SystemTables.InstanceMigrations, MigrationRows.Of(tenantId, migration, row with { Undo = undo, Before = kept, Version = row.Version + 1 }), row.Version);
            if (await committer.CommitAsync(step, ct) != StepOutcome.Committed)
                continue; // it has moved in this very moment: look again
            if (restored is not null)
                store.Keep(restored);
            return undo;
        }
        throw new ProblemException(503, "instance_busy", $"Instance {row.Outcome.InstanceId} is being changed by others all the time; undo again later.");
    }

    /// <summary>Adds what makes the instance as it was: written as a burst that did the opposite.</summary>
    private async Task<StoredInstance> RestoreAsync(Step step, StoredInstance stored, MovedFrom before, ChangeContext context, CancellationToken ct)
    {
        var now = InstanceState.FromJson(stored.State);
        var state = InstanceState.FromJson(before.State);
        var graph = await definitions.OfInstanceAsync(stored.TenantId, state.DefinitionId, state.DefinitionVersion, before.Hash, ct);
        context = InstanceRunner.CauseOf(context, stored.Id, graph, FieldText.Microseconds(time.GetUtcNow()));
        var subject = stored is { SubjectType: { } type, SubjectId: { } id } ? await store.FindRecordAsync(stored.TenantId, type, id, fresh: true, ct) : null;
        var view = new RecordView(store, stored.TenantId, context, stored.SubjectType, subject, subject is null ? null : RecordView.Copy(stored.SubjectType!, subject));
        var again = state.Bookmarks.Except(now.Bookmarks).ToList();
        var effects = again.Where(bookmark => StepRows.DueAt(bookmark) is not null && !bookmark.Shared).Select(bookmark => (Effect)new SetTimer(bookmark.Id, StepRows.DueAt(bookmark)!.Value));
        if (state.CurrentState is { } name && name != now.CurrentState)
            effects = effects.Append(new StateEntered(name, null));
        var entry = state.Restore(now, graph, $"Back to version {graph.Version}, as {context.Actor} has undone the move to version {now.DefinitionVersion}.", context.At);
        var burst = new BurstResult
        {
            State = state,
            Graph = graph,
            Journal = [entry],
            Effects = [.. effects],
            CreatedBookmarks = again,
            RemovedBookmarks = [.. now.Bookmarks.Except(state.Bookmarks)],
        };
        var rows = new StepContext(step, view, state, stored.Id);
        var written = await StepRows.WriteAsync(rows, burst, stored, null, ct);
        StepRows.WriteSubject(rows, written.States);
        await Work.StateTasks.CloseAsync(store, rows, null, ct);
        foreach (var task in before.Tasks)
            await ReopenAsync(rows, Guid.Parse((string)task!["id"]!), (string)task["status"]!, ct);
        return written.Instance;
    }

    private async Task ReopenAsync(StepContext context, Guid id, string status, CancellationToken ct)
    {
        var type = RecordTypes.Of<WorkTask>();
        if (await store.FindRecordAsync(context.Step.TenantId, type, id, fresh: true, ct) is not WorkTask { Status: "cancelled" } closed)
            return;
        var task = (WorkTask)RecordView.Copy(type, closed);
        task.Status = status;
        task.CompletedAt = null;
        RecordChanges.Update(context.Step, type, closed, task, context.Context);
    }
}
