using System.Globalization;
using Switchboard.Data.Transfer;
using Switchboard.Domain;

namespace Switchboard.Runtime.Imports;

/// <summary>
/// The file that gives refused rows back: their columns as they were, then where they stood and why they were refused.
/// Corrected, it can be imported again as it is, because an import passes over the columns with reasons.
/// </summary>
internal sealed class RefusedRows(IReadOnlyList<string> header)
{
    /// <summary>The file may itself be a corrected one.</summary>
    private readonly int[] kept = [.. Enumerable.Range(0, header.Count).Where(at => !ColumnMapping.Reasons.Contains(header[at]))];

    public async Task<byte[]> HeaderAsync(CancellationToken ct)
    {
        using var content = new MemoryStream();
        await using (var writer = new CsvWriter(content, byteOrderMark: true))
            await writer.WriteAsync([.. kept.Select(at => FormulaGuard.Apply(header[at])), .. ColumnMapping.Reasons], ct);
        return content.ToArray();
    }

    public async Task<byte[]> RowsAsync(IEnumerable<(ImportRow Row, IReadOnlyList<FieldError> Errors)> refused, CancellationToken ct)
    {
        using var content = new MemoryStream();
        await using (var writer = new CsvWriter(content))
        {
            foreach (var (row, errors) in refused)
                await writer.WriteAsync(Cells(row.Source, errors), ct);
        }
        return content.ToArray();
    }

    private IEnumerable<string> Cells(SourceRow row, IReadOnlyList<FieldError> errors) =>
    [
        // Guarded anew, so that what the file guarded already is not guarded twice.
        .. kept.Select(at => FormulaGuard.Apply(FormulaGuard.Remove(row.Cells[at]))),
        row.Line.ToString(CultureInfo.InvariantCulture),
        errors[0].Code,
        FormulaGuard.Apply(errors[0].Field),
        FormulaGuard.Apply(string.Join(" ", errors.Select(error => error.Detail))),
    ];
}
