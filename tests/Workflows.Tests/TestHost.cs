using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Tests;

/// <summary>A host with definitions in memory, ids in order, and scripts that a test answers itself.</summary>
internal sealed class TestHost : IBurstHost
{
    private int _ids;

    public Dictionary<string, WorkflowGraph> Definitions { get; } = [];

    /// <summary>Answers by the script's text. A script that no test has taught fails.</summary>
    public Dictionary<string, Func<ScriptRequest, ScriptResult>> Scripts { get; } = [];

    public Dictionary<Type, object> Features { get; } = [];

    public List<ScriptRequest> ScriptRequests { get; } = [];

    /// <summary>What every cron expression gives.</summary>
    public DateTimeOffset? NextCron { get; set; }

    public TestHost Script(string source, Func<ScriptRequest, JsonNode?> value)
    {
        Scripts[source] = request => new ScriptResult(value(request));
        return this;
    }

    public TestHost Define(WorkflowGraph graph)
    {
        Definitions[graph.DefinitionId] = graph;
        return this;
    }

    public ValueTask<ScriptResult> EvaluateScriptAsync(ScriptRequest request, CancellationToken ct)
    {
        ScriptRequests.Add(request);
        return Scripts.TryGetValue(request.Source, out var answer)
            ? new(answer(request))
            : throw new ActivityException("script_failed", $"No test has taught this script: {request.Source}");
    }

    /// <summary>The library has no FEEL of its own: a test sees what would be asked.</summary>
    public JsonNode? EvaluateFeel(string source, JsonObject values, DateTimeOffset now) => new JsonObject { ["source"] = source, ["values"] = values };

    public ValueTask<WorkflowGraph?> FindDefinitionAsync(string definitionId, int? version, CancellationToken ct) =>
        new(Definitions.GetValueOrDefault(definitionId));

    public string NewId() => string.Create(CultureInfo.InvariantCulture, $"00000000-0000-7000-8000-{++_ids:D12}");

    public DateTimeOffset? NextOccurrence(string cronExpression, DateTimeOffset after) => NextCron;

    public object? Find(Type feature) => Features.GetValueOrDefault(feature);
}
