using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Data.Transfer;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Imports;

/// <summary>What an import can be told about its file, over HTTP.</summary>
[Collection(nameof(ApiHost))]
public sealed class ImportApiTests(ApiHost host)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Cells_are_adjusted_before_they_are_read()
    {
        var sites = new JsonObject
        {
            ["Site"] = new JsonObject { ["field"] = "name", ["trim"] = true },
            ["Zone"] = new JsonObject { ["field"] = "timezone", ["values"] = new JsonObject { ["NY"] = "America/New_York", [""] = "UTC" } },
            ["Desk"] = new JsonObject { ["field"] = "address", ["phone"] = true },
        };
        var imported = await ImportAsync("sites", "Site,Zone,Desk\n\"  Adjusted A \",NY,(212) 555-0100\nAdjusted B,,no number\n", sites);
        ((int)imported["created"]!, (int)imported["failed"]!).Should().Be((2, 0));
        var read = await ListAsync("/api/sites?q=Adjusted&sort=name");
        read.Select(site => ((string?)site["name"], (string?)site["timezone"], (string?)site["address"])).Should().Equal(
            ("Adjusted A", "America/New_York", "+12125550100"), ("Adjusted B", "UTC", "no number"));

        var migrations = new JsonObject
        {
            ["Name"] = "name",
            ["Site"] = "siteId",
            ["Routing"] = "routingType",
            ["Carrier"] = "targetCarrier",
            ["Day"] = new JsonObject { ["field"] = "targetDate", ["dates"] = "mdy" },
        };
        imported = await ImportAsync("migrations", "Name,Site,Routing,Carrier,Day\nAdjusted M,Adjusted A,direct_routing,verizon,3/4/2031\nAdjusted N,Adjusted A,direct_routing,verizon,31/4/2031\n", migrations);
        imported["failedByCode"]!.ToJsonString().Should().Be("""{"invalid_date":1}""", "a text that does not fit is refused, not guessed at");
        (await ListAsync("/api/migrations?name=Adjusted+M")).Single()["targetDate"]!.ToString().Should().Be("2031-03-04");
    }

    [Theory]
    [InlineData("""{"name":{"field":"name","upper":true}}""", "there is no upper")]
    [InlineData("""{"name":{"field":"name","trim":"yes"}}""", "trim must be true or false")]
    [InlineData("""{"name":{"field":"name","dates":"ymd"}}""", "dates must be dmy")]
    [InlineData("""{"name":{"field":"name","values":{"a":1}}}""", "values must be an object")]
    [InlineData("""{"name":{"trim":true}}""", "an object with field")]
    public async Task An_adjustment_that_nobody_knows_is_refused_with_what_there_is(string mapping, string reason)
    {
        using var form = Form("name,timezone\nA,UTC\n", JsonNode.Parse(mapping)!.AsObject());
        using var answer = await host.Admin.PostAsync("/api/sites/import", form);
        ((int)answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]).Should().Be((422, "invalid_mapping"));
        (await answer.Content.ReadAsStringAsync()).Should().Contain(reason);
    }

    [Fact]
    public async Task All_or_nothing_writes_nothing_of_a_file_with_a_bad_row_and_says_so()
    {
        const string file = "name,timezone\nWhole A,UTC\nWhole B,Nowhere/Land\nWhole C,UTC\n";

        var operation = await EndOfAsync("sites", file, "?allOrNothing=true");

        ((string?)operation["status"], (string?)operation["problem"]!["code"]).Should().Be(("failed", "rows_refused"));
        ((string?)operation["problem"]!["detail"]).Should().StartWith("1 of 3 rows cannot be imported, so none was.");
        Counts(operation["result"]!).Should().Be((0, 0, 2, 1));
        (await ListAsync("/api/sites?q=Whole")).Should().BeEmpty();
        var batch = (string)operation["result"]!["batchId"]!;
        (await host.Admin.GetStringAsync($"/api/import-batches/{batch}/errors")).Should().Contain("Whole B").And.NotContain("Whole A");
        Counts(await host.Admin.OkAsync(HttpMethod.Get, $"/api/import-batches/{batch}")).Should().Be((0, 0, 2, 1));

        operation = await EndOfAsync("sites", file.Replace("Nowhere/Land", "UTC", StringComparison.Ordinal), "?allOrNothing=true");
        ((string?)operation["status"], Counts(operation["result"]!)).Should().Be(("succeeded", (3, 0, 0, 0)));
        (await ListAsync("/api/sites?q=Whole")).Should().HaveCount(3);
    }

    [Fact]
    public async Task Who_has_started_an_operation_pauses_it_and_others_do_not_know_it()
    {
        var operation = await EndOfAsync("sites", "name,timezone\nPaused A,UTC\n", "?dryRun=true");
        var other = await host.UserAsync("sites:import");
        foreach (var verb in new[] { "pause", "resume" })
        {
            (await host.Admin.RefusedAsync(HttpMethod.Post, $"/api/operations/{operation["id"]}/{verb}")).Should().Be((409, "operation_is_over"));
            (await other.RefusedAsync(HttpMethod.Post, $"/api/operations/{operation["id"]}/{verb}")).Should().Be((404, "not_found"));
        }
        operation["isPaused"]!.GetValue<bool>().Should().BeFalse();
    }

    [Fact]
    public async Task A_mapping_is_remembered_for_files_with_the_same_columns_named_and_forgotten()
    {
        var mapping = new JsonObject { ["Recall Name"] = "name", ["Recall Zone"] = new JsonObject { ["field"] = "timezone", ["values"] = new JsonObject { ["NY"] = "UTC" } } };
        await ImportAsync("sites", "Recall Name,Recall Zone\nRecalled A,NY\n", mapping);
        var shape = await ShapeAsync("Recall Zone,Recall Name,import_reason\nUTC,B,why\n");
        var first = (await RememberedAsync(shape)).Should().ContainSingle("the order of the columns does not count, nor the reasons of refused rows").Subject;
        first["name"].Should().BeNull();
        JsonNode.DeepEquals(first["mapping"], mapping).Should().BeTrue();
        (await RememberedAsync(await ShapeAsync("Recall Name\nx\n"))).Should().BeEmpty();

        (await host.Admin.OkAsync(HttpMethod.Patch, $"/api/import-mappings/{first["id"]}", new { name = "From the carrier" }))["name"]!.ToString().Should().Be("From the carrier");
        var other = new JsonObject { ["Recall Name"] = "name", ["Recall Zone"] = new JsonObject { ["field"] = "timezone", ["values"] = new JsonObject { [""] = "UTC" } } };
        await ImportAsync("sites", "Recall Name,Recall Zone\nRecalled B,\n", other);
        await EndOfAsync("sites", "Recall Name,Recall Zone\nRecalled C,UTC\n", "?dryRun=true", new JsonObject { ["Recall Name"] = "name", ["Recall Zone"] = "timezone" });
        var both = await RememberedAsync(shape);
        both.Select(one => (string?)one["name"]).Should().Equal(null, "From the carrier");
        JsonNode.DeepEquals(both[0]["mapping"], other).Should().BeTrue("a trial is not remembered");

        await ImportAsync("sites", "Recall Name,Recall Zone\nRecalled D,NY\n", mapping.DeepClone().AsObject());
        (await RememberedAsync(shape)).Select(one => (string?)one["name"]).Should().Equal("From the carrier", null);
        (await host.Admin.RefusedAsync(HttpMethod.Patch, $"/api/import-mappings/{both[0]["id"]}", new { name = "From the carrier" })).Should().Be((422, "name_taken"));
        (await host.Admin.RefusedAsync(HttpMethod.Patch, $"/api/import-mappings/{both[0]["id"]}", new { mapping = new { } })).Should().Be((422, "unknown_field"));
        var stranger = await host.UserAsync("sites:read");
        (await stranger.RefusedAsync(HttpMethod.Delete, $"/api/import-mappings/{first["id"]}")).Should().Be((403, "missing_permission"));
        (await stranger.RefusedAsync(HttpMethod.Get, "/api/import-mappings?type=sites")).Should().Be((403, "missing_permission"));
        var (_, foreign) = await host.TenantAsync("Forgetful");
        (await foreign.RefusedAsync(HttpMethod.Delete, $"/api/import-mappings/{first["id"]}")).Should().Be((404, "not_found"));

        foreach (var one in both)
            (await host.Admin.SendAsync(HttpMethod.Delete, $"/api/import-mappings/{one["id"]}")).EnsureSuccessStatusCode();
        (await RememberedAsync(shape)).Should().BeEmpty();
    }

    [Fact]
    public async Task Imports_of_such_files_that_begin_at_once_all_begin_and_one_mapping_is_remembered()
    {
        var begun = await Task.WhenAll(Enumerable.Range(0, 6).Select(async one =>
        {
            using var form = Form($"Rush Name,Rush Zone\nRushed {one},UTC\n", new JsonObject { ["Rush Name"] = "name", ["Rush Zone"] = one % 2 == 0 ? "timezone" : new JsonObject { ["field"] = "timezone", ["trim"] = true } });
            using var answer = await host.Admin.PostAsync("/api/sites/import", form);
            return (int)answer.StatusCode;
        }));

        begun.Should().OnlyContain(status => status == 202);
        (await RememberedAsync(await ShapeAsync("Rush Name,Rush Zone\n"))).Should().ContainSingle();
    }

    private Task<List<JsonNode>> RememberedAsync(string shape) => ListAsync($"/api/import-mappings?type=sites&shape={shape}");

    private async Task<string> ShapeAsync(string file)
    {
        using var form = Form(file, null);
        using var answer = await host.Admin.PostAsync("/api/sites/import/preview", form);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["shape"]!;
    }

    [Fact]
    public async Task A_sample_has_the_columns_that_the_type_takes_as_text_and_as_a_workbook()
    {
        var columns = new List<IReadOnlyList<string>>();
        foreach (var format in new[] { "csv", "xlsx" })
        {
            using var table = SourceTable.Open(new MemoryStream(await host.Admin.GetByteArrayAsync($"/api/phone-numbers/import/sample?format={format}")));
            table.Format.Should().Be(format);
            table.Rows().Should().BeEmpty();
            columns.Add(table.Header);
        }
        columns[0].Should().Contain(["number", "migrationId", "currentCarrier"]).And.NotContain(["status", "attempt", "id"]).And.Equal(columns[1]);
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/tasks/import/sample")).Should().Be((422, "not_importable"));
    }

    private static (int Created, int Updated, int Skipped, int Failed) Counts(JsonNode result) =>
        ((int)result["created"]!, (int)result["updated"]!, (int)result["skipped"]!, (int)result["failed"]!);

    private async Task<JsonNode> ImportAsync(string type, string file, JsonObject mapping)
    {
        var operation = await EndOfAsync(type, file, "", mapping);
        ((string?)operation["status"]).Should().Be("succeeded", operation.ToJsonString());
        return operation["result"]!;
    }

    private async Task<JsonObject> EndOfAsync(string type, string file, string query, JsonObject? mapping = null)
    {
        using var form = Form(file, mapping);
        using var answer = await host.Admin.PostAsync($"/api/{type}/import{query}", form);
        var operation = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        answer.IsSuccessStatusCode.Should().BeTrue(operation.ToJsonString());
        using var patience = new CancellationTokenSource(Patience);
        while ((string?)operation["status"] is "queued" or "running")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
            operation = await host.Admin.OkAsync(HttpMethod.Get, $"/api/operations/{operation["id"]}");
        }
        return operation;
    }

    private async Task<List<JsonNode>> ListAsync(string path) => [.. (await host.Admin.OkAsync(HttpMethod.Get, path))["items"]!.AsArray().Select(item => item!)];

    private static MultipartFormDataContent Form(string text, JsonObject? mapping)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        var form = new MultipartFormDataContent { { content, "file", "import.csv" } };
        if (mapping is not null)
            form.Add(new StringContent(mapping.ToJsonString()), "mapping");
        return form;
    }
}
