using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>The same change to many definitions, each by itself: what cannot be changed is named and stops no other.</summary>
internal static class DefinitionBulk
{
    public static void MapDefinitionBulk(this IEndpointRouteBuilder elsa)
    {
        elsa.MapPost("/bulk-actions/delete/workflow-definitions/by-definition-id", DeleteDefinitions).RequirePermission("artefacts:publish");
        elsa.MapPost("/bulk-actions/delete/workflow-definitions/by-id", DeleteVersions).RequirePermission("artefacts:publish");
        elsa.MapPost("/bulk-actions/publish/workflow-definitions/by-definition-ids", Publish).RequirePermission("artefacts:publish");
        elsa.MapPost("/bulk-actions/retract/workflow-definitions/by-definition-ids", Retract).RequirePermission("artefacts:publish");
        elsa.MapPost("/actions/workflow-definitions/refresh", Refresh).RequirePermission("artefacts:publish");
        elsa.MapPost("/actions/workflow-definitions/reload", () => Answer.Of(new JsonObject())).RequirePermission("artefacts:publish");
    }

    private static async Task<IResult> DeleteDefinitions(HttpContext http, DefinitionEditor editor, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var deleted = 0;
        foreach (var id in (await ElsaRequest.BodyAsync(http, ct)).Texts("definitionIds").Distinct())
            deleted += await editor.DeleteAsync(caller.TenantId, id, caller.Change("deleted", time.GetUtcNow()), ct) ? 1 : 0;
        return Answer.Of(new JsonObject { ["deleted"] = deleted });
    }

    private static async Task<IResult> DeleteVersions(HttpContext http, DefinitionEditor editor, DefinitionLibrary library, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var deleted = 0;
        foreach (var id in (await ElsaRequest.BodyAsync(http, ct)).Texts("ids").Distinct())
        {
            if (await library.FindByIdAsync(caller.TenantId, id, ct) is { } version)
                deleted += await editor.DeleteVersionAsync(caller.TenantId, version, caller.Change("deleted", time.GetUtcNow()), ct) ? 1 : 0;
        }
        return Answer.Of(new JsonObject { ["deleted"] = deleted });
    }

    private static async Task<IResult> Publish(HttpContext http, DefinitionEditor editor, DefinitionLibrary library, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        JsonArray published = [], already = [], notFound = [], skipped = [], updated = [], failed = [];
        var warnings = new JsonObject();
        foreach (var id in (await ElsaRequest.BodyAsync(http, ct)).Texts("definitionIds").Distinct())
        {
            if (await library.FindAsync(caller.TenantId, id, null, ct) is not { } latest)
            {
                notFound.Add(id);
                continue;
            }
            if ((await library.HeadAsync(caller.TenantId, latest, ct)).IsReadonly)
            {
                skipped.Add(id);
                continue;
            }
            try
            {
                var edit = await editor.PublishAsync(caller.TenantId, id, caller.Change("published", time.GetUtcNow()), ct);
                (edit.AlreadyPublished ? already : published).Add(id);
                foreach (var consumer in edit.Updated ?? [])
                    updated.Add(consumer);
            }
            catch (ProblemException e)
            {
                failed.Add(id);
                warnings[id] = new JsonArray([.. (e.Errors.Count > 0 ? e.Errors.Select(error => error.Detail) : [e.Detail])]);
            }
        }
        return Answer.Of(new JsonObject
        {
            ["published"] = published,
            ["alreadyPublished"] = already,
            ["notFound"] = notFound,
            ["skipped"] = skipped,
            ["updatedConsumers"] = updated,
            ["failed"] = failed,
            ["warnings"] = warnings,
        });
    }

    private static async Task<IResult> Retract(HttpContext http, DefinitionEditor editor, DefinitionLibrary library, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        JsonArray retracted = [], already = [], notPublished = [], notFound = [], skipped = [];
        foreach (var id in (await ElsaRequest.BodyAsync(http, ct)).Texts("definitionIds").Distinct())
        {
            var versions = await library.VersionsAsync(caller.TenantId, [id], ct);
            if (versions.Count == 0)
                notFound.Add(id);
            else if (versions.All(version => !version.IsPublished))
                (versions.Any(version => !version.IsDraft) ? already : notPublished).Add(id);
            else if ((await library.HeadAsync(caller.TenantId, versions[0], ct)).IsReadonly)
                skipped.Add(id);
            else
            {
                await editor.RetractAsync(caller.TenantId, id, caller.Change("retracted", time.GetUtcNow()), ct);
                retracted.Add(id);
            }
        }
        return Answer.Of(new JsonObject
        {
            ["retracted"] = retracted,
            ["alreadyRetracted"] = already,
            ["notPublished"] = notPublished,
            ["notFound"] = notFound,
            ["skipped"] = skipped,
        });
    }

    /// <summary>Nothing has to be brought up to date: what counts is read from the database.</summary>
    private static async Task<IResult> Refresh(HttpContext http, DefinitionLibrary library, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var wanted = (await ElsaRequest.BodyAsync(http, ct)).Texts("definitionIds");
        var there = (await library.VersionsAsync(tenantId, wanted.Count > 0 ? [.. wanted] : null, ct)).Select(version => version.DefinitionId).ToHashSet(StringComparer.Ordinal);
        return Answer.Of(new JsonObject { ["refreshed"] = new JsonArray([.. there]), ["notFound"] = new JsonArray([.. wanted.Where(id => !there.Contains(id))]) });
    }
}
