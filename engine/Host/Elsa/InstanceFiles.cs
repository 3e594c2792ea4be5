using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>
/// Instances as files, for whoever looks into a case elsewhere and to bring one back. Beside Elsa's own picture of an instance,
/// which leaves out where its containers are, a file has the state that the engine goes on from.
/// </summary>
internal static class InstanceFiles
{
    private const string EngineState = "switchboardState";
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1_000 };

    public static void MapInstanceFiles(this IEndpointRouteBuilder elsa)
    {
        elsa.MapGet("/workflow-instances/{id}/export", ExportOne).RequirePermission("workflow-instances:read");
        elsa.MapPost("/bulk-actions/export/workflow-instances", ExportMany).RequirePermission("workflow-instances:read");
        elsa.MapPost("/bulk-actions/import/workflow-instances", Import).RequirePermission("workflow-instances:manage");
    }

    private static async Task<IResult> ExportOne(string id, HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var file = await FileAsync(http.Caller().TenantId, id, Flag(http, "includeBookmarks"), Flag(http, "includeActivityExecutionLog"), Flag(http, "includeWorkflowExecutionLog"), library, ct);
        return DefinitionFiles.File(file, NameOf(file));
    }

    private static async Task<IResult> ExportMany(HttpContext http, InstanceLibrary library, CancellationToken ct)
    {
        var body = await ElsaRequest.BodyAsync(http, ct);
        var files = new List<JsonObject>();
        var wanted = new JsonObject { ["ids"] = new JsonArray([.. body.Texts("ids").DefaultIfEmpty("none").Select(id => (JsonNode)id)]) };
        foreach (var id in await library.IdsAsync(http.Caller().TenantId, await library.FilterAsync(http.Caller().TenantId, wanted, ct), ct))
            files.Add(await FileAsync(http.Caller().TenantId, id.ToString(), true, true, true, library, ct));
        return files.Count switch
        {
            0 => Answer.NoContent,
            1 => DefinitionFiles.File(files[0], NameOf(files[0])),
            _ => DefinitionFiles.Zip(files, "workflow-instances.zip", NameOf),
        };
    }

    private static async Task<JsonObject> FileAsync(Guid tenantId, string id, bool bookmarks, bool activities, bool journal, InstanceLibrary library, CancellationToken ct)
    {
        var (state, graph, stored) = await library.GetAsync(tenantId, id, ct);
        var file = new JsonObject
        {
            ["workflowState"] = InstanceJson.State(state, graph),
            [EngineState] = new JsonObject { ["definitionHash"] = stored.DefinitionHash, ["recordType"] = stored.SubjectType?.Name, ["instance"] = JsonNode.Parse(stored.State, documentOptions: Deep) },
        };
        if (bookmarks)
            file["bookmarks"] = new JsonArray([.. state.Bookmarks.Select(bookmark => InstanceJson.Bookmark(bookmark, graph))]);
        if (activities || journal)
        {
            var entries = await library.JournalAsync(tenantId, stored.Id, ct);
            if (activities)
                file["activityExecutionRecords"] = new JsonArray([.. ActivityRecord.Of(entries, state).Select(record => record.Whole(state.Id))]);
            if (journal)
                file["workflowExecutionLogRecords"] = new JsonArray([.. entries.Select(InstanceJson.LogRecordWithOutputs)]);
        }
        return file;
    }

    private static async Task<IResult> Import(HttpContext http, InstanceImport import, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var instances = (await DefinitionFiles.ReadFilesAsync(http, ct)).ConvertAll(Exported);
        await import.ImportAsync(caller.TenantId, instances, caller.Change("instance_imported", time.GetUtcNow()), ct);
        return Answer.Of(new JsonObject { ["count"] = instances.Count });
    }

    private static ExportedInstance Exported(JsonObject file)
    {
        var name = NameOf(file);
        if (file[EngineState] is not JsonObject own || own["instance"] is not JsonObject instance || own.Text("definitionHash") is not { } hash)
            throw ElsaErrors.Invalid("files", $"{name} has no {EngineState}: it was not exported by this service, and Elsa's own picture of an instance does not say all that it goes on from.");
        if (own.Text("recordType") is { } type)
            throw new ProblemException(409, "instance_of_record", $"{name} owns the status of a record in {type} and comes and goes with that record.");
        try
        {
            var state = InstanceState.FromOutside(Answer.Utf8(instance));
            return new ExportedInstance(state, hash, InstanceJson.LogEntries(file["workflowExecutionLogRecords"], state));
        }
        catch (ActivityException e)
        {
            throw ElsaErrors.Invalid("files", $"{name}: {e.Message}");
        }
    }

    private static string NameOf(JsonObject file) => $"workflow-instance-{file["workflowState"]?["id"]}.json";

    private static bool Flag(HttpContext http, string name) => http.Query(name) is null || http.QueryFlag(name);
}
