using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Activities.Composition;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Definitions;

/// <summary>
/// A definition version made ready to run: parsed and indexed. Immutable and safe to share between threads. Compiling never
/// fails for what is wrong inside a definition: that is in <see cref="Problems"/> for whoever publishes, and an incident for
/// an instance that gets there.
/// </summary>
public sealed class WorkflowGraph
{
    private readonly FrozenDictionary<string, ActivityNode> _nodes;
    private readonly FrozenDictionary<string, ActivityNode> _byNodeId;

    private WorkflowGraph(WorkflowDefinition definition, ActivityCatalogue catalogue)
    {
        Definition = definition;
        var nodes = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        var problems = new List<DefinitionProblem>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var hasNested = false;
        Scan(definition.Document.Member("root"), ids, ref hasNested);
        // Elsa's outermost activity is implicit: Workflow1, or the next free number when a nested workflow has taken that.
        var number = hasNested ? 2 : 1;
        while (ids.Contains($"Workflow{number}"))
            number++;
        var reader = new ActivityReader(this, catalogue, nodes, problems, ids);
        Root = reader.Read(Outermost($"Workflow{number}", definition.Document.Member("root")), null, null);
        Problems = problems;
        _nodes = nodes.ToFrozenDictionary(StringComparer.Ordinal);
        Triggers = [.. nodes.Values.OrderBy(node => node.NodeId, StringComparer.Ordinal).Select(node => TriggerOf(node, problems)).OfType<WorkflowTrigger>()];
        _byNodeId = nodes.Values.ToFrozenDictionary(node => node.NodeId, StringComparer.Ordinal);
    }

    /// <summary>What it was compiled from.</summary>
    public WorkflowDefinition Definition { get; }

    /// <summary>The logical id.</summary>
    public string DefinitionId => Definition.DefinitionId;

    /// <summary>The version.</summary>
    public int Version => Definition.Version;

    /// <summary>SHA-256 of the definition's text, lower-case hex.</summary>
    public string Hash => Definition.Hash;

    /// <summary>The implicit outermost activity, of type <c>Elsa.Workflow</c>.</summary>
    public ActivityNode Root { get; }

    /// <summary>All activities, the outermost among them, in no particular order.</summary>
    public IReadOnlyList<ActivityNode> Nodes => _nodes.Values;

    /// <summary>What starts an instance once this version is published.</summary>
    public IReadOnlyList<WorkflowTrigger> Triggers { get; }

    /// <summary>What reading found wrong. <see cref="DefinitionValidation"/> finds more.</summary>
    public IReadOnlyList<DefinitionProblem> Problems { get; }

    /// <summary>Whether any input may need the script worker.</summary>
    public bool UsesScripts { get; internal set; }

    /// <summary>Whether a script may read outputs of activities that ran in earlier bursts, so that instances keep them.</summary>
    internal bool KeepsOutputs { get; set; }

    /// <summary>Compiles a definition.</summary>
    /// <param name="catalogue">The activity types that it may use; null for the library's own.</param>
    public static WorkflowGraph Compile(WorkflowDefinition definition, ActivityCatalogue? catalogue = null) => new(definition, catalogue ?? ActivityCatalogue.BuiltIn);

    /// <summary>An activity by its id; null if there is none.</summary>
    public ActivityNode? Find(string id) => _nodes.GetValueOrDefault(id);

    /// <summary>An activity by its path; null if there is none.</summary>
    public ActivityNode? FindByNodeId(string nodeId) => _byNodeId.GetValueOrDefault(nodeId);

    private static WorkflowTrigger? TriggerOf(ActivityNode node, List<DefinitionProblem> problems)
    {
        if (node is not { CanStartWorkflow: true, Descriptor.Kind: ActivityKind.Trigger })
            return null;
        try
        {
            return node.Activity.TriggerPayload(node) is { } payload
                ? new WorkflowTrigger(node.Id, node.Type, StimulusHash.Of(node.Type, payload), payload.ToJsonString())
                : null;
        }
        catch (ActivityException e)
        {
            problems.Add(new DefinitionProblem(node.NodeId, node.Id, null, e.Code, e.Message) { ActivityName = node.Name, ActivityType = node.Type });
            return null;
        }
    }

    private static JsonElement Outermost(string id, JsonElement root) =>
        JsonSerializer.SerializeToElement(new JsonObject
        {
            ["id"] = id,
            ["type"] = Workflow.TypeName,
            ["root"] = root.ValueKind == JsonValueKind.Object ? JsonObject.Create(root) : null,
        }, Expressions.Json.Indented);

    /// <summary>Collects the ids that are taken, so that generated ones are free, and whether a workflow is used as an activity.</summary>
    private static void Scan(JsonElement json, HashSet<string> ids, ref bool hasNested)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                if (json.Text("type") is not null && json.Text("id") is { Length: > 0 } id)
                {
                    ids.Add(id);
                    hasNested |= !json.Text("type")!.StartsWith("Elsa.", StringComparison.Ordinal) && json.Text("workflowDefinitionId") is not null;
                }
                foreach (var member in json.EnumerateObject())
                    Scan(member.Value, ids, ref hasNested);
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                    Scan(item, ids, ref hasNested);
                break;
        }
    }
}

/// <summary>An activity that starts instances.</summary>
/// <param name="ActivityId">Goes into <see cref="Stimulus.Start"/>.</param>
/// <param name="Name">The stimulus, the activity's type: <c>Elsa.Event</c>, <c>Elsa.Timer</c>, <c>Elsa.Cron</c>, <c>Elsa.StartAt</c>.</param>
/// <param name="Hash">As <see cref="StimulusHash"/> gives it; by this an event finds what it starts.</param>
/// <param name="Payload">JSON of <c>{EventName}</c>, <c>{Interval}</c>, <c>{CronExpression}</c> or <c>{ExecuteAt}</c>.</param>
public sealed record WorkflowTrigger(string ActivityId, string Name, string Hash, string Payload);
