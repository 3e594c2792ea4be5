using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Activities;
using Switchboard.Runtime.Work;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>An instance as a file holds it.</summary>
/// <param name="DefinitionHash">Of the very text that it runs.</param>
/// <param name="Journal">As far as the file has it.</param>
public sealed record ExportedInstance(InstanceState State, string DefinitionHash, IReadOnlyList<JournalEntry> Journal);

/// <summary>
/// Brings instances back that were exported and deleted: they wait again for what they waited for, and a timer that came due in
/// between fires at once.
/// </summary>
public sealed class InstanceImport(InstanceStore store, Definitions definitions, GroupCommitter committer, TimeProvider time)
{
    /// <summary>All of them or none.</summary>
    /// <exception cref="ProblemException">409 for one that is there already or may not run beside another; 422 for one whose definition is not there.</exception>
    public async Task ImportAsync(Guid tenantId, IReadOnlyList<ExportedInstance> instances, ChangeContext context, CancellationToken ct)
    {
        if (instances.GroupBy(instance => Guid.Parse(instance.State.Id)).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw Exists(twice.Key, "twice in the files");
        var step = new Step(tenantId);
        foreach (var instance in instances)
            await AddAsync(step, instance, context, ct);
        try
        {
            if (await committer.CommitAsync(step, ct) != StepOutcome.Committed)
                throw new ProblemException(409, "changed_meanwhile", "A task of an instance has been changed at the same moment: import again.");
        }
        catch (PostgresException e) when (e.ConstraintName == "instances_pkey")
        {
            throw new ProblemException(409, "instance_exists", "One of the instances has been imported at the same moment.");
        }
        catch (PostgresException e) when (e.ConstraintName == "instances_activated_once")
        {
            throw new ProblemException(409, "instance_not_allowed", "The activation strategy of a definition allows no other running instance beside the one that runs now.");
        }
    }

    private async Task AddAsync(Step step, ExportedInstance instance, ChangeContext context, CancellationToken ct)
    {
        var (tenantId, state, id) = (step.TenantId, instance.State, Guid.Parse(instance.State.Id));
        if (await store.FindAsync(tenantId, id, fresh: true, ct) is not null)
            throw Exists(id, "there already");
        var graph = await definitions.FindOfInstanceAsync(tenantId, state.DefinitionId, state.DefinitionVersion, instance.DefinitionHash, ct);
        if (graph?.DefinitionId != state.DefinitionId || graph.Version != state.DefinitionVersion)
        {
            throw new ProblemException(422, "unknown_definition",
                $"Instance {id} runs version {state.DefinitionVersion} of workflow {state.DefinitionId}, which is not here as it was then: import and publish that version first.");
        }
        state.ThrowIfNotOf(graph);
        var now = FieldText.Microseconds(time.GetUtcNow());
        var view = new RecordView(store, tenantId, InstanceRunner.CauseOf(context, id, graph, now), null, null, null);
        var rows = new StepContext(step, view, state, id);
        foreach (var task in await TasksAsync(tenantId, state, id, ct))
            Reopen(rows, task);
        IncidentTasks.Forget(state); // deleting has closed them: what has failed is put before its owner again
        var timers = state.Status == InstanceStatus.Finished ? [] : state.Bookmarks
            .Where(bookmark => !bookmark.Shared && StepRows.DueAt(bookmark) is not null)
            .Select(bookmark => (Effect)new SetTimer(bookmark.Id, StepRows.DueAt(bookmark)!.Value.ToUniversalTime()));
        var burst = new BurstResult
        {
            State = state,
            Graph = graph,
            Journal = instance.Journal,
            Effects = [.. timers],
            CreatedBookmarks = state.Status == InstanceStatus.Finished ? [] : state.Bookmarks,
        };
        var key = Activation.Key(graph.Definition.Options.Activation, graph.DefinitionId, state.CorrelationId, state.CorrelationId);
        // Beyond every version that it had before: another node may still have one of those in memory.
        await StepRows.WriteAsync(rows, burst, null, new InstanceLinks(null, null, key, VersionBefore: now.ToUnixTimeMilliseconds()), ct);
        RecordChanges.Audit(step, null, null, context, new JsonObject { ["instanceId"] = id.ToString() });
    }

    /// <summary>The tasks that it waits for or that belong to its state, which went when it was deleted.</summary>
    private async Task<List<WorkTask>> TasksAsync(Guid tenantId, InstanceState state, Guid id, CancellationToken ct)
    {
        var ofState = StateTasks.Of(state);
        if (state.Status == InstanceStatus.Finished)
            return [];
        var waitedFor = state.Bookmarks.Where(bookmark => bookmark.Name == UserTask.TaskType)
            .Select(bookmark => Guid.TryParse(bookmark.Payload?["taskId"]?.ToString(), out var task) ? task : Guid.Empty).ToList();
        var found = new List<WorkTask>();
        foreach (var taskId in waitedFor.Union(ofState))
        {
            var task = await store.FindRecordAsync(tenantId, RecordTypes.Of<WorkTask>(), taskId, fresh: true, ct) as WorkTask;
            if (task?.InstanceId == id && task.Status != "done")
                found.Add(task);
            else if (waitedFor.Contains(taskId))
                throw new ProblemException(422, "task_gone", $"Instance {id} waits for the task {taskId}, which is not there any more or is done.");
        }
        return found;
    }

    private static void Reopen(StepContext context, WorkTask closed)
    {
        if (closed.Status != "cancelled")
            return;
        var task = (WorkTask)RecordView.Copy(RecordTypes.Of<WorkTask>(), closed);
        task.Status = task.AssigneeId is null ? "open" : "claimed";
        task.CompletedAt = null;
        RecordChanges.Update(context.Step, RecordTypes.Of<WorkTask>(), closed, task, context.Context);
    }

    private static ProblemException Exists(Guid id, string where) =>
        new(409, "instance_exists", $"Instance {id} is {where}: an import brings back what was deleted, and changes nothing that is here.");
}
