using FluentAssertions;

using Switchboard.Rules.Dmn;
using Switchboard.Rules.Feel;

using Xunit;

namespace Switchboard.Rules.Tests.Dmn;

/// <summary>Requirements, imports, services, functions and boxed expressions.</summary>
public sealed class DmnModelTests
{
    private const string Greeting = """
        <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="A" namespace="urn:a">
        <itemDefinition name="tGreeting"><typeRef>string</typeRef></itemDefinition>
        <inputData id="p" name="Person name"><variable name="Person name" typeRef="string"/></inputData>
        <decision id="g" name="Greet the Person"><variable name="Greet the Person" typeRef="tGreeting"/>
        <informationRequirement><requiredInput href="#p"/></informationRequirement>
        <literalExpression><text>"Hello, " + Person name</text></literalExpression></decision></definitions>
        """;

    [Fact]
    public void Imports_within_imports_are_reached_by_each_way_with_their_own_data()
    {
        static string Middle(string name) => $"""
            <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="{name}" namespace="urn:{name}">
            <import name="model A" namespace="urn:a" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
            <decision id="e" name="Evaluating Say Hello"><variable name="Evaluating Say Hello" typeRef="model A.tGreeting"/>
            <informationRequirement><requiredDecision href="urn:a#g"/></informationRequirement>
            <literalExpression><text>"{name} says " + model A.Greet the Person</text></literalExpression></decision></definitions>
            """;
        const string Outer = """
            <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="C" namespace="urn:c">
            <import name="Model B" namespace="urn:b" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
            <import name="" namespace="urn:b2" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
            <decision id="d" name="d"><variable name="d"/>
            <informationRequirement><requiredDecision href="urn:b#e"/></informationRequirement>
            <informationRequirement><requiredDecision href="urn:b2#e"/></informationRequirement>
            <literalExpression><text>Model B.Evaluating Say Hello + "; " + Evaluating Say Hello</text></literalExpression></decision></definitions>
            """;
        DmnModel Read(string xml) => DmnModel.Parse(xml, uri => uri switch { "urn:a" => Read(Greeting), "urn:b" => Read(Middle("b")), "urn:b2" => Read(Middle("b2")), _ => null });

        var model = Read(Outer);

        model.Problems.Should().BeEmpty();
        FeelValue Person(string name) => FeelValue.Of(Documents.Input(("Person name", Documents.Text(name))));
        var input = Documents.Input(("Model B", FeelValue.Of(Documents.Input(("model A", Person("Ann"))))), ("model A", Person("Bob")));
        model.Evaluate("d", input, Documents.Run()).Output.AsString().Should().Be("b says Hello, Ann; b2 says Hello, Bob");
    }

    [Fact]
    public void An_import_that_is_not_there_is_a_problem() => DmnModel.Parse(Documents.Model("<import name=\"x\" namespace=\"urn:x\" importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>"))
        .Problems.Should().ContainSingle().Which.Code.Should().Be("unknown_import");

    [Fact]
    public void Logic_sees_what_it_requires_and_nothing_else()
    {
        var model = DmnModel.Parse(Documents.Model("""
            <inputData id="i" name="i"><variable name="i"/></inputData>
            <decision id="d" name="d"><variable name="d"/><literalExpression><text>i</text></literalExpression></decision>
            """));

        model.Problems.Should().ContainSingle().Which.Code.Should().Be("unknown_name");
        model.Evaluate("d", Documents.Input(("i", Documents.Number(1))), Documents.Run()).Output.IsNull.Should().BeTrue();
    }

    [Fact]
    public void A_service_takes_its_input_data_first_and_does_not_evaluate_its_input_decisions()
    {
        const string Content = """
            <inputData id="data" name="data"><variable name="data" typeRef="string"/></inputData>
            <decision id="given" name="given"><variable name="given" typeRef="string"/><literalExpression><text>"never"</text></literalExpression></decision>
            <decision id="out" name="out"><variable name="out"/>
            <informationRequirement><requiredDecision href="#given"/></informationRequirement><informationRequirement><requiredInput href="#data"/></informationRequirement>
            <literalExpression><text>data + given</text></literalExpression></decision>
            <decisionService id="s" name="s"><variable name="s"/><outputDecision href="#out"/><inputDecision href="#given"/><inputData href="#data"/></decisionService>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>
            <literalExpression><text>s("a", "b") + s(given: "y", data: "x")</text></literalExpression></decision>
            """;

        Documents.Decide(Documents.Model(Content)).Output.AsString().Should().Be("abxy");
        DmnModel.Parse(Documents.Model(Content)).EvaluateService("s", Documents.Input(("data", Documents.Text("1")), ("given", Documents.Text("2"))), Documents.Run())
            .Output.AsString().Should().Be("12");
    }

    [Theory]
    [InlineData("<list><literalExpression><text>1</text></literalExpression><literalExpression><text>2</text></literalExpression></list>", "[1, 2]")]
    [InlineData("<relation><column name=\"a\"/><column name=\"b\"/><row><literalExpression><text>1</text></literalExpression><literalExpression><text>2</text></literalExpression></row></relation>", "[{a: 1, b: 2}]")]
    [InlineData("<for iteratorVariable=\"x\"><in><literalExpression><text>[1..3]</text></literalExpression></in><return><literalExpression><text>x + count(partial)</text></literalExpression></return></for>", "[1, 3, 5]")]
    [InlineData("<some iteratorVariable=\"x\"><in><literalExpression><text>[1, 2]</text></literalExpression></in><satisfies><literalExpression><text>x = 2</text></literalExpression></satisfies></some>", "true")]
    [InlineData("<every iteratorVariable=\"x\"><in><literalExpression><text>[1, 2]</text></literalExpression></in><satisfies><literalExpression><text>x = 2</text></literalExpression></satisfies></every>", "false")]
    [InlineData("<filter><in><literalExpression><text>[{a: 1}, {a: 2}]</text></literalExpression></in><match><literalExpression><text>a > 1</text></literalExpression></match></filter>", "[{a: 2}]")]
    [InlineData("<filter><in><literalExpression><text>[5, 6]</text></literalExpression></in><match><literalExpression><text>2</text></literalExpression></match></filter>", "6")]
    [InlineData("<filter><in><literalExpression><text>[5, 6]</text></literalExpression></in><match><conditional><if><literalExpression><text>item > 5</text></literalExpression></if><then><literalExpression><text>true</text></literalExpression></then><else><literalExpression><text>false</text></literalExpression></else></conditional></match></filter>", "[6]")]
    [InlineData("<context><contextEntry><variable name=\"a b\"/><literalExpression><text>2</text></literalExpression></contextEntry><contextEntry><literalExpression><text>a b * a b</text></literalExpression></contextEntry></context>", "4")]
    [InlineData("<context><contextEntry><variable name=\"f\"/><functionDefinition><formalParameter name=\"x\" typeRef=\"number\"/><literalExpression><text>x + 1</text></literalExpression></functionDefinition></contextEntry><contextEntry><literalExpression><text>f(f(1))</text></literalExpression></contextEntry></context>", "3")]
    [InlineData("<context><contextEntry><variable name=\"a\"/><literalExpression><text>1</text></literalExpression></contextEntry><contextEntry><variable name=\"b\"/><literalExpression><text>a + 1</text></literalExpression></contextEntry></context>", "{a: 1, b: 2}")]
    public void Boxed_expressions_are_evaluated(string logic, string expected) =>
        Documents.Decide(Documents.Model($"<decision id=\"d\" name=\"d\"><variable name=\"d\"/>{logic.Replace("a > 1", "a &gt; 1", StringComparison.Ordinal).Replace("item > 5", "item &gt; 5", StringComparison.Ordinal)}</decision>"))
            .Output.ToString().Should().Be(expected);

    [Theory]
    [InlineData("\"gold\"", "gold")]
    [InlineData("[\"gold\"]", "gold")]
    [InlineData("\"lead\"", null)]
    [InlineData("1", null)]
    public void A_value_that_its_type_does_not_allow_is_null(string text, string? expected)
    {
        var result = Documents.Decide(Documents.Model($"""
            <itemDefinition name="tTier"><typeRef>string</typeRef><allowedValues><text>"gold", "silver"</text></allowedValues></itemDefinition>
            <decision id="d" name="d"><variable name="d" typeRef="tTier"/><literalExpression><text>{text}</text></literalExpression></decision>
            """));

        (result.Output.IsNull ? null : result.Output.AsString()).Should().Be(expected);
        result.Diagnostics.Any().Should().Be(expected is null);
    }

    [Fact]
    public void A_function_of_Java_is_not_run()
    {
        var model = DmnModel.Parse(Documents.Model("""
            <businessKnowledgeModel id="k" name="k"><variable name="k"/><encapsulatedLogic kind="Java"><formalParameter name="n"/>
            <context><contextEntry><variable name="class"/><literalExpression><text>"java.lang.System"</text></literalExpression></contextEntry></context></encapsulatedLogic></businessKnowledgeModel>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement><literalExpression><text>k(1)</text></literalExpression></decision>
            """));

        model.Problems.Should().ContainSingle().Which.Severity.Should().Be(DmnSeverity.Warning);
        var result = model.Evaluate("d", Documents.Input(), Documents.Run());
        result.Output.IsNull.Should().BeTrue();
        result.Diagnostics.Should().Contain(diagnostic => diagnostic.Code == "external_function");
    }
}
