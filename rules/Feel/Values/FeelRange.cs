namespace Switchboard.Rules.Feel.Values;

/// <summary>
/// All values between two ends. An end that is null makes it unknown what lies there, unless the range came from a
/// comparison such as (&lt; 10), which is open on that side.
/// </summary>
/// <param name="Low">The low end.</param>
/// <param name="LowIncluded">Whether it belongs to the range.</param>
/// <param name="High">The high end.</param>
/// <param name="HighIncluded">Whether it belongs to the range.</param>
public sealed record FeelRange(FeelValue Low, bool LowIncluded, FeelValue High, bool HighIncluded)
{
    /// <summary>Whether a null end means that there is none.</summary>
    public bool IsUnary { get; private init; }

    /// <summary>The one value that does not belong to it; null for all others.</summary>
    public FeelValue? Excluded { get; private init; }

    /// <summary>What a comparison holds for.</summary>
    public static FeelRange Unary(FeelValue low, bool lowIncluded, FeelValue high, bool highIncluded) => new(low, lowIncluded, high, highIncluded) { IsUnary = true };

    /// <summary>All values but one: (!= x).</summary>
    public static FeelRange AllBut(FeelValue value) => new(default, false, default, false) { IsUnary = true, Excluded = value };

    /// <summary>Whether the value lies in it; null where that is not known.</summary>
    public FeelValue Contains(FeelRun run, FeelValue value)
    {
        if (Excluded is { } other)
            return FeelOperators.NotEqual(run, value, other);
        if (value.IsNull || (!IsUnary && (Low.IsNull || High.IsNull)))
            return default;
        var aboveLow = Low.IsNull ? FeelValue.Of(true) : LowIncluded ? FeelOperators.GreaterOrEqual(run, value, Low) : FeelOperators.Greater(run, value, Low);
        var belowHigh = High.IsNull ? FeelValue.Of(true) : HighIncluded ? FeelOperators.LessOrEqual(run, value, High) : FeelOperators.Less(run, value, High);
        return FeelOperators.And(aboveLow, belowHigh);
    }
}
