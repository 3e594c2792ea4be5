using System.Text.Json;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Activities;
using Switchboard.Runtime.Activities.Http;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Api;

/// <summary>
/// Why an instance stands where it does: what it waits for, since when, and who or what can move it. Who that is stands in
/// the permission of an action, in the task, in a timer, in a child or in a request on its way.
/// </summary>
internal sealed class InstanceWaits(Database database, InstanceStore instances, Definitions definitions, TimeProvider time)
{
    /// <summary>Users that are named at one wait, and children and tasks of one instance.</summary>
    private const int MostNamed = 20;

    private const int MostRows = 100;

    /// <exception cref="ProblemException">404.</exception>
    public async Task<JsonObject> OfAsync(Caller caller, Guid id, CancellationToken ct)
    {
        var stored = await instances.FindAsync(caller.TenantId, id, fresh: true, ct) ?? throw new ProblemException(404, "not_found", $"There is no workflow instance {id}.");
        var state = InstanceState.FromJson(stored.State);
        var graph = await definitions.OfInstanceAsync(caller.TenantId, state.DefinitionId, state.DefinitionVersion, stored.DefinitionHash, ct);
        var around = await AroundAsync(caller.TenantId, id, state, ct);
        var waits = state.Bookmarks.OrderBy(bookmark => bookmark.CreatedAt).Select(bookmark => Wait(bookmark, stored, graph, around)).ToList();
        var tasks = around.Tasks.Select(task => (Task: task, Json: Describe(task))).ToList();
        await NameAsync(caller, [.. waits.Select(wait => wait["who"] as JsonObject), .. tasks.Select(task => task.Json["who"] as JsonObject)], around, ct);
        return new JsonObject
        {
            ["id"] = id.ToString(),
            ["definition"] = new JsonObject { ["id"] = state.DefinitionId, ["version"] = state.DefinitionVersion, ["name"] = graph.Definition.Name },
            ["status"] = state.Status.ToString().ToLowerInvariant(),
            ["subStatus"] = state.SubStatus.ToString().ToLowerInvariant(),
            ["name"] = state.Name,
            ["parentInstanceId"] = state.ParentInstanceId,
            ["subject"] = stored.SubjectType is null ? null : new JsonObject { ["type"] = stored.SubjectType.Name, ["id"] = stored.SubjectId.ToString() },
            ["asOf"] = time.GetUtcNow(),
            ["waits"] = new JsonArray([.. waits]),
            ["tasks"] = new JsonArray([.. tasks.Where(task => task.Task.BookmarkId is null).Select(task => task.Json)]),
            ["incidents"] = new JsonArray([.. state.Incidents.Select(incident => new JsonObject
            {
                ["activityId"] = incident.ActivityId,
                ["activityName"] = NameOf(graph.Find(incident.ActivityId)) ?? incident.ActivityId,
                ["message"] = incident.Message,
                ["since"] = incident.At,
                ["who"] = Holders("workflow-instances:manage"),
            })]),
        };
    }

    private static JsonObject Wait(Bookmark bookmark, StoredInstance stored, WorkflowGraph graph, Around around)
    {
        var node = graph.Find(bookmark.ActivityId);
        var wait = new JsonObject
        {
            ["bookmarkId"] = bookmark.Id,
            ["activityId"] = bookmark.ActivityId,
            ["activityName"] = NameOf(node) ?? bookmark.ActivityId,
            ["activityType"] = node?.Type,
            ["since"] = bookmark.CreatedAt,
        };
        foreach (var (name, value) in For(bookmark, stored, around))
            wait[name] = value;
        return wait;
    }

    /// <summary>What a bookmark waits for, by its name and what it says.</summary>
    private static Dictionary<string, JsonNode?> For(Bookmark bookmark, StoredInstance stored, Around around)
    {
        var payload = bookmark.Payload ?? [];
        switch (bookmark.Name)
        {
            case Runtime.Activities.Action.ActionType:
                return new()
                {
                    ["kind"] = "action",
                    ["what"] = $"the action {payload["label"] ?? payload["name"]}",
                    ["action"] = payload["name"]?.DeepClone(),
                    ["who"] = (bool?)payload["byServiceOnly"] == true ? Who("the completion of a task")
                        : stored.SubjectType is { } type ? Holders([$"{type.Name}:act", .. (string?)payload["permission"] is { } own ? [own] : Array.Empty<string>()])
                        : Who("nobody: an action is done with a record, and the instance has none"),
                };
            case UserTask.TaskType when around.Tasks.FirstOrDefault(task => task.BookmarkId == bookmark.Id) is { } task:
                return new() { ["kind"] = "task", ["what"] = $"the task {task.Title}", ["taskId"] = task.Id.ToString(), ["dueAt"] = task.DueAt, ["who"] = WhoOf(task) };
            case Workflows.Activities.Primitives.Event.StimulusName:
                return new() { ["kind"] = "event", ["what"] = $"the event {payload["EventName"]}", ["who"] = Who("whoever sends the event") };
            case RunTask.StimulusName:
                return new() { ["kind"] = "outside", ["what"] = $"the end of the task {payload["TaskId"]} outside", ["who"] = Who("whoever was given the task outside") };
            case HttpEndpoint.StimulusName:
                return new() { ["kind"] = "http", ["what"] = $"a request {((string?)payload["Method"])?.ToUpperInvariant()} /{payload["Path"]}", ["who"] = Who("whoever sends the request") };
            case IdleBookmarks.NotOffered:
                return new() { ["kind"] = "nothing", ["what"] = "nothing: the action's condition did not hold when the wait began" };
            case IdleBookmarks.NoDay:
                return new() { ["kind"] = "nothing", ["what"] = "nothing: its record has no day to wait for, or that day has been" };
            case IdleBookmarks.ApprovalPending:
                return new() { ["kind"] = "approval", ["what"] = "the decisions of those who must agree", ["who"] = Who("the completion of a task") };
        }
        if ((string?)payload["ChildInstanceId"] is { } childId)
        {
            var child = around.Children.FirstOrDefault(child => child.Id.ToString() == childId);
            return new()
            {
                ["kind"] = "child",
                ["what"] = child is null ? "a workflow that has not begun yet" : $"the workflow {child.DefinitionId} ({child.SubStatus})",
                ["instanceId"] = childId,
                ["lastError"] = child is { IncidentCount: > 0 } ? $"It has {child.IncidentCount} incident{(child.IncidentCount == 1 ? "" : "s")}." : null,
                ["who"] = Who("the end of that workflow"),
            };
        }
        if (around.Requests.FirstOrDefault(request => request.BookmarkId == bookmark.Id) is { } sent)
        {
            return new()
            {
                ["kind"] = "request",
                ["what"] = $"the answer to {payload["Method"]} {payload["Url"]}",
                ["attempts"] = sent.Attempts,
                ["dueAt"] = sent.State == "pending" ? sent.NextAt : null,
                ["lastError"] = sent.Problem,
                ["who"] = Who(sent.State == "pending" ? "the next attempt" : "nobody: it was given up"),
            };
        }
        if (around.Timers.TryGetValue(bookmark.Id, out var timer))
            return new() { ["kind"] = "timer", ["what"] = "an instant", ["dueAt"] = timer, ["who"] = Who("the clock") };
        return new() { ["kind"] = "other", ["what"] = bookmark.Name };
    }

    private static JsonObject Describe(OpenTask task) => new()
    {
        ["kind"] = "task",
        ["what"] = task.Title,
        ["taskId"] = task.Id.ToString(),
        ["since"] = task.CreatedAt,
        ["dueAt"] = task.DueAt,
        ["outcomes"] = task.Outcomes?.DeepClone(),
        ["who"] = WhoOf(task),
    };

    private static JsonObject Who(string what) => new() { ["by"] = what };

    private static JsonObject Holders(params string[] permissions) => new() { ["permissions"] = new JsonArray([.. permissions.Select(permission => (JsonNode)permission)]) };

    /// <summary>Its assignee; while it has none, members of its roles, else everybody who works on tasks.</summary>
    private static JsonObject WhoOf(OpenTask task) =>
        task.AssigneeId is { } user ? new JsonObject { ["assigneeId"] = user.ToString() }
        : task.CandidateRoles is { Count: > 0 } roles ? new JsonObject { ["roles"] = roles.DeepClone() }
        : Holders("tasks:work");

    private async Task<Around> AroundAsync(Guid tenantId, Guid id, InstanceState state, CancellationToken ct)
    {
        var keys = state.Bookmarks.Select(bookmark => $"{bookmark.ActivityInstanceId}/{bookmark.Id}").ToArray();
        NpgsqlBatchCommand[] commands =
        [
            Of("""
               select id, title, assignee_id, candidate_roles::text, due_at, created_at, bookmark_id, outcomes::text from tasks
               where tenant_id = current_tenant() and instance_id = $1 and status in ('open', 'claimed') order by created_at limit $2
               """),
            Of("select bookmark_id, due_at from timers where tenant_id = current_tenant() and instance_id = $1 limit $2"),
            Of("""
               select id, definition_id, sub_status, incident_count from instances
               where tenant_id = current_tenant() and parent_id = $1 and (finished_at is null or sub_status = 'Faulted') order by id desc limit $2
               """),
            new NpgsqlBatchCommand("""
                select bookmark_id, attempts, next_at, state, problem from outbox
                where tenant_id = current_tenant() and kind = 'http_request' and idempotency_key = any($1) and bookmark_id is not null
                """) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = keys } } },
            new NpgsqlBatchCommand("select name, permissions::text from roles where tenant_id = current_tenant() order by name"),
        ];
        return await database.ReadAsync(tenantId, commands, async (reader, token) =>
        {
            var tasks = await AllAsync(reader, row => new OpenTask(
                row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetGuid(2), List(row, 3), Instant(row, 4), row.GetFieldValue<DateTimeOffset>(5),
                row.IsDBNull(6) ? null : row.GetString(6), List(row, 7)), token);
            var timers = await AllAsync(reader, row => (Bookmark: row.GetString(0), Due: row.GetFieldValue<DateTimeOffset>(1)), token);
            var children = await AllAsync(reader, row => new Child(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt32(3)), token);
            var requests = await AllAsync(reader, row => new Sent(
                row.GetString(0), row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4)), token);
            var roles = await AllAsync(reader, row => (Name: row.GetString(0), Permissions: new PermissionSet(Texts(List(row, 1)))), token);
            return new Around(tasks, timers.ToDictionary(timer => timer.Bookmark, timer => timer.Due), children, requests, roles);
        }, ct);

        NpgsqlBatchCommand Of(string sql) => new(sql)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<int> { TypedValue = MostRows } },
        };
    }

    /// <summary>Adds the roles that hold all of the permissions, and to a caller who may see users their names.</summary>
    private async Task NameAsync(Caller caller, IReadOnlyList<JsonObject?> all, Around around, CancellationToken ct)
    {
        var who = all.OfType<JsonObject>().ToList();
        foreach (var one in who)
        {
            if (one["permissions"] is JsonArray needed)
                one["roles"] = new JsonArray([.. around.Roles.Where(role => Texts(needed).All(role.Permissions.Allows)).Select(role => (JsonNode)role.Name)]);
        }
        if (!caller.Permissions.Allows("users:read"))
            return;
        foreach (var alike in who.Where(one => one["roles"] is JsonArray { Count: > 0 }).GroupBy(one => one["roles"]!.ToJsonString()))
        {
            var users = await UsersAsync(caller.TenantId, "roles ?| $1", [.. Texts(alike.First()["roles"] as JsonArray)], ct);
            foreach (var one in alike)
                one["users"] = users.DeepClone();
        }
        foreach (var alike in who.Where(one => one["assigneeId"] is not null).GroupBy(one => (string)one["assigneeId"]!))
        {
            var users = await UsersAsync(caller.TenantId, "id::text = any($1)", [alike.Key], ct);
            foreach (var one in alike)
                one["users"] = users.DeepClone();
        }
    }

    private Task<JsonArray> UsersAsync(Guid tenantId, string where, string[] values, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand($"select id, display_name from users where tenant_id = current_tenant() and is_active and {where} order by display_name, id limit $2")
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = values }, new NpgsqlParameter<int> { TypedValue = MostNamed } },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var users = new JsonArray();
            while (await reader.ReadAsync(token))
                users.Add((JsonNode)new JsonObject { ["id"] = reader.GetGuid(0).ToString(), ["name"] = reader.GetString(1) });
            return users;
        }, ct);
    }

    private static async Task<List<T>> AllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var found = new List<T>();
        while (await reader.ReadAsync(ct))
            found.Add(read(reader));
        await reader.NextResultAsync(ct);
        return found;
    }

    private static string? NameOf(ActivityNode? node) =>
        node is null ? null
        : node.Json.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
            && metadata.TryGetProperty("displayText", out var text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } shown ? shown
        : node.Name ?? node.Type;

    private static JsonArray? List(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : JsonNode.Parse(row.GetString(column)) as JsonArray;

    private static IEnumerable<string> Texts(JsonArray? list) => (list ?? []).Select(item => item?.ToString() ?? "");

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private sealed record Around(
        List<OpenTask> Tasks, Dictionary<string, DateTimeOffset> Timers, List<Child> Children, List<Sent> Requests, List<(string Name, PermissionSet Permissions)> Roles);

    private sealed record OpenTask(
        Guid Id, string Title, Guid? AssigneeId, JsonArray? CandidateRoles, DateTimeOffset? DueAt, DateTimeOffset CreatedAt, string? BookmarkId, JsonArray? Outcomes);

    private sealed record Child(Guid Id, string DefinitionId, string SubStatus, int IncidentCount);

    private sealed record Sent(string BookmarkId, int Attempts, DateTimeOffset NextAt, string State, string? Problem);
}
