using FluentAssertions;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Execution;

using Xunit;

namespace Switchboard.Workflows.Tests.Flow;

public sealed class TokenFlowTests
{
    [Theory]
    [InlineData("None")]
    [InlineData("Stream")]
    [InlineData("unknown")]
    public async Task Stream_waits_while_an_upstream_activity_is_still_going_to_run(string mode)
    {
        var instance = await Chart.Of("start -> w1, start -> w2, w1 -> after, w2 -> after").With("start", "Start").Waits("w1", "w2").Merges("after", mode).StartAsync(FlowchartMode.TokenBased);

        await instance.ResumeAsync("w1");
        instance.Lines.Should().BeEmpty();
        await instance.ResumeAsync("w2");
        instance.Lines.Should().Equal("after");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory]
    [InlineData("Stream", true)]
    [InlineData("Merge", false)]
    [InlineData("Converge", false)]
    [InlineData("Cascade", true)]
    [InlineData("Race", true)]
    public async Task A_branch_that_is_not_followed_keeps_Merge_and_Converge_waiting(string mode, bool runs)
    {
        var instance = await Chart.Of("start -> a, start -> d, d:True -> b, a -> after, b -> after").With("start", "Start").Decision("d", false).Merges("after", mode).StartAsync(FlowchartMode.TokenBased);

        instance.Lines.Should().Equal(runs ? ["a", "after"] : ["a"]);
        instance.State.SubStatus.Should().Be(runs ? InstanceSubStatus.Finished : InstanceSubStatus.Suspended);
        instance.State.Bookmarks.Should().BeEmpty();
    }

    [Theory]
    [InlineData("Merge")]
    [InlineData("Converge")]
    public async Task Merge_and_Converge_run_once_when_all_branches_have_arrived(string mode)
    {
        var instance = await Chart.Of("start -> w1, start -> w2, w1 -> after, w2 -> after").With("start", "Start").Waits("w1", "w2").Merges("after", mode).StartAsync(FlowchartMode.TokenBased);

        await instance.ResumeAsync("w2");
        instance.Lines.Should().BeEmpty();
        await instance.ResumeAsync("w1");
        instance.Lines.Should().Equal("after");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory]
    [InlineData("Merge", "head", InstanceSubStatus.Finished)]
    [InlineData("Converge", "", InstanceSubStatus.Suspended)]
    public async Task Converge_counts_connections_that_lead_back_and_Merge_does_not(string mode, string lines, InstanceSubStatus status)
    {
        var instance = await Chart.Of("start -> head, head -> d, d:True -> head").With("start", "Start").Decision("d", false).Merges("head", mode).StartAsync(FlowchartMode.TokenBased);

        instance.Lines.Should().Equal(lines.Split(',', StringSplitOptions.RemoveEmptyEntries));
        instance.State.SubStatus.Should().Be(status);
    }

    [Fact]
    public async Task Cascade_runs_at_the_first_branch_and_lets_the_others_pass()
    {
        var instance = await Chart.Of("start -> w1, start -> w2, w1 -> after, w2 -> after, after -> end").With("start", "Start").Waits("w1", "w2").Merges("after", "Cascade").StartAsync(FlowchartMode.TokenBased);

        await instance.ResumeAsync("w1");
        instance.Lines.Should().Equal("after", "end");
        instance.BookmarkOf("w2");
        await instance.ResumeAsync("w2");
        instance.Lines.Should().Equal("after", "end");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory]
    [InlineData("Race")]
    [InlineData(null)]
    public async Task Race_and_a_join_of_the_first_cancel_the_other_branches(string? mergeMode)
    {
        var chart = Chart.Of("start -> w1, start -> w2, w2 -> w3, w1 -> after, w3 -> after, after -> end").With("start", "Start").Waits("w1", "w2", "w3");
        chart = mergeMode is null ? chart.Join("after", FlowJoinMode.WaitAny) : chart.Merges("after", mergeMode);
        var instance = await chart.StartAsync(FlowchartMode.TokenBased);

        await instance.ResumeAsync("w1");

        instance.Lines.Should().EndWith("end");
        instance.Story.Should().Contain("Canceled w2").And.ContainSingle(line => line == "Completed after");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Theory]
    [InlineData(FlowJoinMode.WaitAll)]
    [InlineData(FlowJoinMode.WaitAllActive)]
    public async Task Other_joins_merge(FlowJoinMode mode)
    {
        var instance = await Chart.Of("start -> a, start -> w, a -> join, w -> join, join -> end").With("start", "Start").Waits("w").Join("join", mode).StartAsync(FlowchartMode.TokenBased);

        instance.Lines.Should().Equal("a");
        await instance.ResumeAsync("w");
        instance.Lines.Should().Equal("a", "end");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_terminal_activity_clears_the_tokens_that_wait()
    {
        var instance = await Chart.Of("start -> a, start -> w, start -> d, a -> join, d:True -> join, w -> end").With("start", "Start").Waits("w").Decision("d", false)
            .Merges("a", "None").With("end", "End").Join("join", FlowJoinMode.WaitAll).StartAsync(FlowchartMode.TokenBased);

        await instance.ResumeAsync("w");

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task Race_runs_in_each_round_of_a_loop()
    {
        var count = 0;
        var host = new TestHost().Script("again()", _ => ++count < 3);
        var instance = await Chart.Of("start -> head, head -> w, head -> a, a -> race, w -> race, race -> d, d:True -> head, d:False -> done")
            .With("start", "Start").Waits("w").Join("race", FlowJoinMode.WaitAny).With("d", "FlowDecision", ("condition", Define.Script("again()"))).StartAsync(FlowchartMode.TokenBased, host);

        instance.Lines.Should().Equal("head", "a", "head", "a", "head", "a", "done");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }
}
