using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Artefacts;

namespace Switchboard.Host.Api;

/// <summary>What people change while the service runs: drafts, checks, publishing, versions.</summary>
internal static class ArtefactEndpoints
{
    public static void MapArtefacts(this IEndpointRouteBuilder api)
    {
        var artefacts = api.MapGroup("/artefacts").WithTags("Artefacts");
        artefacts.MapGet("", List).RequirePermission("artefacts:read").WithSummary("The current version of every artefact, and who has a draft of it")
            .WithMetadata(new Shape(Response: "Items") { Query = [("kind", "workflow, ruleset, decision, form, template or calendar")] });
        var one = artefacts.MapGroup("/{kind}/{key}");
        one.MapGet("", Get).RequirePermission("artefacts:read").WithSummary("The published version, else the draft").WithMetadata(new Shape(Response: "Object"));
        one.MapGet("/versions", Versions).RequirePermission("artefacts:read").WithSummary("Every version, newest first").WithMetadata(new Shape(Response: "Items"));
        one.MapGet("/versions/{number:int}", Version).RequirePermission("artefacts:read").WithSummary("One version").WithMetadata(new Shape(Response: "Object"));
        one.MapGet("/usages", Usages).RequirePermission("artefacts:read").WithSummary("What uses it; with the kind field and a key such as phone-numbers.status, what uses a field")
            .WithMetadata(new Shape(Response: "Items"));
        one.MapGet("/diff", Diff).RequirePermission("artefacts:read").WithSummary("What differs between two versions: nodes, rows, fields")
            .WithMetadata(new Shape(Response: "Object") { Query = [("from", "the number of a version, or draft"), ("to", "the number of a version, or draft")] });
        one.MapGet("/draft", GetDraft).RequirePermission("artefacts:read").WithSummary("The draft").WithMetadata(new Shape(Response: "Object"));
        one.MapPut("/draft", SaveDraft).RequirePermission("artefacts:write").WithSummary("Saves the draft: the content as it is")
            .WithMetadata(new Shape("Object", "Object"));
        one.MapDelete("/draft", DeleteDraft).RequirePermission("artefacts:write").WithSummary("Throws the draft away").WithMetadata(new Shape(Status: 204));
        one.MapPost("/draft/validate", Validate).RequirePermission("artefacts:write").WithSummary("Errors and warnings of the draft with their places, and who would break by its publishing")
            .WithMetadata(new Shape(Response: "Object"));
        one.MapPost("/draft/test", Test).RequirePermission("artefacts:write").WithSummary("Runs the test cases that are stored with the draft")
            .WithMetadata(new Shape(Response: "Object"));
        one.MapPost("/draft/publish", Publish).RequirePermission("artefacts:publish").WithSummary("Publishes the draft: {comment, effectiveFrom}")
            .WithMetadata(new Shape("Object", "Object"));
        one.MapPost("/versions/{number:int}/restore", Restore).RequirePermission("artefacts:publish").WithSummary("Publishes an old version again: {comment, effectiveFrom}")
            .WithMetadata(new Shape("Object", "Object"));
        one.MapPost("/retract", Retract).RequirePermission("artefacts:publish").WithSummary("From now on there is none: {comment}")
            .WithMetadata(new Shape("Object", "Object"));
    }

    private static async Task<IResult> List(HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var kind = http.Request.Query["kind"].ToString() is { Length: > 0 } named ? named : null;
        var found = await artefacts.ListAsync(http.Caller().TenantId, kind, ct);
        return Answer.Of(new JsonObject { ["items"] = new JsonArray([.. found.Select(one => Listed(one.Current, one.Draft))]), ["next"] = null });
    }

    private static JsonObject Listed(Artefact current, Artefact? draft)
    {
        var described = Describe(current, withContent: false);
        described["draft"] = draft is null ? null : new JsonObject { ["author"] = draft.Author, ["updatedAt"] = draft.UpdatedAt, ["hash"] = draft.Hash };
        return described;
    }

    private static async Task<IResult> Get(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct) =>
        Of(await artefacts.GetAsync(http.Caller().TenantId, kind, key, null, ct));

    private static async Task<IResult> Versions(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var versions = await artefacts.VersionsAsync(http.Caller().TenantId, kind, key, ct);
        return Answer.Of(new JsonObject { ["items"] = new JsonArray([.. versions.Select(artefact => Describe(artefact, withContent: false))]), ["next"] = null });
    }

    private static async Task<IResult> Version(string kind, string key, int number, HttpContext http, ArtefactStore artefacts, CancellationToken ct) =>
        Of(await artefacts.GetAsync(http.Caller().TenantId, kind, key, number, ct));

    private static async Task<IResult> GetDraft(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct) =>
        Of(await artefacts.DraftAsync(http.Caller().TenantId, kind, key, ct));

    private static async Task<IResult> Usages(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var usages = await artefacts.UsagesAsync(http.Caller().TenantId, kind, key, ct);
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. usages.Select(usage => (JsonNode)new JsonObject
            {
                ["kind"] = usage.Kind, ["key"] = usage.Key, ["version"] = usage.Number, ["state"] = usage.State, ["place"] = usage.Place,
            })]),
            ["next"] = null,
        });
    }

    private static async Task<IResult> Diff(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var (from, to) = (http.Request.Query["from"].ToString(), http.Request.Query["to"].ToString());
        var changes = await artefacts.DiffAsync(http.Caller().TenantId, kind, key, from, to, ct);
        return Answer.Of(new JsonObject { ["from"] = from, ["to"] = to, ["changes"] = JsonSerializer.SerializeToNode(changes, JsonSerializerOptions.Web) });
    }

    private static async Task<IResult> SaveDraft(string kind, string key, HttpContext http, ArtefactStore artefacts, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var content = await ContentAsync(http, ct);
        return Of(await artefacts.SaveDraftAsync(caller.TenantId, kind, key, content, IfMatch(http), caller.Change("draft_saved", time.GetUtcNow()), ct));
    }

    private static async Task<IResult> DeleteDraft(string kind, string key, HttpContext http, ArtefactStore artefacts, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        await artefacts.DeleteDraftAsync(caller.TenantId, kind, key, IfMatch(http), caller.Change("draft_deleted", time.GetUtcNow()), ct);
        return Answer.NoContent;
    }

    private static async Task<IResult> Validate(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var (problems, breaks) = await artefacts.ValidateAsync(http.Caller().TenantId, kind, key, ct);
        return Answer.Of(new JsonObject
        {
            ["valid"] = !problems.Any(problem => problem.IsError),
            ["problems"] = JsonSerializer.SerializeToNode(problems, JsonSerializerOptions.Web),
            ["breaks"] = new JsonArray([.. breaks.Select(one => one.ToJson())]),
        });
    }

    private static async Task<IResult> Test(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var results = await artefacts.TestAsync(http.Caller().TenantId, kind, key, ct);
        return Answer.Of(new JsonObject
        {
            ["passed"] = results.All(result => result.Passed),
            ["tests"] = JsonSerializer.SerializeToNode(results, JsonSerializerOptions.Web),
        });
    }

    private static async Task<IResult> Publish(
        string kind, string key, HttpContext http, ArtefactStore artefacts, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        var (comment, from) = Request(body.Object);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Of(await artefacts.PublishAsync(
            caller.TenantId, kind, key, comment, caller.Change("published", time.GetUtcNow()), ct, from, IfMatch(http), (step, version) => ticket.AddTo(step, Of(version)))), ct);
    }

    private static async Task<IResult> Restore(
        string kind, string key, int number, HttpContext http, ArtefactStore artefacts, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        var (comment, from) = Request(body.Object);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Of(await artefacts.RestoreAsync(
            caller.TenantId, kind, key, number, caller.Change("published", time.GetUtcNow()), ct, comment, from, (step, version) => ticket.AddTo(step, Of(version)))), ct);
    }

    private static async Task<IResult> Retract(
        string kind, string key, HttpContext http, ArtefactStore artefacts, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        var (comment, _) = Request(body.Object);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Of(await artefacts.RetractAsync(
            caller.TenantId, kind, key, comment, caller.Change("retracted", time.GetUtcNow()), ct, (step, version) => ticket.AddTo(step, Of(version)))), ct);
    }

    private static (string? Comment, DateTimeOffset? EffectiveFrom) Request(JsonObject body)
    {
        if (body.Select(member => member.Key).Except(["comment", "effectiveFrom"]).FirstOrDefault() is { } unknown)
            throw ProblemException.Malformed("unknown_field", unknown, $"{unknown} is not known here; there are comment and effectiveFrom.");
        var comment = body["comment"] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var text) && text.Length <= 2_000 => text,
            _ => throw ProblemException.Invalid([new FieldError("comment", "invalid_value", "comment is a text of at most 2000 characters.")]),
        };
        return body["effectiveFrom"] switch
        {
            null => (comment, null),
            JsonValue value when value.TryGetValue<string>(out var text) && FieldText.TryParseInstant(text, out var from) => (comment, from),
            _ => throw ProblemException.Invalid([new FieldError("effectiveFrom", "invalid_format", "effectiveFrom is an instant such as 2026-12-01T00:00:00Z.")]),
        };
    }

    private static long? IfMatch(HttpContext http) => Preconditions.IfMatch(http) is { } tags ? tags is [var one] ? one : -1 : null;

    private static async Task<string> ContentAsync(HttpContext http, CancellationToken ct)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(await RequestBody.BytesAsync(http, ct)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new ProblemException(400, "invalid_encoding", $"The content is not UTF-8: byte {e.Index} is wrong.");
        }
    }

    private static Answer Of(Artefact artefact) =>
        Answer.Of(Describe(artefact, withContent: true)) with { ETag = Preconditions.ETagOf(ArtefactStore.TagOf(artefact)) };

    private static JsonObject Describe(Artefact artefact, bool withContent)
    {
        var described = new JsonObject
        {
            ["kind"] = artefact.Kind,
            ["key"] = artefact.Key,
            ["version"] = artefact.Number,
            ["state"] = artefact.State,
            ["hash"] = artefact.Hash,
            ["shipped"] = artefact.IsShipped,
            ["author"] = artefact.Author,
            ["comment"] = artefact.Comment,
            ["publishedAt"] = artefact.PublishedAt,
            ["effectiveFrom"] = artefact.EffectiveFrom,
            ["updatedAt"] = artefact.UpdatedAt,
        };
        if (withContent)
            described["content"] = artefact.Content;
        return described;
    }
}
