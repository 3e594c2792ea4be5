using FluentAssertions;

using Switchboard.Rules.Dmn;
using Switchboard.Rules.Dmn.Analysis;

using Xunit;

namespace Switchboard.Rules.Tests.Dmn;

/// <summary>What a table says of its rows: why one matched or not, and which can never match.</summary>
public sealed class TableExplanationTests
{
    private static readonly (string Name, string Type)[] AgeAndTier = [("age", "number"), ("tier", "string")];

    [Fact]
    public void An_explanation_names_the_rows_that_matched_and_the_cells_that_failed()
    {
        var model = DmnModel.Parse(Documents.Table("hitPolicy=\"FIRST\"", AgeAndTier, [("o", null)], ">= 65 | \"gold\" | 1", ">= 18 | \"gold\" | 2", "< 18 | \"silver\" | 3"));

        var result = model.Evaluate("d", Documents.Input(("age", Documents.Number(40)), ("tier", Documents.Text("gold"))), Documents.Run(), explain: true);

        result.Output.ToString().Should().Be("2");
        var matched = result.Matched.Should().ContainSingle().Which;
        (matched.Decision, matched.Row, matched.RowId).Should().Be(("d", 2, "r2"));
        matched.Inputs.Select(input => $"{input.Key}={input.Value}").Should().Equal("age=40", "tier=gold");
        matched.Outputs.Select(output => $"{output.Value}").Should().Equal("2");
        result.NearMisses.Select(miss => miss.Row).Should().Equal(1, 3);
        var failed = result.NearMisses[0].Failed.Should().ContainSingle().Which;
        (failed.Column, failed.Cell, failed.Value.ToString()).Should().Be(("age", ">= 65", "40"));
    }

    [Fact]
    public void A_gap_is_shown_by_the_simplest_input()
    {
        var report = Report("hitPolicy=\"UNIQUE\"", "< 18 | - | 1", "> 18 | \"gold\" | 2", "> 18 | not(\"gold\") | 3");

        report.IsComplete.Should().BeTrue();
        var gap = report.Findings.Should().ContainSingle().Which;
        gap.Kind.Should().Be(TableFindingKind.Gap);
        gap.Example[0].Value.ToString().Should().Be("18");
    }

    [Fact]
    public void A_table_that_collects_or_has_a_default_has_no_gaps()
    {
        Report("hitPolicy=\"COLLECT\"", "< 18 | - | 1").Findings.Should().BeEmpty();
        var model = DmnModel.Parse(Documents.Table("", AgeAndTier, [("o", null)], "< 18 | - | 1")
            .Replace("<output name=\"o\">", "<output name=\"o\"><defaultOutputEntry><text>7</text></defaultOutputEntry>", StringComparison.Ordinal));
        TableAnalysis.Of(model.Decisions[0].Tables[0]).Findings.Should().BeEmpty();
    }

    [Fact]
    public void Rows_that_overlap_are_told_from_rows_that_conflict()
    {
        var report = Report("hitPolicy=\"UNIQUE\"", "<= 18 | - | 1", ">= 18 | - | 1", "> 60 | - | 2");

        report.Findings.Should().HaveCount(2);
        var overlap = report.Findings.Single(finding => finding.Kind == TableFindingKind.Overlap);
        overlap.Rows.Should().Equal(1, 2);
        overlap.Example[0].Value.ToString().Should().Be("18");
        report.Findings.Single(finding => finding.Kind == TableFindingKind.Conflict).Rows.Should().Equal(2, 3);
    }

    [Fact]
    public void Under_any_rows_may_overlap_with_equal_outputs() =>
        Report("hitPolicy=\"ANY\"", "<= 18 | - | 1", ">= 18 | - | 1").Findings.Should().BeEmpty();

    [Fact]
    public void A_row_behind_others_that_match_all_it_does_is_never_reached()
    {
        var report = Report("hitPolicy=\"FIRST\"", "<= 18 | - | 1", ">= 18 | - | 2", "[10..20] | \"gold\" | 3", "- | - | 4");

        var finding = report.Findings.Should().ContainSingle().Which;
        finding.Kind.Should().Be(TableFindingKind.Unreachable);
        finding.Rows.Should().Equal(3, 1, 2);
    }

    [Fact]
    public void A_cell_that_is_not_constant_is_named_and_hides_nothing()
    {
        var report = Report("hitPolicy=\"FIRST\"", "? > age | - | 1", "- | - | 2", "5 | - | 3");

        report.Limits.Should().ContainSingle().Which.Should().Contain("age").And.Contain("row 1");
        report.Findings.Should().ContainSingle().Which.Rows.Should().Equal(3, 2);
    }

    [Fact]
    public void A_table_that_takes_too_long_says_so()
    {
        var rows = Enumerable.Range(0, 300).Select(i => $"[{i}..{i + 50}] | \"k{i % 40}\" | {i}").ToArray();

        var report = TableAnalysis.Of(DmnModel.Parse(Documents.Table("", AgeAndTier, [("o", null)], rows)).Decisions[0].Tables[0], work: 1000);

        report.IsComplete.Should().BeFalse();
    }

    private static TableReport Report(string hitPolicy, params string[] rows)
    {
        var model = DmnModel.Parse(Documents.Table(hitPolicy, AgeAndTier, [("o", null)], rows));
        model.Problems.Should().BeEmpty();
        return TableAnalysis.Of(model.Decisions[0].Tables[0]);
    }
}
