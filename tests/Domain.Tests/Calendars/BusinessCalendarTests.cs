using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Domain.Calendars;

using Xunit;

namespace Switchboard.Domain.Tests.Calendars;

public sealed class BusinessCalendarTests
{
    private static readonly BusinessCalendar Boston = Of("America/New_York", """
        {"monday": [{"open": "08:00", "close": "12:00"}, {"open": "13:00", "close": "17:00"}], "tuesday": [{"open": "08:00", "close": "17:00"}],
         "wednesday": [{"open": "08:00", "close": "17:00"}], "thursday": [{"open": "08:00", "close": "17:00"}],
         "friday": [{"open": "08:00", "close": "15:00"}], "saturday": null, "sunday": []}
        """, """[{"name": "Thanksgiving", "date": "2026-11-26"}]""");

    [Theory]
    [InlineData("2026-11-02T15:00:00Z", 1, "2026-11-03T22:00:00Z")] // a Monday; Tuesday 17:00 in New York is 22:00 UTC
    [InlineData("2026-11-02T15:00:00Z", 5, "2026-11-09T22:00:00Z")]
    [InlineData("2026-11-06T23:30:00Z", 1, "2026-11-09T22:00:00Z")] // Friday evening: the weekend does not count
    [InlineData("2026-11-25T15:00:00Z", 1, "2026-11-27T20:00:00Z")] // a holiday does not count; Friday closes at 15:00
    [InlineData("2026-10-30T15:00:00Z", 1, "2026-11-02T22:00:00Z")] // over the change to winter time
    public void Business_days_end_at_the_close_of_the_last_one(string from, int days, string due) =>
        Boston.EndOfBusinessDay(DateTimeOffset.Parse(from), days).Should().Be(DateTimeOffset.Parse(due));

    [Theory]
    [InlineData("2026-11-02T16:30:00Z", "01:00:00", "2026-11-02T18:30:00Z")] // 11:30 local: half an hour, lunch, half an hour
    [InlineData("2026-11-06T19:30:00Z", "01:00:00", "2026-11-09T13:30:00Z")] // Friday 14:30 + 1 h = Monday 08:30
    [InlineData("2026-11-07T12:00:00Z", "00:00:00", "2026-11-09T13:00:00Z")] // nothing, on a Saturday: Monday's opening
    [InlineData("2026-11-03T13:00:00Z", "09:00:00", "2026-11-03T22:00:00Z")] // a whole day ends at its close
    public void Business_time_passes_only_while_open(string from, string duration, string due) =>
        Boston.Add(DateTimeOffset.Parse(from), TimeSpan.Parse(duration)).Should().Be(DateTimeOffset.Parse(due));

    [Fact]
    public void An_hour_that_the_clock_skips_is_not_counted()
    {
        var nights = Of("America/New_York", """{"sunday": [{"open": "01:00", "close": "05:00"}]}""", "[]");

        // 8 March 2026: 02:00 becomes 03:00, so 01:00 to 05:00 on the wall are three hours.
        nights.Add(DateTimeOffset.Parse("2026-03-08T00:00:00Z"), TimeSpan.FromHours(3)).Should().Be(DateTimeOffset.Parse("2026-03-08T09:00:00Z"));
    }

    [Fact]
    public void A_week_without_open_hours_is_refused()
    {
        var closed = () => Of("UTC", "{}", "[]");

        closed.Should().Throw<ArgumentException>().WithMessage("*at least one weekday*");
    }

    private static BusinessCalendar Of(string zone, string hours, string holidays) =>
        BusinessCalendar.Of(zone, JsonNode.Parse(hours)!.AsObject(), JsonNode.Parse(holidays)!.AsArray());
}
