using System.Numerics;

namespace Switchboard.Rules.Feel.Values;

public static partial class FeelOperators
{
    // Below this a sum of two decimals of few places cannot leave the range of decimal.
    private const decimal Safe = 39_000_000_000_000_000_000_000_000_000m;

    /// <summary>+ of numbers, texts, and times with durations.</summary>
    public static FeelValue Add(FeelRun run, FeelValue left, FeelValue right)
    {
        if (left.IsShortNumber && right.IsShortNumber)
        {
            var (a, b) = (left.Short, right.Short);
            if (Math.Abs(a) < Safe && Math.Abs(b) < Safe)
            {
                var sum = a + b;
                // Fewer places than the operands have means that digits were rounded away.
                if (sum.Scale == Math.Max(a.Scale, b.Scale))
                    return FeelValue.Of(sum);
            }
        }
        return SlowAdd(run, left, right);
    }

    /// <summary>- of numbers, times and durations.</summary>
    public static FeelValue Subtract(FeelRun run, FeelValue left, FeelValue right)
    {
        if (left.IsShortNumber && right.IsShortNumber)
        {
            var (a, b) = (left.Short, right.Short);
            if (Math.Abs(a) < Safe && Math.Abs(b) < Safe)
            {
                var difference = a - b;
                if (difference.Scale == Math.Max(a.Scale, b.Scale))
                    return FeelValue.Of(difference);
            }
        }
        return SlowSubtract(run, left, right);
    }

    /// <summary>* of numbers, and of a duration with a number.</summary>
    public static FeelValue Multiply(FeelRun run, FeelValue left, FeelValue right)
    {
        if (left.IsShortNumber && right.IsShortNumber)
        {
            var (a, b) = (left.Short, right.Short);
            if (Math.Abs(a) < 100_000_000_000_000m && Math.Abs(b) < 100_000_000_000_000m && a.Scale + b.Scale <= 28)
            {
                var product = a * b;
                if (product.Scale == a.Scale + b.Scale)
                    return FeelValue.Of(product);
            }
        }
        return SlowMultiply(run, left, right);
    }

    /// <summary>/ of numbers and durations.</summary>
    public static FeelValue Divide(FeelRun run, FeelValue left, FeelValue right)
    {
        if (left.IsShortNumber && right.IsShortNumber && right.Short != 0)
        {
            var (a, b) = (left.Short, right.Short);
            if (Math.Abs(a) < 100_000_000_000_000m && Math.Abs(b) >= 0.000_000_01m && Math.Abs(b) < 100_000_000_000_000m)
            {
                var quotient = a / b;
                var product = quotient * b;
                // A quotient is exact if it leads back, and no digit was rounded away on either way.
                if (product == a && product.Scale == quotient.Scale + b.Scale)
                    return FeelValue.Of(quotient);
            }
        }
        return SlowDivide(run, left, right);
    }

    /// <summary>** of numbers; whole powers are exact to 34 digits, others to 15.</summary>
    public static FeelValue Power(FeelRun run, FeelValue left, FeelValue right)
    {
        if (left.Kind != FeelKind.Number || right.Kind != FeelKind.Number)
            return NoOperation(run, "**", left, right);
        if (right.TryGetInteger(out var power))
        {
            if (left.IsShortNumber && power is >= 0 and <= 8 && Math.Abs(left.Short) < 3000m && left.Short.Scale * power <= 20)
            {
                var result = 1m;
                for (var i = 0; i < power; i++)
                    result *= left.Short;
                return FeelValue.Of(result);
            }
            return FeelValue.Of(WholePower(left.AsBigNumber(), power)) is { IsNull: false } exact ? exact : OutOfRange(run, "**");
        }
        return FeelValue.Of(left.AsBigNumber().Power(right.AsBigNumber())) is { IsNull: false } value ? value : OutOfRange(run, "**");
    }

    /// <summary>- before a number or a duration.</summary>
    public static FeelValue Negate(FeelRun run, FeelValue value) => value.Kind switch
    {
        FeelKind.Number when value.Reference is null => FeelValue.Of(-value.Short),
        FeelKind.Number => FeelValue.Of(value.AsBigNumber().Negate()),
        FeelKind.DaysDuration => FeelValue.Of(new DaysDuration(-((DaysDuration)value.Reference!).Nanoseconds)),
        FeelKind.MonthsDuration => FeelValue.Of(new MonthsDuration(-((MonthsDuration)value.Reference!).Months)),
        _ => value.IsNull ? run.Fail("null_operand", "- of null is null.") : run.Fail("wrong_operand", $"There is no - of {FeelRuntime.Describe(value)}."),
    };

    private static FeelValue SlowAdd(FeelRun run, FeelValue left, FeelValue right)
    {
        switch (left.Kind, right.Kind)
        {
            case (FeelKind.Number, FeelKind.Number):
                return Number(run, "+", BigDecimal.Add(left.AsBigNumber(), right.AsBigNumber()));
            case (FeelKind.String, FeelKind.String):
                var (first, second) = (left.AsString(), right.AsString());
                return BuiltIns.MayWrite(run, first.Length + (long)second.Length) ? FeelValue.Of(first + second) : default;
            case (FeelKind.DaysDuration, FeelKind.DaysDuration):
                return Duration(run, DaysDuration.Of(Days(left) + Days(right)));
            case (FeelKind.MonthsDuration, FeelKind.MonthsDuration):
                return Duration(run, MonthsDuration.Of((Int128)Months(left) + Months(right)));
            case (FeelKind.Date or FeelKind.DateTime or FeelKind.Time, FeelKind.DaysDuration):
                return Later(run, left, Days(right));
            case (FeelKind.DaysDuration, FeelKind.Date or FeelKind.DateTime or FeelKind.Time):
                return Later(run, right, Days(left));
            case (FeelKind.Date or FeelKind.DateTime, FeelKind.MonthsDuration):
                return MonthsLater(run, left, Months(right));
            case (FeelKind.MonthsDuration, FeelKind.Date or FeelKind.DateTime):
                return MonthsLater(run, right, Months(left));
            default:
                return NoOperation(run, "+", left, right);
        }
    }

    private static FeelValue SlowSubtract(FeelRun run, FeelValue left, FeelValue right)
    {
        switch (left.Kind, right.Kind)
        {
            case (FeelKind.Number, FeelKind.Number):
                return Number(run, "-", BigDecimal.Add(left.AsBigNumber(), right.AsBigNumber().Negate()));
            case (FeelKind.DaysDuration, FeelKind.DaysDuration):
                return Duration(run, DaysDuration.Of(Days(left) - Days(right)));
            case (FeelKind.MonthsDuration, FeelKind.MonthsDuration):
                return Duration(run, MonthsDuration.Of((Int128)Months(left) - Months(right)));
            case (FeelKind.Date or FeelKind.DateTime or FeelKind.Time, FeelKind.DaysDuration):
                return Later(run, left, -Days(right));
            case (FeelKind.Date or FeelKind.DateTime, FeelKind.MonthsDuration):
                return MonthsLater(run, left, -Months(right));
            case (FeelKind.Time, FeelKind.Time):
                var (a, b) = ((FeelTime)left.Reference!, (FeelTime)right.Reference!);
                return a.Zone.IsNone != b.Zone.IsNone ? ZoneMismatch(run) : Duration(run, DaysDuration.Of((Int128)a.UtcNanoseconds - b.UtcNanoseconds));
            case (FeelKind.Date or FeelKind.DateTime, FeelKind.Date or FeelKind.DateTime):
                return Between(run, left, right);
            default:
                return NoOperation(run, "-", left, right);
        }
    }

    private static FeelValue SlowMultiply(FeelRun run, FeelValue left, FeelValue right)
    {
        switch (left.Kind, right.Kind)
        {
            case (FeelKind.Number, FeelKind.Number):
                return Number(run, "*", BigDecimal.Multiply(left.AsBigNumber(), right.AsBigNumber()));
            case (FeelKind.Number, FeelKind.DaysDuration or FeelKind.MonthsDuration):
                return SlowMultiply(run, right, left);
            case (FeelKind.DaysDuration, FeelKind.Number):
                return Duration(run, DaysDuration.Of(BigDecimal.Multiply(Big(Days(left)), right.AsBigNumber())));
            case (FeelKind.MonthsDuration, FeelKind.Number):
                return Duration(run, MonthsDuration.Of(BigDecimal.Multiply(Big(Months(left)), right.AsBigNumber())));
            default:
                return NoOperation(run, "*", left, right);
        }
    }

    private static FeelValue SlowDivide(FeelRun run, FeelValue left, FeelValue right)
    {
        switch (left.Kind, right.Kind)
        {
            case (FeelKind.Number, FeelKind.Number):
                return right.AsBigNumber().Mantissa.IsZero ? DivisionByZero(run) : Number(run, "/", BigDecimal.Divide(left.AsBigNumber(), right.AsBigNumber()));
            case (FeelKind.DaysDuration, FeelKind.Number):
                return right.AsBigNumber().Mantissa.IsZero ? DivisionByZero(run) : Duration(run, DaysDuration.Of(BigDecimal.Divide(Big(Days(left)), right.AsBigNumber())));
            case (FeelKind.MonthsDuration, FeelKind.Number):
                return right.AsBigNumber().Mantissa.IsZero ? DivisionByZero(run) : Duration(run, MonthsDuration.Of(BigDecimal.Divide(Big(Months(left)), right.AsBigNumber())));
            case (FeelKind.DaysDuration, FeelKind.DaysDuration):
                return Days(right) == 0 ? DivisionByZero(run) : Number(run, "/", BigDecimal.Divide(Big(Days(left)), Big(Days(right))));
            case (FeelKind.MonthsDuration, FeelKind.MonthsDuration):
                return Months(right) == 0 ? DivisionByZero(run) : Number(run, "/", BigDecimal.Divide(Big(Months(left)), Big(Months(right))));
            default:
                return NoOperation(run, "/", left, right);
        }
    }

    private static FeelValue Later(FeelRun run, FeelValue value, Int128 nanoseconds)
    {
        switch (value.Reference)
        {
            case FeelTime time:
                var within = (((Int128)time.Nanoseconds + nanoseconds) % FeelTime.Day + FeelTime.Day) % FeelTime.Day;
                return FeelValue.Of(time with { Nanoseconds = (long)within });
            case FeelDate date:
                return FeelValue.Of(FeelDateTime.OfLocal(((Int128)date.DayNumber * FeelTime.Day) + nanoseconds, FeelZone.None)?.Date) is { IsNull: false } day ? day : OutOfRange(run, "+");
            default:
                var moment = (FeelDateTime)value.Reference!;
                // In a zone with summer time, what is added is elapsed time.
                var local = moment.LocalNanoseconds + nanoseconds;
                if (moment.Zone.Id is not null && FeelDateTime.OfLocal(local, moment.Zone) is { } guess)
                {
                    var target = moment.Instant + nanoseconds;
                    local += target - guess.Instant;
                }
                return FeelValue.Of(FeelDateTime.OfLocal(local, moment.Zone)) is { IsNull: false } later ? later : OutOfRange(run, "+");
        }
    }

    private static FeelValue MonthsLater(FeelRun run, FeelValue value, long months)
    {
        var later = value.Reference is FeelDateTime moment
            ? FeelValue.Of(moment.Date.AddMonths(months) is { } day ? moment with { Date = day } : null)
            : FeelValue.Of(((FeelDate)value.Reference!).AddMonths(months));
        return later.IsNull ? OutOfRange(run, "+") : later;
    }

    private static FeelValue Between(FeelRun run, FeelValue left, FeelValue right)
    {
        // A date among date and times is its midnight in UTC (DMN 1.5 §10.3.2.3.6).
        if (left.Reference is FeelDate a && right.Reference is FeelDate b)
            return Duration(run, DaysDuration.Of((Int128)(a.DayNumber - b.DayNumber) * FeelTime.Day));
        var (first, second) = (Moment(left), Moment(right));
        return first.Zone.IsNone != second.Zone.IsNone ? ZoneMismatch(run) : Duration(run, DaysDuration.Of(first.Instant - second.Instant));
    }

    private static FeelDateTime Moment(FeelValue value) => value.Reference as FeelDateTime ?? new FeelDateTime((FeelDate)value.Reference!, 0, FeelZone.Utc);

    private static BigDecimal? WholePower(BigDecimal number, long power)
    {
        if (number.Mantissa.IsZero && power < 0)
            return null;
        BigDecimal? result = BigDecimal.Of(1m);
        var factor = power < 0 ? BigDecimal.Divide(result, number) : number;
        for (var left = Math.Abs(power); left > 0; left >>= 1)
        {
            if ((left & 1) == 1)
                result = factor is null ? null : BigDecimal.Multiply(result, factor);
            if (result is null)
                return null;
            // Squares beyond the range are null; they count only if they are used.
            factor = factor is null || left == 1 ? factor : BigDecimal.Multiply(factor, factor);
        }
        return result;
    }

    private static Int128 Days(FeelValue value) => ((DaysDuration)value.Reference!).Nanoseconds;

    private static long Months(FeelValue value) => ((MonthsDuration)value.Reference!).Months;

    private static BigDecimal Big(Int128 value) => BigDecimal.Of((BigInteger)value, 0)!;

    private static FeelValue Number(FeelRun run, string operation, BigDecimal? value) => value is null ? OutOfRange(run, operation) : FeelValue.Of(value);

    private static FeelValue Duration(FeelRun run, DaysDuration? value) => value is null ? OutOfRange(run, "the duration") : FeelValue.Of(value);

    private static FeelValue Duration(FeelRun run, MonthsDuration? value) => value is null ? OutOfRange(run, "the duration") : FeelValue.Of(value);

    private static FeelValue OutOfRange(FeelRun run, string operation) => run.Fail("out_of_range", $"The result of {operation} is beyond what can be held.");

    private static FeelValue DivisionByZero(FeelRun run) => run.Fail("division_by_zero", "Nothing can be divided by zero.");

    private static FeelValue ZoneMismatch(FeelRun run) => run.Fail("zone_mismatch", "One of the two has a zone and the other has none.");

    private static FeelValue NoOperation(FeelRun run, string operation, FeelValue left, FeelValue right) =>
        left.IsNull || right.IsNull
            ? run.Fail("null_operand", $"{operation} with null is null.")
            : run.Fail("wrong_operands", $"There is no {operation} of {FeelRuntime.Describe(left)} and {FeelRuntime.Describe(right)}.");
}
