using System.Numerics;
using System.Runtime.CompilerServices;

using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>
/// Finds the rows that can match. Each column has, for every class of input values that its constant cells tell apart, a set of
/// rows as bits; the sets of all columns are AND-ed, and what is left is checked only where a cell is not constant or a class
/// was made coarse to save memory.
/// </summary>
internal sealed class TableIndex
{
    /// <summary>A column beyond this one is not indexed: which columns must be checked is kept in the bits of one word.</summary>
    public const int MaxColumns = 63;

    private readonly int[]?[] unindexed;

    public TableIndex(int columns, IReadOnlyList<TableRow> rows)
    {
        RowCount = rows.Count;
        Words = (rows.Count + 63) / 64;
        Columns = [.. Enumerable.Range(0, Math.Min(columns, MaxColumns)).Select(column => ColumnIndex.Of(rows, column))];
        unindexed = new int[]?[rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            var own = Enumerable.Range(0, columns).Where(column => column >= Columns.Length || !Columns[column].Covers(rows[row].Cells[column])).ToArray();
            unindexed[row] = own.Length == 0 ? null : own;
        }
    }

    public int RowCount { get; }

    public int Words { get; }

    public ColumnIndex[] Columns { get; }

    /// <summary>The columns of a row whose cell the index says nothing about; null for none.</summary>
    public int[]? Unindexed(int row) => unindexed[row];
}

/// <summary>One look into the index for the values of one evaluation.</summary>
internal ref struct TableLookup
{
    private readonly TableIndex index;
    private readonly DecisionTable table;
    private readonly FeelValue[] frame;
    private readonly FeelValue[] values;
    private readonly FeelRun run;
    private Offsets offsets;
    private readonly ulong inexact;

    public TableLookup(TableIndex index, DecisionTable table, FeelValue[] frame, FeelValue[] values, FeelRun run)
    {
        this.index = index;
        this.table = table;
        this.frame = frame;
        this.values = values;
        this.run = run;
        var columns = index.Columns;
        for (var i = 0; i < columns.Length; i++)
        {
            var set = columns[i].SetOf(table.Value(i, values), out var isExact);
            offsets[i] = set * index.Words;
            if (!isExact)
                inexact |= 1UL << i;
        }
    }

    /// <summary>The next row that matches after one; -1 where there is none.</summary>
    public int Next(int after)
    {
        var columns = index.Columns;
        var start = after + 1;
        var mask = ulong.MaxValue << (start & 63);
        for (var word = start >> 6; word < index.Words; word++)
        {
            var candidates = mask;
            mask = ulong.MaxValue;
            for (var i = 0; i < columns.Length; i++)
            {
                candidates &= columns[i].Sets[offsets[i] + word];
            }
            while (candidates != 0)
            {
                var row = (word << 6) + BitOperations.TrailingZeroCount(candidates);
                if (row >= index.RowCount)
                    return -1;
                if ((inexact == 0 && index.Unindexed(row) is null) || IsMatch(row))
                    return row;
                candidates &= candidates - 1;
            }
        }
        return -1;
    }

    public List<int> All()
    {
        var rows = new List<int>();
        for (var row = Next(-1); row >= 0; row = Next(row))
        {
            rows.Add(row);
        }
        return rows;
    }

    private readonly bool IsMatch(int row)
    {
        var cells = table.Rows[row].Cells;
        for (var left = inexact; left != 0; left &= left - 1)
        {
            var column = BitOperations.TrailingZeroCount(left);
            if (!table.IsMatch(cells[column], table.Value(column, values), frame, run))
                return false;
        }
        foreach (var column in index.Unindexed(row) ?? [])
        {
            if (!table.IsMatch(cells[column], table.Value(column, values), frame, run))
                return false;
        }
        return true;
    }

    [InlineArray(TableIndex.MaxColumns)]
    private struct Offsets
    {
        private int first;
    }
}
