using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>An instance that was exported and deleted comes back and goes on where it was.</summary>
[Collection(nameof(ApiHost))]
public sealed class InstanceImportTests(ApiHost host)
{
    private const string Instances = "/elsa/api/workflow-instances";

    [Fact]
    public async Task A_waiting_instance_is_exported_deleted_imported_and_resumed()
    {
        var awaited = Draw.NewId("brought-back");
        var id = await host.Admin.ExecuteAsync(await WaitingAsync(awaited), new { correlationId = awaited });
        await host.Admin.WaitForAsync(id, "Suspended");
        var (before, journal, file) = (await host.Admin.InstanceAsync(id), await host.Admin.JournalAsync(id), await ExportAsync(id));
        await DeleteAsync(id);

        var answer = await ImportAsync(host.Admin, "one.json", Encoding.UTF8.GetBytes(file.ToJsonString()));

        answer.Should().Be((200, """{"count":1}"""));
        JsonNode.DeepEquals(await host.Admin.InstanceAsync(id), before).Should().BeTrue("nothing of it was lost");
        JsonNode.DeepEquals(await host.Admin.JournalAsync(id), journal).Should().BeTrue("its journal came back too");
        JsonNode.DeepEquals(await ExportAsync(id), file).Should().BeTrue("exported again it is the same");
        await host.Admin.OkAsync(HttpMethod.Post, $"/elsa/api/events/{awaited}/trigger", new { correlationId = awaited });
        await host.Admin.WaitForAsync(id, "Finished");
        (await host.Admin.LinesAsync(id)).Should().Equal("before", "after 42");
    }

    [Fact]
    public async Task Many_come_back_from_a_zip_with_their_tasks_and_timers()
    {
        var definition = await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("zipped"), Draw.Activity("Elsa.Parallel", "all", ("activities", new JsonArray(
            Draw.Activity("Elsa.Delay", "delay", ("timeSpan", Draw.Literal("01:00:00", "TimeSpan"))),
            Draw.Activity("Switchboard.UserTask", "task", ("title", Draw.Literal("Call the customer"))))))));
        var ids = new[] { await host.Admin.ExecuteAsync(definition), await host.Admin.ExecuteAsync(definition) };
        foreach (var id in ids)
            await host.Admin.WaitForAsync(id, "Suspended");
        using var export = await host.Admin.SendAsync(HttpMethod.Post, "/elsa/api/bulk-actions/export/workflow-instances", new { ids });
        var zip = await export.Content.ReadAsByteArrayAsync();
        foreach (var id in ids)
            await DeleteAsync(id);

        (await ImportAsync(host.Admin, "workflow-instances.zip", zip)).Should().Be((200, """{"count":2}"""));

        foreach (var id in ids)
        {
            var task = (await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks?instanceId={id}"))["items"]!.AsArray().Should().ContainSingle().Which!;
            task["status"]!.ToString().Should().Be("open", "it was cancelled with the instance");
            await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "done", data = new { } });
            (await WaitsAsync(id)).Should().Equal("delay");
        }
        var file = await ExportAsync(ids[0]);
        var bookmark = file["switchboardState"]!["instance"]!["bookmarks"]!.AsArray().Single()!;
        bookmark["payload"]!["ResumeAt"] = "2020-01-01T00:00:00Z";
        await DeleteAsync(ids[0]);
        await ImportAsync(host.Admin, "due.json", Encoding.UTF8.GetBytes(file.ToJsonString()));
        await host.Admin.WaitForAsync(ids[0], "Finished");
    }

    [Fact]
    public async Task What_cannot_go_on_is_refused_and_nothing_of_the_files_is_kept()
    {
        var (kept, gone) = (await host.Admin.ExecuteAsync(await WaitingAsync(Draw.NewId("kept"))), await host.Admin.ExecuteAsync(await WaitingAsync(Draw.NewId("gone"))));
        await host.Admin.WaitForAsync(kept, "Suspended");
        await host.Admin.WaitForAsync(gone, "Suspended");
        var (there, file) = (await ExportAsync(kept), await ExportAsync(gone));
        await DeleteAsync(gone);

        await RefusedAsync("is there already", file, there);
        await RefusedAsync("twice in the files", file, file);
        await RefusedAsync("import and publish that version first", Changed(state => state["definitionId"] = "nobodys"));
        await RefusedAsync("import and publish that version first", Changed(state => state["definitionVersion"] = 7));
        await RefusedAsync("which version 1", Changed(state => state["activities"]![1]!["a"] = "elsewhere"));
        await RefusedAsync("belongs to no activity", Changed(state => state["bookmarks"]![0]!["n"] = 99));
        await RefusedAsync("no UUID", Changed(state => state["id"] = "x"));
        await RefusedAsync("cannot be read", Changed(state => state["subStatus"] = "Dreaming"));
        await RefusedAsync("cannot be read", Changed(state => state["input"] = 5));
        await RefusedAsync("cannot be read", Changed(state => state["bookmarks"] = new JsonArray(new JsonArray())));
        await RefusedAsync("do not belong together", Changed(state => state["activities"]![0]!["p"] = 9));
        await RefusedAsync("schema version", Changed(state => state.Clear()));
        await RefusedAsync("no switchboardState", new JsonObject { ["workflowState"] = file["workflowState"]!.DeepClone() });
        var wrongJournal = file.DeepClone().AsObject();
        wrongJournal["workflowExecutionLogRecords"]![0]!["sequence"] = "first";
        await RefusedAsync("no sequence", wrongJournal);
        (await ImportAsync(host.Admin, "broken.json", "{\"workflowState\":"u8.ToArray())).Should().Match<(int Status, string Text)>(answer => answer.Status == 400 && answer.Text.Contains("broken.json"));
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/bulk-actions/import/workflow-instances", new { })).Status.Should().Be(400);
        (await ImportAsync(await host.UserAsync("workflow-instances:read"), "one.json", Encoding.UTF8.GetBytes(file.ToJsonString()))).Status.Should().Be(403);
        var (_, stranger) = await host.TenantAsync(Draw.NewId("ImportElsewhere"));
        (await ImportAsync(stranger, "one.json", Encoding.UTF8.GetBytes(file.ToJsonString()))).Should().Match<(int Status, string Text)>(answer => answer.Status == 400 && answer.Text.Contains("unknown_definition"));
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Get, $"/workflow-instances/{gone}")).Status.Should().Be(404);

        JsonObject Changed(Action<JsonObject> change)
        {
            var changed = file.DeepClone().AsObject();
            change(changed["switchboardState"]!["instance"]!.AsObject());
            return changed;
        }
    }

    private async Task RefusedAsync(string why, params JsonObject[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in files)
            form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(file.ToJsonString())), "files", "instance.json");
        var (status, text) = await ImportAsync(host.Admin, form);
        status.Should().Be(400, text);
        text.Should().Contain(why);
    }

    private Task<string> WaitingAsync(string awaited)
    {
        var definition = Draw.Definition(Draw.NewId("waiting-import"), Draw.Sequence(
            Draw.Activity("Elsa.SetVariable", "set", ("variable", new JsonObject { ["id"] = "Answer", ["name"] = "Answer" }), ("value", Draw.Literal(42, "Object"))),
            Draw.Line("before", "before"),
            Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal(awaited))),
            Draw.Script("after", "'after ' + getAnswer()")));
        definition["variables"] = new JsonArray(Draw.Variable("Answer"));
        return host.Admin.PublishAsync(definition);
    }

    private async Task<IReadOnlyList<string>> WaitsAsync(string id) =>
        [.. (await host.Admin.InstanceAsync(id))["workflowState"]!["bookmarks"]!.AsArray().Select(bookmark => (string)bookmark!["activityId"]!)];

    private Task<JsonObject> ExportAsync(string id) => host.Admin.OkAsync(HttpMethod.Get, $"{Instances}/{id}/export");

    private async Task DeleteAsync(string id)
    {
        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"{Instances}/{id}");
        ((int)deleted.StatusCode).Should().Be(204);
    }

    private static async Task<(int Status, string Text)> ImportAsync(HttpClient client, string name, byte[] content)
    {
        using var form = new MultipartFormDataContent();
        var part = new ByteArrayContent(content);
        part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        form.Add(part, "files", name);
        return await ImportAsync(client, form);
    }

    private static async Task<(int Status, string Text)> ImportAsync(HttpClient client, MultipartFormDataContent form)
    {
        using var answer = await client.PostAsync(new Uri("/elsa/api/bulk-actions/import/workflow-instances", UriKind.Relative), form);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
