using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>
/// The list of instances, with more of them than are counted one by one: number 1 is the oldest and number 6,000 the newest.
/// Every third has failed, every fifth has a name, every seventh a correlation id.
/// </summary>
[Collection(nameof(ApiHost))]
public sealed class InstanceListTests(ApiHost host)
{
    private const int Count = 6_000;

    private const string Fill = """
        insert into instances (tenant_id, id, definition_id, definition_version, definition_hash, status, sub_status, name, correlation_id, notify_parent, incident_count, state, version,
            created_at, updated_at, finished_at)
        select $1, (lpad(to_hex(1767225600000 + i * 60000::bigint), 12, '0') || '7000' || '8000' || lpad(i::text, 12, '0'))::uuid, case when i % 2 = 0 then 'even' else 'odd' end, 1, 'hash',
            'Finished', case when i % 3 = 0 then 'Faulted' else 'Finished' end, case when i % 5 = 0 then 'Order ' || lpad(i::text, 5, '0') end, case when i % 7 = 0 then 'CASE-' || i end,
            false, (i % 3 = 0)::int, '\x7b7d', 1, to_timestamp(1767225600 + i * 60), to_timestamp(1767225600 + i * 60 + 30), to_timestamp(1767225600 + i * 60 + 30)
        from generate_series(1, 6000) i
        """;

    [Fact]
    public async Task Every_page_from_both_ends_every_filter_and_every_search_finds_what_is_there()
    {
        var (tenantId, client) = await host.TenantAsync($"ListsOfOthers");
        var database = host.Parts.GetRequiredService<Database>();
        await database.QueryAsync(Fill, tenantId);

        var all = await ListAsync(client, new { page = 0, pageSize = 25 });
        Numbers(all).Should().Equal(Enumerable.Range(0, 25).Select(at => Count - at));
        ((int)all["totalCount"]!).Should().BeGreaterThan(2_500, "more than are counted one by one are reckoned");
        Numbers(await ListAsync(client, new { page = 3, pageSize = 25, orderDirection = "Ascending" })).Should().Equal(Enumerable.Range(76, 25));
        var last = ((int)all["totalCount"]! - 1) / 25;
        Numbers(await ListAsync(client, new { page = last, pageSize = 25 })).Should().EndWith(1, "the last page is read from the end");
        foreach (var order in new[] { "LastExecuted", "UpdatedAt", "Finished" })
        {
            Numbers(await ListAsync(client, new { page = 1, pageSize = 10, orderBy = order, orderDirection = "Descending" })).Should().Equal(Enumerable.Range(0, 10).Select(at => Count - 10 - at), order);
            Numbers(await ListAsync(client, new { page = 0, pageSize = 10, orderBy = order, orderDirection = "Ascending" })).Should().Equal(Enumerable.Range(1, 10), order);
        }
        Numbers(await ListAsync(client, new { page = 0, pageSize = 3, orderBy = "Name", orderDirection = "Ascending" })).Should().Equal(5, 10, 15);

        await FindsAsync(client, new { page = 0, pageSize = 3, subStatuses = new[] { "Faulted" } }, 2_000, 6_000, 5_997, 5_994);
        await FindsAsync(client, new { page = 0, pageSize = 3, hasIncidents = true }, 2_000, 6_000, 5_997, 5_994);
        await FindsAsync(client, new { page = 1, pageSize = 3, definitionIds = new[] { "even" }, subStatuses = new[] { "Faulted" } }, 1_000, 5_982, 5_976, 5_970);
        await FindsAsync(client, new { page = 0, pageSize = 3, definitionIds = new[] { "odd", "even" }, statuses = new[] { "Finished" }, subStatus = "Faulted" }, 2_000, 6_000, 5_997, 5_994);
        await FindsAsync(client, new { page = 0, pageSize = 3, status = "Running" }, 0);
        await FindsAsync(client, new { page = 0, pageSize = 3, timestampFilters = new[] { new { column = "CreatedAt", @operator = "LessThanOrEqual", timestamp = "2026-01-01T00:03:00Z" } } }, 3, 3, 2, 1);
        await FindsAsync(client, new { page = 0, pageSize = 3, timestampFilters = new[] { new { column = "UpdatedAt", @operator = "LessThan", timestamp = "2026-01-01T00:03:30Z" } } }, 2, 2, 1);
        await FindsAsync(client, new { page = 0, pageSize = 3, timestampFilters = new[] { new { column = "UpdatedAt", @operator = "Is", timestamp = "2026-01-01T00:03:30Z" } } }, 1, 3);
        await FindsAsync(client, new { page = 0, pageSize = 3, searchTerm = "order 0001" }, 2, 15, 10);
        await FindsAsync(client, new { page = 0, pageSize = 3, searchTerm = "case-599" }, 2, 5_999, 5_992);
        await FindsAsync(client, new { page = 0, pageSize = 3, searchTerm = "100%" }, 0);
        await FindsAsync(client, new { page = 0, pageSize = 3, searchTerm = (string)all["items"]![0]!["id"]! }, 1, 6_000);
        await client.ImportAsync(Draw.Definition("even", Draw.Sequence(Draw.Line("line", "x"))));
        await FindsAsync(client, new { page = 1, pageSize = 3, searchTerm = "eve" }, 2_500, 5_994, 5_992, 5_990);
        await FindsAsync(client, new { page = 0, pageSize = 3, searchTerm = "eve", orderDirection = "Ascending" }, 2_500, 1_002, 1_004, 1_006);
        await FindsAsync(client, new { page = 900, pageSize = 3, searchTerm = "eve" }, 2_500);
        await FindsAsync(client, new { page = 0, pageSize = 3, searchTerm = "eve", subStatuses = new[] { "Faulted" }, hasIncidents = true }, 1_000, 6_000, 5_994, 5_988);
        await FindsAsync(client, new { page = 0, pageSize = 2, searchTerm = "eve", orderBy = "Finished", orderDirection = "Descending" }, 2_500, 6_000, 5_998);
        await FindsAsync(client, new { page = 0, pageSize = 1, searchTerm = "order", subStatus = "Faulted", orderBy = "Name", orderDirection = "Ascending" }, 400, 15);
        (await ListAsync(host.Admin, new { page = 0, pageSize = 3, searchTerm = "order 0001" }))["items"]!.AsArray().Should().BeEmpty("another tenant's are not found");
    }

    private static async Task FindsAsync(HttpClient client, object filter, int total, params int[] numbers)
    {
        var found = await ListAsync(client, filter);
        Numbers(found).Should().Equal(numbers, filter.ToString());
        ((int)found["totalCount"]!).Should().Be(total, filter.ToString());
    }

    private static Task<JsonObject> ListAsync(HttpClient client, object filter) => client.OkAsync(HttpMethod.Post, "/elsa/api/workflow-instances", filter);

    private static IEnumerable<int> Numbers(JsonObject list) => list["items"]!.AsArray().Select(item => int.Parse(((string)item!["id"]!)[^12..], System.Globalization.CultureInfo.InvariantCulture));
}
