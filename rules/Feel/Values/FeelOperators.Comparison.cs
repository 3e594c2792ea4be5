namespace Switchboard.Rules.Feel.Values;

public static partial class FeelOperators
{
    /// <summary>=: null is equal to null alone; values of different kinds give null.</summary>
    public static FeelValue Equal(FeelRun run, FeelValue left, FeelValue right)
    {
        if (left.IsShortNumber && right.IsShortNumber)
            return FeelValue.Of(left.Short == right.Short);
        if (left.Kind == FeelKind.String && right.Kind == FeelKind.String)
            return FeelValue.Of(string.Equals((string)left.Reference!, (string)right.Reference!, StringComparison.Ordinal));
        return AreEqual(run, left, right) is { } known ? FeelValue.Of(known)
            : run.Fail("not_comparable", $"{FeelRuntime.Describe(left)} and {FeelRuntime.Describe(right)} cannot be compared.");
    }

    /// <summary>!=</summary>
    public static FeelValue NotEqual(FeelRun run, FeelValue left, FeelValue right) => Not(Equal(run, left, right));

    /// <summary>&lt;</summary>
    public static FeelValue Less(FeelRun run, FeelValue left, FeelValue right) =>
        left.IsShortNumber && right.IsShortNumber ? FeelValue.Of(left.Short < right.Short) : Ordered(run, left, right) is { } order ? FeelValue.Of(order < 0) : default;

    /// <summary>&lt;=</summary>
    public static FeelValue LessOrEqual(FeelRun run, FeelValue left, FeelValue right) =>
        left.IsShortNumber && right.IsShortNumber ? FeelValue.Of(left.Short <= right.Short) : Ordered(run, left, right) is { } order ? FeelValue.Of(order <= 0) : default;

    /// <summary>&gt;</summary>
    public static FeelValue Greater(FeelRun run, FeelValue left, FeelValue right) =>
        left.IsShortNumber && right.IsShortNumber ? FeelValue.Of(left.Short > right.Short) : Ordered(run, left, right) is { } order ? FeelValue.Of(order > 0) : default;

    /// <summary>&gt;=</summary>
    public static FeelValue GreaterOrEqual(FeelRun run, FeelValue left, FeelValue right) =>
        left.IsShortNumber && right.IsShortNumber ? FeelValue.Of(left.Short >= right.Short) : Ordered(run, left, right) is { } order ? FeelValue.Of(order >= 0) : default;

    /// <summary>between … and …, both ends included.</summary>
    public static FeelValue Between(FeelRun run, FeelValue value, FeelValue low, FeelValue high) =>
        And(GreaterOrEqual(run, value, low), LessOrEqual(run, value, high));

    /// <summary>in: equal to the test, or contained in it, if that is a range or a list (whose elements may be tests again).</summary>
    public static FeelValue In(FeelRun run, FeelValue value, FeelValue test)
    {
        switch (test.Kind)
        {
            case FeelKind.Range:
                return value.Reference is FeelRange ? FeelValue.Of(AreEqual(value, test)) : ((FeelRange)test.Reference!).Contains(run, value);
            case FeelKind.List:
                if (value.Kind == FeelKind.List && AreEqual(run, value, test) == true)
                    return FeelValue.Of(true);
                var any = FeelValue.Of(false);
                foreach (var element in test.AsList())
                {
                    if (!run.Step())
                        return default;
                    if (element.Kind is FeelKind.Range)
                        any = Or(any, In(run, value, element));
                    else
                        any = Or(any, FeelValue.Of(AreEqual(run, value, element) ?? false));
                    if (any.IsTrue)
                        break;
                }
                return any;
            default:
                return Equal(run, value, test);
        }
    }

    /// <summary>
    /// Whether two values are equal; null where they are of different kinds, null excepted, and where lists or contexts are too
    /// large or too deep to be compared (<see cref="FeelBudget.Default"/>).
    /// </summary>
    public static bool? AreEqual(FeelValue left, FeelValue right)
    {
        if (left.Kind is not (FeelKind.List or FeelKind.Context))
            return AreSameScalars(left, right);
        var walk = new Walk();
        var equal = AreEqual(left, right, ref walk);
        return walk.IsStopped ? null : equal;
    }

    /// <summary>The same within the budget of a run, which pays for what is compared.</summary>
    public static bool? AreEqual(FeelRun run, FeelValue left, FeelValue right)
    {
        if (left.Kind is not (FeelKind.List or FeelKind.Context))
            return AreSameScalars(left, right);
        var walk = Walk.Of(run);
        var equal = AreEqual(left, right, ref walk);
        return walk.Pay(run) ? equal : null;
    }

    private static bool? AreEqual(FeelValue left, FeelValue right, ref Walk walk)
    {
        if (left.Kind is not (FeelKind.List or FeelKind.Context))
            return walk.Count(1 + TextWeight(left)) ? AreSameScalars(left, right) : null;
        if (right.Kind != left.Kind)
            return right.IsNull ? false : null;
        // A value is equal to itself, whatever it holds.
        if (ReferenceEquals(left.Reference, right.Reference))
            return true;
        if (!walk.Enter())
            return null;
        var equal = left.Kind == FeelKind.List ? Lists(left.AsList(), right.AsList(), ref walk) : Contexts(left.AsContext(), right.AsContext(), ref walk);
        walk.Leave();
        return equal;
    }

    private static int TextWeight(FeelValue value) => value.Reference is string text ? text.Length / 64 : 0;

    private static bool? AreSameScalars(FeelValue left, FeelValue right)
    {
        if (left.IsNull || right.IsNull)
            return left.IsNull && right.IsNull;
        if (left.Kind != right.Kind)
            return null;
        switch (left.Kind)
        {
            case FeelKind.Boolean:
                return left.IsTrue == right.IsTrue;
            case FeelKind.String:
                return string.Equals((string)left.Reference!, (string)right.Reference!, StringComparison.Ordinal);
            case FeelKind.Range:
                var (a, b) = ((FeelRange)left.Reference!, (FeelRange)right.Reference!);
                return a.LowIncluded == b.LowIncluded && a.HighIncluded == b.HighIncluded && a.IsUnary == b.IsUnary
                    && AreEqual(a.Low, b.Low) == true && AreEqual(a.High, b.High) == true
                    && (a.Excluded is null == b.Excluded is null) && (a.Excluded is not { } one || AreEqual(one, b.Excluded!.Value) == true);
            case FeelKind.Function:
                return ReferenceEquals(left.Reference, right.Reference);
            case FeelKind.Time:
                var (first, second) = ((FeelTime)left.Reference!, (FeelTime)right.Reference!);
                if (first.Zone.IsNone != second.Zone.IsNone)
                    return null;
                // Equality looks at whole seconds, of date and times too (DMN 1.5 Table 42); order looks at all.
                return Seconds(first.UtcNanoseconds) == Seconds(second.UtcNanoseconds);
            case FeelKind.DateTime:
                var (moment, next) = ((FeelDateTime)left.Reference!, (FeelDateTime)right.Reference!);
                return moment.Zone.IsNone != next.Zone.IsNone ? null : Seconds(moment.Instant) == Seconds(next.Instant);
            default:
                return Compare(left, right) is { } order ? order == 0 : null;
        }
    }

    /// <summary>The order of two values of one ordered kind: below 0, 0 or above; null where they have none.</summary>
    public static int? Compare(FeelValue left, FeelValue right)
    {
        if (left.Kind != right.Kind)
            return null;
        switch (left.Kind)
        {
            case FeelKind.Number:
                return left.Reference is null && right.Reference is null ? left.Short.CompareTo(right.Short) : left.AsBigNumber().CompareTo(right.AsBigNumber());
            case FeelKind.String:
                return CodePoints((string)left.Reference!, (string)right.Reference!);
            case FeelKind.Date:
                return ((FeelDate)left.Reference!).CompareTo((FeelDate)right.Reference!);
            case FeelKind.DaysDuration:
                return ((DaysDuration)left.Reference!).CompareTo((DaysDuration)right.Reference!);
            case FeelKind.MonthsDuration:
                return ((MonthsDuration)left.Reference!).CompareTo((MonthsDuration)right.Reference!);
            case FeelKind.Time:
                var (time, other) = ((FeelTime)left.Reference!, (FeelTime)right.Reference!);
                return time.Zone.IsNone != other.Zone.IsNone ? null : time.UtcNanoseconds.CompareTo(other.UtcNanoseconds);
            case FeelKind.DateTime:
                var (moment, next) = ((FeelDateTime)left.Reference!, (FeelDateTime)right.Reference!);
                return moment.Zone.IsNone != next.Zone.IsNone ? null : moment.Instant.CompareTo(next.Instant);
            default:
                return null;
        }
    }

    /// <summary>is(): equal also in how they are told.</summary>
    public static bool Is(FeelValue left, FeelValue right) => left.Kind == right.Kind && left.Kind switch
    {
        FeelKind.Time => IsTime((FeelTime)left.Reference!, (FeelTime)right.Reference!),
        FeelKind.DateTime => left.Reference is FeelDateTime a && right.Reference is FeelDateTime b && a.Date == b.Date && IsTime(a.Time, b.Time),
        _ => AreEqual(left, right) == true,
    };

    private static bool IsTime(FeelTime left, FeelTime right) => left.Nanoseconds == right.Nanoseconds && left.Zone == right.Zone;

    internal static Int128 Seconds(Int128 nanoseconds) => (nanoseconds - ((nanoseconds % FeelTime.Second + FeelTime.Second) % FeelTime.Second)) / FeelTime.Second;

    private static int? Ordered(FeelRun run, FeelValue left, FeelValue right)
    {
        if (Compare(left, right) is { } order)
            return order;
        run.Fail(left.IsNull || right.IsNull ? "null_operand" : "not_comparable", $"{FeelRuntime.Describe(left)} and {FeelRuntime.Describe(right)} have no order.");
        return null;
    }

    private static bool? Lists(IReadOnlyList<FeelValue> left, IReadOnlyList<FeelValue> right, ref Walk walk)
    {
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (AreEqual(left[i], right[i], ref walk) is not true and var equal)
                return equal ?? false;
        }
        return true;
    }

    private static bool? Contexts(FeelContext left, FeelContext right, ref Walk walk)
    {
        if (left.Count != right.Count)
            return false;
        foreach (var (name, value) in left.Entries)
        {
            if (!right.TryGet(name, out var other) || AreEqual(value, other, ref walk) is not true)
                return false;
        }
        return true;
    }

    /// <summary>By code point; UTF-16 units above the surrogates would come before those that stand for higher characters.</summary>
    private static int CodePoints(string left, string right)
    {
        var length = Math.Min(left.Length, right.Length);
        for (var i = 0; i < length; i++)
        {
            if (left[i] == right[i])
                continue;
            var (a, b) = (char.IsSurrogate(left[i]), char.IsSurrogate(right[i]));
            return a == b ? left[i].CompareTo(right[i]) : a ? 1 : -1;
        }
        return left.Length.CompareTo(right.Length);
    }
}
