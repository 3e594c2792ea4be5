namespace Switchboard.Rules.Feel.Values;

/// <summary>Equality of FEEL for hash tables; values of different kinds are different.</summary>
public sealed class FeelEqualityComparer : IEqualityComparer<FeelValue>
{
    /// <summary>The one there is.</summary>
    public static readonly FeelEqualityComparer Instance = new();

    private FeelEqualityComparer()
    {
    }

    /// <inheritdoc/>
    public bool Equals(FeelValue x, FeelValue y)
    {
        if (x.IsShortNumber && y.IsShortNumber)
            return x.Short == y.Short;
        return x.Kind == y.Kind && FeelOperators.AreEqual(x, y) == true;
    }

    /// <inheritdoc/>
    public int GetHashCode(FeelValue obj) => obj.Kind switch
    {
        // A decimal's hash does not depend on trailing zeros.
        FeelKind.Number => obj.Reference is null ? obj.Short.GetHashCode() : obj.Reference.GetHashCode(),
        FeelKind.Boolean => obj.IsTrue ? 1 : 2,
        FeelKind.Null => 0,
        FeelKind.String => ((string)obj.Reference!).GetHashCode(StringComparison.Ordinal),
        FeelKind.Time => FeelOperators.Seconds(((FeelTime)obj.Reference!).UtcNanoseconds).GetHashCode(),
        FeelKind.DateTime => FeelOperators.Seconds(((FeelDateTime)obj.Reference!).Instant).GetHashCode(),
        FeelKind.List => obj.AsList().Aggregate(obj.AsList().Count, (hash, element) => HashCode.Combine(hash, GetHashCode(element))),
        FeelKind.Context => obj.AsContext().Entries.Aggregate(0, (hash, entry) => hash ^ HashCode.Combine(entry.Key, GetHashCode(entry.Value))),
        FeelKind.Range => HashCode.Combine(GetHashCode(((FeelRange)obj.Reference!).Low), GetHashCode(((FeelRange)obj.Reference!).High)),
        _ => obj.Reference!.GetHashCode(),
    };
}
