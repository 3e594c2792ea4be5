using System.Globalization;
using System.IO.Compression;
using System.Text;

using Switchboard.Domain;

namespace Switchboard.Data.Transfer;

/// <summary>
/// One sheet of an Office Open XML workbook (ECMA-376 part 1, §18), read as a stream of rows. Formulas count as the value
/// that was saved with them; dates become ISO 8601, numbers their shortest decimal form, booleans true and false.
/// </summary>
internal sealed class XlsxTable : SourceTable
{
    private readonly Stream file;

    private readonly ZipArchive archive;

    private readonly SharedStrings shared;

    private readonly DateStyles dates;

    private readonly IEnumerator<SheetRow> rows;

    public XlsxTable(Stream file, SourceOptions options)
    {
        this.file = file;
        archive = InflationLimits.OpenArchive(file);
        try
        {
            var (sheet, date1904) = FindSheet(options.Sheet);
            shared = SharedStrings.Read(archive.GetEntry("xl/sharedStrings.xml"), file.Length);
            dates = DateStyles.Read(archive.GetEntry("xl/styles.xml"), file.Length, date1904);
            rows = ReadSheet(sheet).GetEnumerator();
            Header = ReadHeader();
        }
        catch
        {
            rows?.Dispose();
            archive.Dispose();
            throw;
        }
    }

    public override string Format => "xlsx";

    public override IEnumerable<SourceRow> Rows()
    {
        // A workbook keeps white space on purpose (xml:space), a text file by accident.
        var literal = Header.Select(_ => true).ToArray();
        while (rows.MoveNext())
        {
            var row = rows.Current;
            if (row.Error is null && row.Cells.All(string.IsNullOrWhiteSpace))
                continue;
            var cells = new string[Header.Count];
            for (var i = 0; i < cells.Length; i++)
                cells[i] = i < row.Cells.Count ? row.Cells[i] : "";
            yield return new SourceRow(row.Number, cells, row.Error ?? Ragged(row), literal);
        }
    }

    public override void Dispose()
    {
        rows.Dispose();
        archive.Dispose();
    }

    private FieldError? Ragged(SheetRow row) =>
        row.Cells.Skip(Header.Count).All(string.IsNullOrWhiteSpace)
            ? null
            : new FieldError("", "ragged_row", $"The row has values to the right of the header's {Header.Count} columns.");

    private string[] ReadHeader()
    {
        while (rows.MoveNext())
        {
            if (rows.Current.Error is { } error)
                throw Refused(error.Code, $"The header cannot be read. {error.Detail}");
            var header = rows.Current.Cells.Select(cell => cell.Trim()).ToList();
            while (header.Count > 0 && header[^1].Length == 0)
                header.RemoveAt(header.Count - 1);
            if (header.Count > 0)
                return [.. header];
        }
        throw Refused("empty_file", "The sheet has no header.");
    }

    private (ZipArchiveEntry Sheet, bool Date1904) FindSheet(string? wanted)
    {
        var workbook = archive.GetEntry("xl/workbook.xml") ?? throw Refused("not_a_table",
            "The archive is not an .xlsx workbook: it has no xl/workbook.xml.");
        string? relationship = null, found = null;
        var date1904 = false;
        var sheets = new List<string>();
        using (var xml = new SheetXml(workbook, file.Length))
        {
            while (xml.Read())
            {
                if (xml.IsElement && xml.Name == "workbookPr")
                    date1904 = xml["date1904"] is "1" or "true";
                if (!xml.IsElement || xml.Name != "sheet")
                    continue;
                sheets.Add(xml["name"] ?? "");
                if (found is not null)
                    continue;
                var fits = wanted is null ? xml["state"] is null or "visible" : xml["name"] == wanted;
                if (fits)
                    (found, relationship) = (xml["name"], xml.Relationship("id"));
            }
        }
        if (found is null)
            throw Refused("unknown_sheet", wanted is null ? "The workbook has no visible sheet." : $"The workbook has no sheet '{wanted}'.");
        (Sheets, ReadAs) = (sheets, new SourceOptions { Sheet = found });
        return (archive.GetEntry(TargetOf(relationship)) ?? throw Refused("damaged_file", $"The sheet '{found}' is not in the workbook."), date1904);
    }

    private string TargetOf(string? relationship)
    {
        if (archive.GetEntry("xl/_rels/workbook.xml.rels") is { } entry)
        {
            using var xml = new SheetXml(entry, file.Length);
            while (xml.Read())
            {
                if (!xml.IsElement || xml.Name != "Relationship" || xml["Id"] != relationship)
                    continue;
                if (xml["TargetMode"] == "External")
                    throw Refused("external_link", "The sheet is a link to another file, which is not followed.");
                var target = xml["Target"] ?? "";
                return target.StartsWith('/') ? target[1..] : "xl/" + target;
            }
        }
        throw Refused("damaged_file", "The workbook does not say where its sheet is.");
    }

    private IEnumerable<SheetRow> ReadSheet(ZipArchiveEntry sheet)
    {
        using var xml = new SheetXml(sheet, file.Length);
        var row = new SheetRow();
        var count = 0;
        while (xml.Read())
        {
            if (!xml.IsElement || xml.Name != "row")
                continue;
            if (++count > XlsxWriter.MostRows)
                throw InflationLimits.Exceeded($"its sheet has more than {XlsxWriter.MostRows} rows");
            row.Begin(xml["r"]);
            if (!xml.IsEmptyElement)
                ReadRow(xml, row);
            yield return row;
        }
    }

    private void ReadRow(SheetXml xml, SheetRow row)
    {
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.IsElement && xml.Name == "c")
                ReadCell(xml, row);
        }
    }

    private void ReadCell(SheetXml xml, SheetRow row)
    {
        var column = ColumnOf(xml["r"]) ?? row.Cells.Count;
        if (column >= MostColumns)
        {
            row.Error ??= new FieldError("", "too_many_columns", $"The row has a cell beyond column {MostColumns}.");
            return;
        }
        var (type, style) = (xml["t"], xml["s"]);
        if (xml.IsEmptyElement)
            return;

        var depth = xml.Depth;
        var value = row.Text.Clear();
        var (formula, phonetic, within) = (false, false, "");
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.IsElement || xml.IsEndElement)
            {
                phonetic = xml.Name == "rPh" ? xml.IsElement && !xml.IsEmptyElement : phonetic; // a reading aid, not text
                within = xml.IsElement ? xml.Name : "";
                formula |= within == "f";
            }
            else if (within is "v" or "t" && !phonetic && !xml.AppendText(value, LongestCell))
            {
                row.Error ??= new FieldError("", "too_long", TooLong);
            }
        }
        if (formula && value.Length == 0 && type != "str")
        {
            row.Error ??= new FieldError("", "formula_without_value",
                "A cell has a formula without a saved value. Open and save the workbook in a spreadsheet, or paste values.");
        }
        row.Put(column, Value(value.ToString(), type, style, row));
    }

    private string Value(string raw, string? type, string? style, SheetRow row)
    {
        switch (type)
        {
            case "s":
                return shared.At(raw) ?? throw Refused("damaged_file", $"Row {row.Number} refers to the text number {raw}, which is not there.");
            case "inlineStr" or "str":
                return Unescape(raw);
            case "b":
                return raw == "1" ? "true" : raw == "0" ? "false" : raw;
            case "e":
                row.Error ??= new FieldError("", "cell_error", $"A cell has the error {raw} instead of a value.");
                return raw;
            case "d":
                return raw;
            default:
                return Number(raw, style);
        }
    }

    private string Number(string raw, string? style)
    {
        if (raw.Length == 0 || !double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return raw;
        if (dates.IsDate(style) && dates.Format(number) is { } date)
            return date;
        // 15 digits are what a spreadsheet shows; the 16th and 17th of 0.1+0.2 are noise of the binary form.
        return decimal.TryParse(number.ToString("G15", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            ? exact.ToString("0.#############################", CultureInfo.InvariantCulture)
            : raw;
    }

    /// <summary>The zero-based column of a cell reference such as <c>AB12</c>; null when there is none.</summary>
    private static int? ColumnOf(string? reference)
    {
        var column = 0;
        foreach (var c in reference ?? "")
        {
            if (!char.IsAsciiLetter(c))
                break;
            column = (column * 26) + (c | 32) - 'a' + 1;
            if (column > MostColumns)
                break;
        }
        return column == 0 ? null : column - 1;
    }

    /// <summary>Characters that XML cannot carry are written <c>_x001F_</c> (ECMA-376 part 1, §22.9.2.19).</summary>
    internal static string Unescape(string text)
    {
        var at = text.IndexOf("_x", StringComparison.Ordinal);
        if (at < 0)
            return text;
        var result = new StringBuilder(text.Length).Append(text, 0, at);
        while (at < text.Length)
        {
            if (at + 7 <= text.Length && text[at] == '_' && text[at + 1] == 'x' && text[at + 6] == '_'
                && ushort.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                result.Append((char)code);
                at += 7;
            }
            else
            {
                result.Append(text[at++]);
            }
        }
        return result.ToString();
    }

    /// <summary>One row, used again for the next.</summary>
    private sealed class SheetRow
    {
        private int length;

        public int Number { get; private set; }

        public List<string> Cells { get; } = [];

        public StringBuilder Text { get; } = new();

        public FieldError? Error { get; set; }

        public void Begin(string? number)
        {
            Number = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : Number + 1;
            Cells.Clear();
            Error = null;
            length = 0;
        }

        public void Put(int column, string text)
        {
            while (Cells.Count <= column)
                Cells.Add("");
            if (text.Length > LongestRow - length)
            {
                Error ??= new FieldError("", "too_long", TooLong);
                return;
            }
            length += text.Length;
            Cells[column] = text;
            if (text.Contains('\0'))
                Error ??= new FieldError("", "invalid_character", "A cell has the character U+0000, which is not text.");
        }
    }
}

/// <summary>The texts that cells refer to by number, as UTF-8 in a few large arrays instead of millions of strings.</summary>
internal sealed class SharedStrings
{
    private const int Block = 1 << 20;

    private readonly List<byte[]> blocks = [];

    private readonly List<long> ends = [];

    private long length;

    public static SharedStrings Read(ZipArchiveEntry? entry, long fileLength)
    {
        var strings = new SharedStrings();
        if (entry is null)
            return strings;
        using var xml = new SheetXml(entry, fileLength);
        var text = new StringBuilder();
        var (phonetic, within) = (false, false);
        while (xml.Read())
        {
            if (xml.IsElement)
            {
                if (xml.Name == "si")
                {
                    text.Clear();
                    if (xml.IsEmptyElement)
                        strings.Add("");
                }
                phonetic |= xml.Name == "rPh" && !xml.IsEmptyElement;
                within = xml.Name == "t" && !xml.IsEmptyElement;
            }
            else if (xml.IsEndElement)
            {
                if (xml.Name == "si")
                    strings.Add(text.ToString());
                phonetic &= xml.Name != "rPh";
                within = false;
            }
            else if (within && !phonetic && !xml.AppendText(text, SourceTable.LongestCell))
            {
                throw InflationLimits.Exceeded("one of its texts is too long");
            }
        }
        return strings;
    }

    public string? At(string number)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= ends.Count)
            return null;
        var start = index == 0 ? 0 : ends[index - 1];
        var bytes = new byte[ends[index] - start];
        for (var at = 0; at < bytes.Length;)
        {
            var (block, offset) = ((int)((start + at) / Block), (int)((start + at) % Block));
            var count = Math.Min(bytes.Length - at, Block - offset);
            blocks[block].AsSpan(offset, count).CopyTo(bytes.AsSpan(at));
            at += count;
        }
        return XlsxTable.Unescape(Encoding.UTF8.GetString(bytes));
    }

    private void Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan();
        if (length + bytes.Length > InflationLimits.SharedText || ends.Count == InflationLimits.SharedStrings)
            throw InflationLimits.Exceeded($"it has more than {InflationLimits.SharedText >> 20} MB or {InflationLimits.SharedStrings:N0} of different texts");
        while (!bytes.IsEmpty)
        {
            var offset = (int)(length % Block);
            if (offset == 0)
                blocks.Add(new byte[Block]);
            var count = Math.Min(bytes.Length, Block - offset);
            bytes[..count].CopyTo(blocks[^1].AsSpan(offset));
            bytes = bytes[count..];
            length += count;
        }
        ends.Add(length);
    }
}

/// <summary>Which cell styles show a number as a date.</summary>
internal sealed class DateStyles
{
    private readonly List<bool> styles = [];

    private bool date1904;

    public static DateStyles Read(ZipArchiveEntry? entry, long fileLength, bool date1904)
    {
        var dates = new DateStyles { date1904 = date1904 };
        if (entry is null)
            return dates;
        var formats = new Dictionary<string, bool>();
        var within = false;
        using var xml = new SheetXml(entry, fileLength);
        while (xml.Read())
        {
            if (xml.Name == "cellXfs")
                within = xml.IsElement && !xml.IsEmptyElement;
            if (!xml.IsElement)
                continue;
            if (xml.Name == "numFmt" && xml["numFmtId"] is { } id && formats.Count < 10_000)
                formats[id] = ShowsDate(xml["formatCode"] ?? "");
            else if (within && xml.Name == "xf" && dates.styles.Count < 100_000)
                dates.styles.Add(xml["numFmtId"] is { } format && (formats.TryGetValue(format, out var date) ? date : IsBuiltInDate(format)));
        }
        return dates;
    }

    public bool IsDate(string? style) =>
        int.TryParse(style, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < styles.Count && styles[index];

    /// <summary>ISO 8601: a date when there is no time of day; null when the number is no date.</summary>
    public string? Format(double days)
    {
        // 1900-02-29 never was, but counts: so day 1 to 59 are one off (ECMA-376 part 1, §18.17.4.1).
        var offset = date1904 ? 1462 : days < 60 ? 1 : 0;
        if (days + offset is < 1 or >= 2958466)
            return null;
        var instant = new DateTime(1899, 12, 30).AddMilliseconds(Math.Round((days + offset) * 86_400_000));
        return instant.TimeOfDay == TimeSpan.Zero
            ? instant.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : instant.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF", CultureInfo.InvariantCulture);
    }

    private static bool IsBuiltInDate(string format) =>
        int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id is (>= 14 and <= 22) or (>= 27 and <= 36) or (>= 45 and <= 47) or (>= 50 and <= 58);

    private static bool ShowsDate(string format)
    {
        var (quoted, bracket) = (false, false);
        for (var i = 0; i < format.Length; i++)
        {
            var c = format[i];
            if (c == '"')
                quoted = !quoted;
            else if (c is '\\' or '_' or '*')
                i++;
            else if (c is '[' or ']')
                bracket = c == '[';
            else if (!quoted && !bracket && (c | 32) is 'y' or 'd' or 'm' or 'h' or 's')
                return !format.StartsWith("General", StringComparison.OrdinalIgnoreCase);
        }
        return false;
    }
}
