using Switchboard.Rules.Dmn.Logic;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Requirements;

/// <summary>One evaluation of one model: its input, and what is known of its elements so far. An imported model has its own inside.</summary>
internal sealed class Evaluation(FeelContext input, DmnRun run)
{
    private readonly FeelContext input = input;
    private readonly Dictionary<DrgNode, FeelValue> known = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<DrgNode> open = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<DmnImport, Evaluation> imported = new(ReferenceEqualityComparer.Instance);

    /// <summary>The value of an element, in the model that it belongs to.</summary>
    public FeelValue ValueOf(RequiredLeaf leaf) => Through(leaf.Path).ValueOf(leaf.Node);

    /// <summary>The value of an element of this model: data, a decision's output, or a function.</summary>
    public FeelValue ValueOf(DrgNode node)
    {
        if (known.TryGetValue(node, out var value))
            return value;
        value = node switch
        {
            InputNode => Input(node),
            DecisionNode decision => Decide(decision),
            KnowledgeNode knowledge => FunctionOf(knowledge),
            _ => FunctionOf((ServiceNode)node),
        };
        return known[node] = value;
    }

    /// <summary>The output of a service with its inputs taken by their names; what is not given is null.</summary>
    public FeelValue Call(ServiceNode service) => Run(service, [.. service.Inputs.Select(parameter => Named(parameter))]);

    /// <summary>The result of a knowledge model with its parameters taken by their names.</summary>
    public FeelValue Call(KnowledgeNode knowledge)
    {
        var function = (FeelFunction)ValueOf(knowledge).Reference!;
        return function.Invoke(run.Feel, knowledge.Parameters.Select(parameter => input.TryGet(parameter.Name, out var given) ? given : default).ToArray());
    }

    private Evaluation Through(IReadOnlyList<DmnImport> path)
    {
        var at = this;
        foreach (var import in path)
        {
            at = at.Into(import);
        }
        return at;
    }

    private Evaluation Into(DmnImport import)
    {
        if (imported.TryGetValue(import, out var inner))
            return inner;
        // The data of an imported model stand under the import's name; where nothing stands there, beside one's own.
        var own = import.Name.Length > 0 && input.TryGet(import.Name, out var given) && given.Kind == FeelKind.Context ? given.AsContext() : input;
        return imported[import] = new Evaluation(own, run);
    }

    private FeelValue Input(DrgNode node)
    {
        var found = input.TryGet(node.Variable, out var value) || input.TryGet(node.Name, out value);
        return found ? node.VariableType.Conform(node.VariableType.Complete(value), run.Feel, $"The input {node.Name}") : run.Feel.Fail("input_missing", $"The input {node.Name} is not given.");
    }

    private FeelValue Decide(DecisionNode decision)
    {
        if (decision.IsCyclic || !open.Add(decision))
            return run.Feel.Fail("cyclic_requirement", $"The decision {decision.Name} requires itself.");
        if (!run.Enter($"The decision {decision.Name}"))
            return default;
        var frame = new FeelValue[Math.Max(decision.Unit.FrameSize, decision.Required.Count)];
        decision.Required.Fill(frame, this);
        var value = decision.VariableType.Conform(decision.Unit.Logic.Evaluate(frame, run), run.Feel, $"The decision {decision.Name}");
        run.Leave();
        open.Remove(decision);
        return value;
    }

    private FeelValue FunctionOf(KnowledgeNode knowledge) => FeelValue.Of(new LogicFunction(knowledge.Parameters, run, knowledge.Name, arguments =>
    {
        if (knowledge.ExternalKind is { } kind)
            return run.Feel.Fail("external_function", $"{knowledge.Name} is of kind {kind}, which is not run.");
        var frame = new FeelValue[Math.Max(knowledge.Unit.FrameSize, knowledge.Required.Count + arguments.Length)];
        knowledge.Required.Fill(frame, this);
        arguments.CopyTo(frame, knowledge.Required.Count);
        return knowledge.Result.Conform(knowledge.Unit.Logic.Evaluate(frame, run), run.Feel, $"The result of {knowledge.Name}");
    }));

    private FeelValue FunctionOf(ServiceNode service)
    {
        var parameters = service.Inputs.Select(parameter => (parameter.Node.Variable, parameter.Node.VariableType)).ToList();
        return FeelValue.Of(new LogicFunction(parameters, run, service.Name, arguments => Run(service, arguments)));
    }

    /// <summary>A service sees what it is given and nothing else; its input decisions are not evaluated.</summary>
    private FeelValue Run(ServiceNode service, FeelValue[] arguments)
    {
        var inner = new Evaluation(NoInput.Instance, run);
        for (var i = 0; i < arguments.Length; i++)
        {
            inner.Through(service.Inputs[i].Path).known[service.Inputs[i].Node] = arguments[i];
        }
        var outputs = service.Outputs.Select(output => (output.Node.Variable, Value: inner.ValueOf(output))).ToList();
        if (outputs.Count == 1)
            return service.Result.Conform(outputs[0].Value, run.Feel, $"The output of {service.Name}");
        var shape = new RowShape(service.Name, [.. outputs.DistinctBy(output => output.Variable).Select(output => new RowField(output.Variable, FeelType.Any))]);
        var row = new FeelRow(shape, [.. outputs.DistinctBy(output => output.Variable).Select(output => output.Value)]);
        return service.Result.Conform(FeelValue.Of(row), run.Feel, $"The output of {service.Name}");
    }

    private FeelValue Named(RequiredLeaf parameter)
    {
        var context = Through(parameter.Path).input;
        var given = context.TryGet(parameter.Node.Variable, out var value) || context.TryGet(parameter.Node.Name, out value) ? value : default;
        return parameter.Node.VariableType.Conform(given, run.Feel, $"The input {parameter.Node.Name}");
    }

    private sealed class NoInput : FeelContext
    {
        public static readonly NoInput Instance = new();

        public override int Count => 0;

        public override IEnumerable<KeyValuePair<string, FeelValue>> Entries => [];

        public override bool TryGet(string name, out FeelValue value)
        {
            value = default;
            return false;
        }
    }
}
