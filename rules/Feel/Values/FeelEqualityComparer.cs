namespace Switchboard.Rules.Feel.Values;

/// <summary>Equality of FEEL for hash tables; values of different kinds are different.</summary>
public sealed class FeelEqualityComparer : IEqualityComparer<FeelValue>
{
    /// <summary>The one there is.</summary>
    public static readonly FeelEqualityComparer Instance = new();

    // Of a longer or deeper value a part tells enough: equal values have equal parts.
    private const int HashedElements = 32;
    private const int HashedLevels = 3;

    private FeelEqualityComparer()
    {
    }

    /// <summary>
    /// One whose comparisons a run pays for. Once the budget ends all is equal, so that whoever collects ends soon.
    /// </summary>
    public static IEqualityComparer<FeelValue> Within(FeelRun run) => new Budgeted(run);

    /// <inheritdoc/>
    public bool Equals(FeelValue x, FeelValue y)
    {
        if (x.IsShortNumber && y.IsShortNumber)
            return x.Short == y.Short;
        if (x.Kind != y.Kind)
            return false;
        return x.Kind == FeelKind.String
            ? string.Equals((string)x.Reference!, (string)y.Reference!, StringComparison.Ordinal)
            : FeelOperators.AreEqual(x, y) == true;
    }

    /// <inheritdoc/>
    public int GetHashCode(FeelValue obj)
    {
        // A decimal's hash does not depend on trailing zeros.
        if (obj.IsShortNumber)
            return obj.Short.GetHashCode();
        return obj.Kind == FeelKind.String ? ((string)obj.Reference!).GetHashCode(StringComparison.Ordinal) : Hash(obj, HashedLevels);
    }

    private static int Hash(FeelValue obj, int levels) => obj.Kind switch
    {
        FeelKind.Number => obj.Reference is null ? obj.Short.GetHashCode() : obj.Reference.GetHashCode(),
        FeelKind.Boolean => obj.IsTrue ? 1 : 2,
        FeelKind.Null => 0,
        FeelKind.String => ((string)obj.Reference!).GetHashCode(StringComparison.Ordinal),
        FeelKind.Time => FeelOperators.Seconds(((FeelTime)obj.Reference!).UtcNanoseconds).GetHashCode(),
        FeelKind.DateTime => FeelOperators.Seconds(((FeelDateTime)obj.Reference!).Instant).GetHashCode(),
        FeelKind.List => OfList(obj.AsList(), levels),
        FeelKind.Context => OfContext(obj.AsContext(), levels),
        FeelKind.Range => HashCode.Combine(Hash(((FeelRange)obj.Reference!).Low, 0), Hash(((FeelRange)obj.Reference!).High, 0)),
        _ => obj.Reference!.GetHashCode(),
    };

    private static int OfList(IReadOnlyList<FeelValue> list, int levels)
    {
        var hash = list.Count;
        for (var i = 0; i < list.Count && i < HashedElements && levels > 0; i++)
            hash = HashCode.Combine(hash, Hash(list[i], levels - 1));
        return hash;
    }

    /// <summary>The order of the entries does not count, so it is all of them or none.</summary>
    private static int OfContext(FeelContext context, int levels)
    {
        var hash = context.Count;
        if (levels == 0 || context.Count > HashedElements)
            return hash;
        foreach (var (name, value) in context.Entries)
            hash ^= HashCode.Combine(name, Hash(value, levels - 1));
        return hash;
    }

    private sealed class Budgeted(FeelRun run) : IEqualityComparer<FeelValue>
    {
        public bool Equals(FeelValue x, FeelValue y) => run.StepsLeft < 0 || (x.Kind == y.Kind && FeelOperators.AreEqual(run, x, y) == true);

        public int GetHashCode(FeelValue obj) => run.Step() ? Instance.GetHashCode(obj) : 0;
    }
}
