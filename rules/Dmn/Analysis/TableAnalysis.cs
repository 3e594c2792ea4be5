using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Analysis;

/// <summary>
/// Looks for gaps, overlaps, conflicts and rows that cannot be hit. Works on the constant cells: the inputs fall into classes that
/// no cell tells apart, a row is a box of classes, and boxes are intersected and subtracted within a limit of work. A cell that
/// is not constant may match anything: its row fills gaps, but is never said to overlap or to hide another.
/// </summary>
public sealed class TableAnalysis
{
    /// <summary>How many findings of one kind are reported.</summary>
    private const int MaxFindings = 100;

    private readonly DecisionTable table;
    private readonly List<TableFinding> findings = [];
    private readonly List<string> limits = [];
    private readonly InputClasses?[] classes;
    private readonly InputBox[] boxes;
    private readonly bool[] isCertain;
    private long workLeft;

    private TableAnalysis(DecisionTable table, long work)
    {
        this.table = table;
        workLeft = work;
        classes = [.. Enumerable.Range(0, table.Inputs.Count).Select(column => InputClasses.Of(table, column))];
        isCertain = [.. table.Rows.Select(row => row.Cells.Index().All(cell => cell.Item.IsAny || (cell.Item.Test is not null && classes[cell.Index] is not null)))];
        var known = new Dictionary<(int Column, TableCell Cell), ClassSet>();
        boxes = [.. table.Rows.Select(row => new InputBox([.. row.Cells.Select((cell, column) => SetOf(cell, column, known))]))];
    }

    /// <summary>Analyses a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="work">How many steps it may take: about ten million a second.</param>
    public static TableReport Of(DecisionTable table, long work = 20_000_000)
    {
        var analysis = new TableAnalysis(table, work);
        analysis.NameWhatIsNotKnown();
        if (analysis.workLeft > 0)
        {
            analysis.FindUnreachable();
            analysis.FindGaps();
            analysis.FindOverlaps();
        }
        return new TableReport(analysis.findings, analysis.limits);
    }

    private void NameWhatIsNotKnown()
    {
        for (var column = 0; column < classes.Length; column++)
        {
            var rows = table.Rows.Where(row => !row.Cells[column].IsAny && (row.Cells[column].Test is null || classes[column] is null)).Select(row => row.Number).ToList();
            if (rows.Count > 0)
                limits.Add($"The column {table.Inputs[column].Label} is not constant in row {string.Join(", ", rows.Take(10))}{(rows.Count > 10 ? " and others" : "")}: these rows were left out.");
        }
        if (workLeft <= 0)
            limits.Add("The table has too many different cells to be analysed.");
    }

    private ClassSet SetOf(TableCell cell, int column, Dictionary<(int Column, TableCell Cell), ClassSet> known)
    {
        if (known.TryGetValue((column, cell), out var set))
            return set;
        var own = classes[column];
        var count = own?.Count ?? 1;
        workLeft -= count;
        set = new ClassSet(count);
        if (workLeft > 0)
        {
            if (own is not null && (cell.IsAny || cell.Test is not null))
                set = own.Matching(cell);
            else
                Enumerable.Range(0, count).ToList().ForEach(set.Add);
        }
        return known[(column, cell)] = set;
    }

    private void FindUnreachable()
    {
        for (var row = 0; row < boxes.Length; row++)
        {
            if (!isCertain[row])
                continue;
            if (boxes[row].IsEmpty)
            {
                Add(TableFindingKind.Unreachable, [row], [], $"Row {row + 1} cannot be hit: no allowed input matches all its cells.");
                continue;
            }
            if (table.HitPolicy != HitPolicy.First)
                continue;
            var hiders = new List<int>();
            List<InputBox>? left = [boxes[row]];
            for (var earlier = 0; earlier < row && left is { Count: > 0 }; earlier++)
            {
                if (!isCertain[earlier] || !Spend(boxes[row].Columns.Length) || !boxes[row].Meets(boxes[earlier]))
                    continue;
                hiders.Add(earlier);
                left = Subtract(left, boxes[earlier]);
            }
            if (left is { Count: 0 })
                Add(TableFindingKind.Unreachable, [row, .. hiders], Example(boxes[row]), $"Row {row + 1} is never reached: {(hiders.Count == 1 ? $"row {hiders[0] + 1} comes" : $"rows {string.Join(", ", hiders.Take(10).Select(hider => hider + 1))} come")} first for all that it matches.");
            if (left is null)
            {
                limits.Add($"Whether row {row + 1} and later ones are reached took too long to find out.");
                return;
            }
        }
    }

    private void FindGaps()
    {
        // What a collecting table makes of no match, an empty list or 0, is an answer too.
        if (table.Outputs.Any(output => output.Default is not null) || classes.Length == 0 || table.HitPolicy == HitPolicy.Collect)
            return;
        List<InputBox>? left = [new InputBox([.. classes.Select(AllButNull)])];
        foreach (var box in boxes)
        {
            left = Subtract(left, box);
            if (left is null)
            {
                limits.Add("Whether there are gaps took too long to find out.");
                return;
            }
        }
        // The simplest first: the one that leaves most to the first class of each column.
        foreach (var gap in left.OrderBy(box => box.Columns.Sum(column => column.First)).Take(MaxFindings))
        {
            var example = Example(gap);
            Add(TableFindingKind.Gap, [], example, $"No row matches {Print(example)}.");
        }
    }

    private void FindOverlaps()
    {
        if (table.HitPolicy is not (HitPolicy.Unique or HitPolicy.Any))
            return;
        for (var row = 0; row < boxes.Length; row++)
        {
            for (var other = row + 1; other < boxes.Length && isCertain[row]; other++)
            {
                if (!Spend(1))
                {
                    limits.Add($"Overlaps were looked for up to row {row + 1} only: more took too long.");
                    return;
                }
                if (isCertain[other] && boxes[row].Meets(boxes[other]))
                    AddOverlap(row, other);
            }
        }
    }

    private void AddOverlap(int row, int other)
    {
        var example = Example(boxes[row].And(boxes[other]));
        var differ = Differ(row, other);
        if (differ is true)
            Add(TableFindingKind.Conflict, [row, other], example, $"Rows {row + 1} and {other + 1} both match {Print(example)} with different outputs.");
        else if (table.HitPolicy == HitPolicy.Unique)
            Add(TableFindingKind.Overlap, [row, other], example, $"Rows {row + 1} and {other + 1} both match {Print(example)}; one may.");
        else if (differ is null && limits.Count < 20)
            limits.Add($"Whether the outputs of rows {row + 1} and {other + 1} differ is known only when they are evaluated.");
    }

    /// <summary>Whether the outputs of two rows differ; null where they are not constant and not written alike.</summary>
    private bool? Differ(int row, int other)
    {
        bool? differ = false;
        foreach (var (left, right) in table.Rows[row].Outputs.Zip(table.Rows[other].Outputs))
        {
            if (left.Text == right.Text)
                continue;
            if (left.Constant is not { } first || right.Constant is not { } second)
                differ = null;
            else if (first.IsNull != second.IsNull || (!first.IsNull && !FeelOperators.Equal(CompileTime.Run(), first, second).IsTrue))
                return true;
        }
        return differ;
    }

    /// <summary>The boxes without another; null where that takes more work than is left.</summary>
    private List<InputBox>? Subtract(List<InputBox> from, InputBox box)
    {
        var left = new List<InputBox>(from.Count);
        foreach (var part in from)
        {
            if (!Spend(part.Columns.Length))
                return null;
            left.AddRange(part.Without(box));
        }
        return left;
    }

    private bool Spend(int steps) => (workLeft -= steps) > 0;

    private static ClassSet AllButNull(InputClasses? own)
    {
        var set = new ClassSet(own?.Count ?? 1);
        Enumerable.Range(0, own is null ? 1 : own.Count - 1).ToList().ForEach(set.Add);
        return set;
    }

    private List<KeyValuePair<string, FeelValue>> Example(InputBox box)
    {
        var example = new List<KeyValuePair<string, FeelValue>>();
        for (var column = 0; column < classes.Length; column++)
        {
            if (classes[column] is { } own && box.Columns[column].First is >= 0 and var first)
                example.Add(KeyValuePair.Create(table.Inputs[column].Label, own[first]));
        }
        return example;
    }

    private static string Print(IEnumerable<KeyValuePair<string, FeelValue>> example) =>
        string.Join(", ", example.Select(entry => $"{entry.Key} = {(entry.Value.Kind == FeelKind.String ? $"\"{entry.Value}\"" : entry.Value.ToString())}"));

    private void Add(TableFindingKind kind, IReadOnlyList<int> rows, IReadOnlyList<KeyValuePair<string, FeelValue>> example, string message)
    {
        if (findings.Count(finding => finding.Kind == kind) < MaxFindings)
            findings.Add(new TableFinding(kind, [.. rows.Select(row => row + 1)], example, message));
    }
}
