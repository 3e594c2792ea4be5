namespace Switchboard.Rules.Feel.Functions;

/// <summary>Rounding and the rest of arithmetic (DMN 1.5 §10.3.4.5).</summary>
internal static class NumberFunctions
{
    public static readonly BuiltInFunction[] All =
    [
        Rounding("decimal", MidpointMode.HalfEven, "scale"),
        Rounding("floor", MidpointMode.Floor, "scale?"),
        Rounding("ceiling", MidpointMode.Ceiling, "scale?"),
        Rounding("round up", MidpointMode.Up, "scale"),
        Rounding("round down", MidpointMode.Down, "scale"),
        Rounding("round half up", MidpointMode.HalfUp, "scale"),
        Rounding("round half down", MidpointMode.HalfDown, "scale"),
        BuiltIns.Define("abs", FeelType.Any, new Overload(["n"], Abs)),
        BuiltIns.Define("modulo", FeelType.Number, new Overload(["dividend", "divisor"], Modulo)),
        BuiltIns.Define("sqrt", FeelType.Number, new Overload(["number"], (run, arguments) => Real(run, "sqrt", arguments, value => value.Sqrt()))),
        BuiltIns.Define("log", FeelType.Number, new Overload(["number"], (run, arguments) => Real(run, "log", arguments, value => value.Log() is { } logarithm ? BigDecimal.Of(logarithm) : null))),
        BuiltIns.Define("exp", FeelType.Number, new Overload(["number"], (run, arguments) => Real(run, "exp", arguments, value => value.Exp()))),
        BuiltIns.Define("odd", FeelType.Boolean, new Overload(["number"], (run, arguments) => Parity(run, "odd", arguments, isOdd: true))),
        BuiltIns.Define("even", FeelType.Boolean, new Overload(["number"], (run, arguments) => Parity(run, "even", arguments, isOdd: false))),
    ];

    private static BuiltInFunction Rounding(string name, MidpointMode mode, string scale) =>
        BuiltIns.Define(name, FeelType.Number, new Overload(["n", scale], (run, arguments) =>
        {
            var places = 0L;
            if (arguments[0].Kind != FeelKind.Number || (arguments.Length > 1 && !Scale(arguments[1], out places)))
                return BuiltIns.Wrong(run, name, arguments);
            if (arguments[0].IsShortNumber && places is >= 0 and <= 28)
                return FeelValue.Of(Round(arguments[0].Short, (int)places, mode));
            return FeelValue.Of(arguments[0].AsBigNumber().Round((int)places, mode));
        }));

    /// <summary>Whole, without its fraction, and within the exponents of a number.</summary>
    private static bool Scale(FeelValue value, out long places)
    {
        places = 0;
        if (!value.IsShortNumber || Math.Abs(value.Short) > 7000)
            return false;
        places = (long)decimal.Truncate(value.Short);
        return places is >= -6111 and <= 6176;
    }

    private static decimal Round(decimal value, int places, MidpointMode mode)
    {
        if (value.Scale <= places)
            return value;
        return mode switch
        {
            MidpointMode.HalfEven => Math.Round(value, places, MidpointRounding.ToEven),
            MidpointMode.HalfUp => Math.Round(value, places, MidpointRounding.AwayFromZero),
            MidpointMode.Down => Math.Round(value, places, MidpointRounding.ToZero),
            MidpointMode.Floor => Math.Round(value, places, MidpointRounding.ToNegativeInfinity),
            MidpointMode.Ceiling => Math.Round(value, places, MidpointRounding.ToPositiveInfinity),
            MidpointMode.Up => Math.Round(value, places, value < 0 ? MidpointRounding.ToNegativeInfinity : MidpointRounding.ToPositiveInfinity),
            _ => HalfDown(value, places),
        };
    }

    private static decimal HalfDown(decimal value, int places)
    {
        var (away, toZero) = (Math.Round(value, places, MidpointRounding.AwayFromZero), Math.Round(value, places, MidpointRounding.ToZero));
        return Math.Abs(away - value) < Math.Abs(value - toZero) ? away : toZero;
    }

    private static FeelValue Abs(FeelRun run, ReadOnlySpan<FeelValue> arguments) => arguments[0].Kind switch
    {
        FeelKind.Number or FeelKind.DaysDuration or FeelKind.MonthsDuration => IsNegative(arguments[0]) ? FeelOperators.Negate(run, arguments[0]) : arguments[0],
        _ => BuiltIns.Wrong(run, "abs", arguments),
    };

    private static bool IsNegative(FeelValue value) => value.Reference switch
    {
        null => value.Short < 0,
        BigDecimal big => big.Mantissa.Sign < 0,
        DaysDuration days => days.Nanoseconds < 0,
        MonthsDuration months => months.Months < 0,
        _ => false,
    };

    /// <summary>dividend - divisor * floor(dividend / divisor): with the sign of the divisor.</summary>
    private static FeelValue Modulo(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].Kind != FeelKind.Number || arguments[1].Kind != FeelKind.Number)
            return BuiltIns.Wrong(run, "modulo", arguments);
        if (arguments[1].AsBigNumber().Mantissa.IsZero)
            return run.Fail("division_by_zero", "Nothing can be divided by zero.");
        if (arguments[0].IsShortNumber && arguments[1].IsShortNumber)
        {
            var rest = arguments[0].Short % arguments[1].Short;
            return FeelValue.Of(rest != 0 && (rest < 0) != (arguments[1].Short < 0) ? rest + arguments[1].Short : rest);
        }
        var (dividend, divisor) = (arguments[0].AsBigNumber(), arguments[1].AsBigNumber());
        var whole = BigDecimal.Divide(dividend, divisor)?.Round(0, MidpointMode.Floor);
        return whole is not null && BigDecimal.Multiply(divisor, whole) is { } product ? FeelValue.Of(BigDecimal.Add(dividend, product.Negate())) : BuiltIns.Wrong(run, "modulo", arguments);
    }

    private static FeelValue Real(FeelRun run, string name, ReadOnlySpan<FeelValue> arguments, Func<BigDecimal, BigDecimal?> function) =>
        arguments[0].Kind == FeelKind.Number && function(arguments[0].AsBigNumber()) is { } value ? FeelValue.Of(value) : BuiltIns.Wrong(run, name, arguments);

    private static FeelValue Parity(FeelRun run, string name, ReadOnlySpan<FeelValue> arguments, bool isOdd)
    {
        if (arguments[0].Kind != FeelKind.Number)
            return BuiltIns.Wrong(run, name, arguments);
        var number = arguments[0].AsBigNumber();
        if (!number.IsInteger)
            return BuiltIns.Wrong(run, name, arguments);
        var hasRest = number.Exponent == 0 && !number.Mantissa.IsEven;
        return FeelValue.Of(hasRest == isOdd);
    }
}
