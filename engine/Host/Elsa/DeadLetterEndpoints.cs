using System.Globalization;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Inbox;

namespace Switchboard.Host.Elsa;

/// <summary>
/// What could not be delivered: events for which nobody waited within their time, or which name an instance that is not there, and
/// what failed too often. Each says why, and can be delivered again or thrown away.
/// </summary>
internal static class DeadLetterEndpoints
{
    private const int LongestPage = 500;

    private const string Columns = """
        id, source, event_id, kind, name, hash, correlation_id, instance_id, payload::text, received_at, expires_at, attempts, problem
        """;

    public static void MapDeadLetters(this IEndpointRouteBuilder elsa)
    {
        var letters = elsa.MapGroup("/bookmark-queue/dead-letters");
        letters.MapMethods("", ["GET", "POST"], List).RequirePermission("workflow-instances:read");
        letters.MapGet("/{id:guid}", Get).RequirePermission("workflow-instances:read");
        letters.MapDelete("/{id:guid}", Delete).RequirePermission("workflow-instances:manage");
        letters.MapPost("/{id:guid}/replay", Replay).RequirePermission("workflow-instances:manage");
    }

    private static async Task<IResult> List(HttpContext http, Database database, CancellationToken ct)
    {
        var body = HttpMethods.IsPost(http.Request.Method) ? await ElsaRequest.BodyAsync(http, ct) : [];
        var (page, size) = (body.Integer("page") ?? http.QueryInteger("page") ?? 0, body.Integer("pageSize") ?? http.QueryInteger("pageSize") ?? 25);
        if (page < 0 || size is < 1 or > LongestPage)
            throw ElsaErrors.Invalid("pageSize", $"page counts from 0, and pageSize must be 1 to {LongestPage}.");
        Guid? instance = (body.Text("workflowInstanceId") ?? http.Query("workflowInstanceId")) is { Length: > 0 } text
            ? Guid.TryParse(text, out var id) ? id : throw ElsaErrors.Invalid("workflowInstanceId", "There is no such instance.")
            : null;
        const string which = "from inbox where tenant_id = current_tenant() and state = 'dead' and ($1::uuid is null or instance_id = $1)";
        var total = await database.ReadAsync(http.Caller().TenantId, Command($"select count(*) {which}", instance), async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : 0, ct);
        var letters = await ReadAsync(
            database, http.Caller().TenantId, Command(string.Create(CultureInfo.InvariantCulture, $"select {Columns} {which} order by received_at desc, id desc limit {size} offset {(long)page * size}"), instance), ct);
        return Answer.Of(new JsonObject { ["items"] = new JsonArray([.. letters.Select(letter => (JsonNode)letter.ToJson())]), ["totalCount"] = total });
    }

    private static async Task<IResult> Get(Guid id, HttpContext http, Database database, CancellationToken ct) =>
        Answer.Of((await FindAsync(database, http.Caller().TenantId, id, ct)).ToJson());

    private static async Task<IResult> Delete(Guid id, HttpContext http, Database database, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var letter = await FindAsync(database, caller.TenantId, id, ct);
        var step = new Step(caller.TenantId);
        step.Delete(SystemTables.Inbox, id);
        RecordChanges.Audit(step, null, null, caller.Change("dead_letters.deleted", time.GetUtcNow()), new JsonObject { ["name"] = letter.Name, ["id"] = id.ToString() });
        await committer.CommitAsync(step, ct);
        return Answer.NoContent;
    }

    /// <summary>As if it had just come.</summary>
    private static async Task<IResult> Replay(Guid id, HttpContext http, Database database, GroupCommitter committer, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var letter = await FindAsync(database, caller.TenantId, id, ct);
        var now = time.GetUtcNow();
        var step = new Step(caller.TenantId);
        step.Update(SystemTables.Inbox, letter.RowAgain(caller.TenantId, letter.Kind == "event" ? now + EventIntake.Patience : null), expectedVersion: 0);
        RecordChanges.Audit(step, null, null, caller.Change("dead_letters.replayed", now), new JsonObject { ["name"] = letter.Name, ["id"] = id.ToString() });
        if (await committer.CommitAsync(step, ct) == StepOutcome.Fenced)
            throw NotThere(id);
        return Answer.Of(letter.ToJson());
    }

    private static async Task<Letter> FindAsync(Database database, Guid tenantId, Guid id, CancellationToken ct) =>
        await ReadAsync(database, tenantId, Command($"select {Columns} from inbox where tenant_id = current_tenant() and state = 'dead' and id = $1", id), ct) is [var letter] ? letter : throw NotThere(id);

    private static ProblemException NotThere(Guid id) => ElsaErrors.NotFound($"There is no dead letter {id}; it may have been delivered again or deleted.");

    private static NpgsqlBatchCommand Command(string sql, Guid? id) =>
        new(sql) { Parameters = { new NpgsqlParameter { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid } } };

    private static Task<List<Letter>> ReadAsync(Database database, Guid tenantId, NpgsqlBatchCommand command, CancellationToken ct) =>
        database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var letters = new List<Letter>();
            while (await reader.ReadAsync(token))
            {
                letters.Add(new Letter(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), Text(reader, 5), Text(reader, 6), reader.IsDBNull(7) ? null : reader.GetGuid(7),
                    Text(reader, 8), reader.GetFieldValue<DateTimeOffset>(9), reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10), reader.GetInt32(11), Text(reader, 12)));
            }
            return letters;
        }, ct);

    private static string? Text(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);

    private sealed record Letter(
        Guid Id, string Source, string EventId, string Kind, string Name, string? Hash, string? CorrelationId, Guid? InstanceId, string? Payload, DateTimeOffset ReceivedAt, DateTimeOffset? ExpiresAt,
        int Attempts, string? Problem)
    {
        public object?[] RowAgain(Guid tenantId, DateTimeOffset? expiresAt) =>
            [tenantId, Id, Source, EventId, Kind, Name, Hash, CorrelationId, InstanceId, Payload, ReceivedAt, expiresAt, null, 0, "pending", null];

        /// <summary>In Elsa's words; what was sent is not shown, as it may be personal.</summary>
        public JsonObject ToJson() => InstanceJson.WithoutNulls(new JsonObject
        {
            ["id"] = Id.ToString(),
            ["originalQueueItemId"] = Id.ToString(),
            ["workflowInstanceId"] = InstanceId?.ToString(),
            ["correlationId"] = CorrelationId,
            ["stimulusHash"] = Hash,
            ["activityTypeName"] = Kind == "event" ? "Elsa.Event" : null,
            ["kind"] = Kind,
            ["name"] = Name,
            ["originalCreatedAt"] = ReceivedAt,
            ["deadLetteredAt"] = ExpiresAt ?? ReceivedAt,
            ["reason"] = Problem,
            ["deliveryAttempts"] = Attempts,
            ["canReplay"] = true,
        });
    }
}
