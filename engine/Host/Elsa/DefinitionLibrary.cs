using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Runtime.Artefacts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>One version of a workflow as Elsa counts them: the draft is the next version, not yet published.</summary>
/// <param name="RowId">Empty for a shipped one.</param>
/// <param name="RowVersion">With <paramref name="RowId"/> names the content for ever.</param>
internal sealed record DefinitionVersion(string DefinitionId, int Number, bool IsDraft, bool IsPublished, bool IsLatest, DateTimeOffset CreatedAt, Guid RowId, long RowVersion)
{
    /// <summary>Follows from definition and version, so that it is known before the version is published.</summary>
    public string Id => DefinitionLibrary.VersionId(DefinitionId, Number);
}

/// <summary>What lists show of a version; read once from its content.</summary>
/// <param name="Picked">The constants of its pickers, with what they name: a form, a role, ….</param>
internal sealed record DefinitionHead(
    string? Name, string? Description, bool UsableAsActivity, bool IsReadonly, bool IsSystem, DateTimeOffset? CreatedAt, string? ToolVersion, IReadOnlyList<(string What, string Value)> Picked);

/// <summary>Elsa's view of the workflows in the artefact store: versions, which of them is the latest and which is published.</summary>
internal sealed class DefinitionLibrary(Database database, PublishedArtefacts published, ArtefactStore store, ActivityCatalogue activities)
{
    public const string Kind = "workflow";

    /// <summary>Of so many, the rows are kept in memory.</summary>
    private const int MostTenants = 200;

    private readonly ConcurrentDictionary<(Guid RowId, long RowVersion, string Key), DefinitionHead> heads = new();
    private readonly ConcurrentDictionary<Guid, ((long Count, long Versions, DateTimeOffset Last) Stamp, IReadOnlyList<Row> Rows)> known = new();

    public static string VersionId(string definitionId, int number) => string.Create(CultureInfo.InvariantCulture, $"{definitionId}-{number}");

    public static bool TryReadVersionId(string id, out string definitionId, out int number)
    {
        var dash = id.LastIndexOf('-');
        definitionId = dash > 0 ? id[..dash] : "";
        number = 0;
        return dash > 0 && int.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Every version of some definitions or of all, newest first within a definition; what was deleted is not there.</summary>
    public async Task<IReadOnlyList<DefinitionVersion>> VersionsAsync(Guid tenantId, IReadOnlyCollection<string>? definitionIds, CancellationToken ct)
    {
        var rows = definitionIds is null ? await AllRowsAsync(tenantId, ct) : await RowsAsync(tenantId, definitionIds, ct);
        var files = published.Shipped.Where(version => version.Kind == Kind && (definitionIds is null || definitionIds.Contains(version.Key)))
            .Select(version => new Row(Guid.Empty, version.Key, version.Number, false, false, DateTimeOffset.UnixEpoch, 0));
        return [.. rows.Concat(files).GroupBy(row => row.Key).SelectMany(group => Versions(tenantId, group.Key, group))];
    }

    /// <summary>
    /// What was read before, if nothing has changed since, on whichever node: a change raises the sum of the rows' versions,
    /// a new row the last instant, and one that is gone is missing in the count.
    /// </summary>
    private async Task<IReadOnlyList<Row>> AllRowsAsync(Guid tenantId, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            select count(*), coalesce(sum(version), 0)::bigint, coalesce(max(updated_at), 'epoch') from artefacts
            where tenant_id = current_tenant() and kind = 'workflow'
            """);
        var stamp = await database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            await reader.ReadAsync(token);
            return (reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2));
        }, ct);
        if (known.TryGetValue(tenantId, out var kept) && kept.Stamp == stamp)
            return kept.Rows;
        var rows = await RowsAsync(tenantId, null, ct);
        if (known.Count > MostTenants)
            known.Clear();
        known[tenantId] = (stamp, rows);
        return rows;
    }

    private Task<List<Row>> RowsAsync(Guid tenantId, IReadOnlyCollection<string>? definitionIds, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            select id, key, number, state, comment, created_at, version from artefacts
            where tenant_id = current_tenant() and kind = 'workflow' and ($1::text[] is null or key = any($1))
            """)
        {
            Parameters = { new() { Value = (object?)definitionIds?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text } },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<Row>();
            while (await reader.ReadAsync(token))
            {
                found.Add(new Row(
                    reader.GetGuid(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetInt32(2), reader.GetString(3) == "retracted",
                    reader.GetString(3) == "retracted" && !reader.IsDBNull(4) && reader.GetString(4) == ArtefactStore.DeletedComment,
                    reader.GetFieldValue<DateTimeOffset>(5), reader.GetInt64(6)));
            }
            return found;
        }, ct);
    }

    /// <summary>The ids of all definitions that there are or were.</summary>
    public async Task<IReadOnlyCollection<string>> KeysAsync(Guid tenantId, CancellationToken ct) =>
        [.. (await AllRowsAsync(tenantId, ct)).Select(row => row.Key).Concat(published.Shipped.Where(version => version.Kind == Kind).Select(version => version.Key)).Distinct()];

    /// <summary>One version; null if there is none.</summary>
    /// <param name="options">Elsa's version options; null for the latest.</param>
    public async Task<DefinitionVersion?> FindAsync(Guid tenantId, string definitionId, VersionOptions? options, CancellationToken ct) =>
        (options ?? VersionOptions.Latest).Filter(await VersionsAsync(tenantId, [definitionId], ct)).FirstOrDefault();

    /// <summary>By the id of the version.</summary>
    public async Task<DefinitionVersion?> FindByIdAsync(Guid tenantId, string id, CancellationToken ct) =>
        await FindByIdsAsync(tenantId, [id], ct) is [var version, ..] ? version : null;

    public async Task<IReadOnlyList<DefinitionVersion>> FindByIdsAsync(Guid tenantId, IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        var wanted = ids.Where(id => TryReadVersionId(id, out _, out _)).ToHashSet(StringComparer.Ordinal);
        var definitions = wanted.Select(id => TryReadVersionId(id, out var definitionId, out _) ? definitionId : "").ToHashSet(StringComparer.Ordinal);
        return definitions.Count == 0 ? [] : [.. (await VersionsAsync(tenantId, definitions, ct)).Where(version => wanted.Contains(version.Id))];
    }

    /// <summary>The text of a version.</summary>
    public async Task<string> ContentAsync(Guid tenantId, DefinitionVersion version, CancellationToken ct)
    {
        if (version.RowId == Guid.Empty)
            return published.FindShipped(Kind, version.DefinitionId)!.Content;
        var command = new NpgsqlBatchCommand("select content from artefacts where tenant_id = current_tenant() and id = $1")
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = version.RowId } },
        };
        return await database.ReadAsync(tenantId, command, async (reader, token) => await reader.ReadAsync(token) ? reader.GetString(0) : null, ct)
            ?? throw ElsaErrors.NotFound($"Version {version.Number} of {version.DefinitionId} was deleted a moment ago.");
    }

    public async Task<DefinitionHead> HeadAsync(Guid tenantId, DefinitionVersion version, CancellationToken ct)
    {
        var key = (version.RowId, version.RowVersion, version.RowId == Guid.Empty ? version.DefinitionId : "");
        if (heads.TryGetValue(key, out var known))
            return known;
        var definition = WorkflowDefinition.Parse(await ContentAsync(tenantId, version, ct));
        var head = new DefinitionHead(
            definition.Name, definition.Description, definition.Options.UsableAsActivity, definition.Json.Flag("isReadonly"), definition.Json.Flag("isSystem"),
            definition.Json["createdAt"] is { } created && DateTimeOffset.TryParse(created.ToString(), CultureInfo.InvariantCulture, out var at) ? at : null,
            definition.Json.Text("toolVersion"), [.. PickedIn(definition.Json["root"] as JsonObject).Distinct()]);
        if (heads.Count > 20_000)
            heads.Clear();
        return heads[key] = head;
    }

    private IEnumerable<(string What, string Value)> PickedIn(JsonObject? root) =>
        from node in DefinitionTree.Walk(root, "")
        from input in activities.Find(node.Type)?.Inputs ?? []
        where input.Picks is not null
        from value in Constants(node.Activity[input.JsonName])
        select (input.Picks!, value);

    /// <summary>The text that an input holds as a literal, or those of a list of them in JSON.</summary>
    private static IEnumerable<string> Constants(JsonNode? input)
    {
        if (input is not JsonObject wrapped || wrapped["expression"] is not JsonObject expression || expression.Text("value") is not { Length: > 0 } text)
            return [];
        if (expression.Text("type") != "Object")
            return expression.Text("type") == "Literal" ? [text] : [];
        try
        {
            return (JsonNode.Parse(text) as JsonArray ?? []).OfType<JsonValue>().Select(value => value.ToString()).Where(value => value.Length > 0);
        }
        catch (JsonException)
        {
            return []; // half a list, while somebody writes it
        }
    }

    /// <summary>Deletes a definition for whoever looks: its draft, what is published, and from the lists its history; what runs keeps its version.</summary>
    public async Task<bool> DeleteAsync(Guid tenantId, string definitionId, ChangeContext context, CancellationToken ct)
    {
        var versions = await VersionsAsync(tenantId, [definitionId], ct);
        if (versions.Count == 0)
            return false;
        if (versions.Any(version => !version.IsDraft))
            await store.HideAsync(tenantId, Kind, definitionId, context, ct);
        if (versions.Any(version => version.IsDraft))
            await store.DeleteDraftAsync(tenantId, Kind, definitionId, null, context, ct);
        return true;
    }

    private IEnumerable<DefinitionVersion> Versions(Guid tenantId, string key, IEnumerable<Row> rows)
    {
        var all = rows.ToList();
        var next = (all.Max(row => row.Number) ?? 0) + 1;
        var hidden = all.Where(row => row.IsDeletion).Max(row => row.Number) ?? 0;
        var counts = published.Find(tenantId, Kind, key)?.Number;
        var shown = all.Where(row => !row.IsRetraction && (row.Number ?? int.MaxValue) > hidden).OrderByDescending(row => row.Number ?? int.MaxValue).ToList();
        return shown.Select((row, at) => new DefinitionVersion(
            key, row.Number ?? next, row.Number is null, row.Number is { } number && number == counts, at == 0, row.CreatedAt, row.Id, row.Version));
    }

    private sealed record Row(Guid Id, string Key, int? Number, bool IsRetraction, bool IsDeletion, DateTimeOffset CreatedAt, long Version);
}

/// <summary>Which versions a caller means.</summary>
internal sealed record VersionOptions(string Name, int? Number = null)
{
    public static readonly VersionOptions All = new("AllVersions");
    public static readonly VersionOptions Latest = new("Latest");
    public static readonly VersionOptions Published = new("Published");

    private static readonly string[] Names = ["AllVersions", "Draft", "Latest", "Published", "LatestOrPublished", "LatestAndPublished"];

    /// <exception cref="ProblemException">400 for a word that Elsa does not know.</exception>
    public static VersionOptions? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return new VersionOptions("", number);
        var name = Array.Find(Names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw ElsaErrors.Invalid("versionOptions", $"versionOptions must be a version's number or one of {string.Join(", ", Names)}, not {text}.");
        return new VersionOptions(name);
    }

    /// <summary>Of one or more definitions, newest first within each.</summary>
    public IEnumerable<DefinitionVersion> Filter(IEnumerable<DefinitionVersion> versions) => Name switch
    {
        "" => versions.Where(version => version.Number == Number),
        "Draft" => versions.Where(version => !version.IsPublished && version.IsLatest),
        "Latest" => versions.Where(version => version.IsLatest),
        "Published" => versions.Where(version => version.IsPublished),
        "LatestOrPublished" or "LatestAndPublished" => versions.Where(version => version.IsLatest || version.IsPublished),
        _ => versions,
    };
}
