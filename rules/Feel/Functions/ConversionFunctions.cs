using System.Text.RegularExpressions;

namespace Switchboard.Rules.Feel.Functions;

/// <summary>From texts and parts to values, and back (DMN 1.5 §10.3.4.1).</summary>
internal static partial class ConversionFunctions
{
    public static readonly BuiltInFunction[] All =
    [
        BuiltIns.Define("date", FeelType.Date, new Overload(["from"], DateFrom), new Overload(["year", "month", "day"], DateOf)),
        BuiltIns.Define(
            "date and time", FeelType.DateTime, new Overload(["from"], DateTimeFrom), new Overload(["date", "time"], DateTimeOf),
            new Overload(["year", "month", "day", "hour", "minute", "second", "offset?"], DateTimeParts),
            new Overload(["year", "month", "day", "hour", "minute", "second", "timezone"], DateTimeParts)),
        BuiltIns.Define("time", FeelType.Time, new Overload(["from"], TimeFrom), new Overload(["hour", "minute", "second", "offset?"], TimeOf)),
        BuiltIns.Define(
            "number", FeelType.Number, new Overload(["from"], (run, arguments) => Number(run, arguments[0], default, FeelValue.Of("."), arguments)),
            new Overload(["from", "grouping separator", "decimal separator"], (run, arguments) => Number(run, arguments[0], arguments[1], arguments[2], arguments))),
        BuiltIns.Define("string", FeelType.String, new Overload(["from"], Text)),
        BuiltIns.Define("duration", FeelType.Any, new Overload(["from"], Duration)),
        BuiltIns.Define("years and months duration", FeelType.MonthsDuration, new Overload(["from", "to"], YearsAndMonths)),
    ];

    /// <summary>The value of a date, date and time, time or duration by its form; null if it is none.</summary>
    public static FeelValue Temporal(string text)
    {
        if (text.Length > 80)
            return default;
        if (FeelDate.Parse(text) is { } date)
            return FeelValue.Of(date);
        if (FeelDateTime.Parse(text) is { } moment)
            return FeelValue.Of(moment);
        return FeelTime.Parse(text) is { } time ? FeelValue.Of(time) : DurationOf(text);
    }

    private static FeelValue DurationOf(string text) => DaysDuration.Parse(text) is { } days ? FeelValue.Of(days) : FeelValue.Of(MonthsDuration.Parse(text));

    private static FeelValue DateFrom(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var value = arguments[0].Reference switch
        {
            string text => FeelValue.Of(FeelDate.Parse(text)),
            FeelDate date => FeelValue.Of(date),
            FeelDateTime moment => FeelValue.Of(moment.Date),
            _ => default,
        };
        return value.IsNull ? BuiltIns.Wrong(run, "date", arguments) : value;
    }

    private static FeelValue DateOf(FeelRun run, ReadOnlySpan<FeelValue> arguments) =>
        Whole(arguments[0], out var year) && Whole(arguments[1], out var month) && Whole(arguments[2], out var day) && FeelDate.Of(year, month, day) is { } date
            ? FeelValue.Of(date)
            : BuiltIns.Wrong(run, "date", arguments);

    private static FeelValue DateTimeFrom(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var value = arguments[0].Reference switch
        {
            string text => FeelDate.Parse(text) is { } day ? FeelValue.Of(new FeelDateTime(day, 0, FeelZone.None)) : FeelValue.Of(FeelDateTime.Parse(text)),
            FeelDate date => FeelValue.Of(new FeelDateTime(date, 0, FeelZone.None)),
            FeelDateTime moment => FeelValue.Of(moment),
            _ => default,
        };
        return value.IsNull ? BuiltIns.Wrong(run, "date and time", arguments) : value;
    }

    private static FeelValue DateTimeOf(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var date = arguments[0].Reference as FeelDate ?? (arguments[0].Reference as FeelDateTime)?.Date;
        return date is not null && arguments[1].Reference is FeelTime time
            ? FeelValue.Of(new FeelDateTime(date, time.Nanoseconds, time.Zone))
            : BuiltIns.Wrong(run, "date and time", arguments);
    }

    private static FeelValue DateTimeParts(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (DateOf(run, arguments[..3]).Reference is not FeelDate date || !Clock(arguments[3..6], out var nanoseconds))
            return BuiltIns.Wrong(run, "date and time", arguments);
        var zone = arguments.Length < 7 ? FeelZone.None : arguments[6].Kind == FeelKind.String ? FeelZone.Parse("@" + arguments[6].AsString()) : Offset(arguments[6]);
        return zone is null ? BuiltIns.Wrong(run, "date and time", arguments) : FeelValue.Of(new FeelDateTime(date, nanoseconds, zone));
    }

    private static FeelValue TimeFrom(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var value = arguments[0].Reference switch
        {
            string text => FeelValue.Of(FeelTime.Parse(text)),
            FeelTime time => FeelValue.Of(time),
            FeelDateTime moment => FeelValue.Of(moment.Time),
            FeelDate => FeelValue.Of(new FeelTime(0, FeelZone.Utc)),
            _ => default,
        };
        return value.IsNull ? BuiltIns.Wrong(run, "time", arguments) : value;
    }

    private static FeelValue TimeOf(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var zone = arguments.Length < 4 ? FeelZone.None : Offset(arguments[3]);
        return Clock(arguments[..3], out var nanoseconds) && zone is not null
            ? FeelValue.Of(new FeelTime(nanoseconds, zone))
            : BuiltIns.Wrong(run, "time", arguments);
    }

    /// <summary>Hours, minutes and seconds with a fraction.</summary>
    private static bool Clock(ReadOnlySpan<FeelValue> parts, out long nanoseconds)
    {
        nanoseconds = 0;
        if (!Whole(parts[0], out var hour) || !Whole(parts[1], out var minute) || !parts[2].IsShortNumber)
            return false;
        var second = parts[2].Short;
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or >= 60)
            return false;
        nanoseconds = (((hour * 3600) + (minute * 60)) * FeelTime.Second) + (long)(second * FeelTime.Second);
        return true;
    }

    private static FeelZone? Offset(FeelValue value) => value.IsNull ? FeelZone.None
        : value.Reference is DaysDuration duration && Int128.Abs(duration.Nanoseconds) <= FeelTime.Day ? FeelZone.Of((long)(duration.Nanoseconds / FeelTime.Second))
        : null;

    /// <summary>The whole part of a number; none of anything else.</summary>
    private static bool Whole(FeelValue value, out long whole)
    {
        whole = 0;
        if (!value.IsShortNumber || Math.Abs(value.Short) > 1_000_000_000_000m)
            return false;
        whole = (long)decimal.Truncate(value.Short);
        return true;
    }

    private static FeelValue Number(FeelRun run, FeelValue from, FeelValue grouping, FeelValue point, ReadOnlySpan<FeelValue> arguments)
    {
        if (from.Kind == FeelKind.Number && arguments.Length == 1)
            return from;
        if (from.Reference is not string text || !IsSeparator(grouping, " ,.") || !IsSeparator(point, ",.") || (!grouping.IsNull && FeelOperators.AreEqual(grouping, point) == true) || text.Length > 10_000)
            return BuiltIns.Wrong(run, "number", arguments);
        if (!grouping.IsNull)
            text = text.Replace(grouping.AsString(), "", StringComparison.Ordinal);
        if (!point.IsNull && point.AsString() != ".")
        {
            if (text.Contains('.', StringComparison.Ordinal))
                return BuiltIns.Wrong(run, "number", arguments);
            text = text.Replace(point.AsString(), ".", StringComparison.Ordinal);
        }
        return NumberForm().IsMatch(text) && BigDecimal.Parse(text) is { } value ? FeelValue.Of(value) : BuiltIns.Wrong(run, "number", arguments);
    }

    private static bool IsSeparator(FeelValue value, string allowed) =>
        value.IsNull || (value.Reference is string { Length: 1 } text && allowed.Contains(text, StringComparison.Ordinal));

    private static FeelValue Text(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].IsNull)
            return default;
        return FeelValue.Of(FeelText.Whole(run, arguments[0]));
    }

    private static FeelValue Duration(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var value = arguments[0].Kind switch
        {
            FeelKind.String => DurationOf(arguments[0].AsString()),
            FeelKind.DaysDuration or FeelKind.MonthsDuration => arguments[0],
            _ => default,
        };
        return value.IsNull ? BuiltIns.Wrong(run, "duration", arguments) : value;
    }

    /// <summary>The whole months between two days, towards zero; the times of day do not count.</summary>
    private static FeelValue YearsAndMonths(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (Day(arguments[0]) is not { } from || Day(arguments[1]) is not { } to)
            return BuiltIns.Wrong(run, "years and months duration", arguments);
        var months = ((to.Year - (long)from.Year) * 12) + to.Month - from.Month;
        var rest = to.Day.CompareTo(from.Day);
        if (months > 0 && rest < 0)
            months--;
        else if (months < 0 && rest > 0)
            months++;
        return FeelValue.Of(new MonthsDuration(months));
    }

    private static FeelDate? Day(FeelValue value) => value.Reference as FeelDate ?? (value.Reference as FeelDateTime)?.Date;

    [GeneratedRegex(@"^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumberForm();
}
