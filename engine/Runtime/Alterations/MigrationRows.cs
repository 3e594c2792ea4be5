using System.Text.Json.Nodes;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Runtime.Bursts;

namespace Switchboard.Runtime.Alterations;

/// <summary>What an undo puts back.</summary>
/// <param name="Tasks">Those that the move closed: <c>[{id, status}]</c>.</param>
/// <param name="VersionAfter">The instance's version as the move left it: another one says that it has moved since.</param>
internal sealed record MovedFrom(byte[] State, string Hash, JsonArray Tasks, long VersionAfter);

/// <summary>A row of <c>instance_migrations</c>.</summary>
/// <param name="Undo">Null while nobody has undone it, else <c>restored, moved_since, went_on</c> or <c>gone</c>.</param>
internal sealed record MigrationRow(Guid Id, MoveOutcome Outcome, MovedFrom? Before, string? Undo, DateTimeOffset CreatedAt, long Version)
{
    public JsonObject ToJson() => new()
    {
        ["instanceId"] = Outcome.InstanceId.ToString(),
        ["outcome"] = Outcome.Outcome,
        ["code"] = Outcome.Code,
        ["from"] = Outcome.PlaceBefore,
        ["to"] = Outcome.PlaceAfter,
        ["undo"] = Undo,
        ["detail"] = Outcome.Detail.DeepClone(),
    };
}

/// <summary>Reads and makes the rows of migrations.</summary>
internal static class MigrationRows
{
    private const string Columns =
        "id, instance_id, outcome, code, place_before, place_after, detail::text, state_before, hash_before, tasks_before::text, version_after, undo, created_at, version";

    public static object?[] Of(Guid tenantId, Guid operationId, MoveOutcome outcome, MovedFrom? before, DateTimeOffset at) =>
        Of(tenantId, operationId, new MigrationRow(StepRows.BookmarkRowId(outcome.InstanceId, operationId.ToString()), outcome, before, null, FieldText.Microseconds(at), 1));

    public static object?[] Of(Guid tenantId, Guid operationId, MigrationRow row) =>
    [
        tenantId, row.Id, operationId, row.Outcome.InstanceId, row.Outcome.Outcome, row.Outcome.Code, row.Outcome.PlaceBefore, row.Outcome.PlaceAfter,
        row.Outcome.Detail.ToJsonString(), row.Before?.State, row.Before?.Hash, row.Before?.Tasks.ToJsonString(), row.Before?.VersionAfter, row.Undo,
        row.CreatedAt, row.Version,
    ];

    /// <param name="outcome">Only these; null for all.</param>
    /// <param name="undo">Only those that an undo has left so; null for all.</param>
    public static Task<List<MigrationRow>> PageAsync(
        Database database, Guid tenantId, Guid operationId, string? outcome, string? undo, Guid? after, int limit, CancellationToken ct) =>
        ReadAsync(
            database, tenantId,
            $"""
            select {Columns} from instance_migrations
            where operation_id = $1 and ($2::text is null or outcome = $2) and ($3::text is null or undo = $3) and ($4::uuid is null or id > $4)
            order by id limit $5
            """,
            ct, operationId, outcome, undo, after, limit);

    /// <summary>Those that were moved and that no undo has looked at yet.</summary>
    public static Task<List<MigrationRow>> ToUndoAsync(Database database, Guid tenantId, Guid operationId, int limit, CancellationToken ct) =>
        ReadAsync(
            database, tenantId,
            $"select {Columns} from instance_migrations where operation_id = $1 and outcome in ('kept', 'changed') and undo is null order by id limit $2", ct, operationId, limit);

    /// <summary>Which of these instances the operation has dealt with already.</summary>
    public static Task<HashSet<Guid>> DoneAsync(Database database, Guid tenantId, Guid operationId, IReadOnlyCollection<Guid> instances, CancellationToken ct) =>
        database.ReadAsync(
            tenantId, Command("select instance_id from instance_migrations where operation_id = $1 and id = any($2)",
                operationId, instances.Select(id => StepRows.BookmarkRowId(id, operationId.ToString())).ToArray()),
            async (reader, token) =>
            {
                var done = new HashSet<Guid>();
                while (await reader.ReadAsync(token))
                    done.Add(reader.GetGuid(0));
                return done;
            }, ct);

    /// <summary>How many of each outcome, by where they were and where they are then, with some of them.</summary>
    public static Task<JsonArray> GroupsAsync(Database database, Guid tenantId, Guid operationId, int most, CancellationToken ct) =>
        database.ReadAsync(
            tenantId,
            Command(
                """
                select outcome, code, place_before, place_after, undo, count(*), (array_agg(instance_id order by id))[1:5]
                from instance_migrations where operation_id = $1
                group by outcome, code, place_before, place_after, undo
                order by count(*) desc, outcome, place_before, place_after limit $2
                """,
                operationId, most),
            async (reader, token) =>
            {
                var groups = new JsonArray();
                while (await reader.ReadAsync(token))
                {
                    groups.Add((JsonNode)new JsonObject
                    {
                        ["outcome"] = reader.GetString(0),
                        ["code"] = reader.IsDBNull(1) ? null : reader.GetString(1),
                        ["from"] = reader.GetString(2),
                        ["to"] = reader.GetString(3),
                        ["undo"] = reader.IsDBNull(4) ? null : reader.GetString(4),
                        ["count"] = reader.GetInt64(5),
                        ["instanceIds"] = new JsonArray([.. reader.GetFieldValue<Guid[]>(6).Select(id => (JsonNode)id.ToString())]),
                    });
                }
                return groups;
            }, ct);

    public static NpgsqlBatchCommand Command(string sql, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value switch
            {
                Guid[] ids => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid, Value = ids },
                DateTimeOffset at => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = at.ToUniversalTime() },
                null => new NpgsqlParameter { Value = DBNull.Value },
                _ => new NpgsqlParameter { Value = value },
            });
        }
        return command;
    }

    private static Task<List<MigrationRow>> ReadAsync(Database database, Guid tenantId, string sql, CancellationToken ct, params object?[] values) =>
        database.ReadAsync(
            tenantId, Command(sql, values),
            async (reader, token) =>
            {
                var rows = new List<MigrationRow>();
                while (await reader.ReadAsync(token))
                    rows.Add(Read(reader));
                return rows;
            }, ct);

    private static MigrationRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        new MoveOutcome(
            reader.GetGuid(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetString(4), reader.GetString(5),
            (JsonObject)JsonNode.Parse(reader.GetString(6))!),
        reader.IsDBNull(7)
            ? null
            : new MovedFrom(reader.GetFieldValue<byte[]>(7), reader.GetString(8), (JsonArray)JsonNode.Parse(reader.GetString(9))!, reader.GetInt64(10)),
        reader.IsDBNull(11) ? null : reader.GetString(11),
        reader.GetFieldValue<DateTimeOffset>(12),
        reader.GetInt64(13));
}
