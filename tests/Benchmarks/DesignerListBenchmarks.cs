using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

using Npgsql;

using Switchboard.Tests.Support;

namespace Switchboard.Benchmarks;

/// <summary>
/// The lists of the designer over HTTP, as Studio asks for them, from a service with 1,000 versions of workflows and many
/// instances beside one with 10 and 1,000: each order, each filter with a frequent value, a rare one and none, searches, far
/// pages and the last one, each with its total.
/// </summary>
internal static class DesignerListBenchmarks
{
    private const int Few = 1_000;
    private const int Reads = 40;
    private const string Definitions = "/elsa/api/workflow-definitions";

    /// <summary>A list that is slow anyway is read no longer than this, three times at least.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(Bench bench)
    {
        await using var few = await FilledAsync(versions: 10, Few);
        await using var many = await FilledAsync(versions: 1_000, bench.Records);
        await CompareAsync(bench, "definitions", few, many, await DefinitionListsAsync(few), await DefinitionListsAsync(many), 1_000, 10);
        await CompareAsync(bench, "instances", few, many, InstanceLists(Few), InstanceLists(bench.Records), bench.Records, Few);
    }

    private static async Task CompareAsync(
        Bench bench, string what, HostProcess few, HostProcess many, List<(string Name, Func<HttpRequestMessage> Ask)> fewLists, List<(string Name, Func<HttpRequestMessage> Ask)> manyLists, int large, int small)
    {
        var results = new List<(string List, double Few, double Many)>();
        foreach (var (fewList, manyList) in fewLists.Zip(manyLists))
        {
            var (fewTimes, manyTimes) = await TimesAsync((few, fewList.Ask), (many, manyList.Ask));
            results.Add((fewList.Name, Bench.P95(fewTimes), Bench.P95(manyTimes)));
        }
        Console.WriteLine();
        Console.WriteLine($"{what}: {results.Count} lists");
        foreach (var (list, fewMs, manyMs) in results.OrderByDescending(result => result.Many / result.Few))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {manyMs / fewMs,6:0.00} × {list}: {fewMs:0.0} ms from {small:#,0}, {manyMs:0.0} ms from {large:#,0}"));
        var ratio = Bench.P95(results.Select(result => result.Many)) / Bench.P95(results.Select(result => result.Few));
        bench.AddLimit(string.Create(CultureInfo.InvariantCulture, $"p95 over {results.Count} lists of {what} in the designer, {large:#,0} against {small:#,0}"), ratio, 2, "×");
    }

    private static async Task<List<(string Name, Func<HttpRequestMessage> Ask)>> DefinitionListsAsync(HostProcess host)
    {
        var first = await host.GetAsync($"{Definitions}?versionOptions=Latest&IsSystem=False&Page=0&PageSize=15", CancellationToken.None);
        var last = ((int)first["totalCount"]! - 1) / 15;
        var ids = string.Concat(first["items"]!.AsArray().Select(item => $"&DefinitionIds={item!["definitionId"]}"));
        string[] queries =
        [
            "versionOptions=Latest&IsSystem=False&Page=0&PageSize=15", $"versionOptions=Latest&IsSystem=False&Page={last}&PageSize=15",
            $"versionOptions=Published{ids}", "versionOptions=Latest&IsSystem=False&Page=0&PageSize=15&SearchTerm=drawn-7",
            "versionOptions=Latest&IsSystem=False&Page=0&PageSize=15&SearchTerm=nobody", "versionOptions=AllVersions&DefinitionIds=drawn-1&OrderBy=Version&OrderDirection=Descending",
            .. from order in new[] { "Name", "Created", "Version" } from direction in new[] { "Ascending", "Descending" } select $"versionOptions=Latest&IsSystem=False&Page=0&PageSize=15&OrderBy={order}&OrderDirection={direction}",
            .. first["items"]!.AsArray().Take(1).Select(item => $"Ids={item!["id"]}"),
        ];
        return [.. queries.Select(query => (query.Length > 120 ? query[..120] + "…" : query, (Func<HttpRequestMessage>)(() => new HttpRequestMessage(HttpMethod.Get, $"{Definitions}?{query}"))))];
    }

    private static List<(string Name, Func<HttpRequestMessage> Ask)> InstanceLists(int count)
    {
        var lists = new List<(string, Func<HttpRequestMessage>)>();
        foreach (var order in new[] { "Created", "LastExecuted", "Finished", "Name" })
        {
            foreach (var direction in new[] { "Ascending", "Descending" })
            {
                Add($"{order} {direction}", new { page = 0, pageSize = 15, orderBy = order, orderDirection = direction });
                Add($"{order} {direction}, last page", new { page = (count - 1) / 15, pageSize = 15, orderBy = order, orderDirection = direction });
            }
        }
        Add("page 60", new { page = 60, pageSize = 15 });
        foreach (var definition in new[] { "drawn-1", "drawn-rare", "nobody" })
            Add($"definition {definition}", new { page = 0, pageSize = 15, definitionIds = new[] { definition } });
        foreach (var status in new[] { "Running", "Finished" })
            Add($"status {status}", new { page = 0, pageSize = 15, statuses = new[] { status } });
        foreach (var subStatus in new[] { "Suspended", "Faulted", "Cancelled", "Interrupted" })
        {
            Add($"sub status {subStatus}", new { page = 0, pageSize = 15, subStatuses = new[] { subStatus } });
            Add($"definition drawn-1, sub status {subStatus}", new { page = 0, pageSize = 15, definitionIds = new[] { "drawn-1" }, subStatuses = new[] { subStatus } });
        }
        Add("incidents", new { page = 0, pageSize = 15, hasIncidents = true });
        Add("no incidents", new { page = 0, pageSize = 15, hasIncidents = false });
        foreach (var column in new[] { "CreatedAt", "UpdatedAt", "FinishedAt" })
        {
            Add($"{column} in the last days", new { page = 0, pageSize = 15, timestampFilters = new[] { new { column, @operator = "GreaterThan", timestamp = "2026-05-30T00:00:00Z" } } });
            Add($"{column} in the first days", new { page = 0, pageSize = 15, timestampFilters = new[] { new { column, @operator = "LessThan", timestamp = "2026-01-02T00:00:00Z" } } });
        }
        foreach (var search in new[] { "order 77", "order", "CASE-12", "drawn-rare", "drawn-1", "nobody", "019b", "019b7a3c-0000" })
            Add($"search {search}", new { page = 0, pageSize = 15, searchTerm = search });
        return lists;

        void Add(string name, object body) =>
            lists.Add((name, () => new HttpRequestMessage(HttpMethod.Post, "/elsa/api/workflow-instances") { Content = JsonContent.Create(body) }));
    }

    /// <summary>In turns, so that what else the machine does falls on both.</summary>
    private static async Task<(List<double> Few, List<double> Many)> TimesAsync((HostProcess Host, Func<HttpRequestMessage> Ask) few, (HostProcess Host, Func<HttpRequestMessage> Ask) many)
    {
        var (fewTimes, manyTimes) = (new List<double>(Reads), new List<double>(Reads));
        for (var warm = 0; warm < 2; warm++)
        {
            // Compiled, prepared and in memory before it counts.
            await AskAsync(few.Host, few.Ask);
            await AskAsync(many.Host, many.Ask);
        }
        var started = Stopwatch.GetTimestamp();
        while (fewTimes.Count < Reads && (fewTimes.Count < 3 || Stopwatch.GetElapsedTime(started) < Enough))
        {
            fewTimes.Add(await AskAsync(few.Host, few.Ask));
            manyTimes.Add(await AskAsync(many.Host, many.Ask));
        }
        return (fewTimes, manyTimes);
    }

    /// <returns>Milliseconds until the whole answer was there.</returns>
    private static async Task<double> AskAsync(HostProcess host, Func<HttpRequestMessage> ask)
    {
        var at = Stopwatch.GetTimestamp();
        using var request = ask();
        using var answer = await host.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? Stopwatch.GetElapsedTime(at).TotalMilliseconds : throw new InvalidOperationException($"{request.RequestUri}: {(int)answer.StatusCode} {text}");
    }

    private static async Task<HostProcess> FilledAsync(int versions, int instances)
    {
        var owner = await TestPostgres.CreateEmptyDatabaseAsync($"designer_lists_{instances}");
        var host = new HostProcess();
        var settings = new[] { ("SWITCHBOARD_DB", owner), ("SWITCHBOARD_REQUESTS_A_MINUTE", "1000000") };
        await host.StartAsync(CancellationToken.None, settings);
        await host.SignInAsync(CancellationToken.None);
        var drawn = await host.PostAsync(Definitions, new
        {
            model = new { definitionId = "pattern", name = "Pattern", root = new { type = "Elsa.Flowchart", version = 1, id = "flow", activities = new[] { new { type = "Elsa.WriteLine", version = 1, id = "line" } }, connections = Array.Empty<object>() } },
            publish = true,
        }, CancellationToken.None);
        if ((bool?)drawn["workflowDefinition"]!["isPublished"] != true)
            throw new InvalidOperationException(drawn.ToJsonString());
        await host.StopAsync();

        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync();
        foreach (var sql in new[] { FillVersions, FillInstances, "vacuum analyze", "checkpoint" })
        {
            var text = sql.Replace(":versions", versions.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace(":count", instances.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            await using var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync();
        }
        await host.StartAsync(CancellationToken.None, settings);
        await host.SignInAsync(CancellationToken.None);
        return host;
    }

    /// <summary>As many versions of ten times fewer workflows, all after the pattern that was drawn over HTTP.</summary>
    private const string FillVersions = """
        insert into artefacts (tenant_id, id, kind, key, number, content, hash, comment, author, author_id, state, effective_from, published_at, created_at, updated_at, version)
        select tenant_id, uuidv7(), kind, 'drawn-' || w, n, replace(replace(content, '"pattern"', '"drawn-' || w || '"'), '"Pattern"', '"Drawn ' || w || '"'),
            hash, comment, author, author_id, case when n = 10 then 'published' else 'superseded' end, effective_from, published_at, created_at, updated_at, version
        from artefacts cross join generate_series(1, :versions / 10) w cross join generate_series(1, 10) n where key = 'pattern'
        """;

    /// <summary>
    /// Instances of five months: a hundredth has failed, as many were cancelled, a fifth waits, the rest has ended; a tenth has
    /// a name, a fifth a correlation id. One in a thousand is of a workflow that is rare.
    /// </summary>
    private const string FillInstances = """
        insert into instances (tenant_id, id, definition_id, definition_version, definition_hash, status, sub_status, name, correlation_id, notify_parent, incident_count, state, version,
            created_at, updated_at, finished_at)
        select tenant_id,
            (lpad(to_hex((extract(epoch from started) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(i & 4095), 3, '0') || '8' || lpad(to_hex(hashint8(i)::bigint & 268435455), 15, '0'))::uuid,
            case when i % 1000 = 0 then 'drawn-rare' else 'drawn-' || 1 + i % 10 end, 10, 'hash', case when sub_status = 'Suspended' then 'Running' else 'Finished' end, sub_status,
            case when i % 10 = 0 then 'Order ' || i end, case when i % 5 = 0 then 'CASE-' || i end, false, (sub_status = 'Faulted')::int, decode(repeat('7b', 300), 'hex'), 3,
            started, started + make_interval(secs => hashint4(i) & 262143), case when sub_status <> 'Suspended' then started + make_interval(secs => hashint4(i) & 262143) end
        from (select (select tenant_id from artefacts where key = 'pattern') tenant_id, i, timestamptz '2026-01-01' + (interval '150 days' / :count) * i as started,
                case when i % 100 = 1 then 'Faulted' when i % 100 = 2 then 'Cancelled' when i % 5 = 0 then 'Suspended' else 'Finished' end sub_status
            from generate_series(1, :count) i) wanted
        """;
}
