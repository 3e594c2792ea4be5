using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class CompositionTests
{
    [Fact]
    public async Task A_workflow_output_is_set_and_converted()
    {
        var graph = Graph(Activity("SetOutput", "out", ("outputName", Literal("Total")), ("outputValue", Literal("42"))), outputs: [Parameter("Total", "Int32")]);
        var instance = await TestInstance.StartAsync(graph);

        instance.State.Output.ToJsonString().Should().Be("""{"Total":42}""");
    }

    [Fact]
    public async Task A_complete_ends_the_workflow_whatever_else_is_scheduled()
    {
        var instance = await TestInstance.StartAsync(Activity("Parallel", "par", ("activities", new JsonArray(
            Event("Never"), Activity("Sequence", "inner", ("activities", new JsonArray(Activity("Complete", "complete", ("outcomes", Json("""["Greeted"]""")))))), Line("before"), Event("Never2")))));

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.State.Bookmarks.Should().BeEmpty();
        var last = instance.Journal[^1];
        (last.ActivityId, last.EventName, last.Payload!.ToJsonString()).Should().Be(("Workflow1", "Completed", """{"Outcomes":["Greeted"]}"""));
    }

    [Fact]
    public async Task A_workflow_as_activity_runs_in_the_same_instance_with_its_inputs_as_variables()
    {
        var host = new TestHost()
            .Script("getMessage()", request => request.Variables["Message"]?.DeepClone())
            .Script("getResult()", request => request.Variables["Result"]?.DeepClone());
        host.Define(Graph(
            Sequence(ScriptLine("inner", "getMessage()"), Activity("SetOutput", "out", ("outputName", Literal("Answer")), ("outputValue", Literal("7")))),
            id: "child", version: 3, inputs: [Parameter("Message", "String")], outputs: [Parameter("Answer", "Int32")]));
        var graph = Graph(
            Sequence(Nested("use", "child", ("message", Literal("hello")), ("answer", Bind("v-Result"))), ScriptLine("line", "getResult()")), variables: [Variable("Result", "Int32")]);
        var instance = await TestInstance.StartAsync(graph, host: host);

        instance.Lines.Should().Equal("hello", "7");
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.State.Output.Should().BeEmpty("the output belongs to the nested workflow");
        instance.Journal.First(entry => entry.ActivityId == "inner").NodeId.Should().Be("Workflow2:seq:use:Workflow1:seq:inner");
        instance.Journal.Single(entry => entry is { ActivityId: "use", EventName: "Completed" }).Outputs!.ToJsonString().Should().Be("""{"Answer":7}""");
    }

    [Fact]
    public async Task A_nested_workflow_may_wait_and_choose_its_outcome()
    {
        var host = new TestHost();
        host.Define(Graph(Sequence(Event("Go"), Activity("Complete", "complete", ("outcomes", Json("""["Approved"]""")))), id: "child"));
        var instance = await TestInstance.StartAsync(Graph(Sequence(Nested("use", "child"), Line("after"))), host: host);
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Suspended);
        await instance.ResumeAsync("Go");

        instance.Lines.Should().Equal("after");
        instance.Journal.Single(entry => entry is { ActivityId: "use", EventName: "Completed" }).Payload!.ToJsonString().Should().Be("""{"Outcomes":["Approved"]}""");
    }

    [Fact]
    public async Task An_input_of_a_nested_workflow_hides_a_variable_of_the_same_name()
    {
        var host = new TestHost().Script("getName()", request => request.Variables["Name"]?.DeepClone());
        host.Define(Graph(ScriptLine("inner", "getName()"), id: "child", inputs: [Parameter("Name", "String")]));
        var graph = Graph(Sequence(ScriptLine("outer", "getName()"), Nested("use", "child", ("name", Literal("Bar")))), variables: [Variable("Name", "String", "Foo")]);
        var instance = await TestInstance.StartAsync(graph, host: host);

        instance.Lines.Should().Equal("Foo", "Bar");
    }

    [Fact]
    public async Task A_nested_workflow_that_is_not_there_is_an_incident()
    {
        var instance = await TestInstance.StartAsync(Nested("use", "nowhere"));
        instance.State.Incidents.Single().Code.Should().Be("workflow_not_found");
    }

    [Fact]
    public async Task An_executed_workflow_runs_at_once_in_an_instance_of_its_own()
    {
        var host = new TestHost();
        host.Define(Graph(Activity("SetOutput", "out", ("outputName", Literal("Value")), ("outputValue", Literal(42))), id: "child"));
        var graph = Graph(Sequence(Execute("run", "child", true, ("result", Bind("v-Result"))), Line("after")), variables: [Variable("Result")]);
        var instance = await TestInstance.StartAsync(graph, host: host);

        var child = instance.Last.Children.Should().ContainSingle().Subject;
        child.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        child.State.ParentInstanceId.Should().Be(TestInstance.Id);
        child.State.Input!["ParentInstanceId"]!.GetValue<string>().Should().Be(TestInstance.Id);
        child.Effects.OfType<ResumeParent>().Should().BeEmpty("the parent has the result already");
        instance.Lines.Should().Equal("after");
        JsonNode.Parse(ScopeTests.VariableOf(instance, "v-Result")!)!["output"]!.ToJsonString().Should().Be("""{"Value":42}""");
    }

    [Fact]
    public async Task A_parent_waits_for_an_executed_workflow_that_waits()
    {
        var host = new TestHost();
        var child = Graph(Sequence(Event("Go"), Activity("SetOutput", "out", ("outputName", Literal("Value")), ("outputValue", Literal(42)))), id: "child");
        host.Define(child);
        var parent = await TestInstance.StartAsync(Graph(Sequence(Execute("run", "child", true), Line("after"))), host: host);
        var bookmark = parent.BookmarkOf("run");
        bookmark.Shared.Should().BeTrue();
        var childState = parent.Last.Children.Single().State;

        var end = await Burst.RunAsync(new BurstRequest(child, InstanceState.FromJson(childState.ToJson()), childState.Id, new Stimulus.Resume(childState.Bookmarks.Single().Id), parent.Now, host), CancellationToken.None);
        var resume = end.Effects.OfType<ResumeParent>().Should().ContainSingle().Subject;
        (resume.ParentInstanceId, resume.ChildInstanceId).Should().Be((TestInstance.Id, childState.Id));
        StimulusHash.Of("Elsa.ExecuteWorkflow", ActivityContext.ChildPayload(resume.ChildInstanceId)).Should().Be(bookmark.Hash);
        await parent.RunAsync(new Stimulus.Resume(bookmark.Id, resume.Input));

        parent.Lines.Should().Equal("after");
        parent.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_workflow_that_executes_itself_ends_as_an_incident()
    {
        var host = new TestHost();
        var graph = Graph(Execute("run", "test", false));
        host.Define(graph);
        var instance = await TestInstance.StartAsync(graph, host: host);

        var innermost = instance.Last;
        while (innermost.Children.Count > 0)
            innermost = innermost.Children[0];
        innermost.State.Incidents.Single().Code.Should().Be("workflows_too_deep");
    }

    [Fact]
    public async Task A_workflow_that_is_inside_itself_ends_as_an_incident()
    {
        var host = new TestHost();
        var graph = Graph(Nested("self", "test"));
        host.Define(graph);
        var instance = await TestInstance.StartAsync(graph, host: host);

        instance.State.Incidents.Single().Code.Should().Be("workflows_too_deep");
    }

    [Fact]
    public async Task A_dispatched_workflow_is_an_effect_and_its_output_comes_back()
    {
        var host = new TestHost();
        host.Define(Graph(Line("child"), id: "child"));
        var dispatch = Activity("DispatchWorkflow", "run", ("workflowDefinitionId", Literal("child")), ("correlationId", Literal("c")), ("input", Json("""{"A":1}""")), ("waitForCompletion", Literal("True")), ("result", Bind("v-Result")));
        var instance = await TestInstance.StartAsync(Graph(dispatch, variables: [Variable("Result")]), host: host);

        var effect = instance.Effects.OfType<Execution.DispatchWorkflow>().Should().ContainSingle().Subject;
        (effect.DefinitionId, effect.CorrelationId, effect.ParentInstanceId, effect.NotifyParent).Should().Be(("child", "c", TestInstance.Id, true));
        effect.Input.ToJsonString().Should().Be($$"""{"A":1,"ParentInstanceId":"{{TestInstance.Id}}"}""");
        await instance.ResumeAsync("run", new JsonObject { ["output"] = new JsonObject { ["X"] = 1 } });
        ScopeTests.VariableOf(instance, "v-Result").Should().Be("""{"X":1}""");
    }

    [Fact]
    public async Task A_dispatched_workflow_need_not_be_waited_for_but_must_exist()
    {
        var host = new TestHost();
        var instance = await TestInstance.StartAsync(Activity("DispatchWorkflow", "run", ("workflowDefinitionId", Literal("child"))), host: host);
        instance.State.Incidents.Single().Code.Should().Be("workflow_not_found");

        host.Define(Graph(Line("child"), id: "child"));
        await instance.RunAsync(new Stimulus.Retry());
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.Effects.OfType<Execution.DispatchWorkflow>().Single().NotifyParent.Should().BeFalse();
    }

    [Theory]
    [InlineData("executed")]
    [InlineData("nested")]
    public async Task A_workflow_that_was_not_there_is_run_by_a_retry_once_it_is(string how)
    {
        var host = new TestHost();
        var root = Sequence(how == "nested" ? Nested("run", "child") : Execute("run", "child", true), Line("after"));
        var instance = await TestInstance.StartAsync(Graph(root), host: host);
        instance.State.Incidents.Single().Code.Should().Be("workflow_not_found");
        await instance.RunAsync(new Stimulus.Retry());
        instance.State.Incidents.Should().ContainSingle("it is still not there").Which.CanRetry.Should().BeTrue();

        host.Define(Graph(Line("child"), id: "child"));
        await instance.RunAsync(new Stimulus.Retry());

        instance.State.Incidents.Should().BeEmpty();
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.Lines[^1].Should().Be("after");
    }

    [Fact]
    public async Task A_wait_for_what_cannot_come_is_an_incident_that_a_retry_mends()
    {
        var host = new TestHost();
        host.Define(Graph(Line("child"), id: "child"));
        var dispatch = Activity("DispatchWorkflow", "run", ("workflowDefinitionId", Literal("child")), ("waitForCompletion", Literal("True")));
        var instance = await TestInstance.StartAsync(Graph(Sequence(dispatch, Line("after"))), host: host);
        var first = instance.BookmarkOf("run");

        await instance.RunAsync(new Stimulus.Fail(first.Id, "workflow_not_allowed", "One runs already."));

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Faulted);
        instance.State.Incidents.Single().Should().Match<Incident>(incident => incident.Code == "workflow_not_allowed" && incident.CanRetry && incident.ActivityId == "run");
        instance.State.Bookmarks.Should().BeEmpty();
        await instance.RunAsync(new Stimulus.Retry());
        instance.Effects.OfType<Execution.DispatchWorkflow>().Last().InstanceId.Should().NotBe((string)first.Payload!["ChildInstanceId"]!);
        await instance.ResumeAsync("run", []);
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.State.Incidents.Should().BeEmpty();
        instance.Lines.Should().Equal("after");
    }

    [Fact]
    public async Task A_script_activity_chooses_its_outcome_and_yields_its_value()
    {
        var host = new TestHost();
        host.Scripts["setOutcome('Big'); 9"] = _ => new ScriptResultOf(9, "Big").Result;
        var graph = Graph(Activity("RunJavaScript", "js", ("script", Literal("setOutcome('Big'); 9")), ("result", Bind("Total"))), outputs: [Parameter("Total", "Int32")]);
        var instance = await TestInstance.StartAsync(graph, host: host);

        instance.State.Output["Total"]!.GetValue<long>().Should().Be(9);
        instance.Journal.Single(entry => entry is { ActivityId: "js", EventName: "Completed" }).Payload!.ToJsonString().Should().Be("""{"Outcomes":["Big"]}""");
    }

    [Fact]
    public async Task An_unknown_activity_is_an_incident_when_it_is_reached()
    {
        var instance = await TestInstance.StartAsync(Sequence(Line("before"), Activity("Acme.Unknown", "x")));

        instance.Lines.Should().Equal("before");
        instance.State.Incidents.Single().Message.Should().Contain("Acme.Unknown");
    }

    private static JsonObject Nested(string id, string definitionId, params (string Name, JsonNode? Value)[] members) =>
        Activity("Acme.Child", id, [("workflowDefinitionId", definitionId), ("workflowDefinitionVersionId", $"{definitionId}-v1"), .. members]);

    private static JsonObject Execute(string id, string definitionId, bool wait, params (string Name, JsonNode? Value)[] members) =>
        Activity("ExecuteWorkflow", id, [("workflowDefinitionId", Literal(definitionId)), ("waitForCompletion", Literal(wait)), .. members]);

    private sealed record ScriptResultOf(JsonNode Value, params string[] Outcomes)
    {
        public Expressions.ScriptResult Result => new(Value) { Outcomes = Outcomes };
    }
}
