using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Activities;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Work;

/// <summary>
/// Tasks end with what they are for: one that belongs to a state when the state is left, one that an activity waits for when
/// it waits no more. Those that a transition makes on its way belong to the state that it leads to.
/// </summary>
internal static class StateTasks
{
    private const string Property = "stateTasks";

    public static void Remember(StepContext context, WorkTask task)
    {
        var ids = context.State.Properties[Property] as JsonArray;
        if (ids is null)
            context.State.Properties[Property] = ids = [];
        ids.Add(task.Id.ToString());
        context.TasksOpened.Add(task.Id);
    }

    /// <summary>Of the state that an instance is in.</summary>
    /// <exception cref="ProblemException">400 for a state from outside that has something else there.</exception>
    public static List<Guid> Of(InstanceState state) =>
        [.. (state.Properties[Property] as JsonArray ?? []).Select(id => Guid.TryParse(id?.ToString(), out var task)
            ? task
            : throw new ProblemException(400, "invalid_state", $"The state of the instance cannot be used: its property {Property} lists no tasks."))];

    /// <summary>The state is left: its tasks are to be closed.</summary>
    public static void Leave(StepContext context)
    {
        if (context.State.Properties[Property] is not JsonArray ids)
            return;
        var all = ids.Select(id => Guid.Parse((string)id!)).ToList();
        context.TasksClosed.AddRange(all.Except(context.TasksOpened));
        var kept = all.Where(context.TasksOpened.Contains).ToList();
        if (kept.Count == 0)
            context.State.Properties.Remove(Property);
        else
            context.State.Properties[Property] = new JsonArray([.. kept.Select(id => (JsonNode)id.ToString())]);
    }

    /// <summary>The task of an activity whose bookmark is gone.</summary>
    public static void Forsake(StepContext context, Bookmark bookmark)
    {
        if (bookmark.Name == UserTask.TaskType && (string?)bookmark.Payload?["taskId"] is { } id)
            context.TasksClosed.Add(Guid.Parse(id));
    }

    /// <summary>Adds the cancellations to the step.</summary>
    /// <param name="completed">The task whose completion causes the burst: it ends as done, which is its completer's to write.</param>
    public static ValueTask CloseAsync(InstanceStore store, StepContext context, Guid? completed, CancellationToken ct) =>
        CloseAsync(store, context.Step, context.TasksClosed.Where(id => id != completed), context.Context, ct);

    /// <summary>Adds the cancellations of those of these tasks to the step that are not done.</summary>
    public static async ValueTask CloseAsync(InstanceStore store, Step step, IEnumerable<Guid> tasks, ChangeContext context, CancellationToken ct)
    {
        var type = RecordTypes.Of<WorkTask>();
        foreach (var id in tasks.Distinct())
        {
            if (await store.FindRecordAsync(step.TenantId, type, id, fresh: true, ct) is not WorkTask { Status: "open" or "claimed" } before)
                continue;
            var after = (WorkTask)RecordView.Copy(type, before);
            after.Status = "cancelled";
            after.CompletedAt = FieldText.Microseconds(context.At);
            RecordChanges.Update(step, type, before, after, context);
        }
    }
}
