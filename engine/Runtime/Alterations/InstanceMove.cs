using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Activities;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Work;
using Switchboard.Workflows;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Alterations;

/// <summary>What became of one instance that was moved, or would become of it.</summary>
/// <param name="Outcome"><c>kept</c>: it waits for all that it waited for; <c>changed</c>; <c>refused</c>; <c>skipped</c>: it was not to be moved any more.</param>
/// <param name="Code">Why it was refused or skipped; else null.</param>
/// <param name="PlaceBefore">Where it waits: the state, and the ids of the activities.</param>
/// <param name="PlaceAfter">Where it waits then; empty if it was not moved.</param>
/// <param name="Detail">Each wait, what is kept, new or dropped, the variables, or why not.</param>
public sealed record MoveOutcome(Guid InstanceId, string Outcome, string? Code, string PlaceBefore, string PlaceAfter, JsonObject Detail);

/// <summary>
/// Moves one instance to another version of its definition, or tries it: both run the same burst, and the outcome is read
/// from what that burst did.
/// </summary>
public sealed class InstanceMove(InstanceRunner runner, InstanceStore store)
{
    private static readonly RecordType Tasks = RecordTypes.Of<WorkTask>();

    /// <summary>What moving it would do.</summary>
    public async Task<MoveOutcome> TryAsync(Guid tenantId, Guid id, int from, Move move, ChangeContext context, CancellationToken ct)
    {
        try
        {
            var tried = await runner.TryAsync(tenantId, id, state => Choose(state, move, from), new Delivery(context) { Move = move }, ct);
            return tried.Burst is null ? Refusal(id, "not_found", "There is no such instance any more.", "") : Describe(id, tried);
        }
        catch (Exception e) when (e is ProblemException or ActivityException)
        {
            return await RefusedAsync(tenantId, id, e, ct);
        }
    }

    /// <summary>Moves it, and writes the row of the operation in the same step.</summary>
    /// <returns>Null if it was moved; else why not, of which nothing is written yet.</returns>
    public async Task<MoveOutcome?> ApplyAsync(Guid tenantId, Guid id, Guid operationId, int from, Move move, ChangeContext context, CancellationToken ct)
    {
        await store.FindAsync(tenantId, id, fresh: true, ct); // a refusal shall be of the instance as it is now
        try
        {
            var moved = await runner.DeliverAsync(tenantId, id, state => Choose(state, move, from), new Delivery(context)
            {
                Move = move,
                Also = async (step, result) =>
                {
                    var before = new MovedFrom(result.Before!.State, result.Before.DefinitionHash, await TasksAsync(tenantId, result, ct), result.Before.Version + 1);
                    step.Insert(SystemTables.InstanceMigrations, MigrationRows.Of(tenantId, operationId, Describe(id, result), WentOn(result) ? null : before, context.At));
                },
            }, ct);
            return moved.State is null ? Refusal(id, "not_found", "There is no such instance any more.", "") : null;
        }
        catch (Exception e) when (e is ProblemException or ActivityException)
        {
            return await RefusedAsync(tenantId, id, e, ct);
        }
    }

    private static Stimulus.Alter Choose(InstanceState state, Move move, int from)
    {
        if (state.SubStatus is InstanceSubStatus.Finished or InstanceSubStatus.Cancelled)
            throw new ProblemException(409, "instance_has_ended", $"The instance has ended already ({state.SubStatus}).");
        return state.DefinitionVersion == from && state.DefinitionId == move.To.DefinitionId
            ? new Stimulus.Alter([])
            : throw new ProblemException(409, "other_version", $"The instance runs version {state.DefinitionVersion} of {state.DefinitionId} by now.");
    }

    private async Task<MoveOutcome> RefusedAsync(Guid tenantId, Guid id, Exception e, CancellationToken ct)
    {
        var place = await store.FindAsync(tenantId, id, fresh: false, ct) is { } stored ? PlaceOf(InstanceState.FromJson(stored.State)) : "";
        return Refusal(id, e is ProblemException problem ? problem.Code : ((ActivityException)e).Code, e is ProblemException { Detail: var detail } ? detail : e.Message, place);
    }

    private static MoveOutcome Refusal(Guid id, string code, string why, string place) => new(
        id, code is "not_found" or "instance_has_ended" or "other_version" ? "skipped" : "refused", code, place, "", new JsonObject { ["why"] = why });

    private static MoveOutcome Describe(Guid id, DeliveryResult moved)
    {
        var (burst, before) = (moved.Burst!, InstanceState.FromJson(moved.Before!.State));
        var after = InstanceState.FromJson(burst.State.ToJson()); // as it will be stored, so that both are read the same way
        var created = burst.CreatedBookmarks.ToHashSet();
        // What asks again ends one bookmark of its execution and makes another.
        var again = burst.RemovedBookmarks.Where(old => created.Any(now => now.ActivityInstanceId == old.ActivityInstanceId)).Select(old => old.ActivityInstanceId).ToHashSet();
        var dropped = burst.RemovedBookmarks.Where(bookmark => !again.Contains(bookmark.ActivityInstanceId)).ToList();
        var variables = Variables(before, after);
        var (from, to) = (PlaceOf(before), PlaceOf(after));
        var isKept = from == to && created.Count == 0 && dropped.Count == 0 && variables is { Dropped.Count: 0, Added.Count: 0 } && before.Status == after.Status;
        var detail = new JsonObject
        {
            ["state"] = new JsonObject { ["from"] = before.CurrentState, ["to"] = after.CurrentState },
            ["waits"] = new JsonArray([.. after.Bookmarks.Select(bookmark => Wait(bookmark, burst.Graph, WhatBecame(bookmark, before, created, again)))]),
            ["dropped"] = new JsonArray([.. dropped.Select(bookmark => Wait(bookmark, burst.Graph, "dropped"))]),
            ["variables"] = new JsonObject { ["kept"] = Texts(variables.Kept), ["dropped"] = Texts(variables.Dropped), ["added"] = Texts(variables.Added) },
            ["incidents"] = after.Incidents.Count,
            ["goesOn"] = WentOn(moved),
        };
        if (moved.Before.SubjectType is { } type)
            detail["subject"] = new JsonObject { ["type"] = type.Name, ["id"] = moved.Before.SubjectId.ToString() };
        return new MoveOutcome(id, isKept ? "kept" : "changed", null, from, to, detail);
    }

    private static string WhatBecame(Bookmark bookmark, InstanceState before, HashSet<Bookmark> created, HashSet<string> again) =>
        again.Contains(bookmark.ActivityInstanceId) ? "asked_again"
        : created.Contains(bookmark) ? "new"
        : before.FindBookmark(bookmark.Id)?.ActivityId == bookmark.ActivityId ? "kept" : "renamed";

    private static JsonObject Wait(Bookmark bookmark, WorkflowGraph graph, string what)
    {
        var payload = bookmark.Payload;
        var wait = new JsonObject
        {
            ["activityId"] = bookmark.ActivityId,
            ["name"] = (string?)payload?["label"] ?? graph.Find(bookmark.ActivityId)?.Name ?? bookmark.ActivityId,
            ["type"] = bookmark.Name,
            ["is"] = what,
        };
        if (StepRows.DueAt(bookmark) is { } due)
            wait["dueAt"] = FieldText.Format(due);
        if (bookmark.Name == UserTask.TaskType)
            wait["taskId"] = payload?["taskId"]?.DeepClone();
        return wait;
    }

    /// <summary>Whether the step did more than change what it waits for: what then has happened cannot be taken back.</summary>
    private static bool WentOn(DeliveryResult moved) =>
        moved.Burst!.Children.Count > 0
        || moved.Burst.Effects.Any(effect => effect is not (SetTimer or StateEntered { Previous: null } or TaskOpened { Task.CompletesAction: false } or LineWritten))
        || moved.Burst.Journal.Any(entry => entry.EventName is "Completed" or "Faulted");

    private static (List<string> Kept, List<string> Dropped, List<string> Added) Variables(InstanceState before, InstanceState after)
    {
        var old = before.Variables.Select(variable => variable.Id).Distinct().ToList();
        var now = after.Variables.Select(variable => variable.Id).Distinct().ToList();
        return ([.. old.Intersect(now)], [.. old.Except(now)], [.. now.Except(old)]);
    }

    internal static string PlaceOf(InstanceState state)
    {
        var activities = string.Join(", ", state.Bookmarks.Select(bookmark => bookmark.ActivityId).Distinct().Order(StringComparer.Ordinal));
        var place = state.CurrentState is { } name ? $"{name}: {activities}" : activities;
        return state.SubStatus switch
        {
            InstanceSubStatus.Finished => "ended",
            InstanceSubStatus.Faulted => $"failed at {string.Join(", ", state.Incidents.Select(incident => incident.ActivityId).Distinct().Order(StringComparer.Ordinal))}",
            _ => place,
        };
    }

    /// <summary>The tasks that the step closes, as they were.</summary>
    private async ValueTask<JsonArray> TasksAsync(Guid tenantId, DeliveryResult moved, CancellationToken ct)
    {
        var tasks = new JsonArray();
        var waited = moved.Burst!.RemovedBookmarks.Where(bookmark => bookmark.Name == UserTask.TaskType)
            .Select(bookmark => (string?)bookmark.Payload?["taskId"]).OfType<string>().Select(Guid.Parse);
        var failed = IncidentTasks.Of(InstanceState.FromJson(moved.Before!.State)).Except(IncidentTasks.Of(moved.State!));
        foreach (var id in waited.Concat(failed))
        {
            if (await store.FindRecordAsync(tenantId, Tasks, id, fresh: true, ct) is WorkTask { Status: "open" or "claimed" } task)
                tasks.Add((JsonNode)new JsonObject { ["id"] = id.ToString(), ["status"] = task.Status });
        }
        return tasks;
    }

    private static JsonArray Texts(List<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
