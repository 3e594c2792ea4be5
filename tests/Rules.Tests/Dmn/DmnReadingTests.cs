using System.Text;

using FluentAssertions;

using Switchboard.Rules.Dmn;

using Xunit;

namespace Switchboard.Rules.Tests.Dmn;

/// <summary>What is read, what is refused, and that it says where.</summary>
public sealed class DmnReadingTests
{
    [Theory]
    [InlineData("http://www.omg.org/spec/DMN/20151101/dmn.xsd")]
    [InlineData("http://www.omg.org/spec/DMN/20180521/MODEL/")]
    [InlineData("https://www.omg.org/spec/DMN/20191111/MODEL/")]
    [InlineData("https://www.omg.org/spec/DMN/20211108/MODEL/")]
    [InlineData("https://www.omg.org/spec/DMN/20230324/MODEL/")]
    [InlineData("https://www.omg.org/spec/DMN/20240513/MODEL/")]
    public void Every_version_from_1_1_to_1_6_is_read_with_and_without_prefixes(string uri)
    {
        var plain = Documents.Model("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><literalExpression><text>1 + 1</text></literalExpression></decision>", uri);
        var prefixed = plain.Replace("</", "</dmn:", StringComparison.Ordinal).Replace("<", "<dmn:", StringComparison.Ordinal)
            .Replace("<dmn:/dmn:", "</dmn:", StringComparison.Ordinal).Replace("xmlns=", "xmlns:dmn=", StringComparison.Ordinal);

        Documents.Decide(plain).Output.ToString().Should().Be("2");
        Documents.Decide(prefixed).Output.ToString().Should().Be("2");
    }

    [Fact]
    public void A_syntax_error_in_a_cell_is_named_with_row_column_and_position()
    {
        var rows = Enumerable.Range(1, 8000).Select(i => i == 7312 ? "[1.. | 1" : $"{i} | {i}").ToArray();

        var xml = Documents.Table("hitPolicy=\"FIRST\"", [("n", "number")], [("o", null)], rows);
        var problem = DmnModel.Parse(xml).Problems.Should().ContainSingle().Which;

        problem.Row.Should().Be(7312);
        problem.TableColumn.Should().Be("n");
        problem.ElementId.Should().Be("r7312");
        var line = xml.Split('\n')[problem.Line - 1];
        line.Should().Contain("[1..");
        problem.Column.Should().BeInRange(line.IndexOf("[1..", StringComparison.Ordinal) + 1, line.IndexOf("[1..", StringComparison.Ordinal) + 6);
    }

    [Fact]
    public void Entities_that_multiply_are_refused()
    {
        const string Bomb = """
            <!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
            <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="&c;" namespace="urn:x"/>
            """;

        DmnModel.Parse(Bomb).Problems.Should().ContainSingle().Which.Code.Should().Be("not_xml");
    }

    [Fact]
    public void A_document_that_nests_without_end_is_refused()
    {
        var deep = Documents.Model(string.Concat(Enumerable.Repeat("<context><contextEntry>", 5000)) + string.Concat(Enumerable.Repeat("</contextEntry></context>", 5000)));
        var foreign = Documents.Model(string.Concat(Enumerable.Repeat("<x xmlns=\"urn:y\">", 5000)) + string.Concat(Enumerable.Repeat("</x>", 5000)));

        DmnModel.Parse(deep).Problems.Should().ContainSingle().Which.Code.Should().Be("document_too_deep");
        DmnModel.Parse(foreign).Problems.Should().ContainSingle().Which.Code.Should().Be("not_xml");
    }

    [Fact]
    public void Ten_megabytes_of_comments_or_text_do_no_harm_and_more_than_may_be_read_is_refused()
    {
        var comments = new StringBuilder();
        for (var i = 0; i < 1_000_000; i++)
        {
            comments.Append("x<!---->x");
        }

        DmnModel.Parse(Documents.Model(comments.ToString())).Problems.Should().BeEmpty();
        DmnModel.Parse(Documents.Model(new string('x', 25_000_000))).Problems.Should().ContainSingle().Which.Code.Should().Be("document_too_long");
    }

    [Theory]
    [InlineData("")]
    [InlineData("<")]
    [InlineData("<html/>")]
    [InlineData("{\"dmn\": true}")]
    public void What_is_no_model_is_a_problem_and_not_an_exception(string text)
    {
        var model = DmnModel.Parse(text);

        model.Problems.Should().ContainSingle().Which.Severity.Should().Be(DmnSeverity.Error);
        model.Evaluate("d", Documents.Input(), Documents.Run()).Output.IsNull.Should().BeTrue();
    }

    [Fact]
    public void A_document_with_pieces_lost_doubled_or_swapped_is_read_without_an_exception()
    {
        var whole = Documents.Table("hitPolicy=\"PRIORITY\"", [("n", "number"), ("t", "tText")], [("a", "1, 2"), ("b", null)], "> 1 | \"x\" | 1 | n", "[2..3] | not(\"y\") | 2 | t")
            .Replace("<inputData", "<itemDefinition name=\"tText\"><itemComponent name=\"c\"><typeRef>string</typeRef></itemComponent></itemDefinition><inputData", StringComparison.Ordinal);
        var pieces = System.Text.RegularExpressions.Regex.Split(whole, "(?=<)|(?= [a-z]+=)");
        var random = new Random(5);
        for (var i = 0; i < 3000; i++)
        {
            var changed = pieces.ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var (at, other) = (random.Next(1, changed.Count), random.Next(1, changed.Count));
                switch (random.Next(4))
                {
                    case 0: changed.RemoveAt(at); break;
                    case 1: changed.Insert(other, changed[at]); break;
                    case 2: (changed[at], changed[other]) = (changed[other], changed[at]); break;
                    default: changed[at] = changed[at].Replace('"', ' ').Replace("n", "d", StringComparison.Ordinal); break;
                }
            }

            var model = DmnModel.Parse(string.Concat(changed));

            model.Evaluate("d", Documents.Input(("n", Documents.Number(2)), ("t", Documents.Text("x"))), Documents.Run(), explain: true);
            foreach (var table in model.Decisions.SelectMany(decision => decision.Tables))
                Rules.Dmn.Analysis.TableAnalysis.Of(table, work: 10_000);
            DmnDiff.Between(model, model).Should().BeEmpty();
        }
    }

    [Fact]
    public void Decisions_that_require_each_other_are_a_problem_and_give_null()
    {
        static string Decision(string name, string required) => $"""
            <decision id="{name}" name="{name}"><variable name="{name}"/><informationRequirement><requiredDecision href="#{required}"/></informationRequirement>
            <literalExpression><text>{required}</text></literalExpression></decision>
            """;

        var model = DmnModel.Parse(Documents.Model(Decision("d", "e") + Decision("e", "f") + Decision("f", "d")));

        model.Problems.Should().ContainSingle().Which.Message.Should().Contain("d → e → f → d");
        model.Evaluate("d", Documents.Input(), Documents.Run()).Output.IsNull.Should().BeTrue();
    }

    [Fact]
    public void A_function_that_calls_itself_without_end_gives_null_within_the_budget()
    {
        var model = DmnModel.Parse(Documents.Model("""
            <businessKnowledgeModel id="k" name="k"><variable name="k"/>
            <encapsulatedLogic><formalParameter name="n"/><literalExpression><text>k(n + 1)</text></literalExpression></encapsulatedLogic>
            <knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement></businessKnowledgeModel>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
            <literalExpression><text>k(1)</text></literalExpression></decision>
            """));

        var result = model.Evaluate("d", Documents.Input(), Documents.Run());

        result.Output.IsNull.Should().BeTrue();
        result.Diagnostics.Should().NotBeEmpty();
    }

    [Fact]
    public void An_unknown_type_and_an_unknown_decision_are_named_with_the_nearest_one()
    {
        var model = DmnModel.Parse(Documents.Model("""
            <itemDefinition name="tCustomer"><typeRef>string</typeRef></itemDefinition>
            <inputData id="i" name="i"><variable name="i" typeRef="tCustomr"/></inputData>
            <decision id="d" name="discount"><variable name="discount"/><literalExpression><text>1</text></literalExpression></decision>
            """));

        model.Problems.Should().ContainSingle().Which.Message.Should().Contain("tCustomer");
        model.Evaluate("discuont", Documents.Input(), Documents.Run()).Diagnostics.Should().ContainSingle().Which.Message.Should().Contain("discount");
    }

    [Fact]
    public void The_tests_in_a_document_are_read()
    {
        var test = DmnModel.Parse(Documents.Model("""
            <extensionElements><s:tests xmlns:s="urn:switchboard:rules"><s:test name="grown up" decision="d">
            <s:input>{age: 18}</s:input><s:expected>"yes"</s:expected></s:test></s:tests></extensionElements>
            """)).Tests.Should().ContainSingle().Which;

        test.Name.Should().Be("grown up");
        test.Decision.Should().Be("d");
        test.Expected.AsString().Should().Be("yes");
        test.Input.AsContext().TryGet("age", out var age).Should().BeTrue();
        age.ToString().Should().Be("18");
    }
}
