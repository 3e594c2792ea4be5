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
        if (value.IsNull)
            return type == FeelType.Null;
        switch (type)
        {
            case SimpleType simple:
                return simple.Kind is null || simple.Kind == value.Kind;
            case ListType list:
                return value.Kind == FeelKind.List && (IsAny(list.Element) || value.AsList().All(element => element.IsNull ? list.Element == FeelType.Null || IsAny(list.Element) : InstanceOf(element, list.Element)));
            case RangeType range:
                return value.Reference is FeelRange ends && (IsAny(range.Endpoint) || (EndFits(ends.Low, range.Endpoint) && EndFits(ends.High, range.Endpoint)));
            case RowType row:
                return value.Kind == FeelKind.Context && row.Shape.Fields.All(part => value.AsContext().TryGet(part.Name, out var entry) && (IsAny(part.Type) || entry.IsNull || InstanceOf(entry, part.Type)));
            case FunctionType function:
                return value.Reference is FeelFunction called && value.Kind == FeelKind.Function && FunctionFits(called, function);
            default:
                return false;
        }
    }

    private static bool EndFits(FeelValue end, FeelType type) => end.IsNull || InstanceOf(end, type);

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
        if (Fits(value, type))
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

    private static bool Fits(FeelValue value, FeelType type) => value.IsNull || type switch
    {
        ListType list => value.Kind == FeelKind.List && (IsAny(list.Element) || value.AsList().All(element => Fits(element, list.Element))),
        RowType row => value.Kind == FeelKind.Context && ((value.Reference is FeelRow known && ReferenceEquals(known.Shape, row.Shape))
            || row.Shape.Fields.All(part => !value.AsContext().TryGet(part.Name, out var entry) || IsAny(part.Type) || Fits(entry, part.Type))),
        _ => InstanceOf(value, type),
    };

    private static FeelValue Misfit(FeelRun run, FeelValue value, FeelType type) =>
        run.Fail("wrong_type", $"{FeelRuntime.Describe(value)} is no {type}.");
}
