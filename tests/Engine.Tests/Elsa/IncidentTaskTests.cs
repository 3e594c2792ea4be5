using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Npgsql;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>What fails in an instance is a task of the role that owns its workflow, for as long as it is an incident.</summary>
[Collection(nameof(ApiHost))]
public sealed class IncidentTaskTests(ApiHost host)
{
    [Fact]
    public async Task A_failure_is_one_task_of_the_owner_until_a_retry_succeeds()
    {
        var (definition, child) = Failing("owned");
        definition["customProperties"] = new JsonObject { ["owner"] = "lead" };
        var id = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));

        var first = (await TasksAsync(id)).Should().ContainSingle().Which;
        first["type"]!.ToString().Should().Be("incident");
        first["title"]!.ToString().Should().Be($"{definition["name"]} failed at run");
        first["description"]!.ToString().Should().Contain(child);
        (first["status"]!.ToString(), first["priority"]!.ToString(), first["activityId"]!.ToString()).Should().Be(("open", "high", "run"));
        first["candidateRoles"]!.AsArray().Select(role => role!.ToString()).Should().Equal("lead");
        first["outcomes"]!.AsArray().Select(outcome => outcome!.ToString()).Should().Equal("retry", "leave");

        await RetryAsync(id);
        var tasks = await TasksAsync(id);
        tasks.Select(task => task["status"]!.ToString()).Should().BeEquivalentTo("cancelled", "open");
        Of(tasks, first)["status"]!.ToString().Should().Be("cancelled", "it failed again, which is another incident");

        await host.Admin.PublishAsync(Draw.Definition(child, Draw.Sequence(Draw.Line("line", "there"))));
        await RetryAsync(id);
        await host.Admin.WaitForAsync(id, "Finished");
        (await TasksAsync(id)).Should().HaveCount(2).And.OnlyContain(task => (string?)task["status"] == "cancelled");
    }

    [Fact]
    public async Task The_owner_retries_by_completing_the_task_and_nobody_else_may()
    {
        var (definition, child) = Failing("retried");
        var role = await RoleAsync(host.Admin);
        definition["customProperties"] = new JsonObject { ["owner"] = role };
        var owner = await UserAsync(role);
        var other = await host.UserAsync("tasks:read", "tasks:work");
        var id = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));
        var task = (await TasksAsync(id)).Single();
        await host.Admin.PublishAsync(Draw.Definition(child, Draw.Sequence(Draw.Line("line", "there"))));

        (await other.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "retry", data = new { } })).Should().Be((403, "not_a_candidate"));
        var done = await owner.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "retry", data = new { } });

        (done["status"]!.ToString(), done["outcome"]!.ToString()).Should().Be(("done", "retry"));
        await host.Admin.WaitForAsync(id, "Finished");
        (await TasksAsync(id)).Should().ContainSingle().Which["status"]!.ToString().Should().Be("done");
    }

    [Fact]
    public async Task One_that_is_left_as_it_is_does_not_come_again_and_a_cancelled_instance_has_none()
    {
        var never = Draw.NewId("never");
        var (failing, _) = Failing("going-on");
        var definition = Draw.Definition((string)failing["definitionId"]!, Draw.Activity("Elsa.Parallel", "both", ("activities", new JsonArray(
            failing["root"]!["activities"]![0]!.DeepClone(),
            Draw.Activity("Elsa.DispatchWorkflow", "also", ("workflowDefinitionId", Draw.Literal(never))),
            Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal(never))),
            Draw.Activity("Elsa.Event", "longer", ("eventName", Draw.Literal(never + "-longer")))))));
        definition["options"] = new JsonObject { ["incidentStrategyType"] = "Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy, Elsa.Workflows.Core" };
        var id = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));
        var tasks = await TasksAsync(id);
        tasks.Select(task => $"{task["activityId"]} {task["candidateRoles"]![0]}").Should().BeEquivalentTo("run admin", "also admin");
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{tasks[0]["id"]}/complete", new { outcome = "leave", data = new { } });

        await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/events/" + never + "/trigger", new { workflowInstanceId = id });
        for (var looks = 0; looks < 200 && (await WaitsAsync(id)).Contains("wait"); looks++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        (await WaitsAsync(id)).Should().Equal("longer");
        (await TasksAsync(id)).Select(task => task["status"]!.ToString()).Should().BeEquivalentTo("done", "open");

        await host.Admin.OkAsync(HttpMethod.Post, $"/api/workflow-instances/{id}/cancel", new { });
        (await TasksAsync(id)).Select(task => task["status"]!.ToString()).Should().BeEquivalentTo("done", "cancelled");
    }

    [Fact]
    public async Task The_task_of_an_instance_that_is_deleted_is_closed()
    {
        var id = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(Failing("deleted").Definition));
        (await TasksAsync(id)).Should().ContainSingle().Which["status"]!.ToString().Should().Be("open");

        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"/elsa/api/workflow-instances/{id}");

        deleted.EnsureSuccessStatusCode();
        (await TasksAsync(id)).Should().ContainSingle().Which["status"]!.ToString().Should().Be("cancelled");
    }

    [Fact]
    public async Task A_user_who_owns_a_workflow_is_given_its_failures_and_retries_them()
    {
        var (definition, child) = Failing("personal");
        var (owner, client) = await OwnerAsync();
        definition["customProperties"] = new JsonObject { ["owner"] = owner };
        var id = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));

        var task = (await TasksAsync(id)).Should().ContainSingle().Which;
        (task["status"]!.ToString(), task["assigneeId"]!.ToString()).Should().Be(("claimed", owner));
        (await client.OkAsync(HttpMethod.Get, "/api/tasks?assignee=me"))["items"]!.AsArray().Select(one => one!["id"]!.ToString()).Should().Equal(task["id"]!.ToString());
        await host.Admin.PublishAsync(Draw.Definition(child, Draw.Sequence(Draw.Line("line", "there"))));
        await client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "retry", data = new { } });

        await host.Admin.WaitForAsync(id, "Finished");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_fails_after_its_owner_has_left_comes_to_the_administrators_and_says_so(bool isDeleted)
    {
        var (definition, _) = Failing("left");
        var (owner, _) = await OwnerAsync();
        definition["customProperties"] = new JsonObject { ["owner"] = owner };
        var published = await host.Admin.PublishAsync(definition);
        using var left = isDeleted
            ? await host.Admin.SendAsync(HttpMethod.Delete, $"/api/users/{owner}")
            : await host.Admin.SendAsync(HttpMethod.Patch, $"/api/users/{owner}", new { isActive = false });
        left.EnsureSuccessStatusCode();

        var id = await host.Admin.ExecuteAsync(published);

        await host.Admin.WaitForAsync(id, "Faulted");
        var task = (await TasksAsync(id)).Should().ContainSingle().Which;
        (task["status"]!.ToString(), task["assigneeId"], task["candidateRoles"]!.ToJsonString()).Should().Be(("open", null, """["admin"]"""));
        task["description"]!.ToString().Should().Contain(owner).And.Contain("admin");
    }

    [Fact]
    public async Task What_fails_after_the_role_that_owns_it_was_deleted_comes_to_the_administrators_and_says_so()
    {
        var (definition, _) = Failing("dissolved");
        var role = await RoleAsync(host.Admin);
        definition["customProperties"] = new JsonObject { ["owner"] = role };
        var published = await host.Admin.PublishAsync(definition);
        var before = await host.Admin.ExecuteAsync(published);
        (await TasksAsync(before)).Should().ContainSingle().Which["candidateRoles"]!.ToJsonString().Should().Be($"""["{role}"]""");
        var found = (await host.Admin.OkAsync(HttpMethod.Get, $"/api/roles?name={role}"))["items"]!.AsArray().Single()!;
        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"/api/roles/{found["id"]}");
        deleted.EnsureSuccessStatusCode();

        var id = await host.Admin.ExecuteAsync(published);

        var task = (await TasksAsync(id)).Should().ContainSingle().Which;
        task["candidateRoles"]!.ToJsonString().Should().Be("""["admin"]""");
        task["description"]!.ToString().Should().Contain($"the role {role}").And.Contain("the role admin");
    }

    [Fact]
    public async Task What_fails_just_after_another_node_has_deleted_its_owner_comes_to_the_administrators()
    {
        var (definition, _) = Failing("elsewhere");
        var (owner, _) = await OwnerAsync();
        definition["customProperties"] = new JsonObject { ["owner"] = owner };
        var published = await host.Admin.PublishAsync(definition);
        (await TasksAsync(await host.Admin.ExecuteAsync(published))).Should().ContainSingle().Which["assigneeId"]!.ToString().Should().Be(owner);
        await Rows.QueryAsync("delete from users where id = $1", Guid.Parse(owner));

        var id = await host.Admin.ExecuteAsync(published);

        var task = (await TasksAsync(id)).Should().ContainSingle().Which;
        (task["assigneeId"], task["candidateRoles"]!.ToJsonString()).Should().Be((null, """["admin"]"""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_owner_who_is_deleted_while_the_failure_is_being_committed_does_not_keep_it_from_being_committed(bool isStart)
    {
        var (definition, _) = Failing("at-that-moment");
        var (owner, _) = await OwnerAsync();
        definition["customProperties"] = new JsonObject { ["owner"] = owner };
        var published = await host.Admin.PublishAsync(definition);
        var id = isStart ? null : await host.Admin.ExecuteAsync(published);

        var running = await DeletedWhileAsync(owner, () => isStart ? host.Admin.ExecuteAsync(published) : RetriedAsync(id!));

        var open = (await TasksAsync(running)).Should().ContainSingle(task => (string?)task["status"] == "open").Which;
        (open["assigneeId"], open["candidateRoles"]!.ToJsonString()).Should().Be((null, """["admin"]"""));
        open["description"]!.ToString().Should().Contain(owner);
    }

    [Fact]
    public async Task A_task_for_somebody_who_is_not_there_is_an_incident()
    {
        var (assignee, _) = await OwnerAsync();
        var published = await host.Admin.PublishAsync(Asking(assignee));
        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"/api/users/{assignee}");
        deleted.EnsureSuccessStatusCode();

        var id = await host.Admin.ExecuteAsync(published);

        await host.Admin.WaitForAsync(id, "Faulted");
        var incident = (await TasksAsync(id)).Should().ContainSingle().Which;
        (incident["type"]!.ToString(), incident["activityId"]!.ToString()).Should().Be(("incident", "call"));
        incident["description"]!.ToString().Should().Contain($"{assignee} is not the id of a user");
    }

    [Fact]
    public async Task An_assignee_who_is_deleted_while_the_task_is_being_committed_makes_it_an_incident()
    {
        var (assignee, _) = await OwnerAsync();
        var published = await host.Admin.PublishAsync(Asking(assignee));
        (await TasksAsync(await host.Admin.ExecuteAsync(published))).Should().ContainSingle().Which["assigneeId"]!.ToString().Should().Be(assignee);

        var running = await DeletedWhileAsync(assignee, () => host.Admin.ExecuteAsync(published));

        (await TasksAsync(running)).Should().ContainSingle().Which["type"]!.ToString().Should().Be("incident");
    }

    [Fact]
    public async Task An_owner_who_is_nobody_is_refused_at_publish()
    {
        foreach (var (owner, why) in new (JsonNode, string)[]
        {
            (new JsonArray("lead"), "the name of a role or the id of a user"), ("leed", "the role leed, which does not exist; the nearest is lead"),
            ("0190c5f0-0000-7000-8000-000000000000", "the user 0190c5f0-0000-7000-8000-000000000000, which does not exist"),
        })
        {
            var definition = Draw.Definition(Draw.NewId("ownerless"), Draw.Sequence(Draw.Line("line", "hello")));
            definition["customProperties"] = new JsonObject { ["owner"] = owner };
            var id = await host.Admin.ImportAsync(definition);

            var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-definitions/{id}/publish", new { });

            status.Should().Be(400);
            errors.Should().ContainSingle().Which.Should().Contain(why);
        }
    }

    /// <summary>A workflow that fails because what it starts is not there yet.</summary>
    private static (JsonObject Definition, string Child) Failing(string name)
    {
        var child = Draw.NewId("missing");
        return (Draw.Definition(Draw.NewId(name), Draw.Sequence(Draw.Activity("Elsa.DispatchWorkflow", "run", ("workflowDefinitionId", Draw.Literal(child))))), child);
    }

    private static JsonObject Asking(string assignee) => Draw.Definition(Draw.NewId("asking"), Draw.Sequence(
        Draw.Activity("Switchboard.UserTask", "call", ("title", Draw.Literal("Call back")), ("assignee", Draw.Literal(assignee)))));

    /// <summary>Another node deletes the user, and commits that when the work waits for it to refer to them.</summary>
    private async Task<string> DeletedWhileAsync(string user, Func<Task<string>> work)
    {
        await using var elsewhere = await Rows.Engine.OpenConnectionAsync();
        await using var deletion = await elsewhere.BeginTransactionAsync();
        await using var delete = new NpgsqlCommand("delete from users where id = $1", elsewhere, deletion) { Parameters = { new NpgsqlParameter { Value = Guid.Parse(user) } } };
        await delete.ExecuteNonQueryAsync();
        var running = work();
        for (var looks = 0; looks < 200 && !await IsSomebodyWaitingForAsync(elsewhere.ProcessID); looks++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        (await IsSomebodyWaitingForAsync(elsewhere.ProcessID)).Should().BeTrue("the task refers to the user, whose row is locked");
        await deletion.CommitAsync();
        return await running;
    }

    private Database Rows => host.Parts.GetRequiredService<Database>();

    private async Task<bool> IsSomebodyWaitingForAsync(int process) =>
        (await Rows.QueryAsync("select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", process)).Count > 0;

    private static JsonObject Of(List<JsonObject> tasks, JsonObject task) => tasks.Single(one => (string)one["id"]! == (string)task["id"]!);

    private async Task<List<JsonObject>> TasksAsync(string instance) =>
        [.. (await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks?instanceId={instance}"))["items"]!.AsArray().OfType<JsonObject>()];

    private async Task<IEnumerable<string>> WaitsAsync(string instance) =>
        (await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{instance}"))["waitsFor"]!.AsArray().Select(wait => wait!["activityId"]!.ToString());

    private Task<JsonObject> RetryAsync(string instance) => host.Admin.OkAsync(HttpMethod.Post, $"/api/workflow-instances/{instance}/retry", new { });

    private async Task<string> RetriedAsync(string instance)
    {
        await RetryAsync(instance);
        return instance;
    }

    /// <summary>A role whose members work on tasks and may not manage instances.</summary>
    private static async Task<string> RoleAsync(HttpClient admin)
    {
        var name = Draw.NewId("owners");
        await admin.OkAsync(HttpMethod.Post, "/api/roles", new { name, permissions = new[] { "tasks:read", "tasks:work" } });
        return name;
    }

    private async Task<(string Id, HttpClient Client)> OwnerAsync()
    {
        var client = await UserAsync(await RoleAsync(host.Admin));
        return ((await client.OkAsync(HttpMethod.Get, "/api/me"))["user"]!["id"]!.ToString(), client);
    }

    private async Task<HttpClient> UserAsync(string role)
    {
        var email = $"{role}@api.example";
        var user = await host.Admin.OkAsync(HttpMethod.Post, "/api/users", new { email, displayName = role, roles = new[] { role } });
        using var set = await host.Admin.SendAsync(HttpMethod.Put, $"/api/users/{user["id"]}/password", new { password = ApiHost.Password });
        set.EnsureSuccessStatusCode();
        return await host.SignInAsync(email);
    }
}
