using System.Globalization;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Why an instance stands where it does, and where all those of a definition stand.</summary>
[Collection(nameof(ApiHost))]
public sealed class WaitingTests(ApiHost host)
{
    [Fact]
    public async Task An_instance_says_what_it_waits_for_since_when_and_who_can_move_it()
    {
        var child = await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("slow-child"), Draw.Sequence(Draw.Activity("Elsa.Event", "never", ("eventName", Draw.Literal(Draw.NewId("never")))))));
        var (role, worker) = (Draw.NewId("movers"), Draw.NewId("Wanda"));
        await host.Admin.OkAsync(HttpMethod.Post, "/api/roles", new { name = role, permissions = new[] { "tasks:work" } });
        await host.Admin.OkAsync(HttpMethod.Post, "/api/users", new { email = $"{worker}@api.example", displayName = worker, roles = new[] { role } });
        var awaited = Draw.NewId("awaited");
        var id = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("stuck"), Draw.Activity("Elsa.Parallel", "all", ("activities", new JsonArray(
            Draw.Activity("Elsa.Event", "event", ("eventName", Draw.Literal(awaited))),
            Draw.Activity("Elsa.Delay", "delay", ("timeSpan", Draw.Literal("01:00:00", "TimeSpan"))),
            Draw.Activity("Elsa.RunTask", "outside", ("taskName", Draw.Literal("elsewhere"))),
            Draw.Activity("Elsa.DispatchWorkflow", "child", ("workflowDefinitionId", Draw.Literal(child)), ("waitForCompletion", Draw.Literal(true, "Boolean"))),
            Draw.Activity("Switchboard.UserTask", "task", ("title", Draw.Literal("Call the customer")), ("candidateRoles", Draw.Input("Object", $"[\"{role}\"]", "String[]")))))))));
        await host.Admin.WaitForAsync(id, "Suspended");

        var waiting = await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{id}/waiting");
        for (var looks = 0; looks < 200 && !waiting.ToJsonString().Contains("(Suspended)", StringComparison.Ordinal); looks++) // the child starts a moment later
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            waiting = await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{id}/waiting");
        }

        var waits = waiting["waits"]!.AsArray().ToDictionary(wait => (string)wait!["activityId"]!, wait => wait!);
        waits.ToDictionary(wait => wait.Key, wait => ((string)wait.Value["kind"]!, (string)wait.Value["what"]!)).Should().BeEquivalentTo(new Dictionary<string, (string, string)>
        {
            ["event"] = ("event", $"the event {awaited}"),
            ["delay"] = ("timer", "an instant"),
            ["outside"] = ("outside", (string)waits["outside"]["what"]!),
            ["child"] = ("child", $"the workflow {child} (Suspended)"),
            ["task"] = ("task", "the task Call the customer"),
        });
        var started = waits["delay"]["since"]!.GetValue<DateTimeOffset>();
        waits["delay"]["dueAt"]!.GetValue<DateTimeOffset>().Should().BeCloseTo(started.AddHours(1), TimeSpan.FromSeconds(1));
        waits["task"]["who"]!["roles"]!.ToJsonString().Should().Be($"[\"{role}\"]");
        waits["task"]["who"]!["users"]![0]!["name"]!.ToString().Should().Be(worker);
        (await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{waits["child"]["instanceId"]}/waiting"))["waits"]!.AsArray().Should().ContainSingle();

        var watcher = await host.UserAsync("workflow-instances:read");
        (await watcher.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{id}/waiting")).ToJsonString().Should().Contain(role).And.NotContain(worker, "names are for those who may see users");
        (await (await host.UserAsync("artefacts:read")).RefusedAsync(HttpMethod.Get, $"/api/workflow-instances/{id}/waiting")).Should().Be((403, "missing_permission"));
        var (_, stranger) = await host.TenantAsync(Draw.NewId("WaitingElsewhere"));
        (await stranger.RefusedAsync(HttpMethod.Get, $"/api/workflow-instances/{id}/waiting")).Should().Be((404, "not_found"));
    }

    [Fact]
    public async Task An_action_says_which_permission_moves_it_and_a_failure_says_what_went_wrong()
    {
        var site = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", new { name = Draw.NewId("Waiting site"), timezone = "Europe/Berlin" });
        var migration = await host.Admin.OkAsync(HttpMethod.Post, "/api/migrations", new { name = Draw.NewId("Waiting migration"), siteId = site["id"]!.ToString(), routingType = "direct_routing", targetCarrier = "verizon" });
        var record = await host.Admin.OkAsync(HttpMethod.Get, $"/api/migrations/{migration["id"]}/instance");
        var faulty = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("faulty"), Draw.Sequence(Draw.Script("boom", "(() => { throw new Error('the carrier is closed') })()")))));
        await host.Admin.WaitForAsync(faulty, "Faulted");

        var waiting = await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{record["id"]}/waiting");
        var failed = await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-instances/{faulty}/waiting");

        var action = waiting["waits"]!.AsArray().Single(wait => (string?)wait!["action"] == "start_discovery")!;
        action["what"]!.ToString().Should().Be("the action Start discovery");
        action["who"]!["permissions"]!.ToJsonString().Should().Be("[\"migrations:act\"]");
        action["who"]!["roles"]!.AsArray().Select(role => role!.ToString()).Should().Contain("admin");
        waiting["subject"]!["id"]!.ToString().Should().Be(migration["id"]!.ToString());
        failed["incidents"]![0]!["message"]!.ToString().Should().Contain("the carrier is closed");
        failed["incidents"]![0]!["activityName"]!.ToString().Should().Be("boom");
        failed["subStatus"]!.ToString().Should().Be("faulted");
    }

    [Fact]
    public async Task Tokens_are_counted_by_activity_and_version()
    {
        var definition = Waiting(Draw.NewId("tokens"));
        var key = await host.Admin.PublishAsync(definition);
        var first = await host.Admin.ExecuteAsync(key);
        await host.Admin.ExecuteAsync(key);
        definition["root"]!["activities"]!.AsArray().Insert(0, Draw.Line("line", "new"));
        await host.Admin.PublishAsync(definition);
        await host.Admin.ExecuteAsync(key);

        var tokens = await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-definitions/{key}/tokens");

        tokens["running"]!.GetValue<long>().Should().Be(3);
        tokens["exact"]!.GetValue<bool>().Should().BeTrue();
        tokens["versions"]!.ToJsonString().Should().Be("""[{"version":2,"running":1},{"version":1,"running":2}]""");
        tokens["nodes"]!.AsArray().Select(node => $"{node!["activityId"]} {node["version"]} {node["waiting"]}").Should().Equal("wait  3", "wait 1 2", "wait 2 1");
        tokens["nodes"]![0]!["instances"]![0]!["id"]!.ToString().Should().Be(first, "the longest wait comes first");
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/workflow-definitions/nowhere/tokens")).Should().Be((404, "not_found"));
        (await (await host.UserAsync("artefacts:read")).RefusedAsync(HttpMethod.Get, $"/api/workflow-definitions/{key}/tokens")).Should().Be((403, "missing_permission"));
        var (_, stranger) = await host.TenantAsync(Draw.NewId("TokensElsewhere"));
        (await stranger.RefusedAsync(HttpMethod.Get, $"/api/workflow-definitions/{key}/tokens")).Should().Be((404, "not_found"));
    }

    [Fact]
    public async Task Many_tokens_are_estimated_from_a_sample_that_does_not_grow_with_them()
    {
        var database = host.Parts.GetRequiredService<Database>();
        var key = await host.Admin.PublishAsync(Waiting(Draw.NewId("crowd")));
        var instance = await host.Admin.ExecuteAsync(key);
        await host.Admin.WaitForAsync(instance, "Suspended");
        var made = Crowd(database, instance);
        await made(20_000);
        var few = await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-definitions/{key}/tokens");
        await made(40_000);
        var many = await host.Admin.OkAsync(HttpMethod.Get, $"/api/workflow-definitions/{key}/tokens");

        foreach (var (tokens, all) in new[] { (few, 20_001), (many, 60_001) })
        {
            tokens["exact"]!.GetValue<bool>().Should().BeFalse();
            tokens["running"]!.GetValue<long>().Should().BeInRange((long)(all * .7), (long)(all * 1.3));
            tokens["nodes"]!.AsArray().First(node => node!["version"] is null)!["waiting"]!.GetValue<long>().Should().Be(tokens["running"]!.GetValue<long>(), "each waits at one activity");
            tokens["looked"]!.GetValue<int>().Should().BeInRange(300, 15_000);
        }
        await database.QueryAsync("delete from instances where definition_id = $1 and id <> $2", key, Guid.Parse(instance));
    }

    /// <summary>Makes copies of an instance, each with an id and an age of its own; faster than running so many.</summary>
    private static Func<int, Task> Crowd(Database database, string instance) => async count => await database.QueryAsync(
        string.Create(CultureInfo.InvariantCulture, $"""
        insert into instances
        select tenant_id, gen_random_uuid(), definition_id, definition_version, definition_hash, status, sub_status, name, correlation_id, parent_id, notify_parent,
            subject_type, subject_id, null, incident_count, state, version, created_at, updated_at, finished_at
        from instances, generate_series(1, {count}) where id = $1
        """), Guid.Parse(instance));

    private static JsonObject Waiting(string id) =>
        Draw.Definition(id, Draw.Sequence(Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal($"{id}-event")))));
}
