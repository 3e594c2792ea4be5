using FluentAssertions;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Execution;

using Xunit;

namespace Switchboard.Workflows.Tests.Flow;

/// <summary>Elsa's own flowcharts must do here what Elsa's tests say that they do there.</summary>
public sealed class FlowchartFixtureTests
{
    [FixtureTheory]
    [InlineData("FlowchartCompletion/workflow1.json")]
    [InlineData("FlowchartCompletion/workflow2.json")]
    [InlineData("FlowchartCompletion/workflow3.json")]
    [InlineData("FlowchartCompletion/workflow5.json")]
    public async Task Flowcharts_finish_when_all_their_bookmarks_are_resumed(string file)
    {
        foreach (var mode in Enum.GetValues<FlowchartMode>())
        {
            var instance = await StartAsync(file, mode);
            for (var i = 0; i < 10 && instance.State.Bookmarks.Count > 0; i++)
                await instance.RunAsync(new Stimulus.Resume(instance.State.Bookmarks[0].Id));

            instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished, "{0} in mode {1}", file, mode);
        }
    }

    [FixtureTheory]
    [InlineData("FlowchartCompletion/workflow1.json", "WriteLine1,WriteLine2,WriteLine3")]
    [InlineData("ExplicitJoins/join-any-1.json", "Start,End")]
    [InlineData("ExplicitJoins/join-all-1.json", "Start,Line 1,Line 2,End")]
    [InlineData("ImportAndExecute/writeline.json", "Dummy Text")]
    [InlineData("ImportAndExecute/implicit-loop.json", "Do something,Retry,Do something,Done")]
    public async Task Flowcharts_write_the_same_lines_in_both_modes(string file, string lines)
    {
        foreach (var mode in Enum.GetValues<FlowchartMode>())
        {
            var instance = await StartAsync(file, mode);

            instance.State.Incidents.Should().BeEmpty();
            instance.Lines.Should().Equal(lines.Split(','), "{0} in mode {1}", file, mode);
            instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished, "{0} in mode {1}", file, mode);
        }
    }

    [FixtureTheory]
    [InlineData("JoinBehaviors/fork-decision-join-none.json", "A,C", InstanceSubStatus.Finished)]
    [InlineData("JoinBehaviors/fork-decision-join-converge.json", "A", InstanceSubStatus.Suspended)]
    [InlineData("JoinBehaviors/fork-decision-join-waitall.json", "A,C,B,D", InstanceSubStatus.Faulted)]
    [InlineData("JoinBehaviors/decision-merge-join-none.json", "", InstanceSubStatus.Finished)]
    public async Task Merge_modes_decide_in_token_mode(string file, string lines, InstanceSubStatus status)
    {
        var instance = await StartAsync(file, FlowchartMode.TokenBased);

        instance.Lines.Should().Equal(lines.Split(',', StringSplitOptions.RemoveEmptyEntries));
        instance.State.SubStatus.Should().Be(status);
    }

    [FixtureTheory]
    [InlineData("JoinBehaviors/join.json")]
    public async Task A_join_runs_once(string file)
    {
        var instance = await StartAsync(file, FlowchartMode.TokenBased);

        instance.Journal.Where(entry => entry.ActivityId == "802725996be1b582" && entry.EventName == "Completed").Should().ContainSingle();
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    private static Task<TestInstance> StartAsync(string file, FlowchartMode mode)
    {
        var host = new TestHost()
            .Script("return false;", _ => false)
            .Script("getCounter() + 1", request => request.Variables["Counter"]!.GetValue<long>() + 1)
            .Script("getCounter() > 1", request => request.Variables["Counter"]!.GetValue<long>() > 1);
        return TestInstance.StartAsync(Fixtures.Graph(file), host: host, with: request => request with { FlowchartMode = mode });
    }
}

/// <summary>A theory over Elsa's samples, skipped where they are not there.</summary>
public sealed class FixtureTheoryAttribute : TheoryAttribute
{
    public FixtureTheoryAttribute()
    {
        if (!Fixtures.AreThere)
            Skip = "Elsa's samples are not beside the repository (../shared/elsa/fixtures).";
    }
}
