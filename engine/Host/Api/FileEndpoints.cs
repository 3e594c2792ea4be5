using System.Security.Cryptography;

using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Files;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Api;

/// <summary>Files of a record: a <c>files</c> record for what they are, and their content in parts beside it.</summary>
internal static class FileEndpoints
{
    /// <summary>What one row of <c>file_contents</c> holds; a download reads one at a time.</summary>
    private const int PartBytes = 1 << 20;

    private static readonly RecordType Files = RecordTypes.Of<FileAttachment>();

    public static void MapFiles(this IEndpointRouteBuilder api, RequestLimits limits)
    {
        var files = api.MapGroup("/{type}/{id:guid}/files").WithTags("Records");
        files.MapGet("", List).RequirePermission("{type}:read").WithSummary("The record's files").WithMetadata(new Shape(Response: "RecordPage"));
        files.MapPost("", Upload).RequirePermission("{type}:update").LimitBody(limits.FileBytes + (64 << 10)) // the form around it
            .WithSummary("Attaches a file (multipart, part \"file\")")
            .WithMetadata(new Shape(null, "FileAttachment", 201) { RequestType = "multipart/form-data" });
        files.MapGet("/{fileId:guid}", Download).RequirePermission("{type}:read").WithSummary("A file's content")
            .WithMetadata(new Shape { ResponseType = "application/octet-stream" });
        files.MapDelete("/{fileId:guid}", Delete).RequirePermission("{type}:update").WithSummary("Deletes a file")
            .WithMetadata(new Shape(Status: 204));
    }

    private static async Task<IResult> List(string type, Guid id, HttpContext http, RecordReader records, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        await RecordPartEndpoints.ExistingAsync(records, tenantId, type, id, ct);
        var own = new KeyValuePair<string, string>[] { new("ownerType", type), new("ownerId", id.ToString()) };
        var asked = http.Request.Query.SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? "")));
        var page = await records.ListAsync(tenantId, ListQuery.Parse(Files, CustomFields.None, asked.Concat(own)), ct);
        return RecordEndpoints.PageAnswer(Files, page);
    }

    private static async Task<IResult> Upload(
        string type, Guid id, HttpContext http, RecordReader records, BulkWriter writer, Idempotency idempotency,
        RequestLimits limits, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        await RecordPartEndpoints.ExistingAsync(records, caller.TenantId, type, id, ct);
        var (name, contentType, content) = await ReadFormAsync(http, limits.FileBytes, ct);
        return await idempotency.OnceAsync(http, content, async ticket =>
        {
            var now = time.GetUtcNow();
            var file = new FileAttachment
            {
                OwnerType = type,
                OwnerId = id,
                Name = name,
                ContentType = contentType,
                SizeBytes = content.Length,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            };
            var step = new Step(caller.TenantId);
            RecordChanges.Create(step, Files, file, caller.Change("", now));
            for (var (at, part) = (0, 0); at < content.Length; at += PartBytes, part++)
            {
                step.Insert(SystemTables.FileContents, caller.TenantId, Guid.CreateVersion7(now), file.Id, part,
                    content.AsSpan(at, Math.Min(PartBytes, content.Length - at)).ToArray());
            }
            RecordPartEndpoints.Tell(step, type, id, "file_attached", caller, now);
            var answer = Answer.Of(Files, file, 201) with { Location = $"/api/{type}/{id}/files/{file.Id}" };
            ticket.AddTo(step, answer);
            await writer.CommitAsync([step], ct);
            return answer;
        }, ct);
    }

    private static async Task Download(string type, Guid id, Guid fileId, HttpContext http, RecordReader records, Database database, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var file = await FindAsync(records, tenantId, type, id, fileId, ct);
        var response = http.Response;
        response.ContentType = file.ContentType;
        response.ContentLength = file.SizeBytes;
        // Never shown in place: whatever it says it is, a browser stores it (the headers of every answer forbid sniffing).
        response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = file.Name, FileName = "file" }.ToString();
        response.Headers.ETag = $"\"{file.Sha256}\"";
        for (var part = 0; part * (long)PartBytes < file.SizeBytes; part++)
        {
            var command = new NpgsqlBatchCommand("select content from file_contents where file_id = $1 and part = $2")
            {
                Parameters = { new NpgsqlParameter<Guid> { TypedValue = fileId }, new NpgsqlParameter<int> { TypedValue = part } },
            };
            var content = await database.ReadAsync(tenantId, command, async (reader, token) =>
                await reader.ReadAsync(token) ? reader.GetFieldValue<byte[]>(0) : throw new InvalidOperationException($"Part {part} of file {fileId} is missing."), ct);
            await response.Body.WriteAsync(content, ct);
        }
    }

    private static async Task<IResult> Delete(
        string type, Guid id, Guid fileId, HttpContext http, RecordReader records, Database database, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var file = await FindAsync(records, caller.TenantId, type, id, fileId, ct);
        Preconditions.ThrowUnlessMatches(Preconditions.IfMatch(http), file.Version);
        var parts = new NpgsqlBatchCommand("select id from file_contents where file_id = $1") { Parameters = { new NpgsqlParameter<Guid> { TypedValue = fileId } } };
        var step = new Step(caller.TenantId);
        foreach (var part in await database.ReadAsync(caller.TenantId, parts, ReadIdsAsync, ct))
            step.Delete(SystemTables.FileContents, part);
        RecordChanges.Delete(step, Files, file, caller.Change("", time.GetUtcNow()));
        RecordPartEndpoints.Tell(step, type, id, "file_deleted", caller, time.GetUtcNow());
        return await committer.CommitAsync(step, ct) == StepOutcome.Committed ? Answer.NoContent : throw Preconditions.Stale(file.Version + 1);
    }

    /// <summary>A file of this very record; one of another is as unknown as one of another tenant.</summary>
    private static async Task<FileAttachment> FindAsync(RecordReader records, Guid tenantId, string type, Guid id, Guid fileId, CancellationToken ct) =>
        await records.GetAsync(tenantId, Files, fileId, ct) is FileAttachment file && file.OwnerType == type && file.OwnerId == id
            ? file
            : throw ProblemException.NotFound(Files, fileId);

    private static async Task<List<Guid>> ReadIdsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct))
            ids.Add(reader.GetGuid(0));
        return ids;
    }

    /// <summary>The first part called <c>file</c>; parts before it are passed over.</summary>
    private static async Task<(string Name, string ContentType, byte[] Content)> ReadFormAsync(HttpContext http, long maxBytes, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var media) || !media.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(media.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
        {
            throw new ProblemException(415, "unsupported_media_type", "Send the file as multipart/form-data, in a part called file.");
        }
        var form = new MultipartReader(boundary, http.Request.Body);
        try
        {
            while (await form.ReadNextSectionAsync(ct) is { } section)
            {
                if (section.AsFileSection() is not { Name: "file" } file)
                    continue;
                var content = await ReadContentAsync(section.Body, maxBytes, ct);
                return (NameOf(file.FileName), ContentTypeOf(section.ContentType), content);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge(maxBytes);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new ProblemException(400, "malformed_form", "The multipart body ends too early or is broken.");
        }
        throw new ProblemException(400, "file_missing", "The form has no part called file with a file name.");
    }

    private static ProblemException TooLarge(long maxBytes) =>
        new(413, "file_too_large", $"A file may have {(maxBytes < 1 << 20 ? $"{maxBytes >> 10} kB" : $"{maxBytes >> 20} MB")}.");

    private static async Task<byte[]> ReadContentAsync(Stream body, long maxBytes, CancellationToken ct)
    {
        using var content = new MemoryStream();
        var buffer = new byte[81_920];
        for (int read; (read = await body.ReadAsync(buffer, ct)) > 0;)
        {
            if (content.Length + read > maxBytes)
                throw TooLarge(maxBytes);
            content.Write(buffer, 0, read);
        }
        return content.ToArray();
    }

    /// <summary>Without any path and without characters that file systems or headers take for something else.</summary>
    private static string NameOf(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = new string([.. last.Where(c => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('"' or ':' or '<' or '>' or '|' or '?' or '*'))]).Trim(' ', '.');
        return clean.Length switch
        {
            0 => "file",
            > 255 => clean[..255],
            _ => clean,
        };
    }

    private static string ContentTypeOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var media) && media.MediaType.Length <= 255 ? media.MediaType.ToString() : "application/octet-stream";
}
