using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>
/// The sets of rows of one column: which rows can match a value. Texts and booleans are looked up by hash, numbers and dates
/// by their place among the sorted bounds of all cells.
/// </summary>
internal abstract class ColumnIndex
{
    /// <summary>Every row, to be checked: for values that no constant test decides.</summary>
    protected const int Unknown = 0;

    /// <summary>The rows that match null.</summary>
    protected const int OfNull = 1;

    /// <summary>The rows that match a value of another kind.</summary>
    protected const int OfOtherKind = 2;

    /// <summary>The first of a kind's own sets.</summary>
    protected const int FirstOwn = 3;

    /// <summary>The most memory for the sets of one column, in words of 64 rows. Above it, neighbouring sets are joined.</summary>
    private const int MaxWords = 512 * 1024;

    private readonly FeelKind kind;
    private readonly int words;
    private readonly bool isCoarse;

    private protected ColumnIndex(FeelKind kind, int words, int classes)
    {
        this.kind = kind;
        this.words = words;
        SetCount = Math.Min(classes, Math.Max(1, MaxWords / Math.Max(words, 1)));
        isCoarse = SetCount < classes;
        Classes = classes;
        Sets = new ulong[(FirstOwn + SetCount) * words];
    }

    /// <summary>All sets one after the other, each of as many words as the table's rows need.</summary>
    public ulong[] Sets { get; private set; }

    protected int Classes { get; }

    private int SetCount { get; }

    public static ColumnIndex Of(IReadOnlyList<TableRow> rows, int column)
    {
        var cells = new Dictionary<TableCell, List<int>>(ReferenceEqualityComparer.Instance as IEqualityComparer<TableCell>);
        for (var row = 0; row < rows.Count; row++)
        {
            var cell = rows[row].Cells[column];
            if (!cells.TryGetValue(cell, out var own))
                cells.Add(cell, own = []);
            own.Add(row);
        }
        var kind = cells.Keys.Where(cell => cell.Test is { Kind: FeelKind.Number or FeelKind.String or FeelKind.Boolean or FeelKind.Date })
            .GroupBy(cell => cell.Test!.Kind).OrderByDescending(group => group.Count()).FirstOrDefault()?.Key ?? FeelKind.String;
        var words = (rows.Count + 63) / 64;
        ColumnIndex index = kind switch
        {
            FeelKind.Number => NumberColumn.Make(cells.Keys, words),
            FeelKind.Date => new OrderedColumn(cells.Keys, words),
            _ => new EqualityColumn(kind, cells.Keys, words),
        };
        index.Fill(cells, rows.Count);
        return index;
    }

    /// <summary>Whether the sets say all about a cell.</summary>
    public virtual bool Covers(TableCell cell) => cell.IsAny || (cell.Test is { } test && (test.Kind == kind || test.Kind == FeelKind.Null));

    /// <summary>The set for a value, and whether its rows need no further check in this column.</summary>
    public int SetOf(in FeelValue value, out bool isExact)
    {
        isExact = true;
        if (value.Kind == kind)
        {
            var own = ClassOf(value);
            if (own >= 0)
            {
                isExact = !isCoarse;
                return FirstOwn + Joined(own);
            }
        }
        else if (value.IsNull)
        {
            return OfNull;
        }
        else if (value.Kind is FeelKind.Boolean or FeelKind.String or FeelKind.Date || Decimals.TryGet(value, out _))
        {
            return OfOtherKind;
        }
        isExact = false;
        return Unknown;
    }

    /// <summary>The class of a value of the column's kind; -1 where it has none.</summary>
    protected abstract int ClassOf(in FeelValue value);

    /// <summary>The classes that a cell matches, as ranges from a first to a last.</summary>
    protected abstract IEnumerable<(int First, int Last)> ClassesOf(CellTest test);

    private int Joined(int own) => isCoarse ? (int)((long)own * SetCount / Classes) : own;

    private void Fill(Dictionary<TableCell, List<int>> cells, int rowCount)
    {
        for (var row = 0; row < rowCount; row++)
        {
            Set(Unknown, row);
        }
        foreach (var (cell, rows) in cells)
        {
            if (cell.IsAny || !Covers(cell))
            {
                foreach (var row in rows)
                {
                    for (var set = OfNull; set < FirstOwn + SetCount; set++)
                    {
                        Set(set, row);
                    }
                }
                continue;
            }
            if (cell.Test!.MatchesNull)
                rows.ForEach(row => Set(OfNull, row));
            if (cell.Test.Kind != kind)
                continue;
            foreach (var (first, last) in ClassesOf(cell.Test))
            {
                for (var set = Joined(first); set <= Joined(last); set++)
                {
                    foreach (var row in rows)
                    {
                        Set(FirstOwn + set, row);
                    }
                }
            }
        }
    }

    private void Set(int set, int row) => Sets[(set * words) + (row >> 6)] |= 1UL << (row & 63);
}

/// <summary>Texts and booleans: a class for each that a cell names, and one for all others.</summary>
internal sealed class EqualityColumn : ColumnIndex
{
    private readonly Dictionary<string, int> texts;
    private readonly bool isBoolean;

    public EqualityColumn(FeelKind kind, IEnumerable<TableCell> cells, int words) : this(kind, Named(kind, cells), words)
    {
    }

    private EqualityColumn(FeelKind kind, Dictionary<string, int> texts, int words) : base(kind, words, kind == FeelKind.Boolean ? 2 : texts.Count + 1)
    {
        this.texts = texts;
        isBoolean = kind == FeelKind.Boolean;
    }

    // Texts in ranges ("a" to "f") are too rare to be sorted: their cells are evaluated.
    public override bool Covers(TableCell cell) =>
        base.Covers(cell) && (cell.Test is not { Kind: FeelKind.String } test || test.Intervals.All(interval => interval.IsPoint));

    protected override int ClassOf(in FeelValue value) =>
        isBoolean ? (value.IsTrue ? 1 : 0) : texts.TryGetValue((string)value.Reference!, out var found) ? found : texts.Count;

    protected override IEnumerable<(int First, int Last)> ClassesOf(CellTest test)
    {
        var named = test.Intervals.Select(interval => ClassOf(interval.Low)).ToHashSet();
        return Enumerable.Range(0, Classes).Where(own => named.Contains(own) != test.IsNegated).Select(own => (own, own));
    }

    private static Dictionary<string, int> Named(FeelKind kind, IEnumerable<TableCell> cells)
    {
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        if (kind != FeelKind.String)
            return texts;
        foreach (var interval in cells.Where(cell => cell.Test?.Kind == FeelKind.String).SelectMany(cell => cell.Test!.Intervals))
        {
            if (interval.IsPoint)
                texts.TryAdd(interval.Low.AsString(), texts.Count);
        }
        return texts;
    }
}

/// <summary>
/// Values that are ordered: class 2i + 1 is the i-th bound itself, class 2i what lies before it, the last what lies after all.
/// </summary>
internal class OrderedColumn : ColumnIndex
{
    private readonly FeelValue[] bounds;

    public OrderedColumn(IEnumerable<TableCell> cells, int words) : this(FeelKind.Date, BoundsOf(cells, FeelKind.Date), words)
    {
    }

    protected OrderedColumn(FeelKind kind, FeelValue[] bounds, int words) : base(kind, words, (2 * bounds.Length) + 1) => this.bounds = bounds;

    protected override int ClassOf(in FeelValue value)
    {
        var (low, high) = (0, bounds.Length);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            var compared = FeelOperators.Compare(bounds[middle], value);
            if (compared is null)
                return -1;
            if (compared == 0)
                return (2 * middle) + 1;
            if (compared < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return 2 * low;
    }

    protected override IEnumerable<(int First, int Last)> ClassesOf(CellTest test)
    {
        var within = new List<(int First, int Last)>();
        foreach (var interval in test.Intervals)
        {
            var first = interval.Low.IsNull ? 0 : ClassOf(interval.Low) + (interval.HasLow ? 0 : 1);
            var last = interval.High.IsNull ? Classes - 1 : ClassOf(interval.High) - (interval.HasHigh ? 0 : 1);
            if (first <= last)
                within.Add((first, last));
        }
        return test.IsNegated ? Others(within) : within;
    }

    protected static FeelValue[] BoundsOf(IEnumerable<TableCell> cells, FeelKind kind)
    {
        var all = cells.Where(cell => cell.Test?.Kind == kind).SelectMany(cell => cell.Test!.Intervals)
            .SelectMany(interval => new[] { interval.Low, interval.High }).Where(bound => !bound.IsNull).ToList();
        all.Sort((left, right) => FeelOperators.Compare(left, right) ?? 0);
        var bounds = new List<FeelValue>(all.Count);
        foreach (var bound in all)
        {
            if (bounds.Count == 0 || FeelOperators.Compare(bounds[^1], bound) != 0)
                bounds.Add(bound);
        }
        return [.. bounds];
    }

    private IEnumerable<(int First, int Last)> Others(List<(int First, int Last)> within)
    {
        var next = 0;
        foreach (var (first, last) in within.OrderBy(range => range.First))
        {
            if (next < first)
                yield return (next, first - 1);
            next = Math.Max(next, last + 1);
        }
        if (next < Classes)
            yield return (next, Classes - 1);
    }
}

/// <summary>Numbers: small integers find their class in an array, the others by halving.</summary>
internal sealed class NumberColumn : OrderedColumn
{
    private const int MaxSpan = 64 * 1024;

    private readonly decimal[] bounds;
    private readonly int[] byInteger = [];
    private readonly int least;

    private NumberColumn(FeelValue[] values, int words) : base(FeelKind.Number, values, words)
    {
        bounds = Array.ConvertAll(values, value => value.AsNumber());
        if (bounds.Length == 0 || bounds[0] < int.MinValue / 2 || bounds[^1] > int.MaxValue / 2 || bounds[^1] - bounds[0] > MaxSpan)
            return;
        least = (int)Math.Floor(bounds[0]);
        byInteger = new int[(int)Math.Ceiling(bounds[^1]) - least + 1];
        for (var i = 0; i < byInteger.Length; i++)
        {
            byInteger[i] = Halved(least + i);
        }
    }

    public static NumberColumn Make(IEnumerable<TableCell> cells, int words) => new(BoundsOf(cells, FeelKind.Number), words);

    protected override int ClassOf(in FeelValue value)
    {
        if (!Decimals.TryGet(value, out var number))
            return -1;
        if (byInteger.Length > 0 && Decimals.TryGetInt(number, out var integer))
        {
            var place = (long)integer - least;
            return place < 0 ? 0 : place >= byInteger.Length ? Classes - 1 : byInteger[place];
        }
        return Halved(number);
    }

    private int Halved(decimal number)
    {
        var found = Array.BinarySearch(bounds, number);
        return found >= 0 ? (2 * found) + 1 : 2 * ~found;
    }
}
