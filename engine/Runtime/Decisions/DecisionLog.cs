using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Decisions;

/// <summary>One decision as it was made.</summary>
/// <param name="Number">The artefact's version.</param>
/// <param name="Decision">Which one of a model; null for its last.</param>
/// <param name="Cause">Who or what asked: <c>{actor, actorId?, instanceId?, activityId?, artefact?, subject?, uses?}</c>.</param>
public sealed record RecordedDecision(
    Guid Id, string Kind, string Key, int Number, string Hash, string? Decision, JsonObject Input, JsonNode? Output, JsonArray Matched,
    JsonArray? Diagnostics, JsonObject Cause, DateTimeOffset At)
{
    public JsonObject ToJson() => new()
    {
        ["id"] = Id.ToString(),
        ["artefact"] = new JsonObject { ["kind"] = Kind, ["key"] = Key, ["version"] = Number, ["hash"] = Hash },
        ["decision"] = Decision,
        ["input"] = Input.DeepClone(),
        ["output"] = Output?.DeepClone(),
        ["matched"] = Matched.DeepClone(),
        ["diagnostics"] = Diagnostics?.DeepClone(),
        ["cause"] = Cause.DeepClone(),
        ["at"] = FieldText.Format(At),
    };
}

/// <param name="Decision">Of a model; null for a rule set.</param>
/// <param name="Row">The id of the row, or its number where it has none; the name of a rule.</param>
public sealed record RowHits(string? Decision, string Row, long Count);

/// <summary>The record of what was decided: append-only, in partitions of a month.</summary>
public sealed class DecisionLog(Database database)
{
    private const string Columns = "id, kind, key, number, hash, decision, input::text, output::text, matched::text, diagnostics::text, cause::text, at";

    private readonly ConcurrentDictionary<DateOnly, bool> months = new();

    /// <summary>
    /// Makes sure that the month of an instant and the next two have their partitions; costs nothing once they are known.
    /// What is written without one goes into the default partition and moves when its month is made, so nothing is lost.
    /// </summary>
    public async ValueTask EnsureMonthAsync(DateTimeOffset at, CancellationToken ct)
    {
        var month = new DateOnly(at.UtcDateTime.Year, at.UtcDateTime.Month, 1);
        if (months.ContainsKey(month))
            return;
        for (var ahead = 0; ahead <= 2; ahead++)
        {
            await using var command = database.Engine.CreateCommand("select make_decisions_month($1)");
            command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = month.AddMonths(ahead) });
            await command.ExecuteNonQueryAsync(ct);
        }
        months[month] = true;
    }

    /// <summary>Adds it to a step; the id must carry its instant.</summary>
    public static void Add(Step step, RecordedDecision decision) => step.Insert(
        SystemTables.Decisions, step.TenantId, decision.Id, decision.Kind, decision.Key, decision.Number, decision.Hash, decision.Decision,
        decision.Input.ToJsonString(), decision.Output?.ToJsonString() ?? "null", decision.Matched.ToJsonString(), decision.Diagnostics?.ToJsonString(), null,
        decision.Cause.ToJsonString(), decision.At);

    /// <summary>Null when the tenant has none of this id.</summary>
    public Task<RecordedDecision?> GetAsync(Guid tenantId, Guid id, CancellationToken ct) => database.ReadAsync(
        tenantId,
        new NpgsqlBatchCommand($"select {Columns} from decisions where tenant_id = current_tenant() and id = $1") { Parameters = { new() { Value = id } } },
        async (reader, token) => await reader.ReadAsync(token) ? Read(reader) : null,
        ct);

    /// <summary>Newest first.</summary>
    /// <param name="key">Null for all.</param>
    /// <param name="after">The last id of the page before.</param>
    public Task<List<RecordedDecision>> ListAsync(Guid tenantId, string? key, DateTimeOffset? from, DateTimeOffset? to, Guid? after, int limit, CancellationToken ct)
    {
        var below = to is { } end ? FirstIdAt(end) : (Guid?)null;
        if (after is { } cursor && (below is null || cursor.CompareTo(below.Value) < 0))
            below = cursor;
        return ReadAsync(tenantId, "desc", key, null, from is { } start ? FirstIdAt(start) : null, below, limit, ct);
    }

    /// <summary>Oldest first, beyond an id.</summary>
    public Task<List<RecordedDecision>> BatchAsync(Guid tenantId, string kind, string key, Guid? beyond, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken ct) =>
        ReadAsync(tenantId, "asc", key, kind, beyond is { } id ? Next(id) : FirstIdAt(from), FirstIdAt(to), limit, ct);

    public Task<long> CountAsync(Guid tenantId, string kind, string key, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => database.ReadAsync(
        tenantId,
        new NpgsqlBatchCommand("select count(*) from decisions where tenant_id = current_tenant() and kind = $1 and key = $2 and id >= $3 and id < $4")
        {
            Parameters = { new() { Value = kind }, new() { Value = key }, new() { Value = FirstIdAt(from) }, new() { Value = FirstIdAt(to) } },
        },
        async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : 0,
        ct);

    /// <summary>How often each row or rule took part in the newest decisions of a period.</summary>
    /// <param name="limit">At most so many decisions are looked at.</param>
    public Task<List<RowHits>> HitsAsync(Guid tenantId, string kind, string key, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken ct) => database.ReadAsync(
        tenantId,
        new NpgsqlBatchCommand("""
            select hit ->> 'decision', coalesce(hit ->> 'rule', hit ->> 'rowId', hit ->> 'row'), count(*)
            from (
              select matched from decisions
              where tenant_id = current_tenant() and kind = $1 and key = $2 and id >= $3 and id < $4
              order by id desc limit $5
            ) as made, jsonb_array_elements(matched) as hit
            group by 1, 2
            """)
        {
            Parameters = { new() { Value = kind }, new() { Value = key }, new() { Value = FirstIdAt(from) }, new() { Value = FirstIdAt(to) }, new NpgsqlParameter<int> { TypedValue = limit } },
        },
        async (reader, token) =>
        {
            var hits = new List<RowHits>();
            while (await reader.ReadAsync(token))
                hits.Add(new RowHits(reader.IsDBNull(0) ? null : reader.GetString(0), reader.IsDBNull(1) ? "" : reader.GetString(1), reader.GetInt64(2)));
            return hits;
        },
        ct);

    /// <summary>The least UUIDv7 of a millisecond, to which instants are rounded up.</summary>
    public static Guid FirstIdAt(DateTimeOffset at)
    {
        var milliseconds = Math.Max(0, (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond);
        return Guid.Parse(milliseconds.ToString("x12", CultureInfo.InvariantCulture) + new string('0', 20));
    }

    /// <summary>The id after this one in PostgreSQL's order, which is that of the bytes as written.</summary>
    private static Guid Next(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        for (var i = 15; i >= 0 && ++bytes[i] == 0; i--)
        {
            // A byte that has run over carries into the one before it.
        }
        return new Guid(bytes, bigEndian: true);
    }

    private Task<List<RecordedDecision>> ReadAsync(Guid tenantId, string order, string? key, string? kind, Guid? least, Guid? below, int limit, CancellationToken ct)
    {
        // The conditions are put together so that the planner sees which partitions and which index it needs.
        var command = new NpgsqlBatchCommand();
        var conditions = new List<string> { "tenant_id = current_tenant()" };
        Where("key = ", key);
        Where("kind = ", kind);
        Where("id >= ", least);
        Where("id < ", below);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        command.CommandText = $"select {Columns} from decisions where {string.Join(" and ", conditions)} order by id {order} limit ${command.Parameters.Count}";
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<RecordedDecision>();
            while (await reader.ReadAsync(token))
                found.Add(Read(reader));
            return found;
        }, ct);

        void Where(string condition, object? value)
        {
            if (value is null)
                return;
            command.Parameters.Add(new NpgsqlParameter { Value = value });
            conditions.Add($"{condition}${command.Parameters.Count}");
        }
    }

    private static RecordedDecision Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5),
        (JsonObject)JsonNode.Parse(reader.GetString(6))!, reader.IsDBNull(7) ? null : JsonNode.Parse(reader.GetString(7)), (JsonArray)JsonNode.Parse(reader.GetString(8))!,
        reader.IsDBNull(9) ? null : (JsonArray?)JsonNode.Parse(reader.GetString(9)), (JsonObject)JsonNode.Parse(reader.GetString(10))!, reader.GetFieldValue<DateTimeOffset>(11));
}
