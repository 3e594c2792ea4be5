using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class ScopeTests
{
    [Fact]
    public async Task A_variable_is_set_converted_to_its_type_and_read_by_expressions()
    {
        var graph = Graph(
            Sequence(SetVariable("set", "Count", Literal("41")), Activity("WriteLine", "line", ("text", Expression("Variable", new JsonObject { ["id"] = "v-Count" })))),
            variables: [Variable("Count", "Int32", "0")]);
        var instance = await TestInstance.StartAsync(graph);

        instance.Lines.Should().Equal("41");
        instance.Journal.Single(entry => entry is { ActivityId: "line", EventName: "Started" }).ActivityState!["Text"]!.GetValue<string>().Should().Be("41");
    }

    [Fact]
    public async Task A_value_that_does_not_convert_is_an_incident()
    {
        var instance = await TestInstance.StartAsync(Graph(SetVariable("set", "Count", Literal("many")), variables: [Variable("Count", "Int32")]));

        instance.State.Incidents.Should().ContainSingle().Which.Should().Match<Incident>(incident => incident.Code == "conversion_failed" && incident.Message.Contains("many"));
    }

    [Fact]
    public async Task Setting_a_variable_that_is_not_in_scope_is_an_incident()
    {
        var instance = await TestInstance.StartAsync(SetVariable("set", "Nowhere", Literal("1")));
        instance.State.Incidents.Single().Code.Should().Be("variable_not_in_scope");
    }

    [Fact]
    public async Task The_nearest_variable_of_a_name_wins()
    {
        var host = new TestHost().Script("getX()", request => request.Variables["X"]?.DeepClone());
        var inner = Activity("Sequence", "inner", ("variables", new JsonArray(Named("inner-x", "X", "inside"))), ("activities", new JsonArray(ScriptLine("in", "getX()"))));
        var graph = Graph(Sequence(inner, ScriptLine("out", "getX()")), variables: [Named("outer-x", "X", "outside")]);
        var instance = await TestInstance.StartAsync(graph, host: host);

        instance.Lines.Should().Equal("inside", "outside");
    }

    [Fact]
    public async Task A_stored_variable_survives_a_wait_and_one_in_memory_does_not()
    {
        var host = new TestHost().Script("read", _ => null);
        host.Scripts["getStored() + getMemory()"] = request => new ScriptResult($"{request.Variables["Stored"]}|{request.Variables["Memory"]}");
        var graph = Graph(
            Sequence(SetVariable("s1", "Stored", Literal("kept")), SetVariable("s2", "Memory", Literal("lost")), Event("Go"), ScriptLine("line", "getStored() + getMemory()")),
            variables: [Variable("Stored", "String"), Variable("Memory", "String", "default", stored: false)]);
        var instance = await TestInstance.StartAsync(graph, host: host);
        await instance.ResumeAsync("Go");

        instance.Lines.Should().Equal("kept|default");
    }

    [Fact]
    public async Task Scripts_see_only_what_they_mention_and_their_changes_are_written_back()
    {
        var host = new TestHost();
        host.Scripts["setTotal(getTotal() + getInput('Amount'))"] = request => new ScriptResult("ok")
        {
            ChangedVariables = new JsonObject { ["Total"] = request.Variables["Total"]!.GetValue<long>() + request.Input["Amount"]!.GetValue<long>() },
            InstanceName = "Named",
            CorrelationId = "c-9",
        };
        var graph = Graph(ScriptLine("line", "setTotal(getTotal() + getInput('Amount'))"), variables: [Variable("Total", "Int32", "5"), Variable("Secret")], inputs: [Parameter("Amount", "Int32"), Parameter("Other")]);
        var instance = await TestInstance.StartAsync(graph, new JsonObject { ["Amount"] = "7", ["Other"] = 1 }, host);

        var request = host.ScriptRequests.Single();
        request.Variables.Select(variable => variable.Key).Should().Equal("Total");
        request.Input.Select(input => input.Key).Should().Equal("Amount");
        request.Outputs.Should().BeEmpty();
        instance.State.Name.Should().Be("Named");
        instance.State.CorrelationId.Should().Be("c-9");
        VariableOf(instance, "v-Total").Should().Be("12");
    }

    [Fact]
    public async Task A_script_with_a_computed_name_sees_everything()
    {
        var host = new TestHost().Script("getVariable(name)", request => string.Join(",", request.Variables.Select(variable => variable.Key)));
        var instance = await TestInstance.StartAsync(Graph(ScriptLine("line", "getVariable(name)"), variables: [Variable("A"), Variable("B")]), host: host);

        instance.Lines.Should().Equal("A,B");
    }

    [Fact]
    public async Task Outputs_of_activities_are_kept_over_waits_for_scripts_that_ask()
    {
        var host = new TestHost().Script("getOutputFrom('If1', 'Result') + getLastResult()", request => $"{request.Outputs["If1"]!["Result"]} {request.LastResult}");
        var condition = Activity("If", "if-id", ("name", "If1"), ("condition", Literal(true)));
        var instance = await TestInstance.StartAsync(Sequence(condition, Event("Go"), ScriptLine("line", "getOutputFrom('If1', 'Result') + getLastResult()")), host: host);
        await instance.ResumeAsync("Go", Activities.Primitives.Event.InputOf("last"));

        instance.Lines.Should().Equal("true last");
    }

    [Fact]
    public async Task Workflow_input_is_converted_to_its_declared_type()
    {
        var graph = Graph(Activity("WriteLine", "line", ("text", Expression("Input", """{"name":"Names"}"""))), inputs: [Parameter("Names", "String", isArray: true)]);
        var instance = await TestInstance.StartAsync(graph, new JsonObject { ["Names"] = "Ann" });

        instance.Lines.Should().Equal("""["Ann"]""");
    }

    [Fact]
    public async Task An_output_is_bound_to_a_variable_or_else_to_a_workflow_output()
    {
        var toVariable = await TestInstance.StartAsync(Graph(Activity("If", "if", ("condition", Literal(true)), ("result", Bind("v-Flag"))), variables: [Variable("Flag", "Boolean")]));
        VariableOf(toVariable, "v-Flag").Should().Be("true");

        var toOutput = await TestInstance.StartAsync(Graph(Activity("If", "if", ("condition", Literal(true)), ("result", Bind("Flag"))), outputs: [Parameter("Flag", "String")]));
        toOutput.State.Output["Flag"]!.GetValue<string>().Should().Be("True");
        toOutput.Journal.Single(entry => entry is { ActivityId: "if", EventName: "Completed" }).Outputs!.ToJsonString().Should().Be("""{"Result":true}""");
    }

    [Fact]
    public async Task The_instance_can_be_named_and_correlated()
    {
        var instance = await TestInstance.StartAsync(Sequence(Activity("SetName", "n", ("value", Literal("Order 7"))), Activity("Correlate", "c", ("correlationId", Literal("o-7")))));

        (instance.State.Name, instance.State.CorrelationId).Should().Be(("Order 7", "o-7"));
    }

    [Fact]
    public async Task Object_expressions_evaluate_expressions_inside_them()
    {
        var host = new TestHost().Script("1 + 1", _ => 2);
        var instance = await TestInstance.StartAsync(Activity("SetOutput", "out", ("outputName", Literal("Map")),
            ("outputValue", Json("""{"a":{"type":"JavaScript","value":"1 + 1"},"b":{"type":"text","value":"as it is"},"c":[1]}"""))), host: host);

        instance.State.Output["Map"]!.ToJsonString().Should().Be("""{"a":2,"b":{"type":"text","value":"as it is"},"c":[1]}""");
    }

    [Fact]
    public async Task A_null_result_falls_back_to_the_default_of_the_input()
    {
        var host = new TestHost().Script("null", _ => null);
        var instance = await TestInstance.StartAsync(Activity("Delay", "delay", ("timeSpan", Script("null"))), host: host);

        instance.Effects.OfType<SetTimer>().Single().DueAt.Should().Be(instance.Now.AddMinutes(1));
    }

    internal static string? VariableOf(TestInstance instance, string id) => JsonNode.Parse(instance.State.ToJson())!["activities"]![0]!["vars"]?[id]?.ToJsonString();

    private static JsonObject SetVariable(string id, string variable, JsonNode value) =>
        Activity("SetVariable", id, ("variable", new JsonObject { ["id"] = $"v-{variable}", ["name"] = variable }), ("value", value));

    private static JsonObject Named(string id, string name, string value) => new() { ["id"] = id, ["name"] = name, ["typeName"] = "String", ["value"] = value, ["storageDriverTypeName"] = InstanceDriver };
}
