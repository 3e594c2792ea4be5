namespace Switchboard.Rules.Feel.Functions;

/// <summary>The calendar, and the clock of the run (DMN 1.5 §10.3.4.6 and 10.3.4.10).</summary>
internal static class DateFunctions
{
    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public static readonly BuiltInFunction[] All =
    [
        OfDay("day of year", FeelType.Number, date => FeelValue.Of(date.DayNumber - new FeelDate(date.Year, 1, 1).DayNumber + 1m)),
        OfDay("day of week", FeelType.String, date => FeelValue.Of(Days[date.Weekday - 1])),
        OfDay("month of year", FeelType.String, date => FeelValue.Of(Months[date.Month - 1])),
        OfDay("week of year", FeelType.Number, date => FeelValue.Of((decimal)Week(date))),
        new BuiltInFunction("now", FeelType.DateTime, false, [new Overload([], (run, _) => FeelValue.Of(Now(run)))]),
        new BuiltInFunction("today", FeelType.Date, false, [new Overload([], (run, _) => FeelValue.Of(Now(run).Date))]),
    ];

    private static BuiltInFunction OfDay(string name, FeelType result, Func<FeelDate, FeelValue> body) =>
        BuiltIns.Define(name, result, new Overload(["date"], (run, arguments) =>
            (arguments[0].Reference as FeelDate ?? (arguments[0].Reference as FeelDateTime)?.Date) is { } date ? body(date) : BuiltIns.Wrong(run, name, arguments)));

    /// <summary>ISO 8601: the week of the year to which the week's Thursday belongs.</summary>
    private static long Week(FeelDate date)
    {
        var thursday = date.DayNumber + 4 - date.Weekday;
        var year = FeelDate.OfDayNumber(thursday)?.Year ?? date.Year;
        return ((thursday - new FeelDate(year, 1, 1).DayNumber) / 7) + 1;
    }

    private static FeelDateTime Now(FeelRun run)
    {
        var now = run.Now;
        var local = FeelDateTime.Of(new DateTimeOffset(now.DateTime, TimeSpan.Zero), FeelZone.None);
        var zone = FeelZone.Parse("@" + run.Zone.Id) ?? FeelZone.Of((long)now.Offset.TotalSeconds) ?? FeelZone.Utc;
        return local with { Zone = run.Zone.Id is "UTC" or "Etc/UTC" ? FeelZone.Utc : zone };
    }
}
