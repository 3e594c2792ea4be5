using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Artefacts;

namespace Switchboard.Host.Api;

/// <summary>What people change while the service runs: drafts, checks, publishing, versions.</summary>
internal static class ArtefactEndpoints
{
    public static void MapArtefacts(this IEndpointRouteBuilder api)
    {
        var artefacts = api.MapGroup("/artefacts").WithTags("Artefacts");
        artefacts.MapGet("", List).RequirePermission("artefacts:read").WithSummary("The current version of every artefact")
            .WithMetadata(new Shape(Response: "Items") { Query = [("kind", "workflow, template or calendar")] });
        var one = artefacts.MapGroup("/{kind}/{key}");
        one.MapGet("", Get).RequirePermission("artefacts:read").WithSummary("The published version, else the draft").WithMetadata(new Shape(Response: "Object"));
        one.MapGet("/versions", Versions).RequirePermission("artefacts:read").WithSummary("Every version, newest first").WithMetadata(new Shape(Response: "Items"));
        one.MapGet("/versions/{number:int}", Version).RequirePermission("artefacts:read").WithSummary("One version").WithMetadata(new Shape(Response: "Object"));
        one.MapPut("/draft", SaveDraft).RequirePermission("artefacts:write").WithSummary("Saves the draft: the content as it is")
            .WithMetadata(new Shape("Object", "Object"));
        one.MapPost("/draft/validate", Validate).RequirePermission("artefacts:write").WithSummary("Errors and warnings of the draft")
            .WithMetadata(new Shape(Response: "Object"));
        one.MapPost("/draft/publish", Publish).RequirePermission("artefacts:publish").WithSummary("Publishes the draft: {comment}")
            .WithMetadata(new Shape("Object", "Object"));
        one.MapPost("/versions/{number:int}/restore", Restore).RequirePermission("artefacts:publish").WithSummary("Publishes an old version again")
            .WithMetadata(new Shape(Response: "Object"));
    }

    private static async Task<IResult> List(HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var kind = http.Request.Query["kind"].ToString() is { Length: > 0 } named ? named : null;
        var found = await artefacts.ListAsync(http.Caller().TenantId, kind, ct);
        return Answer.Of(new JsonObject { ["items"] = new JsonArray([.. found.Select(artefact => Describe(artefact, withContent: false))]), ["next"] = null });
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

    private static async Task<IResult> SaveDraft(string kind, string key, HttpContext http, ArtefactStore artefacts, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var content = await ContentAsync(http, ct);
        var expected = Preconditions.IfMatch(http) is [var version, ..] ? version : (long?)null;
        return Of(await artefacts.SaveDraftAsync(caller.TenantId, kind, key, content, expected, caller.Change("draft_saved", time.GetUtcNow()), ct));
    }

    private static async Task<IResult> Validate(string kind, string key, HttpContext http, ArtefactStore artefacts, CancellationToken ct)
    {
        var problems = await artefacts.ValidateAsync(http.Caller().TenantId, kind, key, ct);
        return Answer.Of(new JsonObject
        {
            ["valid"] = problems.All(problem => problem.Severity != "error"),
            ["problems"] = JsonSerializer.SerializeToNode(problems, JsonSerializerOptions.Web),
        });
    }

    private static async Task<IResult> Publish(string kind, string key, HttpContext http, ArtefactStore artefacts, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = (await RequestBody.ReadAsync(http, ct, optional: true)).Object;
        var comment = body["comment"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        return Of(await artefacts.PublishAsync(caller.TenantId, kind, key, comment, caller.Change("published", time.GetUtcNow()), ct));
    }

    private static async Task<IResult> Restore(string kind, string key, int number, HttpContext http, ArtefactStore artefacts, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        return Of(await artefacts.RestoreAsync(caller.TenantId, kind, key, number, caller.Change("published", time.GetUtcNow()), ct));
    }

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
        Answer.Of(Describe(artefact, withContent: true)) with { ETag = Preconditions.ETagOf(artefact.Version) };

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
            ["updatedAt"] = artefact.UpdatedAt,
        };
        if (withContent)
            described["content"] = artefact.Content;
        return described;
    }
}
