using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Analysis;

/// <summary>
/// The values of one input, in classes that no constant cell of the column tells apart, each with its simplest value. The last
/// is null, which only cells that say so match: a table need not decide about it, but a row may be there for it.
/// </summary>
internal sealed class InputClasses
{
    private readonly FeelValue[] values;

    private InputClasses(FeelValue[] values) => this.values = values;

    public int Count => values.Length;

    public FeelValue this[int own] => values[own];

    /// <summary>The classes of a column; null where its cells are not constant or not of one kind.</summary>
    public static InputClasses? Of(DecisionTable table, int column)
    {
        var tests = table.Rows.Select(row => row.Cells[column].Test).OfType<CellTest>().Distinct().ToList();
        var allowed = table.Inputs[column].Allowed;
        if (allowed is not null)
        {
            if (allowed.Test is null)
                return null;
            tests.Add(allowed.Test);
        }
        var kinds = tests.Select(test => test.Kind).Where(kind => kind != FeelKind.Null).Distinct().ToList();
        if (kinds.Count > 1)
            return null;
        var kind = kinds.Count == 1 ? kinds[0] : table.Inputs[column].Type is SimpleType { Kind: { } known } ? known : FeelKind.String;
        var all = ValuesOf(kind, tests);
        return new InputClasses([.. all.Where(value => allowed?.Test?.Matches(value) ?? true), default]);
    }

    /// <summary>The classes that a cell matches.</summary>
    public ClassSet Matching(TableCell cell)
    {
        var set = new ClassSet(Count);
        for (var i = 0; i < Count; i++)
        {
            if (cell.IsAny || cell.Test!.Matches(values[i]))
                set.Add(i);
        }
        return set;
    }

    private static IEnumerable<FeelValue> ValuesOf(FeelKind kind, List<CellTest> tests)
    {
        var bounds = tests.SelectMany(test => test.Intervals).SelectMany(interval => new[] { interval.Low, interval.High }).Where(bound => !bound.IsNull).ToList();
        switch (kind)
        {
            case FeelKind.Boolean:
                return [FeelValue.Of(true), FeelValue.Of(false)];
            case FeelKind.Number:
                return Numbers([.. bounds.Select(bound => bound.AsNumber()).Distinct().Order()]).Select(number => FeelValue.Of(number));
            case FeelKind.String:
                var texts = bounds.Select(bound => bound.AsString()).Distinct(StringComparer.Ordinal).ToList();
                return texts.Append(Other(texts)).Select(text => FeelValue.Of(text));
            default:
                return Sorted(bounds);
        }
    }

    /// <summary>Each bound, and between two bounds the least whole number there is, else their middle.</summary>
    private static List<decimal> Numbers(List<decimal> bounds)
    {
        if (bounds.Count == 0)
            return [0];
        var values = new List<decimal> { Below(bounds[0]) };
        for (var i = 0; i < bounds.Count; i++)
        {
            values.Add(bounds[i]);
            values.Add(i + 1 == bounds.Count ? Above(bounds[i]) : Between(bounds[i], bounds[i + 1]));
        }
        return values;
    }

    private static decimal Below(decimal bound) => bound <= decimal.MinValue + 1 ? decimal.MinValue : Math.Ceiling(bound) - 1;

    private static decimal Above(decimal bound) => bound >= decimal.MaxValue - 1 ? decimal.MaxValue : Math.Floor(bound) + 1;

    private static decimal Between(decimal low, decimal high) => Above(low) < high ? Above(low) : low + ((high - low) / 2);

    private static string Other(List<string> texts)
    {
        var other = "other";
        while (texts.Contains(other, StringComparer.Ordinal))
        {
            other = "another " + other;
        }
        return other;
    }

    /// <summary>Dates: each bound and the days beside it.</summary>
    private static IEnumerable<FeelValue> Sorted(List<FeelValue> bounds)
    {
        var day = FeelExpression.Parse("[date - duration(\"P1D\"), date, date + duration(\"P1D\")]", FeelScope.Empty.With("date", FeelType.Date));
        var all = bounds.SelectMany(bound => day.Evaluate([bound, default], CompileTime.Run()) is { Kind: FeelKind.List } around ? around.AsList() : [bound]).ToList();
        all.Sort((left, right) => FeelOperators.Compare(left, right) ?? 0);
        for (var i = 0; i < all.Count; i++)
        {
            if (!all[i].IsNull && (i == 0 || FeelOperators.Compare(all[i - 1], all[i]) != 0))
                yield return all[i];
        }
    }
}

/// <summary>Some of the classes of an input, as bits.</summary>
internal sealed class ClassSet
{
    private readonly ulong[] bits;

    public ClassSet(int count) => bits = new ulong[(count + 63) / 64];

    private ClassSet(ulong[] bits) => this.bits = bits;

    public bool IsEmpty => Array.TrueForAll(bits, word => word == 0);

    /// <summary>The first class; -1 for none.</summary>
    public int First
    {
        get
        {
            var word = Array.FindIndex(bits, candidate => candidate != 0);
            return word < 0 ? -1 : (word * 64) + System.Numerics.BitOperations.TrailingZeroCount(bits[word]);
        }
    }

    public void Add(int own) => bits[own >> 6] |= 1UL << (own & 63);

    public bool Meets(ClassSet other)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            if ((bits[i] & other.bits[i]) != 0)
                return true;
        }
        return false;
    }

    public ClassSet And(ClassSet other) => new([.. bits.Zip(other.bits, (left, right) => left & right)]);

    public ClassSet Without(ClassSet other) => new([.. bits.Zip(other.bits, (left, right) => left & ~right)]);
}
