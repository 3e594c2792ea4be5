using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Domain.Calendars;
using Switchboard.Domain.Porting;

using Xunit;

using static Switchboard.Domain.Tests.RecordAssertions;

namespace Switchboard.Domain.Tests.Porting;

public sealed class SiteTests
{
    private const string Week = """
        {"monday": {"open": "08:00", "close": "17:00"}, "tuesday": [{"open": "13:00", "close": "17:00"}, {"open": "08:00", "close": "12:00"}],
         "wednesday": null, "thursday": [], "friday": {"open": "08:00", "close": "15:00"}, "saturday": null, "sunday": [{"open": "00:00", "close": "24:00"}]}
        """;

    [Fact]
    public void Hours_are_stored_as_sorted_lists_whatever_form_they_came_in()
    {
        var site = Site(hours: Week);

        site.Problems().Should().BeEmpty();

        JsonNode.DeepEquals(site.BusinessHours, Json("""
            {"monday": [{"open": "08:00", "close": "17:00"}], "tuesday": [{"open": "08:00", "close": "12:00"}, {"open": "13:00", "close": "17:00"}],
             "wednesday": [], "thursday": [], "friday": [{"open": "08:00", "close": "15:00"}], "saturday": [], "sunday": [{"open": "00:00", "close": "24:00"}]}
            """)).Should().BeTrue(site.BusinessHours!.ToJsonString());
        var once = site.BusinessHours.ToJsonString();
        site.Problems().Should().BeEmpty();
        site.BusinessHours.ToJsonString().Should().Be(once, "the normal form is its own");
        BusinessCalendar.Of(site.Timezone, site.BusinessHours.AsObject(), null).On(new DateOnly(2026, 11, 3)).Should().HaveCount(2);
    }

    [Fact]
    public void A_day_that_nobody_mentioned_is_an_error_and_not_a_guess()
    {
        // The example of the seed, which leaves out Wednesday and Thursday.
        var site = Site(hours: """
            {"monday": {"open": "08:00", "close": "17:00"}, "tuesday": {"open": "08:00", "close": "17:00"},
             "friday": {"open": "08:00", "close": "15:00"}, "saturday": null, "sunday": null}
            """);

        site.Problems().Should().Equal("businessHours/wednesday required", "businessHours/thursday required");
    }

    [Theory]
    [InlineData("""{"open": "17:00", "close": "08:00"}""", "businessHours/monday open_after_close")]
    [InlineData("""{"open": "08:00", "close": "08:00"}""", "businessHours/monday open_after_close")]
    [InlineData("""{"open": "8:00", "close": "17:00"}""", "businessHours/monday invalid_format")]
    [InlineData("""{"open": "08:00", "close": "25:00"}""", "businessHours/monday invalid_format")]
    [InlineData("""{"open": "08:00"}""", "businessHours/monday invalid_format")]
    [InlineData("\"08:00-17:00\"", "businessHours/monday/0 invalid_format")]
    [InlineData("""[{"open": "08:00", "close": "12:00"}, {"open": "11:00", "close": "17:00"}]""", "businessHours/monday/1 overlap")]
    [InlineData("[null]", "businessHours/monday/0 invalid_format")]
    public void An_interval_opens_and_closes_on_its_day(string monday, string problem)
    {
        var week = Json(Week).AsObject();
        week["monday"] = JsonNode.Parse(monday);

        Site(hours: week.ToJsonString()).Problems().Should().Equal(problem);
    }

    [Fact]
    public void Intervals_may_touch()
    {
        var week = Json(Week).AsObject();
        week["monday"] = Json("""[{"open": "08:00", "close": "12:00"}, {"open": "12:00", "close": "17:00"}]""");

        Site(hours: week.ToJsonString()).Problems().Should().BeEmpty();
    }

    [Fact]
    public void A_day_that_no_calendar_knows_is_refused()
    {
        var week = Json(Week).AsObject();
        week["Monday"] = null;

        Site(hours: week.ToJsonString()).Problems().Should().Equal("businessHours/Monday unknown_field");
        Site(hours: "[]").Problems().Should().Equal("businessHours invalid_format");
    }

    [Fact]
    public void A_site_that_never_opens_has_no_hours() =>
        Site(hours: """{"monday": null, "tuesday": null, "wednesday": null, "thursday": null, "friday": null, "saturday": null, "sunday": []}""")
            .Problems().Should().Equal("businessHours never_open");

    [Fact]
    public void Holidays_are_stored_by_date_and_once()
    {
        var site = Site(holidays: """
            [{"name": "Christmas", "date": "2024-12-25"}, {"name": " New Year's Day ", "date": "2024-01-01"}, {"name": "Christmas", "date": "2024-12-25"}]
            """);

        site.Problems().Should().BeEmpty();

        JsonNode.DeepEquals(site.Holidays, Json("""[{"name": "New Year's Day", "date": "2024-01-01"}, {"name": "Christmas", "date": "2024-12-25"}]""")).Should().BeTrue();
    }

    [Theory]
    [InlineData("""[{"name": "X", "date": "25.12.2024"}]""", "holidays/0/date invalid_format")]
    [InlineData("""[{"name": "X", "date": "2023-02-29"}]""", "holidays/0/date invalid_format")]
    [InlineData("""[{"date": "2024-12-25"}]""", "holidays/0/name required")]
    [InlineData("""["2024-12-25"]""", "holidays/0/name required", "holidays/0/date invalid_format")]
    [InlineData("""{"name": "X"}""", "holidays invalid_format")]
    public void A_holiday_has_a_name_and_a_date(string holidays, params string[] problems) => Site(holidays: holidays).Problems().Should().Equal(problems);

    [Theory]
    [InlineData("America/New_York", true)]
    [InlineData("Etc/UTC", true)]
    [InlineData("Eastern Standard Time", false)]
    [InlineData("America/Gotham", false)]
    [InlineData("../../etc/passwd", false)]
    public void A_time_zone_is_one_of_the_IANA_database(string zone, bool known) =>
        Site(zone: zone).Problems().Should().Equal(known ? [] : ["timezone invalid_time_zone"]);

    private static Site Site(string? hours = null, string? holidays = null, string zone = "America/New_York") => new()
    {
        Name = "Boston HQ",
        Timezone = zone,
        BusinessHours = hours is null ? null : JsonNode.Parse(hours),
        Holidays = holidays is null ? null : JsonNode.Parse(holidays),
    };
}
