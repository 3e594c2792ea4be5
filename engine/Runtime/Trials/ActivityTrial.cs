using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Trials;

/// <summary>
/// Runs one activity of a workflow by itself, in the real runtime and beside the records that there are. Nothing that it would
/// do is kept or sent: what it sends, dispatches and waits for is only told.
/// </summary>
public sealed class ActivityTrial(ArtefactStore store, InstanceStore instances, ActivityCatalogue activities, BurstFeatures features, TimeProvider time)
{
    /// <param name="nodeId">The activity's path in the definition.</param>
    /// <param name="values">What variables hold, by their id; all others hold their default.</param>
    /// <exception cref="ActivityException">The definition has no such activity.</exception>
    public async ValueTask<BurstResult> RunAsync(Guid tenantId, WorkflowDefinition definition, string nodeId, JsonObject values, ChangeContext context, CancellationToken ct)
    {
        var whole = WorkflowGraph.Compile(definition, activities);
        var found = whole.FindByNodeId(nodeId) ?? whole.Find(nodeId[(nodeId.LastIndexOf(':') + 1)..]) // other servers' paths begin with other names
            ?? throw new ActivityException("unknown_activity", $"The workflow {definition.DefinitionId} has no activity {nodeId}.");
        var graph = WorkflowGraph.Compile(Alone(definition, found, values), activities);
        var now = FieldText.Microseconds(time.GetUtcNow());
        var instanceId = Guid.CreateVersion7(now);
        var host = new TrialHost(store.World(tenantId), features)
        {
            View = new RecordView(instances, tenantId, InstanceRunner.CauseOf(context, instanceId, graph, now), subjectType: null, before: null, subject: null),
        };
        return await Burst.RunAsync(
            new BurstRequest(graph, State: null, instanceId.ToString(), new Stimulus.Start(), now, host) { FlowchartMode = features.FlowchartMode }, ct);
    }

    /// <summary>The workflow as if it were nothing but this activity, which sees the variables that it sees in its place.</summary>
    private static WorkflowDefinition Alone(WorkflowDefinition definition, ActivityNode activity, JsonObject values)
    {
        var scopes = new List<JsonArray?> { definition.Json["variables"] as JsonArray };
        for (var above = activity.Parent; above is not null; above = above.Parent)
            scopes.Insert(1, JsonNode.Parse(above.Json.GetRawText(), documentOptions: WorkflowDefinition.Depth)!["variables"] as JsonArray);
        var variables = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var variable in scopes.SelectMany(scope => scope ?? []).OfType<JsonObject>())
        {
            var seen = (JsonObject)variable.DeepClone();
            if ((string?)(seen["id"] as JsonValue) is { } id && values.TryGetPropertyValue(id, out var value))
                seen["value"] = value?.DeepClone();
            variables[$"{seen["name"]}"] = seen; // an inner one hides the outer one of its name
        }
        var alone = (JsonObject)definition.Json.DeepClone();
        alone["variables"] = new JsonArray([.. variables.Values]);
        alone["root"] = JsonNode.Parse(activity.Json.GetRawText(), documentOptions: WorkflowDefinition.Depth);
        return WorkflowDefinition.Of(alone);
    }
}
