using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>Definitions as files: one JSON, or a zip of several.</summary>
internal static class DefinitionFiles
{
    private const int MostFiles = 1_000;
    private const long MostBytes = 64L << 20;

    public static void MapDefinitionFiles(this IEndpointRouteBuilder elsa)
    {
        elsa.MapMethods("/workflow-definitions/{definitionId}/export", ["GET", "POST"], ExportOne).RequirePermission("artefacts:read");
        elsa.MapMethods("/bulk-actions/export/workflow-definitions", ["GET", "POST"], ExportMany).RequirePermission("artefacts:read");
        elsa.MapMethods("/workflow-definitions/import", ["POST", "PUT"], Import).RequirePermission("artefacts:write").LimitBody(ElsaApi.BodyBytes);
        elsa.MapMethods("/workflow-definitions/{definitionId}/import", ["POST", "PUT"], Import).RequirePermission("artefacts:write").LimitBody(ElsaApi.BodyBytes);
        elsa.MapPost("/workflow-definitions/import-files", ImportFiles).RequirePermission("artefacts:write");
    }

    private static async Task<IResult> ExportOne(string definitionId, HttpContext http, DefinitionLibrary library, DefinitionJson json, DefinitionEditor editor, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var version = await library.FindAsync(tenantId, definitionId, VersionOptions.Parse(http.Query("versionOptions")), ct)
            ?? throw ElsaErrors.NotFound($"There is no such version of workflow definition {definitionId}.");
        if (!http.QueryFlag("includeConsumingWorkflows"))
            return File(await json.FileAsync(tenantId, version, ct));
        return Zip(await WithConsumersAsync(tenantId, [version], library, json, editor, ct));
    }

    private static async Task<IResult> ExportMany(HttpContext http, DefinitionLibrary library, DefinitionJson json, DefinitionEditor editor, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var body = HttpMethods.IsPost(http.Request.Method) ? await ElsaRequest.BodyAsync(http, ct) : [];
        var versions = await library.FindByIdsAsync(tenantId, [.. body.Texts("ids"), .. http.Queries("ids", "ids[]")], ct);
        if (versions.Count == 0)
            return Answer.NoContent;
        if (body.Flag("includeConsumingWorkflows") || http.QueryFlag("includeConsumingWorkflows"))
            return Zip(await WithConsumersAsync(tenantId, versions, library, json, editor, ct));
        var files = new List<JsonObject>();
        foreach (var version in versions)
            files.Add(await json.FileAsync(tenantId, version, ct));
        return Zip(files);
    }

    private static async Task<List<JsonObject>> WithConsumersAsync(
        Guid tenantId, IEnumerable<DefinitionVersion> versions, DefinitionLibrary library, DefinitionJson json, DefinitionEditor editor, CancellationToken ct)
    {
        var all = versions.ToList();
        foreach (var key in all.SelectMany(version => editor.Consumers(tenantId, version.DefinitionId)).Distinct().ToList())
        {
            if (all.All(version => version.DefinitionId != key) && await library.FindAsync(tenantId, key, null, ct) is { } consumer)
                all.Add(consumer);
        }
        var files = new List<JsonObject>();
        foreach (var version in all)
            files.Add(await json.FileAsync(tenantId, version, ct));
        return files;
    }

    private static async Task<IResult> Import(HttpContext http, DefinitionEditor editor, DefinitionJson json, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var model = await ElsaRequest.BodyAsync(http, ct);
        if (http.GetRouteValue("definitionId") is string { Length: > 0 } target)
            model["definitionId"] = target;
        var isNew = string.IsNullOrEmpty(model.Text("definitionId"));
        var edit = await editor.SaveAsync(caller.TenantId, model, publish: false, caller.Change("imported", time.GetUtcNow()), ct);
        return Answer.Of(await json.ModelAsync(caller.TenantId, edit.Version, http.MayWrite(), ct), isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    /// <summary>All of them or none.</summary>
    private static async Task<IResult> ImportFiles(HttpContext http, DefinitionEditor editor, DefinitionLibrary library, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var models = await ReadFilesAsync(http, ct);
        foreach (var model in models)
        {
            DefinitionJson.ToStored(model, model.Text("definitionId") ?? "new", time.GetUtcNow());
            if (model.Text("definitionId") is { Length: > 0 } id && await library.FindAsync(caller.TenantId, id, null, ct) is { } latest)
                await editor.ThrowIfReadonlyAsync(caller.TenantId, latest, ct);
        }
        foreach (var model in models)
            await editor.SaveAsync(caller.TenantId, model, publish: false, caller.Change("imported", time.GetUtcNow()), ct);
        return Answer.Of(new JsonObject { ["count"] = models.Count });
    }

    /// <summary>The JSON objects of a form's files, those in zips among them.</summary>
    /// <exception cref="ProblemException">400 that names the file.</exception>
    public static async Task<List<JsonObject>> ReadFilesAsync(HttpContext http, CancellationToken ct)
    {
        if (!http.Request.HasFormContentType)
            throw ElsaErrors.Invalid("files", "Send a form (multipart/form-data) with the files.");
        var found = new List<JsonObject>();
        var room = MostBytes;
        foreach (var file in (await http.Request.ReadFormAsync(ct)).Files)
        {
            await using var content = file.OpenReadStream();
            if (!file.FileName.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                found.Add(Parse(file.FileName, await BytesAsync(content, file.FileName, ct)));
                continue;
            }
            try
            {
                using var zip = new ZipArchive(content, ZipArchiveMode.Read);
                foreach (var entry in zip.Entries.Where(entry => entry.FullName.EndsWith(".json", StringComparison.OrdinalIgnoreCase)))
                {
                    await using var part = await entry.OpenAsync(ct);
                    found.Add(Parse(entry.FullName, await BytesAsync(part, entry.FullName, ct)));
                }
            }
            catch (InvalidDataException)
            {
                throw ElsaErrors.Invalid("files", $"{file.FileName} is no zip file.");
            }
        }
        return found.Count > 0 ? found : throw ElsaErrors.Invalid("files", "There is no JSON file in the form.");

        async Task<byte[]> BytesAsync(Stream stream, string name, CancellationToken token)
        {
            using var buffer = new MemoryStream();
            var part = new byte[64 << 10];
            int read;
            while ((read = await stream.ReadAsync(part, token)) > 0)
            {
                if ((room -= read) < 0 || found.Count >= MostFiles)
                    throw new ProblemException(413, "files_too_large", $"{name} is too much: at most {MostFiles} files of together {MostBytes} bytes.");
                buffer.Write(part, 0, read);
            }
            return buffer.ToArray();
        }
    }

    public static IResult File(JsonObject file, string? name = null) =>
        Results.File(Answer.Utf8(file), "application/json", name ?? DefinitionJson.FileName(file));

    public static IResult Zip(IReadOnlyList<JsonObject> files, string name = "workflow-definitions.zip", Func<JsonObject, string>? nameOf = null)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            foreach (var (file, at) in files.Select((file, at) => (file, at)))
            {
                var entryName = (nameOf ?? DefinitionJson.FileName)(file);
                if (zip.Mode == ZipArchiveMode.Create && files.Take(at).Any(other => (nameOf ?? DefinitionJson.FileName)(other) == entryName))
                    entryName = at.ToString(CultureInfo.InvariantCulture) + "-" + entryName;
                using var entry = zip.CreateEntry(entryName).Open();
                entry.Write(Answer.Utf8(file));
            }
        }
        return Results.File(buffer.ToArray(), "application/zip", name);
    }

    private static JsonObject Parse(string name, byte[] bytes)
    {
        try
        {
            return ElsaRequest.Parse(bytes);
        }
        catch (ProblemException e)
        {
            throw ElsaErrors.Invalid("files", $"{name}: {e.Detail}");
        }
    }
}
