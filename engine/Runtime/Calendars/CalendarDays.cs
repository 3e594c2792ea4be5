using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Artefacts.Kinds;

namespace Switchboard.Runtime.Calendars;

/// <summary>A calendar as days to look at.</summary>
public static class CalendarDays
{
    /// <returns><c>{timezone, items: [{date, open: [{open, close}], holiday}]}</c>; <c>holiday</c> is its name, or null.</returns>
    /// <exception cref="ProblemException">422 for a text that is no calendar.</exception>
    public static JsonObject Of(Artefact calendar, DateOnly from, int count)
    {
        var content = CalendarContent.Of(calendar.Content);
        if (!content.Parses)
            throw new ProblemException(422, "artefact_syntax", $"This version of calendar {calendar.Key} does not parse.");
        var days = content.For(null, null);
        var names = (content.Holidays ?? []).GroupBy(holiday => (string)holiday!["date"]!).ToDictionary(group => group.Key, group => (string?)group.First()!["name"]);
        return new JsonObject
        {
            ["timezone"] = content.Timezone,
            ["items"] = new JsonArray([.. Enumerable.Range(0, count).Select(from.AddDays).Select(date => (JsonNode)new JsonObject
            {
                ["date"] = Text(date),
                ["open"] = new JsonArray([.. days.On(date).Select(hours => (JsonNode)new JsonObject { ["open"] = Text(hours.Open), ["close"] = Text(hours.Close) })]),
                ["holiday"] = names.GetValueOrDefault(Text(date)),
            })]),
        };
    }

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The last tick of a day is how 24:00 is kept.</summary>
    private static string Text(TimeOnly time) => time == TimeOnly.MaxValue ? "24:00" : time.ToString("HH:mm", CultureInfo.InvariantCulture);
}
