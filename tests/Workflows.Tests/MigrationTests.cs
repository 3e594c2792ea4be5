using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Tests.Flow;

using Xunit;

using static Switchboard.Workflows.Tests.Define;
using static Switchboard.Workflows.Tests.Flow.StateMachineTests;

namespace Switchboard.Workflows.Tests;

/// <summary>An instance goes on in another version of its definition.</summary>
public sealed class MigrationTests
{
    [Fact]
    public async Task In_its_state_it_waits_for_the_transitions_of_the_new_version()
    {
        var before = await TestInstance.StartAsync(Machine("open", [State("open"), State("closed")], [On("close", "open", "closed"), On("drop", "open", "closed")]));
        var kept = before.BookmarkOf("close").Id;

        var after = await MigrateAsync(before, Machine("open", [State("open"), State("closed"), State("held")], [On("close", "open", "closed"), On("hold", "open", "held")]));

        after.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().BeEquivalentTo("close", "hold");
        after.BookmarkOf("close").Id.Should().Be(kept);
        after.Last.RemovedBookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("drop");
        after.State.DefinitionVersion.Should().Be(2);
        await after.ResumeAsync("hold");
        after.State.CurrentState.Should().BeNull("held is a last state, so that the workflow has ended");
        after.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_renamed_state_is_entered_without_leaving_the_old_one()
    {
        var before = await TestInstance.StartAsync(Machine("open", [State("open", Line("hello")), State("closed")], [On("close", "open", "closed")]));
        var machine = Machine("opened", [State("opened", Line("hello")), State("closed")], [On("close", "opened", "closed")]);

        await Refused(() => MigrateAsync(before, machine.DeepClone()), "state_missing");
        var after = await MigrateAsync(before, Graph(machine, version: 2), [], ("open", "opened"));

        after.Last.Effects.Should().ContainSingle().Which.Should().Be(new StateEntered("opened", null) { ActivityInstanceId = after.Last.Effects[0].ActivityInstanceId });
        after.State.CurrentState.Should().Be("opened");
        after.BookmarkOf("close");
    }

    [Fact]
    public async Task An_event_is_waited_for_by_the_name_that_the_new_version_has()
    {
        var before = await TestInstance.StartAsync(Sequence(Event("a")));
        var wait = Event("b");
        wait["id"] = "a";

        var after = await MigrateAsync(before, Sequence(wait));

        ((string?)after.BookmarkOf("a").Payload!["EventName"]).Should().Be("b");
        after.State.Bookmarks.Should().ContainSingle();
    }

    [Fact]
    public async Task A_sequence_goes_on_behind_the_activity_it_is_at_wherever_that_is_now()
    {
        var before = await TestInstance.StartAsync(Sequence(Line("one"), Event("wait"), Line("two")));

        var after = await MigrateAsync(before, Sequence(Event("wait"), Line("new"), Line("two")));
        await after.ResumeAsync("wait");

        after.Lines.Should().Equal("new", "two");
    }

    [Fact]
    public async Task What_is_not_found_is_refused_with_all_its_names()
    {
        var before = await TestInstance.StartAsync(Activity("Parallel", "all", ("activities", new JsonArray(Event("a"), Event("b")))));

        (await Refused(() => MigrateAsync(before, Activity("Parallel", "all", ("activities", new JsonArray(Event("c")))), activities: ("a", "c")), "activity_missing"))
            .Should().Contain("activity b,").And.NotContain("activity a,");
    }

    [Fact]
    public async Task Another_type_begins_anew_only_where_the_map_says_so()
    {
        var before = await TestInstance.StartAsync(Sequence(Event("ask"), Line("done")));
        var delay = Activity("Delay", "ask", ("timeSpan", Literal("01:00:00")));

        await Refused(() => MigrateAsync(before, Sequence(delay.DeepClone(), Line("done"))), "type_differs");
        var after = await MigrateAsync(before, Sequence(delay, Line("done")), activities: ("ask", "ask"));

        after.Last.Effects.OfType<SetTimer>().Should().ContainSingle().Which.BookmarkId.Should().Be(after.BookmarkOf("ask").Id);
        after.Story.Should().ContainInOrder("Canceled ask", "Started ask", "Suspended ask");
        await after.ResumeAsync("ask");
        after.Lines.Should().Equal("done");
    }

    [Fact]
    public async Task An_activity_inside_of_what_the_instance_is_not_in_is_no_place_for_it()
    {
        var before = await TestInstance.StartAsync(Sequence(Event("a")));

        await Refused(() => MigrateAsync(before, Sequence(Activity("Parallel", "inner", ("activities", new JsonArray(Event("a")))))), "place_differs");
    }

    [Theory]
    [InlineData(FlowJoinMode.WaitAll)]
    [InlineData(FlowJoinMode.WaitAllActive)]
    public async Task A_join_does_not_wait_for_a_branch_that_the_new_version_adds_behind_it(FlowJoinMode mode)
    {
        var before = await Chart.Of("s -> a, s -> b, a -> j, b -> j, j -> end").Waits("a", "b").Join("j", mode).StartAsync();
        await before.ResumeAsync("a");

        var after = await MigrateAsync(before, Chart.Of("s -> a, s -> b, s -> c, a -> j, b -> j, c -> j, j -> end").Waits("a", "b").Join("j", FlowJoinMode.WaitAllActive).ToJson());
        await after.ResumeAsync("b");

        after.Lines.Should().Equal("end");
        after.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_join_whose_other_branch_is_gone_runs_at_once()
    {
        var before = await Chart.Of("s -> a, s -> b, a -> j, b -> j, j -> end").Waits("a", "b", "end").Join("j", FlowJoinMode.WaitAll).StartAsync();
        await before.ResumeAsync("a");

        var after = await MigrateAsync(before, Chart.Of("s -> a, s -> b, a -> j, j -> end").Waits("a", "b", "end").Join("j", FlowJoinMode.WaitAll).ToJson());

        after.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Contain("end");
    }

    [Theory]
    [InlineData(FlowchartMode.CounterBased)]
    [InlineData(FlowchartMode.TokenBased)]
    public async Task Renamed_activities_of_a_flowchart_join_as_before(FlowchartMode mode)
    {
        var before = await Chart.Of("s -> a, s -> b, a -> j, b -> j, j -> end").Waits("a", "b").Merges("j", "Merge").StartAsync(mode);
        await before.ResumeAsync("a", null);

        var after = await MigrateAsync(
            before, Chart.Of("s -> x, s -> y, x -> j, y -> j, j -> end").Waits("x", "y").Merges("j", "Merge").ToJson(), activities: [("a", "x"), ("b", "y")]);
        await after.ResumeAsync("y");

        after.Lines.Should().Equal("j", "end");
    }

    [Fact]
    public async Task Moving_to_the_same_text_changes_nothing_but_the_version()
    {
        var chart = Chart.Of("s -> a, a:Done -> b, b -> a, b -> c, s -> d, c -> j, d -> j").Waits("b", "d").Join("j", FlowJoinMode.WaitAll);
        var before = await chart.StartAsync();
        await before.ResumeAsync("d");
        var bookmarks = before.State.Bookmarks.Select(bookmark => bookmark.Id).ToList();

        var after = await MigrateAsync(before, chart.ToJson());

        after.State.Bookmarks.Select(bookmark => bookmark.Id).Should().Equal(bookmarks);
        after.Last.Effects.Should().BeEmpty();
        after.Last.Journal.Select(entry => entry.EventName).Should().Equal("Migrated");
    }

    [Fact]
    public async Task Variables_are_found_by_id_or_name_and_take_the_new_type()
    {
        var root = Sequence(Event("wait"));
        var before = await TestInstance.StartAsync(Graph(root.DeepClone(), variables: [Variable("Count", "String", "7"), Variable("Gone", "String", "x")]));
        var renamed = Variable("Count", "Int32");
        renamed["id"] = "another";

        var after = await MigrateAsync(before, Graph(root, version: 2, variables: [renamed, Variable("New", "String", "y")]));

        after.State.Variables.Select(variable => $"{variable.Id}={variable.Value?.ToJsonString()}").Should().BeEquivalentTo("another=7", "v-New=\"y\"");
    }

    [Fact]
    public async Task What_had_failed_stays_failed_since_then_and_can_be_retried_in_the_new_version()
    {
        var before = await TestInstance.StartAsync(Sequence(Activity("DispatchWorkflow", "call", ("workflowDefinitionId", Literal("nobody")))));
        before.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
        var since = before.State.FinishedAt;
        before.Now += TimeSpan.FromHours(1);

        var after = await MigrateAsync(before, Sequence(Line("instead")), activities: ("call", "instead"));

        after.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        after.Lines.Should().Equal("instead");
        var still = await MigrateAsync(before, Sequence(Activity("DispatchWorkflow", "call", ("workflowDefinitionId", Literal("nobody")))));
        (still.State.SubStatus, still.State.FinishedAt).Should().Be((InstanceSubStatus.Faulted, since));
    }

    private static Task<TestInstance> MigrateAsync(TestInstance before, JsonNode root, params (string From, string To)[] activities) =>
        MigrateAsync(before, Graph(root, version: 2), activities);

    private static async Task<TestInstance> MigrateAsync(TestInstance before, WorkflowGraph to, (string From, string To)[]? activities = null, params (string From, string To)[] states)
    {
        var map = new MigrationMap((activities ?? []).ToDictionary(entry => entry.From, entry => entry.To), states.ToDictionary(entry => entry.From, entry => entry.To));
        var after = TestInstance.Continue(to, before.State.ToJson(), before.Host);
        after.Now = before.Now;
        return await after.RunAsync(new Stimulus.Alter([]) { Migration = new InstanceMigration(before.Graph, map, "a tester") });
    }

    private static async Task<string> Refused(Func<Task> migrate, string code)
    {
        var refused = (await migrate.Should().ThrowAsync<ActivityException>()).Which;
        refused.Code.Should().Be(code);
        return refused.Message;
    }
}
