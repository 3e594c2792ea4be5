using System.Numerics;
using System.Text.Json;

using FluentAssertions;

using FsCheck;
using FsCheck.Fluent;

using Switchboard.Rules.Feel;

using Xunit;

namespace Switchboard.Rules.Tests.Feel;

/// <summary>Values by themselves: numbers of two widths, the calendar, order and equality, JSON.</summary>
public sealed class ValueTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(2000);

    private static readonly Arbitrary<decimal> Decimals = (
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        from middle in Gen.Elements(0, 0, 0, 1, 77, int.MaxValue)
        from high in Gen.Elements(0, 0, 0, 5, int.MaxValue)
        from scale in Gen.Choose(0, 28)
        from isNegative in Gen.Elements(true, false)
        select new decimal(low, middle, high, isNegative, (byte)scale)).ToArbitrary();

    [Fact]
    public void The_short_way_and_the_long_way_of_arithmetic_agree() => Prop.ForAll(Decimals, Decimals, (a, b) =>
    {
        var run = new FeelRun(TimeProvider.System);
        var (x, y) = (FeelValue.Of(a), FeelValue.Of(b));
        var (longX, longY) = (BigDecimal.Of(a), BigDecimal.Of(b));
        return Same(FeelOperators.Add(run, x, y), BigDecimal.Add(longX, longY))
            .And(Same(FeelOperators.Subtract(run, x, y), BigDecimal.Add(longX, longY.Negate())))
            .And(Same(FeelOperators.Multiply(run, x, y), BigDecimal.Multiply(longX, longY)))
            .And(Same(FeelOperators.Divide(run, x, y), BigDecimal.Divide(longX, longY)))
            .And(FeelOperators.Compare(x, y) == longX.CompareTo(longY));
    }).Check(Many);

    [Fact]
    public void Thirty_four_digits_are_kept_and_a_tie_goes_to_the_even_one()
    {
        BigDecimal.Parse("12345678901234567890123456789012345")!.ToString().Should().Be("12345678901234567890123456789012340", "the 35th digit is rounded");
        BigDecimal.Parse("12345678901234567890123456789012355")!.ToString().Should().Be("12345678901234567890123456789012360");
        BigDecimal.Divide(BigDecimal.Of(1m), BigDecimal.Of(3m))!.ToString().Should().Be("0." + new string('3', 34));
        BigDecimal.Divide(BigDecimal.Of(2m), BigDecimal.Of(3m))!.ToString().Should().Be("0." + new string('6', 33) + "7");
        BigDecimal.Of(BigInteger.One, 6144).Should().NotBeNull();
        BigDecimal.Of(BigInteger.One, 6145).Should().BeNull("it is beyond decimal128");
        BigDecimal.Of(BigInteger.One, -6177)!.Mantissa.IsZero.Should().BeTrue();
    }

    [Fact]
    public void The_calendar_is_that_of_the_framework_where_that_has_one() => Prop.ForAll(Gen.Choose(0, DateOnly.MaxValue.DayNumber).ToArbitrary(), Gen.Choose(-5000, 5000).ToArbitrary(), (number, months) =>
    {
        var date = DateOnly.FromDayNumber(number);
        var own = FeelDate.Of(date.Year, date.Month, date.Day)!;
        var epoch = new DateOnly(1970, 1, 1).DayNumber;
        var weekday = date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek;
        var isInside = date.Year + (months / 12) is > 2 and < 9990;
        return own.DayNumber == number - epoch && own == FeelDate.OfDayNumber(number - epoch) && own.Weekday == weekday && own == FeelDate.Parse(own.ToString())
            && (!isInside || own.AddMonths(months)!.ToString() == date.AddMonths(months).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
    }).Check(Many);

    [Theory]
    [InlineData("-999999999-01-01")]
    [InlineData("999999999-12-31")]
    [InlineData("0000-02-29")]
    public void Far_years_go_and_come_back(string text)
    {
        var date = FeelDate.Parse(text)!;

        FeelDate.OfDayNumber(date.DayNumber).Should().Be(date);
        date.ToString().Should().Be(text);
    }

    [Theory]
    [InlineData("2021-02-29")]
    [InlineData("02021-01-01")]
    [InlineData("2021-1-1")]
    [InlineData("1000000000-01-01")]
    [InlineData("2021-01-01Z")]
    public void What_is_no_date_is_none(string text) => FeelDate.Parse(text).Should().BeNull();

    [Theory]
    [InlineData("7:00:00")]
    [InlineData("23:59:60")]
    [InlineData("24:00:01")]
    [InlineData("12:00:00+5:00")]
    [InlineData("12:00:00+19:00")]
    [InlineData("12:00:00+02:00@Europe/Paris")]
    [InlineData("12:00:00@No/Where")]
    [InlineData("12:00:00.")]
    public void What_is_no_time_is_none(string text) => FeelTime.Parse(text).Should().BeNull();

    [Fact]
    public void Equal_values_have_equal_hashes_and_order_contradicts_neither() => Prop.ForAll(Values.ToArbitrary(), Values.ToArbitrary(), (a, b) =>
    {
        var comparer = FeelEqualityComparer.Instance;
        var (forth, back) = (FeelOperators.Compare(a, b), FeelOperators.Compare(b, a));
        return (!comparer.Equals(a, b) || comparer.GetHashCode(a) == comparer.GetHashCode(b))
            && comparer.Equals(a, b) == comparer.Equals(b, a) && comparer.Equals(a, a)
            && (forth is null) == (back is null) && (forth is null || Math.Sign(forth.Value) == -Math.Sign(back!.Value))
            && (forth != 0 || comparer.Equals(a, b));
    }).Check(Many);

    [Fact]
    public void A_literal_parses_back_and_json_comes_back() => Prop.ForAll(Values.ToArbitrary(), value =>
    {
        var printed = FeelLiteral.Print(value);
        var parsed = FeelExpression.Parse(printed, FeelScope.Empty).Evaluate([], new FeelRun(TimeProvider.System));
        var type = value.Kind switch
        {
            FeelKind.Date => FeelType.Date,
            FeelKind.Time => FeelType.Time,
            FeelKind.DateTime => FeelType.DateTime,
            FeelKind.DaysDuration => FeelType.DaysDuration,
            FeelKind.MonthsDuration => FeelType.MonthsDuration,
            _ => FeelType.Any,
        };
        using var json = JsonDocument.Parse(FeelJson.ToText(value));
        return (FeelEqualityComparer.Instance.Equals(parsed, value) && FeelEqualityComparer.Instance.Equals(FeelJson.Read(json.RootElement, type), value)).Label(printed);
    }).Check(Many);

    [Theory]
    [InlineData("""{"score": "high"}""", "/score: the text \"high\" stands where number is expected.")]
    [InlineData("""{"scroe": 1}""", "/scroe: lead has no field scroe. Is score meant?")]
    [InlineData("""{"tags": [1]}""", "/tags/0: a number stands where string is expected.")]
    [InlineData("""{"due": "soon"}""", "/due: the text \"soon\" stands where date is expected.")]
    public void Json_that_does_not_fit_says_where_and_what_was_meant(string text, string message)
    {
        var shape = new RowShape("lead", [new RowField("score", FeelType.Number), new RowField("tags", new ListType(FeelType.String)), new RowField("due", FeelType.Date)]);
        using var json = JsonDocument.Parse(text);

        var reading = () => FeelJson.Read(json.RootElement, new RowType(shape));

        reading.Should().Throw<FormatException>().WithMessage(message);
    }

    private static Gen<FeelValue> Values => Gen.OneOf(
        Gen.Choose(-20, 20).Select(number => FeelValue.Of(number / 4m)),
        Gen.Elements("", "a", "b", "🐎", "\uFFFD", "quote\"").Select(text => FeelValue.Of(text)),
        Gen.Elements(true, false).Select(value => FeelValue.Of(value)),
        Gen.Elements("2020-02-29", "2021-03-01").Select(text => FeelValue.Of(FeelDate.Parse(text))),
        Gen.Elements("10:00:00", "10:00:00Z", "11:00:00+01:00", "12:30:00").Select(text => FeelValue.Of(FeelTime.Parse(text))),
        Gen.Elements("2020-02-29T10:00:00", "2020-02-29T10:00:00Z", "2020-02-29T11:00:00@Europe/Berlin").Select(text => FeelValue.Of(FeelDateTime.Parse(text))),
        Gen.Elements("P1D", "PT24H", "-PT1.5S", "PT0S").Select(text => FeelValue.Of(DaysDuration.Parse(text))),
        Gen.Elements("P1Y", "P12M", "-P2M").Select(text => FeelValue.Of(MonthsDuration.Parse(text))),
        Gen.Elements(BigDecimal.Parse("1e40"), BigDecimal.Parse("1.00000000000000000000000000000000001e-3")).Select(number => FeelValue.Of(number)),
        Gen.Choose(0, 3).Select(count => FeelValue.ListOf([.. Enumerable.Range(0, count).Select(i => FeelValue.Of((decimal)i))])),
        Gen.Elements("x", "y").Select(name => FeelValue.Of(new FeelEntries([KeyValuePair.Create(name, FeelValue.Of(1m))]))));

    private static bool Same(FeelValue value, BigDecimal? expected) => FeelEqualityComparer.Instance.Equals(value, FeelValue.Of(expected));

}

internal static class Both
{
    public static bool And(this bool left, bool right) => left && right;
}
