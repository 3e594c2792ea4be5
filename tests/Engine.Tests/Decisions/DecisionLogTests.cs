using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Data;
using Switchboard.Engine.Tests.Outbox;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Operations;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Decisions;

/// <summary>What is recorded of decisions, by which version they are made and how a draft replays them.</summary>
public sealed class DecisionLogTests : IAsyncLifetime
{
    private readonly SteppedTime clock = new();
    private string database = null!;
    private DecisionNode node = null!;

    public async Task InitializeAsync()
    {
        database = await TestPostgres.CreateDatabaseAsync("decisions");
        node = new DecisionNode(database, clock);
    }

    public async Task DisposeAsync() => await node.DisposeAsync();

    [Fact]
    public async Task A_decision_is_recorded_with_what_it_was_made_from()
    {
        var published = await node.PublishAsync("risk", "10");

        var made = await node.DecideAsync("risk", 12);

        var found = await node.Log.GetAsync(node.Tenant, made.Id, CancellationToken.None);
        found.Should().NotBeNull();
        (found!.Kind, found.Key, found.Number, found.Hash).Should().Be(("decision", "risk", 1, published.Hash));
        found.Input.ToJsonString().Should().Be("{\"amount\":12}");
        found.Output!["level"]!.ToString().Should().Be("high");
        found.Matched[0]!["row"]!.ToString().Should().Be("high");
        found.Cause["actor"]!.ToString().Should().Be("engine");
        (await node.Log.GetAsync(Guid.CreateVersion7(clock.GetUtcNow()), made.Id, CancellationToken.None)).Should().BeNull("it is another tenant's");
        (await node.Log.ListAsync(Guid.CreateVersion7(clock.GetUtcNow()), null, null, null, null, 10, CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_version_for_later_decides_from_its_instant_on_on_every_node()
    {
        await using var other = new DecisionNode(database, clock) { Tenant = node.Tenant };
        await node.PublishAsync("later", "10");
        var from = clock.GetUtcNow() + TimeSpan.FromHours(1);
        var scheduled = await node.PublishAsync("later", "100", from);
        await other.Watch.LoadAsync(CancellationToken.None);

        scheduled.State.Should().Be("scheduled");
        foreach (var each in new[] { node, other })
        {
            (await each.DecideAsync("later", 50)).Number.Should().Be(1);
            (await each.Artefacts.VersionsAsync(node.Tenant, "decision", "later", CancellationToken.None)).Select(version => version.State).Should().Equal("scheduled", "published");
        }
        clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        foreach (var each in new[] { node, other })
        {
            var made = await each.DecideAsync("later", 50);
            (made.Number, made.Output!["level"]!.ToString()).Should().Be((2, "low"));
            (await each.Artefacts.VersionsAsync(node.Tenant, "decision", "later", CancellationToken.None)).Select(version => version.State).Should().Equal("published", "superseded");
        }
    }

    [Fact]
    public async Task A_restored_version_decides_again_as_it_did()
    {
        var first = await node.PublishAsync("restored", "10");
        await node.PublishAsync("restored", "100");
        (await node.DecideAsync("restored", 50)).Output!["level"]!.ToString().Should().Be("low");
        (await node.DecideAsync("restored", 50, version: 1)).Output!["level"]!.ToString().Should().Be("high");

        await node.Artefacts.RestoreAsync(node.Tenant, "decision", "restored", 1, node.Context, CancellationToken.None);

        var again = await node.DecideAsync("restored", 50);
        (again.Number, again.Hash, again.Output!["level"]!.ToString()).Should().Be((3, first.Hash, "high"));
    }

    [Fact]
    public async Task Wrong_input_and_unknown_keys_are_told_and_not_recorded()
    {
        await node.PublishAsync("picky", "10");

        var wrong = () => node.Engine.EvaluateAsync(node.Tenant, new DecisionRequest("picky", new JsonObject { ["amount"] = "x" }), node.Context, CancellationToken.None);
        var unknown = () => node.DecideAsync("piky", 1);

        var problem = (await wrong.Should().ThrowAsync<ProblemException>()).Which;
        (problem.Status, problem.Code, problem.Errors[0].Field).Should().Be((422, "invalid_input", "input/amount"));
        (await unknown.Should().ThrowAsync<ProblemException>()).Which.Detail.Should().Contain("the nearest is picky");
        (await node.QueryAsync("select 1 from decisions")).Should().BeEmpty();
    }

    [Fact]
    public async Task Every_month_has_its_partition_and_what_came_before_it_moves_in()
    {
        await node.PublishAsync("months", "10");
        var early = new RecordedDecision(
            Guid.CreateVersion7(clock.GetUtcNow().AddMonths(7)), "decision", "months", 1, "h", null, [], null, [], null, [], clock.GetUtcNow().AddMonths(7));
        var step = new Data.Commit.Step(node.Tenant);
        DecisionLog.Add(step, early);
        await node.Committer.CommitAsync(step, CancellationToken.None);
        (await PartitionsAsync()).Should().Equal("months.decisions_rest");

        await node.DecideAsync("months", 1);
        clock.Advance(early.At - clock.GetUtcNow());
        await node.DecideAsync("months", 1);

        (await PartitionsAsync()).Should().HaveCount(2, "each row lies in the partition of its month").And.NotContain("months.decisions_rest");
        (await node.Log.GetAsync(node.Tenant, early.Id, CancellationToken.None)).Should().NotBeNull();
        await node.Log.EnsureMonthAsync(clock.GetUtcNow(), CancellationToken.None);
        await using var another = new DecisionNode(database, clock);
        await another.Log.EnsureMonthAsync(clock.GetUtcNow(), CancellationToken.None);
    }

    [Fact]
    public async Task Replaying_an_unchanged_version_gives_every_outcome_again()
    {
        await node.PublishAsync("replayed", "10");
        for (var amount = 0; amount < 30; amount++)
        {
            await node.DecideAsync("replayed", amount);
            clock.Advance(TimeSpan.FromMinutes(1));
        }
        await node.Artefacts.SaveDraftAsync(node.Tenant, "decision", "replayed", " 10\n", null, node.Context, CancellationToken.None);

        var operation = await node.RunAsync(await StartAsync("replayed"));

        operation.Status.Should().Be(Operation.Succeeded);
        (operation.Done, operation.Total).Should().Be((30L, 30L));
        operation.Result!["same"]!.GetValue<long>().Should().Be(30, "the clock of then is part of the output");
        operation.Result["changed"]!.GetValue<long>().Should().Be(0);
    }

    [Fact]
    public async Task Replay_groups_what_would_have_come_out_differently_by_old_and_new()
    {
        await node.PublishAsync("changed", "10");
        var made = new List<RecordedDecision>();
        for (var amount = 8; amount < 16; amount++)
            made.Add(await node.DecideAsync("changed", amount));
        await node.Artefacts.SaveDraftAsync(node.Tenant, "decision", "changed", "12", null, node.Context, CancellationToken.None);

        var operation = await StartAsync("changed");
        await node.Artefacts.SaveDraftAsync(node.Tenant, "decision", "changed", "1000", null, node.Context, CancellationToken.None);
        var ended = await node.RunAsync(operation);

        ended.Result!["same"]!.GetValue<long>().Should().Be(6, "the draft of when it was asked for decides");
        ended.Result["changed"]!.GetValue<long>().Should().Be(2);
        ended.Result["examples"]!.AsArray().Select(example => example!["decisionId"]!.ToString()).Should().BeEquivalentTo([made[2].Id.ToString(), made[3].Id.ToString()]);
        var first = ended.Result["groups"]!.AsArray()[0]!;
        (first["from"]!["level"]!.ToString(), first["to"]!["level"]!.ToString()).Should().Be(("high", "low"));
        (await node.QueryAsync("select count(*) from decisions"))[0][0].Should().Be(8L, "a replay records nothing");
    }

    [Fact]
    public async Task A_replay_goes_on_where_another_process_left_it()
    {
        await node.PublishAsync("resumed", "10");
        for (var amount = 0; amount < 5; amount++)
            await node.DecideAsync("resumed", amount);
        await node.Artefacts.SaveDraftAsync(node.Tenant, "decision", "resumed", "3", null, node.Context, CancellationToken.None);
        var operation = await StartAsync("resumed");
        var seen = await node.Log.BatchAsync(node.Tenant, "decision", "resumed", null, clock.GetUtcNow().AddDays(-1), clock.GetUtcNow().AddDays(1), 2, CancellationToken.None);
        operation.Result = new JsonObject
        {
            ["same"] = 2,
            ["changed"] = 0,
            ["failed"] = 0,
            ["groups"] = new JsonArray(),
            ["examples"] = new JsonArray(),
            ["cursor"] = seen[1].Id.ToString(),
        };
        (operation.Done, operation.Total, operation.Status, operation.Node, operation.LeaseUntil) = (2, 5, Operation.Running, "dead", clock.GetUtcNow().AddMinutes(-1));
        var step = new Data.Commit.Step(node.Tenant);
        node.Operations.Update(step, operation);
        await node.Committer.CommitAsync(step, CancellationToken.None);

        var ended = await node.RunAsync(operation);

        (ended.Status, ended.Done).Should().Be((Operation.Succeeded, 5L));
        (ended.Result!["same"]!.GetValue<long>(), ended.Result["changed"]!.GetValue<long>()).Should().Be((3L, 2L));
    }

    [Fact]
    public async Task A_workflow_decides_in_its_own_step_and_goes_on_by_the_outcome()
    {
        await using var running = new DecisionNode(database, clock, Workflow()) { Tenant = node.Tenant };
        await running.PublishAsync("level", "10");

        var started = await running.Runner.StartAsync(
            new InstanceStart(running.Tenant, "deciding") { Input = new JsonObject() }, new Delivery(running.Context), CancellationToken.None);

        started.Outcome.Should().Be(StartOutcome.Started);
        started.State!.Incidents.Should().BeEmpty();
        var recorded = (await running.Log.ListAsync(running.Tenant, "level", null, null, null, 10, CancellationToken.None)).Should().ContainSingle().Subject;
        recorded.Cause["instanceId"]!.ToString().Should().Be(started.InstanceId.ToString());
        recorded.Cause["activityId"]!.ToString().Should().Be("decide");
        (await running.QueryAsync("select materials::text from journal where instance_id = $1", started.InstanceId))[0][0]!.ToString().Should().Contain("decision/level").And.Contain(recorded.Hash);
        (await running.QueryAsync("select entries::text from journal where instance_id = $1", started.InstanceId))[0][0]!.ToString().Should().Contain("it is high").And.NotContain("it is low");
    }

    private static Workflows.Definitions.WorkflowDefinition Workflow()
    {
        var decide = Bursts.Workflows.Activity(
            "Switchboard.Decide", "decide",
            ("decision", Bursts.Workflows.Literal("level")),
            ("input", Bursts.Workflows.Literal(new JsonObject { ["amount"] = 42 })),
            ("outcomes", Bursts.Workflows.Literal(new JsonArray("high", "low"))));
        return Bursts.Workflows.Of("deciding", Bursts.Workflows.Activity(
            "Elsa.Flowchart", "chart",
            ("activities", new JsonArray(decide, Line("high"), Line("low"))),
            ("connections", new JsonArray(Connection("high"), Connection("low")))));

        static JsonObject Line(string outcome) => Bursts.Workflows.Activity("Elsa.WriteLine", outcome, ("text", Bursts.Workflows.Literal($"it is {outcome}")));

        static JsonObject Connection(string outcome) => new()
        {
            ["source"] = new JsonObject { ["activity"] = "decide", ["port"] = outcome },
            ["target"] = new JsonObject { ["activity"] = outcome, ["port"] = "In" },
        };
    }

    private Task<Operation> StartAsync(string key) => node.Replay.StartAsync(
        node.Tenant, "decision", key, clock.GetUtcNow().AddDays(-1), clock.GetUtcNow().AddMinutes(1), 1_000, node.Context, CancellationToken.None);

    private async Task<List<string>> PartitionsAsync() =>
        [.. (await node.QueryAsync("select distinct tableoid::regclass::text from decisions order by 1")).Select(row => (string)row[0]!)];
}
