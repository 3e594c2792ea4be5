using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>
/// Where facts of one type come in. Finds the alpha memories that a row belongs to without asking each: by a hash where a
/// memory demands a field to equal a constant, by sorted bounds where it compares one with a number.
/// </summary>
internal sealed class TypeNode(int id, RowShape shape)
{
    private readonly List<AlphaNode> rest = [];
    private FieldIndex[] fields = [];

    public int Id => id;

    public RowShape Shape => shape;

    public List<AlphaNode> Alphas { get; } = [];

    /// <summary>The bit of a field; fields from the 64th on share one.</summary>
    public static ulong Bit(int field) => 1UL << Math.Min(field, 63);

    /// <summary>Builds the indexes; called when all memories are known.</summary>
    public void Seal()
    {
        var byField = new Dictionary<int, FieldIndex>();
        rest.Clear();
        foreach (var alpha in Alphas)
        {
            alpha.Indexed = 0;
            if (alpha.Tests is [ComparePredicate { First: OwnFieldOperand own, Second: ConstantOperand constant } test, ..]
                && IsIndexed(test.Comparison, constant.Value))
            {
                if (!byField.TryGetValue(own.Field, out var index))
                    byField.Add(own.Field, index = new FieldIndex(own.Field));
                index.Add(test.Comparison, constant.Value, alpha);
                alpha.Indexed = 1;
            }
            else
                rest.Add(alpha);
        }
        fields = [.. byField.Values];
        foreach (var field in fields)
            field.Seal();
    }

    /// <summary>Whether an index answers the comparison.</summary>
    public static bool IsIndexed(Comparison comparison, FeelValue constant) => comparison switch
    {
        Comparison.Equal => constant.Kind is FeelKind.String or FeelKind.Boolean || constant is { Kind: FeelKind.Number, Reference: null },
        Comparison.NotEqual => false,
        _ => constant is { Kind: FeelKind.Number, Reference: null },
    };

    /// <summary>Adds the memories that the row belongs to.</summary>
    public void Match(FeelRow row, RuleSession session, List<AlphaNode> found)
    {
        foreach (var field in fields)
            field.Match(row, session, found);
        foreach (var alpha in rest)
        {
            if (alpha.Passes(row, session))
                found.Add(alpha);
        }
    }

    private sealed class FieldIndex(int field)
    {
        private readonly Dictionary<FeelValue, List<AlphaNode>> equal = new(FeelEqualityComparer.Instance);
        private readonly List<(decimal Bound, bool Included, AlphaNode Alpha)> atLeast = [], atMost = [];

        public void Add(Comparison comparison, FeelValue constant, AlphaNode alpha)
        {
            if (comparison == Comparison.Equal)
            {
                if (!equal.TryGetValue(constant, out var list))
                    equal.Add(constant, list = []);
                list.Add(alpha);
            }
            else
            {
                var included = comparison is Comparison.LessOrEqual or Comparison.GreaterOrEqual;
                (comparison is Comparison.Greater or Comparison.GreaterOrEqual ? atLeast : atMost).Add((constant.Short, included, alpha));
            }
        }

        /// <summary>The bounds that let the most through come first, so that a match ends at the first one that does not hold.</summary>
        public void Seal()
        {
            atLeast.Sort((a, b) => a.Bound != b.Bound ? a.Bound.CompareTo(b.Bound) : b.Included.CompareTo(a.Included));
            atMost.Sort((a, b) => a.Bound != b.Bound ? b.Bound.CompareTo(a.Bound) : b.Included.CompareTo(a.Included));
        }

        public void Match(FeelRow row, RuleSession session, List<AlphaNode> found)
        {
            var value = row.Values[field];
            if (equal.Count > 0 && equal.TryGetValue(value, out var list))
            {
                foreach (var alpha in list)
                    Test(alpha, row, session, found);
            }
            if (value.Kind != FeelKind.Number || (atLeast.Count == 0 && atMost.Count == 0))
                return;
            foreach (var (bound, included, alpha) in atLeast)
            {
                var order = Order(value, bound);
                if (order < 0 || (order == 0 && !included))
                    break;
                Test(alpha, row, session, found);
            }
            foreach (var (bound, included, alpha) in atMost)
            {
                var order = Order(value, bound);
                if (order > 0 || (order == 0 && !included))
                    break;
                Test(alpha, row, session, found);
            }
        }

        private static int Order(FeelValue value, decimal bound) =>
            value.Reference is null ? value.Short.CompareTo(bound) : FeelOperators.Compare(value, FeelValue.Of(bound)) ?? 0;

        private static void Test(AlphaNode alpha, FeelRow row, RuleSession session, List<AlphaNode> found)
        {
            if (alpha.Passes(row, session))
                found.Add(alpha);
        }
    }
}
