using FluentAssertions;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Execution;

using Xunit;

namespace Switchboard.Workflows.Tests.Flow;

public sealed class CounterFlowTests
{
    [Fact]
    public async Task An_activity_waits_for_all_inbound_connections_that_are_followed()
    {
        var instance = await Chart.Of("start -> w1, start -> w2, w1 -> after, w2 -> after").With("start", "Start").Waits("w1", "w2").StartAsync();

        await instance.ResumeAsync("w1");
        instance.Lines.Should().BeEmpty();
        await instance.ResumeAsync("w2");
        instance.Lines.Should().Equal("after");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_path_that_is_not_followed_is_skipped_to_the_join_and_beyond()
    {
        var instance = await Chart.Of("d:True -> b1, b1 -> b2, b2 -> join, d:False -> a, a -> join, join -> end").Decision("d", false).StartAsync();

        instance.Lines.Should().Equal("a", "join", "end");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task An_activity_of_which_no_connection_is_followed_is_skipped()
    {
        var instance = await Chart.Of("d1:True -> x, d2:True -> x, start -> d1, start -> d2, x -> y, start -> z, y -> end, z -> end")
            .With("start", "Start").Decision("d1", false).Decision("d2", false).StartAsync();

        instance.Lines.Should().Equal("z", "end");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task Both_ports_of_a_decision_may_lead_to_the_same_activity()
    {
        var instance = await Chart.Of("d:True -> a, d:False -> a").Decision("d", true).StartAsync();

        instance.Lines.Should().Equal("a");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory]
    [InlineData(FlowJoinMode.WaitAll, "a,b,join-done", true)]
    [InlineData(FlowJoinMode.WaitAll, "a", false)]
    [InlineData(FlowJoinMode.WaitAllActive, "a,b,join-done", true)]
    [InlineData(FlowJoinMode.WaitAllActive, "a,join-done", false)]
    [InlineData(FlowJoinMode.WaitAny, "a,b,join-done", true)]
    [InlineData(FlowJoinMode.WaitAny, "a,join-done", false)]
    public async Task A_join_runs_by_its_mode(FlowJoinMode mode, string lines, bool isFollowed)
    {
        var instance = await Chart.Of("start -> a, start -> d, d:True -> b, a -> join, b -> join, join -> join-done")
            .With("start", "Start").Decision("d", isFollowed).Join("join", mode).StartAsync();

        instance.Lines.Should().Equal(lines.Split(','));
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished, "a join that does not run is skipped");
        instance.Story.Count(line => line == "Completed join").Should().Be(lines.Contains("join", StringComparison.Ordinal) ? 1 : 0);
    }

    [Fact]
    public async Task A_join_of_the_first_cancels_what_else_leads_to_it()
    {
        var instance = await Chart.Of("start -> w1, start -> w2, start -> bystander, w2 -> w3, w1 -> join, w3 -> join, join -> after")
            .With("start", "Start").Waits("w1", "w2", "w3", "bystander").Join("join", FlowJoinMode.WaitAny).StartAsync();

        await instance.ResumeAsync("w1");

        instance.Lines.Should().Equal("after");
        instance.Story.Should().Contain("Canceled w2").And.ContainSingle(line => line == "Completed join");
        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("bystander");
        await instance.ResumeAsync("bystander");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_join_of_the_first_lets_run_what_is_only_scheduled_and_ignores_it_afterwards()
    {
        var instance = await Chart.Of("start -> a, start -> b, a -> join, b -> join, join -> after").With("start", "Start").Join("join", FlowJoinMode.WaitAny).StartAsync();

        instance.Lines.Should().Equal("a", "b", "after");
        instance.Story.Count(line => line == "Completed join").Should().Be(1);
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_join_of_the_first_is_skipped_when_no_branch_is_followed()
    {
        var instance = await Chart.Of("start -> d1, start -> d2, d1:True -> join, d2:True -> join, join -> after, start -> z, z -> end, after -> end")
            .With("start", "Start").Decision("d1", false).Decision("d2", false).Join("join", FlowJoinMode.WaitAny).StartAsync();

        instance.Lines.Should().Equal("z", "end");
    }

    [Fact]
    public async Task The_mode_of_a_join_is_evaluated_when_a_branch_arrives()
    {
        var host = new TestHost().Script("mode()", _ => "WaitAll");
        var instance = await Chart.Of("start -> a, start -> w, a -> join, w -> join, join -> after")
            .With("start", "Start").Waits("w").With("join", "FlowJoin", ("mode", Define.Script("mode()"))).StartAsync(host: host);

        instance.Lines.Should().Equal("a");
        await instance.ResumeAsync("w");
        instance.Lines.Should().Equal("a", "after");
    }

    [Fact]
    public async Task A_join_of_the_first_runs_once_in_each_round_of_a_loop()
    {
        var count = 0;
        var host = new TestHost().Script("again()", _ => ++count < 3);
        var instance = await Chart.Of("start -> head, head -> a, head -> b, a -> join, b -> join, join -> d, d:True -> head, d:False -> done")
            .With("start", "Start").Join("join", FlowJoinMode.WaitAny).With("d", "FlowDecision", ("condition", Define.Script("again()"))).StartAsync(host: host);

        instance.Lines.Should().Equal("head", "a", "b", "head", "a", "b", "head", "a", "b", "done");
        instance.Story.Count(line => line == "Completed join").Should().Be(3);
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task Going_back_to_where_not_every_way_comes_from_is_an_incident()
    {
        // a leads to b and c; c leads back into the middle of the other branch.
        var instance = await Chart.Of("a -> b, a -> c, b -> d, d -> c, c -> b").StartAsync();

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
        instance.State.Incidents.Should().ContainSingle(incident => incident.ActivityId == "flow" && incident.Code == "invalid_backward_connection");
    }

    [Fact]
    public async Task A_start_from_where_an_activity_cannot_be_reached_makes_it_an_incident()
    {
        // Only a stored instance can get there: after a migration whose new version no longer leads to w.
        var before = Define.Graph(Chart.Of("start -> w, w -> a").With("start", "Start").Waits("w").ToJson());
        var after = Define.Graph(Chart.Of("start, w -> a").With("start", "Start").Waits("w").ToJson());
        var instance = TestInstance.Continue(after, (await TestInstance.StartAsync(before)).State.ToJson());

        await instance.ResumeAsync("w");

        instance.State.Incidents.Should().ContainSingle(incident => incident.Code == "activity_not_reachable");
    }

    [Fact]
    public async Task A_cancelled_child_is_skipped()
    {
        // The nested race cancels w2, which leads to a join of the outer kind too.
        var instance = await Chart.Of("start -> w1, start -> w2, w1 -> race, w2 -> race, w2 -> other, race -> all, other -> all")
            .With("start", "Start").Waits("w1", "w2").Join("race", FlowJoinMode.WaitAny).StartAsync();

        await instance.ResumeAsync("w1");

        instance.Lines.Should().Equal("all");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task Counters_survive_a_new_version_with_other_connections()
    {
        var before = Define.Graph(Chart.Of("start -> a, start -> w, a -> join, w -> join, join -> old").With("start", "Start").Waits("w").ToJson());
        var after = Define.Graph(Chart.Of("x, start -> a, start -> w, w -> join, a -> join, join -> new").With("start", "Start").Waits("w").ToJson());
        var instance = TestInstance.Continue(after, (await TestInstance.StartAsync(before)).State.ToJson());

        await instance.ResumeAsync("w");

        instance.Lines.Should().Equal("join", "new");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_long_chain_of_skipped_activities_is_no_problem()
    {
        var chain = string.Join(", ", Enumerable.Range(0, 2000).Select(i => $"n{i} -> n{i + 1}"));
        var instance = await Chart.Of($"d:True -> n0, {chain}").Decision("d", false).StartAsync();

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.Lines.Should().BeEmpty();
    }
}
