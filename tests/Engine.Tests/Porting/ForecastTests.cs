using System.Globalization;

using FluentAssertions;

using Switchboard.Runtime.Porting;

using Xunit;

namespace Switchboard.Engine.Tests.Porting;

public sealed class ForecastTests
{
    [Theory]
    [InlineData(10, 5, 4, "2026-06-17")] // five a day
    [InlineData(100, 1, 30, "2027-01-01")] // the seven of the last fortnight alone, not those of long ago
    public void A_forecast_goes_on_as_in_the_last_fortnight(int left, int aDay, int days, string end)
    {
        var today = new DateOnly(2026, 6, 15);
        var verified = Enumerable.Range(0, days).Where(back => back % 2 == 0 || days <= 4).ToDictionary(back => today.AddDays(-back), _ => aDay);

        var forecast = Forecast.Of(verified, left, lastPort: null, today);

        forecast.By.Should().Be("rate");
        forecast.End.Should().Be(DateOnly.Parse(end, CultureInfo.InvariantCulture));
        Forecast.Of(verified, 0, null, today).Should().Be(new Forecast(0, 0, 0, today, "done"));
        Forecast.Of(verified, left, null, today.AddDays(40)).By.Should().Be("unknown", "nothing was verified for so long");
    }
}
