using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class IncidentTests
{
    private static readonly JsonObject Continue = new() { ["incidentStrategyType"] = "Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy" };

    private static JsonObject Failing => Activity("Fault", "fail", ("code", Literal("E7")), ("message", Literal("It broke.")));

    [Fact]
    public async Task A_fault_is_an_incident_and_faults_the_instance()
    {
        var instance = await TestInstance.StartAsync(Sequence(Failing, Line("never")));

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
        instance.State.Status.Should().Be(InstanceStatus.Finished);
        var incident = instance.State.Incidents.Should().ContainSingle().Subject;
        (incident.ActivityId, incident.ActivityNodeId, incident.ActivityType, incident.Code, incident.Message).Should().Be(("fail", "Workflow1:seq:fail", "Elsa.Fault", "E7", "It broke."));
        var entry = instance.Journal.Single(entry => entry.EventName == "Faulted");
        entry.Message.Should().Be("It broke.");
        entry.Payload!["Exception"]!["Code"]!.GetValue<string>().Should().Be("E7");
    }

    [Fact]
    public async Task Work_that_was_scheduled_before_the_fault_still_runs()
    {
        var instance = await TestInstance.StartAsync(Activity("Parallel", "par", ("activities", new JsonArray(Failing, Line("other")))));

        instance.Lines.Should().Equal("other");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
    }

    [Fact]
    public async Task With_continue_only_the_failing_path_stops()
    {
        var graph = Graph(Activity("Parallel", "par", ("activities", new JsonArray(Failing, Event("Go")))), options: (JsonObject)Continue.DeepClone());
        var instance = await TestInstance.StartAsync(graph);

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);
        await instance.ResumeAsync("Go");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended, "a faulted activity does not complete");
        instance.State.Incidents.Should().ContainSingle();
    }

    [Fact]
    public async Task The_host_may_choose_the_strategy_where_the_definition_does_not()
    {
        var instance = await TestInstance.StartAsync(Graph(Failing), with: request => request with { DefaultIncidentStrategy = Definitions.IncidentStrategy.ContinueWithIncidents });

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_retry_runs_the_failed_activity_again_and_clears_its_incident(bool continues)
    {
        var host = new TestHost();
        var graph = Graph(Sequence(ScriptLine("line", "work()"), Line("after")), options: continues ? (JsonObject)Continue.DeepClone() : null);
        var instance = await TestInstance.StartAsync(graph, host: host);
        instance.State.Incidents.Should().ContainSingle().Which.Code.Should().Be("script_failed");

        host.Script("work()", _ => "worked");
        await instance.RunAsync(new Stimulus.Retry());

        instance.Lines.Should().Equal("worked", "after");
        instance.State.Incidents.Should().BeEmpty();
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_retry_that_fails_again_is_an_incident_again()
    {
        var instance = await TestInstance.StartAsync(Sequence(Failing));
        await instance.RunAsync(new Stimulus.Retry());

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
        instance.State.Incidents.Should().ContainSingle();
    }

    [Fact]
    public async Task A_retry_may_name_the_activities()
    {
        var host = new TestHost();
        var graph = Graph(Activity("Parallel", "par", ("activities", new JsonArray(ScriptLine("a", "a()"), ScriptLine("b", "b()")))));
        var instance = await TestInstance.StartAsync(graph, host: host);
        host.Script("a()", _ => "a").Script("b()", _ => "b");
        var incident = instance.State.Incidents.Single(incident => incident.ActivityId == "b");
        await instance.RunAsync(new Stimulus.Retry([incident.ActivityInstanceId]));

        instance.Lines.Should().Equal("b");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted, "the other one has not been retried");
        await instance.RunAsync(new Stimulus.Retry());
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_retry_without_an_incident_does_nothing()
    {
        var instance = await TestInstance.StartAsync(Sequence(Event("A")));
        await instance.RunAsync(new Stimulus.Retry());
        instance.Last.Ignored.Should().BeTrue();
    }

    [Fact]
    public async Task A_failure_on_resumption_can_be_retried_from_the_start_of_the_activity()
    {
        var host = new TestHost();
        var graph = Graph(Sequence(Activity("While", "while", ("condition", Script("again()")), ("body", Event("Go"))), Line("after")));
        host.Script("again()", _ => true);
        var instance = await TestInstance.StartAsync(graph, host: host);
        host.Scripts.Clear();
        await instance.ResumeAsync("Go");
        instance.State.Incidents.Single().ActivityId.Should().Be("while");

        host.Script("again()", _ => false);
        await instance.RunAsync(new Stimulus.Retry());
        instance.Lines.Should().Equal("after");
    }

    [Fact]
    public async Task A_failure_of_the_machine_is_no_incident_but_ends_the_burst()
    {
        var host = new TestHost();
        host.Scripts["read()"] = _ => throw new TimeoutException("The database did not answer.");
        var run = () => TestInstance.StartAsync(ScriptLine("line", "read()"), host: host);

        await run.Should().ThrowAsync<TimeoutException>();
    }

    [Fact]
    public async Task Incidents_survive_in_the_stored_state()
    {
        var instance = await TestInstance.StartAsync(Failing);
        var read = InstanceState.FromJson(instance.State.ToJson());

        read.Incidents.Should().BeEquivalentTo(instance.Last.State.Incidents);
    }
}
