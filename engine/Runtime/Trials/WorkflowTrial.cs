using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Domain.Messages;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Activities;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Work;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities.Primitives;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Trials;

/// <summary>
/// Runs one test case of a workflow in the real runtime: the same bursts, whose effects become the same rows, which are kept
/// here instead of written. Time is the test's own.
/// </summary>
internal sealed class WorkflowTrial
{
    /// <summary>Timers that come due within one step; more look like a loop.</summary>
    private const int MostTimers = 1_000;

    private static readonly RecordType Tasks = RecordTypes.Of<WorkTask>();

    private readonly Guid tenantId;
    private readonly Guid instanceId;
    private readonly WorkflowGraph graph;
    private readonly WorkflowTest test;
    private readonly TrialHost host;
    private readonly Dictionary<(string Type, Guid Id), Record> records = [];
    private readonly Dictionary<string, Guid> names = [];
    private readonly List<WorkTask> tasks = [];
    private readonly List<Message> messages = [];
    private readonly List<(RecordType Type, Record Record)> created = [];
    private readonly List<DispatchWorkflow> dispatched = [];
    private readonly List<string> path = [];
    private readonly RecordType? subjectType;
    private Record? subject;
    private StoredInstance? stored;
    private InstanceState state = null!;
    private DateTimeOffset now;

    private WorkflowTrial(WorkflowGraph graph, WorkflowTest test, TrialHost host)
    {
        (this.graph, this.test, this.host, now) = (graph, test, host, test.At);
        tenantId = Guid.CreateVersion7(now);
        instanceId = Guid.CreateVersion7(now);
        subjectType = RecordTypes.All.FirstOrDefault(type => type.Lifecycle == graph.DefinitionId);
    }

    /// <returns>What came out instead of what is expected; null when it is as expected.</returns>
    public static async ValueTask<string?> RunAsync(WorkflowGraph graph, WorkflowTest test, TrialHost host, CancellationToken ct)
    {
        var trial = new WorkflowTrial(graph, test, host);
        var at = "at the start";
        try
        {
            trial.Prepare();
            await trial.StartAsync(ct);
            for (var i = 0; i < test.Steps.Count; i++)
            {
                at = $"in step {i + 1} ({test.Steps[i]})";
                if (await trial.TakeAsync(test.Steps[i], ct) is { } taken)
                    return $"{at}: {taken}";
                if (test.Steps[i].Expect is { } expected && Expectations.Unmet(expected, trial.Outcome()) is { } unmet)
                    return $"{at}: {unmet}.{trial.Failure()}";
            }
            return Expectations.Unmet(test.Expect, trial.Outcome()) is { } wrong ? $"At the end: {wrong}.{trial.Failure()}" : null;
        }
        catch (Exception e) when (e is ActivityException or ProblemException)
        {
            return $"{at}: {e.Message}";
        }
    }

    /// <summary>Makes the records that the test says are there.</summary>
    private void Prepare()
    {
        foreach (var json in test.Records.Where(json => json["id"] is not null))
            names[json["id"]!.ToString()] = Guid.CreateVersion7(now);
        foreach (var json in test.Records)
        {
            var type = RecordTypes.Find(json["type"]!.ToString())!;
            var record = Make(type, json, ["type", "id"]);
            if (json["id"] is { } name)
                record.Id = names[name.ToString()];
            records[(type.Name, record.Id)] = record;
        }
        if (test.Record is not null && subjectType is null)
            throw new ActivityException("no_lifecycle", $"{graph.DefinitionId} is no lifecycle of records, so a test of it has no record.");
        if (subjectType is not null)
            subject = Make(subjectType, test.Record ?? [], []);
    }

    private Record Make(RecordType type, JsonObject json, string[] own)
    {
        var record = type.Create();
        (record.Id, record.TenantId, record.Version, record.CreatedAt, record.UpdatedAt) = (Guid.CreateVersion7(now), tenantId, 1, now, now);
        foreach (var (name, value) in json.Where(member => !own.Contains(member.Key)))
        {
            var field = type.Find(name) is { Stored: true } found ? found : throw new ActivityException("unknown_field", $"{type.Name} has no field {name} that a test can set.");
            var given = field.Kind == FieldKind.Reference && value is not null && names.TryGetValue(value.ToString(), out var id) ? JsonValue.Create(id.ToString()) : value;
            if (RecordJson.SetField(record, field, given) is { } error)
                throw new ActivityException(error.Code, $"{type.Name}: {error.Detail}");
        }
        return record;
    }

    private ValueTask StartAsync(CancellationToken ct) => RunAsync(new Stimulus.Start((JsonObject?)test.Input?.DeepClone(), test.Trigger), ct);

    /// <returns>What is wrong if it was to be refused and was not, or otherwise than it should.</returns>
    private async ValueTask<string?> TakeAsync(TestStep step, CancellationToken ct)
    {
        if (step.Refused is not { } code)
        {
            await StepAsync(step, ct);
            return null;
        }
        try
        {
            await StepAsync(step, ct);
            return $"It was not refused with {code}.";
        }
        catch (ActivityException e)
        {
            return e.Code == code ? null : $"It was refused with {e.Code}, not with {code}: {e.Message}";
        }
    }

    private async ValueTask StepAsync(TestStep step, CancellationToken ct)
    {
        switch (step.Kind)
        {
            case "action":
                await PerformAsync(step.Name, step.Json["data"] as JsonObject ?? [], ct);
                break;
            case "event":
                await ResumeAsync(Waiting(bookmark => bookmark.Hash == StimulusHash.OfEvent(step.Name), $"the event {step.Name}"), Event.InputOf(step.Json["payload"]), ct);
                break;
            case "task":
                await CompleteAsync(step, ct);
                break;
            case "advance":
                await ElapseAsync(now + TestStep.Span(step.Name), ct);
                break;
            case "until":
                await ElapseAsync(TestStep.Instant(step.Name), ct);
                break;
            case "child":
                await ChildAsync(step, ct);
                break;
            case "http":
                await ResumeAsync(At(step.Name), new JsonObject { ["result"] = Answer(step.Json) }, ct);
                break;
            case "resume":
                await ResumeAsync(At(step.Name), (JsonObject?)step.Json["input"]?.DeepClone() ?? [], ct);
                break;
            case "fail":
                await RunAsync(new Stimulus.Fail(At(step.Name).Id, $"{step.Json["code"] ?? "failed"}", $"{step.Json["message"] ?? "It has failed."}"), ct);
                break;
            default:
                await RunAsync(new Stimulus.Retry(), ct);
                break;
        }
    }

    private ValueTask PerformAsync(string name, JsonObject data, CancellationToken ct)
    {
        var offered = Actions.Of(state);
        var action = offered.FirstOrDefault(action => action.Name == name)
            ?? throw new ActivityException("action_not_available", $"The action {name} is not available; there are {string.Join(", ", offered.Select(action => action.Name))}.");
        if (subject is not null && ActionData.Apply(RecordView.Copy(subjectType!, subject), action.Fields, data) is [var error, ..])
            throw new ActivityException(error.Code, error.Detail);
        return RunAsync(new Stimulus.Resume(action.BookmarkId, (JsonObject)data.DeepClone()), ct, refusesFault: true);
    }

    /// <summary>By its title or its type; the first that is open.</summary>
    private async ValueTask CompleteAsync(TestStep step, CancellationToken ct)
    {
        var task = tasks.FirstOrDefault(task => task.Status is "open" or "claimed" && (task.Title == step.Name || task.Type == step.Name))
            ?? throw new ActivityException("no_task", $"There is no open task {step.Name}; open are {string.Join(", ", tasks.Where(task => task.Status is "open" or "claimed").Select(task => task.Title))}.");
        var (outcome, data, status) = ($"{step.Json["outcome"] ?? "done"}", step.Json["data"] as JsonObject ?? [], task.Status);
        (task.Status, task.Outcome) = ("done", outcome); // before its burst, which would cancel it otherwise
        try
        {
            if (task.CompletesAction)
                await PerformAsync(outcome, data, ct);
            else if (task.BookmarkId is { } bookmark)
                await ResumeAsync(Waiting(one => one.Id == bookmark, $"the task {step.Name}"), new JsonObject { ["outcome"] = outcome, ["data"] = data.DeepClone() }, ct);
        }
        catch (ActivityException)
        {
            (task.Status, task.Outcome) = (status, null);
            throw;
        }
    }

    private ValueTask ChildAsync(TestStep step, CancellationToken ct)
    {
        var child = dispatched.FirstOrDefault(child => child.DefinitionId == step.Name && state.Bookmarks.Any(bookmark => (string?)bookmark.Payload?["ChildInstanceId"] == child.InstanceId))
            ?? throw new ActivityException("no_child", $"The workflow waits for no instance of {step.Name}.");
        var subStatus = $"{step.Json["subStatus"] ?? "Finished"}";
        return ResumeAsync(Waiting(bookmark => (string?)bookmark.Payload?["ChildInstanceId"] == child.InstanceId, step.Name), new JsonObject
        {
            ["workflowInstanceId"] = child.InstanceId,
            ["status"] = "Finished",
            ["subStatus"] = subStatus,
            ["output"] = step.Json["output"]?.DeepClone() ?? new JsonObject(),
        }, ct);
    }

    private static JsonObject Answer(JsonObject step) => new()
    {
        ["statusCode"] = (int?)step["status"] ?? 200,
        ["headers"] = step["headers"]?.DeepClone() ?? new JsonObject(),
        ["contentHeaders"] = new JsonObject(),
        ["content"] = step["body"]?.DeepClone(),
    };

    /// <summary>Timers fire one after the other, each at its instant.</summary>
    private async ValueTask ElapseAsync(DateTimeOffset until, CancellationToken ct)
    {
        for (var fired = 0; ; fired++)
        {
            if (fired > MostTimers)
                throw new ActivityException("too_many_timers", $"More than {MostTimers} timers came due until {FieldText.Format(until)}: this looks like an endless loop.");
            var due = state.Status == InstanceStatus.Running ? state.Bookmarks.Where(bookmark => StepRows.DueAt(bookmark) <= until).MinBy(StepRows.DueAt) : null;
            if (due is null)
                break;
            now = StepRows.DueAt(due)!.Value is var at && at > now ? at : now;
            await RunAsync(new Stimulus.Resume(due.Id), ct);
        }
        now = until > now ? until : now;
    }

    private Bookmark At(string activityId) => Waiting(bookmark => bookmark.ActivityId == activityId, $"activity {activityId}");

    private Bookmark Waiting(Func<Bookmark, bool> which, string what) =>
        state.Bookmarks.FirstOrDefault(which)
        ?? throw new ActivityException("not_waiting", $"The workflow does not wait for {what}; it waits at {string.Join(", ", state.Bookmarks.Select(bookmark => bookmark.ActivityId))}.");

    private ValueTask ResumeAsync(Bookmark bookmark, JsonObject? input, CancellationToken ct) => RunAsync(new Stimulus.Resume(bookmark.Id, input), ct);

    /// <param name="refusesFault">As an action does: what ends in a fault is refused, and nothing of it is kept.</param>
    private async ValueTask RunAsync(Stimulus stimulus, CancellationToken ct, bool refusesFault = false)
    {
        now = FieldText.Microseconds(now);
        var isStart = stored is null;
        var cause = InstanceRunner.CauseOf(ChangeContext.Engine("test", now), instanceId, graph, now);
        var view = new RecordView(Find, AllRoles, tenantId, cause, subjectType, isStart ? null : subject, isStart || subject is null ? subject : RecordView.Copy(subjectType!, subject));
        host.View = view;
        var burst = await Burst.RunAsync(
            new BurstRequest(graph, isStart ? null : InstanceState.FromJson(stored!.State), instanceId.ToString(), stimulus, now, host)
            {
                FlowchartMode = host.FlowchartMode,
                Properties = subject is null ? null : new JsonObject { ["subject"] = new JsonObject { ["type"] = subjectType!.Name, ["id"] = subject.Id.ToString() } },
            },
            ct);
        if (burst.Ignored)
            return;
        if (refusesFault && burst.State is { SubStatus: InstanceSubStatus.Faulted, Incidents: [.., var incident] })
            throw new ActivityException("action_failed", $"Nothing was changed, because the workflow failed at {incident.ActivityId}: {incident.Message}");
        await KeepAsync(burst, view, isStart, ct);
    }

    private async ValueTask KeepAsync(BurstResult burst, RecordView view, bool isStart, CancellationToken ct)
    {
        var context = new StepContext(new Step(tenantId), view, burst.State, instanceId);
        var written = await StepRows.WriteAsync(context, burst, stored, isStart ? new InstanceLinks(subjectType, subject?.Id, null) : null, ct);
        if (isStart && subject is LifecycleRecord lifecycle)
        {
            lifecycle.Status = written.States.Count > 0 ? written.States[^1].State : lifecycle.Status;
            lifecycle.InstanceId = instanceId;
        }
        else if (StepRows.WriteSubject(context, written.States) is { } changed)
            subject = changed;
        (stored, state) = (written.Instance, InstanceState.FromJson(written.Instance.State)); // as the next burst will find it
        tasks.AddRange(context.Tasks);
        foreach (var effect in burst.Effects.Concat(burst.Children.SelectMany(child => child.Effects)))
        {
            switch (effect)
            {
                case MessageQueued queued:
                    messages.Add(queued.Message);
                    break;
                case DispatchWorkflow dispatch:
                    dispatched.Add(dispatch);
                    break;
            }
        }
        foreach (var task in tasks.Where(task => context.TasksClosed.Contains(task.Id) && task.Status is "open" or "claimed"))
            task.Status = "cancelled";
        foreach (var (type, record) in context.Creations)
        {
            created.Add((type, record));
            records[(type.Name, record.Id)] = record;
        }
        path.AddRange(burst.Journal.Where(entry => entry.EventName == "Completed" && graph.Find(entry.ActivityId) is { Children.Count: 0 }).Select(entry => entry.ActivityId));
    }

    private ValueTask<Record?> Find(RecordType type, Guid id, bool fresh, CancellationToken ct) =>
        new(records.GetValueOrDefault((type.Name, id)) ?? (type.ClrType == typeof(User) && fresh ? new User { Id = id, IsActive = true } : null));

    /// <summary>A test says nothing of roles and, like <see cref="Find"/>, of users whom somebody wants to be sure of; publishing refuses an owner who is not there.</summary>
    private static Task<bool> AllRoles(string name, CancellationToken ct) => Task.FromResult(true);

    /// <summary>Why it may have come out otherwise: the last failure inside it.</summary>
    private string Failure() => state.Incidents is [.., var incident] ? $" It has failed at {incident.ActivityId}: {incident.Message}" : "";

    /// <summary>All that can be expected of it.</summary>
    private JsonObject Outcome() => new()
    {
        ["status"] = state.SubStatus.ToString(),
        ["state"] = state.CurrentState,
        ["path"] = new JsonArray([.. path.Select(id => (JsonNode)id)]),
        ["waits"] = new JsonArray([.. state.Bookmarks.Select(bookmark => (JsonNode)bookmark.ActivityId)]),
        ["actions"] = new JsonArray([.. Actions.Of(state).Where(action => !action.ByServiceOnly).Select(action => (JsonNode)action.Name)]),
        ["record"] = subject is null ? null : Json(subjectType!, subject),
        ["created"] = new JsonArray([.. created.Select(one => With(Json(one.Type, one.Record), "type", one.Type.Name))]),
        ["tasks"] = new JsonArray([.. tasks.Select(task => (JsonNode)Json(Tasks, task))]),
        ["messages"] = new JsonArray([.. messages.Select(message => (JsonNode)Json(RecordTypes.Of<Message>(), message))]),
        ["dispatched"] = new JsonArray([.. dispatched.Select(child => (JsonNode)child.DefinitionId)]),
        ["output"] = state.Output.DeepClone(),
        ["incident"] = state.Incidents is [.., var incident] ? new JsonObject { ["activityId"] = incident.ActivityId, ["code"] = incident.Code, ["message"] = incident.Message } : null,
    };

    private static JsonObject Json(RecordType type, Record record) => (JsonObject)JsonNode.Parse(Encoding.UTF8.GetString(RecordJson.ToUtf8(type, record)))!;

    private static JsonObject With(JsonObject json, string name, string value)
    {
        json.TryAdd(name, value);
        return json;
    }
}
