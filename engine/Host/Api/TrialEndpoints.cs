using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Calendars;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Templates;

namespace Switchboard.Host.Api;

/// <summary>
/// What an artefact would do, before anybody depends on it: what it can be asked and answers, what can be said of it without
/// asking, what it looks like. Nothing of this is recorded. All take <c>version</c>: a number or <c>draft</c>; without it the
/// draft is meant if there is one, else what counts.
/// </summary>
internal static class TrialEndpoints
{
    private const int MostDays = 400;
    private const int MostHits = 100_000;

    private static readonly (string, string) Version = ("version", "a number, or draft; without it the draft if there is one, else what counts");

    public static void MapTrials(this IEndpointRouteBuilder api)
    {
        var one = api.MapGroup("/artefacts/{kind}/{key}").WithTags("Artefacts");
        one.MapGet("/references", References).RequirePermission("artefacts:read").WithSummary("What it names: other artefacts, and fields of records")
            .WithMetadata(new Shape(Response: "Items") { Query = [Version] });
        one.MapGet("/questions", Questions).RequirePermission("artefacts:read").WithSummary("What a decision or rule set can be asked: its inputs, and those of its test cases")
            .WithMetadata(new Shape(Response: "Object") { Query = [Version] });
        one.MapPost("/try", Try).RequirePermission("artefacts:write").WithSummary("Decides without recording it, and says what matched and what almost did: {input, decision}")
            .WithMetadata(new Shape("Object", "Object") { Query = [Version] });
        one.MapGet("/analysis", Analysis).RequirePermission("artefacts:read").WithSummary("Gaps, overlaps and rows or rules that nothing can hit")
            .WithMetadata(new Shape(Response: "Object") { Query = [Version] });
        one.MapGet("/hits", Hits).RequirePermission("decisions:read").WithSummary("How often each row or rule took part in the newest 100,000 decisions of a period, of all versions")
            .WithMetadata(new Shape(Response: "Object") { Query = [("from", "an instant; 30 days ago by default"), ("to", "an instant")] });
        one.MapPost("/preview", Show).RequirePermission("artefacts:write").WithSummary("What a template produces for a record, which the caller must be allowed to read: {subject: {type, id}}")
            .WithMetadata(new Shape("Object", "Object") { Query = [Version] });
        one.MapGet("/days", Days).RequirePermission("artefacts:read").WithSummary("The days of a calendar with their hours and holidays")
            .WithMetadata(new Shape(Response: "Object") { Query = [("from", "a date"), ("to", "a date, at most 400 days later"), Version] });
    }

    private static async Task<IResult> References(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var references = artefacts.ReferencesOf(await PickAsync(kind, key, http, artefacts, ct));
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. references.Select(one => (JsonNode)new JsonObject { ["kind"] = one.Kind, ["key"] = one.Key, ["place"] = one.Place, ["member"] = one.Member })]),
            ["next"] = null,
        });
    }

    private static async Task<IResult> Questions(string kind, string key, HttpContext http, ArtefactStore artefacts, CompiledDecisions compiled, CancellationToken ct)
    {
        var logic = await LogicAsync(kind, key, http, artefacts, compiled, ct);
        string?[] decisions = logic.Names.Count > 0 ? [.. logic.Names] : [null];
        return Answer.Of(new JsonObject
        {
            ["decisions"] = new JsonArray([.. decisions.Select(name => (JsonNode)new JsonObject { ["name"] = name, ["inputs"] = Json(logic.AskedBy(name)) })]),
            ["tests"] = Json(logic.Cases),
        });
    }

    private static async Task<IResult> Try(
        string kind, string key, HttpContext http, ArtefactStore artefacts, CompiledDecisions compiled, DecisionEngine engine, TimeProvider time, CancellationToken ct)
    {
        var body = (await RequestBody.ReadAsync(http, ct)).Object;
        if (body["input"] is not JsonObject input)
            throw ProblemException.Invalid([new FieldError("input", "required", "input must be an object with a value for each input.")]);
        var logic = await LogicAsync(kind, key, http, artefacts, compiled, ct);
        var decision = body["decision"] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var name) && logic.Names.Contains(name) => name,
            _ => throw ProblemException.Invalid([new FieldError("decision", "unknown_decision", logic.Names.Count > 0 ? $"decision is one of {string.Join(", ", logic.Names)}." : "A rule set has no decisions of its own.")]),
        };
        var outcome = engine.Decide(http.Caller().TenantId, logic, input, decision, time.GetUtcNow(), DecisionDetail.NearMisses);
        if (outcome.Problem is { } problem)
            throw problem.ToException();
        return Answer.Of(new JsonObject { ["output"] = outcome.Output, ["matched"] = outcome.Matched, ["nearMisses"] = outcome.NearMisses, ["diagnostics"] = outcome.Diagnostics });
    }

    private static async Task<IResult> Analysis(string kind, string key, HttpContext http, ArtefactStore artefacts, CompiledDecisions compiled, CancellationToken ct) =>
        Answer.Of(Json((await LogicAsync(kind, key, http, artefacts, compiled, ct)).Analyse())!.AsObject());

    private static async Task<IResult> Hits(string kind, string key, HttpContext http, DecisionLog log, TimeProvider time, CancellationToken ct)
    {
        var to = http.Request.Query.Instant("to") ?? time.GetUtcNow();
        var from = http.Request.Query.Instant("from") ?? to.AddDays(-30);
        var tenantId = http.Caller().TenantId;
        var decisions = await log.CountAsync(tenantId, kind, key, from, to, ct);
        var hits = await log.HitsAsync(tenantId, kind, key, from, to, MostHits, ct);
        return Answer.Of(new JsonObject
        {
            ["from"] = FieldText.Format(from),
            ["to"] = FieldText.Format(to),
            ["decisions"] = decisions,
            ["counted"] = Math.Min(decisions, MostHits),
            ["hits"] = Json(hits),
        });
    }

    private static async Task<IResult> Show(string kind, string key, HttpContext http, ArtefactStore artefacts, TemplatePreview preview, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = (await RequestBody.ReadAsync(http, ct)).Object;
        if (body["subject"] is not JsonObject { Count: 2 } subject || (string?)(subject["type"] as JsonValue) is not { } named || RecordTypes.Find(named) is not { } type
            || !Guid.TryParse((string?)(subject["id"] as JsonValue), out var id))
        {
            throw ProblemException.Invalid([new FieldError("subject", "invalid_value", "subject is {type, id}: the record that the text is about.")]);
        }
        if (kind != "template")
            throw new ProblemException(422, "nothing_to_show", $"A {kind} produces no text.");
        caller.Demand($"{type.Name}:read");
        var made = await preview.OfAsync(caller.TenantId, await PickAsync(kind, key, http, artefacts, ct), type, id, caller.Change("", time.GetUtcNow()), ct);
        foreach (var seen in made.Types)
            caller.Demand($"{seen}:read");
        return Answer.Of(new JsonObject { ["text"] = made.Text, ["target"] = made.Target, ["model"] = made.Model });
    }

    private static async Task<IResult> Days(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        if (kind != "calendar")
            throw new ProblemException(422, "nothing_to_show", $"A {kind} has no days.");
        var (from, to) = (Date(http, "from"), Date(http, "to"));
        if (to < from || to.DayNumber - from.DayNumber >= MostDays)
            throw ProblemException.Malformed("invalid_period", "to", $"to is a date from {from:yyyy-MM-dd} on and less than {MostDays} days later.");
        return Answer.Of(CalendarDays.Of(await PickAsync(kind, key, http, artefacts, ct), from, to.DayNumber - from.DayNumber + 1));
    }

    private static Task<Artefact> PickAsync(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct) =>
        artefacts.PickAsync(http.Caller().TenantId, kind, key, http.Request.Query["version"].ToString() is { Length: > 0 } version ? version : null, ct);

    private static async Task<DecisionLogic> LogicAsync(string kind, string key, HttpContext http, ArtefactStore artefacts, CompiledDecisions compiled, CancellationToken ct)
    {
        var version = await PickAsync(kind, key, http, artefacts, ct);
        return compiled.Of(kind, key, version.Hash, version.Content) ?? throw new ProblemException(422, "nothing_decided", $"A {kind} decides nothing that could be tried.");
    }

    private static JsonNode? Json<T>(T value) => JsonSerializer.SerializeToNode(value, JsonSerializerOptions.Web);

    private static DateOnly Date(HttpContext http, string name) =>
        DateOnly.TryParseExact(http.Request.Query[name].ToString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw ProblemException.Malformed("invalid_date", name, $"{name} is a date such as 2026-12-31.");
}
