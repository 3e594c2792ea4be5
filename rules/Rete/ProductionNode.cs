using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>The end of a rule's conditions: its tokens are the rule's activations.</summary>
internal sealed class ProductionNode(int id, BetaNode source, string text, CompiledRule rule, Place[] places) : BetaNode(id, source, text)
{
    public CompiledRule Rule => rule;

    /// <summary>The variables of the conditions, with the slot that each has in the actions.</summary>
    public Place[] Places => places;

    public override PartialMatch Accept(RuleSession session, Token? parent, Fact? fact, Computed? computed)
    {
        var activation = session.NewActivation(this, parent, fact, computed);
        if (session.TryTakeFired(this, activation))
            return activation;
        session.Queue(activation);
        return activation;
    }

    public override void Leave(RuleSession session, PartialMatch match) => session.Deactivate((Activation)match);
}

/// <summary>A rule that can fire for one match.</summary>
internal sealed class Activation : PartialMatch
{
    public bool IsFired, IsQueued;

    /// <summary>The facts that hold only while this match does.</summary>
    public List<LogicalSupport>? Supports;

    public ProductionNode Production => (ProductionNode)Owner;
}

/// <summary>A fact that holds while at least one match does that inserted it.</summary>
internal sealed class LogicalSupport(Fact fact, RowKey key)
{
    public Fact Fact => fact;

    public RowKey Key => key;

    public int Count;
}

/// <summary>The values of a row: rows of one shape with equal values are one fact where they are inserted while something is true.</summary>
internal readonly struct RowKey(RowShape shape, FeelValue[] values) : IEquatable<RowKey>
{
    private readonly RowShape shape = shape;
    private readonly FeelValue[] values = values;

    public bool Equals(RowKey other)
    {
        if (shape != other.shape)
            return false;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i].Kind != other.values[i].Kind || !FeelEqualityComparer.Instance.Equals(values[i], other.values[i]))
                return false;
        }
        return true;
    }

    public override bool Equals(object? obj) => obj is RowKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in values)
            hash.Add(FeelEqualityComparer.Instance.GetHashCode(value));
        return hash.ToHashCode();
    }
}

/// <summary>Which facts and values a match is made of: by this a match that an update took apart and put together again is known.</summary>
internal sealed class MatchKey : IEquatable<MatchKey>
{
    private readonly ProductionNode production;
    private readonly List<object> parts = [];

    public MatchKey(ProductionNode production, PartialMatch last)
    {
        this.production = production;
        for (PartialMatch? token = last; token is not null; token = token.Parent)
        {
            if (token.Fact is not null)
                parts.Add(token.Fact);
            else if (token.Computed is not null)
                parts.Add(token.Computed);
        }
    }

    public bool Equals(MatchKey? other)
    {
        if (other is null || other.production != production || other.parts.Count != parts.Count)
            return false;
        for (var i = 0; i < parts.Count; i++)
        {
            if (!Same(parts[i], other.parts[i]))
                return false;
        }
        return true;
    }

    private static bool Same(object a, object b) => a is Computed first && b is Computed second
        ? first.Value.Kind == second.Value.Kind && FeelEqualityComparer.Instance.Equals(first.Value, second.Value)
            && first.Key.Kind == second.Key.Kind && FeelEqualityComparer.Instance.Equals(first.Key, second.Key)
        : ReferenceEquals(a, b);

    public override bool Equals(object? obj) => Equals(obj as MatchKey);

    public override int GetHashCode()
    {
        var hash = production.Id;
        foreach (var part in parts)
            hash = HashCode.Combine(hash, part is Fact fact ? fact.Id : 0);
        return hash;
    }
}
