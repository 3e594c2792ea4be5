using Npgsql;
using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Data.Transfer;
using Switchboard.Domain;
using Switchboard.Domain.Imports;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Imports;

/// <summary>
/// Reads an uploaded file row by row and writes it chunk by chunk. A chunk is one transaction with its records, their
/// lifecycles, the rows it refused and how far the import has come; so whoever runs the operation next begins after the
/// last chunk that was committed, and no row is counted or written twice. Where it is to be all or nothing, the file is read
/// twice: all rows are tried before the first is written. A row that somebody makes impossible in between ends the import too,
/// and what it has written by then is taken back as by an undo.
/// </summary>
public sealed class ImportOperation(
    OperationFiles files, RecordReader reader, RecordValidation validation, FieldCatalogue catalogue, RecordHooks hooks, ImportOptions options) : OperationKind
{
    public const string KindName = "import";

    /// <summary>What was uploaded.</summary>
    public const string SourceFile = "source";

    /// <summary>The refused rows, as CSV: part 0 is the header.</summary>
    public const string ErrorFile = "errors";

    private const int MostAttempts = 20;

    private static readonly RecordType BatchType = RecordTypes.Of<ImportBatch>();

    public override string Name => KindName;

    public override async Task RunAsync(OperationRun run, CancellationToken ct)
    {
        var request = ImportRequest.Read(run.Operation.Request);
        if (request.Parts is null)
            throw new ProblemException(422, "upload_incomplete", "The upload was interrupted before the whole file had arrived. Send it again.");
        await using var spool = await files.SpoolAsync(run.TenantId, run.Operation.Id, SourceFile, ct);
        while (run.Operation.Total is null)
        {
            run.Operation.Total = Count(spool, request, ct);
            run.Operation.Result = new ImportCounts().ToJson(request);
            await run.CommitAsync(new Step(run.TenantId), isLarge: false, ct);
        }

        if (request.AllOrNothing && !request.DryRun && !ImportCounts.Read(run.Operation.Result).Checked)
        {
            await PassAsync(run, request, spool, isTrial: true, ct);
            if (ImportCounts.Read(run.Operation.Result).Failed is var failed and > 0)
                throw RowsRefused($"{failed} of {run.Operation.Total} rows cannot be imported, so none was. The file of refused rows says why; mend them, or import only the rows that are good.");
            (run.Operation.Done, run.Operation.Result) = (0, new ImportCounts { Checked = true }.ToJson(request));
            await run.CommitAsync(new Step(run.TenantId), isLarge: false, ct);
        }
        await PassAsync(run, request, spool, request.DryRun, ct);
    }

    /// <param name="isTrial">The rows are only checked and counted.</param>
    private async Task PassAsync(OperationRun run, ImportRequest request, Stream spool, bool isTrial, CancellationToken ct)
    {
        var custom = await catalogue.OfAsync(run.TenantId, request.Type, ct);
        using var table = SourceTable.Open(spool, request.Source);
        var mapping = ColumnMapping.Of(request.Type, custom, table.Header, request.Mapping);
        var import = new RecordImport(run.TenantId, request.Type, custom, mapping, request.Existing, table.Format == "csv", reader, validation);
        var chunks = new Chunks(run, request, isTrial, import, new RefusedRows(table.Header), files, hooks);
        var (row, committed) = (0L, run.Operation.Done);
        var chunk = new List<ImportRow>(options.ChunkRows);
        var size = 0L;
        foreach (var source in table.Rows())
        {
            var begun = import.Begin(source);
            if (row++ < committed)
                continue; // committed by a run before; only its key matters
            chunk.Add(begun);
            size += source.Cells.Sum(cell => cell.Length);
            if (chunk.Count < options.ChunkRows && size < options.ChunkChars)
                continue;
            await chunks.WriteAsync(chunk, ct);
            chunk.Clear();
            size = 0;
        }
        if (chunk.Count > 0)
            await chunks.WriteAsync(chunk, ct);
    }

    /// <summary>The batch's record says how it went.</summary>
    public override async Task EndAsync(OperationRun run, Step step, string status, CancellationToken ct)
    {
        var request = ImportRequest.Read(run.Operation.Request);
        if (await reader.GetAsync(run.TenantId, BatchType, request.BatchId, ct) is not ImportBatch before)
            return;
        var after = (ImportBatch)RecordChanges.Copy(BatchType, before);
        var counts = ImportCounts.Read(run.Operation.Result);
        if (request.AllOrNothing && !request.DryRun && status != Operation.Succeeded)
        {
            if (!counts.Checked)
                counts.PassOver();
            else if (counts.Created + counts.Updated > 0)
                step.Insert(SystemTables.Operations, Operation.New(run.TenantId, ImportUndo.KindName, ImportUndo.Request(before, request.Change(run.Now)), request.ActorId, run.Now).ToRow());
            run.Operation.Result = run.Operation.Result is null ? null : counts.ToJson(request);
        }
        after.Status = status;
        (after.Created, after.Updated, after.Skipped, after.Failed) = ((int)counts.Created, (int)counts.Updated, (int)counts.Skipped, (int)counts.Failed);
        after.FailedByCode = counts.ByCode();
        RecordChanges.Update(step, BatchType, before, after, request.Change(run.Now) with { BatchId = null });
    }

    private static ProblemException RowsRefused(string detail) => new(422, "rows_refused", detail);

    private int Count(Stream spool, ImportRequest request, CancellationToken ct)
    {
        using var table = SourceTable.Open(spool, request.Source);
        var count = 0;
        foreach (var _ in table.Rows())
        {
            if (++count > options.MostRows)
                throw new ProblemException(422, "too_many_rows", $"The file has more than {options.MostRows} rows. Split it.");
            if (count % 10_000 == 0)
                ct.ThrowIfCancellationRequested();
        }
        return count;
    }

    /// <summary>Writes the rows of one run of one import.</summary>
    private sealed class Chunks(
        OperationRun run, ImportRequest request, bool isTrial, RecordImport import, RefusedRows refusedRows, OperationFiles files, RecordHooks hooks)
    {
        /// <summary>
        /// Writes rows in one transaction, or, where the database itself refuses one of them (somebody else has just taken
        /// its natural key, or deleted what it refers to), in smaller ones until that row stands alone and gets its reason.
        /// </summary>
        public async Task WriteAsync(List<ImportRow> rows, CancellationToken ct)
        {
            for (var attempt = 0; attempt < MostAttempts; attempt++)
            {
                run.ThrowIfStopped();
                try
                {
                    if (await TryWriteAsync(rows, null, ct))
                        return;
                }
                catch (PostgresException e) when (e.SqlState.StartsWith("23", StringComparison.Ordinal))
                {
                    if (attempt == 0)
                        continue; // what came in between is seen now
                    if (rows.Count == 1)
                    {
                        var conflict = new FieldError("", "conflict", $"The database refused the row: it breaks {e.ConstraintName}.");
                        if (await TryWriteAsync(rows, conflict, ct))
                            return;
                        continue;
                    }
                    await WriteAsync([.. rows.Take(rows.Count / 2)], ct);
                    await WriteAsync([.. rows.Skip(rows.Count / 2)], ct);
                    return;
                }
            }
            throw new ProblemException(409, "changed_too_often", "The records are being changed by others all the time. Import the rest once that has calmed down.");
        }

        private async Task<bool> TryWriteAsync(List<ImportRow> rows, FieldError? conflict, CancellationToken ct)
        {
            var context = request.Change(run.Now);
            await import.ResolveAsync(rows, context.At, ct);
            var counts = ImportCounts.Read(run.Operation.Result);
            var step = new Step(run.TenantId);
            var refused = new List<(ImportRow Row, IReadOnlyList<FieldError> Errors)>();
            foreach (var row in rows)
            {
                if (conflict is not null || row.Errors.Count > 0)
                    refused.Add((row, conflict is null ? row.Errors : [conflict]));
                else if (row.After is null)
                    counts.Skipped++;
                else if (row.Before is null)
                    await CreateAsync(step, row.After, context, counts, ct);
                else if (RecordChanges.Update(isTrial ? new Step(run.TenantId) : step, request.Type, row.Before, row.After, context))
                    counts.Updated++;
                else
                    counts.Skipped++;
            }
            if (refused.Count > 0 && request.AllOrNothing && !isTrial)
            {
                throw RowsRefused($"Somebody has changed the records since all rows were checked: the row of line {refused[0].Row.Source.Line} cannot be imported any more. "
                    + $"{refused[0].Errors[0].Detail} What was written of the file is taken back.");
            }
            if (refused.Count > 0)
                await RefuseAsync(step, refused, counts, ct);

            var (done, result) = (run.Operation.Done, run.Operation.Result);
            (run.Operation.Done, run.Operation.Result) = (done + rows.Count, counts.ToJson(request));
            try
            {
                return await run.CommitAsync(step, isLarge: true, ct);
            }
            catch (PostgresException)
            {
                (run.Operation.Done, run.Operation.Result) = (done, result);
                throw;
            }
        }

        private async ValueTask CreateAsync(Step step, Record record, ChangeContext context, ImportCounts counts, CancellationToken ct)
        {
            counts.Created++;
            if (isTrial)
                return;
            record.CreatedAt = record.UpdatedAt = FieldText.Microseconds(context.At);
            if (hooks.Creating is { } creating)
                await creating(step, request.Type, record, context, ct);
            RecordChanges.Create(step, request.Type, record, context);
        }

        private async Task RefuseAsync(
            Step step, List<(ImportRow Row, IReadOnlyList<FieldError> Errors)> refused, ImportCounts counts, CancellationToken ct)
        {
            foreach (var (_, errors) in refused)
            {
                counts.Failed++;
                counts.FailedByCode[errors[0].Code] = counts.FailedByCode.GetValueOrDefault(errors[0].Code) + 1;
            }
            files.Add(step, run.Operation.Id, ErrorFile, "text/csv", counts.ErrorParts++, await refusedRows.RowsAsync(refused, ct));
        }
    }
}
