using System.Globalization;
using System.Text;

namespace Switchboard.Rules.Feel.Values;

/// <summary>A duration of days, hours, minutes and seconds.</summary>
/// <param name="Nanoseconds">Its whole length; negative goes back.</param>
public sealed record DaysDuration(Int128 Nanoseconds)
{
    // About 10^14 years: further than any date.
    private static readonly Int128 Most = (Int128)FeelTime.Day * 1_000_000_000_000_000;

    /// <summary>So many days.</summary>
    public static DaysDuration OfDays(long days) => new((Int128)days * FeelTime.Day);

    /// <summary>A length that is not absurd; null for one that is.</summary>
    public static DaysDuration? Of(Int128 nanoseconds) => nanoseconds <= Most && nanoseconds >= -Most ? new DaysDuration(nanoseconds) : null;

    /// <summary>So many nanoseconds, without the fraction; null for too many.</summary>
    public static DaysDuration? Of(BigDecimal? nanoseconds) =>
        nanoseconds?.Round(0, MidpointMode.Down) is { } whole && Int128.TryParse(whole.ToString(), CultureInfo.InvariantCulture, out var length) ? Of(length) : null;

    /// <summary>-PnDTnHnMnS; null if it is none.</summary>
    public static DaysDuration? Parse(string text)
    {
        var reader = new DurationReader(text);
        if (!reader.Begin())
            return null;
        Int128 total = 0;
        var any = false;
        if (reader.Number('D', out var days))
            (total, any) = ((Int128)days * FeelTime.Day, true);
        if (reader.Take('T'))
        {
            var anyTime = false;
            foreach (var (unit, seconds) in (ReadOnlySpan<(char, long)>)[('H', 3600), ('M', 60)])
            {
                if (reader.Number(unit, out var count))
                    (total, anyTime) = (total + ((Int128)count * seconds * FeelTime.Second), true);
            }
            if (reader.Seconds(out var nanoseconds))
                (total, anyTime) = (total + nanoseconds, true);
            if (!anyTime)
                return null;
            any = true;
        }
        return any && reader.IsAtEnd ? Of(reader.IsNegative ? -total : total) : null;
    }

    /// <summary>Below 0, 0 or above, as it is less than, equal to or greater than the other.</summary>
    public int CompareTo(DaysDuration? other) => other is null ? 1 : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>With the largest units; nothing is PT0S.</summary>
    public override string ToString()
    {
        if (Nanoseconds == 0)
            return "PT0S";
        var rest = Int128.Abs(Nanoseconds);
        var text = new StringBuilder(Nanoseconds < 0 ? "-P" : "P");
        if (rest >= FeelTime.Day)
            text.Append((rest / FeelTime.Day).ToString(CultureInfo.InvariantCulture)).Append('D');
        rest %= FeelTime.Day;
        if (rest == 0)
            return text.ToString();
        text.Append('T');
        var nanoseconds = (long)rest;
        if (nanoseconds / (3600 * FeelTime.Second) is > 0 and var hours)
            text.Append(hours).Append('H');
        if (nanoseconds / (60 * FeelTime.Second) % 60 is > 0 and var minutes)
            text.Append(minutes).Append('M');
        if (nanoseconds % (60 * FeelTime.Second) is > 0 and var seconds)
        {
            text.Append(seconds / FeelTime.Second);
            if (seconds % FeelTime.Second is > 0 and var fraction)
                text.Append('.').Append(fraction.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0'));
            text.Append('S');
        }
        return text.ToString();
    }
}

/// <summary>A duration of years and months.</summary>
/// <param name="Months">Its whole length; negative goes back.</param>
public sealed record MonthsDuration(long Months)
{
    private const long Most = 30_000_000_000;

    /// <summary>A length that is not absurd; null for one that is.</summary>
    public static MonthsDuration? Of(Int128 months) => months >= -Most && months <= Most ? new MonthsDuration((long)months) : null;

    /// <summary>So many months, without the fraction; null for too many.</summary>
    public static MonthsDuration? Of(BigDecimal? months) =>
        months?.Round(0, MidpointMode.Down) is { } whole && Int128.TryParse(whole.ToString(), CultureInfo.InvariantCulture, out var length) ? Of(length) : null;

    /// <summary>-PnYnM; null if it is none.</summary>
    public static MonthsDuration? Parse(string text)
    {
        var reader = new DurationReader(text);
        if (!reader.Begin())
            return null;
        var hasYears = reader.Number('Y', out var years);
        var hasMonths = reader.Number('M', out var months);
        if ((!hasYears && !hasMonths) || !reader.IsAtEnd)
            return null;
        var total = ((Int128)years * 12) + months;
        return Of(reader.IsNegative ? -total : total);
    }

    /// <summary>Below 0, 0 or above, as it is less than, equal to or greater than the other.</summary>
    public int CompareTo(MonthsDuration? other) => other is null ? 1 : Months.CompareTo(other.Months);

    /// <summary>With the largest units; nothing is P0M.</summary>
    public override string ToString()
    {
        if (Months == 0)
            return "P0M";
        var (years, months) = (Math.Abs(Months) / 12, Math.Abs(Months) % 12);
        return string.Create(
            CultureInfo.InvariantCulture, $"{(Months < 0 ? "-" : "")}P{(years > 0 ? $"{years}Y" : "")}{(months > 0 ? $"{months}M" : "")}");
    }
}

/// <summary>Reads the parts of an XML Schema duration.</summary>
internal ref struct DurationReader(string text)
{
    private int at;

    public bool IsNegative { get; private set; }

    public readonly bool IsAtEnd => at == text.Length;

    public bool Begin()
    {
        IsNegative = Take('-');
        return text.Length <= 60 && Take('P') && !IsAtEnd;
    }

    public bool Take(char character)
    {
        if (IsAtEnd || text[at] != character)
            return false;
        at++;
        return true;
    }

    /// <summary>Digits before a unit; nothing is taken if the unit does not follow.</summary>
    public bool Number(char unit, out long value)
    {
        var end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        value = 0;
        if (end == at || end == text.Length || text[end] != unit || !long.TryParse(text.AsSpan(at, end - at), NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > 1_000_000_000_000_000)
            return false;
        at = end + 1;
        return true;
    }

    public bool Seconds(out Int128 nanoseconds)
    {
        nanoseconds = 0;
        if (Number('S', out var whole))
        {
            nanoseconds = (Int128)whole * FeelTime.Second;
            return true;
        }
        var point = text.IndexOf('.', at);
        var end = text.Length - 1;
        if (point <= at || end <= point + 1 || text[end] != 'S' || !long.TryParse(text.AsSpan(at, point - at), NumberStyles.None, CultureInfo.InvariantCulture, out whole) || whole > 1_000_000_000_000_000)
            return false;
        var fraction = text[(point + 1)..end];
        if (!fraction.All(char.IsAsciiDigit))
            return false;
        nanoseconds = ((Int128)whole * FeelTime.Second) + long.Parse(fraction.Length > 9 ? fraction[..9] : fraction.PadRight(9, '0'), CultureInfo.InvariantCulture);
        at = text.Length;
        return true;
    }
}
