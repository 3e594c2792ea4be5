using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests.Flow;

/// <summary>What holds in both modes: where it starts, along what it goes, when it ends.</summary>
public sealed class FlowchartTests
{
    public static readonly Xunit.TheoryData<FlowchartMode> Modes = new(FlowchartMode.CounterBased, FlowchartMode.TokenBased);

    // ---- where it starts

    [Theory, MemberData(nameof(Modes))]
    public async Task An_empty_flowchart_completes_at_once(FlowchartMode mode)
    {
        var instance = await TestInstance.StartAsync(Graph(Activity("Flowchart", "flow")), with: request => request with { FlowchartMode = mode });

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task The_trigger_that_started_the_run_is_where_it_starts(FlowchartMode mode)
    {
        var instance = await Chart.Of("start -> a, go -> b, b -> c").With("start", "Start").Waits("go").StartAsync(mode, trigger: "go");

        instance.Lines.Should().Equal("b", "c");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task The_start_that_a_trigger_gave_holds_in_later_bursts(FlowchartMode mode)
    {
        var instance = await Chart.Of("start -> a, go -> wait, wait -> b").With("start", "Start").Waits("go", "wait").StartAsync(mode, trigger: "go");
        await instance.ResumeAsync("wait");

        instance.Lines.Should().Equal("b");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_start_activity_comes_before_one_that_can_start_the_workflow(FlowchartMode mode) =>
        (await Chart.Of("x -> y, go -> a, begin -> b").Waits("go").CanStart("go").With("begin", "Start").StartAsync(mode)).Lines.Should().Equal("b");

    [Theory, MemberData(nameof(Modes))]
    public async Task One_that_can_start_the_workflow_comes_before_one_without_inbound_connections(FlowchartMode mode) =>
        (await Chart.Of("x -> y, z -> go, go -> a").CanStart("go").StartAsync(mode)).Lines.Should().Equal("go", "a");

    [Theory, MemberData(nameof(Modes))]
    public async Task One_without_inbound_connections_comes_before_the_first(FlowchartMode mode) =>
        (await Chart.Of("b -> c, a -> b").StartAsync(mode)).Lines.Should().Equal("a", "b", "c");

    [Fact]
    public async Task If_all_have_inbound_connections_the_first_is_the_start()
    {
        var instance = await Chart.Of("wait -> b, b -> wait").Waits("wait").StartAsync();

        instance.BookmarkOf("wait");
        await instance.ResumeAsync("wait");
        instance.Lines.Should().Equal("b");
    }

    // ---- connections

    [Theory, MemberData(nameof(Modes))]
    public async Task Activities_run_in_the_order_of_a_queue(FlowchartMode mode) =>
        (await Chart.Of("A -> B, A -> C, B -> D").StartAsync(mode)).Lines.Should().Equal("A", "B", "C", "D");

    [Theory, MemberData(nameof(Modes))]
    public async Task A_connection_is_followed_by_its_port_which_is_Done_by_default(FlowchartMode mode) =>
        (await Chart.Of("a -> b, a:Done -> c, a:done -> d, a:Other -> e").StartAsync(mode)).Lines.Should().Equal("a", "b", "c");

    [Theory]
    [InlineData(FlowchartMode.CounterBased, true)]
    [InlineData(FlowchartMode.CounterBased, false)]
    [InlineData(FlowchartMode.TokenBased, true)]
    [InlineData(FlowchartMode.TokenBased, false)]
    public async Task A_decision_follows_one_of_its_ports(FlowchartMode mode, bool condition)
    {
        var instance = await Chart.Of("d:True -> yes, d:False -> no").Decision("d", condition).StartAsync(mode);

        instance.Lines.Should().Equal(condition ? "yes" : "no");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory]
    [InlineData(FlowchartMode.CounterBased)]
    [InlineData(FlowchartMode.TokenBased)]
    public async Task An_outcome_without_a_connection_ends_its_path(FlowchartMode mode)
    {
        var instance = await Chart.Of("a -> d, a -> b, d:True -> yes").Decision("d", false).StartAsync(mode);

        instance.Lines.Should().Equal("a", "b");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_fork_follows_all_its_branches(FlowchartMode mode) =>
        (await Chart.Of("f:one -> a, f:two -> b, f:three -> c").Fork("f", "one", "two").StartAsync(mode)).Lines.Should().Equal("a", "b");

    [Theory, MemberData(nameof(Modes))]
    public async Task A_fork_without_branches_is_done(FlowchartMode mode) =>
        (await Chart.Of("f -> a").Fork("f").StartAsync(mode)).Lines.Should().Equal("a");

    [Theory]
    [InlineData("MatchFirst", "2,2", "second")]
    [InlineData("MatchAny", "2,2", "second,third")]
    [InlineData("MatchAny", "9,9", "other")]
    public async Task A_switch_follows_the_labels_of_its_matching_cases_or_Default(string mode, string values, string lines)
    {
        var cases = new JsonArray(
            new JsonObject { ["label"] = "one", ["condition"] = new JsonObject { ["type"] = "Literal", ["value"] = false } },
            new JsonObject { ["label"] = "two", ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "two()" } },
            new JsonObject { ["label"] = "three", ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "three()" } });
        var host = new TestHost().Script("two()", _ => values[0] == '2').Script("three()", _ => values[2] == '2');

        var instance = await Chart.Of("s:one -> first, s:two -> second, s:three -> third, s:Default -> other")
            .With("s", "FlowSwitch", ("cases", cases), ("mode", Literal(mode))).StartAsync(host: host);

        instance.Lines.Should().Equal(lines.Split(','));
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task Connections_without_both_ends_are_left_out_and_flat_ones_are_read(FlowchartMode mode)
    {
        var flow = Chart.Of("a, b").ToJson();
        flow["connections"] = new JsonArray(
            new JsonObject { ["source"] = "a", ["target"] = "b", ["sourcePort"] = "Done", ["targetPort"] = "In" },
            new JsonObject { ["source"] = "a", ["target"] = "gone" },
            new JsonObject { ["source"] = new JsonObject { ["activity"] = "gone" }, ["target"] = new JsonObject { ["activity"] = "b" } });

        var instance = await TestInstance.StartAsync(Graph(flow), with: request => request with { FlowchartMode = mode });

        instance.Lines.Should().Equal("a", "b");
    }

    // ---- ends

    [Theory, MemberData(nameof(Modes))]
    public async Task A_terminal_activity_ends_the_flowchart_whatever_else_waits(FlowchartMode mode)
    {
        var instance = await Chart.Of("start -> wait, start -> end, wait -> a").With("start", "Start").With("end", "End").Waits("wait").StartAsync(mode);

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.State.Bookmarks.Should().BeEmpty();
        instance.Lines.Should().BeEmpty();
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task It_completes_with_Done_when_no_branch_has_work_left(FlowchartMode mode)
    {
        var inner = Chart.Of("start -> w1, start -> w2").With("start", "Start").Waits("w1", "w2").ToJson("inner");
        var flow = Activity("Flowchart", "flow",
            ("activities", new JsonArray(inner, Line("after"))),
            ("connections", new JsonArray(new JsonObject { ["source"] = "inner", ["target"] = "after" })));
        var instance = await TestInstance.StartAsync(Graph(flow), with: request => request with { FlowchartMode = mode });

        await instance.ResumeAsync("w2");
        instance.Lines.Should().BeEmpty();
        await instance.ResumeAsync("w1");
        instance.Lines.Should().Equal("after");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_faulted_child_keeps_it_from_completing_and_a_retry_lets_it_go_on(FlowchartMode mode)
    {
        var fails = true;
        var host = new TestHost().Script("text()", _ => fails ? throw new ActivityException("script_failed", "no") : "mended");
        var flow = Chart.Of("a -> bad, a -> b, bad -> c").With("bad", "WriteLine", ("text", Script("text()"))).ToJson();
        var graph = Graph(flow, options: new JsonObject { ["incidentStrategyType"] = "Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy" });
        var instance = await TestInstance.StartAsync(graph, host: host, with: request => request with { FlowchartMode = mode });

        instance.Lines.Should().Equal("a", "b");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);

        fails = false;
        await instance.RunAsync(new Stimulus.Retry());
        instance.Lines.Should().Equal("a", "b", "mended", "c");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    // ---- loops

    [Theory, MemberData(nameof(Modes))]
    public async Task A_loop_runs_its_part_again(FlowchartMode mode)
    {
        var count = 0;
        var host = new TestHost().Script("again()", _ => ++count < 3);
        var instance = await Chart.Of("start -> work, work -> d, d:True -> retry, retry -> work, d:False -> done")
            .With("start", "Start").With("d", "FlowDecision", ("condition", Script("again()"))).StartAsync(mode, host);

        instance.Lines.Should().Equal("work", "retry", "work", "retry", "work", "done");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_loop_may_wait_within_and_hold_a_fork_and_a_join(FlowchartMode mode)
    {
        var count = 0;
        var host = new TestHost().Script("again()", _ => ++count < 2);
        var instance = await Chart.Of("start -> head, head -> a, head -> w, a -> join, w -> join, join -> d, d:True -> head, d:False -> done")
            .With("start", "Start").Waits("w").Join("join", FlowJoinMode.WaitAll).With("d", "FlowDecision", ("condition", Script("again()"))).StartAsync(mode, host);

        await instance.ResumeAsync("w");
        instance.Lines.Should().Equal("head", "a", "head", "a");
        await instance.ResumeAsync("w");
        instance.Lines.Should().Equal("head", "a", "head", "a", "done");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task An_activity_may_lead_to_itself(FlowchartMode mode)
    {
        var count = 0;
        var host = new TestHost().Script("again()", _ => ++count < 3);
        var instance = await Chart.Of("d:True -> d, d:False -> done").With("d", "FlowDecision", ("condition", Script("again()"))).StartAsync(mode, host);

        instance.Lines.Should().Equal("done");
        count.Should().Be(3);
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    // ---- which algorithm

    [Theory]
    [InlineData("TokenBased", FlowchartMode.CounterBased, false)]
    [InlineData("CounterBased", FlowchartMode.TokenBased, true)]
    [InlineData("Default", FlowchartMode.CounterBased, true)]
    [InlineData("Default", FlowchartMode.TokenBased, false)]
    [InlineData(null, FlowchartMode.CounterBased, true)]
    [InlineData(null, FlowchartMode.TokenBased, false)]
    public async Task The_instance_chooses_the_algorithm_and_else_the_host(string? property, FlowchartMode host, bool finishes)
    {
        // A WaitAll with a branch that is not followed: skipped by counters, waited for by tokens.
        var graph = Graph(Chart.Of("start -> a, start -> d, d:True -> b, a -> join, b -> join").With("start", "Start").Decision("d", false).Join("join", FlowJoinMode.WaitAll).ToJson());

        var instance = await TestInstance.StartAsync(graph, with: request => request with
        {
            FlowchartMode = host,
            Properties = property is null ? null : new JsonObject { [Flowchart.ModeProperty] = property },
        });

        instance.State.SubStatus.Should().Be(finishes ? InstanceSubStatus.Finished : InstanceSubStatus.Suspended);
    }

    [Fact]
    public async Task An_execution_keeps_its_algorithm_when_the_host_changes_its_mind()
    {
        var chart = Chart.Of("start -> w, start -> d, d:True -> b, w -> join, b -> join").With("start", "Start").Waits("w").Decision("d", false).Join("join", FlowJoinMode.WaitAll);
        var instance = await chart.StartAsync(FlowchartMode.TokenBased);

        await instance.ResumeAsync("w");

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended, "a token waits at the join, and resuming asked for counters");
        instance.State.Bookmarks.Should().BeEmpty();
    }
}
