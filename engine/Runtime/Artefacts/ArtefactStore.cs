using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>
/// Drafts and immutable versions of what people change while the service runs. A tenant's own versions lie above the
/// shipped ones; publishing is one commit, and <see cref="ArtefactWatch"/> brings it to every node.
/// </summary>
public sealed class ArtefactStore(
    Database database, GroupCommitter committer, ShippedArtefacts shipped, Definitions definitions, ActivityCatalogue catalogue)
{
    /// <summary>What can be looked at.</summary>
    private static readonly string[] Kinds = ["workflow", "template", "calendar"];

    /// <summary>What a tenant can have versions of its own of; the others are the shipped ones for everybody.</summary>
    private static readonly string[] OwnKinds = ["workflow"];

    private static readonly Guid NoId = Guid.Empty;

    /// <summary>The current version of every artefact, or its draft where nothing is published yet; without contents' history.</summary>
    public async Task<IReadOnlyList<Artefact>> ListAsync(Guid tenantId, string? kind, CancellationToken ct)
    {
        RefuseUnknown(kind ?? Kinds[0]);
        var own = await ReadAsync(tenantId, "($1::text is null or kind = $1) and state in ('draft', 'published', 'retracted')", ct, kind);
        var current = own.GroupBy(artefact => (artefact.Kind, artefact.Key)).ToDictionary(group => group.Key, group => group.MaxBy(artefact => artefact.State == "draft" ? 0 : 1)!);
        foreach (var artefact in shipped.All.Where(artefact => kind is null || artefact.Kind == kind))
            current.TryAdd((artefact.Kind, artefact.Key), AsArtefact(artefact));
        return [.. current.Values.OrderBy(artefact => artefact.Kind, StringComparer.Ordinal).ThenBy(artefact => artefact.Key, StringComparer.Ordinal)];
    }

    /// <summary>Every version, newest first, the draft at the head.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public async Task<IReadOnlyList<Artefact>> VersionsAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        RefuseUnknown(kind);
        var versions = await ReadAsync(tenantId, "kind = $1 and key = $2", ct, kind, key);
        if (shipped.Find(kind, key) is { } ours)
            versions.Add(AsArtefact(ours) with { State = versions.Exists(version => version.State != "draft") ? "superseded" : "published" });
        return versions.Count > 0
            ? [.. versions.OrderByDescending(version => version.Number ?? int.MaxValue)]
            : throw new ProblemException(404, "not_found", $"There is no {kind} {key}.");
    }

    /// <exception cref="ProblemException">404.</exception>
    public async Task<Artefact> GetAsync(Guid tenantId, string kind, string key, int? number, CancellationToken ct)
    {
        var versions = await VersionsAsync(tenantId, kind, key, ct);
        return (number is null ? versions.FirstOrDefault(version => version.State == "published") ?? versions[0] : versions.FirstOrDefault(version => version.Number == number))
            ?? throw new ProblemException(404, "not_found", $"{kind} {key} has no version {number}.");
    }

    /// <exception cref="ProblemException">422 <c>artefact_syntax</c> if it does not parse, 412 if somebody else saved it since.</exception>
    public async Task<Artefact> SaveDraftAsync(Guid tenantId, string kind, string key, string content, long? ifMatch, ChangeContext context, CancellationToken ct)
    {
        RefuseUnknown(kind);
        if (!OwnKinds.Contains(kind))
            throw new ProblemException(422, "kind_is_shipped", $"A {kind} cannot be changed by a tenant; its own versions are of {string.Join(", ", OwnKinds)}.");
        if (!CustomField.IsName(key.Replace("-", "_", StringComparison.Ordinal)))
            throw new ProblemException(422, "invalid_key", $"{key} is no key: letters, digits and hyphens.");
        if (Syntax(content) is { } syntax)
            throw Refused("artefact_syntax", $"The {kind} does not parse: {syntax.Message}", [syntax]);
        var draft = (await ReadAsync(tenantId, "kind = $1 and key = $2 and state = 'draft'", ct, kind, key)).SingleOrDefault();
        if (ifMatch is not null && ifMatch != (draft?.Version ?? 0))
            throw new ProblemException(412, "stale_version", $"The draft of {kind} {key} was saved by somebody else since: read it again.");
        var at = FieldText.Microseconds(context.At);
        var saved = (draft ?? new Artefact(Guid.CreateVersion7(at), kind, key, null, "", "", null, null, "draft", null, at, at, 0)) with
        {
            Content = content,
            Hash = HashOf(content),
            Author = context.Actor,
            UpdatedAt = at,
            Version = (draft?.Version ?? 0) + 1,
        };
        var step = new Step(tenantId);
        if (draft is null)
            step.Insert(SystemTables.Artefacts, RowOf(tenantId, saved, context.ActorId));
        else
            step.Update(SystemTables.Artefacts, RowOf(tenantId, saved, context.ActorId), draft.Version);
        Account(step, "artefacts.saved", saved, context);
        await CommitAsync(step, kind, key, ct);
        return saved;
    }

    /// <summary>Errors and warnings of the draft.</summary>
    public async Task<IReadOnlyList<ArtefactProblem>> ValidateAsync(Guid tenantId, string kind, string key, CancellationToken ct) =>
        Check(tenantId, key, (await DraftAsync(tenantId, kind, key, ct)).Content);

    /// <summary>Makes the draft the version that counts from now on; what runs keeps the version that it started with.</summary>
    /// <exception cref="ProblemException">422 <c>artefact_invalid</c> with every error, naming its node.</exception>
    public async Task<Artefact> PublishAsync(Guid tenantId, string kind, string key, string? comment, ChangeContext context, CancellationToken ct)
    {
        var draft = await DraftAsync(tenantId, kind, key, ct);
        return await PublishAsync(tenantId, draft.Content, draft, kind, key, comment, context, ct);
    }

    /// <summary>Publishes an old version again, as a new one.</summary>
    public async Task<Artefact> RestoreAsync(Guid tenantId, string kind, string key, int number, ChangeContext context, CancellationToken ct)
    {
        var old = await GetAsync(tenantId, kind, key, number, ct);
        return await PublishAsync(tenantId, old.Content, null, kind, key, $"Version {number} again", context, ct);
    }

    /// <summary>Finds a version that is not in memory: what <see cref="Definitions.Fetch"/> asks for.</summary>
    public async ValueTask<WorkflowDefinition?> FetchAsync(DefinitionQuery query, CancellationToken ct)
    {
        var versions = await ReadAsync(
            query.TenantId, "kind = 'workflow' and key = $1 and number is not null and ($2::text is null or hash = $2)", ct, query.DefinitionId, query.Hash);
        var found = versions.Where(version => query.Version is null ? version.State == "published" : version.Number == query.Version || query.Hash is not null)
            .MaxBy(version => version.Number);
        return found is null ? null : WorkflowDefinition.Parse(found.Content);
    }

    /// <summary>What would be refused or warned of when this content is published.</summary>
    public IReadOnlyList<ArtefactProblem> Check(Guid tenantId, string key, string content)
    {
        if (Syntax(content) is { } syntax)
            return [syntax];
        var definition = WorkflowDefinition.Parse(content);
        var problems = DefinitionValidation.Check(
                WorkflowGraph.Compile(definition, catalogue), Cron.ProblemOf, used => definitions.FindPublished(tenantId, used) is not null)
            .Select(problem => new ArtefactProblem(
                problem.Severity == ProblemSeverity.Error ? "error" : "warning", problem.Code, problem.Message, null, problem.NodeId, problem.ActivityId,
                problem.ActivityType, problem.ActivityName, problem.Property))
            .ToList();
        if (definition.DefinitionId != key)
            problems.Add(new ArtefactProblem("error", "wrong_key", $"The definition's definitionId is {definition.DefinitionId}; the artefact's key is {key}."));
        return problems;
    }

    private async Task<Artefact> PublishAsync(
        Guid tenantId, string content, Artefact? draft, string kind, string key, string? comment, ChangeContext context, CancellationToken ct)
    {
        var problems = Check(tenantId, key, content);
        if (problems.Any(problem => problem.Severity == "error"))
            throw Refused("artefact_invalid", $"The {kind} {key} cannot be published: {problems.First(problem => problem.Severity == "error").Message}", problems);
        var versions = await VersionsAsync(tenantId, kind, key, ct);
        var number = (versions.Max(version => version.Number) ?? 0) + 1;
        var at = FieldText.Microseconds(context.At);
        content = Numbered(content, number);
        var version = new Artefact(Guid.CreateVersion7(at), kind, key, number, content, HashOf(content), comment, context.Actor, "published", at, at, at, 1);
        var step = new Step(tenantId);
        step.Insert(SystemTables.Artefacts, RowOf(tenantId, version, context.ActorId));
        foreach (var before in versions.Where(before => before is { State: "published", IsShipped: false }))
            step.Update(SystemTables.Artefacts, RowOf(tenantId, before with { State = "superseded", UpdatedAt = at, Version = before.Version + 1 }, null), before.Version);
        if (draft is not null)
            step.Delete(SystemTables.Artefacts, draft.Id, draft.Version);
        Account(step, "artefacts.published", version, context);
        await CommitAsync(step, kind, key, ct);
        definitions.Publish(tenantId, WorkflowDefinition.Parse(content));
        return version;
    }

    /// <summary>The text says itself which version it is, so that an instance's definition can be told from its content alone.</summary>
    private static string Numbered(string content, int number)
    {
        var document = (JsonObject)JsonNode.Parse(content)!;
        document["version"] = number;
        document["id"] = $"{document["definitionId"]}-{number}";
        document["isLatest"] = true;
        document["isPublished"] = true;
        return WorkflowDefinition.Of(document).ToJson();
    }

    private static ArtefactProblem? Syntax(string content)
    {
        try
        {
            WorkflowDefinition.Parse(content);
            return null;
        }
        catch (Workflows.ActivityException e)
        {
            return new ArtefactProblem("error", e.Code, e.Message, (e.InnerException as System.Text.Json.JsonException)?.LineNumber is { } line ? (int)line + 1 : null);
        }
    }

    private async Task<Artefact> DraftAsync(Guid tenantId, string kind, string key, CancellationToken ct)
    {
        RefuseUnknown(kind);
        return (await ReadAsync(tenantId, "kind = $1 and key = $2 and state = 'draft'", ct, kind, key)).SingleOrDefault()
            ?? throw new ProblemException(404, "no_draft", $"{kind} {key} has no draft: save one first.");
    }

    private async Task CommitAsync(Step step, string kind, string key, CancellationToken ct)
    {
        try
        {
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Two publish or save at once: the second is told.
        }
        throw new ProblemException(409, "changed_meanwhile", $"{kind} {key} was saved or published by somebody else at the same moment: read it again.");
    }

    private static void Account(Step step, string action, Artefact artefact, ChangeContext context)
    {
        var detail = new JsonObject { ["kind"] = artefact.Kind, ["key"] = artefact.Key, ["number"] = artefact.Number, ["hash"] = artefact.Hash }.ToJsonString();
        var at = FieldText.Microseconds(context.At);
        step.Insert(
            SystemTables.Audit, step.TenantId, Guid.CreateVersion7(at), at, context.ActorId, context.Actor, action, "artefacts", artefact.Id, detail, context.TraceId);
        step.Insert(SystemTables.Events, step.TenantId, Guid.CreateVersion7(at), action, "artefacts", artefact.Id, detail, at);
    }

    private Task<List<Artefact>> ReadAsync(Guid tenantId, string where, CancellationToken ct, params string?[] values)
    {
        var command = new NpgsqlBatchCommand($"""
            select id, kind, key, number, content, hash, comment, author, state, published_at, created_at, updated_at, version
            from artefacts where tenant_id = current_tenant() and {where}
            """);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<Artefact>();
            while (await reader.ReadAsync(token))
            {
                found.Add(new Artefact(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetInt32(3), reader.GetString(4),
                    reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.IsDBNull(7) ? null : reader.GetString(7), reader.GetString(8),
                    reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9), reader.GetFieldValue<DateTimeOffset>(10),
                    reader.GetFieldValue<DateTimeOffset>(11), reader.GetInt64(12)));
            }
            return found;
        }, ct);
    }

    private static object?[] RowOf(Guid tenantId, Artefact artefact, Guid? authorId) =>
    [
        tenantId, artefact.Id, artefact.Kind, artefact.Key, artefact.Number, artefact.Content, artefact.Hash, artefact.Comment, artefact.Author,
        authorId, artefact.State, null, artefact.PublishedAt, artefact.CreatedAt, artefact.UpdatedAt, artefact.Version,
    ];

    private static Artefact AsArtefact(ShippedArtefact artefact) => new(
        NoId, artefact.Kind, artefact.Key, 1, Encoding.UTF8.GetString(artefact.Content.Span), artefact.Hash, "Shipped", "Switchboard", "published",
        null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0);

    private static string HashOf(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static void RefuseUnknown(string kind)
    {
        if (!Kinds.Contains(kind))
            throw new ProblemException(404, "unknown_kind", $"There is no kind {kind} of artefact; there are {string.Join(", ", Kinds)}.");
    }

    private static ProblemException Refused(string code, string detail, IReadOnlyList<ArtefactProblem> problems) => new(
        422, code, detail, [.. problems.Select(problem => new FieldError(problem.NodeId ?? problem.Property ?? "", problem.Code, problem.Message))],
        new JsonObject { ["problems"] = System.Text.Json.JsonSerializer.SerializeToNode(problems, System.Text.Json.JsonSerializerOptions.Web) });
}
