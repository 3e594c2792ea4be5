using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Work;

/// <summary>Who works on a task.</summary>
/// <param name="Roles">The names of the user's roles: candidates of a task are roles.</param>
/// <param name="IsAllowed">Says whether the user has a permission.</param>
public sealed record Worker(Guid UserId, IReadOnlyCollection<string> Roles, Func<string, bool> IsAllowed);

/// <summary>
/// What people do with tasks. Each is one fenced write: of several at once one wins and the others are told who. Completing
/// one resumes what waits for it, or performs the action that its outcome names, in the same step.
/// </summary>
public sealed class Tasks(RecordReader records, GroupCommitter committer, InstanceRunner runner, Actions actions)
{
    private static readonly RecordType Type = RecordTypes.Of<WorkTask>();

    /// <exception cref="ProblemException">404; 403 if the worker is no candidate; 409 <c>task_claimed</c> naming the winner, <c>task_closed</c>.</exception>
    public Task<WorkTask> ClaimAsync(Guid tenantId, Guid id, Worker worker, ChangeContext context, Action<Step, WorkTask>? also, CancellationToken ct) =>
        ChangeAsync(tenantId, id, context, also, async (before, after) =>
        {
            if (before.Status == "claimed" && before.AssigneeId == worker.UserId)
                return;
            await RefuseClaimedAsync(tenantId, before, ct);
            RefuseOutsider(before, worker);
            (after.Status, after.AssigneeId, after.ClaimedAt, after.FollowUpAt) = ("claimed", worker.UserId, FieldText.Microseconds(context.At), null);
        }, ct);

    /// <summary>Back to its candidates. By its assignee, or whoever may assign.</summary>
    public Task<WorkTask> ReleaseAsync(Guid tenantId, Guid id, Worker worker, ChangeContext context, Action<Step, WorkTask>? also, CancellationToken ct) =>
        ChangeAsync(tenantId, id, context, also, (before, after) =>
        {
            if (before.Status != "claimed")
                throw new ProblemException(409, "task_not_claimed", "Nobody has claimed the task.");
            if (before.AssigneeId != worker.UserId && !worker.IsAllowed("tasks:assign"))
                throw new ProblemException(403, "missing_permission", "Only its assignee or somebody with the permission tasks:assign can release the task.");
            (after.Status, after.AssigneeId, after.ClaimedAt, after.DelegatedById, after.DelegatedUntil) = ("open", null, null, null, null);
            return Task.CompletedTask;
        }, ct);

    /// <summary>
    /// Puts it aside until then, or takes it up again when that is null. By its assignee; one that nobody has, by whoever may claim it.
    /// Who is given the task meanwhile has it at once.
    /// </summary>
    public Task<WorkTask> SnoozeAsync(
        Guid tenantId, Guid id, Worker worker, DateTimeOffset? followUpAt, ChangeContext context, Action<Step, WorkTask>? also, CancellationToken ct) =>
        ChangeAsync(tenantId, id, context, also, async (before, after) =>
        {
            if (before.AssigneeId != worker.UserId)
                await RefuseClaimedAsync(tenantId, before, ct);
            RefuseOutsider(before, worker);
            if (followUpAt <= context.At)
                throw ProblemException.Invalid([new FieldError("followUpAt", "in_the_past", "followUpAt must be later than now.")]);
            after.FollowUpAt = followUpAt is { } at ? FieldText.Microseconds(at) : null;
        }, ct);

    /// <summary>To a user, whoever has it now.</summary>
    public Task<WorkTask> AssignAsync(Guid tenantId, Guid id, Guid userId, ChangeContext context, Action<Step, WorkTask>? also, CancellationToken ct) =>
        ChangeAsync(tenantId, id, context, also, async (_, after) =>
        {
            await RefuseUnknownUserAsync(tenantId, userId, ct);
            RefuseExcluded(after, userId);
            (after.Status, after.AssigneeId, after.ClaimedAt, after.DelegatedById, after.DelegatedUntil) = ("claimed", userId, FieldText.Microseconds(context.At), null, null);
            after.FollowUpAt = null;
        }, ct);

    /// <summary>From its assignee to somebody else; it goes back at <paramref name="until"/>, or stays when that is null.</summary>
    public Task<WorkTask> DelegateAsync(
        Guid tenantId, Guid id, Worker worker, Guid userId, DateTimeOffset? until, ChangeContext context, Action<Step, WorkTask>? also, CancellationToken ct) =>
        ChangeAsync(tenantId, id, context, also, async (before, after) =>
        {
            if (before.AssigneeId != worker.UserId)
                throw new ProblemException(403, "not_assignee", "Only its assignee can delegate the task: claim it first.");
            if (until <= context.At)
                throw ProblemException.Invalid([new FieldError("until", "in_the_past", "until must be later than now.")]);
            await RefuseUnknownUserAsync(tenantId, userId, ct);
            RefuseExcluded(after, userId);
            (after.AssigneeId, after.DelegatedById, after.DelegatedUntil) = (userId, worker.UserId, until is { } end ? FieldText.Microseconds(end) : null);
            after.FollowUpAt = null;
        }, ct);

    /// <summary>Back to whom a task was delegated from, whose time has come; to its candidates when that user is gone.</summary>
    /// <returns>False when it is not due any more: closed, released or assigned meanwhile.</returns>
    public async Task<bool> ReturnAsync(Guid tenantId, Guid id, ChangeContext context, CancellationToken ct)
    {
        while (await records.GetAsync(tenantId, Type, id, ct) is WorkTask { Status: "open" or "claimed" } before && before.DelegatedUntil <= context.At)
        {
            var after = (WorkTask)RecordView.Copy(Type, before);
            (after.AssigneeId, after.DelegatedById, after.DelegatedUntil, after.FollowUpAt) = (before.DelegatedById, null, null, null);
            if (after.AssigneeId is null)
                (after.Status, after.ClaimedAt) = ("open", null);
            var step = new Step(tenantId);
            RecordChanges.Update(step, Type, before, after, context);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return true;
        }
        return false;
    }

    /// <summary>Keeps what has been filled in so far.</summary>
    public Task<WorkTask> DraftAsync(Guid tenantId, Guid id, Worker worker, JsonObject draft, ChangeContext context, Action<Step, WorkTask>? also, CancellationToken ct) =>
        ChangeAsync(tenantId, id, context, also, async (before, after) =>
        {
            if (before.AssigneeId != worker.UserId)
                await RefuseClaimedAsync(tenantId, before, ct);
            RefuseOutsider(before, worker);
            after.Draft = draft.DeepClone();
        }, ct);

    /// <summary>Done with an outcome. An open task is claimed by it.</summary>
    /// <exception cref="ProblemException">
    /// 404; 403; 409 <c>task_closed</c>, <c>task_claimed</c>, <c>action_not_available</c>; 422 <c>unknown_outcome</c> or for the data.
    /// </exception>
    public async Task<WorkTask> CompleteAsync(
        Guid tenantId, Guid id, Worker worker, string? outcome, JsonObject data, ChangeContext context, Action<Step, WorkTask>? also, CancellationToken ct)
    {
        var task = await GetAsync(tenantId, id, ct);
        RefuseClosed(task);
        if (task.AssigneeId != worker.UserId)
            await RefuseClaimedAsync(tenantId, task, ct);
        RefuseOutsider(task, worker);
        outcome = ChosenOutcome(task, outcome);

        WorkTask? done = null;
        var delivery = new Delivery(context with { Action = "complete" })
        {
            CompletedTask = id,
            Also = (step, _) =>
            {
                done = Completed(task, worker, outcome, data, context);
                RecordChanges.Update(step, Type, task, done, context with { Action = "complete" });
                also?.Invoke(step, done);
                return default;
            },
        };
        if (task is { CompletesAction: true, SubjectType: { } subjectType, SubjectId: { } subjectId } && RecordTypes.Find(subjectType) is { } type)
        {
            await actions.PerformAsync(tenantId, type, subjectId, outcome, data, worker.IsAllowed, delivery, ct, byService: true);
        }
        else if (task is { BookmarkId: { } bookmark, InstanceId: { } instance })
        {
            var resume = new Stimulus.Resume(bookmark, new JsonObject { ["outcome"] = outcome, ["data"] = data.DeepClone() });
            var result = await runner.DeliverAsync(tenantId, instance, state => state.FindBookmark(bookmark) is null ? null : resume, delivery, ct);
            if (result.Ignored)
                throw new ProblemException(409, "task_closed", "The workflow does not wait for this task any more.");
        }
        else if (task is { Type: IncidentTasks.TaskType, InstanceId: { } failed } && outcome == IncidentTasks.Retry)
        {
            var result = await runner.DeliverAsync(tenantId, failed, state => IncidentTasks.RetryOf(state, id), delivery, ct);
            if (result.Ignored)
                throw new ProblemException(409, "task_closed", "What has failed is not there any more.");
        }
        else
        {
            return await ChangeAsync(tenantId, id, context with { Action = "complete" }, also, (_, after) =>
            {
                CopyTo(Completed(task, worker, outcome, data, context), after);
                return Task.CompletedTask;
            }, ct);
        }
        return done!;
    }

    private static WorkTask Completed(WorkTask task, Worker worker, string outcome, JsonObject data, ChangeContext context)
    {
        var done = (WorkTask)RecordView.Copy(Type, task);
        var at = FieldText.Microseconds(context.At);
        (done.Status, done.Outcome, done.Data, done.Draft, done.CompletedAt) = ("done", outcome, data.DeepClone(), null, at);
        (done.AssigneeId, done.ClaimedAt) = (task.AssigneeId ?? worker.UserId, task.ClaimedAt ?? at);
        return done;
    }

    private static void CopyTo(WorkTask from, WorkTask to) =>
        (to.Status, to.Outcome, to.Data, to.Draft, to.CompletedAt, to.AssigneeId, to.ClaimedAt) =
            (from.Status, from.Outcome, from.Data?.DeepClone(), from.Draft?.DeepClone(), from.CompletedAt, from.AssigneeId, from.ClaimedAt);

    private async Task<WorkTask> ChangeAsync(
        Guid tenantId, Guid id, ChangeContext context, Action<Step, WorkTask>? also, Func<WorkTask, WorkTask, Task> change, CancellationToken ct)
    {
        while (true)
        {
            var before = await GetAsync(tenantId, id, ct);
            RefuseClosed(before);
            var after = (WorkTask)RecordView.Copy(Type, before);
            await change(before, after);
            var step = new Step(tenantId);
            RecordChanges.Update(step, Type, before, after, context);
            also?.Invoke(step, after);
            // A change of nothing has nothing to commit; refused means that somebody was faster, so look again and say who.
            if ((step.Updates.Count == 0 && step.Inserts.Count == 0) || await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return after;
        }
    }

    private async Task<WorkTask> GetAsync(Guid tenantId, Guid id, CancellationToken ct) =>
        (WorkTask?)await records.GetAsync(tenantId, Type, id, ct) ?? throw ProblemException.NotFound(Type, id);

    private static void RefuseClosed(WorkTask task)
    {
        if (task.Status is "done" or "cancelled")
            throw new ProblemException(409, "task_closed", $"The task is {task.Status} already.", extensions: new JsonObject { ["taskStatus"] = task.Status });
    }

    private async Task RefuseClaimedAsync(Guid tenantId, WorkTask task, CancellationToken ct)
    {
        if (task is not { Status: "claimed", AssigneeId: { } winner })
            return;
        var user = (User?)await records.GetAsync(tenantId, RecordTypes.Of<User>(), winner, ct);
        throw new ProblemException(
            409, "task_claimed", $"The task is claimed by {user?.DisplayName ?? "somebody else"}.",
            extensions: new JsonObject { ["assignee"] = new JsonObject { ["id"] = winner.ToString(), ["displayName"] = user?.DisplayName } });
    }

    private static void RefuseExcluded(WorkTask task, Guid userId)
    {
        if (IsExcluded(task, userId))
            throw new ProblemException(403, "four_eyes", "Whoever asked for it must not decide it: it needs somebody else.");
    }

    private static bool IsExcluded(WorkTask task, Guid userId) =>
        (task.ExcludedUserIds as JsonArray)?.Any(id => Guid.TryParse((string?)id, out var excluded) && excluded == userId) == true;

    private static void RefuseOutsider(WorkTask task, Worker worker)
    {
        RefuseExcluded(task, worker.UserId);
        var mayAnyway = task.ExcludedUserIds is null && worker.IsAllowed("tasks:assign");
        if (task.AssigneeId == worker.UserId || mayAnyway || task.CandidateRoles is not JsonArray { Count: > 0 } candidates)
            return;
        var roles = candidates.Select(role => (string)role!).ToList();
        if (!roles.Any(worker.Roles.Contains))
            throw new ProblemException(403, "not_a_candidate", $"The task is for {string.Join(", ", roles)}.");
    }

    private async Task RefuseUnknownUserAsync(Guid tenantId, Guid userId, CancellationToken ct)
    {
        if (await records.GetAsync(tenantId, RecordTypes.Of<User>(), userId, ct) is null)
            throw ProblemException.Invalid([new FieldError("userId", "unknown_reference", $"There is no user {userId}.")]);
    }

    private static string ChosenOutcome(WorkTask task, string? outcome)
    {
        var offered = (task.Outcomes as JsonArray ?? []).Select(name => (string)name!).ToList();
        if (outcome is null && offered.Count == 1)
            return offered[0];
        return outcome is not null && offered.Contains(outcome)
            ? outcome
            : throw ProblemException.Invalid([new FieldError("outcome", "unknown_outcome", $"The task can be completed with {string.Join(", ", offered)}.")]);
    }
}
