using Switchboard.Rules.Dmn.Requirements;
using Switchboard.Rules.Dmn.Tables;

namespace Switchboard.Rules.Dmn;

/// <summary>What became of a part of a model.</summary>
public enum DmnChangeKind
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>It says something else.</summary>
    Changed,

    /// <summary>It says the same in another place of an order that matters.</summary>
    Moved,
}

/// <summary>One difference between two models, by meaning: layout, ids and spaces make none.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Part">What it is: decision, function, input, type, logic, hit policy, input column, output column, row or cell.</param>
/// <param name="Element">The decision, function, input data or type that it belongs to.</param>
/// <param name="Row">The row in the new table, or in the old one where it is gone; null for what is no row.</param>
/// <param name="Column">The column of a cell.</param>
/// <param name="Before">What it said.</param>
/// <param name="After">What it says.</param>
public sealed record DmnChange(DmnChangeKind Kind, string Part, string Element, int? Row = null, string? Column = null, string? Before = null, string? After = null);

/// <summary>Compares two versions of a model.</summary>
public static class DmnDiff
{
    /// <summary>The differences, in the order of the new model; what is gone stands first in its group.</summary>
    public static IReadOnlyList<DmnChange> Between(DmnModel before, DmnModel after)
    {
        var changes = new List<DmnChange>();
        Compare(changes, "type", before.TypeTexts, after.TypeTexts);
        foreach (var (part, pick) in Parts)
        {
            var old = before.Nodes.Where(pick).ToList();
            var now = after.Nodes.Where(pick).ToList();
            var pairs = Paired(old, now);
            changes.AddRange(old.Except(pairs.Keys).Select(node => new DmnChange(DmnChangeKind.Removed, part, node.Name)));
            foreach (var node in now)
            {
                var match = pairs.FirstOrDefault(pair => ReferenceEquals(pair.Value, node)).Key;
                if (match is null)
                    changes.Add(new DmnChange(DmnChangeKind.Added, part, node.Name));
                else
                    Compare(changes, part, match, node);
            }
        }
        return changes;
    }

    private static (string Part, Func<DrgNode, bool> Pick)[] Parts =>
    [
        ("input", node => node is InputNode), ("decision", node => node is DecisionNode), ("function", node => node is KnowledgeNode),
        ("service", node => node is ServiceNode),
    ];

    /// <summary>The old and the new elements that are the same: by id, else by name.</summary>
    private static Dictionary<DrgNode, DrgNode> Paired(List<DrgNode> old, List<DrgNode> now)
    {
        var pairs = new Dictionary<DrgNode, DrgNode>(ReferenceEqualityComparer.Instance);
        var free = new HashSet<DrgNode>(now, ReferenceEqualityComparer.Instance);
        foreach (var isSame in new Func<DrgNode, DrgNode, bool>[] { (a, b) => a.Id.Length > 0 && a.Id == b.Id, (a, b) => a.Name == b.Name })
        {
            foreach (var node in old.Where(node => !pairs.ContainsKey(node)))
            {
                if (free.FirstOrDefault(candidate => isSame(node, candidate)) is { } match)
                {
                    pairs.Add(node, match);
                    free.Remove(match);
                }
            }
        }
        return pairs;
    }

    private static void Compare(List<DmnChange> changes, string part, DrgNode old, DrgNode now)
    {
        void Changed(string what, string before, string after)
        {
            if (before != after)
                changes.Add(new DmnChange(DmnChangeKind.Changed, what, now.Name, Before: before, After: after));
        }

        Changed($"{part} name", old.Name, now.Name);
        Changed($"{part} type", old.VariableType.Name, now.VariableType.Name);
        if (old is LogicNode oldLogic && now is LogicNode newLogic)
        {
            Changed("logic", CanonicalText.Of(old.Element), CanonicalText.Of(now.Element));
            for (var i = 0; i < Math.Min(oldLogic.Tables.Count, newLogic.Tables.Count); i++)
            {
                TableDiff.Compare(changes, now.Name, oldLogic.Tables[i], newLogic.Tables[i]);
            }
        }
        else if (old is ServiceNode)
        {
            Changed("service", CanonicalText.Of(old.Element), CanonicalText.Of(now.Element));
        }
    }

    private static void Compare(List<DmnChange> changes, string part, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after)
    {
        changes.AddRange(before.Keys.Except(after.Keys).Select(name => new DmnChange(DmnChangeKind.Removed, part, name, Before: before[name])));
        foreach (var (name, text) in after)
        {
            if (!before.TryGetValue(name, out var old))
                changes.Add(new DmnChange(DmnChangeKind.Added, part, name, After: text));
            else if (old != text)
                changes.Add(new DmnChange(DmnChangeKind.Changed, part, name, Before: old, After: text));
        }
    }
}

/// <summary>Compares two versions of a table: rows are the same by their ids, else by what they say.</summary>
internal static class TableDiff
{
    public static void Compare(List<DmnChange> changes, string element, DecisionTable old, DecisionTable now)
    {
        if (old.HitPolicy != now.HitPolicy || old.Aggregation != now.Aggregation)
            changes.Add(new DmnChange(DmnChangeKind.Changed, "hit policy", element, Before: Policy(old), After: Policy(now)));
        CompareColumns(changes, element, "input column", [.. old.Inputs.Select(input => input.Text)], [.. now.Inputs.Select(input => input.Text)]);
        CompareColumns(changes, element, "output column", [.. old.Outputs.Select(output => output.Name)], [.. now.Outputs.Select(output => output.Name)]);
        CompareRows(changes, element, old, now);
    }

    private static string Policy(DecisionTable table) => table.Aggregation == TableAggregation.None ? $"{table.HitPolicy}" : $"{table.HitPolicy} {table.Aggregation}";

    private static void CompareColumns(List<DmnChange> changes, string element, string part, List<string> old, List<string> now)
    {
        changes.AddRange(old.Except(now).Select(name => new DmnChange(DmnChangeKind.Removed, part, element, Column: name)));
        changes.AddRange(now.Except(old).Select(name => new DmnChange(DmnChangeKind.Added, part, element, Column: name)));
    }

    private static void CompareRows(List<DmnChange> changes, string element, DecisionTable old, DecisionTable now)
    {
        var pairs = Paired(old, now);
        var kept = pairs.Values.ToHashSet();
        changes.AddRange(Enumerable.Range(0, old.Rows.Count).Where(row => !kept.Contains(row))
            .Select(row => new DmnChange(DmnChangeKind.Removed, "row", element, row + 1, Before: Text(old, row))));
        var inOrder = LongestRise([.. pairs.OrderBy(pair => pair.Key).Select(pair => pair.Value)]);
        for (var row = 0; row < now.Rows.Count; row++)
        {
            if (!pairs.TryGetValue(row, out var was))
            {
                changes.Add(new DmnChange(DmnChangeKind.Added, "row", element, row + 1, After: Text(now, row)));
                continue;
            }
            if (!inOrder.Contains(was))
                changes.Add(new DmnChange(DmnChangeKind.Moved, "row", element, row + 1, Before: $"{was + 1}", After: $"{row + 1}"));
            CompareCells(changes, element, old, was, now, row);
        }
    }

    private static void CompareCells(List<DmnChange> changes, string element, DecisionTable old, int was, DecisionTable now, int row)
    {
        var before = Cells(old, was);
        foreach (var (column, text) in Cells(now, row))
        {
            // Cells of columns that came or went are told by the column.
            if (before.TryGetValue(column, out var said) && said != text)
                changes.Add(new DmnChange(DmnChangeKind.Changed, "cell", element, row + 1, column, said, text));
        }
    }

    private static Dictionary<string, string> Cells(DecisionTable table, int row)
    {
        var cells = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (i, input) in table.Inputs.Index())
        {
            cells[input.Text] = table.Rows[row].Cells[i] is { IsAny: true } ? "-" : table.Rows[row].Cells[i].Text;
        }
        foreach (var (i, output) in table.Outputs.Index())
        {
            cells[output.Name.Length == 0 ? "output" : output.Name] = table.Rows[row].Outputs[i].Text;
        }
        return cells;
    }

    private static string Text(DecisionTable table, int row) => string.Join(" | ", Cells(table, row).Values);

    /// <summary>For rows of the new table the row of the old one: by id where both have it, else by the same content.</summary>
    private static Dictionary<int, int> Paired(DecisionTable old, DecisionTable now)
    {
        var pairs = new Dictionary<int, int>();
        var taken = new HashSet<int>();
        Match(row => row.Id ?? "");
        Match(row => string.Join('\u001f', row.Cells.Select(cell => cell.IsAny ? "-" : cell.Text).Concat(row.Outputs.Select(cell => cell.Text))));
        return pairs;

        void Match(Func<TableRow, string> key)
        {
            var free = new Dictionary<string, Queue<int>>(StringComparer.Ordinal);
            for (var row = 0; row < old.Rows.Count; row++)
            {
                if (taken.Contains(row) || key(old.Rows[row]) is not { Length: > 0 } name)
                    continue;
                if (!free.TryGetValue(name, out var queue))
                    free.Add(name, queue = new Queue<int>());
                queue.Enqueue(row);
            }
            for (var row = 0; row < now.Rows.Count; row++)
            {
                if (!pairs.ContainsKey(row) && free.TryGetValue(key(now.Rows[row]), out var queue) && queue.TryDequeue(out var was))
                {
                    pairs.Add(row, was);
                    taken.Add(was);
                }
            }
        }
    }

    /// <summary>The most values that keep their order: the fewest rows count as moved.</summary>
    private static HashSet<int> LongestRise(List<int> values)
    {
        var ends = new List<int>(); // ends[n] is the place of the least value that ends a rise of n + 1
        var previous = new int[values.Count];
        for (var i = 0; i < values.Count; i++)
        {
            var (low, high) = (0, ends.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (values[ends[middle]] < values[i])
                    low = middle + 1;
                else
                    high = middle;
            }
            previous[i] = low == 0 ? -1 : ends[low - 1];
            if (low == ends.Count)
                ends.Add(i);
            else
                ends[low] = i;
        }
        var rise = new HashSet<int>();
        for (var at = ends.Count == 0 ? -1 : ends[^1]; at >= 0; at = previous[at])
        {
            rise.Add(values[at]);
        }
        return rise;
    }
}

/// <summary>What an element says, without ids, notes, layout and the rows of tables, which are compared by themselves.</summary>
internal static class CanonicalText
{
    private static readonly HashSet<string> LeftOut = new(StringComparer.Ordinal)
        { "description", "question", "allowedAnswers", "extensionElements", "rule", "annotation", "variable", "input", "output" };

    public static string Of(DmnElement element) => string.Concat(element.Children.Where(child => !LeftOut.Contains(child.Name) || Matters(child)).Select(Whole));

    private static bool Matters(DmnElement element) => element.Name == "variable" && element.Parent?.Name == "contextEntry";

    private static string Whole(DmnElement element)
    {
        var name = element["name"] is { } named ? $" {named.Trim()}" : "";
        var reference = element["href"] ?? element["typeRef"];
        var type = reference is null ? "" : $" {reference.Trim()}";
        var text = element.Children.Count == 0 ? element.Text.Trim() : "";
        return $"({element.Name}{name}{type}{(text.Length == 0 ? "" : " " + text)}{Of(element)})";
    }
}
