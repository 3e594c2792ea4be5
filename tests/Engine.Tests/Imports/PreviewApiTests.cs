using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Imports;

/// <summary>How a file would be read is told before anything is done with it.</summary>
[Collection(nameof(ApiHost))]
public sealed class PreviewApiTests(ApiHost host)
{
    [Fact]
    public async Task A_preview_tells_how_a_file_is_read_and_where_its_columns_would_go()
    {
        var found = await PreviewAsync("Name;Time zone;Town;name\nA;America/Denver;Zürich;x\n", Encoding.Latin1, "");

        ((string?)found["format"], (string?)found["encoding"], (string?)found["delimiter"]).Should().Be(("csv", "windows-1252", "semicolon"));
        found["columns"]!.AsArray().Select(column => ((string?)column!["header"], (string?)column["field"]))
            .Should().Equal(("Name", "name"), ("Time zone", "timezone"), ("Town", null), ("name", null));
        found["rows"]!.AsArray().Single()!.AsArray().Select(cell => (string?)cell).Should().Equal("A", "America/Denver", "Zürich", "x");
        found["warnings"]!.AsArray().Should().ContainSingle();
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/import-batches?fileName=preview.csv"))["items"]!.AsArray().Should().BeEmpty("nothing is kept of it");
    }

    [Fact]
    public async Task What_was_found_out_can_be_said_otherwise()
    {
        var found = await PreviewAsync("name,timezone\nA,UTC\n", Encoding.UTF8, "?delimiter=tab");
        ((string?)found["delimiter"]).Should().Be("tab");
        found["columns"]!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task A_preview_needs_the_permission_to_import()
    {
        var reader = await host.UserAsync("sites:read");
        using var form = Form("name\nA\n", Encoding.UTF8);
        using var answer = await reader.PostAsync("/api/sites/import/preview", form);
        (await answer.ProblemAsync()).Should().Be((403, "missing_permission"));
    }

    private async Task<JsonObject> PreviewAsync(string text, Encoding encoding, string query)
    {
        using var form = Form(text, encoding);
        using var answer = await host.Admin.PostAsync("/api/sites/import/preview" + query, form);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
    }

    private static MultipartFormDataContent Form(string text, Encoding encoding)
    {
        var content = new ByteArrayContent(encoding.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        return new MultipartFormDataContent { { content, "file", "preview.csv" } };
    }
}
