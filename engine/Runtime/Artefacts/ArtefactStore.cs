using System.Text.Json;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Rules;
using Switchboard.Runtime.Activities.Http;
using Switchboard.Runtime.Artefacts.Kinds;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Decisions;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>
/// Drafts and immutable versions of what people change while the service runs. A tenant's own versions lie above the
/// shipped ones; publishing is one commit, and <see cref="ArtefactWatch"/> brings it to every node. Of the versions whose
/// instant has come, the one with the latest counts; a published row never changes.
/// </summary>
public sealed partial class ArtefactStore(
    Database database, GroupCommitter committer, PublishedArtefacts published, ArtefactKinds kinds, Definitions definitions, CompiledDecisions compiled,
    TimeProvider time)
{
    /// <summary>The comment of a retraction that hides what came before it.</summary>
    public const string DeletedComment = "Deleted";

    /// <summary>The current version of every artefact, or its draft where nothing is published yet, and beside it the draft, if there is one.</summary>
    public async Task<IReadOnlyList<(Artefact Current, Artefact? Draft)>> ListAsync(Guid tenantId, string? kind, CancellationToken ct)
    {
        if (kind is not null)
            kinds.Of(kind);
        var own = await ArtefactRows.ReadAsync(database, tenantId, "($1::text is null or kind = $1)", ct, kind);
        var all = own.Concat(published.Shipped.Where(version => kind is null || version.Kind == kind).Select(AsArtefact));
        return
        [
            .. all.GroupBy(artefact => (artefact.Kind, artefact.Key))
                .Select(group => (Current: Current(WithStates(group)), Draft: group.FirstOrDefault(version => version.State == "draft")))
                .OrderBy(one => one.Current.Kind, StringComparer.Ordinal).ThenBy(one => one.Current.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>Every version, newest first, the draft at the head.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public async Task<IReadOnlyList<Artefact>> VersionsAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        var versions = await FindVersionsAsync(tenantId, kind, key, ct);
        return versions.Count > 0 ? versions : throw new ProblemException(404, "not_found", $"There is no {kind} {key}.");
    }

    /// <param name="number">Null for the one that counts now; where none does, the draft or the newest.</param>
    /// <exception cref="ProblemException">404.</exception>
    public async Task<Artefact> GetAsync(Guid tenantId, string kind, string key, int? number, CancellationToken ct)
    {
        var versions = await VersionsAsync(tenantId, kind, key, ct);
        return number is null
            ? Current(versions)
            : versions.FirstOrDefault(version => version.Number == number) ?? throw new ProblemException(404, "not_found", $"{kind} {key} has no version {number}.");
    }

    /// <param name="version">A number, <c>draft</c>, or null for the draft if there is one, else what counts.</param>
    /// <exception cref="ProblemException">404, or 400 for what is neither.</exception>
    public async Task<Artefact> PickAsync(Guid tenantId, string kind, string key, string? version, CancellationToken ct)
    {
        if (version == "draft")
            return await DraftAsync(tenantId, kind, key, ct);
        if (version is not null)
        {
            return int.TryParse(version, System.Globalization.CultureInfo.InvariantCulture, out var number)
                ? await GetAsync(tenantId, kind, key, number, ct)
                : throw ProblemException.Malformed("invalid_version", "version", $"version is a number or draft, not \"{version}\".");
        }
        var versions = await VersionsAsync(tenantId, kind, key, ct);
        return versions.FirstOrDefault(one => one.State == "draft") ?? Current(versions);
    }

    /// <summary>What a version names: other artefacts, and fields of records.</summary>
    /// <exception cref="ProblemException">422 if it does not parse here.</exception>
    public IReadOnlyList<ArtefactReference> ReferencesOf(Artefact version) =>
        kinds.Of(version.Kind).Read(version.Key, version.Content) is { Parses: true } content ? [.. content.References.Distinct()]
            : throw new ProblemException(422, "artefact_syntax", $"This version of {version.Kind} {version.Key} does not parse here.");

    /// <exception cref="ProblemException">404.</exception>
    public async Task<Artefact> DraftAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        kinds.Of(kind);
        return (await ArtefactRows.ReadAsync(database, tenantId, "kind = $1 and key = $2 and state = 'draft'", ct, kind, key)).SingleOrDefault()
            ?? throw new ProblemException(404, "no_draft", $"{kind} {key} has no draft: save one first.");
    }

    /// <param name="ifMatch">What <see cref="TagOf"/> gave the author; null takes whatever is there.</param>
    /// <exception cref="ProblemException">422 <c>artefact_syntax</c> if it does not parse, 412 if somebody else saved it since.</exception>
    public async Task<Artefact> SaveDraftAsync(Guid tenantId, string kind, string key, string content, long? ifMatch, ChangeContext context, CancellationToken ct)
    {
        var read = kinds.Of(kind).Read(key, content);
        // Elsa names definitions itself, by whatever letters and digits.
        if (kind == "workflow" ? !DefinitionKey().IsMatch(key) : !CustomField.IsName(key.Replace("-", "_", StringComparison.Ordinal)))
            throw new ProblemException(422, "invalid_key", $"{key} is no key: letters, digits and hyphens.");
        if (content.Contains('\0', StringComparison.Ordinal))
            throw new ProblemException(422, "artefact_syntax", "The content holds a NUL character.");
        if (!read.Parses)
            throw ArtefactChecks.Refused("artefact_syntax", $"The {kind} does not parse: {First(read.Problems)}", read.Problems);
        var versions = await FindVersionsAsync(tenantId, kind, key, ct);
        var draft = versions.FirstOrDefault(version => version.State == "draft");
        ThrowIfStale(ifMatch, versions.Count > 0 ? TagOf(draft ?? Newest(versions)!) : 0, kind, key);
        var at = FieldText.Microseconds(context.At);
        var before = draft ?? new Artefact(Guid.CreateVersion7(at), kind, key, null, "", "", null, null, "draft", null, at, at, Tag(Newest(versions)?.Number ?? 0));
        var saved = before with { Content = content, Hash = kinds.HashOf(kind, content), Author = context.Actor, AuthorId = context.ActorId, UpdatedAt = at, Version = before.Version + 1 };
        var step = new Step(tenantId);
        if (draft is null)
            step.Insert(SystemTables.Artefacts, ArtefactRows.RowOf(tenantId, saved, context.ActorId));
        else
            step.Update(SystemTables.Artefacts, ArtefactRows.RowOf(tenantId, saved, context.ActorId), draft.Version);
        ArtefactRows.Account(step, "artefacts.saved", saved, context);
        await CommitAsync(step, kind, key, ifMatch, ct);
        return saved;
    }

    /// <summary>Throws the draft away; what is published stays.</summary>
    public async Task DeleteDraftAsync(Guid tenantId, string kind, string key, long? ifMatch, ChangeContext context, CancellationToken ct)
    {
        var draft = await DraftAsync(tenantId, kind, key, ct);
        ThrowIfStale(ifMatch, TagOf(draft), kind, key);
        var step = new Step(tenantId);
        step.Delete(SystemTables.Artefacts, draft.Id, draft.Version);
        ArtefactRows.Account(step, "artefacts.draft_deleted", draft, context);
        await CommitAsync(step, kind, key, ifMatch, ct);
    }

    /// <summary>
    /// Errors and warnings of the draft, and who would be wrong with it published and is not now: publishing it is refused as
    /// long as there are any.
    /// </summary>
    public async Task<(IReadOnlyList<ArtefactProblem> Problems, IReadOnlyList<ArtefactBreak> Breaks)> ValidateAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        var content = (await DraftAsync(tenantId, kind, key, ct)).Content;
        var problems = await CheckAsync(tenantId, kind, key, content, ct);
        if (!kinds.Of(kind).Read(key, content).Parses)
            return (problems, []);
        var world = World(tenantId);
        return (problems, await BreaksAsync(tenantId, kind, key, world, world.With(kind, key, content), ct));
    }

    /// <summary>Runs the test cases that are stored with the draft.</summary>
    public async Task<IReadOnlyList<ArtefactTestResult>> TestAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        var draft = await DraftAsync(tenantId, kind, key, ct);
        return await ArtefactChecks.TestAsync(kinds.Of(kind).Read(key, draft.Content), World(tenantId).With(kind, key, draft.Content), ct);
    }

    /// <summary>Makes the draft the version that counts from now on, or from an instant; what runs keeps the version that it started with.</summary>
    /// <exception cref="ProblemException">
    /// 422 <c>artefact_invalid</c> with every error and its place, 422 <c>test_failed</c> with the tests' names, 409 <c>breaks_others</c>.
    /// </exception>
    /// <param name="also">Adds to the step that publishes, such as the answer that the caller is given.</param>
    public async Task<Artefact> PublishAsync(
        Guid tenantId, string kind, string key, string? comment, ChangeContext context, CancellationToken ct, DateTimeOffset? effectiveFrom = null, long? ifMatch = null,
        Action<Step, Artefact>? also = null)
    {
        var draft = await DraftAsync(tenantId, kind, key, ct);
        ThrowIfStale(ifMatch, TagOf(draft), kind, key);
        return await PublishAsync(tenantId, draft.Content, draft, kind, key, comment, effectiveFrom, context, also, ct);
    }

    /// <summary>Publishes an old version again, as a new one.</summary>
    public async Task<Artefact> RestoreAsync(
        Guid tenantId, string kind, string key, int number, ChangeContext context, CancellationToken ct, string? comment = null, DateTimeOffset? effectiveFrom = null,
        Action<Step, Artefact>? also = null)
    {
        var old = await GetAsync(tenantId, kind, key, number, ct);
        return await PublishAsync(tenantId, old.Content, null, kind, key, comment ?? $"Version {number} again", effectiveFrom, context, also, ct);
    }

    /// <summary>From now on there is none: nothing new uses it, and what runs goes on. A version of it can be restored.</summary>
    /// <exception cref="ProblemException">409 <c>breaks_others</c> with who uses it, or <c>not_published</c>.</exception>
    public async Task<Artefact> RetractAsync(
        Guid tenantId, string kind, string key, string? comment, ChangeContext context, CancellationToken ct, Action<Step, Artefact>? also = null)
    {
        var versions = await VersionsAsync(tenantId, kind, key, ct);
        var current = versions.FirstOrDefault(version => version.State == "published")
            ?? throw new ProblemException(409, "not_published", $"{kind} {key} has no published version to retract.");
        await ThrowIfUsedAsync(tenantId, kind, key, ct);
        return await RetractAsync(tenantId, current, Newest(versions)!.Number!.Value + 1, comment, context, also, ct);
    }

    /// <summary>As <see cref="RetractAsync(Guid, string, string, string?, ChangeContext, CancellationToken, Action{Step, Artefact}?)"/>, also of one that is retracted already: lists leave out what came before.</summary>
    public async Task HideAsync(Guid tenantId, string kind, string key, ChangeContext context, CancellationToken ct)
    {
        var versions = await VersionsAsync(tenantId, kind, key, ct);
        if (versions.Any(version => version.State == "published"))
            await ThrowIfUsedAsync(tenantId, kind, key, ct);
        var newest = Newest(versions)!;
        await RetractAsync(tenantId, newest, newest.Number!.Value + 1, DeletedComment, context, null, ct);
    }

    private async Task ThrowIfUsedAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        var usages = await UsagesAsync(tenantId, kind, key, ct);
        if (usages.Count > 0)
            throw Breaks($"{kind} {key} is in use and cannot be retracted.", usages.Select(usage => new ArtefactBreak(usage, null)));
    }

    private async Task<Artefact> RetractAsync(
        Guid tenantId, Artefact current, int number, string? comment, ChangeContext context, Action<Step, Artefact>? also, CancellationToken ct)
    {
        var (kind, key, at) = (current.Kind, current.Key, FieldText.Microseconds(context.At));
        var version = new Artefact(
            Guid.CreateVersion7(at), kind, key, number, current.Content, current.Hash, comment, context.Actor, "retracted", at, at, at, 1);
        var step = new Step(tenantId);
        step.Insert(SystemTables.Artefacts, ArtefactRows.RowOf(tenantId, version, context.ActorId));
        ArtefactRows.Account(step, "artefacts.retracted", version, context);
        also?.Invoke(step, version);
        await CommitAsync(step, kind, key, null, ct);
        Bring(tenantId, version);
        return version;
    }

    /// <summary>Who names this artefact (or, with the kind <c>field</c>, this field of a record type): what counts now or is scheduled.</summary>
    public async Task<IReadOnlyList<ArtefactUsage>> UsagesAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        var own = await ArtefactRows.UsagesAsync(database, tenantId, kind, key, time.GetUtcNow(), ct);
        var shipped =
            from version in published.Shipped
            where published.Find(tenantId, version.Kind, version.Key) == version
            from reference in kinds.Of(version.Kind).Read(version.Key, version.Content) is { Parses: true } content ? content.References : []
            where ArtefactReference.SameKind(reference.Kind, kind) && (reference.Key == key || reference.Key.StartsWith(key + ".", StringComparison.Ordinal))
            select new ArtefactUsage(version.Kind, version.Key, version.Number, "published", reference.Place);
        var lifecycles = RecordTypes.All.Where(type => kind == "workflow" && type.Lifecycle == key).Select(type => new ArtefactUsage("record-type", type.Name, 1, "published", "lifecycle"));
        return [.. own.Concat(shipped).Distinct().Concat(lifecycles)];
    }

    /// <summary>What differs between two versions.</summary>
    /// <param name="from">A number or <c>draft</c>.</param>
    public async Task<IReadOnlyList<ArtefactChange>> DiffAsync(Guid tenantId, string kind, string key, string from, string to, CancellationToken ct)
    {
        var versions = await VersionsAsync(tenantId, kind, key, ct);
        var (before, after) = (Read(from, "from"), Read(to, "to"));
        return ArtefactDiff.Between(before, after);

        ArtefactContent Read(string name, string parameter)
        {
            var number = int.TryParse(name, System.Globalization.CultureInfo.InvariantCulture, out var parsed) ? parsed : (int?)null;
            if (number is null && name != "draft")
                throw ProblemException.Malformed("invalid_version", parameter, $"{parameter} is the number of a version or draft, not \"{name}\".");
            var version = versions.FirstOrDefault(version => version.Number == number)
                ?? throw new ProblemException(404, "not_found", number is null ? $"{kind} {key} has no draft." : $"{kind} {key} has no version {number}.");
            var content = kinds.Of(kind).Read(key, version.Content);
            return content.Parses ? content : throw ArtefactChecks.Refused("artefact_syntax", $"Version {name} does not parse here: {First(content.Problems)}", content.Problems);
        }
    }

    /// <summary>Finds a workflow's version that is not in memory: what <see cref="Definitions.Fetch"/> asks for.</summary>
    public async ValueTask<WorkflowDefinition?> FetchAsync(DefinitionQuery query, CancellationToken ct)
    {
        var versions = WithStates(await ArtefactRows.ReadAsync(
            database, query.TenantId, "kind = 'workflow' and key = $1 and number is not null and ($2::text is null or hash = $2)", ct, query.DefinitionId, query.Hash));
        var found = versions.Where(version => query.Version is null ? version.State == "published" : version.Number == query.Version || query.Hash is not null)
            .MaxBy(version => version.Number);
        return found is null ? null : WorkflowDefinition.Parse(found.Content);
    }

    /// <summary>What would be refused or warned of when this workflow is published.</summary>
    public Task<IReadOnlyList<ArtefactProblem>> CheckAsync(Guid tenantId, string key, string content, CancellationToken ct) => CheckAsync(tenantId, "workflow", key, content, ct);

    /// <summary>What would be refused or warned of when this content is published.</summary>
    public async Task<IReadOnlyList<ArtefactProblem>> CheckAsync(Guid tenantId, string kind, string key, string content, CancellationToken ct)
    {
        var read = kinds.Of(kind).Read(key, content);
        var found = await ArtefactChecks.CheckAsync(read, World(tenantId), named => kinds.Knows(named) ? published.All(tenantId, named).Select(version => version.Key) : [], ct);
        return [.. found, .. TakenEndpoints(tenantId, key, read), .. await UnknownOwnersAsync(tenantId, read, ct)];
    }

    /// <summary>An owner who is nobody here: what fails would come to no one whom its author had in mind.</summary>
    private async Task<IEnumerable<ArtefactProblem>> UnknownOwnersAsync(Guid tenantId, ArtefactContent read, CancellationToken ct)
    {
        if (read is not WorkflowContent { Owner: { } owner })
            return [];
        var isUser = Guid.TryParse(owner, out var userId);
        var command = isUser
            ? new NpgsqlBatchCommand("select id::text from users where tenant_id = current_tenant() and id = $1 and is_active") { Parameters = { new NpgsqlParameter<Guid> { TypedValue = userId } } }
            : new NpgsqlBatchCommand("select name from roles where tenant_id = current_tenant()");
        var known = await database.ReadAsync(tenantId, command, ReadNamesAsync, ct);
        if (isUser ? known.Count > 0 : known.Contains(owner))
            return [];
        var (what, instead) = isUser ? ("user", "") : ("role", $"; the nearest is {Nearest.Of(owner, known)}");
        return [new ArtefactProblem("error", "unknown_owner", $"customProperties.owner names the {what} {owner}, which does not exist{(isUser ? " or is locked out" : "")}{instead}.", Property: "customProperties.owner")];
    }

    private static async Task<List<string>> ReadNamesAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var names = new List<string>();
        while (await reader.ReadAsync(ct))
            names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Paths that another published workflow serves already: of two nobody could say which is meant.</summary>
    private IEnumerable<ArtefactProblem> TakenEndpoints(Guid tenantId, string key, ArtefactContent read)
    {
        if (read is not WorkflowContent workflow)
            yield break;
        var taken = definitions.Published(tenantId).Where(graph => graph.DefinitionId != key).SelectMany(graph => graph.Triggers).SelectMany(HttpEndpoint.RoutesOf).ToHashSet();
        foreach (var trigger in workflow.Triggers)
        {
            foreach (var (path, method) in HttpEndpoint.RoutesOf(trigger).Where(taken.Contains))
            {
                var node = workflow.Find(trigger.ActivityId)!;
                yield return new ArtefactProblem(
                    "error", "endpoint_taken", $"The /{path} path and {method} method are already in use by another workflow!",
                    null, node.NodeId, node.Id, node.Type, node.Name, "path");
            }
        }
    }

    /// <summary>The tenant's artefacts as they count now.</summary>
    public ArtefactWorld World(Guid tenantId) => new(kinds, (kind, key) => published.Find(tenantId, kind, key)?.Content, time);

    /// <summary>The entity tag of a version or draft: it rises with every change of the artefact, also from a draft to what is published of it.</summary>
    public static long TagOf(Artefact artefact) => artefact.Number is { } number ? Tag(number) : artefact.Version;

    /// <summary>A workflow's version counts from now on.</summary>
    internal void Begin(Guid tenantId, PublishedVersion version)
    {
        if (version.Kind != "workflow" || !published.Counts(tenantId, version))
            return;
        if (version.IsRetracted)
            definitions.Retract(tenantId, version.Key);
        else
            definitions.Publish(tenantId, WorkflowDefinition.Parse(version.Content));
    }

    private async Task<Artefact> PublishAsync(
        Guid tenantId, string content, Artefact? draft, string kind, string key, string? comment, DateTimeOffset? effectiveFrom, ChangeContext context,
        Action<Step, Artefact>? also, CancellationToken ct)
    {
        var (of, at) = (kinds.Of(kind), FieldText.Microseconds(context.At));
        var read = of.Read(key, content);
        var problems = await CheckAsync(tenantId, kind, key, content, ct);
        if (problems.Any(problem => problem.IsError))
            throw ArtefactChecks.Refused("artefact_invalid", $"The {kind} {key} cannot be published: {First(problems)}", problems);
        var (before, after) = (World(tenantId), World(tenantId).With(kind, key, content));
        ThrowIfATestFails(kind, key, await ArtefactChecks.TestAsync(read, after, ct));
        if (await BreaksAsync(tenantId, kind, key, before, after, ct) is { Count: > 0 } broken)
            throw Breaks($"Publishing this {kind} {key} would break what uses it: {broken[0].Reason}", broken);

        var versions = await FindVersionsAsync(tenantId, kind, key, ct);
        var number = (Newest(versions)?.Number ?? 0) + 1;
        content = of.Numbered(content, number);
        var from = effectiveFrom is { } later && later > at ? FieldText.Microseconds(later) : (DateTimeOffset?)null;
        var version = new Artefact(
            Guid.CreateVersion7(at), kind, key, number, content, kinds.HashOf(kind, content), comment, context.Actor, "published", at, at, at, 1, from);
        var step = new Step(tenantId);
        step.Insert(SystemTables.Artefacts, ArtefactRows.RowOf(tenantId, version, context.ActorId));
        ArtefactRows.AddReferences(step, version, read.References);
        if (draft is not null)
            step.Delete(SystemTables.Artefacts, draft.Id, draft.Version);
        ArtefactRows.Account(step, from is null ? "artefacts.published" : "artefacts.scheduled", version, context);
        var answer = version with { State = from is null ? "published" : "scheduled" };
        also?.Invoke(step, answer);
        await CommitAsync(step, kind, key, null, ct);
        Bring(tenantId, version);
        return answer;
    }

    private static void ThrowIfATestFails(string kind, string key, IReadOnlyList<ArtefactTestResult> results)
    {
        var failed = results.Where(result => !result.Passed).ToList();
        if (failed.Count == 0)
            return;
        var names = string.Join(", ", failed.Select(result => $"\"{result.Name}\""));
        throw new ProblemException(
            422, "test_failed", $"The {kind} {key} cannot be published: {failed.Count} of {results.Count} tests failed: {names}. {failed[0].Detail}",
            [.. failed.Select(result => new FieldError($"tests/{result.Name}", "test_failed", result.Detail!))],
            new JsonObject { ["tests"] = JsonSerializer.SerializeToNode(results, JsonSerializerOptions.Web) });
    }

    /// <summary>Whoever uses it must be as right with the new version as with the old.</summary>
    private async Task<List<ArtefactBreak>> BreaksAsync(Guid tenantId, string kind, string key, ArtefactWorld before, ArtefactWorld after, CancellationToken ct)
    {
        var broken = new List<ArtefactBreak>();
        foreach (var usage in (await UsagesAsync(tenantId, kind, key, ct)).Where(usage => kinds.Knows(usage.Kind)).DistinctBy(usage => (usage.Kind, usage.Key)))
        {
            if (published.Find(tenantId, usage.Kind, usage.Key) is not { } user)
                continue;
            var content = kinds.Of(usage.Kind).Read(usage.Key, user.Content);
            var known = ArtefactChecks.Check(content, before).Where(problem => problem.IsError).Select(problem => problem.Message).ToHashSet();
            if (ArtefactChecks.Check(content, after).FirstOrDefault(problem => problem.IsError && !known.Contains(problem.Message)) is { } reason)
                broken.Add(new ArtefactBreak(usage, reason.Message));
        }
        return broken;
    }

    private static ProblemException Breaks(string detail, IEnumerable<ArtefactBreak> broken) =>
        new(409, "breaks_others", detail, extensions: new JsonObject { ["usedBy"] = new JsonArray([.. broken.Select(one => one.ToJson())]) });

    /// <summary>To this node at once; the others look every second.</summary>
    private void Bring(Guid tenantId, Artefact version)
    {
        var brought = new PublishedVersion(
            version.Kind, version.Key, version.Number!.Value, version.Hash, version.Content, version.From!.Value, version.State == "retracted");
        published.Add(tenantId, brought);
        compiled.Prepare(brought);
        if (brought.From <= time.GetUtcNow())
            Begin(tenantId, brought);
    }

    private async Task<IReadOnlyList<Artefact>> FindVersionsAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        kinds.Of(kind);
        var versions = await ArtefactRows.ReadAsync(database, tenantId, "kind = $1 and key = $2", ct, kind, key);
        if (published.FindShipped(kind, key) is { } ours)
            versions.Add(AsArtefact(ours));
        return WithStates(versions);
    }

    /// <summary>Newest first, the draft at the head, each with the state that the clock gives it.</summary>
    private List<Artefact> WithStates(IEnumerable<Artefact> versions)
    {
        var now = time.GetUtcNow();
        var all = versions.OrderByDescending(version => version.Number ?? int.MaxValue).ToList();
        var counting = all.Where(version => version.Number is not null && version.From <= now).OrderByDescending(version => version.From).ThenByDescending(version => version.Number).FirstOrDefault();
        return
        [
            .. all.Select(version => version.State is "draft" or "retracted" ? version : version with
            {
                State = version.From > now ? "scheduled" : version == counting ? "published" : "superseded",
            }),
        ];
    }

    /// <summary>What counts; where nothing does, the draft, or the newest.</summary>
    private static Artefact Current(IReadOnlyList<Artefact> versions) => versions.FirstOrDefault(version => version.State == "published") ?? versions[0];

    private static Artefact? Newest(IReadOnlyList<Artefact> versions) => versions.FirstOrDefault(version => version.Number is not null);

    /// <summary>Leaves room for a million savings of a draft between two versions.</summary>
    private static long Tag(int number) => number * 1_000_000L;

    private static void ThrowIfStale(long? ifMatch, long current, string kind, string key)
    {
        if (ifMatch is not null && ifMatch != current)
        {
            throw new ProblemException(412, "stale_version", $"{kind} {key} was saved or published by somebody else since you read it: read it again.",
                extensions: new JsonObject { ["version"] = current });
        }
    }

    private async Task CommitAsync(Step step, string kind, string key, long? ifMatch, CancellationToken ct)
    {
        try
        {
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && !IdempotencyKeys.IsCollision(e))
        {
            // Two publish or save at once: the second is told.
        }
        throw ifMatch is null
            ? new ProblemException(409, "changed_meanwhile", $"{kind} {key} was saved or published by somebody else at the same moment: read it again.")
            : new ProblemException(412, "stale_version", $"{kind} {key} was saved or published by somebody else at the same moment: read it again.");
    }

    private static Artefact AsArtefact(PublishedVersion version) => new(
        Guid.Empty, version.Kind, version.Key, version.Number, version.Content, version.Hash, "Shipped", "Switchboard", "published",
        null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0);

    private static string First(IReadOnlyList<ArtefactProblem> problems)
    {
        var first = problems.First(problem => problem.IsError);
        var place = first.Row is { } row ? $"row {row}{(first.Property is { } cell ? $", {cell}" : "")}: " : first.Line is { } line ? $"line {line}{(first.Column is { } column ? $", column {column}" : "")}: " : "";
        return place + first.Message;
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z")]
    private static partial System.Text.RegularExpressions.Regex DefinitionKey();
}
