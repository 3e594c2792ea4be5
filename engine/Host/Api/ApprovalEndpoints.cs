using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Approvals;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Approvals;
using Switchboard.Runtime.Decisions;

namespace Switchboard.Host.Api;

/// <summary>Asking for approvals and looking at them. Deciding is completing a task: approve, reject or request_changes, with a comment.</summary>
internal static class ApprovalEndpoints
{
    private const int MostDeciders = 100;

    private static readonly RecordType Type = RecordTypes.Of<Approval>();

    public static void MapApprovals(this IEndpointRouteBuilder api)
    {
        var approvals = api.MapGroup("/approvals").WithTags("Approvals");
        approvals.MapPost("", Request).RequirePermission("approvals:create")
            .WithSummary("Asks for an approval: the rules say who must agree, and by which workflow").WithMetadata(new Shape("ApprovalRequest", "Object", 201));
        approvals.MapGet("/{id:guid}", Get).RequirePermission("approvals:read")
            .WithSummary("An approval with its levels, who may decide them, what was decided, and why these levels").WithMetadata(new Shape(Response: "Object"));
        approvals.MapPost("/{id:guid}/withdraw", Withdraw).RequirePermission("approvals:create")
            .WithSummary("Takes one's request back: {comment?}").WithMetadata(new Shape("Object", "Object"));
        approvals.MapPost("/{id:guid}/resubmit", Resubmit).RequirePermission("approvals:create")
            .WithSummary("Asks again after changes were requested: {data?, comment?}; the rules are asked anew").WithMetadata(new Shape("Object", "Object"));
    }

    private static async Task<IResult> Request(HttpContext http, ApprovalRequests approvals, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        var request = Read(body.Object);
        if (request.SubjectType is { } subject)
            caller.Demand($"{subject.Name}:read");
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Of(
            await approvals.RequestAsync(
                caller.TenantId, request, caller.UserId, caller.Change("", time.GetUtcNow()), (step, approval) => ticket.AddTo(step, Of(approval, 201)), ct), 201), ct);
    }

    private static async Task<IResult> Get(Guid id, HttpContext http, RecordReader records, Database database, DecisionLog log, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var approval = (Approval?)await records.GetAsync(tenantId, Type, id, ct) ?? throw await records.NotFoundAsync(tenantId, Type, id, ct);
        var described = Describe(approval);
        await AddDecidersAsync(described, approval, tenantId, database, ct);
        var decision = approval.DecisionId is { } decided ? await log.GetAsync(tenantId, decided, ct) : null;
        described["why"] = new JsonObject
        {
            ["reason"] = approval.Reason,
            ["decisionId"] = approval.DecisionId?.ToString(),
            ["artefact"] = decision?.ToJson()["artefact"]?.DeepClone(),
            ["input"] = decision?.Input.DeepClone(),
            ["matched"] = decision?.Matched.DeepClone(),
        };
        return Answer.Of(described) with { ETag = Preconditions.ETagOf(approval.Version) };
    }

    private static Task<IResult> Withdraw(Guid id, HttpContext http, ApprovalRequests approvals, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, idempotency, (caller, body, ticket) => approvals.WithdrawAsync(
            caller.TenantId, id, caller.UserId, TextOf(body, "comment"), caller.Change("withdraw", time.GetUtcNow()), (step, approval) => ticket.AddTo(step, Of(approval)), ct), ct);

    private static Task<IResult> Resubmit(Guid id, HttpContext http, ApprovalRequests approvals, Idempotency idempotency, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(http, idempotency, (caller, body, ticket) => approvals.ResubmitAsync(
            caller.TenantId, id, caller.UserId, body.ContainsKey("data") ? DataOf(body) : null, TextOf(body, "comment"), caller.Change("resubmit", time.GetUtcNow()),
            (step, approval) => ticket.AddTo(step, Of(approval)), ct), ct);

    private static async Task<IResult> ChangeAsync(
        HttpContext http, Idempotency idempotency, Func<Caller, JsonObject, Idempotency.Ticket, Task<Approval>> change, CancellationToken ct)
    {
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Of(await change(http.Caller(), body.Object, ticket)), ct);
    }

    private static Answer Of(Approval approval, int status = 200) => new(
        status, Answer.Utf8(Describe(approval)), Preconditions.ETagOf(approval.Version), status == 201 ? $"/api/approvals/{approval.Id}" : null);

    private static JsonObject Describe(Approval approval)
    {
        var described = JsonNode.Parse(Encoding.UTF8.GetString(RecordJson.ToUtf8(Type, approval)))!.AsObject();
        described["subject"] = approval.SubjectType is null ? null : new JsonObject { ["type"] = approval.SubjectType, ["id"] = approval.SubjectId?.ToString() };
        described["levels"] ??= new JsonArray();
        described["decisions"] ??= new JsonArray();
        return described;
    }

    /// <summary>To each level those who may decide it now: active users with one of its roles, or those it names, but never who asked.</summary>
    private static async Task AddDecidersAsync(JsonObject described, Approval approval, Guid tenantId, Database database, CancellationToken ct)
    {
        var levels = described["levels"]!.AsArray().OfType<JsonObject>().ToList();
        var command = new NpgsqlBatchCommand($"""
            select id, display_name, coalesce(roles, '[]')::text from users
            where is_active and (id = any($1) or roles ?| $2) and id is distinct from $3
            order by display_name, id
            limit {MostDeciders}
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid[]> { TypedValue = [.. levels.SelectMany(level => Texts(level, "users")).Distinct().Select(Guid.Parse)] },
                new NpgsqlParameter<string[]> { TypedValue = [.. levels.SelectMany(level => Texts(level, "roles").Concat(Texts(level, "escalatedTo"))).Distinct()] },
                new NpgsqlParameter { Value = (object?)approval.RequesterId ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
            },
        };
        var users = await database.ReadAsync(tenantId, command, async (reader, ct) =>
        {
            var found = new List<(string Id, string Name, HashSet<string> Roles)>();
            while (await reader.ReadAsync(ct))
                found.Add((reader.GetGuid(0).ToString(), reader.GetString(1), JsonSerializer.Deserialize<HashSet<string>>(reader.GetString(2))!));
            return found;
        }, ct);
        foreach (var level in levels)
        {
            var (named, roles) = (Texts(level, "users").ToHashSet(), Texts(level, "roles").Concat(Texts(level, "escalatedTo")).ToHashSet());
            level["deciders"] = new JsonArray([.. users.Where(user => named.Contains(user.Id) || user.Roles.Overlaps(roles))
                .Select(user => (JsonNode)new JsonObject { ["id"] = user.Id, ["displayName"] = user.Name })]);
        }
    }

    private static IEnumerable<string> Texts(JsonObject level, string name) => (level[name] as JsonArray ?? []).Select(item => (string)item!);

    private static ApprovalRequest Read(JsonObject body)
    {
        if (body.FirstOrDefault(member => member.Key is not ("type" or "title" or "subject" or "data")).Key is { } unknown)
            throw ProblemException.Malformed("unknown_field", unknown, "A request has type, title, subject and data.");
        var type = TextOf(body, "type") ?? throw ProblemException.Invalid([new FieldError("type", "required", "type says what kind of approval is asked for.")]);
        var (subjectType, subjectId) = SubjectOf(body["subject"]);
        return new ApprovalRequest(type, TextOf(body, "title"), subjectType, subjectId, DataOf(body));
    }

    private static (RecordType? Type, Guid? Id) SubjectOf(JsonNode? subject)
    {
        if (subject is null)
            return (null, null);
        if (subject is not JsonObject pair || TextOf(pair, "type") is not { } name || !Guid.TryParse(TextOf(pair, "id"), out var id))
            throw ProblemException.Malformed("invalid_subject", "subject", "subject must be {type, id}.");
        return (RecordTypes.Find(name) ?? throw ProblemException.Malformed("unknown_record_type", "subject/type", $"There is no record type {name}."), id);
    }

    private static JsonObject DataOf(JsonObject body) => body["data"] switch
    {
        null => [],
        JsonObject data => data,
        _ => throw ProblemException.Invalid([new FieldError("data", "invalid_type", "data must be an object.")]),
    };

    private static string? TextOf(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw ProblemException.Invalid([new FieldError(name, "invalid_type", $"{name} must be text.")]),
    };
}
