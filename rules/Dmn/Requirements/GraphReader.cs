using Switchboard.Rules.Dmn.Logic;
using Switchboard.Rules.Dmn.Types;

namespace Switchboard.Rules.Dmn.Requirements;

/// <summary>Reads the elements of a model's requirements graph, finds what they require, and then reads their logic.</summary>
internal sealed class GraphReader(string modelNamespace, IReadOnlyList<DmnImport> imports, ItemTypes types, ProblemList problems)
{
    /// <summary>How many imports may lie between an element and what it requires.</summary>
    private const int MaxImportDepth = 4;

    private readonly Dictionary<string, DrgNode> byId = new(StringComparer.Ordinal);
    private readonly HashSet<(Type Kind, string Name)> names = [];

    public List<DrgNode> Nodes { get; } = [];

    public IReadOnlyDictionary<string, DrgNode> ById => byId;

    public void Read(DmnElement root)
    {
        foreach (var element in root.Children)
        {
            DrgNode? node = element.Name switch
            {
                "inputData" => new InputNode(element),
                "decision" => new DecisionNode(element),
                "businessKnowledgeModel" => new KnowledgeNode(element),
                "decisionService" => new ServiceNode(element),
                _ => null,
            };
            if (node is not null)
                Add(node);
        }
        Nodes.OfType<KnowledgeNode>().ToList().ForEach(ReadSignature);
        Nodes.OfType<ServiceNode>().ToList().ForEach(ReadService);
        Nodes.OfType<LogicNode>().ToList().ForEach(node => node.Required = RequiredBy(node));
        Nodes.OfType<KnowledgeNode>().ToList().ForEach(ReadLogic);
        InOrder().ForEach(ReadLogic);
    }

    private void Add(DrgNode node)
    {
        if (node.Name.Length == 0)
            problems.Error("name_missing", $"A {node.Element.Name} has no name.", node.Element);
        else if (!names.Add((node.GetType(), node.Name)))
            problems.Error("name_twice", $"Two elements of kind {node.Element.Name} are named {node.Name}.", node.Element);
        if (node.Id.Length > 0 && !byId.TryAdd(node.Id, node))
            problems.Error("id_twice", $"The id {node.Id} stands twice.", node.Element);
        node.VariableType = types.Of(node.Element.Child("variable"));
        Nodes.Add(node);
    }

    private void ReadSignature(KnowledgeNode node)
    {
        var function = node.Element.Child("encapsulatedLogic");
        node.Parameters = new LogicReader(types, problems, node.Name).ReadParameters(function);
        if (function?["kind"] is { } kind && kind != "FEEL")
        {
            node.ExternalKind = kind;
            problems.Warn("external_function", $"{node.Name} is of kind {kind}; only FEEL is run, it gives null.", node.Element);
        }
    }

    private void ReadService(ServiceNode node)
    {
        IEnumerable<RequiredLeaf> Of(string name) => node.Element.All(name).SelectMany(reference => Resolve(reference, "href").Take(1));
        node.Inputs = [.. Of("inputData"), .. Of("inputDecision")];
        node.Outputs = [.. Of("outputDecision")];
        if (node.Outputs.Count == 0)
            problems.Error("no_output", $"The decision service {node.Name} has no output decision.", node.Element);
    }

    private RequiredNames RequiredBy(LogicNode node)
    {
        var references =
            from requirement in node.Element.Children
            where requirement.Name is "informationRequirement" or "knowledgeRequirement"
            from reference in requirement.Children
            where reference.Name is "requiredInput" or "requiredDecision" or "requiredKnowledge"
            select reference;
        return new RequiredNames(references.SelectMany(reference => Resolve(reference, "href")));
    }

    /// <summary>
    /// What a reference points to: an id of this model, alone or after its namespace, or one of an imported model, through each
    /// way that leads there.
    /// </summary>
    private List<RequiredLeaf> Resolve(DmnElement reference, string attribute)
    {
        var target = reference[attribute]?.Trim() ?? "";
        var hash = target.LastIndexOf('#');
        var (uri, id) = hash < 0 ? ("", target) : (target[..hash], target[(hash + 1)..]);
        var found = new List<RequiredLeaf>();
        if ((uri.Length == 0 || uri == modelNamespace) && byId.TryGetValue(id, out var own))
            found.Add(new RequiredLeaf(own, []));
        else if (uri.Length > 0)
            Collect(imports, uri, id, [], found);
        if (found.Count == 0)
            problems.Error("unknown_reference", $"{reference.Parent?.Parent?["name"] ?? reference.Parent?["name"]} requires {target}, which is not there.", reference);
        return found;
    }

    private static void Collect(IReadOnlyList<DmnImport> from, string uri, string id, DmnImport[] path, List<RequiredLeaf> found)
    {
        if (path.Length >= MaxImportDepth)
            return;
        foreach (var import in from)
        {
            if (import.Model is not { } model)
                continue;
            DmnImport[] longer = [.. path, import];
            if (import.Namespace == uri && model.NodesById.TryGetValue(id, out var node))
                found.Add(new RequiredLeaf(node, longer));
            Collect(model.Imports, uri, id, longer, found);
        }
    }

    /// <summary>
    /// The decisions, each after those that it requires, so that what is known of their values is known where they are used.
    /// Those that require themselves are refused; functions may call themselves, within the budget.
    /// </summary>
    private List<DecisionNode> InOrder()
    {
        var order = new List<DecisionNode>();
        var done = new HashSet<DrgNode>(ReferenceEqualityComparer.Instance);
        foreach (var start in Nodes.OfType<DecisionNode>())
        {
            if (done.Contains(start))
                continue;
            var path = new List<DecisionNode>();
            var stack = new Stack<(DecisionNode Node, IEnumerator<DecisionNode> Next)>();
            Push(start);
            while (stack.Count > 0)
            {
                var (node, next) = stack.Peek();
                if (!next.MoveNext())
                {
                    stack.Pop();
                    path.RemoveAt(path.Count - 1);
                    done.Add(node);
                    order.Add(node);
                }
                else if (path.IndexOf(next.Current) is >= 0 and var at)
                {
                    var cycle = path.Skip(at).ToList();
                    cycle.ForEach(member => member.IsCyclic = true);
                    problems.Error("cyclic_requirement", $"Decisions require each other: {string.Join(" → ", cycle.Append(next.Current).Select(member => member.Name))}.", next.Current.Element);
                }
                else if (!done.Contains(next.Current))
                {
                    Push(next.Current);
                }
            }

            void Push(DecisionNode node)
            {
                path.Add(node);
                stack.Push((node, node.Required.Leaves.Where(leaf => leaf.Path.Count == 0).Select(leaf => leaf.Node).OfType<DecisionNode>().GetEnumerator()));
            }
        }
        return order;
    }

    private void ReadLogic(LogicNode node)
    {
        var scope = node.Required.Scope(types.Scope);
        var holder = node.Element;
        if (node is KnowledgeNode knowledge)
        {
            if (knowledge.ExternalKind is not null)
                return;
            scope = scope.With(knowledge.Parameters.Select(parameter => (parameter.Name, parameter.Type.Type)));
            holder = node.Element.Child("encapsulatedLogic");
        }
        var reader = new LogicReader(types, problems, node.Name);
        node.Unit = reader.ReadUnit(holder, scope);
        node.Tables = reader.Tables;
    }
}
