namespace Switchboard.Workflows.Execution;

/// <content>What an operator changes in an instance from outside.</content>
public sealed partial class Burst
{
    private async ValueTask<bool> AlterAsync(Stimulus.Alter alter)
    {
        if (State.SubStatus is InstanceSubStatus.Finished or InstanceSubStatus.Cancelled)
            throw new ActivityException("instance_has_ended", $"The instance has ended already ({State.SubStatus}) and cannot be changed.");
        State.SubStatus = InstanceSubStatus.Executing;
        State.FinishedAt = null;
        if (alter.Migration is { } migration)
            await MigrateAsync(migration);
        foreach (var alteration in alter.Alterations)
        {
            switch (alteration)
            {
                case Alteration.ModifyVariable variable:
                    ModifyVariable(variable);
                    break;
                case Alteration.ScheduleActivity schedule:
                    ScheduleAgain(schedule);
                    break;
                case Alteration.CancelActivity cancel:
                    CancelActivity(cancel);
                    break;
                default:
                    throw new ArgumentException($"Unknown alteration {alteration}.", nameof(alter));
            }
        }
        return true;
    }

    private void ModifyVariable(Alteration.ModifyVariable change)
    {
        // From the outside in: the workflow's own variables first, because an operator sees those first.
        if (!All(_root!).Any(context => context.TryAssignVariable(change.VariableId, null, change.Value)) && !_root!.TryAssignVariable(null, change.VariableId, change.Value))
            throw new ActivityException("unknown_variable", $"The instance has no variable {change.VariableId}.");
        Journal(_root!, "Variable modified", $"Variable {change.VariableId} was given another value.");
    }

    private void ScheduleAgain(Alteration.ScheduleActivity schedule)
    {
        var live = All(_root!).Where(context => Matches(context, schedule.ActivityId, schedule.ActivityInstanceId)).ToList();
        if (live.Count > 0)
        {
            foreach (var context in live)
            {
                RemoveBookmarks(context);
                StartOver(context);
            }
            return;
        }
        if (schedule.ActivityId is not { } id || Request.Graph.Find(id) is not { } node)
            throw new ActivityException("unknown_activity", $"The instance has no activity {schedule.ActivityId ?? schedule.ActivityInstanceId}.");
        var owner = _root!;
        for (var around = node.Parent; around is not null; around = around.Parent)
        {
            if (All(_root!).FirstOrDefault(context => context.Node == around && context.Status == ActivityStatus.Running) is not { } found)
                continue;
            owner = found;
            break;
        }
        Schedule(owner, node, null);
    }

    private void CancelActivity(Alteration.CancelActivity cancel)
    {
        var live = All(_root!).Where(context => Matches(context, cancel.ActivityId, cancel.ActivityInstanceId)).ToList();
        if (live.Count == 0)
            throw new ActivityException("unknown_activity", $"The instance is not at activity {cancel.ActivityId ?? cancel.ActivityInstanceId}.");
        foreach (var context in live)
        {
            State.IncidentList.RemoveAll(incident => incident.ActivityInstanceId == context.Id);
            Cancel(context, notify: true);
        }
    }

    /// <summary>It runs as if for the first time; what it has begun is ended, and its incident is no more.</summary>
    private void StartOver(ActivityContext context)
    {
        State.IncidentList.RemoveAll(incident => incident.ActivityInstanceId == context.Id);
        CancelChildren(context);
        context.Execution.Status = ActivityStatus.Pending;
        _scheduled.Enqueue(context);
    }

    private static bool Matches(ActivityContext context, string? activityId, string? activityInstanceId) =>
        context.Parent is not null && (activityInstanceId is null ? context.Node.Id == activityId : context.Id == activityInstanceId);

    private static IEnumerable<ActivityContext> All(ActivityContext context) => context.ChildList.SelectMany(All).Prepend(context);
}
