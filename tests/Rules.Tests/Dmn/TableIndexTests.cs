using FluentAssertions;

using FsCheck;
using FsCheck.Fluent;

using Switchboard.Rules.Dmn;
using Switchboard.Rules.Feel;

using Xunit;

namespace Switchboard.Rules.Tests.Dmn;

/// <summary>The index finds the rows that a look at every cell finds.</summary>
public sealed class TableIndexTests
{
    private static readonly string[] NumberCells =
        ["-", "5", "5, 7", "[1..5]", "(1..5)", "]5..9]", "< 3", ">= 7", "not(5)", "not([2..6], 9)", "not(< 3)", "not([2..6])", "1.5", "[1.5..2.5]", "-3", "null", "5, null", "> b", "? > 2 and ? < b", "b", "1e1"];

    private static readonly string[] TextCells = ["-", "\"a\"", "\"a\", \"b\"", "not(\"a\")", "not(\"a\", \"c\")", "null", "s", "? = \"a\"", "starts with(?, \"a\")", "\"a\"..\"c\""];

    private static readonly string[] BooleanCells = ["-", "true", "false", "not(true)", "null"];

    private static readonly FeelValue[] Numbers =
    [
        Documents.Number(5), Documents.Number(1), Documents.Number(1.5m), Documents.Number(2), Documents.Number(7), Documents.Number(-3), Documents.Number(100), Documents.Number(9),
        Documents.Number(5.0m), Documents.Number(123456789012345678901m), default, Documents.Text("5"), FeelValue.Of(new[] { Documents.Number(5) }),
    ];

    private static readonly FeelValue[] Texts = [Documents.Text("a"), Documents.Text("b"), Documents.Text("c"), Documents.Text("z"), Documents.Text(""), default, Documents.Number(1)];

    private static readonly FeelValue[] Booleans = [FeelValue.Of(true), FeelValue.Of(false), default, Documents.Text("true")];

    [Fact]
    public void Finds_the_same_rows_as_a_scan_of_every_cell()
    {
        var row =
            from number in Gen.Elements(NumberCells)
            from text in Gen.Elements(TextCells)
            from boolean in Gen.Elements(BooleanCells)
            from other in Gen.Elements(NumberCells)
            select $"{number} | {text} | {boolean} | {other} | 1";
        var tables = Gen.Choose(1, 150).SelectMany(count => Gen.ArrayOf(row, count));

        Prop.ForAll(tables.ToArbitrary(), rows => AgreesForAllInputs([.. rows.Where(IsReadable)])).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Finds_the_same_rows_where_memory_makes_its_sets_coarse()
    {
        var random = new Random(11);
        var rows = Enumerable.Range(0, 6000).Select(i => $"[{random.Next(20000)}..{random.Next(20000, 40000)}] | \"k{i}\" | - | - | 1").ToArray();
        var (table, run) = (Read(rows).Decisions[0].Tables[0], Documents.Run());
        for (var i = 0; i < 300; i++)
        {
            FeelValue[] frame = [Documents.Number(random.Next(-5, 41000)), Documents.Text($"k{random.Next(6100)}"), default, default, default, default, default];
            table.Matches(frame, run).Should().Equal(table.Scan(frame, frame, run));
        }
    }

    [Fact]
    public void Finds_rows_in_a_table_with_more_columns_than_it_indexes()
    {
        var inputs = Enumerable.Range(0, 70).Select(i => ($"i{i}", "number")).ToArray();
        var cells = Enumerable.Range(0, 70).Select(i => $"{i}").ToArray();
        var xml = Documents.Table("hitPolicy=\"FIRST\"", inputs, [("o", null)], string.Join(" | ", [.. cells[..69], "0", "1"]), string.Join(" | ", [.. cells, "2"]));

        var values = Enumerable.Range(0, 70).Select(i => ($"i{i}", Documents.Number(i))).ToArray();

        Documents.Decide(xml, values).Output.ToString().Should().Be("2");
    }

    private static bool IsReadable(string row) => !row.Contains("\"a\"..", StringComparison.Ordinal);

    private static DmnModel Read(string[] rows) => DmnModel.Parse(Documents.Table(
        "hitPolicy=\"COLLECT\"", [("n", "number"), ("t", "string"), ("f", "boolean"), ("m", "number"), ("b", "number"), ("s", "string")], [("o", null)],
        [.. rows.Select(row => string.Join(" | ", row.Split(" | ") is [.. var cells, var output] ? [.. cells, "-", "-", output] : Array.Empty<string>()))]));

    private static bool AgreesForAllInputs(string[] rows)
    {
        var model = Read(rows);
        model.Problems.Should().BeEmpty();
        var table = model.Decisions[0].Tables[0];
        var (random, run) = (new Random(rows.Length), Documents.Run());
        for (var i = 0; i < 60; i++)
        {
            FeelValue[] frame =
            [
                Pick(Numbers), Pick(Texts), Pick(Booleans), Pick(Numbers), Pick(Numbers), Pick(Texts), default,
            ];
            if (!table.Matches(frame, run).SequenceEqual(table.Scan(frame, frame, run)) || !table.Scan(frame, frame, run).SequenceEqual(ByExpression(frame)))
                return false;
        }
        return true;

        FeelValue Pick(FeelValue[] values) => values[random.Next(values.Length)];

        // What FEEL says of every cell, constant or not.
        IEnumerable<int> ByExpression(FeelValue[] frame) => Enumerable.Range(0, rows.Length).Where(row => table.Rows[row].Cells.Index().All(cell =>
        {
            var own = (FeelValue[])frame.Clone();
            own[^1] = frame[cell.Index];
            return cell.Item.IsAny || cell.Item.Expression.IsTrue(own, run);
        }));
    }
}
