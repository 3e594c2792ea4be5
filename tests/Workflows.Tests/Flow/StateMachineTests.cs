using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests.Flow;

public sealed class StateMachineTests
{
    [Fact]
    public async Task It_starts_in_its_initial_state_and_says_so()
    {
        var instance = await StartAsync(Machine("open", [State("open"), State("closed")], [On("close", "open", "closed")]));

        Entered(instance).Should().Equal("open");
        instance.Effects.OfType<StateEntered>().Single().Previous.Should().BeNull();
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);
        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("close");
    }

    [Fact]
    public async Task A_definition_may_name_another_current_state_to_start_in()
    {
        var machine = Machine("open", [State("open"), State("closed")], [On("close", "open", "closed"), On("reopen", "closed", "open")]);
        machine["currentState"] = "closed";

        var instance = await StartAsync(machine);

        Entered(instance).Should().Equal("closed");
        instance.BookmarkOf("reopen");
    }

    [Fact]
    public async Task An_unknown_initial_state_completes_it()
    {
        var instance = await StartAsync(Machine("nowhere", [State("open")], []));

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        Entered(instance).Should().BeEmpty();
    }

    [Fact]
    public async Task State_names_are_case_sensitive()
    {
        var instance = await StartAsync(Machine("Open", [State("open")], [On("close", "open", "open")]));

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_trigger_moves_it_to_the_next_state_and_the_last_state_completes_it()
    {
        var instance = await StartAsync(Machine("a", [State("a"), State("b"), State("c")], [On("ab", "a", "b"), On("bc", "b", "c")]));

        await instance.ResumeAsync("ab");
        Entered(instance).Should().Equal("a", "b");
        instance.Effects.OfType<StateEntered>().Last().Previous.Should().Be("a");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);

        await instance.ResumeAsync("bc");
        Entered(instance).Should().Equal("a", "b", "c");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.State.Bookmarks.Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_runs_before_the_triggers_and_action_and_exit_before_the_next_entry()
    {
        var instance = await StartAsync(Machine(
            "a",
            [State("a", Line("enter a"), Line("leave a")), State("b", Line("enter b"), Line("leave b")), State("c")],
            [On("go", "a", "b", Line("act 1")), On("next", "b", "c", Line("act 2"))]));

        instance.Lines.Should().Equal("enter a");
        await instance.ResumeAsync("go");
        instance.Lines.Should().Equal("enter a", "act 1", "leave a", "enter b");
        await instance.ResumeAsync("next");
        instance.Lines.Should().Equal("enter a", "act 1", "leave a", "enter b", "act 2", "leave b");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task The_state_changes_after_action_and_exit_and_before_the_entry()
    {
        var instance = await StartAsync(Machine(
            "a", [State("a", exit: Line("leave a")), State("b", Line("enter b"))], [On("go", "a", "b", Line("act")), On("stay", "b", "b")]));
        var before = instance.Effects.Count;

        await instance.ResumeAsync("go");

        instance.Effects.Skip(before).Select(effect => effect is StateEntered entered ? $"-> {entered.State}" : ((LineWritten)effect).Text)
            .Should().Equal("act", "leave a", "-> b", "enter b");
    }

    [Fact]
    public async Task Entry_action_and_exit_may_wait()
    {
        var instance = await StartAsync(Machine(
            "a",
            [State("a", Event("entering"), Event("leaving")), State("b")],
            [On("go", "a", "b", Event("acting")), On("other", "a", "b")]));

        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("entering");
        await instance.ResumeAsync("entering");
        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("go", "other");
        await instance.ResumeAsync("go");
        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("acting");
        await instance.ResumeAsync("acting");
        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("leaving");
        Entered(instance).Should().Equal("a");
        await instance.ResumeAsync("leaving");
        Entered(instance).Should().Equal("a", "b");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_trigger_that_fires_cancels_the_competing_ones()
    {
        var instance = await StartAsync(Machine(
            "a", [State("a"), State("b"), State("c")], [On("ab", "a", "b"), On("ac", "a", "c"), On("bc", "b", "c")]));
        var loser = instance.BookmarkOf("ac").Id;

        await instance.ResumeAsync("ab");

        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("bc");
        instance.Last.RemovedBookmarks.Select(bookmark => bookmark.ActivityId).Should().BeEquivalentTo("ab", "ac");
        instance.Story.Should().Contain("Canceled ac").And.NotContain("Completed ac");
        await instance.RunAsync(new Stimulus.Resume(loser));
        instance.Last.Ignored.Should().BeTrue();
    }

    [Fact]
    public async Task Competing_triggers_are_cancelled_even_while_they_are_only_scheduled()
    {
        // Triggers that do not wait: the first wins before the second has run.
        var instance = await StartAsync(Machine(
            "a", [State("a"), State("b"), State("c")], [On(Line("first"), "a", "b"), On(Line("second"), "a", "c")]));

        Entered(instance).Should().Equal("a", "b");
        instance.Lines.Should().Equal("first");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_condition_that_does_not_hold_schedules_the_trigger_again()
    {
        var holds = false;
        var host = new TestHost().Script("ready()", _ => holds);
        var instance = await StartAsync(Machine("a", [State("a"), State("b")], [On("go", "a", "b", condition: Script("ready()")), On("other", "a", "b")]), host);

        await instance.ResumeAsync("go");
        Entered(instance).Should().Equal("a");
        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().BeEquivalentTo("go", "other");

        holds = true;
        await instance.ResumeAsync("go");
        Entered(instance).Should().Equal("a", "b");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task An_absent_or_empty_condition_holds(string? text)
    {
        var instance = await StartAsync(Machine("a", [State("a"), State("b")], [On("go", "a", "b", condition: Literal(text))]));

        await instance.ResumeAsync("go");

        Entered(instance).Should().Equal("a", "b");
    }

    [Fact]
    public async Task Transitions_without_a_trigger_or_a_target_never_fire()
    {
        var instance = await StartAsync(Machine(
            "a", [State("a"), State("b")], [On((JsonNode?)null, "a", "b"), On("lost", "a", "nowhere"), On("elsewhere", "b", "a")]));

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished, "no transition of state a can fire");
        Entered(instance).Should().Equal("a");
    }

    [Fact]
    public async Task It_may_come_back_to_a_state_and_begin_it_anew()
    {
        var instance = await StartAsync(Machine("a", [State("a", Line("enter a")), State("b")], [On("ab", "a", "b"), On("ba", "b", "a"), On("again", "a", "a")]));

        await instance.ResumeAsync("ab");
        await instance.ResumeAsync("ba");
        await instance.ResumeAsync("again");

        Entered(instance).Should().Equal("a", "b", "a", "a");
        instance.Lines.Should().Equal("enter a", "enter a", "enter a");
        instance.State.Bookmarks.Should().HaveCount(2);
    }

    [Fact]
    public async Task States_without_waiting_triggers_are_passed_in_one_burst()
    {
        var instance = await StartAsync(Machine(
            "a", [State("a"), State("b"), State("c")], [On(Line("1"), "a", "b"), On(Line("2"), "b", "c"), On("end", "c", "a")]));

        Entered(instance).Should().Equal("a", "b", "c");
        instance.BookmarkOf("end");
    }

    [Fact]
    public async Task A_failed_action_is_run_again_by_a_retry_and_the_transition_goes_on()
    {
        var fails = true;
        var host = new TestHost().Script("text()", _ => fails ? throw new ActivityException("script_failed", "no") : "done");
        var instance = await StartAsync(Machine("a", [State("a"), State("b")], [On("go", "a", "b", ScriptLine("act", "text()")), On("x", "b", "a")]), host);
        await instance.ResumeAsync("go");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);

        fails = false;
        await instance.RunAsync(new Stimulus.Retry());

        instance.Lines.Should().Equal("done");
        Entered(instance).Should().Equal("a", "b");
        instance.BookmarkOf("x");
    }

    [Fact]
    public async Task A_failed_condition_is_an_incident_and_a_retry_awaits_the_triggers_again()
    {
        var host = new TestHost();
        var instance = await StartAsync(Machine("a", [State("a"), State("b")], [On("go", "a", "b", condition: Script("broken("))]), host);
        await instance.ResumeAsync("go");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
        instance.State.Incidents.Should().ContainSingle(incident => incident.ActivityId == "machine");

        await instance.RunAsync(new Stimulus.Retry());

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);
        instance.BookmarkOf("go");
        Entered(instance).Should().Equal(["a"], "the state was not entered anew");
    }

    [Fact]
    public async Task Cancelling_the_instance_cancels_its_triggers()
    {
        var instance = await StartAsync(Machine("a", [State("a"), State("b")], [On("go", "a", "b")]));

        await instance.RunAsync(new Stimulus.Cancel());

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Cancelled);
        instance.State.Bookmarks.Should().BeEmpty();
    }

    [Fact]
    public async Task It_may_be_nested_in_a_state_of_another()
    {
        var inner = Machine("x", [State("x"), State("y")], [On("xy", "x", "y")], "inner");
        var instance = await StartAsync(Machine("a", [State("a", inner), State("b")], [On("ab", "a", "b")]));

        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("xy");
        await instance.ResumeAsync("xy");
        instance.State.Bookmarks.Select(bookmark => bookmark.ActivityId).Should().Equal("ab");
        await instance.ResumeAsync("ab");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public void Wrong_states_and_transitions_are_reported()
    {
        var graph = Graph(Machine("a", [State("a"), State("a")], [On("go", "a", "nowhere"), On("come", "elsewhere", "a")]));

        graph.Problems.Select(problem => problem.Code).Should().BeEquivalentTo("duplicate_state", "unknown_state", "unknown_state");
    }

    private static IEnumerable<string> Entered(TestInstance instance) => instance.Effects.OfType<StateEntered>().Select(effect => effect.State);

    private static Task<TestInstance> StartAsync(JsonObject machine, TestHost? host = null) => TestInstance.StartAsync(Graph(machine), host: host);

    internal static JsonObject Machine(string initial, JsonNode[] states, JsonNode[] transitions, string id = "machine") =>
        Activity("StateMachine", id, ("states", new JsonArray(states)), ("transitions", new JsonArray(transitions)), ("initialState", initial), ("currentState", null));

    internal static JsonObject State(string name, JsonNode? entry = null, JsonNode? exit = null) => new() { ["name"] = name, ["entry"] = entry, ["exit"] = exit };

    internal static JsonObject On(string eventName, string from, string to, JsonNode? action = null, JsonNode? condition = null) => On(Event(eventName), from, to, action, condition);

    internal static JsonObject On(JsonNode? trigger, string from, string to, JsonNode? action = null, JsonNode? condition = null) => new()
    {
        ["name"] = $"{from}-{to}",
        ["displayName"] = null,
        ["from"] = from,
        ["to"] = to,
        ["trigger"] = trigger,
        ["condition"] = condition,
        ["action"] = action,
    };
}
