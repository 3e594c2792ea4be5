using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>The nodes of a rule set: equal patterns and equal beginnings of rules are one. Immutable, shared by all sessions.</summary>
internal sealed class Network
{
    private readonly Dictionary<RowShape, TypeNode> types = [];
    private readonly Dictionary<string, TypeNode> typesByName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CompiledRule> rules = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Type, string Text), AlphaNode> alphas = [];
    private readonly Dictionary<(int Source, int Alpha, string Text), BetaNode> betas = [];

    public Network(RuleSetModel model, IEnumerable<PreparedRule> prepared)
    {
        GroupNames = ["", .. model.Groups];
        foreach (var type in model.FactTypes)
        {
            var node = new TypeNode(Types.Count, type.Shape);
            if (types.TryAdd(type.Shape, node) && typesByName.TryAdd(type.Name, node))
                Types.Add(node);
        }
        foreach (var rule in prepared)
            Add(rule);
        foreach (var type in Types)
            type.Seal();
        foreach (var alpha in alphas.Values)
            alpha.Successors.Sort(static (a, b) => b.Depth != a.Depth ? b.Depth - a.Depth : a.Id - b.Id);
    }

    public List<TypeNode> Types { get; } = [];

    public List<string> GroupNames { get; }

    /// <summary>First nodes that hold a token from the beginning: not, exists, aggregates, tests and lets without a match before.</summary>
    public List<BetaNode> Roots { get; } = [];

    public List<CompiledRule> Productions { get; } = [];

    public int AlphaCount => alphas.Count;

    public int BetaCount { get; private set; }

    public TypeNode? TypeOf(RowShape shape) => types.GetValueOrDefault(shape);

    public TypeNode? TypeOf(string name) => typesByName.GetValueOrDefault(name);

    public CompiledRule Rule(string name) => rules[name];

    public int GroupOf(string name) => GroupNames.IndexOf(name) is > 0 and var index
        ? index
        : throw new ArgumentException($"There is no group {name}{Suggestion.For(name, GroupNames.Skip(1))}", nameof(name));

    private void Add(PreparedRule prepared)
    {
        var rule = new CompiledRule(prepared.Model, prepared.Model.Group is { } group ? GroupNames.IndexOf(group) : 0, prepared.Priority, prepared.PriorityOfMatch)
        {
            Actions = prepared.Actions,
            SlotCount = prepared.SlotCount,
        };
        BetaNode? node = null;
        foreach (var step in prepared.Steps)
        {
            node = Node(node, step);
            rule.Steps.Add(new RuleStep(step.Condition, node, step.Tests));
        }
        var production = new ProductionNode(BetaCount++, node!, rule.Model.Name, rule, prepared.Places);
        node!.Children.Add(production);
        Productions.Add(rule);
        rules.TryAdd(rule.Model.Name, rule);
    }

    private BetaNode Node(BetaNode? source, PreparedStep step)
    {
        var alpha = step.Shape is null ? null : Alpha(step);
        var join = step.Join;
        if (alpha is not null && step.Index is { } index)
        {
            var position = alpha.Indexes.FindIndex(known => known.Text == index.Text);
            if (position < 0)
            {
                position = alpha.Indexes.Count;
                alpha.Indexes.Add(index);
            }
            join = join with { Index = position };
        }
        else if (alpha is not null && source is not null || step.Condition is not MatchCondition && alpha is not null)
            alpha.NeedsList = true;
        var key = (source?.Id ?? -1, alpha?.Id ?? -1, step.Text);
        if (betas.TryGetValue(key, out var shared))
            return shared;
        var id = BetaCount++;
        BetaNode node = step.Condition switch
        {
            MatchCondition => new JoinNode(id, source, step.Text, alpha!, join),
            ExistsCondition exists => new ExistsNode(id, source, step.Text, alpha!, join, exists.Negated),
            AllCondition => new ExistsNode(id, source, step.Text, alpha!, join, true),
            AggregateCondition => new AggregateNode(id, source, step.Text, alpha!, join, step.Aggregate!),
            LetCondition => new LetNode(id, source, step.Text, step.Value!),
            TestCondition => new TestNode(id, source, step.Text, step.Test!),
            _ => throw new ArgumentException($"{step.Condition.GetType().Name} has no node.", nameof(step)),
        };
        betas.Add(key, node);
        source?.Children.Add(node);
        if (node is SidedNode sided)
            alpha!.Successors.Add(sided);
        if (source is null && node is not JoinNode)
            Roots.Add(node);
        return node;
    }

    private AlphaNode Alpha(PreparedStep step)
    {
        var type = types[step.Shape!];
        var key = (type.Id, step.AlphaText);
        if (!alphas.TryGetValue(key, out var alpha))
        {
            alpha = new AlphaNode(alphas.Count, type, step.AlphaText, step.AlphaTests, step.AlphaMask);
            alphas.Add(key, alpha);
            type.Alphas.Add(alpha);
        }
        alpha.DownstreamMask |= step.Downstream;
        return alpha;
    }
}
