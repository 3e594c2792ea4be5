using System.Text.Json.Nodes;

using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Artefacts.Kinds;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Calendars;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Templates;
using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Runtime.Trials;

/// <summary>What bursts of a trial find around them: the artefacts of a world instead of those that are published.</summary>
internal sealed class TrialHost : IBurstHost
{
    private readonly ArtefactWorld world;
    private readonly BurstFeatures features;
    private readonly Dictionary<Type, object> own;

    public TrialHost(ArtefactWorld world, BurstFeatures features)
    {
        (this.world, this.features) = (world, features);
        var published = world.AsPublished();
        own = new object[] { new TemplateLibrary(published), new BusinessCalendars(published), DecisionEngine.OfTrial(published, world.Kinds) }.ToDictionary(feature => feature.GetType());
    }

    /// <summary>Of the burst that runs now.</summary>
    public RecordView View { get; set; } = null!;

    public FlowchartMode FlowchartMode => features.FlowchartMode;

    public ValueTask<ScriptResult> EvaluateScriptAsync(ScriptRequest request, CancellationToken ct) => features.EvaluateAsync(request, ct);

    public JsonNode? EvaluateFeel(string source, JsonObject values, DateTimeOffset now) => FeelSource.Evaluate(source, values, now);

    public ValueTask<WorkflowGraph?> FindDefinitionAsync(string definitionId, int? version, CancellationToken ct) => new((world.Find("workflow", definitionId) as WorkflowContent)?.Graph);

    public string NewId() => Guid.CreateVersion7(View.Now).ToString();

    public DateTimeOffset? NextOccurrence(string cronExpression, DateTimeOffset after) => Cron.Next(cronExpression, after);

    public object? Find(Type feature) => feature == typeof(RecordView) ? View : own.GetValueOrDefault(feature);
}
