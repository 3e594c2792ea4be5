using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using FsCheck;
using FsCheck.Fluent;

using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class InstanceStateTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"schemaVersion\":1}")]
    [InlineData("{\"schemaVersion\":1,\"id\":\"x\",\"definitionId\":\"d\",\"createdAt\":\"never\"}")]
    [InlineData("{\"schemaVersion\":2,\"id\":\"x\",\"definitionId\":\"d\"}")]
    [InlineData("{\"schemaVersion\":1,\"id\":\"x\",\"definitionId\":\"d\",\"bookmarks\":[{\"id\":\"1\",\"n\":9,\"name\":\"x\"}]}")]
    public void What_is_no_state_is_refused(string json)
    {
        var read = () => InstanceState.FromJson(Encoding.UTF8.GetBytes(json));
        read.Should().Throw<ActivityException>().Which.Code.Should().Be("invalid_state");
    }

    [Fact]
    public async Task Members_that_a_newer_minor_version_has_added_are_passed_over()
    {
        var instance = await TestInstance.StartAsync(Sequence(Event("A"), Line("after")));
        var json = (JsonObject)JsonNode.Parse(instance.State.ToJson())!;
        json["added"] = new JsonObject { ["later"] = new JsonArray(1, 2) };
        ((JsonObject)json["activities"]![0]!)["added"] = true;
        ((JsonObject)json["bookmarks"]![0]!)["added"] = "x";

        var again = TestInstance.Continue(instance.Graph, Encoding.UTF8.GetBytes(json.ToJsonString()));
        await again.ResumeAsync("A");
        again.Lines.Should().Equal("after");
    }

    [Fact]
    public async Task A_state_that_waits_in_three_places_is_below_a_kilobyte()
    {
        var branches = new JsonArray(Activity("Delay", "a"), Activity("Delay", "b"), Activity("Delay", "c"));
        var instance = await TestInstance.StartAsync(
            Graph(Activity("While", "loop", ("condition", Literal(true)), ("body", Activity("Fork", "fork", ("joinMode", "WaitAny"), ("branches", branches))))),
            with: request => request with { Properties = new JsonObject { ["subject"] = new JsonObject { ["type"] = "phone-numbers", ["id"] = Guid.Empty.ToString() } } });

        for (var turn = 0; turn < 50; turn++)
        {
            await instance.ResumeAsync("b");
            instance.StoredBytes.Should().BeLessThan(1024, "turn {0} of a loop must leave nothing behind", turn);
        }
    }

    [Fact]
    public async Task Deep_values_of_users_do_not_make_a_state_unreadable()
    {
        var deep = JsonNode.Parse(new string('[', 60) + new string(']', 60));
        var instance = await TestInstance.StartAsync(
            Graph(Sequence(Activity("SetVariable", "set", ("variable", new JsonObject { ["id"] = "v-Deep" }), ("value", Expression("Input", "Deep"))), Event("A"), Line("after")), variables: [Variable("Deep")]),
            new JsonObject { ["Deep"] = deep });
        await instance.ResumeAsync("A");

        instance.State.Variables.Should().ContainSingle().Which.Value!.ToJsonString().Should().Be(deep!.ToJsonString());
    }

    [Fact]
    public async Task What_is_alive_can_be_listed()
    {
        var instance = await TestInstance.StartAsync(Sequence(Line("done"), Event("A")));
        instance.State.Activities.Select(activity => activity.ActivityId).Should().Equal("Workflow1", "seq", "A");
        instance.State.Activities.Last().Id.Should().Be(instance.BookmarkOf("A").ActivityInstanceId);
    }

    [Fact]
    public async Task Ids_of_bookmarks_and_executions_are_never_given_twice()
    {
        var instance = await TestInstance.StartAsync(Activity("While", "loop", ("condition", Literal(true)), ("body", Event("Go"))));
        var seen = new HashSet<string>();
        for (var turn = 0; turn < 20; turn++)
        {
            seen.Add(instance.BookmarkOf("Go").Id).Should().BeTrue();
            seen.Add(instance.BookmarkOf("Go").ActivityInstanceId).Should().BeTrue();
            await instance.ResumeAsync("Go");
        }
        instance.Journal.Select(entry => entry.Sequence).Should().Equal(Enumerable.Range(1, instance.Journal.Count).Select(number => (long)number));
    }

    /// <summary>A burst is a function of the stored state: run again, as after a crash before the commit, it gives the same.</summary>
    [Fact]
    public void A_burst_that_is_run_again_gives_the_same()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), choices =>
        {
            var graph = Graph(Activity("ForEach", "each", ("items", Json("[1,2,3]")), ("body", Activity("Parallel", "par", ("activities", new JsonArray(
                Event("A"), Activity("Sequence", "s", ("activities", new JsonArray(Event("B"), Line("b"), Event("C")))),
                Activity("Fork", "fork", ("joinMode", "WaitAny"), ("branches", new JsonArray(Event("D"), Event("E"))))))))));
            var state = Run(graph, null, new Stimulus.Start()).State.ToJson();
            foreach (var choice in choices)
            {
                var bookmarks = InstanceState.FromJson(state).Bookmarks;
                if (bookmarks.Count == 0)
                    break;
                var stimulus = new Stimulus.Resume(bookmarks[choice % bookmarks.Count].Id);
                var first = Run(graph, state, stimulus);
                var second = Run(graph, state, stimulus);
                var next = first.State.ToJson();
                if (!next.AsSpan().SequenceEqual(second.State.ToJson()) || !first.Journal.Select(Shown).SequenceEqual(second.Journal.Select(Shown)))
                    return false;
                state = next;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    private static string Shown(JournalEntry entry) => $"{entry.Sequence} {entry.EventName} {entry.ActivityInstanceId}";

    private static BurstResult Run(Definitions.WorkflowGraph graph, byte[]? state, Stimulus stimulus) =>
        Burst.RunAsync(
            new BurstRequest(graph, state is null ? null : InstanceState.FromJson(state), TestInstance.Id, stimulus, DateTimeOffset.UnixEpoch, new TestHost()), CancellationToken.None)
            .AsTask().GetAwaiter().GetResult();
}
