using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;

using Xunit;

using static Switchboard.Engine.Tests.Bursts.Workflows;

namespace Switchboard.Engine.Tests.Alterations;

/// <summary>Running instances are moved to another version: tried first, then a few, then the rest, and taken back.</summary>
[Collection(nameof(ApiHost))]
public sealed class WorkflowMigrationTests(ApiHost host)
{
    [Fact]
    public async Task Records_get_the_actions_of_the_new_version_and_lose_them_again()
    {
        var (_, client) = await host.TenantAsync("Moving");
        var numbers = await NumbersAsync(client, 3);
        await client.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{numbers[0]}/actions/submit_loa", new { });
        await PublishAsync(client, "number-porting", await PortingAsync(client, porting =>
        {
            Transition(porting, "submit_loa")["trigger"]!["label"]!["expression"]!["value"] = "Send the LOA";
            var withdraw = Transition(porting, "reject_loa").DeepClone();
            (withdraw["name"], withdraw["from"], withdraw["to"], withdraw["action"]) = ("withdraw", "not_started", "failed", null);
            (withdraw["trigger"]!["id"], withdraw["trigger"]!["name"]) = ("withdraw", "withdraw");
            withdraw["trigger"]!["actionName"]!["expression"]!["value"] = "withdraw";
            withdraw["trigger"]!["fields"]!["expression"]!["value"] = "[]";
            porting["root"]!["transitions"]!.AsArray().Add(withdraw);
        }));
        var before = await ActionsAsync(client, numbers[1]);

        var plan = await client.OkAsync(HttpMethod.Get, "/api/artefacts/workflow/number-porting/migrations?from=1&to=2");
        plan["versions"]!.AsArray().Select(version => ((int)version!["version"]!, (long)version["running"]!)).Should().Equal((2, 0), (1, 3));
        plan["activities"]!.AsArray().Should().NotBeEmpty().And.OnlyContain(activity => activity!["to"] != null);

        var tried = await MigrateAsync(client, new { from = 1, to = 2, dryRun = true });
        Counts(tried).Should().BeEquivalentTo("kept 1", "changed 2", "refused 0", "skipped 0");
        var items = await ItemsAsync(client, tried, "?outcome=changed");
        items.Should().HaveCount(2);
        items[0]["from"]!.ToString().Should().Be("not_started: submitLoa");
        items[0]["to"]!.ToString().Should().Be("not_started: submitLoa, withdraw");
        items[0]["detail"]!["waits"]!.AsArray().Select(wait => $"{wait!["name"]} {wait["is"]}").Should().BeEquivalentTo("Send the LOA asked_again", "LOA rejected new");
        (await ActionsAsync(client, numbers[1])).ToJsonString().Should().Be(before.ToJsonString(), "a preview changes nothing");

        var canary = await MigrateAsync(client, new { from = 1, to = 2, canary = 1 });
        ((long)canary["result"]!["left"]!).Should().Be(2);
        (await VersionOfAsync(client, numbers[0]), await VersionOfAsync(client, numbers[1])).Should().Be((2, 1));
        var rest = await MigrateAsync(client, new { from = 1, to = 2 });
        Counts(rest).Should().BeEquivalentTo("kept 0", "changed 2", "refused 0", "skipped 0");
        var actions = await ActionsAsync(client, numbers[1]);
        actions["definition"]!["version"]!.GetValue<int>().Should().Be(2);
        actions["actions"]!.AsArray().Select(action => $"{action!["name"]}: {action["label"]}").Should().BeEquivalentTo("submit_loa: Send the LOA", "withdraw: LOA rejected");
        var journal = await client.OkAsync(HttpMethod.Get, $"/api/phone-numbers/{numbers[1]}/instance");
        journal["journal"]!.AsArray().Should().ContainSingle(entry => (string?)entry!["event"] == "Migrated").Which!["message"]!.ToString().Should().EndWith("by Moving.");

        await client.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{numbers[2]}/actions/withdraw", new { });
        var undone = await UndoAsync(client, rest);

        Counts(undone).Should().BeEquivalentTo("restored 1", "moved_since 1", "went_on 0", "gone 0");
        undone["result"]!["leftAlone"]!.AsArray().Should().ContainSingle();
        var back = await ActionsAsync(client, numbers[1]);
        back.ToJsonString().Should().Be(before.ToJsonString());
        (await VersionOfAsync(client, numbers[2])).Should().Be(2);
        (await client.RefusedAsync(HttpMethod.Post, $"/api/operations/{rest["id"]}/undo")).Should().Be((409, "already_undone"));
        (await client.RefusedAsync(HttpMethod.Post, $"/api/operations/{tried["id"]}/undo")).Should().Be((409, "nothing_to_undo"));
        await client.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{numbers[1]}/actions/submit_loa", new { });
    }

    [Fact]
    public async Task What_is_waited_for_keeps_its_timers_tasks_and_variables_or_says_why_not()
    {
        var (tenantId, client) = await host.TenantAsync("Keeping");
        await PublishAsync(client, "keeping", Definition("keeping", "due", "ask", ("Known", "1"), ("Old", "2")));
        var instance = await StartAsync(client, "keeping");
        var taskId = (await TasksAsync(client)).Should().ContainSingle().Which["id"]!.ToString();
        await client.OkAsync(HttpMethod.Post, $"/api/tasks/{taskId}/claim", new { });
        var timers = await TimersAsync(tenantId);
        timers.Should().ContainSingle();
        await PublishAsync(client, "keeping", Definition("keeping", "due2", "ask2", ("Known", "1")));

        var refused = await MigrateAsync(client, "keeping", new { from = 1, to = 2 });
        var why = (await ItemsAsync(client, refused)).Should().ContainSingle().Which;
        ((string?)why["outcome"], (string?)why["code"]).Should().Be(("refused", "activity_missing"));
        why["detail"]!["why"]!.ToString().Should().Contain("activity due,").And.Contain("activity ask,");

        var moved = await MigrateAsync(client, "keeping", new { from = 1, to = 2, map = new { due = "due2", ask = "ask2" } });
        var item = (await ItemsAsync(client, moved)).Should().ContainSingle().Which;
        item["outcome"]!.ToString().Should().Be("changed");
        item["detail"]!["waits"]!.AsArray().Should().OnlyContain(wait => (string?)wait!["is"] == "renamed");
        item["detail"]!["variables"]!["dropped"]!.AsArray().Select(name => name!.ToString()).Should().Equal("Old");
        (await TimersAsync(tenantId)).Should().BeEquivalentTo(timers, "the timer goes on as it was");

        var dropping = await PublishAsync(client, "keeping", Definition("keeping", "due2", null, ("Known", "1")));
        var dropped = await MigrateAsync(client, "keeping", new { from = 2, to = dropping, map = new { ask2 = "instead" } });
        var detail = (await ItemsAsync(client, dropped)).Should().ContainSingle().Which["detail"]!;
        detail["dropped"]!.AsArray().Should().ContainSingle().Which!["taskId"]!.ToString().Should().Be(taskId);
        detail["waits"]!.AsArray().Should().ContainSingle(wait => (string?)wait!["is"] == "new").Which!["dueAt"].Should().NotBeNull("it says when a timer is due that was not there before");
        (await client.OkAsync(HttpMethod.Get, $"/api/tasks/{taskId}"))["status"]!.ToString().Should().Be("cancelled");

        (await UndoAsync(client, dropped))["result"]!["counts"]!["restored"]!.GetValue<long>().Should().Be(1);
        (await client.OkAsync(HttpMethod.Get, $"/api/tasks/{taskId}"))["status"]!.ToString().Should().Be("claimed");
        (await TimersAsync(tenantId)).Should().BeEquivalentTo(timers);
        (await UndoAsync(client, moved))["result"]!["counts"]!["moved_since"]!.GetValue<long>().Should().Be(1, "it has been moved and moved back since");
        await client.OkAsync(HttpMethod.Post, $"/api/tasks/{taskId}/complete", new { outcome = "done", data = new { } });
        var after = await client.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{instance}");
        after["waitsFor"]!.AsArray().Select(wait => wait!["activityId"]!.ToString()).Should().Equal("due2");
    }

    [Fact]
    public async Task What_has_failed_is_moved_to_the_mended_version_and_retried()
    {
        var (_, client) = await host.TenantAsync("Mending");
        JsonObject Flow(string definition) => Flowchart("mending", Activity("Elsa.DispatchWorkflow", "call", ("workflowDefinitionId", Literal(definition))));
        await PublishAsync(client, "mending", Flow("nowhere"));
        var instance = await StartAsync(client, "mending");
        await PublishAsync(client, "mended", Flowchart("mended", Activity("Elsa.WriteLine", "line", ("text", Literal("there")))));
        await PublishAsync(client, "mending", Flow("mended"));

        var moved = await MigrateAsync(client, "mending", new { from = 1, to = 2 });

        (await ItemsAsync(client, moved)).Should().ContainSingle().Which["from"]!.ToString().Should().Be("failed at call");
        var retried = await client.OkAsync(HttpMethod.Post, $"/api/workflow-instances/{instance}/retry", new { });
        (retried["status"]!.ToString(), retried["definition"]!["version"]!.GetValue<int>()).Should().Be(("finished", 2));
    }

    [Fact]
    public async Task Wrong_requests_say_what_is_wrong_and_other_tenants_see_nothing()
    {
        var (_, client) = await host.TenantAsync("Asking");
        var (_, other) = await host.TenantAsync("Elsewhere");
        await PublishAsync(client, "asking", Definition("asking", "due", "ask"));
        await StartAsync(client, "asking");
        await PublishAsync(client, "asking", Definition("asking", "due", "ask"));
        const string path = "/api/artefacts/workflow/asking/migrations";

        (await client.RefusedAsync(HttpMethod.Post, path, new { from = 1 })).Should().Be((422, "invalid_value"));
        (await client.RefusedAsync(HttpMethod.Post, path, new { from = 1, to = 1 })).Should().Be((422, "same_version"));
        (await client.RefusedAsync(HttpMethod.Post, path, new { from = 1, to = 9 })).Should().Be((404, "unknown_version"));
        (await client.RefusedAsync(HttpMethod.Post, path, new { from = 1, to = 2, map = new { due = "nobody" } })).Should().Be((422, "unknown_activity"));
        (await client.RefusedAsync(HttpMethod.Post, path, new { from = 1, to = 2, canary = 0 })).Should().Be((422, "invalid_value"));
        (await client.RefusedAsync(HttpMethod.Post, path, new { from = 1, to = 2, what = 1 })).Should().Be((400, "unknown_field"));
        (await other.RefusedAsync(HttpMethod.Post, path, new { from = 1, to = 2 })).Should().Be((404, "unknown_version"));

        var moved = await MigrateAsync(client, "asking", new { from = 1, to = 2 });
        moved["result"]!["counts"]!["kept"]!.GetValue<long>().Should().Be(1);
        (await other.RefusedAsync(HttpMethod.Get, $"/api/operations/{moved["id"]}/instances")).Should().Be((404, "not_found"));
        (await other.RefusedAsync(HttpMethod.Post, $"/api/operations/{moved["id"]}/undo")).Should().Be((404, "not_found"));
        (await (await host.UserAsync("artefacts:*")).RefusedAsync(HttpMethod.Post, path, new { from = 1, to = 2 })).Status.Should().Be(403);
    }

    [Fact]
    public async Task An_operation_that_was_left_behind_goes_on_without_moving_anything_twice()
    {
        var (tenantId, client) = await host.TenantAsync("Leaving");
        await PublishAsync(client, "leaving", Definition("leaving", "due", "ask"));
        for (var i = 0; i < 5; i++)
            await StartAsync(client, "leaving");
        await PublishAsync(client, "leaving", Definition("leaving", "due", "ask"));
        var first = await MigrateAsync(client, "leaving", new { from = 1, to = 2, canary = 3 });
        // As if the process had died after the instances had been moved and before that was noted.
        var database = host.Parts.GetRequiredService<Database>();
        await using (var command = database.Engine.CreateCommand(
            "update operations set status = 'running', lease_until = null, done = 0, total = 5, result = '{\"selected\": 5, \"cursor\": null}', version = version + 1 where tenant_id = $1 and id = $2"))
        {
            command.Parameters.AddWithValue(tenantId);
            command.Parameters.AddWithValue(Guid.Parse((string)first["id"]!));
            (await command.ExecuteNonQueryAsync()).Should().Be(1);
        }

        var ended = await EndAsync(client, first);

        ended["result"]!["counts"]!["kept"]!.GetValue<long>().Should().Be(3 + 2);
        (await ItemsAsync(client, ended)).Select(item => item["instanceId"]!.ToString()).Should().HaveCount(5).And.OnlyHaveUniqueItems();
    }

    private static JsonObject Definition(string id, string timer, string? task, params (string Name, string Value)[] variables)
    {
        var ask = task is null
            ? Activity("Switchboard.BusinessDelay", "instead", ("businessDays", Literal(3)))
            : Activity("Switchboard.UserTask", task, ("title", Literal("Call back")));
        var definition = Flowchart(id, Activity("Elsa.Delay", timer, ("timeSpan", Literal("10.00:00:00"))), ask);
        definition["root"]!["type"] = "Elsa.Parallel";
        definition["root"]!["connections"] = null;
        definition["variables"] = new JsonArray([.. variables.Select(variable => new JsonObject
        {
            ["id"] = variable.Name, ["name"] = variable.Name, ["typeName"] = "String", ["value"] = variable.Value,
            ["storageDriverTypeName"] = "Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core",
        })]);
        return definition;
    }

    private static JsonObject Flowchart(string id, params JsonObject[] activities) => new()
    {
        ["definitionId"] = id,
        ["name"] = id,
        ["root"] = Activity("Elsa.Flowchart", "root", ("activities", new JsonArray([.. activities])), ("connections", new JsonArray())),
    };

    private static JsonObject Transition(JsonObject porting, string name) =>
        porting["root"]!["transitions"]!.AsArray().OfType<JsonObject>().Single(transition => (string?)transition["name"] == name);

    private static async Task<JsonObject> PortingAsync(HttpClient client, Action<JsonObject> change)
    {
        var shipped = await client.OkAsync(HttpMethod.Get, "/api/artefacts/workflow/number-porting");
        var definition = JsonNode.Parse((string)shipped["content"]!)!.AsObject();
        change(definition);
        return definition;
    }

    private static async Task<int> PublishAsync(HttpClient client, string key, JsonObject definition)
    {
        using var saved = await client.RawAsync("PUT", $"/api/artefacts/workflow/{key}/draft", Encoding.UTF8.GetBytes(definition.ToJsonString()), "application/json");
        saved.StatusCode.Should().Be(HttpStatusCode.OK, await saved.Content.ReadAsStringAsync());
        return (int)(await client.OkAsync(HttpMethod.Post, $"/api/artefacts/workflow/{key}/draft/publish", new { comment = "for a test" }))["version"]!;
    }

    private static async Task<List<string>> NumbersAsync(HttpClient client, int count)
    {
        var site = await client.OkAsync(HttpMethod.Post, "/api/sites", new { name = "HQ", timezone = "Europe/Berlin" });
        var migration = await client.OkAsync(HttpMethod.Post, "/api/migrations", new { name = "HQ", siteId = (string)site["id"]! });
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var number = await client.OkAsync(HttpMethod.Post, "/api/phone-numbers", new { number = $"+4930123060{i}", type = "user", migrationId = (string)migration["id"]! });
            ids.Add((string)number["id"]!);
        }
        return ids;
    }

    private static async Task<string> StartAsync(HttpClient client, string definition)
    {
        using var answer = await client.SendAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/{definition}/execute", new { });
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("x-elsa-workflow-instance-id").Single();
    }

    private static IEnumerable<string> Counts(JsonObject operation) => operation["result"]!["counts"]!.AsObject().Select(count => $"{count.Key} {count.Value}");

    private static Task<JsonObject> ActionsAsync(HttpClient client, string number) => client.OkAsync(HttpMethod.Get, $"/api/phone-numbers/{number}/actions");

    private static async Task<int> VersionOfAsync(HttpClient client, string number) => (int)(await ActionsAsync(client, number))["definition"]!["version"]!;

    private static async Task<List<JsonObject>> TasksAsync(HttpClient client) => [.. (await client.OkAsync(HttpMethod.Get, "/api/tasks?status=open"))["items"]!.AsArray().OfType<JsonObject>()];

    private Task<List<object?[]>> TimersAsync(Guid tenantId) =>
        host.Parts.GetRequiredService<Database>().QueryAsync("select id, instance_id, bookmark_id, due_at from timers where tenant_id = $1", tenantId);

    private static Task<JsonObject> MigrateAsync(HttpClient client, object request) => MigrateAsync(client, "number-porting", request);

    private static async Task<JsonObject> MigrateAsync(HttpClient client, string key, object request)
    {
        using var answer = await client.SendAsync(HttpMethod.Post, $"/api/artefacts/workflow/{key}/migrations", request);
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return await EndAsync(client, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject());
    }

    private static async Task<JsonObject> UndoAsync(HttpClient client, JsonObject operation) =>
        await EndAsync(client, await client.OkAsync(HttpMethod.Post, $"/api/operations/{operation["id"]}/undo"));

    private static async Task<JsonObject> EndAsync(HttpClient client, JsonObject operation)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var now = await client.OkAsync(HttpMethod.Get, $"/api/operations/{operation["id"]}");
            if ((string?)now["status"] is not ("queued" or "running"))
            {
                now["status"]!.ToString().Should().Be("succeeded", now.ToJsonString());
                return now;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }

    private static async Task<List<JsonObject>> ItemsAsync(HttpClient client, JsonObject operation, string query = "") =>
        [.. (await client.OkAsync(HttpMethod.Get, $"/api/operations/{operation["id"]}/instances{query}"))["items"]!.AsArray().OfType<JsonObject>()];
}
