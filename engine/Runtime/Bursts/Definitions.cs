using System.Collections.Concurrent;

using Switchboard.Runtime.Artefacts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Bursts;

/// <summary>
/// The workflow definitions that a tenant's instances run: the shipped ones, and above them the tenant's own. Whoever keeps
/// the tenants' artefacts calls <see cref="Publish"/> and <see cref="Retract"/>, and sets <see cref="Fetch"/> for versions
/// that only running instances still need.
/// </summary>
public sealed class Definitions
{
    private readonly ActivityCatalogue catalogue;
    private readonly Dictionary<string, WorkflowGraph> shipped;
    private readonly ConcurrentDictionary<(Guid TenantId, string DefinitionId), WorkflowGraph> published = new();
    private readonly ConcurrentDictionary<(Guid TenantId, string DefinitionId), bool> retracted = new();
    private readonly ConcurrentDictionary<(Guid TenantId, string Hash), WorkflowGraph> byHash = new();

    public Definitions(ShippedArtefacts artefacts, ActivityCatalogue catalogue)
        : this(artefacts.All.Where(artefact => artefact.Kind == "workflow").Select(artefact => WorkflowDefinition.Parse(artefact.Content.Span)), catalogue)
    {
    }

    public Definitions(IEnumerable<WorkflowDefinition> shipped, ActivityCatalogue catalogue)
    {
        this.catalogue = catalogue;
        this.shipped = shipped.Select(definition => WorkflowGraph.Compile(definition, catalogue)).ToDictionary(graph => graph.DefinitionId);
    }

    /// <summary>Finds a version that is not in memory, by the hash of its content, or by number, or the published one; null when there is none.</summary>
    public Func<DefinitionQuery, CancellationToken, ValueTask<WorkflowDefinition?>>? Fetch { get; set; }

    /// <summary>The versions that new instances run.</summary>
    public IEnumerable<WorkflowGraph> Published(Guid tenantId) =>
        published.Where(entry => entry.Key.TenantId == tenantId).Select(entry => entry.Value)
            .Concat(shipped.Values.Where(graph =>
                !published.ContainsKey((tenantId, graph.DefinitionId)) && !retracted.ContainsKey((tenantId, graph.DefinitionId))));

    /// <summary>What tenants have published themselves.</summary>
    public IEnumerable<(Guid TenantId, WorkflowGraph Graph)> AllPublished() => published.Select(entry => (entry.Key.TenantId, entry.Value));

    /// <summary>The version that a new instance runs; null if there is none.</summary>
    public WorkflowGraph? FindPublished(Guid tenantId, string definitionId) =>
        published.TryGetValue((tenantId, definitionId), out var own) ? own
        : retracted.ContainsKey((tenantId, definitionId)) ? null
        : shipped.GetValueOrDefault(definitionId);

    /// <summary>A given version if it exists, else the published one.</summary>
    public async ValueTask<WorkflowGraph?> FindAsync(Guid tenantId, string definitionId, int? version, CancellationToken ct)
    {
        var current = FindPublished(tenantId, definitionId);
        if (version is null || current?.Version == version)
            return current;
        if (await FetchAsync(new DefinitionQuery(tenantId, definitionId, version, null), ct) is { } kept)
            return kept;
        return shipped.TryGetValue(definitionId, out var ours) && ours.Version == version ? ours : current;
    }

    /// <summary>The very version that an instance is bound to.</summary>
    /// <exception cref="InvalidOperationException">It is not there any more.</exception>
    public async ValueTask<WorkflowGraph> OfInstanceAsync(Guid tenantId, string definitionId, int version, string hash, CancellationToken ct) =>
        await FindOfInstanceAsync(tenantId, definitionId, version, hash, ct)
        ?? throw new InvalidOperationException($"Version {version} ({hash}) of workflow {definitionId}, which instances of tenant {tenantId} run, is not in the artefact store.");

    /// <summary>The same; null if it is not there any more.</summary>
    public async ValueTask<WorkflowGraph?> FindOfInstanceAsync(Guid tenantId, string definitionId, int version, string hash, CancellationToken ct)
    {
        if (FindPublished(tenantId, definitionId) is { } current && current.Hash == hash)
            return current;
        if (shipped.TryGetValue(definitionId, out var ours) && ours.Hash == hash)
            return ours;
        if (byHash.TryGetValue((tenantId, hash), out var kept))
            return kept;
        // A release may bring another text under the same number; where the old text was not kept, the new one of that number runs on.
        return await FetchAsync(new DefinitionQuery(tenantId, definitionId, version, hash), ct)
            ?? (ours?.Version == version ? ours : null);
    }

    /// <summary>From now on new instances of the tenant run this version.</summary>
    public WorkflowGraph Publish(Guid tenantId, WorkflowDefinition definition)
    {
        var graph = Compile(tenantId, definition);
        published[(tenantId, graph.DefinitionId)] = graph;
        retracted.TryRemove((tenantId, graph.DefinitionId), out _);
        return graph;
    }

    /// <summary>From now on no instance of the tenant starts; running ones go on.</summary>
    public void Retract(Guid tenantId, string definitionId)
    {
        retracted[(tenantId, definitionId)] = true;
        published.TryRemove((tenantId, definitionId), out _);
    }

    private async ValueTask<WorkflowGraph?> FetchAsync(DefinitionQuery query, CancellationToken ct) =>
        Fetch is not null && await Fetch(query, ct) is { } definition ? Compile(query.TenantId, definition) : null;

    private WorkflowGraph Compile(Guid tenantId, WorkflowDefinition definition) =>
        byHash.GetOrAdd((tenantId, definition.Hash), _ => WorkflowGraph.Compile(definition, catalogue));
}

/// <param name="Version">Null for the published one.</param>
/// <param name="Hash">The exact content, if known.</param>
public sealed record DefinitionQuery(Guid TenantId, string DefinitionId, int? Version, string? Hash);
