using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>Which instances a caller means, as Elsa's filters say it.</summary>
internal sealed class InstanceFilter
{
    private readonly StringBuilder where = new("tenant_id = current_tenant()");
    private readonly List<NpgsqlParameter> parameters = [];

    private static readonly Dictionary<string, string> Operators = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Is"] = "=",
        ["IsNot"] = "<>",
        ["LessThan"] = "<",
        ["GreaterThan"] = ">",
        ["LessThanOrEqual"] = "<=",
        ["GreaterThanOrEqual"] = ">=",
    };

    private static readonly Dictionary<string, string> Instants = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CreatedAt"] = "created_at",
        ["UpdatedAt"] = "updated_at",
        ["FinishedAt"] = "finished_at",
    };

    public string Where => where.ToString();

    public bool IsEmpty => parameters.Count == 0;

    /// <exception cref="ProblemException">400 for a filter that is no filter.</exception>
    public static InstanceFilter Of(JsonObject body)
    {
        var filter = new InstanceFilter();
        if (body.Text("searchTerm") is { Length: > 0 } search)
        {
            var pattern = filter.Add("%" + search.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%", NpgsqlDbType.Text);
            filter.And($"(name ilike {pattern} or correlation_id ilike {pattern} or definition_id ilike {pattern} or id::text ilike {pattern})");
        }
        filter.In("definition_id", [.. One(body, "definitionId"), .. body.Texts("definitionIds")]);
        filter.In("correlation_id", [.. One(body, "correlationId"), .. body.Texts("correlationIds")]);
        filter.In("name", [.. One(body, "name"), .. body.Texts("names")]);
        filter.In("status", [.. One(body, "status"), .. body.Texts("statuses")]);
        filter.In("sub_status", [.. One(body, "subStatus"), .. body.Texts("subStatuses")]);
        var ids = body.Texts("ids").Concat(body.Texts("workflowInstanceIds")).ToList();
        if (ids.Count > 0)
            filter.And($"id = any({filter.Add(ids.Select(id => Guid.TryParse(id, out var parsed) ? parsed : Guid.Empty).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)})");
        if (body.Integer("version") is { } version)
            filter.And($"definition_version = {filter.Add(version, NpgsqlDbType.Integer)}");
        var versionIds = One(body, "definitionVersionId").Concat(body.Texts("definitionVersionIds")).ToList();
        if (versionIds.Count > 0)
            filter.And($"definition_id || '-' || definition_version = any({filter.Add(versionIds.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");
        if (body["hasIncidents"] is JsonValue incidents && incidents.TryGetValue<bool>(out var has))
            filter.And(has ? "incident_count > 0" : "incident_count = 0");
        if (body.Flag("isSystem"))
            filter.And("false");
        foreach (var stamp in (body["timestampFilters"] as JsonArray ?? []).OfType<JsonObject>())
            filter.AddInstant(stamp);
        return filter;
    }

    public NpgsqlBatchCommand Command(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter.Clone());
        return command;
    }

    private void AddInstant(JsonObject stamp)
    {
        if (!Instants.TryGetValue(stamp.Text("column") ?? "", out var column) || !Operators.TryGetValue(stamp.Text("operator") ?? "", out var comparison)
            || !DateTimeOffset.TryParse(stamp.Text("timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            throw ElsaErrors.Invalid("timestampFilters", "A timestamp filter is {column: CreatedAt, UpdatedAt or FinishedAt, operator, timestamp}.");
        }
        And($"{column} {comparison} {Add(at.ToUniversalTime(), NpgsqlDbType.TimestampTz)}");
    }

    private void In(string column, IReadOnlyCollection<string> values)
    {
        if (values.Count > 0)
            And($"{column} = any({Add(values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");
    }

    private void And(string condition) => where.Append(" and ").Append(condition);

    private string Add(object value, NpgsqlDbType type)
    {
        parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return string.Create(CultureInfo.InvariantCulture, $"${parameters.Count}");
    }

    private static IEnumerable<string> One(JsonObject body, string name) => body.Text(name) is { Length: > 0 } text ? [text] : [];
}

/// <summary>Reads instances and their journals for Elsa's API.</summary>
internal sealed class InstanceLibrary(Database database, InstanceStore instances, Definitions definitions)
{
    /// <summary>Totals are exact up to so many beyond where the reader is; counting millions for every look would cost more than the look.</summary>
    private const int CountedAhead = 10_000;

    /// <summary>Elsa gives all when no page is asked for; more than this nobody reads.</summary>
    private const int MostAtOnce = 10_000;

    public async Task<(JsonArray Items, long Total)> ListAsync(Guid tenantId, InstanceFilter filter, int? page, int? pageSize, string? orderBy, bool descending, CancellationToken ct)
    {
        var size = Math.Min(pageSize ?? (page is null ? MostAtOnce : 25), MostAtOnce);
        var skip = (long)(page ?? 0) * size;
        var order = (orderBy ?? "Created").ToLowerInvariant() switch
        {
            "created" or "createdat" => "id", // a UUIDv7 sorts by its instant, and the key is an index
            "updatedat" or "updated" or "lastexecuted" => "updated_at",
            "finished" or "finishedat" => "finished_at",
            "name" => "name",
            _ => throw ElsaErrors.Invalid("orderBy", $"orderBy must be Created, UpdatedAt, Finished or Name, not {orderBy}."),
        };
        var direction = descending ? "desc nulls last" : "asc nulls last";
        if (order == "id")
            direction = descending ? "desc" : "asc";
        var rows = filter.Command(string.Create(CultureInfo.InvariantCulture, $"""
            select id, definition_id, definition_version, status, sub_status, correlation_id, name, incident_count, created_at, updated_at, finished_at
            from instances where {filter.Where} order by {order} {direction}{(order == "id" ? "" : ", id")} limit {size} offset {skip}
            """));
        var count = filter.Command(string.Create(CultureInfo.InvariantCulture, $"select count(*) from (select from instances where {filter.Where} limit {skip + size + CountedAhead}) counted"));
        return await database.ReadAsync(tenantId, [rows, count], async (reader, token) =>
        {
            var items = new JsonArray();
            while (await reader.ReadAsync(token))
                items.Add((JsonNode)Summary(reader));
            await reader.NextResultAsync(token);
            await reader.ReadAsync(token);
            return (items, reader.GetInt64(0));
        }, ct);
    }

    public Task<List<Guid>> IdsAsync(Guid tenantId, InstanceFilter filter, CancellationToken ct) =>
        database.ReadAsync(tenantId, filter.Command(string.Create(CultureInfo.InvariantCulture, $"select id from instances where {filter.Where} order by id limit {MostAtOnce}")), async (reader, token) =>
        {
            var found = new List<Guid>();
            while (await reader.ReadAsync(token))
                found.Add(reader.GetGuid(0));
            return found;
        }, ct);

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
