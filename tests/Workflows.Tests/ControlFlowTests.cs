using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class ControlFlowTests
{
    [Theory]
    [InlineData("True", "yes")]
    [InlineData("false", "no")]
    public async Task An_if_runs_the_branch_of_its_condition(string condition, string expected)
    {
        var instance = await TestInstance.StartAsync(Activity("If", "if", ("condition", Literal(condition)), ("then", Line("yes")), ("else", Line("no"))));

        instance.Lines.Should().Equal(expected);
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task An_if_without_the_branch_completes()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("If", "if", ("condition", Literal(false)), ("then", Line("yes")), ("else", null)), Line("after")));

        instance.Lines.Should().Equal("after");
    }

    [Theory]
    [InlineData("MatchFirst", "one")]
    [InlineData("MatchAny", "one,two")]
    public async Task A_switch_runs_the_first_or_every_case_that_matches(string mode, string expected)
    {
        var cases = new JsonArray(Case("1", true, Line("one")), Case("2", true, Line("two")), Case("3", false, Line("three")));
        var instance = await TestInstance.StartAsync(Activity("Switch", "switch", ("cases", cases), ("mode", Literal(mode)), ("default", Line("other"))));

        instance.Lines.Should().Equal(expected.Split(','));
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_switch_without_a_match_runs_its_default()
    {
        var instance = await TestInstance.StartAsync(Activity("Switch", "switch", ("cases", new JsonArray(Case("1", false, Line("one")))), ("default", Line("other"))));

        instance.Lines.Should().Equal("other");
    }

    [Fact]
    public async Task Parallel_activities_take_turns_and_end_together()
    {
        var instance = await TestInstance.StartAsync(Activity("Parallel", "par", ("activities", new JsonArray(
            Activity("Sequence", "a", ("activities", new JsonArray(Line("a1"), Line("a2")))),
            Activity("Sequence", "b", ("activities", new JsonArray(Line("b1"), Event("Go"))))))));

        // First in, first out: the branches alternate.
        instance.Lines.Should().Equal("a1", "b1", "a2");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);
        await instance.ResumeAsync("Go");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_fork_that_waits_for_any_branch_cancels_the_others()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("Fork", "fork", ("joinMode", "WaitAny"), ("branches", new JsonArray(Event("A"), Event("B")))), Line("after")));
        await instance.ResumeAsync("B");

        instance.Lines.Should().Equal("after");
        instance.State.Bookmarks.Should().BeEmpty();
        instance.Last.RemovedBookmarks.Should().HaveCount(2);
        instance.Story.Should().Contain("Canceled A").And.Contain("Completed B");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_fork_waits_for_all_branches_unless_told_otherwise()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("Fork", "fork", ("branches", new JsonArray(Event("A"), Event("B")))), Line("after")));
        await instance.ResumeAsync("B");
        instance.Lines.Should().BeEmpty();
        await instance.ResumeAsync("A");
        instance.Lines.Should().Equal("after");
    }

    [Theory]
    [InlineData(1, 3, 1, true, "1,2,3")]
    [InlineData(1, 3, 1, false, "1,2")]
    [InlineData(3, 1, -1, true, "3,2,1")]
    [InlineData(3, 1, -2, false, "3")]
    [InlineData(5, 1, 1, true, "")]
    public async Task A_for_counts(int start, int end, int step, bool inclusive, string expected)
    {
        var host = new TestHost().Script("currentValue", request => Conversion.Text(request.Variables["CurrentValue"]));
        var body = ScriptLine("line", "currentValue");
        var instance = await TestInstance.StartAsync(
            Activity("For", "for", ("start", Literal(start)), ("end", Literal(end)), ("step", Literal(step)), ("outerBoundInclusive", Literal(inclusive)), ("body", body)), host: host);

        string.Join(",", instance.Lines).Should().Be(expected);
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_for_with_a_step_of_zero_is_an_incident()
    {
        var instance = await TestInstance.StartAsync(Activity("For", "for", ("end", Literal(3)), ("step", Literal(0)), ("body", Line("x"))));

        instance.State.Incidents.Should().ContainSingle().Which.Code.Should().Be("step_is_zero");
    }

    [Fact]
    public async Task A_for_each_keeps_its_place_while_its_body_waits()
    {
        var host = new TestHost()
            .Script("items()", _ => new JsonArray("x", "y"))
            .Script("CurrentValue + CurrentIndex", request => $"{request.Variables["CurrentValue"]}{request.Variables["CurrentIndex"]}");
        var body = Activity("Sequence", "body", ("activities", new JsonArray(Event("Next"), ScriptLine("line", "CurrentValue + CurrentIndex"))));
        var instance = await TestInstance.StartAsync(Activity("ForEach", "each", ("items", Script("items()")), ("body", body)), host: host);
        host.Scripts.Remove("items()");
        await instance.ResumeAsync("Next");
        await instance.ResumeAsync("Next");

        instance.Lines.Should().Equal("x0", "y1");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_for_each_sets_the_variable_that_its_current_value_is_bound_to()
    {
        var host = new TestHost().Script("getName()", request => request.Variables["Name"]?.DeepClone());
        var graph = Graph(
            Activity("ForEach", "each", ("items", Json("""["Ann","Bob"]""")), ("currentValue", Bind("v-Name")), ("body", ScriptLine("line", "getName()"))),
            variables: [Variable("Name")]);
        var instance = await TestInstance.StartAsync(graph, host: host);

        instance.Lines.Should().Equal("Ann", "Bob");
    }

    [Fact]
    public async Task A_parallel_for_each_gives_each_body_its_own_item()
    {
        var host = new TestHost().Script("getCurrentValue()", request => request.Variables["CurrentValue"]?.DeepClone());
        var body = Activity("Sequence", "body", ("activities", new JsonArray(Event("Go"), ScriptLine("line", "getCurrentValue()"))));
        var instance = await TestInstance.StartAsync(Activity("ParallelForEach", "each", ("items", Json("""["x","y"]""")), ("body", body)), host: host);

        instance.State.Bookmarks.Should().HaveCount(2);
        await instance.RunAsync(new Stimulus.Resume(instance.State.Bookmarks[1].Id));
        instance.Lines.Should().Equal("y");
        await instance.ResumeAsync("Go");
        instance.Lines.Should().Equal("y", "x");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_while_evaluates_its_condition_before_each_iteration()
    {
        var count = 0;
        var host = new TestHost().Script("again()", _ => ++count <= 3);
        var instance = await TestInstance.StartAsync(Activity("While", "while", ("condition", Script("again()")), ("body", Line("turn"))), host: host);

        instance.Lines.Should().Equal("turn", "turn", "turn");
    }

    [Fact]
    public async Task A_break_ends_the_nearest_loop_and_nothing_else()
    {
        var inner = Activity("ForEach", "inner", ("items", Json("[1,2,3]")), ("body", Activity("Sequence", "body", ("activities", new JsonArray(
            Line("in"), Activity("Break", "break"), Line("never"))))));
        var outer = Activity("ForEach", "outer", ("items", Json("[1,2]")), ("body", inner));
        var instance = await TestInstance.StartAsync(Sequence(outer, Line("after")));

        instance.Lines.Should().Equal("in", "in", "after");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task An_endless_loop_becomes_an_incident()
    {
        var instance = await TestInstance.StartAsync(
            Graph(Activity("While", "while", ("condition", Literal(true)), ("body", Line("turn")))), with: request => request with { MaxActivities = 50 });

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
        instance.State.Incidents.Should().ContainSingle().Which.Code.Should().Be("burst_too_long");
    }

    [Fact]
    public async Task An_end_ends_the_sequence_around_it()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("Sequence", "inner", ("activities", new JsonArray(Activity("End", "end"), Line("never")))), Line("after")));

        instance.Lines.Should().Equal("after");
    }

    [Fact]
    public async Task A_container_runs_what_is_inside_it()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("Start", "start"), Activity("FlowNode", "box", ("body", Line("inside"))), Line("after")));

        instance.Lines.Should().Equal("inside", "after");
    }

    [Fact]
    public async Task A_finish_drops_everything_that_waits_or_is_scheduled()
    {
        var instance = await TestInstance.StartAsync(Activity("Parallel", "par", ("activities", new JsonArray(Event("Never"), Activity("Finish", "finish"), Line("dropped")))));

        instance.Lines.Should().BeEmpty();
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.State.Bookmarks.Should().BeEmpty();
        instance.Last.CreatedBookmarks.Should().BeEmpty();
        instance.Last.RemovedBookmarks.Should().BeEmpty("it came and went within one burst");
    }

    private static JsonObject Case(string label, bool holds, JsonObject activity) =>
        new() { ["label"] = label, ["condition"] = new JsonObject { ["type"] = "Literal", ["value"] = holds }, ["activity"] = activity };
}
