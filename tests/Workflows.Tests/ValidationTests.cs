using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Definitions;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

public sealed class ValidationTests
{
    [Fact]
    public void A_good_definition_has_no_problems() => Check(Graph(Sequence(Line("a"), Event("b")))).Should().BeEmpty();

    [Fact]
    public void An_unknown_activity_type_is_named_with_its_place()
    {
        var problem = Check(Graph(Sequence(Activity("Acme.Teleport", "x", ("name", "Teleport1"))))).Should().ContainSingle().Subject;

        (problem.NodeId, problem.ActivityId, problem.ActivityName, problem.ActivityType, problem.Code).Should().Be(("Workflow1:seq:x", "x", "Teleport1", "Acme.Teleport", "unknown_activity_type"));
        problem.Message.Should().Contain("Acme.Teleport");
    }

    [Theory]
    [InlineData("Liquid")]
    [InlineData("CSharp")]
    [InlineData("Python")]
    [InlineData("Klingon")]
    public void Languages_that_are_not_supported_are_refused(string language)
    {
        var problem = Check(Graph(Activity("WriteLine", "x", ("text", Expression(language, "{{ x }}"))))).Should().ContainSingle().Subject;

        (problem.Code, problem.Property).Should().Be(("unsupported_expression", "text"));
        problem.Message.Should().Contain(language);
    }

    [Fact]
    public void Expressions_inside_cases_and_objects_are_checked_too()
    {
        var cases = new JsonArray(new JsonObject { ["label"] = "1", ["condition"] = new JsonObject { ["type"] = "CSharp", ["value"] = "true" } });
        Codes(Graph(Activity("Switch", "x", ("cases", cases)))).Should().Equal("unsupported_expression");
        Codes(Graph(Activity("PublishEvent", "x", ("eventName", Literal("e")), ("payload", Json("""{"a":{"type":"Liquid","value":"x"}}"""))))).Should().Equal("unsupported_expression");
        Codes(Graph(Activity("PublishEvent", "x", ("eventName", Literal("e")), ("payload", Json("{oops"))))).Should().Equal("invalid_json");
    }

    [Fact]
    public void A_bad_cron_expression_is_refused_with_the_words_of_Elsa()
    {
        var problem = Check(Graph(Activity("Cron", "x", ("cronExpression", Literal("bad"))))).Should().ContainSingle().Subject;

        problem.Code.Should().Be("invalid_cron");
        problem.Message.Should().StartWith("Error when parsing cron expression: it is bad");
    }

    [Fact]
    public void Required_inputs_must_be_filled()
    {
        var problem = Check(Graph(Activity("Event", "x", ("eventName", Literal(""))))).Should().ContainSingle().Subject;
        (problem.Code, problem.Property).Should().Be(("required", "eventName"));
        Codes(Graph(Activity("SetVariable", "x"))).Should().Equal("required");
    }

    [Fact]
    public void Variables_must_be_in_scope()
    {
        Codes(Graph(Activity("SetVariable", "x", ("variable", new JsonObject { ["id"] = "nope" })))).Should().Equal("unknown_variable");
        Codes(Graph(Activity("WriteLine", "x", ("text", Expression("Variable", "nope"))))).Should().Equal("unknown_variable");
        Codes(Graph(Activity("WriteLine", "x", ("text", Expression("Variable", new JsonObject { ["id"] = "v-A" }))), variables: [Variable("A")])).Should().BeEmpty();

        var body = Activity("WriteLine", "x", ("text", Expression("Variable", "CurrentValue")));
        Codes(Graph(Activity("ForEach", "each", ("items", Json("[1]")), ("body", body)))).Should().BeEmpty();
    }

    [Fact]
    public void Values_must_be_of_their_type()
    {
        Codes(Graph(Activity("Delay", "x", ("timeSpan", Literal("soon"))))).Should().Equal("conversion_failed");
        Codes(Graph(Line("x"), variables: [Variable("A", "Int32", "many")])).Should().Equal("invalid_default");
        Codes(Graph(Activity("Switch", "x", ("mode", Literal("MatchSome"))))).Should().Equal("conversion_failed");
    }

    [Fact]
    public void What_starts_a_workflow_must_be_known_without_an_instance()
    {
        var trigger = Activity("Event", "x", ("eventName", Script("getName()")), ("customProperties", new JsonObject { ["canStartWorkflow"] = true }));
        Codes(Graph(trigger)).Should().Equal("not_constant");
    }

    [Fact]
    public void Ids_must_be_unique()
    {
        var problem = Check(Graph(Sequence(Line("same"), Line("same")))).Should().ContainSingle().Subject;
        (problem.Code, problem.ActivityId).Should().Be(("duplicate_id", "same"));
    }

    [Fact]
    public void A_workflow_that_is_used_must_exist()
    {
        var graph = Graph(Activity("Acme.Child", "x", ("workflowDefinitionId", "child")));

        Codes(graph).Should().BeEmpty();
        DefinitionValidation.Check(graph, _ => null, _ => false).Single().Code.Should().Be("unknown_workflow");
    }

    private static IReadOnlyList<DefinitionProblem> Check(WorkflowGraph graph) => DefinitionValidation.Check(graph, cron => cron == "bad" ? "it is bad" : null);

    private static IEnumerable<string> Codes(WorkflowGraph graph) => Check(graph).Select(problem => problem.Code);
}
