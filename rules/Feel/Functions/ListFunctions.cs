namespace Switchboard.Rules.Feel.Functions;

/// <summary>Lists; positions begin at 1, or at -1 from the end (DMN 1.5 §10.3.4.4).</summary>
internal static class ListFunctions
{
    private static readonly FeelType AnyList = new ListType(FeelType.Any);

    public static readonly BuiltInFunction[] All =
    [
        BuiltIns.Define("list contains", FeelType.Boolean, new Overload(["list", "element"], Contains)),
        BuiltIns.Define("sublist", AnyList, new Overload(["list", "start position", "length?"], Sublist)),
        BuiltIns.Define("append", AnyList, new Overload(["list", "item…"], (run, arguments) =>
            arguments[0].IsNull && arguments.Length == 1 ? BuiltIns.Wrong(run, "append", arguments) : Make(run, [.. FeelRuntime.AsList(arguments[0]), .. arguments[1..]]))),
        BuiltIns.Define("concatenate", AnyList, new Overload(["list…"], Concatenate)),
        BuiltIns.Define("insert before", AnyList, new Overload(["list", "position", "newItem"], InsertBefore)),
        BuiltIns.Define("remove", AnyList, new Overload(["list", "position"], Remove)),
        BuiltIns.Define("list replace", AnyList, new Overload(["list", "position", "newItem"], ListReplace), new Overload(["list", "match", "newItem"], ListReplace)),
        BuiltIns.Define("reverse", AnyList, new Overload(["list"], (run, arguments) =>
            arguments[0].IsNull ? BuiltIns.Wrong(run, "reverse", arguments) : Make(run, [.. FeelRuntime.AsList(arguments[0]).Reverse()]))),
        BuiltIns.Define("index of", new ListType(FeelType.Number), new Overload(["list", "match"], IndexOf)),
        BuiltIns.Define("union", AnyList, new Overload(["list…"], (run, arguments) => Distinct(run, Concatenate(run, arguments)))),
        BuiltIns.Define("distinct values", AnyList, new Overload(["list"], (run, arguments) =>
            arguments[0].IsNull ? BuiltIns.Wrong(run, "distinct values", arguments) : Distinct(run, FeelValue.Of(FeelRuntime.AsList(arguments[0]))))),
        BuiltIns.Define("flatten", AnyList, new Overload(["list"], Flatten)),
        BuiltIns.Define("sort", AnyList, new Overload(["list", "precedes?"], Sort)),
    ];

    private static FeelValue Make(FeelRun run, FeelValue[] elements) => BuiltIns.MayMake(run, elements.Length) ? FeelValue.Of((IReadOnlyList<FeelValue>)elements) : default;

    private static FeelValue Contains(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].IsNull)
            return BuiltIns.Wrong(run, "list contains", arguments);
        foreach (var element in FeelRuntime.AsList(arguments[0]))
        {
            if (!run.Step())
                return default;
            if (FeelOperators.AreEqual(run, element, arguments[1]) == true)
                return FeelValue.Of(true);
        }
        return FeelValue.Of(false);
    }

    /// <summary>A place in a list from 0; false where there is none.</summary>
    private static bool Position(FeelValue position, int count, out int index)
    {
        index = -1;
        if (!position.IsShortNumber || Math.Abs(position.Short) > int.MaxValue)
            return false;
        var place = (int)decimal.Truncate(position.Short);
        index = place > 0 ? place - 1 : count + place;
        return place != 0 && index >= 0 && index < count;
    }

    private static FeelValue Sublist(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var list = FeelRuntime.AsList(arguments[0]);
        if (arguments[0].IsNull || !Position(arguments[1], list.Count, out var start))
            return BuiltIns.Wrong(run, "sublist", arguments);
        var length = list.Count - start;
        if (arguments.Length > 2 && !arguments[2].IsNull)
        {
            if (!arguments[2].IsShortNumber || arguments[2].Short < 0 || decimal.Truncate(arguments[2].Short) > length)
                return BuiltIns.Wrong(run, "sublist", arguments);
            length = (int)decimal.Truncate(arguments[2].Short);
        }
        return Make(run, [.. list.Skip(start).Take(length)]);
    }

    private static FeelValue Concatenate(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var count = 0L;
        foreach (var argument in arguments)
        {
            if (argument.IsNull)
                return BuiltIns.Wrong(run, "concatenate", arguments);
            count += argument.Kind == FeelKind.List ? argument.AsList().Count : 1;
        }
        if (!BuiltIns.MayMake(run, count))
            return default;
        var all = new List<FeelValue>((int)count);
        foreach (var argument in arguments)
            all.AddRange(FeelRuntime.AsList(argument));
        return FeelValue.Of((IReadOnlyList<FeelValue>)all);
    }

    private static FeelValue InsertBefore(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var list = FeelRuntime.AsList(arguments[0]);
        if (arguments[0].IsNull || !Position(arguments[1], list.Count, out var index))
            return BuiltIns.Wrong(run, "insert before", arguments);
        return Make(run, [.. list.Take(index), arguments[2], .. list.Skip(index)]);
    }

    private static FeelValue Remove(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var list = FeelRuntime.AsList(arguments[0]);
        return !arguments[0].IsNull && Position(arguments[1], list.Count, out var index)
            ? Make(run, [.. list.Take(index), .. list.Skip(index + 1)])
            : BuiltIns.Wrong(run, "remove", arguments);
    }

    /// <summary>At a position, or wherever a function of the old and the new item says true.</summary>
    private static FeelValue ListReplace(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var list = FeelRuntime.AsList(arguments[0]);
        if (arguments[0].IsNull)
            return BuiltIns.Wrong(run, "list replace", arguments);
        var replaced = list.ToArray();
        if (arguments[1].Kind != FeelKind.Function)
        {
            if (!Position(arguments[1], list.Count, out var index))
                return BuiltIns.Wrong(run, "list replace", arguments);
            replaced[index] = arguments[2];
            return Make(run, replaced);
        }
        var matches = (FeelFunction)arguments[1].Reference!;
        if (matches.Parameters.Count != 2)
            return BuiltIns.Wrong(run, "list replace", arguments);
        for (var i = 0; i < replaced.Length; i++)
        {
            var match = matches.Call(run, list[i], arguments[2]);
            if (match.Kind != FeelKind.Boolean)
                return BuiltIns.Wrong(run, "list replace", arguments);
            if (match.IsTrue)
                replaced[i] = arguments[2];
        }
        return Make(run, replaced);
    }

    private static FeelValue IndexOf(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].IsNull)
            return BuiltIns.Wrong(run, "index of", arguments);
        var found = new List<FeelValue>();
        var list = FeelRuntime.AsList(arguments[0]);
        for (var i = 0; i < list.Count && run.Step(); i++)
        {
            if (FeelOperators.AreEqual(run, list[i], arguments[1]) == true)
                found.Add(FeelValue.Of(i + 1m));
        }
        return FeelValue.Of((IReadOnlyList<FeelValue>)found);
    }

    private static FeelValue Distinct(FeelRun run, FeelValue list) => list.IsNull ? default : Make(run, [.. list.AsList().Distinct(FeelEqualityComparer.Within(run))]);

    private static FeelValue Flatten(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].IsNull)
            return BuiltIns.Wrong(run, "flatten", arguments);
        var flat = new List<FeelValue>();
        var open = new Stack<FeelValue>();
        open.Push(arguments[0]);
        while (open.TryPop(out var next))
        {
            if (!run.Step() || flat.Count >= run.Budget.ListLength)
                return run.Fail("budget_list", "The flat list would be too long.");
            if (next.Kind != FeelKind.List)
            {
                flat.Add(next);
                continue;
            }
            if (open.Count + (long)next.AsList().Count > run.Budget.ListLength)
                return run.Fail("budget_list", "The flat list would be too long.");
            for (var i = next.AsList().Count - 1; i >= 0; i--)
                open.Push(next.AsList()[i]);
        }
        return FeelValue.Of((IReadOnlyList<FeelValue>)flat);
    }

    /// <summary>A merge sort, so that equal elements keep their order and a function that contradicts itself still ends.</summary>
    private static FeelValue Sort(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var precedes = arguments.Length > 1 ? arguments[1].Reference as FeelFunction : null;
        if (arguments[0].IsNull || (arguments.Length > 1 && (precedes is null || arguments[1].Kind != FeelKind.Function || precedes.Parameters.Count != 2)))
            return BuiltIns.Wrong(run, "sort", arguments);
        var list = FeelRuntime.AsList(arguments[0]).ToArray();
        if (precedes is null && list.Any(element => FeelOperators.Compare(list[0], element) is null))
            return BuiltIns.Wrong(run, "sort", arguments);
        if (!BuiltIns.MayMake(run, list.Length))
            return default;
        var (from, to) = (list, new FeelValue[list.Length]);
        for (var width = 1; width < list.Length; width *= 2)
        {
            for (var begin = 0; begin < list.Length; begin += 2 * width)
            {
                var (left, middle, end) = (begin, Math.Min(begin + width, list.Length), Math.Min(begin + (2 * width), list.Length));
                var right = middle;
                for (var i = begin; i < end; i++)
                {
                    if (!run.Step())
                        return default;
                    var takesRight = left >= middle;
                    if (left < middle && right < end)
                    {
                        var before = precedes is null ? FeelValue.Of(FeelOperators.Compare(from[right], from[left]) < 0) : precedes.Call(run, from[right], from[left]);
                        // Of elements that it does not know to compare the function may say null; what is no answer at all is an error.
                        if (before.Kind is not (FeelKind.Boolean or FeelKind.Null) || run.StepsLeft < 0)
                            return BuiltIns.Wrong(run, "sort", arguments);
                        takesRight = before.IsTrue;
                    }
                    to[i] = takesRight ? from[right++] : from[left++];
                }
            }
            (from, to) = (to, from);
        }
        return FeelValue.Of((IReadOnlyList<FeelValue>)from);
    }
}
