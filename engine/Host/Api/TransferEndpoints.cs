using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Data.Transfer;
using Switchboard.Domain;
using Switchboard.Domain.Imports;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Imports;
using Switchboard.Runtime.Operations;

namespace Switchboard.Host.Api;

/// <summary>Files in and out: import, its refused rows and its undo, export.</summary>
internal static class TransferEndpoints
{
    /// <summary>What surrounds the file in the form: the mapping and the boundaries.</summary>
    private const int FormBytes = 2 << 20;

    private const int MappingBytes = 1 << 20;

    private const string Workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    private const int PreviewRows = 5;

    /// <summary>Characters; enough to recognise a value by.</summary>
    private const int PreviewCell = 200;

    private static readonly RecordType Batches = RecordTypes.Of<ImportBatch>();

    private static readonly string[] ExportParameters = ["format", "bom"];

    public static void MapTransfer(this IEndpointRouteBuilder api, RequestLimits limits)
    {
        var types = api.MapGroup("/{type}").WithTags("Import and export");
        types.MapPost("/import", Import).RequirePermission("{type}:import").LimitBody(limits.ImportBytes + FormBytes)
            .WithSummary("Imports a CSV file or workbook (multipart: file, optional mapping as JSON column → field, or column → {field, trim?, phone?, dates?, values?})")
            .WithMetadata(new Shape(null, "Operation", 202)
            {
                RequestType = "multipart/form-data",
                Query =
                [
                    ("dryRun", "true: all rows are checked and nothing is written"), ("existing", "What to do with records that are there: update (default) or skip"),
                    ("allOrNothing", "true: nothing is written when any row is refused"),
                    ("encoding", "When it is not found out rightly: utf-8, utf-16, windows-1252, …"), ("delimiter", "comma, semicolon, tab or pipe"),
                    ("sheet", "The sheet of a workbook; the first visible one by default"),
                ],
            });
        types.MapPost("/import/preview", Preview).RequirePermission("{type}:import").LimitBody(limits.ImportBytes + FormBytes)
            .WithSummary("How a file would be read: encoding, delimiter, sheets, columns with the field that each would go to, their shape, and the first rows; writes nothing")
            .WithMetadata(new Shape(null, "Object")
            {
                RequestType = "multipart/form-data",
                Query =
                [
                    ("encoding", "When it is not found out rightly: utf-8, utf-16, windows-1252, …"), ("delimiter", "comma, semicolon, tab or pipe"),
                    ("sheet", "The sheet of a workbook; the first visible one by default"),
                ],
            });
        types.MapGet("/import/sample", Sample).RequirePermission("{type}:import")
            .WithSummary("A file to begin with: the columns that an import of the type takes")
            .WithMetadata(new Shape { ResponseType = "text/csv", Query = [("format", "csv (default) or xlsx")] });
        types.MapGet("/export", Export).RequirePermission("{type}:export")
            .WithSummary("All records of a list as a file; takes the filters, sort and q of lists")
            .WithMetadata(new Shape { ResponseType = "text/csv", Query = [("format", "csv (default), xlsx or json"), ("bom", "true: the CSV begins with a byte-order mark")] });

        var batches = api.MapGroup("/import-batches/{id:guid}").WithTags("Import and export");
        batches.MapGet("/errors", Errors).RequirePermission("import-batches:read")
            .WithSummary("Every refused row, its columns as they were, with the reason").WithMetadata(new Shape { ResponseType = "text/csv" });
        batches.MapGet("/kept", Kept).RequirePermission("import-batches:read")
            .WithSummary("What an undo had to keep, with the reason").WithMetadata(new Shape { ResponseType = "text/csv" });
        batches.MapPost("/undo", UndoAsync).RequireSignIn()
            .WithSummary("Deletes what the import created and restores what it changed; needs import and delete of the type").WithMetadata(new Shape(null, "Operation", 202));
    }

    private static async Task<IResult> Import(
        string type, HttpContext http, ImportUpload upload, Idempotency idempotency, RequestLimits limits, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (TypeOf(type), http.Caller());
        await using var file = OperationFiles.TemporaryFile();
        var form = await ReadFormAsync(http, file, limits.ImportBytes, ct);
        var context = caller.Change("import", time.GetUtcNow());
        var request = new ImportRequest
        {
            Type = recordType,
            FileName = form.FileName,
            DryRun = Flag(http, "dryRun"),
            Mapping = form.Mapping,
            Existing = Option(http, "existing", "update", "skip") == "skip" ? ExistingRecords.Skip : ExistingRecords.Update,
            AllOrNothing = Flag(http, "allOrNothing"),
            Source = SourceOf(http),
            BatchId = Guid.CreateVersion7(context.At),
            ActorId = context.ActorId,
            Actor = context.Actor,
            TraceId = context.TraceId,
        };
        return await idempotency.OnceAsync(http, form.Fingerprint, async ticket => OperationEndpoints.Accepted(
            await upload.StartAsync(
                caller.TenantId, file, request, mapping => DemandFields(caller, mapping),
                (step, operation) => ticket.AddTo(step, OperationEndpoints.Accepted(operation)), ct)), ct);
    }

    private static async Task<IResult> Preview(string type, HttpContext http, FieldCatalogue catalogue, RequestLimits limits, CancellationToken ct)
    {
        var recordType = TypeOf(type);
        await using var file = OperationFiles.TemporaryFile();
        await ReadFormAsync(http, file, limits.ImportBytes, ct);
        using var table = SourceTable.Open(file, SourceOf(http));
        var fields = ColumnMapping.Suggest(recordType, await catalogue.OfAsync(http.Caller().TenantId, recordType, ct), table.Header);
        return Answer.Of(new JsonObject
        {
            ["format"] = table.Format,
            ["encoding"] = table.ReadAs.Encoding,
            ["delimiter"] = table.ReadAs.Delimiter switch { null => null, ',' => "comma", ';' => "semicolon", '\t' => "tab", _ => "pipe" },
            ["sheet"] = table.ReadAs.Sheet,
            ["sheets"] = new JsonArray([.. table.Sheets.Select(sheet => (JsonNode)sheet)]),
            ["columns"] = new JsonArray([.. table.Header.Select((header, at) => (JsonNode)new JsonObject { ["header"] = header, ["field"] = fields[at] })]),
            ["shape"] = ImportMappings.ShapeOf(table.Header),
            ["rows"] = new JsonArray([.. table.Rows().Take(PreviewRows).Select(row => (JsonNode)new JsonArray([.. row.Cells.Select(cell => (JsonNode)Shortened(cell))]))]),
            ["warnings"] = new JsonArray([.. table.Warnings.Select(warning => (JsonNode)warning)]),
        });

        static string Shortened(string cell) => cell.Length <= PreviewCell ? cell : cell[..PreviewCell] + "…";
    }

    private static async Task Sample(string type, HttpContext http, FieldCatalogue catalogue, CancellationToken ct)
    {
        var recordType = TypeOf(type);
        if (!recordType.Writable)
            throw new ProblemException(422, "not_importable", $"Records of type {type} are made by the service itself and cannot be imported.");
        var format = Option(http, "format", "csv", "xlsx");
        var columns = ColumnMapping.SampleOf(recordType, await catalogue.OfAsync(http.Caller().TenantId, recordType, ct));
        using var content = new MemoryStream();
        if (format == "xlsx")
        {
            await using var workbook = await XlsxWriter.CreateAsync(content, type, ct);
            await workbook.WriteAsync(columns, ct);
            await workbook.CompleteAsync(ct);
        }
        else
        {
            await using var text = new CsvWriter(content, byteOrderMark: true);
            await text.WriteAsync(columns, ct);
        }
        Attach(http, format == "xlsx" ? Workbook : "text/csv; charset=utf-8", $"{type}.{format}");
        await http.Response.Body.WriteAsync(content.ToArray(), ct);
    }

    private static async Task Export(
        string type, HttpContext http, RecordExport export, FieldCatalogue catalogue, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (TypeOf(type), http.Caller());
        var format = Option(http, "format", "csv", "xlsx", "json");
        var byteOrderMark = Flag(http, "bom");
        var parameters = http.Request.Query.SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? ""))).ToList();
        if (!http.Request.Query.ContainsKey("sort"))
            parameters.Add(KeyValuePair.Create("sort", "createdAt"));
        var query = ListQuery.Parse(recordType, await catalogue.OfAsync(caller.TenantId, recordType, ct), parameters, ExportParameters).AllowedTo(caller);

        var step = new Step(caller.TenantId);
        RecordChanges.Audit(step, recordType.Name, null, caller.Change($"{type}.exported", time.GetUtcNow()),
            new JsonObject { ["format"] = format, ["query"] = http.Request.QueryString.Value });
        await committer.CommitAsync(step, ct);

        var name = $"{type}-{time.GetUtcNow():yyyy-MM-dd}.{format}";
        if (format == "xlsx")
        {
            // A workbook has limits that only show on the way, and nothing can be taken back once it is sent.
            await using var file = OperationFiles.TemporaryFile();
            await export.WriteXlsxAsync(caller.TenantId, query, file, ct);
            file.Position = 0;
            Attach(http, Workbook, name);
            http.Response.ContentLength = file.Length;
            await file.CopyToAsync(http.Response.Body, ct);
            return;
        }
        Attach(http, format == "json" ? "application/json; charset=utf-8" : "text/csv; charset=utf-8", name);
        if (format == "json")
            await export.WriteJsonAsync(caller.TenantId, query, http.Response.Body, ct);
        else
            await export.WriteCsvAsync(caller.TenantId, query, http.Response.Body, byteOrderMark, ct);
    }

    private static async Task Errors(Guid id, HttpContext http, RecordReader records, OperationFiles files, CancellationToken ct)
    {
        var batch = await BatchAsync(http, records, id, ct);
        var name = Path.GetFileNameWithoutExtension(batch.FileName);
        await SendAsync(http, files, batch.OperationId ?? Guid.Empty, ImportOperation.ErrorFile, $"{name}-errors.csv", ct);
    }

    private static async Task Kept(Guid id, HttpContext http, RecordReader records, OperationStore operations, OperationFiles files, CancellationToken ct)
    {
        var batch = await BatchAsync(http, records, id, ct);
        var undo = await operations.FindNewestAsync(http.Caller().TenantId, ImportUndo.KindName, "batchId", id.ToString(), ct)
            ?? throw new ProblemException(404, "not_undone", "Nobody has undone this import.");
        await SendAsync(http, files, undo.Id, ImportUndo.KeptFile, $"{Path.GetFileNameWithoutExtension(batch.FileName)}-kept.csv", ct);
    }

    internal static async Task<IResult> UndoAsync(
        Guid id, HttpContext http, RecordReader records, OperationStore operations, GroupCommitter committer, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var batch = await BatchAsync(http, records, id, ct);
        caller.Demand($"{batch.RecordType}:import");
        caller.Demand($"{batch.RecordType}:delete");
        return await idempotency.OnceAsync(http, ReadOnlyMemory<byte>.Empty, async ticket =>
        {
            if (batch.DryRun)
                throw new ProblemException(409, "nothing_to_undo", "This was a dry run; it has written nothing.");
            if (batch.Status == "running")
                throw new ProblemException(409, "import_is_running", "The import is still running. Cancel its operation first.",
                    extensions: new JsonObject { ["operation"] = $"/api/operations/{batch.OperationId}" });
            if (batch.Status == "undone")
                throw new ProblemException(409, "already_undone", "This import has been undone.");
            if (await operations.FindNewestAsync(caller.TenantId, ImportUndo.KindName, "batchId", id.ToString(), ct) is { IsOver: false } running)
                throw new ProblemException(409, "undo_is_running", "This import is being undone.", extensions: new JsonObject { ["operation"] = $"/api/operations/{running.Id}" });

            var now = time.GetUtcNow();
            var operation = Operation.New(caller.TenantId, ImportUndo.KindName, ImportUndo.Request(batch, caller.Change("", now)), caller.UserId, now);
            var answer = OperationEndpoints.Accepted(operation);
            var step = new Step(caller.TenantId);
            step.Insert(SystemTables.Operations, operation.ToRow());
            // The batch's version is the fence: of two that undo at once, one is refused.
            RecordChanges.Update(step, Batches, batch, (ImportBatch)RecordChanges.Copy(Batches, batch), caller.Change("undo", now), [new FieldChange("undoneAt", null, null)]);
            operations.Announce(step);
            ticket.AddTo(step, answer);
            if (await committer.CommitAsync(step, ct) != StepOutcome.Committed)
                throw new ProblemException(409, "undo_is_running", "Somebody else is undoing this import just now.");
            return answer;
        }, ct);
    }

    private static async Task<ImportBatch> BatchAsync(HttpContext http, RecordReader records, Guid id, CancellationToken ct) =>
        (ImportBatch?)await records.GetAsync(http.Caller().TenantId, Batches, id, ct) ?? throw ProblemException.NotFound(Batches, id);

    private static async Task SendAsync(HttpContext http, OperationFiles files, Guid operationId, string name, string fileName, CancellationToken ct)
    {
        Attach(http, "text/csv; charset=utf-8", fileName);
        await foreach (var part in files.ReadAsync(http.Caller().TenantId, operationId, name, ct))
            await http.Response.Body.WriteAsync(part, ct);
    }

    private static void Attach(HttpContext http, string contentType, string fileName)
    {
        http.Response.ContentType = contentType;
        http.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = fileName }.ToString();
    }

    private sealed record UploadedForm(string FileName, JsonObject? Mapping, byte[] Fingerprint);

    /// <summary>The parts <c>file</c> and <c>mapping</c> in any order, the file straight to the disk.</summary>
    private static async Task<UploadedForm> ReadFormAsync(HttpContext http, Stream file, long mostBytes, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var media) || !media.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(media.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
        {
            throw new ProblemException(415, "unsupported_media_type", "Send the file as multipart/form-data, in a part called file.");
        }
        string? fileName = null;
        JsonObject? mapping = null;
        using var fingerprint = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var form = new MultipartReader(boundary, http.Request.Body);
        try
        {
            while (await form.ReadNextSectionAsync(ct) is { } section)
            {
                var disposition = section.GetContentDispositionHeader();
                var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).Value;
                if (name == "file" && fileName is null)
                {
                    fileName = NameOf(disposition!);
                    await CopyAsync(section.Body, file, fingerprint, mostBytes, ct);
                }
                else if (name == "mapping" && mapping is null)
                {
                    mapping = await MappingAsync(section.Body, fingerprint, ct);
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException && !ct.IsCancellationRequested && e is not BadHttpRequestException)
        {
            throw new ProblemException(400, "malformed_form", $"The form is not valid multipart/form-data: {e.Message}");
        }
        if (fileName is null)
            throw new ProblemException(400, "file_missing", "The form has no part called file.");
        await file.FlushAsync(ct);
        return new UploadedForm(fileName, mapping, fingerprint.GetHashAndReset());
    }

    private static async Task CopyAsync(Stream from, Stream to, IncrementalHash fingerprint, long mostBytes, CancellationToken ct)
    {
        var buffer = new byte[1 << 16];
        var total = 0L;
        while (await from.ReadAsync(buffer, ct) is var count and > 0)
        {
            if ((total += count) > mostBytes)
                throw new ProblemException(413, "file_too_large", $"A file to import has at most {mostBytes >> 20} MB.");
            fingerprint.AppendData(buffer.AsSpan(0, count));
            await to.WriteAsync(buffer.AsMemory(0, count), ct);
        }
    }

    private static async Task<JsonObject?> MappingAsync(Stream body, IncrementalHash fingerprint, CancellationToken ct)
    {
        using var content = new MemoryStream();
        var buffer = new byte[1 << 14];
        while (await body.ReadAsync(buffer, ct) is var count and > 0)
        {
            if (content.Length + count > MappingBytes)
                throw new ProblemException(413, "mapping_too_large", $"A mapping has at most {MappingBytes >> 10} kB.");
            content.Write(buffer, 0, count);
        }
        fingerprint.AppendData(content.ToArray());
        if (string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(content.ToArray())))
            return null;
        try
        {
            return JsonNode.Parse(content.ToArray(), documentOptions: new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false }) as JsonObject
                ?? throw new ProblemException(400, "malformed_mapping", "The mapping must be a JSON object: column → field.");
        }
        catch (JsonException e)
        {
            throw new ProblemException(400, "malformed_mapping", $"The mapping is not valid JSON: {e.Message}");
        }
    }

    /// <summary>Without a path, which some clients send and nobody needs.</summary>
    private static string NameOf(ContentDispositionHeaderValue disposition)
    {
        var given = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "";
        var name = new string([.. given[(given.LastIndexOfAny(['/', '\\']) + 1)..].Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]);
        return name.Length == 0 ? "file" : name.Length > 255 ? name[^255..] : name;
    }

    /// <summary>A file is no way round what a body may not say: fields by which one gives power need their own permission.</summary>
    private static void DemandFields(Caller caller, ColumnMapping mapping)
    {
        foreach (var column in mapping.Columns)
        {
            if (column.Field?.Permission is { } permission)
                caller.Demand(permission);
        }
    }

    private static RecordType TypeOf(string type) =>
        RecordTypes.Find(type) ?? throw new ProblemException(404, "not_found", $"There is no record type {type}.");

    private static bool Flag(HttpContext http, string name) => Option(http, name, "false", "true") == "true";

    private static string Option(HttpContext http, string name, params string[] values) => http.Request.Query[name].ToString() is { Length: > 0 } given
        ? values.Contains(given) ? given : throw ProblemException.Malformed("invalid_parameter", name, $"{name} must be {string.Join(" or ", values)}, not {given}.")
        : values[0];

    private static string? NullIfEmpty(HttpContext http, string name) => http.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    private static SourceOptions SourceOf(HttpContext http) =>
        new() { Encoding = NullIfEmpty(http, "encoding"), Delimiter = DelimiterOf(http), Sheet = NullIfEmpty(http, "sheet") };

    private static char? DelimiterOf(HttpContext http) => NullIfEmpty(http, "delimiter") switch
    {
        null => null,
        "comma" or "," => ',',
        "semicolon" or ";" => ';',
        "tab" or "\t" => '\t',
        "pipe" or "|" => '|',
        var other => throw ProblemException.Malformed("invalid_parameter", "delimiter", $"delimiter must be comma, semicolon, tab or pipe, not {other}."),
    };
}
