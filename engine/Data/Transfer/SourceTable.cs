using System.Globalization;

using Switchboard.Domain;

namespace Switchboard.Data.Transfer;

/// <summary>One row below the header of an uploaded file.</summary>
/// <param name="Line">Where a person finds it: the line at which it begins in a text file, the row in a sheet; the header is 1.</param>
/// <param name="Cells">As many as the header has, unless <paramref name="Error"/> says otherwise; a cell that is not there is "".</param>
/// <param name="Error">Why the row cannot be read at all; null when it can.</param>
/// <param name="Quoted">Which cells are meant to the letter, with the white space around them; null for none.</param>
public sealed record SourceRow(int Line, string[] Cells, FieldError? Error = null, bool[]? Quoted = null)
{
    /// <summary>The cell as a person meant it.</summary>
    public string Text(int column) => Quoted?[column] == true ? Cells[column] : Cells[column].Trim();
}

/// <summary>What a reader must be told because the file does not say it; null lets the reader find out.</summary>
public sealed record SourceOptions
{
    /// <summary>One of <c>utf-8 utf-16 windows-1252 iso-8859-1 iso-8859-15</c>; text files only.</summary>
    public string? Encoding { get; init; }

    /// <summary>One of comma, semicolon, tab and pipe as the character itself; text files only.</summary>
    public char? Delimiter { get; init; }

    /// <summary>The sheet's name; without it the first visible sheet is read. Workbooks only.</summary>
    public string? Sheet { get; init; }
}

/// <summary>
/// A CSV file or a sheet of a workbook, read forward in bounded memory: whatever the file claims or contains, no more
/// than one row, one buffer and (for a workbook) its limited shared strings are held.
/// </summary>
public abstract class SourceTable : IDisposable
{
    /// <summary>More than any record type has fields; a header of more is a file of another kind.</summary>
    public const int MostColumns = 1000;

    /// <summary>UTF-16 code units; longer cells make a row error and are cut to this in the error file. Excel's own limit is 32,767.</summary>
    public const int LongestCell = 1_000_000;

    /// <summary>All cells of a row together, so that a thousand long ones are no way round.</summary>
    public const int LongestRow = 4_000_000;

    internal static readonly string TooLong = string.Create(CultureInfo.InvariantCulture,
        $"A cell has more than {LongestCell:N0} characters, or the row more than {LongestRow:N0}.");

    /// <summary><c>csv</c> or <c>xlsx</c>.</summary>
    public abstract string Format { get; }

    /// <summary>The trimmed texts of the first row that has any, without empty ones at its end.</summary>
    public IReadOnlyList<string> Header { get; protected set; } = [];

    /// <summary>How it is read: what was asked for, and what was found out where nothing was.</summary>
    public SourceOptions ReadAs { get; protected set; } = new();

    /// <summary>The names of a workbook's sheets, in its order; none for a text file.</summary>
    public IReadOnlyList<string> Sheets { get; protected set; } = [];

    /// <summary>Sentences about what was taken in spite of a doubt, such as the encoding.</summary>
    public IReadOnlyList<string> Warnings { get; protected set; } = [];

    /// <summary>The rows after the header, once; rows without any text are left out.</summary>
    public abstract IEnumerable<SourceRow> Rows();

    public abstract void Dispose();

    /// <summary>Reads the header of a file whose kind is told by its first bytes, not by its name.</summary>
    /// <param name="file">Seekable, at any position; stays open and belongs to the caller.</param>
    /// <exception cref="ProblemException">422 when the file cannot be read as a table at all.</exception>
    public static SourceTable Open(Stream file, SourceOptions? options = null)
    {
        options ??= new SourceOptions();
        Span<byte> start = stackalloc byte[8];
        file.Position = 0;
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8))
            return new XlsxTable(file, options);
        if (start.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]))
        {
            throw Refused("encrypted_file",
                "The workbook is protected by a password or has the old .xls format. Save it without a password as .xlsx or CSV.");
        }
        return new CsvTable(file, options);
    }

    internal static ProblemException Refused(string code, string detail) => new(422, code, detail);
}
