using System.Text;
using FluentAssertions;
using Switchboard.Data.Transfer;
using Xunit;

namespace Switchboard.Data.Tests.Transfer;

public sealed class CsvTableTests
{
    [Theory]
    [InlineData("a,b\n1,2\n")]
    [InlineData("a;b\r\n1;2")]
    [InlineData("a\tb\r1\t2\r")]
    [InlineData("a|b\n1|2\n")]
    [InlineData("\uFEFFa,b\n\n1,2\n ,\n")]
    [InlineData("sep=;\r\na;b\r\n1;2\r\n")]
    [InlineData("a;b\n\"1\";\"2\"\n")]
    public void The_usual_ways_to_write_a_table_are_one_table(string text)
    {
        using var table = Open(text);

        table.Header.Should().Equal("a", "b");
        var row = table.Rows().Should().ContainSingle().Subject;
        row.Error.Should().BeNull();
        row.Cells.Should().Equal("1", "2");
    }

    [Fact]
    public void A_delimiter_within_quotes_does_not_choose_the_delimiter()
    {
        using var table = Open("name;notes\r\n\"a, b, c, d\";\"x, y\"\r\nz;\"1,2,3\"\r\n");

        table.Header.Should().Equal("name", "notes");
        table.Rows().Select(row => row.Cells[1]).Should().Equal("x, y", "1,2,3");
    }

    [Fact]
    public void Quoted_cells_keep_line_ends_and_doubled_quotes_and_rows_say_the_line_they_begin_at()
    {
        using var table = Open("a,b\n\"one\ntwo\",\"say \"\"hi\"\"\"\nx,y\n");

        var rows = table.Rows().ToList();
        rows[0].Cells.Should().Equal("one\ntwo", "say \"hi\"");
        rows.Select(row => row.Line).Should().Equal(2, 4);
    }

    [Fact]
    public void White_space_around_a_cell_counts_only_within_quotes_and_the_raw_cell_is_kept()
    {
        using var table = Open("a,b\n x ,\" y \"\n");

        var row = table.Rows().Single();
        row.Text(0).Should().Be("x");
        row.Text(1).Should().Be(" y ");
        row.Cells.Should().Equal(" x ", " y ");
    }

    [Theory]
    [InlineData("1\n", "ragged_row")]
    [InlineData("1,2,3\n", "ragged_row")]
    [InlineData("1,\"2\n3,4\n", "unclosed_quote")]
    [InlineData("1,2\0\n", "invalid_character")]
    public void A_row_that_does_not_fit_the_header_is_a_row_with_a_reason(string row, string code)
    {
        using var table = Open("a,b\n" + new string('7', 5000) + ",8\n" + row);

        var rows = table.Rows().ToList();
        rows[0].Error.Should().BeNull();
        rows[1].Error!.Code.Should().Be(code);
    }

    [Fact]
    public void Empty_cells_to_the_right_are_what_a_spreadsheet_leaves_behind()
    {
        using var table = Open("a,b,,\n1,2,,\n");

        table.Header.Should().Equal("a", "b");
        table.Rows().Single().Error.Should().BeNull();
    }

    [Fact]
    public void Text_that_is_not_UTF8_is_taken_as_Windows_1252_with_a_warning_that_says_where()
    {
        using var table = Open([.. "name\nJos"u8, 0xE9, .. "\n"u8]);

        table.Rows().Single().Cells.Should().Equal("José");
        table.Warnings.Should().ContainSingle().Which.Should().Contain("byte 8");
    }

    [Fact]
    public void Text_that_is_neither_is_refused_with_the_position()
    {
        var open = () => Open([.. "name\nJos"u8, 0xE9, 0x81, .. "\n"u8]);

        open.Should().Throw<ProblemException>().Where(e => e.Code == "invalid_encoding" && e.Detail.Contains("byte 9"));
    }

    [Fact]
    public void A_byte_order_mark_is_a_promise()
    {
        var open = () => Open([0xEF, 0xBB, 0xBF, .. "name\nJos"u8, 0xE9, .. "\n"u8]);

        open.Should().Throw<ProblemException>().Where(e => e.Code == "invalid_encoding" && e.Detail.Contains("byte 11"));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void UTF16_is_found_with_and_without_its_mark(bool bigEndian, bool mark)
    {
        var encoding = new UnicodeEncoding(bigEndian, mark);
        using var table = Open([.. encoding.GetPreamble(), .. encoding.GetBytes("a;b\nJosé;2\n")]);

        table.Rows().Single().Cells.Should().Equal("José", "2");
    }

    [Fact]
    public void A_character_that_crosses_the_reading_buffer_is_no_error()
    {
        for (var pad = 65_530; pad < 65_540; pad++)
        {
            using var table = Open("a\n" + new string('x', pad) + "😀é\n");
            table.Warnings.Should().BeEmpty();
            table.Rows().Single().Cells[0].Should().EndWith("x😀é");
        }
    }

    [Fact]
    public void The_noncharacter_that_could_mark_the_end_does_not_end_the_file()
    {
        using var table = Open("a,b\n1\uFFFF,2\n3,4\n");

        table.Rows().Should().HaveCount(2);
    }

    [Fact]
    public void A_cell_longer_than_the_limit_is_cut_and_its_row_refused()
    {
        using var table = Open("a,b\n" + new string('x', SourceTable.LongestCell + 5) + ",2\n1,2\n");

        var rows = table.Rows().ToList();
        rows[0].Error!.Code.Should().Be("too_long");
        rows[0].Cells[0].Should().HaveLength(SourceTable.LongestCell);
        rows[1].Error.Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n \n\n")]
    [InlineData(",,,\n")]
    public void A_file_without_a_header_is_refused(string text)
    {
        var open = () => Open(text);

        open.Should().Throw<ProblemException>().Where(e => e.Code == "empty_file");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var open = () => Open([0x7F, 0x45, 0x4C, 0x46, 0, 0, 0, 1, 2, 3]);

        open.Should().Throw<ProblemException>().Where(e => e.Code == "not_a_table");
    }

    [Fact]
    public async Task What_is_written_is_read_back()
    {
        string[] cells = ["plain", " spaced ", "a,b", "a;b", "say \"hi\"", "two\r\nlines", "", "tab\there", "é😀", "'", "\""];
        using var file = new MemoryStream();
        await using (var writer = new CsvWriter(file))
        {
            await writer.WriteAsync(cells.Select((_, at) => $"c{at}"), default);
            await writer.WriteAsync(cells, default);
        }

        using var table = SourceTable.Open(file);
        var row = table.Rows().Single();
        cells.Select((_, at) => row.Text(at)).Should().Equal(cells);
    }

    private static SourceTable Open(string text) => Open(Encoding.UTF8.GetBytes(text));

    private static SourceTable Open(byte[] bytes) => SourceTable.Open(new MemoryStream(bytes));
}
