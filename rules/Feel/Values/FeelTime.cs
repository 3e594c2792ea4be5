using System.Globalization;

namespace Switchboard.Rules.Feel.Values;

/// <summary>A time of day.</summary>
/// <param name="Nanoseconds">Since midnight, below 86,400,000,000,000.</param>
/// <param name="Zone">Where it is told.</param>
public sealed record FeelTime(long Nanoseconds, FeelZone Zone)
{
    /// <summary>A second.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>A day.</summary>
    public const long Day = 86_400 * Second;

    /// <summary>0 to 23.</summary>
    public int Hour => (int)(Nanoseconds / (3600 * Second));

    /// <summary>0 to 59.</summary>
    public int Minute => (int)(Nanoseconds / (60 * Second) % 60);

    /// <summary>0 to 59, without the fraction.</summary>
    public int WholeSecond => (int)(Nanoseconds / Second % 60);

    /// <summary>Nanoseconds since midnight in UTC, on any one day; of a named zone as in January 1970.</summary>
    public long UtcNanoseconds => Nanoseconds - (Zone.OffsetAt(Nanoseconds / Second) * Second);

    /// <summary>hh:mm:ss with a fraction and a zone; null if it is none.</summary>
    public static FeelTime? Parse(ReadOnlySpan<char> text) =>
        Split(text, out var nanoseconds, out var zone) && nanoseconds < Day ? new FeelTime(nanoseconds, zone) : null;

    /// <summary>The parts of a time; 24:00:00 is a whole day.</summary>
    internal static bool Split(ReadOnlySpan<char> text, out long nanoseconds, out FeelZone zone)
    {
        (nanoseconds, zone) = (0, FeelZone.None);
        if (text.Length < 8 || text[2] != ':' || text[5] != ':')
            return false;
        if (!FeelDate.Digits(text[..2], out var hour) || !FeelDate.Digits(text.Slice(3, 2), out var minute) || !FeelDate.Digits(text.Slice(6, 2), out var second))
            return false;
        var at = 8;
        long fraction = 0;
        if (at < text.Length && text[at] == '.')
        {
            var digits = 0;
            for (at++; at < text.Length && char.IsAsciiDigit(text[at]); at++, digits++)
            {
                if (digits < 9)
                    fraction = (fraction * 10) + (text[at] - '0');
            }
            if (digits == 0)
                return false;
            for (; digits < 9; digits++)
                fraction *= 10;
        }
        if (FeelZone.Parse(text[at..]) is not { } told)
            return false;
        (nanoseconds, zone) = ((((hour * 3600L) + (minute * 60) + second) * Second) + fraction, told);
        return minute <= 59 && second <= 59 && (hour <= 23 || nanoseconds == Day);
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => TextOf(Nanoseconds) + Zone;

    internal static string TextOf(long nanoseconds)
    {
        var seconds = nanoseconds / Second;
        var text = string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        var fraction = nanoseconds % Second;
        return fraction == 0 ? text : $"{text}.{fraction.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0')}";
    }
}

/// <summary>A date and a time of day.</summary>
/// <param name="Date">The day.</param>
/// <param name="Nanoseconds">Since midnight.</param>
/// <param name="Zone">Where it is told.</param>
public sealed record FeelDateTime(FeelDate Date, long Nanoseconds, FeelZone Zone)
{
    /// <summary>The time of day.</summary>
    public FeelTime Time => new(Nanoseconds, Zone);

    /// <summary>Nanoseconds since 1970-01-01T00:00 where it is told.</summary>
    public Int128 LocalNanoseconds => ((Int128)Date.DayNumber * FeelTime.Day) + Nanoseconds;

    /// <summary>Nanoseconds since 1970-01-01T00:00Z; without a zone as if in UTC.</summary>
    public Int128 Instant => LocalNanoseconds - ((Int128)Zone.OffsetAt(LocalSeconds) * FeelTime.Second);

    private long LocalSeconds => (Date.DayNumber * 86_400) + (Nanoseconds / FeelTime.Second);

    /// <summary>The date and time of local nanoseconds since 1970-01-01T00:00; null beyond the years.</summary>
    public static FeelDateTime? OfLocal(Int128 nanoseconds, FeelZone zone)
    {
        var day = nanoseconds / FeelTime.Day;
        var rest = nanoseconds % FeelTime.Day;
        if (rest < 0)
            (day, rest) = (day - 1, rest + FeelTime.Day);
        return Int128.Abs(day) < 400_000_000_000 && FeelDate.OfDayNumber((long)day) is { } date ? new FeelDateTime(date, (long)rest, zone) : null;
    }

    /// <summary>The instant, told in UTC or in its zone.</summary>
    public static FeelDateTime Of(DateTimeOffset instant, FeelZone zone) =>
        OfLocal((Int128)(instant.Ticks - DateTime.UnixEpoch.Ticks) * 100, zone)!;

    /// <summary>A date, T and a time; null if it is none. 24:00:00 is the next midnight.</summary>
    public static FeelDateTime? Parse(ReadOnlySpan<char> text)
    {
        var at = text.IndexOf('T');
        if (at < 0 || FeelDate.Parse(text[..at]) is not { } date || !FeelTime.Split(text[(at + 1)..], out var nanoseconds, out var zone))
            return null;
        if (nanoseconds < FeelTime.Day)
            return new FeelDateTime(date, nanoseconds, zone);
        return FeelDate.OfDayNumber(date.DayNumber + 1) is { } next ? new FeelDateTime(next, 0, zone) : null;
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => $"{Date}T{FeelTime.TextOf(Nanoseconds)}{Zone}";
}
