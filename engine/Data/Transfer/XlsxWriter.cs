using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Switchboard.Data.Transfer;

/// <summary>
/// A workbook of one sheet, written while it is read from the database: nothing is kept. Every cell is an inline text,
/// which no spreadsheet evaluates, so values need no guard and come back exactly.
/// </summary>
public sealed class XlsxWriter : IAsyncDisposable
{
    /// <summary>Rows of a sheet, by ECMA-376 and Excel.</summary>
    public const int MostRows = 1_048_576;

    /// <summary>Excel refuses a longer cell.</summary>
    public const int LongestCell = 32_767;

    private readonly ZipArchive archive;

    private readonly StringBuilder buffer = new();

    private StreamWriter sheet;

    private int row;

    private XlsxWriter(ZipArchive archive, StreamWriter sheet)
    {
        this.archive = archive;
        this.sheet = sheet;
    }

    public static async Task<XlsxWriter> CreateAsync(Stream output, string sheetName, CancellationToken ct)
    {
        var archive = await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct);
        await PartAsync(archive, "[Content_Types].xml", """
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>
            """, ct);
        await PartAsync(archive, "_rels/.rels", """
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>
            """, ct);
        await PartAsync(archive, "xl/_rels/workbook.xml.rels", """
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>
            """, ct);
        var name = new StringBuilder();
        Escape(name, sheetName.Length > 31 ? sheetName[..31] : sheetName);
        await PartAsync(archive, "xl/workbook.xml", $"""
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>
            """, ct);
        var writer = await OpenAsync(archive, "xl/worksheets/sheet1.xml", ct);
        await writer.WriteAsync("""
            <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
            <worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
            """.AsMemory(), ct);
        return new XlsxWriter(archive, writer);
    }

    /// <returns>False when the sheet is full or a cell too long for a workbook; nothing was written then.</returns>
    public async ValueTask<bool> WriteAsync(IReadOnlyList<string> cells, CancellationToken ct)
    {
        if (row == MostRows || cells.Any(cell => cell.Length > LongestCell))
            return false;
        row++;
        buffer.Clear().Append(CultureInfo.InvariantCulture, $"<row r=\"{row}\">");
        for (var i = 0; i < cells.Count; i++)
        {
            if (cells[i].Length == 0)
                continue;
            buffer.Append("<c r=\"");
            Column(buffer, i);
            buffer.Append(CultureInfo.InvariantCulture, $"{row}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
            Escape(buffer, cells[i]);
            buffer.Append("</t></is></c>");
        }
        buffer.Append("</row>");
        await sheet.WriteAsync(buffer, ct);
        return true;
    }

    /// <summary>Ends the workbook; without this call it is damaged, so that half an export is never taken for a whole one.</summary>
    public async Task CompleteAsync(CancellationToken ct)
    {
        await sheet.WriteAsync("</sheetData></worksheet>".AsMemory(), ct);
        await sheet.DisposeAsync();
        sheet = StreamWriter.Null;
        await archive.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await sheet.DisposeAsync();
    }

    private static async Task PartAsync(ZipArchive archive, string name, string content, CancellationToken ct)
    {
        await using var writer = await OpenAsync(archive, name, ct);
        await writer.WriteAsync(content.AsMemory(), ct);
    }

    private static async Task<StreamWriter> OpenAsync(ZipArchive archive, string name, CancellationToken ct) =>
        new(await archive.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(ct), new UTF8Encoding(false), bufferSize: 1 << 15);

    private static void Column(StringBuilder text, int column)
    {
        if (column >= 26)
            Column(text, (column / 26) - 1);
        text.Append((char)('A' + (column % 26)));
    }

    private static void Escape(StringBuilder text, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            switch (c)
            {
                case '&':
                    text.Append("&amp;");
                    break;
                case '<':
                    text.Append("&lt;");
                    break;
                case '>':
                    text.Append("&gt;");
                    break;
                case '"':
                    text.Append("&quot;");
                    break;
                case '_' when i + 6 < value.Length && value[i + 1] == 'x' && value[i + 6] == '_':
                    text.Append("_x005F_"); // it only looks like an escape
                    break;
                case '\t' or '\n':
                    text.Append(c);
                    break;
                case < ' ' or '\uFFFE' or '\uFFFF':
                    text.Append(CultureInfo.InvariantCulture, $"_x{(int)c:X4}_");
                    break;
                case var _ when char.IsSurrogate(c) && !(char.IsHighSurrogate(c) ? i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]) : i > 0 && char.IsHighSurrogate(value[i - 1])):
                    text.Append('\uFFFD');
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
    }
}
