using System.Globalization;

using Switchboard.Rules.Dmn.Types;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>Reads a decision table. Every text is parsed once a column, however many rows have it.</summary>
internal sealed class TableReader(ItemTypes types, ProblemList problems, string owner)
{
    public DecisionTable Read(DmnElement element, FeelScope scope)
    {
        var hitPolicy = HitPolicyOf(element);
        var inputs = element.All("input").Select(input => ReadInput(input, scope)).ToList();
        var outputElements = element.All("output").ToList();
        var outputs = outputElements.ConvertAll(output => ReadOutput(output, element, outputElements.Count, scope));
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs.Take(i).Any(output => output.Name == outputs[i].Name))
            {
                problems.Error("name_twice", $"Two outputs of the table of {owner} are named {outputs[i].Name}.", outputElements[i]);
                outputs[i] = outputs[i].Named($"{outputs[i].Name} ({i + 1})");
            }
        }
        if (outputs.Count == 0)
            problems.Error("no_output", $"The table of {owner} has no output.", element);
        WarnOfMissingOrder(hitPolicy, outputs, element);
        var rows = ReadRows(element, inputs, outputs, scope);
        element.Forget("rule");
        return new DecisionTable(owner, hitPolicy, AggregationOf(element), inputs, outputs, rows, scope);
    }

    private HitPolicy HitPolicyOf(DmnElement element)
    {
        switch (element["hitPolicy"]?.Trim().ToUpperInvariant())
        {
            case null or "" or "UNIQUE":
                return HitPolicy.Unique;
            case "FIRST":
                return HitPolicy.First;
            case "ANY":
                return HitPolicy.Any;
            case "PRIORITY":
                return HitPolicy.Priority;
            case "RULE ORDER":
                return HitPolicy.RuleOrder;
            case "OUTPUT ORDER":
                return HitPolicy.OutputOrder;
            case "COLLECT":
                return HitPolicy.Collect;
            default:
                problems.Error("unknown_hit_policy", $"The table of {owner} has the hit policy {element["hitPolicy"]}, which does not exist.", element);
                return HitPolicy.Unique;
        }
    }

    private TableAggregation AggregationOf(DmnElement element)
    {
        switch (element["aggregation"]?.Trim().ToUpperInvariant())
        {
            case null or "":
                return TableAggregation.None;
            case "SUM":
                return TableAggregation.Sum;
            case "MIN":
                return TableAggregation.Min;
            case "MAX":
                return TableAggregation.Max;
            case "COUNT":
                return TableAggregation.Count;
            default:
                problems.Error("unknown_aggregation", $"The table of {owner} has the aggregation {element["aggregation"]}, which does not exist.", element);
                return TableAggregation.None;
        }
    }

    private TableInput ReadInput(DmnElement input, FeelScope scope)
    {
        var holder = input.Child("inputExpression");
        var text = holder?.Child("text");
        var written = text?.Text.Trim() ?? "";
        var label = input["label"]?.Trim() is { Length: > 0 } given ? given : written;
        if (written.Length == 0)
            problems.Error("no_input_expression", $"An input of the table of {owner} has no expression.", input, column: label);
        var expression = FeelExpression.Parse(written.Length == 0 ? "null" : text!.Text, scope);
        if (text is not null && written.Length > 0)
            FeelProblems.Report(expression, text, problems, $"The input {label} of {owner}", column: label);
        var declared = types.Of(holder).Type;
        var type = declared == FeelType.Any ? expression.Type : declared;
        return new TableInput(written, label, type, SlotOf(written, scope), expression, ReadAllowed(input.Child("inputValues"), scope, type, label));
    }

    private static int SlotOf(string name, FeelScope scope)
    {
        for (var i = scope.Variables.Count - 1; i >= 0; i--)
        {
            if (scope.Variables[i].Name == name)
                return i;
        }
        return -1;
    }

    private TableOutput ReadOutput(DmnElement output, DmnElement table, int count, FeelScope scope)
    {
        var name = output["name"]?.Trim() ?? "";
        if (count > 1 && name.Length == 0)
            problems.Error("name_missing", $"An output of the table of {owner} has no name.", output);
        var type = types.Of(output);
        var rowType = types.Of(table);
        if (ReferenceEquals(type, ItemType.Any) && name.Length > 0)
            type = (rowType.Element ?? rowType).Components?.FirstOrDefault(component => component.Name == name).Type ?? type;
        var values = output.Child("outputValues");
        var allowed = ReadAllowed(values, scope, type.Type, name);
        var order = allowed is not null ? Values(values!, scope) : count == 1 && ReferenceEquals(type, ItemType.Any) ? ValuesOf(rowType) : ValuesOf(type);
        var fallback = output.Child("defaultOutputEntry")?.Child("text");
        return new TableOutput(name, type, allowed, order, fallback is null ? null : ReadOutputCell(fallback, scope, type, allowed, null, name));
    }

    private TableCell? ReadAllowed(DmnElement? values, FeelScope scope, FeelType type, string column)
    {
        if (values?.Child("text") is not { } text || string.IsNullOrWhiteSpace(text.Text))
            return null;
        var cell = ReadCell(text, scope, type, null, column);
        return cell.IsAny ? null : cell;
    }

    /// <summary>The values of a list of literals, in their order; empty where it is something else.</summary>
    private static IReadOnlyList<FeelValue> Values(DmnElement values, FeelScope scope)
    {
        var list = FeelExpression.Parse($"[{values.Child("text")!.Text}]", scope);
        if (list.Problems.Count > 0)
            return [];
        var value = list.Evaluate(new FeelValue[scope.Variables.Count + 1], CompileTime.Run());
        return value.Kind == FeelKind.List ? value.AsList() : [];
    }

    private static IReadOnlyList<FeelValue> ValuesOf(ItemType type) => type.AllowedTexts is null ? type.Element is null ? [] : ValuesOf(type.Element)
        : Values(type.AllowedTexts, FeelScope.Empty);

    private void WarnOfMissingOrder(HitPolicy hitPolicy, List<TableOutput> outputs, DmnElement element)
    {
        if (hitPolicy is HitPolicy.Priority or HitPolicy.OutputOrder && outputs.TrueForAll(output => output.Order.Count == 0))
            problems.Warn("no_output_values", $"The table of {owner} orders by its output values, but has none.", element);
    }

    private List<TableRow> ReadRows(DmnElement element, List<TableInput> inputs, List<TableOutput> outputs, FeelScope scope)
    {
        var cells = inputs.ConvertAll(_ => new Dictionary<string, TableCell>(StringComparer.Ordinal));
        var results = outputs.ConvertAll(_ => new Dictionary<string, OutputCell>(StringComparer.Ordinal));
        var rows = new List<TableRow>();
        foreach (var rule in element.All("rule"))
        {
            var number = rows.Count + 1;
            var entries = rule.All("inputEntry").ToList();
            var conclusions = rule.All("outputEntry").ToList();
            if (entries.Count != inputs.Count || conclusions.Count != outputs.Count)
            {
                problems.Error(
                    "wrong_cell_count", $"Row {number} of {owner} has {entries.Count} input and {conclusions.Count} output cells; the table has {inputs.Count} and {outputs.Count} columns.",
                    rule, number);
            }
            var own = inputs.Select((input, i) => i < entries.Count && entries[i].Child("text") is { } text
                ? Shared(cells[i], text, () => ReadCell(text, scope, input.Type, number, input.Label)) : Empty(scope)).ToArray();
            var made = outputs.Select((output, i) => i < conclusions.Count && conclusions[i].Child("text") is { } text
                ? Shared(results[i], text, () => ReadOutputCell(text, scope, output.Type, output.Allowed, number, output.Name)) : new OutputCell("", null, default(FeelValue))).ToArray();
            rows.Add(new TableRow(number, rule["id"], own, made, [.. rule.All("annotationEntry").Select(note => note.Child("text")?.Text ?? "")]));
        }
        return rows;
    }

    /// <summary>What this text was read as before, else what it is read as now. A text with a problem is read for each row, so that each is named.</summary>
    private T Shared<T>(Dictionary<string, T> known, DmnElement text, Func<T> read)
    {
        var written = text.Text;
        if (known.TryGetValue(written, out var found))
            return found;
        var before = problems.All.Count;
        var made = read();
        if (problems.All.Count == before)
            known.Add(written, made);
        return made;
    }

    private static TableCell Empty(FeelScope scope) => new("", new(() => FeelExpression.ParseUnaryTests("-", scope, FeelType.Any)), isAny: true, test: null);

    private TableCell ReadCell(DmnElement text, FeelScope scope, FeelType type, int? row, string column)
    {
        var written = text.Text.Trim();
        if (written is "" or "-")
            return Empty(scope);
        if (ConstantTests.Of(written) is { IsNegated: false } test)
            return new TableCell(written, new(() => FeelExpression.ParseUnaryTests(written, scope, type)), isAny: false, test);
        var expression = FeelExpression.ParseUnaryTests(text.Text, scope, type);
        FeelProblems.Report(expression, text, problems, Place(row, column), row, column);
        // Whether a negation holds for null is FEEL's to say.
        var negated = expression.Problems.Count > 0 ? null
            : ConstantTests.Of(written)?.WithNull(expression.IsTrue(new FeelValue[scope.Variables.Count + 1], CompileTime.Run()));
        return new TableCell(written, new(expression), expression.IsAny, negated);
    }

    private OutputCell ReadOutputCell(DmnElement text, FeelScope scope, ItemType type, TableCell? allowed, int? row, string column)
    {
        var written = text.Text.Trim();
        if (written.Length == 0 || written == "-")
            return new OutputCell(written, null, default(FeelValue));
        if (ConstantTests.LiteralOf(written) is not { } literal)
        {
            var expression = FeelExpression.Parse(text.Text, scope);
            FeelProblems.Report(expression, text, problems, Place(row, column), row, column);
            return new OutputCell(written, expression, null);
        }
        var run = CompileTime.Run();
        var value = type.Conform(literal, run, column);
        if (allowed is not null && !value.IsNull)
        {
            var frame = new FeelValue[scope.Variables.Count + 1];
            frame[^1] = value;
            if (!(allowed.Test is { } test && test.Decides(value) ? test.Matches(value) : allowed.Expression.IsTrue(frame, run)))
                value = default;
        }
        if (value.IsNull && !literal.IsNull)
        {
            problems.Error("output_not_allowed", $"{Place(row, column)} is {written}, which the output does not allow.", text, row, column);
            return new OutputCell(written, null, default(FeelValue));
        }
        return new OutputCell(written, null, value);
    }

    private string Place(int? row, string column) => row is null
        ? $"The values of {column} in {owner}"
        : string.Create(CultureInfo.InvariantCulture, $"Row {row}, column {(column.Length == 0 ? "output" : column)} of {owner}");
}

/// <summary>Runs for what is evaluated while a model is read: constants only, so that its clock is never asked.</summary>
internal static class CompileTime
{
    public static FeelRun Run() => new(new NoClock());

    private sealed class NoClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
    }
}
