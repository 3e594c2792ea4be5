using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Domain.Calendars;

/// <summary>
/// The written form of business hours and holidays: checked and brought to the one form that
/// <see cref="BusinessCalendar.Of"/> reads.
/// </summary>
public static class OpeningTimes
{
    private static readonly string[] Days =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    /// <summary>
    /// Takes for each weekday a list of intervals, one interval, or null for closed, and gives a list for each, sorted. Every
    /// weekday must be named: a day that somebody forgot is neither open nor closed.
    /// </summary>
    public static JsonNode? Hours(string field, JsonNode? value, out IReadOnlyList<FieldError> errors)
    {
        errors = [];
        if (value is null)
            return null;
        if (value is not JsonObject week)
        {
            errors = [new FieldError(field, "invalid_format", "Business hours are an object with a member for each weekday.")];
            return value;
        }
        var found = new List<FieldError>();
        var canonical = new JsonObject();
        foreach (var day in Days)
        {
            if (week.ContainsKey(day))
                canonical[day] = Intervals($"{field}/{day}", week[day], found);
            else
                found.Add(new FieldError($"{field}/{day}", "required", $"Say when the site is open on {day}, or null for closed."));
        }
        foreach (var unknown in week.Select(member => member.Key).Except(Days))
            found.Add(new FieldError($"{field}/{unknown}", "unknown_field", "Weekdays are written monday to sunday."));
        if (found.Count == 0 && canonical.All(day => day.Value is JsonArray { Count: 0 }))
            found.Add(new FieldError(field, "never_open", "A site that never opens has no business time: leave the hours out instead."));
        errors = found;
        return found.Count == 0 ? canonical : value;
    }

    /// <summary>Each holiday has a name and an ISO date; given back in the order of their dates.</summary>
    public static JsonNode? Holidays(string field, JsonNode? value, out IReadOnlyList<FieldError> errors)
    {
        errors = [];
        if (value is null)
            return null;
        if (value is not JsonArray list)
        {
            errors = [new FieldError(field, "invalid_format", "Holidays are a list of {name, date}.")];
            return value;
        }
        var found = new List<FieldError>();
        var dated = new List<(DateOnly Date, string Name)>();
        for (var i = 0; i < list.Count; i++)
        {
            var holiday = list[i] as JsonObject;
            var name = Text(holiday?["name"]);
            if (string.IsNullOrWhiteSpace(name))
                found.Add(new FieldError($"{field}/{i}/name", "required", "A holiday has a name."));
            if (!DateOnly.TryParseExact(Text(holiday?["date"]), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                found.Add(new FieldError($"{field}/{i}/date", "invalid_format", "A holiday has a date of the form 2026-12-25."));
            dated.Add((date, name?.Trim() ?? ""));
        }
        errors = found;
        if (found.Count > 0)
            return value;
        return new JsonArray([.. dated.Distinct().OrderBy(holiday => holiday.Date).Select(holiday => (JsonNode)new JsonObject
        {
            ["name"] = holiday.Name,
            ["date"] = holiday.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        })]);
    }

    private static JsonArray Intervals(string at, JsonNode? value, List<FieldError> errors)
    {
        if (value is null)
            return [];
        var one = value is JsonObject;
        var written = value as JsonArray ?? [value.DeepClone()];
        var intervals = new List<(int Open, int Close, string At)>();
        for (var i = 0; i < written.Count; i++)
        {
            var where = one ? at : $"{at}/{i}";
            if (written[i] is not JsonObject interval || Minutes(interval["open"]) is not { } open || Minutes(interval["close"]) is not { } close)
                errors.Add(new FieldError(where, "invalid_format", "An interval is {open, close}, both of the form HH:mm from 00:00 to 24:00."));
            else if (open >= close)
                errors.Add(new FieldError(where, "open_after_close", "An interval opens before it closes; one over midnight is two, on two days."));
            else
                intervals.Add((open, close, where));
        }
        intervals.Sort();
        for (var i = 1; i < intervals.Count; i++)
        {
            if (intervals[i].Open < intervals[i - 1].Close)
                errors.Add(new FieldError(intervals[i].At, "overlap", "This interval begins before another one of the day ends."));
        }
        return new JsonArray([.. intervals.Select(interval => (JsonNode)new JsonObject
        {
            ["open"] = Written(interval.Open),
            ["close"] = Written(interval.Close),
        })]);
    }

    private static int? Minutes(JsonNode? node)
    {
        var text = Text(node);
        if (text == "24:00")
            return 24 * 60;
        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? (time.Hour * 60) + time.Minute
            : null;
    }

    private static string Written(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");

    private static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? (string)node! : null;
}
