using System.Text.Json.Nodes;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>Instances as files, for whoever looks into a case elsewhere.</summary>
internal static class InstanceFiles
{
    public static void MapInstanceFiles(this IEndpointRouteBuilder elsa)
    {
        elsa.MapGet("/workflow-instances/{id}/export", ExportOne).RequirePermission("workflow-instances:read");
        elsa.MapPost("/bulk-actions/export/workflow-instances", ExportMany).RequirePermission("workflow-instances:read");
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
        var file = new JsonObject { ["workflowState"] = InstanceJson.State(state, graph) };
        if (bookmarks)
            file["bookmarks"] = new JsonArray([.. state.Bookmarks.Select(bookmark => InstanceJson.Bookmark(bookmark, graph))]);
        if (activities || journal)
        {
            var entries = await library.JournalAsync(tenantId, stored.Id, ct);
            if (activities)
                file["activityExecutionRecords"] = new JsonArray([.. ActivityRecord.Of(entries, state).Select(record => record.Whole(state.Id))]);
            if (journal)
                file["workflowExecutionLogRecords"] = new JsonArray([.. entries.Select(InstanceJson.LogRecord)]);
        }
        return file;
    }

    private static string NameOf(JsonObject file) => $"workflow-instance-{file["workflowState"]?["id"]}.json";

    private static bool Flag(HttpContext http, string name) => http.Query(name) is null || http.QueryFlag(name);
}
