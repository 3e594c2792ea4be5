using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Domain;
using Switchboard.Domain.Calendars;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>A business calendar: <c>name, timezone, hours</c> by weekday, <c>holidays</c>, and <c>tests</c> of when so many days are over.</summary>
internal sealed class CalendarKind : ArtefactKind
{
    public override string Name => "calendar";

    public override string Folder => "workflows/calendars";

    public override string Ending => ".yaml";

    public override ArtefactContent Read(string key, string text) => CalendarContent.Of(text);

    public override string Canonical(string text) => YamlText.Canonical(text);
}

/// <summary>A calendar, read.</summary>
internal sealed class CalendarContent : ArtefactContent
{
    private static readonly string[] Members = ["name", "timezone", "hours", "holidays", "tests"];

    private readonly JsonObject json;
    private readonly JsonObject hours;

    private CalendarContent(JsonObject json, JsonObject hours, JsonArray? holidays, IReadOnlyList<ArtefactProblem> problems) =>
        (this.json, this.hours, Holidays, Problems) = (json, hours, holidays, problems);

    public override IReadOnlyList<ArtefactProblem> Problems { get; }

    public string Timezone => Text(json["timezone"]) ?? "UTC";

    public JsonArray? Holidays { get; }

    /// <param name="timezone">Of a site, instead of its own.</param>
    /// <param name="siteHolidays">Of a site, instead of its own.</param>
    public BusinessCalendar For(string? timezone, JsonArray? siteHolidays) => BusinessCalendar.Of(timezone ?? Timezone, hours, siteHolidays ?? Holidays);

    public override IEnumerable<ArtefactTest> Tests => (json["tests"] as JsonArray ?? []).OfType<JsonObject>().Select(test =>
        new ArtefactTest(Text(test["name"])!, _ => Run(test)));

    public override IEnumerable<ArtefactPart> Parts =>
    [
        new("calendar", "calendar", Text(json["name"]) ?? "calendar", new JsonObject { ["name"] = json["name"]?.DeepClone(), ["timezone"] = Timezone }),
        .. hours.Select(day => new ArtefactPart("day", day.Key, day.Key, new JsonObject { ["hours"] = day.Value?.DeepClone() })),
        .. (Holidays ?? []).Select(holiday => new ArtefactPart("holiday", (string)holiday!["date"]!, (string)holiday["name"]!, new JsonObject { ["name"] = (string)holiday["name"]! })),
        .. (json["tests"] as JsonArray ?? []).OfType<JsonObject>().Select(test => new ArtefactPart("test", Text(test["name"])!, Text(test["name"])!, (JsonObject)test.DeepClone())),
    ];

    public static CalendarContent Of(string text)
    {
        var (json, syntax) = YamlText.Read(text);
        if (json is null)
            return new CalendarContent([], [], null, [syntax!]);
        var errors = new List<FieldError>();
        foreach (var unknown in json.Select(member => member.Key).Except(Members))
            errors.Add(new FieldError(unknown, "unknown_field", $"A calendar has no {unknown}; it has {string.Join(", ", Members)}."));
        if (Text(json["timezone"]) is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            errors.Add(new FieldError("timezone", "unknown_timezone", $"{zone} is no time zone; write an IANA name such as America/New_York."));
        var hours = OpeningTimes.Hours("hours", json["hours"], out var wrongHours);
        var holidays = OpeningTimes.Holidays("holidays", json["holidays"], out var wrongHolidays);
        errors.AddRange(wrongHours);
        errors.AddRange(wrongHolidays);
        if (json["hours"] is null)
            errors.Add(new FieldError("hours", "required", "Say for every weekday when it is open."));
        errors.AddRange(CheckTests(json["tests"]));
        return new CalendarContent(
            json, hours as JsonObject ?? [], holidays as JsonArray,
            [.. errors.Select(error => new ArtefactProblem("error", error.Code, error.Detail, LineOf(text, error.Field), Property: error.Field))]);
    }

    private static IEnumerable<FieldError> CheckTests(JsonNode? node)
    {
        if (node is null)
            yield break;
        if (node is not JsonArray tests)
        {
            yield return new FieldError("tests", "invalid_format", "Tests are a list of {name, from, businessDays or businessTime, expect}.");
            yield break;
        }
        for (var i = 0; i < tests.Count; i++)
        {
            var test = tests[i] as JsonObject;
            var length = test?["businessDays"] is JsonValue days && days.TryGetValue<decimal>(out var count) && count == decimal.Truncate(count)
                || TimeSpan.TryParse(Text(test?["businessTime"]), CultureInfo.InvariantCulture, out _);
            if (Text(test?["name"]) is null || !length || !FieldText.TryParseInstant(Text(test?["from"]) ?? "", out _) || !FieldText.TryParseInstant(Text(test?["expect"]) ?? "", out _))
                yield return new FieldError($"tests/{i}", "invalid_format", "A test is {name, from, businessDays or businessTime (\"04:00\"), expect}; from and expect are instants such as 2026-07-03T15:00:00Z.");
        }
    }

    private string? Run(JsonObject test)
    {
        if (!FieldText.TryParseInstant(Text(test["from"])!, out var from) || !FieldText.TryParseInstant(Text(test["expect"])!, out var expected))
            throw new InvalidOperationException("A test whose instants were not read is run.");
        var calendar = For(null, null);
        var actual = test["businessDays"] is JsonValue days
            ? calendar.EndOfBusinessDay(from, (int)days.GetValue<decimal>())
            : calendar.Add(from, TimeSpan.Parse(Text(test["businessTime"])!, CultureInfo.InvariantCulture));
        // 24:00 is kept as the last tick of a day, so days without a break lose a tick each.
        return (actual - expected).Duration() < TimeSpan.FromMilliseconds(1) ? null : $"It is over at {FieldText.Format(actual)}, not at {FieldText.Format(expected)}.";
    }

    /// <summary>The first line that begins with the last name of the path.</summary>
    private static int? LineOf(string text, string path)
    {
        var name = path.Split('/').LastOrDefault(part => part.Length > 0 && !char.IsAsciiDigit(part[0])) ?? path;
        var line = Array.FindIndex(text.Split('\n'), row => row.TrimStart(' ', '-', '{').StartsWith(name + ":", StringComparison.Ordinal));
        return line < 0 ? null : line + 1;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
