using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Runtime.Bursts;
using Switchboard.Tests.Support;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Engine.Tests.Bursts.Workflows;

namespace Switchboard.Engine.Tests.Bursts;

public sealed class InstanceRunnerTests : IAsyncLifetime
{
    private static readonly WorkflowDefinition[] Shipped =
    [
        Of("ticks", For(60, Event("tick"))),
        Of("two-events", Sequence(Event("first"), Event("second"))),
        Of("waits", Delay("00:05:00")),
        Of("fails", Activity("Elsa.Parallel", "parallel", ("activities", new JsonArray(
            Delay("00:05:00"), Sequence(Event("first"), Activity("Elsa.Fault", "fault", ("message", Literal("on purpose")))))))),
        Of("publishes", Activity("Elsa.PublishEvent", "publish", ("eventName", Literal("OrderPaid")), ("correlationId", Literal("order-7")))),
        Of("parent", Activity("Elsa.ExecuteWorkflow", "execute", ("workflowDefinitionId", Literal("two-events")), ("waitForCompletion", Literal(true)))),
        Of("dispatches", Activity("Elsa.DispatchWorkflow", "dispatch", ("workflowDefinitionId", Literal("two-events")), ("waitForCompletion", Literal(true)))),
        Of("singleton", Event("first"), new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.ActivationStrategies.SingletonStrategy" }),
        Of("correlated", Event("first"), new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.ActivationStrategies.CorrelatedSingletonStrategy" }),
        Of("one-of-a-kind", Event("first"), new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.ActivationStrategies.CorrelationStrategy" }),
        Of("another-kind", Sequence(Event("first"), Activity("Elsa.Correlate", "correlate", ("correlationId", Literal("elsewhere"))), Event("second")),
            new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.ActivationStrategies.CorrelationStrategy" }),
    ];

    private string owner = "";
    private EngineNode node = null!;

    public async Task InitializeAsync()
    {
        owner = await TestPostgres.CreateDatabaseAsync("bursts");
        node = new EngineNode(owner, null, Shipped);
    }

    public async Task DisposeAsync() => await node.DisposeAsync();

    private EngineNode AnotherNode() => new(owner, null, Shipped) { Tenant = node.Tenant };

    [Fact]
    public async Task A_start_writes_the_instance_its_bookmark_and_its_journal()
    {
        var id = await node.StartAsync("two-events", new JsonObject { ["Amount"] = 7 });

        var row = (await node.QueryAsync("select definition_id, status, sub_status, version, finished_at, state from instances where id = $1", id))[0];
        row[..5].Should().Equal("two-events", "Running", "Suspended", 1L, null);
        InstanceState.FromJson((byte[])row[5]!).Input!["Amount"]!.GetValue<int>().Should().Be(7);
        (await node.QueryAsync("select name, hash, bookmark_id is not null from bookmarks where instance_id = $1", id))
            .Should().ContainSingle().Which.Should().Equal("Elsa.Event", StimulusHash.OfEvent("first"), true);
        var hash = (await node.QueryAsync("select definition_hash from journal where instance_id = $1", id)).Should().ContainSingle().Subject[0];
        var entries = await JournalAsync(id);
        entries.Select(entry => entry.Sequence).Should().BeInAscendingOrder().And.StartWith(1L);
        entries.Should().Contain(entry => entry.ActivityId == "event-first" && entry.EventName == "Suspended");
        entries.Should().OnlyContain(entry => entry.ActivityInstanceId.StartsWith(id.ToString()));
        hash.Should().Be(node.Definitions.FindPublished(node.Tenant, "two-events")!.Hash);
    }

    [Fact]
    public async Task A_resumed_instance_leaves_one_wait_and_enters_the_next()
    {
        var id = await node.StartAsync("two-events");

        var result = await node.ResumeAsync(id, "Elsa.Event");

        result.Ignored.Should().BeFalse();
        (await node.QueryAsync("select hash from bookmarks where instance_id = $1", id)).Should().ContainSingle().Which[0].Should().Be(StimulusHash.OfEvent("second"));
        await node.ResumeAsync(id, "Elsa.Event");
        (await node.QueryAsync("select status, version, finished_at is not null from instances where id = $1", id))[0].Should().Equal("Finished", 3L, true);
        (await node.CountAsync("select count(*) from bookmarks where instance_id = $1", id)).Should().Be(0);
    }

    [Fact]
    public async Task Two_nodes_on_one_instance_apply_every_stimulus_exactly_once()
    {
        await using var other = AnotherNode();
        var id = await node.StartAsync("ticks");

        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => (n % 2 == 0 ? node : other).ResumeAsync(id, "Elsa.Event")));

        results.Should().OnlyContain(result => !result.Ignored);
        var row = (await node.QueryAsync("select status, version from instances where id = $1", id))[0];
        row.Should().Equal("Finished", 61L);
        (await JournalAsync(id)).Count(entry => entry is { ActivityId: "event-tick", EventName: "Completed" }).Should().Be(60);
    }

    [Fact]
    public async Task A_burst_whose_fence_refuses_runs_again_on_what_is_there_now()
    {
        await using var other = AnotherNode();
        var id = await node.StartAsync("ticks");
        var attempts = 0;
        var delivery = node.Delivery with
        {
            Also = async (step, _) =>
            {
                if (++attempts == 1)
                    await other.ResumeAsync(id, "Elsa.Event");
            },
        };

        var result = await node.ResumeAsync(id, "Elsa.Event", delivery);

        result.Ignored.Should().BeFalse();
        attempts.Should().Be(2);
        (await node.QueryAsync("select version from instances where id = $1", id))[0][0].Should().Be(3L);
    }

    [Fact]
    public async Task Nothing_is_committed_when_what_belongs_to_the_step_throws()
    {
        var id = await node.StartAsync("ticks");
        var deliver = () => node.ResumeAsync(id, "Elsa.Event", node.Delivery with { Also = (_, _) => throw new InvalidOperationException("on purpose") });

        await deliver.Should().ThrowAsync<InvalidOperationException>().WithMessage("on purpose");

        (await node.QueryAsync("select version from instances where id = $1", id))[0][0].Should().Be(1L);
        (await node.ResumeAsync(id, "Elsa.Event")).Ignored.Should().BeFalse("the lane is free again");
    }

    [Fact]
    public async Task A_stimulus_for_a_bookmark_that_is_gone_is_ignored()
    {
        var id = await node.StartAsync("two-events");

        var result = await node.Runner.DeliverAsync(node.Tenant, id, new Stimulus.Resume("no-such-bookmark"), node.Delivery, CancellationToken.None);
        var unknown = await node.Runner.DeliverAsync(node.Tenant, Guid.CreateVersion7(node.Time.GetUtcNow()), new Stimulus.Cancel(), node.Delivery, CancellationToken.None);
        var foreign = await node.Runner.DeliverAsync(Guid.CreateVersion7(node.Time.GetUtcNow()), id, new Stimulus.Cancel(), node.Delivery, CancellationToken.None);

        result.Ignored.Should().BeTrue();
        result.State!.Bookmarks.Should().ContainSingle();
        unknown.State.Should().BeNull();
        foreign.State.Should().BeNull("another tenant's instance is no instance");
        (await node.QueryAsync("select version from instances where id = $1", id))[0][0].Should().Be(1L);
        (await node.CountAsync("select count(*) from journal where instance_id = $1", id)).Should().Be(1);
    }

    [Fact]
    public async Task What_another_node_has_done_is_seen_before_a_stimulus_is_ignored()
    {
        await using var other = AnotherNode();
        var id = await node.StartAsync("two-events");
        var hash = StimulusHash.OfEvent("second");
        Task<DeliveryResult> SecondAsync() => node.Runner.DeliverAsync(
            node.Tenant, id, state => state.Bookmarks.FirstOrDefault(bookmark => bookmark.Hash == hash) is { } found ? new Stimulus.Resume(found.Id) : null,
            node.Delivery, CancellationToken.None);
        (await SecondAsync()).Ignored.Should().BeTrue("it waits for the first event, and now this node keeps it in memory");
        await other.ResumeAsync(id, "Elsa.Event");

        (await SecondAsync()).Ignored.Should().BeFalse();
    }

    [Fact]
    public async Task A_delay_is_a_timer_that_goes_with_its_wait()
    {
        var before = node.Time.GetUtcNow();
        var id = await node.StartAsync("waits");

        var timer = (await node.QueryAsync("select due_at, bookmark_id, attempts from timers where instance_id = $1", id)).Should().ContainSingle().Subject;
        ((DateTime)timer[0]!).Should().BeCloseTo(before.UtcDateTime.AddMinutes(5), TimeSpan.FromSeconds(30));
        await node.Runner.DeliverAsync(node.Tenant, id, new Stimulus.Cancel(), node.Delivery, CancellationToken.None);

        (await node.CountAsync("select count(*) from timers where instance_id = $1", id)).Should().Be(0);
        (await node.QueryAsync("select sub_status from instances where id = $1", id))[0][0].Should().Be("Cancelled");
        (await node.QueryAsync("select kind, instance_id from inbox where instance_id = $1", id)).Should().ContainSingle().Which.Should().Equal("cancel", id);
    }

    [Fact]
    public async Task A_retried_instance_gets_back_the_timers_that_came_due_while_it_had_failed()
    {
        var id = await node.StartAsync("fails");
        await node.ResumeAsync(id, "Elsa.Event");
        (await node.QueryAsync("select sub_status, incident_count from instances where id = $1", id))[0].Should().Equal("Faulted", 1);
        await node.QueryAsync("delete from timers where instance_id = $1", id); // as the pump does with one that nobody takes

        var result = await node.Runner.DeliverAsync(node.Tenant, id, new Stimulus.Retry(), node.Delivery, CancellationToken.None);

        result.Ignored.Should().BeFalse();
        (await node.CountAsync("select count(*) from journal where instance_id = $1", id)).Should().Be(3);
        (await node.QueryAsync("select sub_status from instances where id = $1", id))[0][0].Should().Be("Faulted", "it fails again");
    }

    [Fact]
    public async Task A_published_event_waits_in_the_inbox()
    {
        var id = await node.StartAsync("publishes");

        (await node.QueryAsync("select kind, name, hash, correlation_id, state from inbox where tenant_id = $1", node.Tenant))
            .Should().ContainSingle().Which.Should().Equal("event", "OrderPaid", StimulusHash.OfEvent("OrderPaid"), "order-7", "pending");
        (await node.QueryAsync("select status from instances where id = $1", id))[0][0].Should().Be("Finished");
    }

    [Fact]
    public async Task A_child_that_runs_inline_is_committed_with_its_parent()
    {
        var id = await node.StartAsync("parent");

        var child = (await node.QueryAsync("select id, definition_id, notify_parent from instances where parent_id = $1", id)).Should().ContainSingle().Subject;
        child[1..].Should().Equal("two-events", true);
        (await node.CountAsync("select count(*) from journal where instance_id = $1", child[0]!)).Should().Be(1);
        (await node.QueryAsync("select materials::jsonb->>'workflow/two-events' from journal where instance_id = $1", id))[0][0]
            .Should().Be(node.Definitions.FindPublished(node.Tenant, "two-events")!.Hash);
        await node.ResumeAsync((Guid)child[0]!, "Elsa.Event");
        await node.ResumeAsync((Guid)child[0]!, "Elsa.Event");
        (await node.QueryAsync("select kind, payload->>'childInstanceId' from inbox where instance_id = $1", id))
            .Should().ContainSingle().Which.Should().Equal("resume", child[0]!.ToString());
    }

    [Fact]
    public async Task A_dispatched_child_is_a_start_in_the_inbox()
    {
        var id = await node.StartAsync("dispatches");

        var row = (await node.QueryAsync("select kind, name, instance_id, payload->>'parentInstanceId', (payload->>'notifyParent')::bool from inbox where tenant_id = $1", node.Tenant))
            .Should().ContainSingle().Subject;
        row[..2].Should().Equal("start", "two-events");
        row[2].Should().NotBeNull();
        row[3..].Should().Equal(id.ToString(), true);
    }

    [Fact]
    public async Task Of_two_starts_of_a_singleton_at_once_one_is_not_allowed()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            node.Runner.StartAsync(new InstanceStart(node.Tenant, "singleton"), node.Delivery, CancellationToken.None)));

        results.Count(result => result.Outcome == StartOutcome.Started).Should().Be(1);
        results.Count(result => result.Outcome == StartOutcome.NotAllowed).Should().Be(7);
        await node.ResumeAsync(results.Single(result => result.Outcome == StartOutcome.Started).InstanceId, "Elsa.Event");
        var next = await node.Runner.StartAsync(new InstanceStart(node.Tenant, "singleton"), node.Delivery, CancellationToken.None);
        next.Outcome.Should().Be(StartOutcome.Started, "the first has ended");
    }

    [Fact]
    public async Task A_correlated_singleton_runs_once_a_correlation_id()
    {
        var start = new InstanceStart(node.Tenant, "correlated") { CorrelationId = "a" };

        (await node.Runner.StartAsync(start, node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.Started);
        (await node.Runner.StartAsync(start, node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.NotAllowed);
        (await node.Runner.StartAsync(start with { CorrelationId = "b" }, node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.Started);
    }

    [Fact]
    public async Task Of_starts_of_two_definitions_at_once_with_one_correlation_id_one_is_allowed()
    {
        await using var other = AnotherNode();

        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            (i % 2 == 0 ? node : other).Runner.StartAsync(
                new InstanceStart(node.Tenant, i % 4 < 2 ? "one-of-a-kind" : "another-kind") { CorrelationId = "order-7" }, node.Delivery, CancellationToken.None)));

        results.Count(result => result.Outcome == StartOutcome.Started).Should().Be(1);
        results.Count(result => result.Outcome == StartOutcome.NotAllowed).Should().Be(15);
        (await node.CountAsync("select count(*) from instances where tenant_id = $1", node.Tenant)).Should().Be(1);
    }

    [Fact]
    public async Task An_instance_that_takes_another_correlation_id_gives_its_first_one_free()
    {
        var start = new InstanceStart(node.Tenant, "another-kind") { CorrelationId = "order-8" };
        var first = await node.Runner.StartAsync(start, node.Delivery, CancellationToken.None);

        await node.ResumeAsync(first.InstanceId, "Elsa.Event");

        (await node.Runner.StartAsync(start with { CorrelationId = "elsewhere" }, node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.NotAllowed);
        (await node.Runner.StartAsync(start, node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.Started);
    }

    [Fact]
    public async Task The_same_start_twice_starts_once()
    {
        var start = new InstanceStart(node.Tenant, "two-events") { InstanceId = Guid.CreateVersion7(node.Time.GetUtcNow()) };

        (await node.Runner.StartAsync(start, node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.Started);
        (await node.Runner.StartAsync(start, node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.StartedBefore);
        (await node.Runner.StartAsync(new InstanceStart(node.Tenant, "nobody"), node.Delivery, CancellationToken.None)).Outcome.Should().Be(StartOutcome.NoDefinition);
    }

    [Fact]
    public async Task Many_deliveries_at_once_share_their_transactions()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => node.StartAsync("two-events")));
        await using var other = AnotherNode(); // it has none of them in memory
        var before = await TransactionsAsync();

        await Task.WhenAll(ids.Select(id => other.ResumeAsync(id, "Elsa.Event")));

        (await TransactionsAsync() - before).Should().BeLessThan(100);
        (await node.CountAsync("select count(*) from instances where version = 2")).Should().Be(400);

        Task<long> TransactionsAsync() => node.CountAsync("select sum(sequence)::bigint from committers");
    }

    private async Task<List<JournalEntry>> JournalAsync(Guid instanceId) =>
        [.. (await node.QueryAsync("select entries, at from journal where instance_id = $1 order by id", instanceId))
            .SelectMany(row => JournalJson.Read((string)row[0]!, instanceId, new DateTimeOffset((DateTime)row[1]!)))];
}
