using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Activities.Composition;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

using Xunit;

namespace Switchboard.Workflows.Tests;

/// <summary>
/// Elsa's own definitions and what Elsa's own tests expect of them. The scripts in them are answered here in C#, because the
/// library has no interpreter; the same files run with the real one over HTTP elsewhere.
/// </summary>
public sealed class ConformanceTests
{
    [Theory]
    [InlineData("FlowchartCompletion/workflow1.json")]
    [InlineData("FlowchartCompletion/workflow2.json")]
    [InlineData("FlowchartCompletion/workflow3.json")]
    [InlineData("FlowchartCompletion/workflow5.json")]
    [InlineData("component/BasicWorkflows/hello-world.json")]
    [InlineData("component/WorkflowCompletion/hello-world.json")]
    [InlineData("component/WorkflowCompletion/fork.json")]
    [InlineData("JoinBehaviors/decision-merge-join-none.json", true)]
    public async Task It_finishes(string file, bool tokens = false)
    {
        if (await RunAsync(file, tokens) is not { } instance)
            return;
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.State.Incidents.Should().BeEmpty();
    }

    [Theory]
    [InlineData("ExplicitJoins/join-any-1.json", "Start|End")]
    [InlineData("ExplicitJoins/join-all-1.json", "Start|Line 1|Line 2|End")]
    [InlineData("ImportAndExecute/writeline.json", "Dummy Text")]
    [InlineData("ImportAndExecute/implicit-loop.json", "Do something|Retry|Do something|Done")]
    [InlineData("JoinBehaviors/fork-decision-join-none.json", "A|C", true)]
    [InlineData("JoinBehaviors/fork-decision-join-converge.json", "A", true)]
    [InlineData("JoinBehaviors/fork-decision-join-waitall.json", "A|C|B|D", true)]
    [InlineData("ParentChildOutputMapping/calculator.json", "Result: 9", false, "ParentChildOutputMapping/sum.json")]
    [InlineData("ParentChildInputs/parent1.json", "Parent: Foo|Child: Bar", false, "ParentChildInputs/child.json")]
    [InlineData("WorkflowDefinitionActivities/parent-version-fallback.json", "Published version executed", false, "WorkflowDefinitionActivities/child-published-version.json")]
    public async Task It_writes_these_lines(string file, string lines, bool tokens = false, string? other = null)
    {
        if (await RunAsync(file, tokens, other) is not { } instance)
            return;
        instance.Lines.Should().Equal(lines.Split('|'));
    }

    [Theory]
    [InlineData("WorkflowDefinitionActivities/parent-with-input.json", "Hello from parent!", "WorkflowDefinitionActivities/child-with-input.json")]
    [InlineData("WorkflowDefinitionActivities/parent-with-output.json", "Received from child: Child output value", "WorkflowDefinitionActivities/child-with-output.json")]
    [InlineData("ExecuteWorkflow/parent-no-wait.json", "Parent: Before child|Child: Executing|Parent: After child", "ExecuteWorkflow/child-workflow.json")]
    [InlineData("ExecuteWorkflow/parent-with-wait.json", "Parent: Before child|Child: Executing|Parent: After child", "ExecuteWorkflow/child-workflow.json")]
    [InlineData("ExecuteWorkflow/parent-with-input.json", "Child received: Hello from parent", "ExecuteWorkflow/child-with-input.json")]
    [InlineData("ExecuteWorkflow/parent-capture-output.json", "Child output: 42|Parent received: 42", "ExecuteWorkflow/child-with-output.json")]
    public async Task It_writes_at_least_these_lines(string file, string lines, string other)
    {
        if (await RunAsync(file, false, other) is not { } instance)
            return;
        instance.Lines.Should().Contain(lines.Split('|'));
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public async Task A_join_runs_once()
    {
        if (await RunAsync("JoinBehaviors/join.json", true) is not { } instance)
            return;
        instance.Story.Count(line => line == "Completed 802725996be1b582").Should().Be(1);
    }

    [Fact]
    public async Task Objects_of_users_with_reserved_names_survive_the_stored_state()
    {
        if (await RunAsync("JsonObjectSerialization/instance-serialization.json", false) is not { } instance)
            return;
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        ScopeTests.VariableOf(instance, "4e256dab27d33eac").Should().Be("""{"inputSchema":{"$id":"#/definitions/x","type":"object"}}""");
    }

    [Theory]
    [InlineData("WorkflowOutputMapping/workflow-output.json", "unsupported_language", "C# is not run")]
    [InlineData("ParentChildOutputMapping/consumer.json", "unsupported_expression", "CSharp")]
    [InlineData("ImportAndPublish/bad-cron-expression.json", "invalid_cron", "Error when parsing cron expression: bad seconds")]
    public void It_is_refused_with_a_reason(string file, string code, string message)
    {
        if (!Fixtures.AreThere || ActivityCatalogue.BuiltIn.Find("Elsa.Flowchart") is null)
            return;
        var problems = DefinitionValidation.Check(Fixtures.Graph(file), _ => "bad seconds");
        problems.Should().Contain(problem => problem.Code == code && problem.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ImportAndPublish/cron-every-hour.json")]
    [InlineData("ImportAndPublish/timer-workflow.json")]
    [InlineData("component/InputOutput/consumer.json")]
    [InlineData("Alterations/version-1.json")]
    [InlineData("Alterations/version-2.json")]
    public void It_can_be_published(string file)
    {
        if (!Fixtures.AreThere || !IsComplete(Fixtures.Graph(file)))
            return;
        DefinitionValidation.Check(Fixtures.Graph(file), _ => null).Should().BeEmpty();
    }

    /// <returns>Null where the samples are missing.</returns>
    private static async Task<TestInstance?> RunAsync(string file, bool tokens, params string?[] others)
    {
        if (!Fixtures.AreThere)
            return null;
        var graph = Fixtures.Graph(file);
        if (!IsComplete(graph) || others.OfType<string>().Any(other => !IsComplete(Fixtures.Graph(other))))
            return null;
        var host = new TestHost();
        Teach(host);
        foreach (var other in others.OfType<string>())
            host.Define(Fixtures.Graph(other));
        var instance = await TestInstance.StartAsync(graph, new JsonObject { ["Input1"] = "Foo" }, host, with: request => tokens ? request with { Properties = new JsonObject { ["Flowchart:ExecutionMode"] = "TokenBased" } } : request);
        while (instance.State is { Status: InstanceStatus.Running, Bookmarks.Count: > 0 })
            await instance.RunAsync(new Stimulus.Resume(instance.State.Bookmarks[0].Id));
        return instance;
    }

    /// <summary>Whether all its activity types are in this build.</summary>
    private static bool IsComplete(WorkflowGraph graph) => !graph.Nodes.Any(node => node.Activity is NotFoundActivity);

    private static void Teach(TestHost host)
    {
        host.Script("getCounter() + 1", request => Number(request, "Counter") + 1)
            .Script("getCounter() > 1", request => Number(request, "Counter") > 1)
            .Script("return false;", _ => false)
            .Script("getA() + getB()", request => Number(request, "A") + Number(request, "B"))
            .Script("`Result: ${getTheSum()}`", request => $"Result: {Value(request, "TheSum")}")
            .Script("\"Parent: \" + getInput1();", request => $"Parent: {Value(request, "Input1")}")
            .Script("\"Child: \" + getInput1();", request => $"Child: {Value(request, "Input1")}")
            .Script("return getInput1();", request => Value(request, "Input1")?.DeepClone())
            .Script("`Bar`", _ => "Bar")
            .Script("getMessage()", request => Value(request, "Message")?.DeepClone())
            .Script("`Child received: ${getMessage()}`", request => $"Child received: {Value(request, "Message")}")
            .Script("({ Message: 'Hello from parent' })", _ => new JsonObject { ["Message"] = "Hello from parent" })
            .Script("`Received from child: ${getOutputFromChildWithOutput1()}`", request => $"Received from child: {request.Outputs["ChildWithOutput1"]!["Output"]}")
            .Script("`Parent received: ${getChildResult().output.Result}`", request => $"Parent received: {Value(request, "ChildResult")!["output"]!["Result"]}")
            .Script("return getVariable1()", request => Value(request, "Variable1")?.DeepClone());
        var graph = Fixtures.Graph("JsonObjectSerialization/instance-serialization.json");
        foreach (var script in graph.Nodes.SelectMany(node => node.Descriptor.Inputs.Select(node.ExpressionOf)).OfType<ScriptExpression>().Where(script => script.Source.StartsWith("return {", StringComparison.Ordinal)))
            host.Script(script.Source, _ => new JsonObject { ["inputSchema"] = new JsonObject { ["$id"] = "#/definitions/x", ["type"] = "object" } });
    }

    private static JsonNode? Value(ScriptRequest request, string name) => request.Variables[name] ?? request.Input[name];

    private static long Number(ScriptRequest request, string name) => Value(request, name)!.GetValue<long>();
}
