using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Decisions;

namespace Switchboard.Host.Api;

/// <summary>Deciding by a published decision or rule set, what was decided, and what a draft would have decided.</summary>
internal static class DecisionEndpoints
{
    private const int DefaultReplayed = 10_000;
    private const int MostReplayed = 1_000_000;

    public static void MapDecisions(this IEndpointRouteBuilder api)
    {
        var decisions = api.MapGroup("/decisions").WithTags("Decisions");
        decisions.MapPost("/{key}/evaluate", Evaluate).RequirePermission("decisions:evaluate")
            .WithSummary("Decides by a decision or a rule set and records it: {input, version, decision}")
            .WithMetadata(new Shape("Object", "Object") { Query = [("explain", "true for the rows that almost matched")] });
        decisions.MapGet("", List).RequirePermission("decisions:read").WithSummary("What was decided, newest first")
            .WithMetadata(new Shape(Response: "Items") { Query = [("key", "of the decision or rule set"), ("from", "an instant"), ("to", "an instant"), ("limit", "at most 500"), ("after", "a cursor")] });
        decisions.MapGet("/{id:guid}", Get).RequirePermission("decisions:read").WithSummary("What was decided, from which input, by which rows or rules, under which hash")
            .WithMetadata(new Shape(Response: "Object"));
        api.MapPost("/artefacts/{kind}/{key}/draft/replay", Replay).RequirePermission("artefacts:write").WithTags("Artefacts")
            .WithSummary("Decides the recorded decisions of a period again by the draft: {from, to, limit}").WithMetadata(new Shape("Object", "Operation", 202));
    }

    private static async Task<IResult> Evaluate(
        string key, HttpContext http, DecisionEngine engine, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var read = await RequestBody.ReadAsync(http, ct);
        var body = read.Object;
        if (body["input"] is not JsonObject input)
            throw ProblemException.Invalid([new FieldError("input", "required", "input must be an object with a value for each input.")]);
        var request = new DecisionRequest(key, (JsonObject)input.DeepClone(), Whole(body, "version", 1, int.MaxValue), Text(body, "decision"), http.Request.Query["explain"] == "true" || body["explain"]?.GetValueKind() == JsonValueKind.True);
        return await idempotency.OnceAsync(http, read.Bytes, async ticket => Of(request, await engine.EvaluateAsync(
            caller.TenantId, request, caller.Change("", time.GetUtcNow()), ct, (step, made) => ticket.AddTo(step, Of(request, made)))), ct);
    }

    private static Answer Of(DecisionRequest request, MadeDecision made)
    {
        var record = made.Record;
        var answer = new JsonObject
        {
            ["output"] = record.Output?.DeepClone(),
            ["matched"] = record.Matched.DeepClone(),
            ["artefact"] = new JsonObject { ["kind"] = record.Kind, ["key"] = record.Key, ["version"] = record.Number, ["hash"] = record.Hash },
            ["decisionId"] = record.Id.ToString(),
            ["diagnostics"] = record.Diagnostics?.DeepClone() ?? new JsonArray(),
        };
        if (request.Explain)
            answer["nearMisses"] = made.NearMisses?.DeepClone() ?? new JsonArray();
        return Answer.Of(answer);
    }

    private static async Task<IResult> Get(Guid id, HttpContext http, DecisionLog log, CancellationToken ct) =>
        Answer.Of((await log.GetAsync(http.Caller().TenantId, id, ct) ?? throw new ProblemException(404, "not_found", $"There is no decision {id}.")).ToJson());

    private static async Task<IResult> List(HttpContext http, DecisionLog log, CancellationToken ct)
    {
        var query = http.Request.Query;
        var (limit, after) = ListPage.Of(query);
        var key = query["key"].ToString() is { Length: > 0 } named ? named : null;
        var found = await log.ListAsync(http.Caller().TenantId, key, query.Instant("from"), query.Instant("to"), after, limit + 1, ct);
        var page = found.Take(limit).ToList();
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. page.Select(decision => (JsonNode)decision.ToJson())]),
            ["next"] = found.Count > limit ? page[^1].Id.ToString() : null,
        });
    }

    private static async Task<IResult> Replay(
        string kind, string key, HttpContext http, DecisionReplay replay, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        caller.Demand("decisions:read");
        var now = time.GetUtcNow();
        var read = await RequestBody.ReadAsync(http, ct, optional: true);
        var body = read.Object;
        var to = At(body, "to") ?? now;
        var from = At(body, "from") ?? to.AddDays(-30);
        if (from >= to)
            throw ProblemException.Invalid([new FieldError("from", "invalid_value", "from must be before to.")]);
        var limit = Whole(body, "limit", 1, MostReplayed) ?? DefaultReplayed;
        return await idempotency.OnceAsync(http, read.Bytes, async ticket => OperationEndpoints.Accepted(await replay.StartAsync(
            caller.TenantId, kind, key, from, to, limit, caller.Change("replay", now), ct, (step, operation) => ticket.AddTo(step, OperationEndpoints.Accepted(operation)))), ct);
    }

    private static string? Text(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw ProblemException.Invalid([new FieldError(name, "invalid_value", $"{name} is a text.")]),
    };

    private static int? Whole(JsonObject body, string name, int least, int most) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<int>(out var number) && number >= least && number <= most => number,
        _ => throw ProblemException.Invalid([new FieldError(name, "invalid_value", $"{name} is a whole number from {least} to {most}.")]),
    };

    private static DateTimeOffset? At(JsonObject body, string name) => Text(body, name) is not { } text ? null
        : FieldText.TryParseInstant(text, out var at) ? at
        : throw ProblemException.Invalid([new FieldError(name, "invalid_format", $"{name} is an instant such as 2026-11-01T00:00:00Z.")]);
}
