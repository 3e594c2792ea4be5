using FluentAssertions;

using Switchboard.Rules.Dmn;

using Xunit;

namespace Switchboard.Rules.Tests.Dmn;

/// <summary>Two versions of a model are told apart by what they mean.</summary>
public sealed class DmnDiffTests
{
    private static readonly (string Name, string Type)[] OneInput = [("n", "number")];

    [Fact]
    public void Rows_are_added_removed_changed_and_moved()
    {
        var before = Documents.Table("", OneInput, [("o", null)], "1 | 10", "2 | 20", "3 | 30", "4 | 40");
        var after = Documents.Table("hitPolicy=\"FIRST\"", OneInput, [("o", null)], "4 | 40", "1 | 10", "2 | 21", "5 | 50");
        after = Renumbered(after, "r4", "r1", "r2", "r9");

        var changes = DmnDiff.Between(DmnModel.Parse(before), DmnModel.Parse(after));

        changes.Select(change => $"{change.Kind} {change.Part} {change.Row} {change.Column} {change.Before} > {change.After}").Should().Equal(
            "Changed hit policy   Unique > First",
            "Removed row 3  3 | 30 > ",
            "Moved row 1  4 > 1",
            "Changed cell 3 o 20 > 21",
            "Added row 4   > 5 | 50");
    }

    [Fact]
    public void Rows_without_ids_are_known_by_what_they_say()
    {
        static string Without(string xml) => System.Text.RegularExpressions.Regex.Replace(xml, " id=\"r\\d+\"", "");
        var before = Documents.Table("", OneInput, [("o", null)], "1 | 10", "2 | 20");
        var after = Documents.Table("", OneInput, [("o", null)], "0 | 0", "1 | 10", "2 | 20");

        DmnDiff.Between(DmnModel.Parse(Without(before)), DmnModel.Parse(Without(after)))
            .Should().ContainSingle().Which.Should().Match<DmnChange>(change => change.Kind == DmnChangeKind.Added && change.Row == 1);
    }

    [Fact]
    public void Layout_ids_and_spaces_make_no_difference()
    {
        static string Model(string id, string space) => Documents.Model(
            $"<decision id=\"{id}\" name=\"d\"><description>{space}</description><variable name=\"d\"/><literalExpression id=\"l{id}\">{space}<text>1 + 1</text></literalExpression></decision>");

        DmnDiff.Between(DmnModel.Parse(Model("a", "")), DmnModel.Parse(Model("b", "\n  "))).Should().BeEmpty();
    }

    [Fact]
    public void Decisions_types_and_logic_are_compared()
    {
        static string Model(string name, string text, string type) => Documents.Model(
            $"<itemDefinition name=\"t\"><typeRef>{type}</typeRef></itemDefinition><decision name=\"{name}\"><variable name=\"{name}\"/><literalExpression><text>{text}</text></literalExpression></decision><decision name=\"d\"><variable name=\"d\"/><literalExpression><text>{text}</text></literalExpression></decision>");

        var changes = DmnDiff.Between(DmnModel.Parse(Model("old", "1", "number")), DmnModel.Parse(Model("new", "2", "string")));

        changes.Select(change => $"{change.Kind} {change.Part} {change.Element}").Should().Equal(
            "Changed type t", "Removed decision old", "Added decision new", "Changed logic d");
    }

    private static string Renumbered(string xml, params string[] ids)
    {
        var rules = xml.Split("<rule id=\"");
        return string.Concat(rules.Select((part, i) => i == 0 ? part : $"<rule id=\"{ids[i - 1]}{part[part.IndexOf('"', StringComparison.Ordinal)..]}"));
    }
}
