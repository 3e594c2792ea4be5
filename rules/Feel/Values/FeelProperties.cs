namespace Switchboard.Rules.Feel.Values;

/// <summary>The properties that values have by their kind (DMN 1.5 Table 65).</summary>
internal static class FeelProperties
{
    /// <summary>The property; null if the kind has none of this name.</summary>
    public static FeelValue? Find(FeelValue value, string name) => value.Reference switch
    {
        FeelDate date => OfDate(date, name),
        FeelDateTime moment => OfDate(moment.Date, name) ?? OfTime(moment.Time, moment, name),
        FeelTime time => OfTime(time, null, name),
        DaysDuration duration => OfDays(duration.Nanoseconds, name),
        MonthsDuration duration => name switch
        {
            "years" => Number(duration.Months / 12),
            "months" => Number(duration.Months % 12),
            _ => null,
        },
        FeelRange range => name switch
        {
            "start" => range.Low,
            "end" => range.High,
            "start included" => FeelValue.Of(range.LowIncluded),
            "end included" => FeelValue.Of(range.HighIncluded),
            _ => null,
        },
        _ => null,
    };

    private static FeelValue? OfDate(FeelDate date, string name) => name switch
    {
        "year" => Number(date.Year),
        "month" => Number(date.Month),
        "day" => Number(date.Day),
        "weekday" => Number(date.Weekday),
        _ => null,
    };

    private static FeelValue? OfTime(FeelTime time, FeelDateTime? moment, string name) => name switch
    {
        "hour" => Number(time.Hour),
        "minute" => Number(time.Minute),
        "second" => FeelValue.Of(time.WholeSecond + ((time.Nanoseconds % FeelTime.Second) / 1_000_000_000m)),
        "time offset" => Offset(time, moment),
        "timezone" => FeelValue.Of(time.Zone.Id),
        _ => null,
    };

    private static FeelValue Offset(FeelTime time, FeelDateTime? moment)
    {
        if (time.Zone.IsNone)
            return default;
        var seconds = moment is null ? time.Zone.OffsetAt(time.Nanoseconds / FeelTime.Second) : (long)((moment.LocalNanoseconds - moment.Instant) / FeelTime.Second);
        return FeelValue.Of(new DaysDuration((Int128)seconds * FeelTime.Second));
    }

    private static FeelValue? OfDays(Int128 nanoseconds, string name) => name switch
    {
        "days" => Number((long)(nanoseconds / FeelTime.Day)),
        "hours" => Number((long)(nanoseconds / (3600 * FeelTime.Second) % 24)),
        "minutes" => Number((long)(nanoseconds / (60 * FeelTime.Second) % 60)),
        "seconds" => FeelValue.Of((long)(nanoseconds % (60 * FeelTime.Second)) / 1_000_000_000m),
        _ => null,
    };

    private static FeelValue Number(long value) => FeelValue.Of((decimal)value);
}
