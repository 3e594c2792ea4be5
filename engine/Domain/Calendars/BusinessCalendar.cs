using System.Globalization;
using System.Text.Json.Nodes;

namespace Switchboard.Domain.Calendars;

/// <summary>An interval of one local day, from its opening (included) to its closing (not included).</summary>
public readonly record struct OpenHours(TimeOnly Open, TimeOnly Close);

/// <summary>
/// When a place works: its time zone, the hours of each weekday and its holidays. Reckons in local time, so that a day
/// with a change of the clock is as long as its hours say on the wall: an hour that the clock skips is not counted and an
/// hour that it repeats is counted once.
/// </summary>
public sealed class BusinessCalendar
{
    /// <summary>A calendar without any open day would never come to an end.</summary>
    private const int SearchDays = 3660;

    private readonly IReadOnlyList<OpenHours>[] week = new IReadOnlyList<OpenHours>[7];
    private readonly HashSet<DateOnly> holidays;

    /// <param name="hours">Intervals by weekday; a missing weekday is closed.</param>
    public BusinessCalendar(
        TimeZoneInfo zone, IReadOnlyDictionary<DayOfWeek, IReadOnlyList<OpenHours>> hours, IEnumerable<DateOnly> holidays)
    {
        Zone = zone;
        this.holidays = [.. holidays];
        foreach (var day in Enum.GetValues<DayOfWeek>())
            week[(int)day] = [.. hours.GetValueOrDefault(day, []).OrderBy(interval => interval.Open)];
        if (week.All(day => day.Count == 0))
            throw new ArgumentException("A business calendar needs at least one weekday with open hours.", nameof(hours));
    }

    public TimeZoneInfo Zone { get; }

    /// <summary>The open intervals of a local date; none on a holiday.</summary>
    public IReadOnlyList<OpenHours> On(DateOnly date) => holidays.Contains(date) ? [] : week[(int)date.DayOfWeek];

    public DateOnly LocalDate(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Zone).DateTime);

    /// <summary>
    /// The close of business on the <paramref name="days"/>-th open day after the local date of <paramref name="from"/>,
    /// which itself does not count, whatever its hour: five business days from a Monday end on the next Monday.
    /// </summary>
    /// <param name="days">1 or more.</param>
    public DateTimeOffset EndOfBusinessDay(DateTimeOffset from, int days)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        var date = LocalDate(from);
        for (var searched = 0; searched < SearchDays; searched++)
        {
            date = date.AddDays(1);
            if (On(date) is { Count: > 0 } open && --days == 0)
                return Instant(date, open[^1].Close);
        }
        throw new InvalidOperationException($"No business day within {SearchDays} days of {from:O}: the calendar is all holidays.");
    }

    /// <summary>The instant at which <paramref name="duration"/> of open time has passed since <paramref name="from"/>.</summary>
    /// <param name="duration">Zero gives <paramref name="from"/>, or the next opening when closed then.</param>
    public DateTimeOffset Add(DateTimeOffset from, TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        var date = LocalDate(from);
        for (var searched = 0; searched < SearchDays; searched++, date = date.AddDays(1))
        {
            foreach (var interval in On(date))
            {
                var opens = Instant(date, interval.Open);
                var closes = Instant(date, interval.Close);
                var begins = opens > from ? opens : from;
                if (begins >= closes)
                    continue;
                if (duration <= closes - begins)
                    return begins + duration;
                duration -= closes - begins;
            }
        }
        throw new InvalidOperationException($"{duration} of business time does not fit within {SearchDays} days of {from:O}.");
    }

    /// <summary>The UTC instant of a local time; a time that the clock skips gives the first instant after the gap.</summary>
    public DateTimeOffset Instant(DateOnly date, TimeOnly time)
    {
        var local = date.ToDateTime(time);
        while (Zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        return new DateTimeOffset(local, Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>
    /// Reads what a site stores: hours by lower-case weekday as lists of <c>{open, close}</c> with HH:mm (24:00 is the end
    /// of the day), null or an empty list for closed; holidays as <c>[{name, date}]</c>.
    /// </summary>
    public static BusinessCalendar Of(string timezone, JsonObject hours, JsonArray? holidays)
    {
        var week = new Dictionary<DayOfWeek, IReadOnlyList<OpenHours>>();
        foreach (var day in Enum.GetValues<DayOfWeek>())
        {
            if (hours[day.ToString().ToLowerInvariant()] is JsonArray intervals)
                week[day] = [.. intervals.Select(interval => new OpenHours(Time(interval!["open"]), Time(interval["close"])))];
        }
        return new BusinessCalendar(
            TimeZoneInfo.FindSystemTimeZoneById(timezone),
            week,
            (holidays ?? []).Select(holiday => DateOnly.ParseExact((string)holiday!["date"]!, "yyyy-MM-dd", CultureInfo.InvariantCulture)));
    }

    private static TimeOnly Time(JsonNode? text) => (string?)text == "24:00"
        ? TimeOnly.MaxValue
        : TimeOnly.ParseExact((string)text!, "HH:mm", CultureInfo.InvariantCulture);
}
