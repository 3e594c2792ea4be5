namespace Switchboard.Rules.Feel.Functions;

/// <summary>How points and ranges lie to each other (DMN 1.5 §10.3.4.12), and ranges from texts.</summary>
internal static class RangeFunctions
{
    public static readonly BuiltInFunction[] All =
    [
        Relation("before", Before, hasPoints: true),
        Relation("after", (a, b) => Before(b, a), hasPoints: true),
        Ranges("meets", (a, b) => a.HighIncluded && b.LowIncluded && Order(a.High, b.Low) == 0),
        Ranges("met by", (a, b) => b.HighIncluded && a.LowIncluded && Order(b.High, a.Low) == 0),
        Ranges("overlaps", (a, b) => Reaches(a, b) && Reaches(b, a)),
        Ranges("overlaps before", OverlapsBefore),
        Ranges("overlaps after", (a, b) => OverlapsBefore(b, a)),
        PointFirst("finishes", (a, b) => a.IsPoint ? b.HighIncluded && Order(b.High, a.High) == 0 : EndsAlike(a, b) && BeginsLater(a, b)),
        RangeFirst("finished by", (a, b) => b.IsPoint ? a.HighIncluded && Order(a.High, b.High) == 0 : EndsAlike(a, b) && BeginsLater(b, a)),
        RangeFirst("includes", Includes),
        PointFirst("during", (a, b) => Includes(b, a)),
        PointFirst("starts", (a, b) => a.IsPoint ? b.LowIncluded && Order(b.Low, a.Low) == 0 : BeginsAlike(a, b) && EndsEarlier(a, b)),
        RangeFirst("started by", (a, b) => b.IsPoint ? a.LowIncluded && Order(a.Low, b.Low) == 0 : BeginsAlike(a, b) && EndsEarlier(b, a)),
        Alike("coincides", (a, b) => BeginsAlike(a, b) && EndsAlike(a, b)),
        BuiltIns.Define("range", new RangeType(FeelType.Any), new Overload(["from"], Range)),
    ];

    /// <summary>A range, or a point as a range of its own.</summary>
    private readonly record struct Span(FeelValue Low, bool LowIncluded, FeelValue High, bool HighIncluded, bool IsPoint);

    private static BuiltInFunction Relation(string name, Func<Span, Span, bool> holds, bool hasPoints) => Define(
        name, holds, (a, b) => hasPoints || (!a.IsPoint && !b.IsPoint),
        [["point1", "point2"], ["point", "range"], ["range", "point"], ["range1", "range2"]]);

    private static BuiltInFunction Ranges(string name, Func<Span, Span, bool> holds) => Define(name, holds, (a, b) => !a.IsPoint && !b.IsPoint, [["range1", "range2"]]);

    private static BuiltInFunction PointFirst(string name, Func<Span, Span, bool> holds) =>
        Define(name, holds, (_, b) => !b.IsPoint, [["point", "range"], ["range1", "range2"]]);

    private static BuiltInFunction RangeFirst(string name, Func<Span, Span, bool> holds) =>
        Define(name, holds, (a, _) => !a.IsPoint, [["range", "point"], ["range1", "range2"]]);

    private static BuiltInFunction Alike(string name, Func<Span, Span, bool> holds) =>
        Define(name, holds, (a, b) => a.IsPoint == b.IsPoint, [["point1", "point2"], ["range1", "range2"]]);

    private static BuiltInFunction Define(string name, Func<Span, Span, bool> holds, Func<Span, Span, bool> fits, string[][] parameters)
    {
        FeelValue Body(FeelRun run, ReadOnlySpan<FeelValue> arguments)
        {
            if (Of(arguments[0]) is not { } first || Of(arguments[1]) is not { } second || !fits(first, second) || !AreComparable(first, second))
                return BuiltIns.Wrong(run, name, arguments);
            return FeelValue.Of(holds(first, second));
        }
        return BuiltIns.Define(name, FeelType.Boolean, [.. parameters.Select(names => new Overload(names, Body))]);
    }

    private static Span? Of(FeelValue value) => value.Reference is FeelRange range
        ? range.Excluded is null ? new Span(range.Low, range.LowIncluded, range.High, range.HighIncluded, false) : null
        : FeelOperators.Compare(value, value) is null ? null : new Span(value, true, value, true, true);

    private static bool AreComparable(Span first, Span second) =>
        FeelOperators.Compare(first.Low, second.Low) is not null && FeelOperators.Compare(first.High, second.High) is not null && FeelOperators.Compare(first.Low, second.High) is not null;

    private static int Order(FeelValue left, FeelValue right) => FeelOperators.Compare(left, right) ?? 0;

    private static bool Before(Span a, Span b) => Order(a.High, b.Low) is var order && (order < 0 || (order == 0 && (!a.HighIncluded || !b.LowIncluded)));

    /// <summary>Whether the first goes on until the second begins.</summary>
    private static bool Reaches(Span a, Span b) => Order(a.High, b.Low) is var order && (order > 0 || (order == 0 && a.HighIncluded && b.LowIncluded));

    private static bool OverlapsBefore(Span a, Span b) =>
        Order(a.Low, b.Low) is var low && (low < 0 || (low == 0 && a.LowIncluded && !b.LowIncluded)) && Reaches(a, b)
        && Order(a.High, b.High) is var high && (high < 0 || (high == 0 && (!a.HighIncluded || b.HighIncluded)));

    private static bool BeginsAlike(Span a, Span b) => Order(a.Low, b.Low) == 0 && a.LowIncluded == b.LowIncluded;

    private static bool EndsAlike(Span a, Span b) => Order(a.High, b.High) == 0 && a.HighIncluded == b.HighIncluded;

    private static bool BeginsLater(Span a, Span b) => Order(a.Low, b.Low) is var order && (order > 0 || (order == 0 && (!a.LowIncluded || b.LowIncluded)));

    private static bool EndsEarlier(Span a, Span b) => Order(a.High, b.High) is var order && (order < 0 || (order == 0 && (!a.HighIncluded || b.HighIncluded)));

    private static bool Includes(Span a, Span b) => b.IsPoint
        ? Order(a.Low, b.Low) is var low && (low < 0 || (low == 0 && a.LowIncluded)) && Order(a.High, b.High) is var high && (high > 0 || (high == 0 && a.HighIncluded))
        : BeginsLater(b, a) && EndsEarlier(b, a);

    /// <summary>A range whose ends are written out in a text; open ones are none (DMN 1.5 §10.3.4.1).</summary>
    private static FeelValue Range(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].Reference is not string text || text.Length > 200)
            return BuiltIns.Wrong(run, "range", arguments);
        var expression = FeelExpression.Parse(text, FeelScope.Empty);
        if (expression.Syntax is not RangeSyntax range || !IsWrittenOut(range.Low) || !IsWrittenOut(range.High))
            return BuiltIns.Wrong(run, "range", arguments);
        var value = expression.Evaluate([], run);
        return value.Reference is FeelRange { Low.IsNull: false, High.IsNull: false } ends && Order(ends.Low, ends.High) <= 0 ? value : BuiltIns.Wrong(run, "range", arguments);
    }

    private static bool IsWrittenOut(FeelSyntax end) => end is LiteralSyntax or NegateSyntax { Operand: LiteralSyntax }
        || end is CallSyntax { Function: NameSyntax { Name: "date" or "time" or "date and time" or "duration" } } call && call.Arguments.All(argument => argument.Value is LiteralSyntax);
}
