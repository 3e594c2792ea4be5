using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class DefinitionTests
{
    [Theory, MemberData(nameof(Files))]
    public void A_definition_of_Elsa_is_written_as_it_was_read(string file)
    {
        if (!Fixtures.AreThere)
            return;
        var definition = WorkflowDefinition.Parse(Fixtures.Text(file));
        var written = definition.ToJson();

        JsonNode.DeepEquals(JsonNode.Parse(written), JsonNode.Parse(Fixtures.Text(file).TrimStart('\uFEFF'))).Should().BeTrue("nothing is lost or changed");
        WorkflowDefinition.Parse(written).ToJson().Should().Be(written, "writing is stable to the byte");
    }

    [Theory, MemberData(nameof(Files))]
    public void A_definition_of_Elsa_compiles_to_nodes_with_the_node_ids_of_Elsa(string file)
    {
        if (!Fixtures.AreThere)
            return;
        var graph = Fixtures.Graph(file);
        graph.Problems.Where(problem => problem.Code != "unsupported_language").Should().BeEmpty();
        graph.Nodes.Should().HaveCountGreaterThan(1);
        foreach (var node in graph.Nodes.Where(node => node.Json.TryGetProperty("nodeId", out _)))
            node.Json.GetProperty("nodeId").GetString().Should().EndWith(node.NodeId[(node.NodeId.IndexOf(':', StringComparison.Ordinal) + 1)..]);
    }

    public static TheoryData Files() => Fixtures.All();

    [Fact]
    public void Legacy_shapes_are_read()
    {
        var graph = WorkflowGraph.Compile(WorkflowDefinition.Parse("""
            { "DefinitionId": "old", "UsableAsActivity": true, "Variables": { "$values": [ { "Name": "Count", "TypeName": "Int32", "Value": "3", "StorageDriverType": "Elsa.Workflows.Services.WorkflowStorageDriver, Elsa" } ] },
              "root": { "type": "Elsa.Sequence", "Activities": { "$values": [
                { "type": "Elsa.WriteLine", "text": "bare" },
                { "type": "Elsa.WriteLine", "text": { "typeName": null, "expression": { "type": "Literal", "value": "wrapped" }, "memoryReference": { "id": "x:input-0" } }, "canStartWorkflow": false } ] } } }
            """));

        graph.DefinitionId.Should().Be("old");
        graph.Version.Should().Be(1);
        graph.Definition.Options.UsableAsActivity.Should().BeTrue();
        var variable = graph.Definition.Variables.Should().ContainSingle().Subject;
        (variable.Id, variable.Name, variable.IsStored).Should().Be(("Count", "Count", true));
        variable.Default()!.GetValue<long>().Should().Be(3);
        graph.Find("Sequence1")!.NodeId.Should().Be("Workflow1:Sequence1");
        graph.Find("WriteLine2")!.NodeId.Should().Be("Workflow1:Sequence1:WriteLine2");
    }

    [Theory]
    [InlineData("Elsa.Workflows.Runtime.ActivationValidators.SingletonStrategy, Elsa.Workflows.Runtime", ActivationStrategy.Singleton)]
    [InlineData("Elsa.Workflows.Runtime.ActivationValidators.CorrelationStrategy", ActivationStrategy.Correlation)]
    [InlineData("Elsa.Workflows.Runtime.ActivationValidators.CorrelatedSingletonStrategy, X", ActivationStrategy.CorrelatedSingleton)]
    [InlineData(null, ActivationStrategy.Always)]
    public void Activation_strategies_are_known_by_class_name(string? name, ActivationStrategy expected) =>
        Graph(Line("x"), options: new JsonObject { ["activationStrategyType"] = name }).Definition.Options.Activation.Should().Be(expected);

    [Theory]
    [InlineData("[1]")]
    [InlineData("{")]
    [InlineData("")]
    public void What_is_no_definition_is_refused(string text)
    {
        var parse = () => WorkflowDefinition.Parse(text);
        parse.Should().Throw<ActivityException>().Which.Code.Should().Be("invalid_definition");
    }

    [Fact]
    public async Task A_workflow_without_a_root_finishes_at_once()
    {
        var instance = await TestInstance.StartAsync(WorkflowGraph.Compile(WorkflowDefinition.Parse("""{"definitionId":"empty"}""")));
        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
    }

    [Fact]
    public void Every_activity_type_of_the_library_is_described_for_people()
    {
        foreach (var type in ActivityCatalogue.BuiltIn.All)
        {
            type.Description.Should().NotBeNullOrWhiteSpace(type.Type);
            type.Inputs.Should().NotContain(input => input.Description == null, type.Type);
            type.Inputs.Select(input => input.Name).Should().OnlyHaveUniqueItems(type.Type);
            type.Outputs.Should().NotContain(output => output.Description == null, type.Type);
        }
        ActivityCatalogue.BuiltIn.Find("Elsa.If")!.Inputs.Single().JsonName.Should().Be("condition");
        ActivityCatalogue.BuiltIn.Find("Elsa.If", version: 99)!.Version.Should().Be(1);
        ActivityCatalogue.BuiltIn.Find("Elsa.Nope").Should().BeNull();
    }

    [Fact]
    public void Triggers_are_known_without_an_instance()
    {
        var start = new JsonObject { ["canStartWorkflow"] = true };
        var graph = Graph(Sequence(
            Activity("Event", "a", ("eventName", Literal("OrderPaid")), ("customProperties", start.DeepClone())),
            Activity("Event", "b", ("eventName", Literal("Waits"))),
            Activity("Timer", "c", ("interval", Literal("00:05:00")), ("customProperties", start.DeepClone())),
            Activity("Cron", "d", ("cronExpression", Literal("0 0 * * * ?")), ("customProperties", start.DeepClone())),
            Activity("WriteLine", "e", ("customProperties", start.DeepClone()))));

        graph.Triggers.Select(trigger => $"{trigger.ActivityId} {trigger.Name} {trigger.Payload}").Should().Equal(
            """a Elsa.Event {"EventName":"OrderPaid"}""", """c Elsa.Timer {"Interval":"00:05:00"}""", """d Elsa.Cron {"CronExpression":"0 0 * * * ?"}""");
        graph.Triggers[0].Hash.Should().Be(StimulusHash.OfEvent("OrderPaid"));
    }

    [Fact]
    public async Task A_host_adds_activities_of_its_own()
    {
        var catalogue = new ActivityCatalogue(typeof(DefinitionTests).Assembly);
        var instance = await TestInstance.StartAsync(Graph(Activity("Test.Greet", "greet", ("name", Literal("Ann"))), catalogue: catalogue));

        instance.Lines.Should().Equal("Hello Ann");
    }

    [Fact]
    public void A_deep_definition_is_read_and_a_bottomless_one_refused()
    {
        var json = new string('[', 5_000) + new string(']', 5_000);
        var parse = () => WorkflowDefinition.Parse($$"""{"definitionId":"deep","root":{{json}}}""");
        parse.Should().Throw<ActivityException>().Which.Code.Should().Be("invalid_definition");

        JsonNode root = Line("innermost");
        for (var depth = 0; depth < 40; depth++)
            root = Activity("If", $"if{depth}", ("condition", Literal(true)), ("then", root));
        Graph(root).Nodes.Should().HaveCount(42);
    }

    [Activity("Test.Greet", Category = "Test", Description = "Greets.")]
    private sealed class Greet : Activity
    {
        private readonly Input<string> _name = new("Name") { Description = "Whom." };

        public override async ValueTask ExecuteAsync(ActivityContext context) => context.Yield(new LineWritten($"Hello {await context.InputAsync(_name)}"));
    }
}
