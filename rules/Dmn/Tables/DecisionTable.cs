using Switchboard.Rules.Dmn.Types;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>Which of the matching rows count (DMN 1.5 §8.2.8).</summary>
public enum HitPolicy
{
    /// <summary>At most one row matches; more are an error.</summary>
    Unique,

    /// <summary>Several may match, if their outputs are equal.</summary>
    Any,

    /// <summary>The match whose outputs stand first in the output values.</summary>
    Priority,

    /// <summary>The first match in the order of the table.</summary>
    First,

    /// <summary>All matches in the order of the table.</summary>
    RuleOrder,

    /// <summary>All matches in the order of the output values.</summary>
    OutputOrder,

    /// <summary>All matches, or what they add up to.</summary>
    Collect,
}

/// <summary>What a collecting table makes of its matches.</summary>
public enum TableAggregation
{
    /// <summary>A list.</summary>
    None,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The least.</summary>
    Min,

    /// <summary>The greatest.</summary>
    Max,

    /// <summary>How many there are.</summary>
    Count,
}

/// <summary>An input of a table.</summary>
public sealed class TableInput
{
    internal TableInput(string text, string label, FeelType type, int slot, FeelExpression expression, TableCell? allowed)
    {
        Text = text;
        Label = label;
        Type = type;
        Slot = slot;
        Expression = expression;
        Allowed = allowed;
    }

    /// <summary>The expression as written.</summary>
    public string Text { get; }

    /// <summary>What the column is called: its label, else its expression.</summary>
    public string Label { get; }

    /// <summary>What its values are.</summary>
    public FeelType Type { get; }

    /// <summary>The slot that is read where the expression is a plain name; else -1.</summary>
    public int Slot { get; }

    internal FeelExpression Expression { get; }

    internal TableCell? Allowed { get; }
}

/// <summary>An output of a table.</summary>
public sealed class TableOutput
{
    internal TableOutput(string name, ItemType type, TableCell? allowed, IReadOnlyList<FeelValue> order, OutputCell? fallback)
    {
        Name = name;
        Type = type;
        Allowed = allowed;
        Order = order;
        Default = fallback;
    }

    /// <summary>The name of the entry in the output; empty for a table with one output.</summary>
    public string Name { get; }

    /// <summary>The values in their order of priority; empty where none are listed.</summary>
    public IReadOnlyList<FeelValue> Order { get; }

    internal ItemType Type { get; }

    internal TableCell? Allowed { get; }

    internal OutputCell? Default { get; }

    internal TableOutput Named(string name) => new(name, Type, Allowed, Order, Default);
}

/// <summary>A row of a table.</summary>
public sealed class TableRow
{
    internal TableRow(int number, string? id, TableCell[] cells, OutputCell[] outputs, IReadOnlyList<string> annotations)
    {
        Number = number;
        Id = id;
        Cells = cells;
        Outputs = outputs;
        Annotations = annotations;
    }

    /// <summary>From 1, in the order of the table.</summary>
    public int Number { get; }

    /// <summary>The id of the rule in the document.</summary>
    public string? Id { get; }

    /// <summary>What the author noted on the row.</summary>
    public IReadOnlyList<string> Annotations { get; }

    /// <summary>The texts of its input cells.</summary>
    public IReadOnlyList<string> InputTexts => Array.ConvertAll(Cells, cell => cell.Text);

    /// <summary>The texts of its output cells.</summary>
    public IReadOnlyList<string> OutputTexts => Array.ConvertAll(Outputs, cell => cell.Text);

    internal TableCell[] Cells { get; }

    internal OutputCell[] Outputs { get; }

    /// <summary>The output of the row where all its cells are constant: made once, shared by all evaluations.</summary>
    internal FeelValue? Constant { get; set; }
}

/// <summary>
/// A decision table, ready to run: its constant cells stand in an index (see <see cref="TableIndex"/>), the others are
/// evaluated for the rows that are left. Thread-safe; a frame belongs to one evaluation.
/// </summary>
public sealed class DecisionTable
{
    private readonly TableIndex index;
    private readonly int testedSlot;
    private readonly bool readsSlotsOnly;
    private readonly RowShape outputShape;

    internal DecisionTable(
        string name, HitPolicy hitPolicy, TableAggregation aggregation, IReadOnlyList<TableInput> inputs, IReadOnlyList<TableOutput> outputs,
        IReadOnlyList<TableRow> rows, FeelScope scope)
    {
        Name = name;
        HitPolicy = hitPolicy;
        Aggregation = aggregation;
        Inputs = inputs;
        Outputs = outputs;
        Rows = rows;
        Scope = scope;
        testedSlot = scope.Variables.Count;
        readsSlotsOnly = inputs.All(input => input.Slot >= 0);
        outputShape = new RowShape(name, [.. outputs.Select(output => new RowField(output.Name, output.Type.Type))]);
        index = new TableIndex(inputs.Count, rows);
        foreach (var row in rows)
        {
            if (Array.TrueForAll(row.Outputs, cell => cell.Constant is not null))
                row.Constant = Compose(Array.ConvertAll(row.Outputs, cell => cell.Constant!.Value));
        }
    }

    /// <summary>The decision or function that it belongs to.</summary>
    public string Name { get; }

    /// <summary>Which of the matching rows count.</summary>
    public HitPolicy HitPolicy { get; }

    /// <summary>What a collecting table makes of its matches.</summary>
    public TableAggregation Aggregation { get; }

    /// <summary>The input columns.</summary>
    public IReadOnlyList<TableInput> Inputs { get; }

    /// <summary>The output columns.</summary>
    public IReadOnlyList<TableOutput> Outputs { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<TableRow> Rows { get; }

    /// <summary>The names that its expressions see, in the order of the frame.</summary>
    public FeelScope Scope { get; }

    /// <summary>How long a frame must be: a slot for each name of the scope and one for the value that a cell tests.</summary>
    public int FrameSize => testedSlot + 1;

    internal FeelType OutputType
    {
        get
        {
            var single = Outputs.Count == 1 ? Outputs[0].Type.Type : new RowType(outputShape);
            return HitPolicy switch
            {
                HitPolicy.RuleOrder or HitPolicy.OutputOrder => new ListType(single),
                HitPolicy.Collect when Aggregation == TableAggregation.None => new ListType(single),
                HitPolicy.Collect => Aggregation is TableAggregation.Count ? FeelType.Number : FeelType.Any,
                _ => single,
            };
        }
    }

    /// <summary>
    /// The output for the values in a frame. Allocates nothing where the inputs are plain names, the cells constant and one row
    /// is wanted. Never throws.
    /// </summary>
    /// <param name="frame">At least <see cref="FrameSize"/> long; the slot after the scope's names is used.</param>
    public FeelValue Evaluate(FeelValue[] frame, FeelRun run) => Evaluate(frame, run, null);

    internal FeelValue Evaluate(FeelValue[] frame, FeelRun run, Explanation? explanation)
    {
        var values = readsSlotsOnly ? frame : ReadInputs(frame, run);
        if (!AreAllowed(frame, values, run))
        {
            explanation?.Add(this, [], frame, values, run);
            return Fallback(frame, run);
        }
        if (explanation is not null)
            return Explained(frame, values, run, explanation);

        var lookup = new TableLookup(index, this, frame, values, run);
        return HitPolicy switch
        {
            HitPolicy.First => FirstOf(lookup.Next(-1), frame, run),
            HitPolicy.Unique => UniqueOf(ref lookup, frame, run),
            _ => HitPolicyResult.Of(this, lookup.All(), frame, run),
        };
    }

    /// <summary>The rows that match, by looking at every cell of every row: what the index must agree with.</summary>
    internal List<int> Scan(FeelValue[] frame, FeelValue[] values, FeelRun run)
    {
        var matches = new List<int>();
        for (var row = 0; row < Rows.Count; row++)
        {
            if (FirstFailure(row, frame, values, run) < 0)
                matches.Add(row);
        }
        return matches;
    }

    /// <summary>The rows that match by the index, in their order.</summary>
    internal List<int> Matches(FeelValue[] frame, FeelRun run) =>
        new TableLookup(index, this, frame, readsSlotsOnly ? frame : ReadInputs(frame, run), run).All();

    /// <summary>The first cell of a row that does not match; -1 where all do.</summary>
    internal int FirstFailure(int row, FeelValue[] frame, FeelValue[] values, FeelRun run)
    {
        var cells = Rows[row].Cells;
        for (var column = 0; column < cells.Length; column++)
        {
            if (!IsMatch(cells[column], Value(column, values), frame, run))
                return column;
        }
        return -1;
    }

    internal bool IsMatch(TableCell cell, in FeelValue value, FeelValue[] frame, FeelRun run)
    {
        if (cell.IsAny)
            return true;
        if (cell.Test is { } test && test.Decides(value))
            return test.Matches(value);
        frame[testedSlot] = value;
        return cell.Expression.IsTrue(frame, run);
    }

    /// <summary>The value of an input: of its slot in the frame, or among the values that were read.</summary>
    internal FeelValue Value(int column, FeelValue[] values) => values[readsSlotsOnly ? Inputs[column].Slot : column];

    internal FeelValue[] ReadInputs(FeelValue[] frame, FeelRun run)
    {
        if (readsSlotsOnly)
            return frame;
        var values = new FeelValue[Inputs.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Inputs[i].Slot >= 0 ? frame[Inputs[i].Slot] : Inputs[i].Expression.Evaluate(frame, run);
        }
        return values;
    }

    /// <summary>The outputs of a row: one value, or a context of several.</summary>
    internal FeelValue OutputOf(int row, FeelValue[] frame, FeelRun run) => Rows[row].Constant ?? Compose(OutputsOf(row, frame, run));

    internal FeelValue[] OutputsOf(int row, FeelValue[] frame, FeelRun run)
    {
        var outputs = new FeelValue[Outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = Checked(Outputs[i], Rows[row].Outputs[i], frame, run);
        }
        return outputs;
    }

    internal FeelValue Compose(FeelValue[] outputs) => outputs.Length == 1 ? outputs[0] : FeelValue.Of(new FeelRow(outputShape, outputs));

    internal FeelValue Fallback(FeelValue[] frame, FeelRun run)
    {
        if (Outputs.All(output => output.Default is null))
        {
            return HitPolicy == HitPolicy.Collect && Aggregation is TableAggregation.None ? FeelValue.Of((IReadOnlyList<FeelValue>)[])
                : HitPolicy == HitPolicy.Collect && Aggregation is TableAggregation.Count ? FeelValue.Of(0m)
                : run.Fail("no_match", $"No row of {Name} matches, and it has no default.");
        }
        var values = Outputs.Select(output => output.Default is null ? default : Checked(output, output.Default, frame, run)).ToArray();
        return Compose(values);
    }

    private FeelValue FirstOf(int row, FeelValue[] frame, FeelRun run) => row < 0 ? Fallback(frame, run) : OutputOf(row, frame, run);

    private FeelValue UniqueOf(ref TableLookup lookup, FeelValue[] frame, FeelRun run)
    {
        var row = lookup.Next(-1);
        if (row < 0)
            return Fallback(frame, run);
        var second = lookup.Next(row);
        return second < 0 ? OutputOf(row, frame, run)
            : run.Fail("not_unique", $"Rows {Rows[row].Number} and {Rows[second].Number} of {Name} both match; its hit policy allows one.");
    }

    private FeelValue Explained(FeelValue[] frame, FeelValue[] values, FeelRun run, Explanation explanation)
    {
        var matches = explanation.WantsNearMisses ? Scan(frame, values, run) : new TableLookup(index, this, frame, values, run).All();
        explanation.Add(this, matches, frame, values, run);
        return matches.Count == 0 ? Fallback(frame, run) : HitPolicyResult.Of(this, matches, frame, run);
    }

    private bool AreAllowed(FeelValue[] frame, FeelValue[] values, FeelRun run)
    {
        for (var i = 0; i < Inputs.Count; i++)
        {
            if (Inputs[i].Allowed is not { } allowed)
                continue;
            var value = Value(i, values);
            if (!value.IsNull && !IsMatch(allowed, value, frame, run))
            {
                run.Fail("input_not_allowed", $"{Inputs[i].Label} of {Name} is {value}; allowed are {allowed.Text}.");
                return false;
            }
        }
        return true;
    }

    private FeelValue Checked(TableOutput output, OutputCell cell, FeelValue[] frame, FeelRun run)
    {
        if (cell.Constant is { } constant)
            return constant;
        var value = output.Type.Conform(cell.Expression?.Evaluate(frame, run) ?? default, run, $"The output {output.Name} of {Name}");
        return output.Allowed is null || value.IsNull || IsMatch(output.Allowed, value, frame, run)
            ? value
            : run.Fail("output_not_allowed", $"The output {output.Name} of {Name} is {value}; allowed are {output.Allowed.Text}.");
    }
}
