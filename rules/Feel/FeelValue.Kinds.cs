using System.Runtime.CompilerServices;

namespace Switchboard.Rules.Feel;

public readonly partial struct FeelValue
{
    /// <summary>A number; in place where a decimal holds it exactly. Null for null.</summary>
    public static FeelValue Of(BigDecimal? value) =>
        value is null ? default : value.TryToDecimal(out var exact) ? Of(exact) : new(FeelKind.Number, 0, value);

    /// <summary>A date, or null.</summary>
    public static FeelValue Of(FeelDate? value) => value is null ? default : new(FeelKind.Date, 0, value);

    /// <summary>A time of day, or null.</summary>
    public static FeelValue Of(FeelTime? value) => value is null ? default : new(FeelKind.Time, 0, value);

    /// <summary>A date and time, or null.</summary>
    public static FeelValue Of(FeelDateTime? value) => value is null ? default : new(FeelKind.DateTime, 0, value);

    /// <summary>A duration of days and smaller, or null.</summary>
    public static FeelValue Of(DaysDuration? value) => value is null ? default : new(FeelKind.DaysDuration, 0, value);

    /// <summary>A duration of months and years, or null.</summary>
    public static FeelValue Of(MonthsDuration? value) => value is null ? default : new(FeelKind.MonthsDuration, 0, value);

    /// <summary>A range, or null.</summary>
    public static FeelValue Of(FeelRange? value) => value is null ? default : new(FeelKind.Range, 0, value);

    /// <summary>A function, or null.</summary>
    public static FeelValue Of(FeelFunction? value) => value is null ? default : new(FeelKind.Function, 0, value);

    /// <summary>A list of these.</summary>
    public static FeelValue ListOf(params FeelValue[] values) => Of((IReadOnlyList<FeelValue>)values);

    /// <summary>Whether it is a number that is held in place.</summary>
    public bool IsShortNumber
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Kind == FeelKind.Number && Reference is null;
    }

    /// <summary>The number, held in place; only where <see cref="IsShortNumber"/>. No check is made.</summary>
    internal decimal Short => number;

    /// <summary>The number as a decimal, rounded to what that holds; only of <see cref="FeelKind.Number"/>.</summary>
    /// <exception cref="OverflowException">It is larger than any decimal.</exception>
    public decimal AsNumber() =>
        Kind != FeelKind.Number ? throw Wrong(FeelKind.Number)
        : Reference is BigDecimal big ? decimal.Parse(big.ToString(), System.Globalization.CultureInfo.InvariantCulture)
        : number;

    /// <summary>The number with all its digits; only of <see cref="FeelKind.Number"/>.</summary>
    public BigDecimal AsBigNumber() => Kind == FeelKind.Number ? Reference as BigDecimal ?? BigDecimal.Of(number) : throw Wrong(FeelKind.Number);

    /// <summary>The number where it is a whole one of at most 18 digits.</summary>
    public bool TryGetInteger(out long value)
    {
        value = 0;
        if (!IsShortNumber || Math.Abs(number) >= 1_000_000_000_000_000_000m || decimal.Truncate(number) != number)
            return false;
        value = (long)number;
        return true;
    }

    /// <summary>As the function string() gives it; null for null.</summary>
    public override string ToString() => FeelText.Of(this);
}
