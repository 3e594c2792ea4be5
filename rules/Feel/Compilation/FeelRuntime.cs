namespace Switchboard.Rules.Feel.Compilation;

/// <summary>What emitted code calls for everything but operators.</summary>
internal static class FeelRuntime
{
    /// <summary>A method, since a member of a struct cannot be read off an expression that loops.</summary>
    public static bool IsTrue(FeelValue value) => value.IsTrue;

    // ---- lists -------------------------------------------------------------------------------------------------------

    public static FeelValue List(FeelValue[] elements) => FeelValue.Of((IReadOnlyList<FeelValue>)elements);

    public static FeelValue Made(List<FeelValue> elements) => FeelValue.Of((IReadOnlyList<FeelValue>)elements);

    /// <summary>A list as it is, anything else as a list of one, null as none.</summary>
    public static IReadOnlyList<FeelValue> AsList(FeelValue value) => value.Kind switch
    {
        FeelKind.List => (IReadOnlyList<FeelValue>)value.Reference!,
        FeelKind.Null => [],
        _ => [value],
    };

    public static FeelValue Item(IReadOnlyList<FeelValue> list, int index) => list is FeelValue[] array ? array[index] : list[index];

    public static FeelValue ItemOrNull(IReadOnlyList<FeelValue> list, int index) => index < list.Count ? Item(list, index) : default;

    public static List<FeelValue> Keep(List<FeelValue>? kept, FeelValue element)
    {
        kept ??= [];
        kept.Add(element);
        return kept;
    }

    public static FeelValue Kept(FeelRun run, List<FeelValue>? kept) => run.StepsLeft < 0 ? default : FeelValue.Of((IReadOnlyList<FeelValue>?)kept ?? []);

    public static FeelValue Partial(List<FeelValue> results) => FeelValue.Of((IReadOnlyList<FeelValue>)new SoFar(results, results.Count));

    public static bool AddTo(FeelRun run, List<FeelValue> results, FeelValue added)
    {
        if (results.Count >= run.Budget.ListLength)
        {
            run.Fail("budget_list", $"A list of more than {run.Budget.ListLength} elements is not made.");
            return false;
        }
        results.Add(added);
        return true;
    }

    public static FeelValue ElementAt(FeelRun run, FeelValue source, FeelValue index, TextSpan span) => ElementOf(run, AsList(source), index, span);

    /// <summary>From 1; from the end where negative (DMN 1.5 §10.3.2.5).</summary>
    public static FeelValue ElementOf(FeelRun run, IReadOnlyList<FeelValue> list, FeelValue index, TextSpan span)
    {
        if (index.TryGetInteger(out var position) && position != 0 && Math.Abs(position) <= list.Count)
            return list[(int)(position > 0 ? position - 1 : list.Count + position)];
        return run.Fail("no_such_element", $"There is no element {index} in a list of {list.Count}.", span);
    }

    // ---- iteration ---------------------------------------------------------------------------------------------------

    /// <summary>What for goes over; null if it cannot.</summary>
    public static IReadOnlyList<FeelValue>? Iterable(FeelRun run, FeelValue source, TextSpan span)
    {
        switch (source.Kind)
        {
            case FeelKind.List:
                return (IReadOnlyList<FeelValue>)source.Reference!;
            case FeelKind.Range:
                var range = (FeelRange)source.Reference!;
                if (range.Low.Kind is not (FeelKind.Number or FeelKind.Date) || range.High.Kind != range.Low.Kind)
                    break;
                var low = range.LowIncluded ? range.Low : FeelOperators.Add(run, range.Low, One(range.Low));
                var high = range.HighIncluded ? range.High : FeelOperators.Subtract(run, range.High, One(range.High));
                if (FeelOperators.Compare(range.Low, range.High) > 0)
                    break;
                // Without its ends a short range may hold nothing.
                return FeelOperators.Compare(low, high) > 0 ? [] : Span(run, low, high, span);
            case FeelKind.Null:
                break;
            default:
                return [source];
        }
        run.Fail("not_iterable", $"{Describe(source)} cannot be gone through.", span);
        return null;
    }

    private const decimal Furthest = 1_000_000_000_000_000m;

    private static FeelValue One(FeelValue like) => like.Kind == FeelKind.Number ? FeelValue.Of(1m) : FeelValue.Of(DaysDuration.OfDays(1));

    /// <summary>From one number or date to another, up or down by one; null if that cannot be.</summary>
    public static IReadOnlyList<FeelValue>? Span(FeelRun run, FeelValue from, FeelValue to, TextSpan span)
    {
        if (from.Kind == FeelKind.Number && to.Kind == FeelKind.Number && from.Reference is null && to.Reference is null)
        {
            var (first, last) = (from.AsNumber(), to.AsNumber());
            if (Math.Abs(first) > Furthest || Math.Abs(last) > Furthest)
                return IsTooLong(run, Furthest, span) ? null : [];
            var count = decimal.Floor(Math.Abs(last - first)) + 1;
            return IsTooLong(run, count, span) ? null : new NumberSpan(first, last >= first ? 1 : -1, (int)count);
        }
        if (from.Kind == FeelKind.Date && to.Kind == FeelKind.Date)
        {
            var (first, last) = (((FeelDate)from.Reference!).DayNumber, ((FeelDate)to.Reference!).DayNumber);
            if (IsTooLong(run, Math.Abs(last - first) + 1, span))
                return null;
            var days = new FeelValue[Math.Abs(last - first) + 1];
            for (var i = 0; i < days.Length; i++)
                days[i] = FeelValue.Of(FeelDate.OfDayNumber(last >= first ? first + i : first - i));
            return days;
        }
        run.Fail("not_iterable", $"From {Describe(from)} to {Describe(to)} nothing can be gone through.", span);
        return null;
    }

    private static bool IsTooLong(FeelRun run, decimal count, TextSpan span)
    {
        if (count <= run.Budget.ListLength)
            return false;
        run.Fail("budget_list", $"{count} rounds are more than the {run.Budget.ListLength} that are allowed.", span);
        return true;
    }

    // ---- names and entries -------------------------------------------------------------------------------------------

    public static FeelValue Row(RowShape shape, FeelValue[] values) => FeelValue.Of(new FeelRow(shape, values));

    public static FeelValue EntryOr(FeelValue element, string name, FeelValue otherwise)
    {
        if (element.Kind == FeelKind.Context && ((FeelContext)element.Reference!).TryGet(name, out var value))
            return value;
        if (name == "item")
            return element;
        // Of an element that lacks the entry, the entry is null: a name from outside is meant only where there is one.
        return otherwise;
    }

    public static FeelValue FieldOfElement(FeelValue element, RowShape shape, int index)
    {
        if (element.Reference is FeelRow row && ReferenceEquals(row.Shape, shape))
            return row.Values[index];
        return element.Kind == FeelKind.Context && ((FeelContext)element.Reference!).TryGet(shape.Fields[index].Name, out var value) ? value : default;
    }

    public static FeelValue Field(FeelRun run, FeelValue source, RowShape shape, int index, string name) =>
        source.Reference is FeelRow row && ReferenceEquals(row.Shape, shape) ? row.Values[index] : Path(run, source, name, default);

    public static FeelValue Path(FeelRun run, FeelValue source, string name, TextSpan span)
    {
        switch (source.Kind)
        {
            case FeelKind.Context:
                return ((FeelContext)source.Reference!).TryGet(name, out var value) ? value : run.Fail("no_such_entry", $"There is no entry {name}.", span);
            case FeelKind.List:
                var list = (IReadOnlyList<FeelValue>)source.Reference!;
                var all = new FeelValue[list.Count];
                for (var i = 0; i < all.Length && run.Step(); i++)
                    all[i] = Path(run, list[i], name, span);
                return FeelValue.Of((IReadOnlyList<FeelValue>)all);
            case FeelKind.Null:
                return default;
            default:
                return FeelProperties.Find(source, name) ?? run.Fail("no_such_property", $"{Describe(source)} has no property {name}.", span);
        }
    }

    // ---- tests -------------------------------------------------------------------------------------------------------

    public static FeelValue SaysTrue(FeelRun run, FeelValue tested, FeelValue said) => said.Kind == FeelKind.Boolean ? said : Fits(run, tested, said);

    /// <summary>Whether a value fits what a cell holds: equal to it, or contained in it.</summary>
    public static FeelValue Fits(FeelRun run, FeelValue tested, FeelValue cell)
    {
        if (cell.IsNull || tested.IsNull)
            return FeelValue.Of(cell.IsNull && tested.IsNull);
        return cell.Kind is FeelKind.List or FeelKind.Range && tested.Kind != cell.Kind
            ? FeelOperators.In(run, tested, cell)
            : cell.Kind == FeelKind.List && FeelOperators.Equal(run, tested, cell) is { IsTrue: false } ? FeelOperators.In(run, tested, cell)
            : FeelOperators.Equal(run, tested, cell);
    }

    public static FeelValue InstanceOf(FeelRun run, FeelValue value, FeelType type) => FeelOperators.InstanceOf(run, value, type);

    public static FeelValue Range(FeelRun run, FeelValue low, bool lowIncluded, FeelValue high, bool highIncluded)
    {
        var kind = low.IsNull ? high.Kind : low.Kind;
        var isComparable = kind is FeelKind.Number or FeelKind.String or FeelKind.Date or FeelKind.Time or FeelKind.DateTime or FeelKind.DaysDuration or FeelKind.MonthsDuration;
        if (!isComparable || (!low.IsNull && !high.IsNull && low.Kind != high.Kind))
            return run.Fail("no_range", $"From {Describe(low)} to {Describe(high)} there is no range.");
        return FeelValue.Of(new FeelRange(low, lowIncluded, high, highIncluded));
    }

    public static FeelValue UnaryRange(FeelRun run, BinaryOperator comparison, FeelValue bound) => comparison switch
    {
        BinaryOperator.Less => FeelValue.Of(FeelRange.Unary(default, false, bound, false)),
        BinaryOperator.LessOrEqual => FeelValue.Of(FeelRange.Unary(default, false, bound, true)),
        BinaryOperator.Greater => FeelValue.Of(FeelRange.Unary(bound, false, default, false)),
        BinaryOperator.GreaterOrEqual => FeelValue.Of(FeelRange.Unary(bound, true, default, false)),
        BinaryOperator.Equal => FeelValue.Of(FeelRange.Unary(bound, true, bound, true)),
        BinaryOperator.NotEqual => FeelValue.Of(FeelRange.AllBut(bound)),
        _ => run.Fail("no_range", $"{comparison} makes no range."),
    };

    // ---- calls -------------------------------------------------------------------------------------------------------

    public static FeelValue CallBuiltIn(FeelRun run, BuiltInFunction function, FeelValue[] arguments, TextSpan span)
    {
        if (!run.Step())
            return default;
        var before = run.Diagnostics.Count;
        var value = function.Invoke(run, arguments);
        if (value.IsNull)
            run.Locate(before, span);
        return value;
    }

    public static FeelValue Call(FeelRun run, FeelValue function, FeelValue[] arguments, TextSpan span) =>
        function.Reference is FeelFunction called && function.Kind == FeelKind.Function
            ? Enter(run, called, span) ? Left(run, called.Invoke(run, arguments)) : default
            : run.Fail("no_function", $"{Describe(function)} cannot be called.", span);

    public static FeelValue CallNamed(FeelRun run, FeelValue function, string[] names, FeelValue[] arguments, TextSpan span) =>
        function.Reference is FeelFunction called && function.Kind == FeelKind.Function
            ? Enter(run, called, span) ? Left(run, called.InvokeNamed(run, names, arguments)) : default
            : run.Fail("no_function", $"{Describe(function)} cannot be called.", span);

    private static bool Enter(FeelRun run, FeelFunction called, TextSpan span)
    {
        if (!run.Step())
            return false;
        if (run.Depth >= run.Budget.Depth)
        {
            run.Fail("budget_depth", $"{called.Name} is called more than {run.Budget.Depth} levels deep.", span);
            return false;
        }
        run.Depth++;
        return true;
    }

    private static FeelValue Left(FeelRun run, FeelValue value)
    {
        run.Depth--;
        return value;
    }

    public static string Describe(FeelValue value)
    {
        return $"{FeelText.Short(value)} ({FeelOperators.TypeName(value)})";
    }

    /// <summary>The results until now. More are added behind, none is changed, so nothing has to be copied.</summary>
    private sealed class SoFar(List<FeelValue> results, int count) : IReadOnlyList<FeelValue>
    {
        public int Count => count;

        public FeelValue this[int index] => index < count ? results[index] : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<FeelValue> GetEnumerator()
        {
            for (var i = 0; i < count; i++)
                yield return results[i];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Consecutive whole steps from a number, without holding them.</summary>
    private sealed class NumberSpan(decimal first, int step, int count) : IReadOnlyList<FeelValue>
    {
        public int Count => count;

        public FeelValue this[int index] => FeelValue.Of(first + (step * index));

        public IEnumerator<FeelValue> GetEnumerator()
        {
            for (var i = 0; i < count; i++)
                yield return this[i];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
