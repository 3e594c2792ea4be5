namespace Switchboard.Rules.Feel.Values;

/// <summary>
/// The operators of FEEL over values (DMN 1.5 §10.3.2). What does not fit gives null and a diagnostic. Arithmetic is in
/// <c>FeelOperators.Arithmetic.cs</c>, comparison in <c>FeelOperators.Comparison.cs</c>.
/// </summary>
public static partial class FeelOperators
{
    /// <summary>Three-valued: false where either is, even beside something that is no boolean.</summary>
    public static FeelValue And(FeelValue left, FeelValue right) =>
        left.IsFalse || right.IsFalse ? FeelValue.Of(false) : left.IsTrue && right.IsTrue ? left : default;

    /// <summary>Three-valued: true where either is.</summary>
    public static FeelValue Or(FeelValue left, FeelValue right) =>
        left.IsTrue || right.IsTrue ? FeelValue.Of(true) : left.IsFalse && right.IsFalse ? left : default;

    /// <summary>Null of what is no boolean.</summary>
    public static FeelValue Not(FeelValue value) => value.Kind == FeelKind.Boolean ? FeelValue.Of(value.IsFalse) : default;

    /// <summary>What the type of a value is called.</summary>
    public static string TypeName(FeelValue value) => value.Kind switch
    {
        FeelKind.Null => "null",
        FeelKind.Boolean => "boolean",
        FeelKind.Number => "number",
        FeelKind.String => "string",
        FeelKind.Date => "date",
        FeelKind.Time => "time",
        FeelKind.DateTime => "date and time",
        FeelKind.DaysDuration => "days and time duration",
        FeelKind.MonthsDuration => "years and months duration",
        FeelKind.List => "list",
        FeelKind.Context => "context",
        FeelKind.Range => "range",
        _ => "function",
    };

    /// <summary>Whether a value is of a type. Null is only of Null; contexts and functions are compared by their parts.</summary>
    public static bool InstanceOf(FeelValue value, FeelType type)
    {
        var walk = new Walk();
        return InstanceOf(value, type, ref walk) && !walk.IsStopped;
    }

    /// <summary>The same within the budget of a run; null where that ends.</summary>
    internal static FeelValue InstanceOf(FeelRun run, FeelValue value, FeelType type)
    {
        var walk = Walk.Of(run);
        var isInstance = InstanceOf(value, type, ref walk);
        return walk.Pay(run) ? FeelValue.Of(isInstance) : default;
    }

    private static bool InstanceOf(FeelValue value, FeelType type, ref Walk walk)
    {
        if (!walk.Count())
            return false;
        if (value.IsNull)
            return type == FeelType.Null;
        switch (type)
        {
            case SimpleType simple:
                return simple.Kind is null || simple.Kind == value.Kind;
            case ListType list:
                return value.Kind == FeelKind.List && (IsAny(list.Element) || AreInstances(value.AsList(), list.Element, ref walk));
            case RangeType range:
                return value.Reference is FeelRange ends && (IsAny(range.Endpoint) || (EndFits(ends.Low, range.Endpoint, ref walk) && EndFits(ends.High, range.Endpoint, ref walk)));
            case RowType row:
                return value.Kind == FeelKind.Context && HasParts(value.AsContext(), row.Shape, ref walk);
            case FunctionType function:
                return value.Reference is FeelFunction called && value.Kind == FeelKind.Function && FunctionFits(called, function);
            default:
                return false;
        }
    }

    private static bool AreInstances(IReadOnlyList<FeelValue> elements, FeelType type, ref Walk walk)
    {
        foreach (var element in elements)
        {
            if (!InstanceOf(element, type, ref walk))
                return false;
        }
        return true;
    }

    private static bool HasParts(FeelContext context, RowShape shape, ref Walk walk)
    {
        foreach (var part in shape.Fields)
        {
            if (!context.TryGet(part.Name, out var entry) || (!IsAny(part.Type) && !entry.IsNull && !InstanceOf(entry, part.Type, ref walk)))
                return false;
        }
        return true;
    }

    private static bool EndFits(FeelValue end, FeelType type, ref Walk walk) => end.IsNull || InstanceOf(end, type, ref walk);

    private static bool IsAny(FeelType type) => type is SimpleType { Kind: null };

    private static bool FunctionFits(FeelFunction function, FunctionType type)
    {
        if (function.Parameters.Count != type.Parameters.Count)
            return false;
        // Parameters are contravariant: the function must take whatever the type says is passed.
        return function is not ClosureFunction closure || closure.Types.Zip(type.Parameters).All(pair => IsAny(pair.First) || pair.First == pair.Second || IsAny(pair.Second));
    }

    /// <summary>
    /// A value as it passes a typed boundary (DMN 1.5 §10.3.2.9.4): a list of one becomes its element where no list is wanted, a
    /// single value a list where one is, a date a date and time. What does not fit is null.
    /// </summary>
    public static FeelValue Conform(FeelRun run, FeelValue value, FeelType type)
    {
        if (value.IsNull || IsAny(type))
            return value;
        if (type is SimpleType simple ? simple.Kind == value.Kind : Fits(run, value, type))
            return value;
        if (type is ListType list)
        {
            if (value.Kind == FeelKind.List)
                return Misfit(run, value, type);
            var element = Conform(run, value, list.Element);
            return element.IsNull ? default : FeelValue.ListOf(element);
        }
        if (value.Kind == FeelKind.List && value.AsList() is [{ Kind: not FeelKind.List } single])
            return Conform(run, single, type);
        if (value.Kind == FeelKind.Date && type == FeelType.DateTime)
            return FeelValue.Of(new FeelDateTime((FeelDate)value.Reference!, 0, FeelZone.Utc));
        return Misfit(run, value, type);
    }

    /// <summary>
    /// A list or a context that is small enough to be given out, written out in full; else null. What holds one part many times
    /// is as large as what is written, not as what is in memory.
    /// </summary>
    public static FeelValue Bounded(FeelRun run, FeelValue value)
    {
        if (value.Kind is not (FeelKind.List or FeelKind.Context))
            return value;
        var walk = new Walk(10L * run.Budget.ListLength, run.Budget.Nesting);
        Through(value, ref walk);
        return walk.Pay(run) ? value : default;
    }

    private static void Through(FeelValue value, ref Walk walk)
    {
        if (value.Kind is not (FeelKind.List or FeelKind.Context))
        {
            walk.Count(1 + (value.Reference is string text ? text.Length / 16 : value.Reference is BigDecimal big ? Math.Abs(big.Exponent) / 16 : 0));
            return;
        }
        if (!walk.Enter())
            return;
        if (value.Kind == FeelKind.List)
        {
            foreach (var element in value.AsList())
            {
                Through(element, ref walk);
                if (walk.IsStopped)
                    return;
            }
        }
        else
        {
            foreach (var (_, entry) in value.AsContext().Entries)
            {
                Through(entry, ref walk);
                if (walk.IsStopped)
                    return;
            }
        }
        walk.Leave();
    }

    private static bool Fits(FeelRun run, FeelValue value, FeelType type)
    {
        var walk = Walk.Of(run);
        var fits = Fits(value, type, ref walk);
        return walk.Pay(run) && fits;
    }

    private static bool Fits(FeelValue value, FeelType type, ref Walk walk)
    {
        if (value.IsNull)
            return true;
        switch (type)
        {
            case ListType list:
                if (value.Kind != FeelKind.List || IsAny(list.Element))
                    return value.Kind == FeelKind.List;
                foreach (var element in value.AsList())
                {
                    if (!walk.Count() || !Fits(element, list.Element, ref walk))
                        return false;
                }
                return true;
            case RowType row:
                if (value.Kind != FeelKind.Context || (value.Reference is FeelRow known && ReferenceEquals(known.Shape, row.Shape)))
                    return value.Kind == FeelKind.Context;
                foreach (var part in row.Shape.Fields)
                {
                    if (value.AsContext().TryGet(part.Name, out var entry) && !IsAny(part.Type) && (!walk.Count() || !Fits(entry, part.Type, ref walk)))
                        return false;
                }
                return true;
            default:
                return InstanceOf(value, type, ref walk);
        }
    }

    private static FeelValue Misfit(FeelRun run, FeelValue value, FeelType type) =>
        run.Fail("wrong_type", $"{FeelRuntime.Describe(value)} is no {type}.");
}
