using System.Globalization;

namespace Switchboard.Rules.Feel.Values;

/// <summary>A day of the proleptic Gregorian calendar, of the years -999,999,999 to 999,999,999.</summary>
/// <param name="Year">The year; 0 is 1 BC.</param>
/// <param name="Month">1 to 12.</param>
/// <param name="Day">1 to 31.</param>
public sealed record FeelDate(int Year, int Month, int Day)
{
    /// <summary>The last year on either side.</summary>
    public const int MaxYear = 999_999_999;

    /// <summary>Days since 1970-01-01.</summary>
    public long DayNumber
    {
        get
        {
            // Howard Hinnant, chrono-compatible low-level date algorithms: days_from_civil.
            long year = Month <= 2 ? Year - 1L : Year;
            var era = (year >= 0 ? year : year - 399) / 400;
            var yearOfEra = year - (era * 400);
            var dayOfYear = ((153 * (Month + (Month > 2 ? -3 : 9))) + 2) / 5 + Day - 1;
            var dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
            return (era * 146_097) + dayOfEra - 719_468;
        }
    }

    /// <summary>1 is Monday, 7 Sunday.</summary>
    public int Weekday => (int)(((DayNumber + 3) % 7 + 7) % 7) + 1;

    /// <summary>The day; null if there is no such day.</summary>
    public static FeelDate? Of(long year, long month, long day) =>
        Math.Abs(year) <= MaxYear && month is >= 1 and <= 12 && day >= 1 && day <= DaysIn((int)year, (int)month) ? new FeelDate((int)year, (int)month, (int)day) : null;

    /// <summary>The day of a number of days since 1970-01-01; null beyond the years.</summary>
    public static FeelDate? OfDayNumber(long number)
    {
        number += 719_468;
        var era = (number >= 0 ? number : number - 146_096) / 146_097;
        var dayOfEra = number - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var day = dayOfYear - (((153 * shifted) + 2) / 5) + 1;
        var month = shifted < 10 ? shifted + 3 : shifted - 9;
        return Of(yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    /// <summary>So many months later, at the end of a month that is shorter; null beyond the years.</summary>
    public FeelDate? AddMonths(long months)
    {
        if (Math.Abs(months) > 30_000_000_000)
            return null;
        var all = (Year * 12L) + Month - 1 + months;
        var year = Math.DivRem(all, 12, out var month);
        if (month < 0)
            (year, month) = (year - 1, month + 12);
        return Math.Abs(year) > MaxYear ? null : Of(year, month + 1, Math.Min(Day, DaysIn((int)year, (int)month + 1)));
    }

    /// <summary>yyyy-mm-dd, with more digits or a sign for far years; null if it is none (XML Schema 1.1 Part 2 §3.3.9, without a zone).</summary>
    public static FeelDate? Parse(ReadOnlySpan<char> text)
    {
        var isNegative = text.Length > 0 && text[0] == '-';
        var body = isNegative ? text[1..] : text;
        var dash = body.IndexOf('-');
        if (dash is < 4 or > 9 || body.Length != dash + 6 || body[dash + 3] != '-' || (dash > 4 && body[0] == '0'))
            return null;
        if (!Digits(body[..dash], out var year) || !Digits(body.Slice(dash + 1, 2), out var month) || !Digits(body.Slice(dash + 4, 2), out var day))
            return null;
        return Of(isNegative ? -year : year, month, day);
    }

    /// <summary>Below 0, 0 or above, as it is less than, equal to or greater than the other.</summary>
    public int CompareTo(FeelDate? other) => other is null ? 1 : DayNumber.CompareTo(other.DayNumber);

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Year < 0 ? "-" : "")}{Math.Abs(Year):0000}-{Month:00}-{Day:00}");

    /// <summary>Digits and nothing else; int.TryParse would also take zero characters at the end.</summary>
    internal static bool Digits(ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        return !text.ContainsAnyExceptInRange('0', '9') && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static int DaysIn(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };
}
