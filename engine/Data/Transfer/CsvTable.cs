using System.Text;

using Switchboard.Domain;

namespace Switchboard.Data.Transfer;

/// <summary>
/// Comma-separated values after RFC 4180 and as spreadsheets really write them: also semicolons, tabs and pipes, any
/// line end, quotes in the middle of a cell, an Excel <c>sep=</c> line. Own code rather than a library's, because every
/// length is bounded here and a bad row is a row with a reason instead of an exception.
/// </summary>
internal sealed class CsvTable : SourceTable
{
    private static readonly char[] Delimiters = [',', ';', '\t', '|'];

    private readonly CsvParser parser;

    public CsvTable(Stream file, SourceOptions options)
    {
        var (encoding, preamble, warning) = TextEncoding.Detect(file, options.Encoding);
        Warnings = warning is null ? [] : [warning];
        var delimiter = options.Delimiter ?? DelimiterOf(file, encoding, preamble);
        ReadAs = new SourceOptions { Encoding = encoding.WebName, Delimiter = delimiter };
        parser = new CsvParser(file, encoding, preamble, delimiter);
        Header = ReadHeader();
    }

    public override string Format => "csv";

    public override IEnumerable<SourceRow> Rows()
    {
        while (parser.Read())
        {
            if (!parser.IsEmpty)
                yield return Row();
        }
    }

    public override void Dispose() => parser.Dispose();

    private string[] ReadHeader()
    {
        while (parser.Read())
        {
            if (parser.IsEmpty || (parser.Line == 1 && IsSeparatorLine(parser.Cells)))
                continue;
            if (parser.Error is { } error)
                throw Refused(error.Code, $"The header cannot be read. {error.Detail}");
            var header = parser.Cells.Select(cell => cell.Trim()).ToList();
            while (header.Count > 0 && header[^1].Length == 0)
                header.RemoveAt(header.Count - 1);
            return [.. header];
        }
        throw Refused("empty_file", "The file has no header.");
    }

    private SourceRow Row()
    {
        var cells = new string[Header.Count];
        for (var i = 0; i < cells.Length; i++)
            cells[i] = i < parser.Cells.Count ? parser.Cells[i] : "";
        bool[]? quoted = null;
        if (parser.Quoted.Count > 0)
        {
            quoted = new bool[Header.Count];
            foreach (var at in parser.Quoted)
            {
                if (at < quoted.Length)
                    quoted[at] = true;
            }
        }
        return new SourceRow(parser.Line, cells, parser.Error ?? Ragged(), quoted);
    }

    private FieldError? Ragged()
    {
        // More empty cells than the header has are what a spreadsheet leaves when a column was cleared.
        var count = parser.CellCount;
        if (count > Header.Count && parser.Cells.Skip(Header.Count).All(string.IsNullOrWhiteSpace) && parser.Cells.Count == count)
            return null;
        return count == Header.Count ? null : new FieldError("", "ragged_row",
            $"The row has {count} cells and the header {Header.Count}. Look for a missing or a stray delimiter or quote.");
    }

    private static char DelimiterOf(Stream file, Encoding encoding, int preamble)
    {
        using (var head = new CsvParser(file, encoding, preamble, '\0'))
        {
            if (head.Read() && head.Cells is [var only] && IsSeparatorLine([only]))
                return only.Trim()[4];
        }
        return Delimiters.MaxBy(delimiter => Fit(file, encoding, preamble, delimiter));
    }

    private static bool IsSeparatorLine(IReadOnlyList<string> cells) =>
        // With the delimiter in force the line sep=; reads as "sep=" and an empty cell.
        cells[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase)
        && ((cells.Count == 1 && cells[0].Trim().Length == 5 && Delimiters.Contains(cells[0].Trim()[4]))
            || (cells.Count == 2 && cells[0].Length == 4 && cells[1].Length == 0));

    /// <summary>How well the first rows form a table of several columns: rows that agree with the header count first.</summary>
    private static double Fit(Stream file, Encoding encoding, int preamble, char delimiter)
    {
        const int looked = 20;
        using var parser = new CsvParser(file, encoding, preamble, delimiter);
        int header = 0, rows = 0, agree = 0;
        while (rows < looked && parser.Read())
        {
            if (parser.IsEmpty)
                continue;
            if (header == 0)
            {
                header = parser.CellCount;
                if (header == 1)
                    return 0;
            }
            else if (parser.CellCount == header)
            {
                agree++;
            }
            rows++;
        }
        return rows == 0 ? 0 : ((agree + 1.0) / rows * 10) + Math.Min(header, 100) / 100.0;
    }
}

/// <summary>Reads one row after another; knows nothing of headers.</summary>
internal sealed class CsvParser(Stream file, Encoding encoding, int preamble, char delimiter) : IDisposable
{
    private const int End = -1;

    private readonly StreamReader reader = Start(file, encoding, preamble);

    private readonly char[] buffer = new char[1 << 15];

    private readonly StringBuilder cell = new();

    private readonly List<string> cells = [];

    private readonly List<int> quoted = [];

    private int at;

    private int length;

    private int nextLine = 1;

    private int rowLength;

    private bool cut;

    /// <summary>Cells of the current row; beyond <see cref="SourceTable.MostColumns"/> they are only counted.</summary>
    public IReadOnlyList<string> Cells => cells;

    public int CellCount { get; private set; }

    /// <summary>Positions of the cells that began with a quote.</summary>
    public IReadOnlyList<int> Quoted => quoted;

    /// <summary>The line at which the current row begins, from 1.</summary>
    public int Line { get; private set; }

    public FieldError? Error { get; private set; }

    public bool IsEmpty => Error is null && cells.All(string.IsNullOrWhiteSpace) && CellCount == cells.Count;

    private static StreamReader Start(Stream file, Encoding encoding, int preamble)
    {
        file.Position = preamble;
        return new StreamReader(file, encoding, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 16, leaveOpen: true);
    }

    /// <returns>False at the end of the file.</returns>
    public bool Read()
    {
        cells.Clear();
        quoted.Clear();
        CellCount = 0;
        rowLength = 0;
        Error = null;
        Line = nextLine;
        if (Peek() == End)
            return false;
        while (ReadCell())
        {
        }
        return true;
    }

    /// <returns>True when another cell of the row follows.</returns>
    private bool ReadCell()
    {
        cell.Clear();
        cut = false;
        if (Peek() == '"')
        {
            quoted.Add(CellCount);
            ReadQuoted();
        }
        ReadPlain();
        CellCount++;
        rowLength += cell.Length;
        if (cells.Count < SourceTable.MostColumns)
            cells.Add(Text());
        else
            Error ??= new FieldError("", "too_many_columns", $"The row has more than {SourceTable.MostColumns} cells.");

        switch (Peek())
        {
            case End:
                return false;
            case '\r':
                at++;
                if (Peek() == '\n')
                    at++;
                nextLine++;
                return false;
            case '\n':
                at++;
                nextLine++;
                return false;
            default:
                at++; // the delimiter
                return true;
        }
    }

    private void ReadQuoted()
    {
        at++;
        while (true)
        {
            if (Peek() == End)
            {
                Error ??= new FieldError("", "unclosed_quote",
                    $"A quote opened in the row at line {Line} is never closed, so the rest of the file was taken as one cell.");
                return;
            }
            var run = buffer.AsSpan(at, length - at);
            var quote = run.IndexOf('"');
            Append(quote < 0 ? run : run[..quote]);
            at += quote < 0 ? run.Length : quote;
            if (quote < 0)
                continue;
            at++;
            if (Peek() != '"')
                return;
            Append("\"");
            at++;
        }
    }

    /// <summary>Up to the delimiter or the end of the line; after a closing quote whatever follows is taken as it is.</summary>
    private void ReadPlain()
    {
        while (Peek() != End)
        {
            var run = buffer.AsSpan(at, length - at);
            var stop = run.IndexOfAny(delimiter, '\r', '\n');
            Append(stop < 0 ? run : run[..stop]);
            at += stop < 0 ? run.Length : stop;
            if (stop >= 0)
                return;
        }
    }

    private void Append(ReadOnlySpan<char> text)
    {
        nextLine += text.Count('\n');
        var room = Math.Min(SourceTable.LongestCell - cell.Length, SourceTable.LongestRow - rowLength - cell.Length);
        cut |= text.Length > room;
        cell.Append(text.Length > room ? text[..room] : text);
    }

    private string Text()
    {
        var text = cell.ToString();
        if (cell.Capacity > 1 << 16)
            cell.Clear().Capacity = 1 << 10; // one huge cell must not be remembered for ever
        if (cut)
            Error ??= new FieldError("", "too_long", SourceTable.TooLong);
        if (text.Contains('\0'))
            Error ??= new FieldError("", "invalid_character", "A cell has the character U+0000, which is not text.");
        return text;
    }

    private int Peek()
    {
        if (at < length)
            return buffer[at];
        try
        {
            length = reader.Read(buffer, 0, buffer.Length);
        }
        catch (DecoderFallbackException e)
        {
            throw SourceTable.Refused("invalid_encoding",
                $"The text near line {nextLine} is not valid {encoding.WebName}: {e.Message} Save the file as UTF-8.");
        }
        at = 0;
        return length == 0 ? End : buffer[0];
    }

    public void Dispose() => reader.Dispose();
}
