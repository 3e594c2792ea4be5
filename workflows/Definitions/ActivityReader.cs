using System.Text.Json;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Activities.Composition;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Definitions;

/// <summary>
/// Reads the activities of a definition into nodes, and is handed to <see cref="Activity.Read"/> so that a type can read
/// children and expressions in shapes of its own.
/// </summary>
public sealed class ActivityReader
{
    private readonly WorkflowGraph _graph;
    private readonly ActivityCatalogue _catalogue;
    private readonly Dictionary<string, ActivityNode> _nodes;
    private readonly List<DefinitionProblem> _problems;
    private readonly Stack<(ActivityNode Node, List<ActivityNode> Children, List<Expression> Expressions)> _open = new();
    private readonly HashSet<string> _takenIds;
    private string _reading = "";
    private string _readingId = "";
    private string? _readingName;
    private string _readingType = "";

    internal ActivityReader(WorkflowGraph graph, ActivityCatalogue catalogue, Dictionary<string, ActivityNode> nodes, List<DefinitionProblem> problems, HashSet<string> takenIds)
    {
        _graph = graph;
        _catalogue = catalogue;
        _nodes = nodes;
        _problems = problems;
        _takenIds = takenIds;
    }

    /// <summary>The activity that is being read. Its ports and inputs are there already, its structure and children are not.</summary>
    public ActivityNode Node => _open.Peek().Node;

    /// <summary>Its JSON.</summary>
    public JsonElement Json => Node.Json;

    /// <summary>Reads a member that holds one activity; null if it is absent or null.</summary>
    public ActivityNode? Child(string jsonName) => Child(Json.Member(jsonName), jsonName);

    /// <summary>Reads an activity; null if there is none.</summary>
    /// <param name="port">The name of the slot, kept as <see cref="ActivityNode.Port"/>.</param>
    public ActivityNode? Child(JsonElement json, string port)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        var (parent, siblings, _) = _open.Count > 0 ? _open.Peek() : (null, null, []);
        var child = Read(json, parent, port);
        siblings?.Add(child);
        return child;
    }

    /// <summary>Reads a list of activities.</summary>
    public IReadOnlyList<ActivityNode> Children(JsonElement list, string port) => [.. list.Elements().Select(json => Child(json, port)).OfType<ActivityNode>()];

    /// <summary>Reads a member of any JSON that is an expression: <c>{type, value}</c>, wrapped as <c>{typeName, expression}</c>, or a bare scalar; null if there is none.</summary>
    public Expression? Expression(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("expression", out var inner))
            json = inner;
        if (json.IsNothing())
            return null;
        var expression = Expressions.Expression.Read(json);
        Note(expression);
        _open.Peek().Expressions.Add(expression);
        return expression;
    }

    /// <summary>Reads the text of a script that the activity runs itself.</summary>
    public ScriptExpression Script(string source)
    {
        var script = new ScriptExpression(source);
        Note(script);
        return script;
    }

    /// <summary>Reports that the definition is wrong here; publishing will refuse it.</summary>
    /// <param name="property">The member of the activity's JSON, or null.</param>
    /// <param name="code">Stable, snake_case.</param>
    /// <param name="message">What is wrong and how to mend it.</param>
    public void Problem(string? property, string code, string message) =>
        _problems.Add(new DefinitionProblem(_reading, _readingId, property, code, message) { ActivityName = _readingName, ActivityType = _readingType });

    internal void Begin(ActivityNode node)
    {
        if (!_nodes.TryAdd(node.Id, node))
            Problem("id", "duplicate_id", $"The id {node.Id} is used by two activities: {_nodes[node.Id].NodeId} and {node.NodeId}.");
        foreach (var input in node.Inputs)
            Note(input.Expression);
        _open.Push((node, [], []));
    }

    internal (IReadOnlyList<ActivityNode> Children, IReadOnlyList<Expression> Expressions) End()
    {
        var (_, children, expressions) = _open.Pop();
        return (children, expressions);
    }

    private void Note(Expression? expression)
    {
        if (expression is ScriptExpression)
            _graph.UsesScripts = true;
        if (expression is ScriptExpression { ReadsOutputs: true })
            _graph.KeepsOutputs = true;
        if (expression is ObjectExpression members)
        {
            foreach (var member in members.Members.Values)
                Note(member);
        }
    }

    internal ActivityNode Read(JsonElement json, ActivityNode? parent, string? port)
    {
        var type = json.Text("type") ?? "";
        var id = json.Text("id") is { Length: > 0 } given ? given : NextId(type);
        var outer = (_reading, _readingId, _readingName, _readingType);
        (_reading, _readingId, _readingName, _readingType) = (parent is null ? id : $"{parent.NodeId}:{id}", id, json.Text("name"), type);
        var descriptor = _catalogue.Find(type, json.Integer("version"));
        if (descriptor is null && (json.Text("workflowDefinitionId") ?? json.Text("workflowDefinitionVersionId")) is not null)
            descriptor = _catalogue.Find(WorkflowAsActivity.TypeName);
        descriptor ??= _catalogue.Find(NotFoundActivity.TypeName)!;
        var node = new ActivityNode(_graph, parent, port, id, json, descriptor, this);
        (_reading, _readingId, _readingName, _readingType) = outer;
        return node;
    }

    private string NextId(string type)
    {
        var name = type[(type.LastIndexOf('.') + 1)..];
        for (var number = 1; ; number++)
        {
            if (_takenIds.Add($"{name}{number}"))
                return $"{name}{number}";
        }
    }
}
