using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>What a hit policy makes of the rows that match (DMN 1.5 §8.2.8 and §8.2.9).</summary>
internal static class HitPolicyResult
{
    public static FeelValue Of(DecisionTable table, List<int> matches, FeelValue[] frame, FeelRun run)
    {
        if (matches.Count == 0)
            return table.Fallback(frame, run);
        return table.HitPolicy switch
        {
            HitPolicy.Unique when matches.Count > 1 => run.Fail(
                "not_unique", $"Rows {table.Rows[matches[0]].Number} and {table.Rows[matches[1]].Number} of {table.Name} both match; its hit policy allows one."),
            HitPolicy.Unique or HitPolicy.First => table.OutputOf(matches[0], frame, run),
            HitPolicy.Any => AnyOf(table, matches, frame, run),
            HitPolicy.Priority => table.Compose(Ordered(table, matches, frame, run)[0]),
            HitPolicy.OutputOrder => FeelValue.Of(Ordered(table, matches, frame, run).ConvertAll(table.Compose)),
            HitPolicy.Collect when table.Aggregation != TableAggregation.None => Aggregated(table, matches, frame, run),
            _ => FeelValue.Of(matches.ConvertAll(row => table.OutputOf(row, frame, run))),
        };
    }

    private static FeelValue AnyOf(DecisionTable table, List<int> matches, FeelValue[] frame, FeelRun run)
    {
        var first = table.OutputOf(matches[0], frame, run);
        foreach (var row in matches.Skip(1))
        {
            var other = table.OutputOf(row, frame, run);
            if (!(first.IsNull && other.IsNull) && !FeelOperators.Equal(run, first, other).IsTrue)
            {
                return run.Fail(
                    "outputs_differ", $"Rows {table.Rows[matches[0]].Number} and {table.Rows[row].Number} of {table.Name} both match with different outputs.");
            }
        }
        return first;
    }

    /// <summary>The outputs of the rows, best first: by the first output's place among its values, then by the second's, and so on.</summary>
    private static List<FeelValue[]> Ordered(DecisionTable table, List<int> matches, FeelValue[] frame, FeelRun run)
    {
        var outputs = matches.ConvertAll(row => table.OutputsOf(row, frame, run));
        var ranks = outputs.ConvertAll(values => table.Outputs.Select((output, i) => Rank(output, values[i], run)).ToArray());
        return [.. Enumerable.Range(0, outputs.Count)
            .OrderBy(i => ranks[i], Comparer<int[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right)))
            .Select(i => outputs[i])];
    }

    private static int Rank(TableOutput output, FeelValue value, FeelRun run)
    {
        for (var i = 0; i < output.Order.Count; i++)
        {
            if (FeelOperators.Equal(run, output.Order[i], value).IsTrue)
                return i;
        }
        return output.Order.Count;
    }

    private static FeelValue Aggregated(DecisionTable table, List<int> matches, FeelValue[] frame, FeelRun run)
    {
        if (table.Aggregation == TableAggregation.Count)
            return FeelValue.Of((decimal)matches.Count);
        var rows = matches.ConvertAll(row => table.OutputsOf(row, frame, run));
        var totals = new FeelValue[table.Outputs.Count];
        for (var column = 0; column < totals.Length; column++)
        {
            totals[column] = rows[0][column];
            foreach (var row in rows.Skip(1))
            {
                totals[column] = Combined(table.Aggregation, totals[column], row[column], run);
            }
        }
        return table.Compose(totals);
    }

    private static FeelValue Combined(TableAggregation aggregation, FeelValue left, FeelValue right, FeelRun run)
    {
        if (aggregation == TableAggregation.Sum)
            return FeelOperators.Add(run, left, right);
        var isLess = FeelOperators.Less(run, left, right);
        return isLess.IsNull ? default : isLess.IsTrue == (aggregation == TableAggregation.Min) ? left : right;
    }
}
