using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Runtime.Artefacts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>What a save or a publish came to.</summary>
/// <param name="Updated">Definitions that use it and were moved to the new version.</param>
internal sealed record Edit(DefinitionVersion Version, bool AlreadyPublished = false, IReadOnlyList<string>? Updated = null);

/// <summary>Changes definitions as Elsa does: a save goes into the draft, publishing makes of it the next version.</summary>
internal sealed class DefinitionEditor(DefinitionLibrary library, ArtefactStore store, PublishedArtefacts published, TimeProvider time)
{
    /// <summary>Of one save, while others of the same author come in between.</summary>
    private const int MostAttempts = 8;

    /// <summary>
    /// Saves a client's model as the draft. Studio saves by itself and may still be about it when its user publishes; so what
    /// comes at the same moment as something else of the same author is saved after that. Of another author, it is refused.
    /// </summary>
    /// <param name="publish">Then it must be right as it is, or nothing is changed; and this very model is published.</param>
    public async Task<Edit> SaveAsync(Guid tenantId, JsonObject model, bool publish, ChangeContext context, CancellationToken ct)
    {
        var definitionId = model.Text("definitionId") is { Length: > 0 } given ? given : Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var latest = await library.FindAsync(tenantId, definitionId, null, ct);
        if (latest is not null)
            await ThrowIfReadonlyAsync(tenantId, latest, ct);
        var createdAt = latest is { IsDraft: true } ? latest.CreatedAt : FieldText.Microseconds(context.At);
        var text = WorkflowDefinition.Of(DefinitionJson.ToStored(model, definitionId, createdAt)).ToJson();
        if (publish)
            await ThrowIfInvalidAsync(tenantId, definitionId, text, ct);
        for (var attempt = 1; !await TrySaveAsync(tenantId, definitionId, text, publish, attempt, context, ct);)
            attempt++;
        return publish
            ? await PublishedAsync(tenantId, definitionId, context, ct)
            : new Edit((await library.FindAsync(tenantId, definitionId, null, ct))!);
    }

    /// <returns>False if its author has saved or published something else at the same moment.</returns>
    private async Task<bool> TrySaveAsync(Guid tenantId, string definitionId, string text, bool publish, int attempt, ChangeContext context, CancellationToken ct)
    {
        try
        {
            var draft = await store.SaveDraftAsync(tenantId, DefinitionLibrary.Kind, definitionId, text, null, context, ct);
            if (publish)
                await store.PublishAsync(tenantId, DefinitionLibrary.Kind, definitionId, null, context, ct, ifMatch: ArtefactStore.TagOf(draft));
            return true;
        }
        catch (ProblemException e) when (attempt < MostAttempts && e.Code is ("changed_meanwhile" or "stale_version" or "no_draft"))
        {
            if (context.ActorId is null || (await store.PickAsync(tenantId, DefinitionLibrary.Kind, definitionId, null, ct)).AuthorId != context.ActorId)
                throw;
            return false;
        }
    }

    public async Task<Edit> PublishAsync(Guid tenantId, string definitionId, ChangeContext context, CancellationToken ct)
    {
        var latest = await ExistingAsync(tenantId, definitionId, ct);
        await ThrowIfReadonlyAsync(tenantId, latest, ct);
        if (latest.IsPublished)
            return new Edit(latest, AlreadyPublished: true);
        if (latest.IsDraft)
            await store.PublishAsync(tenantId, DefinitionLibrary.Kind, definitionId, null, context, ct);
        else
            await store.RestoreAsync(tenantId, DefinitionLibrary.Kind, definitionId, latest.Number, context, ct);
        return await PublishedAsync(tenantId, definitionId, context, ct);
    }

    private async Task<Edit> PublishedAsync(Guid tenantId, string definitionId, ChangeContext context, CancellationToken ct)
    {
        var now = (await library.FindAsync(tenantId, definitionId, VersionOptions.Published, ct))!;
        var options = WorkflowDefinition.Parse(await library.ContentAsync(tenantId, now, ct)).Options;
        return new Edit(now, Updated: options.AutoUpdateConsumingWorkflows ? await MoveConsumersAsync(tenantId, now, context, ct) : []);
    }

    /// <exception cref="ProblemException">404, or 400 when it is not published.</exception>
    public async Task<DefinitionVersion> RetractAsync(Guid tenantId, string definitionId, ChangeContext context, CancellationToken ct)
    {
        var latest = await ExistingAsync(tenantId, definitionId, ct);
        await ThrowIfReadonlyAsync(tenantId, latest, ct);
        await store.RetractAsync(tenantId, DefinitionLibrary.Kind, definitionId, null, context, ct);
        return (await library.FindAsync(tenantId, definitionId, null, ct))!;
    }

    /// <summary>Makes an old version's content the draft.</summary>
    public async Task<DefinitionVersion> RevertAsync(Guid tenantId, string definitionId, int number, ChangeContext context, CancellationToken ct)
    {
        var old = (await library.VersionsAsync(tenantId, [definitionId], ct)).FirstOrDefault(version => version.Number == number)
            ?? throw ElsaErrors.NotFound($"There is no version {number} of {definitionId}.");
        await ThrowIfReadonlyAsync(tenantId, old, ct);
        var stored = DefinitionJson.Stored(await library.ContentAsync(tenantId, old, ct));
        var text = WorkflowDefinition.Of(DefinitionJson.ToStored(stored, definitionId, FieldText.Microseconds(context.At))).ToJson();
        await store.SaveDraftAsync(tenantId, DefinitionLibrary.Kind, definitionId, text, null, context, ct);
        return (await library.FindAsync(tenantId, definitionId, null, ct))!;
    }

    public async Task<bool> DeleteAsync(Guid tenantId, string definitionId, ChangeContext context, CancellationToken ct)
    {
        if (await library.FindAsync(tenantId, definitionId, null, ct) is not { } latest)
            return false;
        await ThrowIfReadonlyAsync(tenantId, latest, ct);
        return await library.DeleteAsync(tenantId, definitionId, context, ct);
    }

    /// <summary>Deletes one version: a draft goes, a published one is retracted. History stays, because cases refer to it.</summary>
    public async Task<bool> DeleteVersionAsync(Guid tenantId, DefinitionVersion version, ChangeContext context, CancellationToken ct)
    {
        await ThrowIfReadonlyAsync(tenantId, version, ct);
        var others = (await library.VersionsAsync(tenantId, [version.DefinitionId], ct)).Count > 1;
        if (version.IsDraft)
            await store.DeleteDraftAsync(tenantId, DefinitionLibrary.Kind, version.DefinitionId, null, context, ct);
        else if (!others)
            return await library.DeleteAsync(tenantId, version.DefinitionId, context, ct);
        else if (version.IsPublished)
            await store.RetractAsync(tenantId, DefinitionLibrary.Kind, version.DefinitionId, null, context, ct);
        else
            throw new ProblemException(409, "version_is_history", $"Version {version.Number} of {version.DefinitionId} was published and is kept, because cases may refer to it.");
        return true;
    }

    /// <summary>Definitions that use this one as an activity, directly or through others.</summary>
    public IReadOnlyList<string> Consumers(Guid tenantId, string definitionId)
    {
        var users = published.All(tenantId, DefinitionLibrary.Kind)
            .Select(version => (version.Key, Uses: UsesOf(version.Content))).ToList();
        var found = new List<string>();
        var open = new Queue<string>([definitionId]);
        while (open.TryDequeue(out var used))
        {
            foreach (var (key, _) in users.Where(user => user.Uses.Contains(used) && user.Key != definitionId && !found.Contains(user.Key)).ToList())
            {
                found.Add(key);
                open.Enqueue(key);
            }
        }
        return found;
    }

    /// <summary>Moves those that use a definition to this version of it, and publishes them again if they were.</summary>
    /// <returns>Their ids.</returns>
    public async Task<IReadOnlyList<string>> MoveConsumersAsync(Guid tenantId, DefinitionVersion to, ChangeContext context, CancellationToken ct)
    {
        var moved = new List<string>();
        foreach (var key in published.All(tenantId, DefinitionLibrary.Kind).Where(version => UsesOf(version.Content).Contains(to.DefinitionId) && version.Key != to.DefinitionId)
            .Select(version => version.Key).ToList())
        {
            var latest = (await library.FindAsync(tenantId, key, null, ct))!;
            var stored = DefinitionJson.Stored(await library.ContentAsync(tenantId, latest, ct));
            foreach (var node in DefinitionTree.Walk(stored["root"] as JsonObject, "").Where(node => node.Activity.Text("workflowDefinitionId") == to.DefinitionId && !node.Type.StartsWith("Elsa.", StringComparison.Ordinal)))
            {
                node.Activity["version"] = to.Number;
                node.Activity["workflowDefinitionVersionId"] = to.Id;
                node.Activity["latestAvailablePublishedVersion"] = to.Number;
                node.Activity["latestAvailablePublishedVersionId"] = to.Id;
            }
            var text = WorkflowDefinition.Of(stored).ToJson();
            await store.SaveDraftAsync(tenantId, DefinitionLibrary.Kind, key, text, null, context, ct);
            if (latest.IsPublished)
                await store.PublishAsync(tenantId, DefinitionLibrary.Kind, key, $"Uses version {to.Number} of {to.DefinitionId}", context, ct);
            moved.Add(key);
        }
        return moved;
    }

    public async Task<DefinitionVersion> ExistingAsync(Guid tenantId, string definitionId, CancellationToken ct) =>
        await library.FindAsync(tenantId, definitionId, null, ct) ?? throw ElsaErrors.NotFound($"There is no workflow definition {definitionId}.");

    public async Task ThrowIfReadonlyAsync(Guid tenantId, DefinitionVersion version, CancellationToken ct)
    {
        var head = await library.HeadAsync(tenantId, version, ct);
        if (head.IsReadonly || head.IsSystem)
            throw new ProblemException(403, "readonly_definition", $"The workflow definition {version.DefinitionId} is read-only.");
    }

    private async Task ThrowIfInvalidAsync(Guid tenantId, string definitionId, string text, CancellationToken ct)
    {
        var errors = (await store.CheckAsync(tenantId, definitionId, text, ct)).Where(problem => problem.IsError).ToList();
        if (errors.Count > 0)
        {
            throw new ProblemException(422, "artefact_invalid", $"The workflow cannot be published: {errors[0].Message}",
                [.. errors.Select(problem => new Domain.FieldError(problem.NodeId ?? "", problem.Code, problem.Message))]);
        }
    }

    private static HashSet<string> UsesOf(string content) =>
        [.. DefinitionTree.Walk(DefinitionJson.Stored(content)["root"] as JsonObject, "")
            .Where(node => !node.Type.StartsWith("Elsa.", StringComparison.Ordinal)).Select(node => node.Activity.Text("workflowDefinitionId")).OfType<string>()];
}
