using System.Globalization;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>Reads instances and their journals for Elsa's API.</summary>
internal sealed class InstanceLibrary(Database database, InstanceStore instances, Definitions definitions, DefinitionLibrary library)
{
    /// <summary>
    /// Up to so many, totals are exact; of more, they are what the planner reckons from its statistics, and at least this. A
    /// search looks through so many of each kind of match.
    /// </summary>
    private const int Counted = 2_500;

    /// <summary>Elsa gives all when no page is asked for; more than this nobody reads.</summary>
    private const int MostAtOnce = 10_000;

    private const string Columns = "id, definition_id, definition_version, status, sub_status, correlation_id, name, incident_count, created_at, updated_at, finished_at";

    /// <summary>
    /// One page and the total. A page far behind is read from the end, which is nearer; with a total that is reckoned, its rows
    /// are counted from there.
    /// </summary>
    /// <exception cref="ProblemException">400 for a filter or an order that is none.</exception>
    public async Task<(JsonArray Items, long Total)> ListAsync(Guid tenantId, JsonObject wanted, int? page, int? pageSize, string? orderBy, bool descending, CancellationToken ct)
    {
        var filter = await FilterAsync(tenantId, wanted, ct);
        var order = InstanceOrder.Of(orderBy, descending);
        var size = Math.Min(pageSize ?? (page is null ? MostAtOnce : 25), MostAtOnce);
        var skip = (long)(page ?? 0) * size;
        if (filter.IsSearch)
            return await SearchAsync(tenantId, filter, order, skip, size, ct);
        var total = await TotalAsync(tenantId, filter, ct);
        if (total > Counted && skip > total / 2)
        {
            var take = (int)Math.Clamp(total - skip, 0, size);
            var last = await PageAsync(tenantId, filter, order.Reversed, Math.Max(0, total - skip - take), take, ct);
            last.Reverse();
            return (new JsonArray([.. last]), total);
        }
        var items = await PageAsync(tenantId, filter, order, skip, size, ct);
        return (new JsonArray([.. items]), Math.Max(total, items.Count == 0 ? 0 : skip + items.Count));
    }

    /// <summary>The ids of what a filter selects, for what is done to all of them.</summary>
    public Task<List<Guid>> IdsAsync(Guid tenantId, InstanceFilter filter, CancellationToken ct) =>
        FindAsync(tenantId, filter, filter.Command($"select id from instances where {filter.Where} order by id limit {MostAtOnce}"), ReadIdsAsync, ct);

    public async Task<InstanceFilter> FilterAsync(Guid tenantId, JsonObject wanted, CancellationToken ct)
    {
        var keys = wanted.Text("searchTerm") is { Length: > 0 } ? await library.KeysAsync(tenantId, ct) : [];
        return InstanceFilter.Of(tenantId, wanted, part => keys.Where(key => key.Contains(part, StringComparison.OrdinalIgnoreCase)));
    }

    private async Task<(JsonArray Items, long Total)> SearchAsync(Guid tenantId, InstanceFilter filter, InstanceOrder order, long skip, int size, CancellationToken ct)
    {
        var matches = await FindAsync(tenantId, filter, filter.Command($"{Matches(filter, InstanceOrder.Of(null, descending: true), Counted)}"), ReadIdsAsync, ct);
        // In the order of ids, their page is known before anything else is read of them; .NET sorts UUIDs as PostgreSQL does.
        Guid[] ids = [.. matches];
        if (order.IsOfIds)
        {
            ids = [.. (order.Descending ? matches.OrderDescending() : matches.Order()).Skip((int)Math.Min(skip, matches.Count)).Take(size)];
            skip = 0;
        }
        var page = new NpgsqlBatchCommand(string.Create(CultureInfo.InvariantCulture, $"select {Columns} from instances where tenant_id = current_tenant() and id = any($1) order by {order} limit {size} offset {skip}"))
        {
            Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = ids } },
        };
        return (new JsonArray([.. await database.ReadAsync(tenantId, page, ReadItemsAsync, ct)]), matches.Count);
    }

    private async Task<long> TotalAsync(Guid tenantId, InstanceFilter filter, CancellationToken ct)
    {
        var counted = await FindAsync(
            tenantId, filter, filter.Command($"select count(*) from (select from ({Matches(filter, null, Counted + 1)}) matches limit {Counted + 1}) counted"), async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return reader.GetInt64(0);
            }, ct);
        if (counted <= Counted)
            return counted;
        var plan = await FindAsync(tenantId, filter, filter.Command($"explain (format json) select from instances where {filter.Where}"), async (reader, token) =>
        {
            await reader.ReadAsync(token);
            return reader.GetString(0);
        }, ct);
        return Math.Max(counted, (long)JsonNode.Parse(plan)![0]!["Plan"]!["Plan Rows"]!.GetValue<double>());
    }

    private async Task<List<JsonNode>> PageAsync(Guid tenantId, InstanceFilter filter, InstanceOrder order, long skip, int take, CancellationToken ct)
    {
        FormattableString page = $"order by {order} limit {take} offset {skip}";
        var found = order.IsOfIds && filter.Branches.Count > 1
            ? $"select id from ({Matches(filter, order, skip + take)}) matches {page.ToString(CultureInfo.InvariantCulture)}"
            : $"select id from instances where {filter.Where} {page.ToString(CultureInfo.InvariantCulture)}";
        return await FindAsync(
            tenantId, filter, filter.Command($"select {Columns} from instances where tenant_id = current_tenant() and id = any(array({found})) order by {order}"), ReadItemsAsync, ct);
    }

    /// <summary>The ids of what each branch of a filter finds.</summary>
    /// <param name="order">In this order; null for any.</param>
    /// <param name="most">Of each.</param>
    private static string Matches(InstanceFilter filter, InstanceOrder? order, long most)
    {
        var ordered = order is null ? "" : $" order by {order}";
        return string.Join(filter.IsSearch ? " union " : " union all ",
        [
            .. filter.Branches.Select(Branch),
            .. filter.DefinitionBranches.Where(branches => branches.Count > 0)
                .Select(branches => string.Create(CultureInfo.InvariantCulture, $"(select id from ({string.Join(" union all ", branches.Select(Branch))}) of_states{ordered} limit {most})")),
            .. filter.TextBranches.Select(branch => string.Create(CultureInfo.InvariantCulture, $"(select id from instances where {branch} limit {most})")),
        ]);

        string Branch(string branch) => string.Create(CultureInfo.InvariantCulture, $"(select id from instances where {branch}{ordered} limit {most})");
    }

    private async Task<T> FindAsync<T>(Guid tenantId, InstanceFilter filter, NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        if (!filter.IsSearch)
            return await database.ReadPlannedAsync(tenantId, command, read, ct);
        await using var batch = database.Engine.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)"));
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        return await read(reader, ct);
    }

    private static async Task<List<Guid>> ReadIdsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var found = new List<Guid>();
        while (await reader.ReadAsync(ct))
            found.Add(reader.GetGuid(0));
        return found;
    }

    private static async Task<List<JsonNode>> ReadItemsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var items = new List<JsonNode>();
        while (await reader.ReadAsync(ct))
            items.Add(Summary(reader));
        return items;
    }

    /// <summary>An instance with the version that it runs.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public async Task<(InstanceState State, WorkflowGraph Graph, StoredInstance Stored)> GetAsync(Guid tenantId, string id, CancellationToken ct)
    {
        if (!Guid.TryParse(id, out var instanceId) || await instances.FindAsync(tenantId, instanceId, fresh: true, ct) is not { } stored)
            throw ElsaErrors.NotFound($"There is no workflow instance {id}.");
        var state = InstanceState.FromJson(stored.State);
        return (state, await definitions.OfInstanceAsync(tenantId, state.DefinitionId, state.DefinitionVersion, stored.DefinitionHash, ct), stored);
    }

    /// <summary>The whole journal, in order.</summary>
    public async Task<List<JournalEntry>> JournalAsync(Guid tenantId, Guid instanceId, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("select at, entries::text from journal where instance_id = $1 order by id")
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = instanceId } },
        };
        var entries = await database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<JournalEntry>();
            while (await reader.ReadAsync(token))
                found.AddRange(JournalJson.Read(reader.GetString(1), instanceId, reader.GetFieldValue<DateTimeOffset>(0)));
            return found;
        }, ct);
        return [.. entries.OrderBy(entry => entry.Sequence)];
    }

    /// <summary>Stored variables, as the outside may see and set them.</summary>
    public static JsonArray Variables(InstanceState state, WorkflowGraph graph) => new([.. state.Variables.Select(variable => (JsonNode)new JsonObject
    {
        ["id"] = variable.Id,
        ["name"] = graph.Find(variable.ActivityId)?.Variables.FirstOrDefault(declared => declared.Id == variable.Id)?.Name ?? variable.Id,
        ["value"] = variable.Value?.DeepClone(),
    })]);

    private static JsonObject Summary(NpgsqlDataReader reader)
    {
        var definitionId = reader.GetString(1);
        return InstanceJson.WithoutNulls(new JsonObject
        {
            ["id"] = reader.GetGuid(0).ToString(),
            ["definitionId"] = definitionId,
            ["definitionVersionId"] = DefinitionLibrary.VersionId(definitionId, reader.GetInt32(2)),
            ["version"] = reader.GetInt32(2),
            ["status"] = reader.GetString(3),
            ["subStatus"] = reader.GetString(4),
            ["correlationId"] = reader.IsDBNull(5) ? null : reader.GetString(5),
            ["name"] = reader.IsDBNull(6) ? null : reader.GetString(6),
            ["incidentCount"] = reader.GetInt32(7),
            ["createdAt"] = reader.GetFieldValue<DateTimeOffset>(8),
            ["updatedAt"] = reader.GetFieldValue<DateTimeOffset>(9),
            ["finishedAt"] = reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10),
        });
    }
}
