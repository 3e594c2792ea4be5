using System.Buffers;
using System.Text;

namespace Switchboard.Data.Transfer;

/// <summary>RFC 4180 with commas and CRLF. Cells are written as they are given; guarding them is the caller's choice.</summary>
public sealed class CsvWriter(Stream output, bool byteOrderMark = false) : IAsyncDisposable
{
    // More than the RFC asks for, so that the line also holds together in a spreadsheet that expects another delimiter.
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",;\t|\"\r\n");

    private readonly StreamWriter writer = new(output, new UTF8Encoding(byteOrderMark), bufferSize: 1 << 15, leaveOpen: true)
    {
        NewLine = "\r\n",
    };

    private readonly StringBuilder line = new();

    public async ValueTask WriteAsync(IEnumerable<string> cells, CancellationToken ct)
    {
        line.Clear();
        var first = true;
        foreach (var cell in cells)
        {
            if (!first)
                line.Append(',');
            first = false;
            if (cell.AsSpan().ContainsAny(Quoted) || (cell.Length > 0 && (char.IsWhiteSpace(cell[0]) || char.IsWhiteSpace(cell[^1]))))
                line.Append('"').Append(cell).Replace("\"", "\"\"", line.Length - cell.Length, cell.Length).Append('"');
            else
                line.Append(cell);
        }
        await writer.WriteLineAsync(line, ct);
    }

    public Task FlushAsync(CancellationToken ct) => writer.FlushAsync(ct);

    public ValueTask DisposeAsync() => writer.DisposeAsync();
}
