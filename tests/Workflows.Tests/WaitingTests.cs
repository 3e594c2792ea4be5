using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class WaitingTests
{
    [Fact]
    public async Task An_event_waits_under_a_hash_that_all_instances_share()
    {
        var instance = await TestInstance.StartAsync(Sequence(Event("OrderPaid"), Line("after")));

        var bookmark = instance.BookmarkOf("OrderPaid");
        bookmark.Shared.Should().BeTrue();
        bookmark.Name.Should().Be("Elsa.Event");
        bookmark.Hash.Should().Be(StimulusHash.OfEvent("OrderPaid")).And.MatchRegex("^[0-9A-F]{64}$");
        instance.Last.CreatedBookmarks.Should().ContainSingle();
        instance.Story.Should().EndWith(["Started OrderPaid", "Suspended OrderPaid"]);
    }

    [Fact]
    public async Task An_event_yields_its_payload()
    {
        var host = new TestHost().Script("getOrder().no", request => request.Variables["Order"]!["no"]!.DeepClone());
        var graph = Graph(Sequence(Activity("Event", "wait", ("eventName", Literal("OrderPaid")), ("result", Bind("v-Order"))), ScriptLine("line", "getOrder().no")), variables: [Variable("Order")]);
        var instance = await TestInstance.StartAsync(graph, host: host);
        await instance.ResumeAsync("wait", Activities.Primitives.Event.InputOf(new JsonObject { ["no"] = "A7" }));

        instance.Lines.Should().Equal("A7");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task An_event_that_starts_the_workflow_does_not_wait_the_first_time()
    {
        var count = 0;
        var host = new TestHost().Script("twice()", _ => count++ < 2);
        var loop = Activity("While", "loop", ("condition", Script("twice()")), ("body", Event("Go")));
        var instance = await TestInstance.StartAsync(loop, Activities.Primitives.Event.InputOf("x"), host, trigger: "Go");

        instance.BookmarkOf("Go");
        instance.Story.Count(line => line == "Completed Go").Should().Be(1);
    }

    [Fact]
    public async Task A_bookmark_that_is_gone_wakes_nothing()
    {
        var instance = await TestInstance.StartAsync(Sequence(Event("A"), Event("B")));
        var first = instance.BookmarkOf("A").Id;
        await instance.ResumeAsync("A");
        var before = instance.State.ToJson();
        await instance.RunAsync(new Stimulus.Resume(first));

        instance.Last.Ignored.Should().BeTrue();
        instance.State.ToJson().Should().Equal(before);
    }

    [Fact]
    public async Task A_finished_instance_is_not_woken()
    {
        var instance = await TestInstance.StartAsync(Line("done"));
        await instance.RunAsync(new Stimulus.Resume("1"));
        instance.Last.Ignored.Should().BeTrue();
        await instance.RunAsync(new Stimulus.Cancel());
        instance.Last.Ignored.Should().BeTrue();
    }

    [Fact]
    public async Task A_publish_event_is_an_effect()
    {
        var instance = await TestInstance.StartAsync(Activity("PublishEvent", "pub",
            ("eventName", Literal("OrderPaid")), ("correlationId", Literal("c-1")), ("isLocalEvent", Literal("True")), ("payload", Json("""{"no":{"type":"Literal","value":7}}"""))));

        var effect = instance.Effects.OfType<Execution.PublishEvent>().Should().ContainSingle().Subject;
        effect.Name.Should().Be("OrderPaid");
        effect.CorrelationId.Should().Be("c-1");
        effect.LocalInstanceId.Should().Be(TestInstance.Id);
        effect.Payload!.ToJsonString().Should().Be("""{"no":7}""");
        effect.ActivityInstanceId.Should().StartWith(TestInstance.Id);
    }

    [Fact]
    public async Task A_delay_sets_a_timer_on_its_bookmark()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("Delay", "delay", ("timeSpan", Literal("01:30:00"))), Line("after")));

        var timer = instance.Effects.OfType<SetTimer>().Should().ContainSingle().Subject;
        timer.DueAt.Should().Be(instance.Now.AddMinutes(90));
        timer.BookmarkId.Should().Be(instance.BookmarkOf("delay").Id);
        await instance.RunAsync(new Stimulus.Resume(timer.BookmarkId));
        instance.Lines.Should().Equal("after");
    }

    [Fact]
    public async Task A_delay_is_a_minute_unless_told_otherwise()
    {
        var instance = await TestInstance.StartAsync(Activity("Delay", "delay"));
        instance.Effects.OfType<SetTimer>().Single().DueAt.Should().Be(instance.Now.AddMinutes(1));
    }

    [Fact]
    public async Task A_start_at_in_the_past_does_not_wait()
    {
        var past = await TestInstance.StartAsync(Activity("StartAt", "at", ("dateTime", Literal("2020-01-01T00:00:00Z"))));
        past.State.SubStatus.Should().Be(InstanceSubStatus.Finished);

        var future = await TestInstance.StartAsync(Activity("StartAt", "at", ("dateTime", Literal("2030-01-01T00:00:00+01:00"))));
        future.Effects.OfType<SetTimer>().Single().DueAt.Should().Be(new DateTimeOffset(2029, 12, 31, 23, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_timer_within_a_workflow_waits_once()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("Timer", "timer", ("interval", Literal("00:00:10"))), Line("after")));
        instance.Effects.OfType<SetTimer>().Single().DueAt.Should().Be(instance.Now.AddSeconds(10));
        await instance.ResumeAsync("timer");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_cron_waits_for_the_next_occurrence()
    {
        var next = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
        var instance = await TestInstance.StartAsync(Activity("Cron", "cron", ("cronExpression", Literal("0 0 * * * ?"))), host: new TestHost { NextCron = next });

        instance.Effects.OfType<SetTimer>().Single().DueAt.Should().Be(next);
        instance.BookmarkOf("cron").Payload!["CronExpression"]!.GetValue<string>().Should().Be("0 0 * * * ?");
    }

    [Fact]
    public async Task A_cron_that_never_occurs_is_an_incident()
    {
        var instance = await TestInstance.StartAsync(Activity("Cron", "cron", ("cronExpression", Literal("0 0 0 30 2 ?"))));
        instance.State.Incidents.Single().Code.Should().Be("cron_never_occurs");
    }

    [Fact]
    public async Task Triggers_that_started_the_instance_complete_at_once()
    {
        foreach (var type in new[] { "Timer", "Cron", "StartAt", "Event" })
        {
            var instance = await TestInstance.StartAsync(Activity(type, "trigger", ("dateTime", Literal("2030-01-01T00:00:00Z"))), trigger: "trigger");
            instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished, type);
        }
    }

    [Fact]
    public void The_hash_of_a_stimulus_does_not_count_what_is_null()
    {
        StimulusHash.Of("X", new JsonObject { ["A"] = "1", ["B"] = null }).Should().Be(StimulusHash.Of("X", new JsonObject { ["A"] = "1" }));
        StimulusHash.Of("X", new JsonObject { ["A"] = "1" }).Should().NotBe(StimulusHash.Of("Y", new JsonObject { ["A"] = "1" }));
    }

    [Fact]
    public async Task A_cancelled_instance_cancels_what_waits_in_it_and_its_children()
    {
        var instance = await TestInstance.StartAsync(Sequence(Event("A")));
        await instance.RunAsync(new Stimulus.Cancel());

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Cancelled);
        instance.State.Status.Should().Be(InstanceStatus.Finished);
        instance.State.FinishedAt.Should().Be(instance.Now);
        instance.Last.RemovedBookmarks.Should().ContainSingle();
        instance.Effects.OfType<CancelChildren>().Should().ContainSingle().Which.ParentInstanceId.Should().Be(TestInstance.Id);
        instance.Last.Journal.Select(entry => entry.EventName).Should().Equal("Workflow cancelled", "Canceled", "Canceled", "Canceled");
    }
}
