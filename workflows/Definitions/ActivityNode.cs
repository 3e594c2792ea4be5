using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Definitions;

/// <summary>An activity of a definition, ready to run. Immutable once its graph is compiled.</summary>
public sealed class ActivityNode
{
    private readonly ActivityNode?[] _ports;
    private readonly IReadOnlyList<ActivityNode>[] _lists;
    private readonly FrozenDictionary<string, OutputBinding>? _outputs;

    internal ActivityNode(WorkflowGraph graph, ActivityNode? parent, string? port, string id, JsonElement json, ActivityDescriptor descriptor, ActivityReader reader)
    {
        Graph = graph;
        Parent = parent;
        Port = port;
        Id = id;
        Json = json;
        NodeId = parent is null ? id : $"{parent.NodeId}:{id}";
        Type = json.Text("type") ?? "";
        Name = json.Text("name");
        Version = json.Integer("version") ?? descriptor.Version;
        Descriptor = descriptor;
        Variables = parent is null && graph.Definition.Document.ValueKind != JsonValueKind.Undefined ? graph.Definition.Variables : Variable.ReadAll(json);
        CustomProperties = json.Member("customProperties");
        CanStartWorkflow = CustomProperties.Flag("canStartWorkflow") ?? false;
        Log = LogPersistence.Read(CustomProperties, graph.Definition.Document.Member("customProperties"));
        Inputs = new InputBinding[descriptor.Inputs.Count];
        for (var i = 0; i < Inputs.Length; i++)
            Inputs[i] = InputBinding.Read(descriptor.Inputs[i], json, reader);
        HasConstantInputs = Array.TrueForAll(Inputs, binding => binding.IsConstant || !binding.Input.AutoEvaluate);
        ConstantInputs = Inputs.Length == 0 ? null : new Execution.EvaluatedInputs(this, null);
        _outputs = OutputBinding.ReadAll(json);
        _ports = new ActivityNode?[descriptor.Ports.Count];
        _lists = new IReadOnlyList<ActivityNode>[descriptor.PortLists.Count];
        reader.Begin(this);
        for (var i = 0; i < _ports.Length; i++)
            _ports[i] = reader.Child(json.Member(descriptor.Ports[i].JsonName), descriptor.Ports[i].Name);
        for (var i = 0; i < _lists.Length; i++)
            _lists[i] = reader.Children(json.Member(descriptor.PortLists[i].JsonName), descriptor.PortLists[i].Name);
        Structure = descriptor.Activity.Read(reader);
        (Children, StructureExpressions) = reader.End();
    }

    /// <summary>The definition version that it belongs to.</summary>
    public WorkflowGraph Graph { get; }

    /// <summary>The activity that contains it; null for the outermost.</summary>
    public ActivityNode? Parent { get; }

    /// <summary>In which slot of <see cref="Parent"/> it is.</summary>
    public string? Port { get; }

    /// <summary>Unique within the definition.</summary>
    public string Id { get; }

    /// <summary>The ids from the outermost activity to this one, joined by colons.</summary>
    public string NodeId { get; }

    /// <summary>Its name in the definition.</summary>
    public string? Name { get; }

    /// <summary>The type's stored name as the definition has it.</summary>
    public string Type { get; }

    /// <summary>Of the type.</summary>
    public int Version { get; }

    /// <summary>The activity type.</summary>
    public ActivityDescriptor Descriptor { get; }

    /// <summary>What it does.</summary>
    public Activity Activity => Descriptor.Activity;

    /// <summary>Its JSON in the definition, in a form that threads may share.</summary>
    public JsonElement Json { get; }

    /// <summary>Its <c>customProperties</c>.</summary>
    public JsonElement CustomProperties { get; }

    /// <summary>Whether it is a trigger that may start an instance.</summary>
    public bool CanStartWorkflow { get; }

    /// <summary>Variables that it declares.</summary>
    public IReadOnlyList<Variable> Variables { get; }

    /// <summary>All its children, in the order of the definition.</summary>
    public IReadOnlyList<ActivityNode> Children { get; }

    /// <summary>What its type has read with <see cref="Activity.Read"/>.</summary>
    public object? Structure { get; }

    /// <summary>Expressions that its type has read with <see cref="ActivityReader.Expression"/>.</summary>
    internal IReadOnlyList<Expression> StructureExpressions { get; }

    /// <summary>A bound output by camelCase key in the JSON.</summary>
    internal OutputBinding? BindingOf(string jsonName) => _outputs?.GetValueOrDefault(jsonName);

    /// <summary>All bound outputs by camelCase key in the JSON.</summary>
    internal IEnumerable<KeyValuePair<string, OutputBinding>> OutputBindings => _outputs ?? Enumerable.Empty<KeyValuePair<string, OutputBinding>>();

    /// <summary>By <see cref="Input.Index"/>.</summary>
    internal InputBinding[] Inputs { get; }

    /// <summary>What of its inputs and outputs the journal keeps.</summary>
    internal LogPersistence Log { get; }

    /// <summary>Whether nothing has to be evaluated before it runs.</summary>
    internal bool HasConstantInputs { get; }

    /// <summary>What the journal says of its inputs if they are constant; null if it has none.</summary>
    internal Execution.EvaluatedInputs? ConstantInputs { get; }

    /// <summary>The child in a slot; null if it is empty.</summary>
    public ActivityNode? Child(Port port) => _ports[port.Index];

    /// <summary>The children in a list.</summary>
    public IReadOnlyList<ActivityNode> ChildrenOf(PortList list) => _lists[list.Index];

    /// <summary>How an input is filled in this node, or null if the definition says nothing.</summary>
    public Expression? ExpressionOf(Input input) => Inputs[input.Index].Expression;

    /// <summary>The value of an input without an instance, as triggers need it.</summary>
    /// <exception cref="ActivityException"><c>not_constant</c>: it is computed by an expression.</exception>
    public T? ConstantOf<T>(Input<T> input) =>
        Inputs[input.Index] is { IsConstant: true } binding
            ? (T?)binding.Constant
            : throw new ActivityException("not_constant", $"An activity that starts the workflow is read without an instance, so its {input.DisplayName ?? input.Name} must be a literal.");

    /// <inheritdoc/>
    public override string ToString() => $"{Type} {NodeId}";
}

/// <summary>How one node fills one input.</summary>
internal sealed class InputBinding
{
    private InputBinding(Input input, Expression? expression, object? constant, bool isConstant)
    {
        Input = input;
        Expression = expression;
        Constant = constant;
        IsConstant = isConstant;
    }

    public Input Input { get; }

    public Expression? Expression { get; }

    /// <summary>The value, already converted, if <see cref="IsConstant"/>.</summary>
    public object? Constant { get; }

    /// <summary>Whether no evaluation is needed.</summary>
    public bool IsConstant { get; }

    public static InputBinding Read(Input input, JsonElement activity, ActivityReader reader)
    {
        var json = activity.Member(input.JsonName);
        if (json.IsNothing())
            return new InputBinding(input, null, input.DefaultValue, true);
        Expression expression;
        if (!input.IsWrapped)
            expression = new LiteralExpression(json);
        else if (json.ValueKind == JsonValueKind.Object)
        {
            // Elsa looks for the key typeName; Studio and people also write the expression alone.
            var inner = json.Member("expression");
            if (inner.IsNothing())
                return new InputBinding(input, null, input.DefaultValue, true);
            expression = Expression.Read(inner);
        }
        else
            expression = new LiteralExpression(json);

        if (!expression.IsConstant)
            return new InputBinding(input, expression, null, false);
        try
        {
            var value = expression switch
            {
                LiteralExpression literal when IsBlank(literal.Value, input) => input.DefaultValue,
                LiteralExpression literal => input.Convert(literal.Value),
                _ => input.Convert(expression.Constant()),
            };
            // All executions share a constant, so it must be immutable; JSON nodes and objects of the host are made anew for each.
            return value is null or string or ValueType or string[] or VariableReference
                ? new InputBinding(input, expression, value, true)
                : new InputBinding(input, expression, null, false);
        }
        catch (ActivityException e)
        {
            reader.Problem(input.JsonName, e.Code, e.Message);
            return new InputBinding(input, new UnsupportedExpression(expression.Type, e.Message, e.Code), null, false);
        }
    }

    /// <summary>An emptied text box in the designer means nothing was filled in, except for text.</summary>
    private static bool IsBlank(JsonElement value, Input input) =>
        value.IsNothing() || (value.ValueKind == JsonValueKind.String && value.ValueEquals("") && input.Type != typeof(string) && input.Type != typeof(JsonNode));
}

/// <summary>Where an output goes.</summary>
/// <param name="Target">The id of a variable in scope, or the name of an output of the workflow.</param>
internal sealed record OutputBinding(string Target)
{
    public static FrozenDictionary<string, OutputBinding>? ReadAll(JsonElement activity)
    {
        Dictionary<string, OutputBinding>? bindings = null;
        foreach (var member in activity.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Object || !member.Value.TryGetProperty("memoryReference", out var reference)
                || member.Value.TryGetProperty("expression", out _) || reference.Text("id") is not { Length: > 0 } target)
                continue;
            (bindings ??= [])[JsonNamingPolicy.CamelCase.ConvertName(member.Name)] = new OutputBinding(target);
        }
        return bindings?.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
