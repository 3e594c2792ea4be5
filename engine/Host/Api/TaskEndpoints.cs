using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Work;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Work;

namespace Switchboard.Host.Api;

/// <summary>The work that workflows ask of people.</summary>
internal static class TaskEndpoints
{
    private static readonly RecordType Type = RecordTypes.Of<WorkTask>();

    /// <summary>Beyond this nobody looks through the headers any more; what follows is in the list all the same.</summary>
    private const int MostGroups = 10_000;

    private static readonly (string, string)[] Grouping = [("groupBy", "migrationId, siteId, type or dueDay"), ("zone", "In which time zone the days of dueDay lie, such as Europe/Berlin; UTC by default")];

    private delegate Task<WorkTask> Change(JsonObject body, Worker worker, ChangeContext context, Action<Step, WorkTask> also);

    public static void MapTasks(this IEndpointRouteBuilder api)
    {
        var tasks = api.MapGroup("/tasks").WithTags("Tasks");
        tasks.MapGet("", List).RequirePermission("tasks:read").WithSummary("A page of tasks; assignee=me for one's own, assignee=none for those that nobody has")
            .WithMetadata(new Shape(Response: "Items") { Query = [("status", "open, claimed, done or cancelled"), ("assignee", "A user's id, me, none or me,none"), ("candidate", "me: what the caller may claim"), ("sort", "Such as dueAt, or migrationId.name for the order of what a field refers to by name"), .. Grouping, ("closed", "Groups that are left out, with commas between; none for that without a value")] });
        tasks.MapGet("/groups", Groups).RequirePermission("tasks:read").WithSummary("How many tasks of a list are in each group, all pages together; takes the filters of the list")
            .WithMetadata(new Shape(Response: "Items") { Query = [.. Grouping] });
        tasks.MapGet("/{id:guid}", Get).RequirePermission("tasks:read").WithSummary("A task").WithMetadata(new Shape(Response: "Object"));
        var work = tasks.MapGroup("/{id:guid}");
        work.MapPost("/claim", Claim).RequirePermission("tasks:work").WithSummary("Takes a task; of several who do at once one gets it").WithMetadata(new Shape(Response: "Object"));
        work.MapPost("/release", Release).RequirePermission("tasks:work").WithSummary("Gives a task back to its candidates").WithMetadata(new Shape(Response: "Object"));
        work.MapPost("/assign", Assign).RequirePermission("tasks:assign").WithSummary("Gives a task to a user: {userId}").WithMetadata(new Shape("Object", "Object"));
        work.MapPost("/delegate", Delegate).RequirePermission("tasks:work").WithSummary("Hands one's task to a user, for a time: {userId, until?}").WithMetadata(new Shape("Object", "Object"));
        work.MapPost("/snooze", Snooze).RequirePermission("tasks:work").WithSummary("Puts a task aside until a time, or, with null, takes it up again: {followUpAt}").WithMetadata(new Shape("Object", "Object"));
        work.MapPost("/complete", Complete).RequirePermission("tasks:work").WithSummary("Completes a task: {outcome, data}").WithMetadata(new Shape("Object", "Object"));
        work.MapPut("/draft", Draft).RequirePermission("tasks:work").WithSummary("Keeps what has been filled in so far").WithMetadata(new Shape("Object", "Object"));
    }

    private static async Task<IResult> List(HttpContext http, RecordReader records, FieldCatalogue catalogue, CancellationToken ct)
    {
        var caller = http.Caller();
        var query = await QueryOfAsync(http, catalogue, ct);
        var page = await records.ListAsync(caller.TenantId, query.List, ct);
        var answer = new JsonObject { ["items"] = new JsonArray([.. page.Items.Select(task => Describe((WorkTask)task))]), ["next"] = page.Next };
        if (page.Total is { } total)
            answer["total"] = total;
        return Answer.Of(answer);
    }

    private static async Task<IResult> Groups(HttpContext http, RecordReader records, FieldCatalogue catalogue, CancellationToken ct)
    {
        var query = await QueryOfAsync(http, catalogue, ct);
        if (query.Group is not { } group)
            throw ProblemException.Malformed("required", TaskQuery.GroupBy, "groupBy says by what the tasks are counted.");
        var counts = await records.CountByAsync(http.Caller().TenantId, query.List, group, MostGroups, ct);
        return Answer.Of(new JsonObject { ["items"] = new JsonArray([.. counts.Select(one => new JsonObject { ["value"] = one.Value, ["count"] = one.Count })]) });
    }

    private static async Task<TaskQuery> QueryOfAsync(HttpContext http, FieldCatalogue catalogue, CancellationToken ct) =>
        TaskQuery.Parse(await catalogue.OfAsync(http.Caller().TenantId, Type, ct), [.. RecordEndpoints.Parameters(http)], http.Caller());

    private static async Task<IResult> Get(Guid id, HttpContext http, RecordReader records, CancellationToken ct)
    {
        var task = (WorkTask?)await records.GetAsync(http.Caller().TenantId, Type, id, ct) ?? throw ProblemException.NotFound(Type, id);
        return Of(task);
    }

    private static Task<IResult> Claim(Guid id, HttpContext http, Tasks tasks, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, "claim", idempotency, time, (_, worker, context, also) =>
            tasks.ClaimAsync(http.Caller().TenantId, id, worker, context, also, ct), ct);

    private static Task<IResult> Release(Guid id, HttpContext http, Tasks tasks, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, "release", idempotency, time, (_, worker, context, also) =>
            tasks.ReleaseAsync(http.Caller().TenantId, id, worker, context, also, ct), ct);

    private static Task<IResult> Assign(Guid id, HttpContext http, Tasks tasks, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, "assign", idempotency, time, (body, _, context, also) =>
            tasks.AssignAsync(http.Caller().TenantId, id, UserOf(body), context, also, ct), ct);

    private static Task<IResult> Delegate(Guid id, HttpContext http, Tasks tasks, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, "delegate", idempotency, time, (body, worker, context, also) =>
            tasks.DelegateAsync(http.Caller().TenantId, id, worker, UserOf(body), InstantOf(body, "until"), context, also, ct), ct);

    private static Task<IResult> Snooze(Guid id, HttpContext http, Tasks tasks, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, "snooze", idempotency, time, (body, worker, context, also) => body.ContainsKey("followUpAt")
            ? tasks.SnoozeAsync(http.Caller().TenantId, id, worker, InstantOf(body, "followUpAt"), context, also, ct)
            : throw ProblemException.Invalid([new FieldError("followUpAt", "required", "followUpAt must be an instant, or null.")]), ct);

    private static Task<IResult> Complete(Guid id, HttpContext http, Tasks tasks, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, "complete", idempotency, time, (body, worker, context, also) =>
            tasks.CompleteAsync(http.Caller().TenantId, id, worker, TextOf(body, "outcome"), ObjectOf(body, "data"), context, also, ct), ct);

    /// <summary>The whole body is the draft: whatever the form has so far.</summary>
    private static Task<IResult> Draft(Guid id, HttpContext http, Tasks tasks, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, "draft", idempotency, time, (body, worker, context, also) =>
            tasks.DraftAsync(http.Caller().TenantId, id, worker, body, context, also, ct), ct);

    private static async Task<IResult> ChangeAsync(
        HttpContext http, string action, Idempotency idempotency, TimeProvider time, Change change, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        var worker = new Worker(caller.UserId, caller.Roles, caller.Permissions.Allows);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Of(await change(
            body.Object, worker, caller.Change(action, time.GetUtcNow()), (step, task) => ticket.AddTo(step, Of(task)))), ct);
    }

    private static Answer Of(WorkTask task) => Answer.Of(Describe(task)) with { ETag = Preconditions.ETagOf(task.Version) };

    /// <summary>The record with its subject and its assignee as a client of the inbox expects them.</summary>
    private static JsonObject Describe(WorkTask task)
    {
        var described = JsonNode.Parse(Encoding.UTF8.GetString(RecordJson.ToUtf8(Type, task)))!.AsObject();
        described["assignee"] = task.AssigneeId?.ToString();
        described["subject"] = task.SubjectType is null ? null : new JsonObject { ["type"] = task.SubjectType, ["id"] = task.SubjectId?.ToString() };
        described["candidateRoles"] ??= new JsonArray();
        described["outcomes"] ??= new JsonArray();
        return described;
    }

    private static Guid UserOf(JsonObject body) => Guid.TryParse(TextOf(body, "userId"), out var id)
        ? id
        : throw ProblemException.Invalid([new FieldError("userId", "required", "userId must be the id of a user.")]);

    private static DateTimeOffset? InstantOf(JsonObject body, string name)
    {
        if (TextOf(body, name) is not { } text)
            return null;
        return FieldText.TryParseInstant(text, out var instant)
            ? instant
            : throw ProblemException.Invalid([new FieldError(name, "invalid_date", $"{name} must be an instant as RFC 3339.")]);
    }

    private static string? TextOf(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw ProblemException.Invalid([new FieldError(name, "invalid_type", $"{name} must be text.")]),
    };

    private static JsonObject ObjectOf(JsonObject body, string name) => body[name] switch
    {
        null => [],
        JsonObject value => value,
        _ => throw ProblemException.Invalid([new FieldError(name, "invalid_type", $"{name} must be an object.")]),
    };
}
