using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>
/// A condition, ready to be tested. The shapes that rules are full of (a field against a constant or another field, membership,
/// and, or) have classes of their own, which cost nothing to make: a thousand rules are ready before one expression tree is
/// compiled. Everything else is a <see cref="FeelPredicate"/>.
/// </summary>
internal abstract class Predicate
{
    public abstract bool Holds(PartialMatch? left, FeelRow? right, RuleSession session);
}

internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

internal sealed class ComparePredicate(Comparison comparison, Operand first, Operand second) : Predicate
{
    public Comparison Comparison => comparison;

    public Operand First => first;

    public Operand Second => second;

    public override bool Holds(PartialMatch? left, FeelRow? right, RuleSession session)
    {
        var a = first.Read(left, right, session);
        var b = second.Read(left, right, session);
        if (a.Kind == FeelKind.Number && b.Kind == FeelKind.Number && a.Reference is null && b.Reference is null)
            return Numbers(decimal.Compare(a.Short, b.Short));
        if (a.Kind == FeelKind.String && b.Kind == FeelKind.String && comparison <= Comparison.NotEqual)
            return string.Equals((string)a.Reference!, (string)b.Reference!, StringComparison.Ordinal) == (comparison == Comparison.Equal);
        return Any(session.Run, a, b).IsTrue;
    }

    private bool Numbers(int order) => comparison switch
    {
        Comparison.Equal => order == 0,
        Comparison.NotEqual => order != 0,
        Comparison.Less => order < 0,
        Comparison.LessOrEqual => order <= 0,
        Comparison.Greater => order > 0,
        _ => order >= 0,
    };

    private FeelValue Any(FeelRun run, FeelValue a, FeelValue b) => comparison switch
    {
        Comparison.Equal => FeelOperators.Equal(run, a, b),
        Comparison.NotEqual => FeelOperators.NotEqual(run, a, b),
        Comparison.Less => FeelOperators.Less(run, a, b),
        Comparison.LessOrEqual => FeelOperators.LessOrEqual(run, a, b),
        Comparison.Greater => FeelOperators.Greater(run, a, b),
        _ => FeelOperators.GreaterOrEqual(run, a, b),
    };
}

/// <summary>A boolean on its own: `available`.</summary>
internal sealed class TruePredicate(Operand operand) : Predicate
{
    public Operand Operand => operand;

    public override bool Holds(PartialMatch? left, FeelRow? right, RuleSession session) => operand.Read(left, right, session).IsTrue;
}

internal sealed class AndPredicate(Predicate[] parts) : Predicate
{
    public override bool Holds(PartialMatch? left, FeelRow? right, RuleSession session)
    {
        foreach (var part in parts)
        {
            if (!part.Holds(left, right, session))
                return false;
        }
        return true;
    }
}

/// <summary>True as soon as one part is: a part that is null takes nothing away from one that is true.</summary>
internal sealed class OrPredicate(Predicate[] parts) : Predicate
{
    public Predicate[] Parts => parts;

    public override bool Holds(PartialMatch? left, FeelRow? right, RuleSession session)
    {
        foreach (var part in parts)
        {
            if (part.Holds(left, right, session))
                return true;
        }
        return false;
    }
}

/// <summary>`list contains(list, value)` and, for lists of plain values, `value in list`.</summary>
/// <param name="list">The list.</param>
/// <param name="value">What is looked for.</param>
/// <param name="nullIsList">Whether null stands for a list with null in it: for `in`, for which one value is a list of one.</param>
internal sealed class ContainsPredicate(Operand list, Operand value, bool nullIsList) : Predicate
{
    public Operand List => list;

    public Operand Value => value;

    public bool NullIsList => nullIsList;

    public override bool Holds(PartialMatch? left, FeelRow? right, RuleSession session)
    {
        var all = list.Read(left, right, session);
        var wanted = value.Read(left, right, session);
        if (all.Kind != FeelKind.List)
            return nullIsList && all.IsNull && wanted.IsNull;
        var elements = all.AsList();
        for (var i = 0; i < elements.Count; i++)
        {
            if (FeelEqualityComparer.Instance.Equals(elements[i], wanted))
                return true;
        }
        return false;
    }
}

/// <summary>Not all of the parts are true: what `all` must not find.</summary>
internal sealed class NotAllPredicate(Predicate[] parts) : Predicate
{
    public override bool Holds(PartialMatch? left, FeelRow? right, RuleSession session)
    {
        foreach (var part in parts)
        {
            if (!part.Holds(left, right, session))
                return true;
        }
        return false;
    }
}

internal sealed class FeelPredicate(FeelOperand operand) : Predicate
{
    public override bool Holds(PartialMatch? left, FeelRow? right, RuleSession session) => operand.IsTrue(left, right, session);
}
