using Switchboard.Rules.Dmn.Logic;
using Switchboard.Rules.Dmn.Requirements;
using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Dmn.Types;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn;

/// <summary>
/// A DMN model (1.1 to 1.6), read once and evaluated many times, by any number of threads. Reading never throws on what a document
/// says: <see cref="Problems"/> lists what is wrong. Evaluating never throws either: what fails is null with a diagnostic.
/// </summary>
public sealed class DmnModel
{
    private readonly Dictionary<string, DecisionNode> decisions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServiceNode> services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KnowledgeNode> knowledge = new(StringComparer.Ordinal);
    private readonly ProblemList problems;

    private DmnModel(DmnElement? root, Func<string, DmnModel?>? imports, ProblemList problems)
    {
        this.problems = problems;
        Imports = [];
        NodesById = new Dictionary<string, DrgNode>();
        Types = new ItemTypes(root ?? Nothing, Imports, problems);
        if (root is null)
            return;

        Name = root["name"] ?? "";
        Namespace = root["namespace"] ?? "";
        Imports = ReadImports(root, imports);
        Types = new ItemTypes(root, Imports, problems);
        var graph = new GraphReader(Namespace, Imports, Types, problems);
        graph.Read(root);
        NodesById = graph.ById;
        Nodes = graph.Nodes;
        TypeTexts = root.All("itemDefinition").Where(definition => definition["name"] is not null)
            .DistinctBy(definition => definition["name"]!.Trim()).ToDictionary(definition => definition["name"]!.Trim(), CanonicalText.Of, StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            _ = node switch
            {
                DecisionNode decision => decisions.TryAdd(node.Name, decision),
                ServiceNode service => services.TryAdd(node.Name, service),
                KnowledgeNode model => knowledge.TryAdd(node.Name, model),
                _ => false,
            };
        }
        Decisions = [.. graph.Nodes.OfType<DecisionNode>().Select(node => new DmnDecision(node))];
        Functions = [.. graph.Nodes.OfType<KnowledgeNode>().Select(node => new DmnFunction(node))];
        Tests = StoredTests.Read(root, problems);
    }

    private static DmnElement Nothing { get; } = new("definitions", null, 0, 0);

    /// <summary>The name of the model.</summary>
    public string Name { get; } = "";

    /// <summary>The namespace by which others import it.</summary>
    public string Namespace { get; } = "";

    /// <summary>What is wrong with it, in the order of the document; empty for a model that may be published.</summary>
    public IReadOnlyList<DmnProblem> Problems => problems.All;

    /// <summary>The decisions, in the order of the document.</summary>
    public IReadOnlyList<DmnDecision> Decisions { get; } = [];

    /// <summary>The business knowledge models, in the order of the document.</summary>
    public IReadOnlyList<DmnFunction> Functions { get; } = [];

    /// <summary>The test cases that are stored in the document.</summary>
    public IReadOnlyList<RuleTestCase> Tests { get; } = [];

    internal ItemTypes Types { get; }

    internal IReadOnlyList<DmnImport> Imports { get; }

    internal IReadOnlyDictionary<string, DrgNode> NodesById { get; }

    internal IReadOnlyList<DrgNode> Nodes { get; } = [];

    /// <summary>What each item definition says, for comparison.</summary>
    internal IReadOnlyDictionary<string, string> TypeTexts { get; } = new Dictionary<string, string>();

    /// <summary>Reads a document. Never throws on what it says.</summary>
    /// <param name="xml">The document.</param>
    /// <param name="imports">Gives the model of a namespace; null for a document that imports nothing.</param>
    public static DmnModel Parse(string xml, Func<string, DmnModel?>? imports = null)
    {
        var problems = new ProblemList();
        return new DmnModel(DmnElement.Read(xml, problems), imports, problems);
    }

    /// <summary>Evaluates a decision, or else the decision service or the knowledge model of this name.</summary>
    /// <param name="decision">The name.</param>
    /// <param name="input">The input data by their names; for a function, its parameters.</param>
    /// <param name="run">Clock, zone, budget and diagnostics.</param>
    /// <param name="explain">Whether to say which rows matched.</param>
    /// <param name="nearMisses">Whether an explanation also says which rows nearly did: it looks at every row.</param>
    public DecisionResult Evaluate(string decision, FeelContext input, FeelRun run, bool explain = false, bool nearMisses = true)
    {
        var explanation = explain ? new Explanation(nearMisses) : null;
        if (decisions.TryGetValue(decision, out var node))
            return Result(input, run, explanation, evaluation => evaluation.ValueOf(node));
        return services.ContainsKey(decision) ? EvaluateService(decision, input, run, explanation) : EvaluateFunction(decision, input, run, explanation);
    }

    /// <summary>Evaluates a decision service: its input data and input decisions by their names.</summary>
    public DecisionResult EvaluateService(string service, FeelContext input, FeelRun run) => EvaluateService(service, input, run, null);

    /// <summary>Calls a business knowledge model: its parameters by their names.</summary>
    public DecisionResult EvaluateFunction(string function, FeelContext input, FeelRun run) => EvaluateFunction(function, input, run, null);

    private DecisionResult EvaluateService(string service, FeelContext input, FeelRun run, Explanation? explanation) =>
        Result(input, run, explanation, evaluation => services.TryGetValue(service, out var node) ? evaluation.Call(node) : Unknown(service, run));

    private DecisionResult EvaluateFunction(string function, FeelContext input, FeelRun run, Explanation? explanation) =>
        Result(input, run, explanation, evaluation => knowledge.TryGetValue(function, out var node) ? evaluation.Call(node) : Unknown(function, run));

    private static DecisionResult Result(FeelContext input, FeelRun run, Explanation? explanation, Func<Evaluation, FeelValue> evaluate)
    {
        var output = FeelOperators.Bounded(run, evaluate(new Evaluation(input, new DmnRun(run, explanation))));
        return new DecisionResult(output, explanation?.Matched ?? [], explanation?.NearMisses ?? [], run.Diagnostics);
    }

    private FeelValue Unknown(string name, FeelRun run)
    {
        var nearest = Nearest.To(name, decisions.Keys.Concat(services.Keys).Concat(knowledge.Keys));
        return run.Fail("unknown_decision", $"{Name} has no decision {name}{(nearest is null ? "" : $"; is {nearest} meant?")}.");
    }

    private List<DmnImport> ReadImports(DmnElement root, Func<string, DmnModel?>? imports)
    {
        var read = new List<DmnImport>();
        foreach (var import in root.All("import"))
        {
            var uri = import["namespace"] ?? "";
            var isModel = import["importType"]?.Contains("/DMN/", StringComparison.Ordinal) ?? true;
            var model = isModel ? imports?.Invoke(uri) : null;
            if (isModel && model is null)
                problems.Error("unknown_import", $"{Name} imports {uri}, which is not there.", import);
            read.Add(new DmnImport(import["name"]?.Trim() ?? "", uri, model));
        }
        return read;
    }
}

/// <summary>A decision of a model.</summary>
public sealed class DmnDecision
{
    private readonly DecisionNode node;

    internal DmnDecision(DecisionNode node) => this.node = node;

    /// <summary>Its name.</summary>
    public string Name => node.Name;

    /// <summary>Its id in the document; empty where it has none.</summary>
    public string Id => node.Id;

    /// <summary>The input data that it requires, itself or through other decisions, with their types.</summary>
    public IReadOnlyList<RowField> RequiredInputs
    {
        get
        {
            var seen = new HashSet<DrgNode>(ReferenceEqualityComparer.Instance);
            var inputs = new List<RowField>();
            Collect(node);
            return inputs;

            void Collect(LogicNode from)
            {
                foreach (var leaf in from.Required.Leaves.Where(leaf => seen.Add(leaf.Node)))
                {
                    if (leaf.Node is InputNode input)
                        inputs.Add(new RowField(string.Join('.', leaf.Path.Select(import => import.Name).Append(input.Variable)), input.VariableType.Type));
                    else if (leaf.Node is DecisionNode decision)
                        Collect(decision);
                }
            }
        }
    }

    /// <summary>What its output is.</summary>
    public FeelType OutputType => node.UseType;

    /// <summary>The decision tables in its logic: mostly one or none.</summary>
    public IReadOnlyList<DecisionTable> Tables => node.Tables;
}

/// <summary>A business knowledge model: a function of a model.</summary>
public sealed class DmnFunction
{
    private readonly KnowledgeNode node;

    internal DmnFunction(KnowledgeNode node) => this.node = node;

    /// <summary>Its name.</summary>
    public string Name => node.Name;

    /// <summary>Its id in the document; empty where it has none.</summary>
    public string Id => node.Id;

    /// <summary>The decision tables in its logic.</summary>
    public IReadOnlyList<DecisionTable> Tables => node.Tables;
}
