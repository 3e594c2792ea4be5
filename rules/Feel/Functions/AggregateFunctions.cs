namespace Switchboard.Rules.Feel.Functions;

/// <summary>One value from many: a list, or arguments (DMN 1.5 §10.3.4.4).</summary>
internal static class AggregateFunctions
{
    public static readonly BuiltInFunction[] All =
    [
        BuiltIns.Define("count", FeelType.Number, new Overload(["list"], Count)),
        BuiltIns.Define("min", FeelType.Any, new Overload(["list…"], (run, arguments) => Extreme(run, "min", arguments, -1))),
        BuiltIns.Define("max", FeelType.Any, new Overload(["list…"], (run, arguments) => Extreme(run, "max", arguments, 1))),
        BuiltIns.Define("sum", FeelType.Any, new Overload(["list…"], (run, arguments) => Fold(run, "sum", arguments, FeelOperators.Add))),
        BuiltIns.Define("product", FeelType.Number, new Overload(["list…"], (run, arguments) => Fold(run, "product", arguments, FeelOperators.Multiply))),
        BuiltIns.Define("mean", FeelType.Number, new Overload(["list…"], Mean)),
        BuiltIns.Define("median", FeelType.Number, new Overload(["list…"], Median)),
        BuiltIns.Define("stddev", FeelType.Number, new Overload(["list…"], StandardDeviation)),
        BuiltIns.Define("mode", new ListType(FeelType.Number), new Overload(["list…"], Mode)),
    ];

    private static FeelValue Count(FeelRun run, ReadOnlySpan<FeelValue> arguments) => arguments[0].Kind switch
    {
        FeelKind.List => FeelValue.Of((decimal)arguments[0].AsList().Count),
        FeelKind.Null => BuiltIns.Wrong(run, "count", arguments),
        _ => FeelValue.Of(1m),
    };

    private static FeelValue Extreme(FeelRun run, string name, ReadOnlySpan<FeelValue> arguments, int sign)
    {
        var elements = BuiltIns.Elements(arguments);
        if (elements.Count == 0)
            return default;
        var best = elements[0];
        if (FeelOperators.Compare(best, best) is null)
            return BuiltIns.Wrong(run, name, arguments);
        for (var i = 1; i < elements.Count; i++)
        {
            if (!run.Step())
                return default;
            if (FeelOperators.Compare(elements[i], best) is not { } order)
                return BuiltIns.Wrong(run, name, arguments);
            if (order * sign > 0)
                best = elements[i];
        }
        return best;
    }

    private static FeelValue Fold(FeelRun run, string name, ReadOnlySpan<FeelValue> arguments, Func<FeelRun, FeelValue, FeelValue, FeelValue> combine)
    {
        var elements = BuiltIns.Elements(arguments);
        if (elements.Count == 0)
            return default;
        var result = elements[0];
        var isSummable = name == "sum" && result.Kind is FeelKind.DaysDuration or FeelKind.MonthsDuration;
        if (result.Kind != FeelKind.Number && !isSummable)
            return BuiltIns.Wrong(run, name, arguments);
        for (var i = 1; i < elements.Count; i++)
        {
            if (!run.Step())
                return default;
            if (elements[i].Kind != elements[0].Kind)
                return BuiltIns.Wrong(run, name, arguments);
            result = combine(run, result, elements[i]);
        }
        return result;
    }

    private static FeelValue Mean(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var elements = BuiltIns.Elements(arguments);
        var sum = Numbers(run, "mean", arguments) is null ? default : Fold(run, "sum", arguments, FeelOperators.Add);
        return sum.IsNull ? default : FeelOperators.Divide(run, sum, FeelValue.Of((decimal)elements.Count));
    }

    private static FeelValue Median(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (Numbers(run, "median", arguments) is not { Count: > 0 } numbers)
            return default;
        numbers.Sort((left, right) => FeelOperators.Compare(left, right)!.Value);
        var middle = numbers.Count / 2;
        return numbers.Count % 2 == 1 ? numbers[middle] : FeelOperators.Divide(run, FeelOperators.Add(run, numbers[middle - 1], numbers[middle]), FeelValue.Of(2m));
    }

    /// <summary>Of a sample: over n - 1.</summary>
    private static FeelValue StandardDeviation(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (Numbers(run, "stddev", arguments) is not { Count: > 1 } numbers)
            return default;
        var count = FeelValue.Of((decimal)numbers.Count);
        var mean = FeelOperators.Divide(run, numbers.Aggregate((sum, number) => FeelOperators.Add(run, sum, number)), count);
        var squares = FeelValue.Of(0m);
        foreach (var number in numbers)
        {
            var distance = FeelOperators.Subtract(run, number, mean);
            squares = FeelOperators.Add(run, squares, FeelOperators.Multiply(run, distance, distance));
        }
        var variance = FeelOperators.Divide(run, squares, FeelValue.Of(numbers.Count - 1m));
        return BuiltIns.Find("sqrt")!.Invoke(run, [variance]);
    }

    /// <summary>The most frequent, in their order.</summary>
    private static FeelValue Mode(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (Numbers(run, "mode", arguments) is not { } numbers)
            return default;
        var groups = numbers.GroupBy(number => number, FeelEqualityComparer.Instance).ToList();
        var most = groups.Count == 0 ? 0 : groups.Max(group => group.Count());
        return FeelValue.Of((IReadOnlyList<FeelValue>)groups.Where(group => group.Count() == most).Select(group => group.Key)
            .OrderBy(number => number, Comparer<FeelValue>.Create((left, right) => FeelOperators.Compare(left, right)!.Value)).ToArray());
    }

    /// <summary>The elements, where all are numbers.</summary>
    private static List<FeelValue>? Numbers(FeelRun run, string name, ReadOnlySpan<FeelValue> arguments)
    {
        var elements = BuiltIns.Elements(arguments);
        if (arguments.Length == 0 || elements.Any(element => element.Kind != FeelKind.Number))
        {
            BuiltIns.Wrong(run, name, arguments);
            return null;
        }
        return run.Steps(elements.Count) ? [.. elements] : null;
    }
}
