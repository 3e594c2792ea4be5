using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>An input cell. Rows of a column with the same text share one.</summary>
/// <param name="expression">Its text parsed; a constant cell is parsed only for a value that its test does not decide.</param>
internal sealed class TableCell(string text, Lazy<FeelExpression> expression, bool isAny, CellTest? test)
{
    public string Text { get; } = text;

    public FeelExpression Expression => expression.Value;

    /// <summary>Whether it is `-` or empty.</summary>
    public bool IsAny { get; } = isAny;

    /// <summary>What it tests, where that is constant; null where it must be evaluated.</summary>
    public CellTest? Test { get; } = test;
}

/// <summary>An output cell.</summary>
/// <param name="Text">As written.</param>
/// <param name="Expression">Null for an empty cell and for a literal.</param>
/// <param name="Constant">Its value, checked, where that is always the same.</param>
internal sealed record OutputCell(string Text, FeelExpression? Expression, FeelValue? Constant);

/// <summary>One alternative of a constant cell: a value (both ends the same) or an interval; an open side is null.</summary>
internal readonly record struct CellInterval(FeelValue Low, bool HasLow, FeelValue High, bool HasHigh)
{
    /// <summary>Whether it is one value and nothing else.</summary>
    public bool IsPoint => HasLow && HasHigh && !Low.IsNull && !High.IsNull && IsSame(Low, High);

    /// <summary>Whether two values of one kind are the same.</summary>
    public static bool IsSame(in FeelValue left, in FeelValue right) => left.Kind switch
    {
        FeelKind.Boolean => left.IsTrue == right.IsTrue,
        FeelKind.String => left.AsString() == right.AsString(),
        _ => FeelOperators.Compare(left, right) == 0,
    };
}

/// <summary>
/// What a constant cell tests: values and intervals of one kind, or all others of that kind. What it cannot decide (lists, numbers
/// beyond 28 digits, strings in ranges) is left to the cell's expression.
/// </summary>
internal sealed class CellTest(FeelKind kind, IReadOnlyList<CellInterval> intervals, bool isNegated, bool matchesNull)
{
    /// <summary>The kind of all its values; Null for a cell that matches only null.</summary>
    public FeelKind Kind { get; } = kind;

    public IReadOnlyList<CellInterval> Intervals { get; } = intervals;

    public bool IsNegated { get; } = isNegated;

    public bool MatchesNull { get; } = matchesNull;

    /// <summary>The same test with another answer for null.</summary>
    public CellTest WithNull(bool matches) => new(Kind, Intervals, IsNegated, matches);

    /// <summary>Whether the value is of a kind that the test decides about.</summary>
    public bool Decides(in FeelValue value) => value.Kind switch
    {
        FeelKind.Null or FeelKind.Boolean or FeelKind.String or FeelKind.Date => true,
        FeelKind.Number => Decimals.TryGet(value, out _),
        _ => false,
    };

    public bool Matches(in FeelValue value)
    {
        if (value.IsNull)
            return MatchesNull;
        return value.Kind == Kind && Contains(value) != IsNegated;
    }

    private bool Contains(in FeelValue value)
    {
        foreach (var interval in Intervals)
        {
            if (IsIn(value, interval))
                return true;
        }
        return false;
    }

    private static bool IsIn(in FeelValue value, in CellInterval interval)
    {
        if (value.Kind is FeelKind.Boolean or FeelKind.String)
            return CellInterval.IsSame(value, interval.Low);
        if (!interval.Low.IsNull && FeelOperators.Compare(value, interval.Low) is var low && !(low > 0 || (low == 0 && interval.HasLow)))
            return false;
        return interval.High.IsNull || (FeelOperators.Compare(value, interval.High) is var high && (high < 0 || (high == 0 && interval.HasHigh)));
    }
}
