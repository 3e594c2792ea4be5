using System.IO.Compression;
using System.Text;
using FluentAssertions;
using Switchboard.Data.Transfer;
using Xunit;

namespace Switchboard.Data.Tests.Transfer;

public sealed class XlsxTableTests
{
    private const string Main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

    [Fact]
    public void Shared_and_inline_texts_numbers_dates_booleans_and_formulas_are_read_as_their_values()
    {
        using var table = Open(
            sheet: """
                <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>number</t></is></c><c r="C1" t="s"><v>1</v></c><c r="D1" t="str"><v>flag</v></c><c r="E1" t="s"><v>2</v></c></row>
                <row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3"><v>1.6025550100E10</v></c><c r="C3" s="1"><v>46433</v></c><c r="D3" t="b"><v>1</v></c><c r="E3"><f>B3*2</f><v>0.30000000000000004</v></c></row>
                """,
            shared: "<si><t>name</t></si><si><t>day</t></si><si><r><t>for</t></r><r><t>mula</t></r></si><si><t xml:space=\"preserve\"> a_x0009_b </t><rPh sb=\"0\" eb=\"1\"><t>reading</t></rPh></si>");

        table.Header.Should().Equal("name", "number", "day", "flag", "formula");
        var row = table.Rows().Should().ContainSingle().Subject;
        row.Line.Should().Be(3);
        row.Cells.Should().Equal(" a\tb ", "16025550100", "2027-02-15", "true", "0.3");
    }

    [Fact]
    public void Cells_that_are_left_out_are_empty_and_rows_without_text_are_no_rows()
    {
        using var table = Open("""
            <row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c><c t="inlineStr"><is><t>c</t></is></c></row>
            <row/><row r="9"><c r="A9" s="1"/></row><row r="10"><c r="C10"><v>5</v></c></row>
            """);

        table.Rows().Single().Cells.Should().Equal("", "", "5");
    }

    [Theory]
    [InlineData("<c r=\"A2\"><f>1+1</f></c>", "formula_without_value")]
    [InlineData("<c r=\"A2\" t=\"e\"><v>#REF!</v></c>", "cell_error")]
    [InlineData("<c r=\"C2\"><v>1</v></c>", "ragged_row")]
    [InlineData("<c r=\"XFD2\"><v>1</v></c>", "too_many_columns")]
    public void A_cell_without_a_value_is_a_row_with_a_reason(string cell, string code)
    {
        using var table = Open($"<row r=\"1\"><c t=\"inlineStr\"><is><t>a</t></is></c></row><row r=\"2\">{cell}</row>");

        table.Rows().Single().Error!.Code.Should().Be(code);
    }

    [Fact]
    public async Task What_is_written_is_read_back()
    {
        string[] cells = ["plain", " spaced ", "=1+1", "<&>\"'", "two\r\nlines", "", "\u0001\u001F", "_x0041_", "é😀", "+1", " "];
        using var file = new MemoryStream();
        var writer = await XlsxWriter.CreateAsync(file, "Sites & more", default);
        (await writer.WriteAsync([.. cells.Select((_, at) => $"c{at}")], default)).Should().BeTrue();
        (await writer.WriteAsync(cells, default)).Should().BeTrue();
        (await writer.WriteAsync([new string('x', XlsxWriter.LongestCell + 1)], default)).Should().BeFalse();
        await writer.CompleteAsync(default);

        using var table = SourceTable.Open(file);
        var row = table.Rows().Single();
        cells.Select((_, at) => row.Text(at)).Should().Equal(cells);
    }

    [Fact]
    public void A_sheet_is_chosen_by_name_and_hidden_ones_are_not_the_first()
    {
        var parts = Parts(Row("shown"));
        parts["xl/workbook.xml"] = Workbook("<sheet name=\"h\" sheetId=\"1\" state=\"hidden\" r:id=\"rId2\"/><sheet name=\"s\" sheetId=\"2\" r:id=\"rId1\"/>");
        parts["xl/_rels/workbook.xml.rels"] = Relationships("<Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Target=\"/xl/worksheets/sheet2.xml\"/>");
        parts["xl/worksheets/sheet2.xml"] = Sheet(Row("hidden"));

        using var first = SourceTable.Open(Zip(parts));
        using var named = SourceTable.Open(Zip(parts), new SourceOptions { Sheet = "h" });

        first.Header.Should().Equal("shown");
        named.Header.Should().Equal("hidden");
        new Action(() => SourceTable.Open(Zip(parts), new SourceOptions { Sheet = "x" })).Should().Throw<ProblemException>().Where(e => e.Code == "unknown_sheet");
    }

    public static TheoryData<string, string> Bombs() => new()
    {
        { "a sheet of 500 MB of spaces", "workbook_too_large" },
        { "a sheet of 500 MB of cells", "workbook_too_large" },
        { "shared strings of 500 MB", "workbook_too_large" },
        { "shared strings without end", "workbook_too_large" },
        { "one text of 20 MB", "workbook_too_large" },
        { "deep nesting", "workbook_too_large" },
        { "many names", "workbook_too_large" },
        { "many parts", "workbook_too_large" },
        { "billion laughs", "damaged_file" },
        { "an external entity", "damaged_file" },
        { "an external sheet", "external_link" },
        { "a zip that is no workbook", "not_a_table" },
        { "half a workbook", "damaged_file" },
        { "an old or encrypted workbook", "encrypted_file" },
        { "a text number out of range", "damaged_file" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_is_refused_with_a_reason_in_bounded_memory(string bomb, string code)
    {
        using var file = Bomb(bomb);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = before;

        var read = () =>
        {
            using var table = SourceTable.Open(file);
            foreach (var row in table.Rows())
            {
                if (row.Line % 10_000 == 0)
                    peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            }
        };

        read.Should().Throw<ProblemException>().Where(e => e.Code == code && e.Status == 422);
        (Math.Max(peak, GC.GetTotalMemory(false)) - before).Should().BeLessThan(256 << 20);
    }

    private static MemoryStream Bomb(string bomb)
    {
        var parts = Parts(Row("a"));
        switch (bomb)
        {
            case "a sheet of 500 MB of spaces":
                return Zip(parts, "xl/worksheets/sheet1.xml", Repeat($"<worksheet {Main}><sheetData>", new string(' ', 1 << 20), 500));
            case "a sheet of 500 MB of cells":
                return Zip(parts, "xl/worksheets/sheet1.xml", Repeat($"<worksheet {Main}><sheetData>",
                    string.Concat(Enumerable.Repeat(Row("a"), 20_000)), 400));
            case "shared strings of 500 MB":
                return Zip(parts, "xl/sharedStrings.xml", Repeat($"<sst {Main}>", string.Concat(Enumerable.Repeat("<si><t>aaaaaaaaaaaaaaaaaaaaaa</t></si>", 30_000)), 500));
            case "shared strings without end":
                // Incompressible, so that only the count of the strings' bytes stops it.
                var random = new Random(1);
                return Zip(parts, "xl/sharedStrings.xml", [$"<sst {Main}>", .. Enumerable.Range(0, 80_000).Select(_ => $"<si><t>{Convert.ToHexString(Bytes(random, 500))}</t></si>"), "</sst>"]);
            case "one text of 20 MB":
                return Zip(parts, "xl/worksheets/sheet1.xml", [$"<worksheet {Main}><sheetData><row><c t=\"inlineStr\"><is><t>", new string('x', 20 << 20), "</t></is></c></row></sheetData></worksheet>"]);
            case "deep nesting":
                return Zip(parts, "xl/worksheets/sheet1.xml", [$"<worksheet {Main}>", string.Concat(Enumerable.Repeat("<a>", 100_000))]);
            case "many names":
                return Zip(parts, "xl/worksheets/sheet1.xml", [$"<worksheet {Main}>", .. Enumerable.Range(0, 100_000).Select(at => $"<n{at}/>"), "</worksheet>"]);
            case "many parts":
                for (var at = 0; at < 3_000; at++)
                    parts[$"xl/media/{at}.png"] = "";
                return Zip(parts);
            case "billion laughs":
                parts["xl/worksheets/sheet1.xml"] = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>" + Sheet(Row("&b;"))[38..];
                return Zip(parts);
            case "an external entity":
                parts["xl/workbook.xml"] = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">" + parts["xl/workbook.xml"][38..];
                return Zip(parts);
            case "an external sheet":
                parts["xl/_rels/workbook.xml.rels"] = Relationships("<Relationship Id=\"rId1\" Target=\"http://x/sheet.xml\" TargetMode=\"External\"/>");
                return Zip(parts);
            case "a zip that is no workbook":
                return Zip(new Dictionary<string, string> { ["word/document.xml"] = "<x/>" });
            case "half a workbook":
                var whole = Zip(parts).ToArray();
                return new MemoryStream(whole[..(whole.Length / 2)]);
            case "an old or encrypted workbook":
                return new MemoryStream([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0, 0, 0]);
            default:
                parts["xl/worksheets/sheet1.xml"] = Sheet(Row("a") + "<row><c t=\"s\"><v>7</v></c></row>");
                return Zip(parts);
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<string> Repeat(string head, string body, int times) => Enumerable.Repeat(body, times).Prepend(head);

    private static SourceTable Open(string sheet, string? shared = null)
    {
        var parts = Parts(sheet);
        if (shared is not null)
            parts["xl/sharedStrings.xml"] = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><sst {Main}>{shared}</sst>";
        parts["xl/styles.xml"] = $"<styleSheet {Main}><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd;@\"/></numFmts><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";
        return SourceTable.Open(Zip(parts));
    }

    private static Dictionary<string, string> Parts(string sheet) => new()
    {
        ["xl/workbook.xml"] = Workbook("<sheet name=\"s\" sheetId=\"1\" r:id=\"rId1\"/>"),
        ["xl/_rels/workbook.xml.rels"] = Relationships("<Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/>"),
        ["xl/worksheets/sheet1.xml"] = Sheet(sheet),
    };

    private static string Row(string text) => $"<row><c t=\"inlineStr\"><is><t>{text}</t></is></c></row>";

    private static string Sheet(string rows) => $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet {Main}><sheetData>{rows}</sheetData></worksheet>";

    private static string Workbook(string sheets) =>
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><workbook {Main} xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{sheets}</sheets></workbook>";

    private static string Relationships(string inner) =>
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>";

    private static MemoryStream Zip(Dictionary<string, string> parts, string? large = null, IEnumerable<string>? content = null)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in parts.Where(part => part.Key != large))
                Write(archive, name, [text]);
            if (large is not null)
                Write(archive, large, content!);
        }
        file.Position = 0;
        return file;
    }

    private static void Write(ZipArchive archive, string name, IEnumerable<string> content)
    {
        using var writer = new StreamWriter(archive.CreateEntry(name, CompressionLevel.Fastest).Open(), new UTF8Encoding(false));
        foreach (var piece in content)
            writer.Write(piece);
    }
}
