using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn;

/// <summary>What an evaluation gave, and why.</summary>
/// <param name="Output">The value; null where it failed, see <paramref name="Diagnostics"/>.</param>
/// <param name="Matched">The rows that matched, of every table on the way; only where asked for.</param>
/// <param name="NearMisses">The rows that came nearest without matching; only where asked for.</param>
/// <param name="Diagnostics">Why something was null.</param>
public sealed record DecisionResult(
    FeelValue Output, IReadOnlyList<MatchedRow> Matched, IReadOnlyList<NearMiss> NearMisses, IReadOnlyList<FeelDiagnostic> Diagnostics);

/// <summary>A row that matched.</summary>
/// <param name="Decision">The decision or function whose table it is.</param>
/// <param name="Row">From 1.</param>
/// <param name="RowId">The id of the rule in the document.</param>
/// <param name="Inputs">The tested values by column.</param>
/// <param name="Outputs">Its outputs by column; the one of a table with a single output has an empty name.</param>
public sealed record MatchedRow(
    string Decision, int Row, string? RowId, IReadOnlyList<KeyValuePair<string, FeelValue>> Inputs, IReadOnlyList<KeyValuePair<string, FeelValue>> Outputs);

/// <summary>A row that nearly matched.</summary>
/// <param name="Decision">The decision or function whose table it is.</param>
/// <param name="Row">From 1.</param>
/// <param name="RowId">The id of the rule in the document.</param>
/// <param name="Failed">The cells that did not match, in the order of the columns.</param>
public sealed record NearMiss(string Decision, int Row, string? RowId, IReadOnlyList<FailedCell> Failed);

/// <summary>A cell that did not match.</summary>
/// <param name="Column">The label of the input.</param>
/// <param name="Cell">The text of the cell.</param>
/// <param name="Value">What was tested.</param>
public sealed record FailedCell(string Column, string Cell, FeelValue Value);

/// <summary>Gathers what tables say of their rows during one evaluation.</summary>
internal sealed class Explanation(bool nearMisses)
{
    /// <summary>How many near misses of one table are kept: enough to see why, few enough to read.</summary>
    private const int NearestKept = 5;

    private const int MatchedKept = 1000;

    /// <summary>Whether the rows that nearly matched are wanted: only for them is every row looked at.</summary>
    public bool WantsNearMisses => nearMisses;

    public List<MatchedRow> Matched { get; } = [];

    public List<NearMiss> NearMisses { get; } = [];

    public void Add(DecisionTable table, List<int> matches, FeelValue[] frame, FeelValue[] values, FeelRun run)
    {
        var inputs = table.Inputs.Select((input, i) => KeyValuePair.Create(input.Label, table.Value(i, values))).ToArray();
        foreach (var row in matches.Take(Math.Max(0, MatchedKept - Matched.Count)))
        {
            var outputs = table.OutputsOf(row, frame, run).Select((value, i) => KeyValuePair.Create(table.Outputs[i].Name, value)).ToArray();
            Matched.Add(new MatchedRow(table.Name, table.Rows[row].Number, table.Rows[row].Id, inputs, outputs));
        }
        if (WantsNearMisses)
            AddNearest(table, matches.ToHashSet(), frame, values, run);
    }

    private void AddNearest(DecisionTable table, HashSet<int> matches, FeelValue[] frame, FeelValue[] values, FeelRun run)
    {
        var misses = new List<(int Row, List<int> Columns)>();
        for (var row = 0; row < table.Rows.Count; row++)
        {
            if (matches.Contains(row))
                continue;
            var cells = table.Rows[row].Cells;
            var failed = Enumerable.Range(0, cells.Length).Where(column => !table.IsMatch(cells[column], table.Value(column, values), frame, run)).ToList();
            if (failed.Count > 0)
                misses.Add((row, failed));
        }
        foreach (var (row, columns) in misses.OrderBy(miss => miss.Columns.Count).ThenBy(miss => miss.Row).Take(NearestKept))
        {
            var cells = columns.ConvertAll(column => new FailedCell(table.Inputs[column].Label, table.Rows[row].Cells[column].Text, table.Value(column, values)));
            NearMisses.Add(new NearMiss(table.Name, table.Rows[row].Number, table.Rows[row].Id, cells));
        }
    }
}
