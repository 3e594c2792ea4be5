using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Runtime.Bursts;

/// <summary>What the engine offers to every burst, whatever its tenant.</summary>
/// <param name="scripts">Evaluates JavaScript.</param>
/// <param name="features">Found by activities by their type: calendars, templates.</param>
public sealed class BurstFeatures(
    Func<ScriptRequest, CancellationToken, ValueTask<ScriptResult>> scripts, params IEnumerable<object> features)
{
    private readonly Dictionary<Type, object> features = features.ToDictionary(feature => feature.GetType());

    public ValueTask<ScriptResult> EvaluateAsync(ScriptRequest request, CancellationToken ct) => scripts(request, ct);

    /// <summary>The algorithm of flowcharts whose definition does not say.</summary>
    public FlowchartMode FlowchartMode { get; init; } = FlowchartMode.CounterBased;

    public object? Find(Type type) => features.GetValueOrDefault(type);
}

/// <summary>The library's port, for one burst.</summary>
internal sealed class BurstHost(RecordView view, Definitions definitions, BurstFeatures features, object? live = null) : IBurstHost
{
    public ValueTask<ScriptResult> EvaluateScriptAsync(ScriptRequest request, CancellationToken ct) => features.EvaluateAsync(request, ct);

    public JsonNode? EvaluateFeel(string source, JsonObject values, DateTimeOffset now) => FeelSource.Evaluate(source, values, now);

    public async ValueTask<WorkflowGraph?> FindDefinitionAsync(string definitionId, int? version, CancellationToken ct)
    {
        var graph = await definitions.FindAsync(view.TenantId, definitionId, version, ct);
        if (graph is not null)
            view.Used($"workflow/{graph.DefinitionId}", graph.Hash);
        return graph;
    }

    public string NewId() => Guid.CreateVersion7(view.Now).ToString();

    public DateTimeOffset? NextOccurrence(string cronExpression, DateTimeOffset after) => Cron.Next(cronExpression, after);

    public object? Find(Type feature) =>
        feature == typeof(RecordView) ? view : live is not null && feature == live.GetType() ? live : features.Find(feature);
}
