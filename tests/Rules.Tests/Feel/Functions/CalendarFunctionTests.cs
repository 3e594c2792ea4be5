using Xunit;

namespace Switchboard.Rules.Tests.Feel.Functions;

/// <summary>Conversions to and from texts, the calendar, durations and ranges.</summary>
public sealed class CalendarFunctionTests
{
    [Theory]
    [InlineData("date(\"2017-08-3\")", "null")]
    [InlineData("date(\"2020-01-1\\u0000\")", "null")]
    [InlineData("time(\"10:00:00+0\\u0000:00\")", "null")]
    [InlineData("time(\"23:59:59z\")", "@\"23:59:59Z\"")]
    [InlineData("time(\"24:00:00\")", "null")]
    [InlineData("date and time(\"2018-12-10T24:00:00\")", "@\"2018-12-11T00:00:00\"")]
    [InlineData("date and time(\"2018-12-10\")", "@\"2018-12-10T00:00:00\"")]
    [InlineData("string(date and time(\"2018-12-10T10:30:00.123456789123+02:45:55\"))", "\"2018-12-10T10:30:00.123456789+02:45:55\"")]
    [InlineData("duration(\"P1Y2M3D\")", "null")]
    public void Texts_of_times_are_strict(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("date(2017, 12, 31)", "@\"2017-12-31\"")]
    [InlineData("date(2017, 13, 1)", "null")]
    [InlineData("date(null, 1, 1)", "null")]
    [InlineData("time(10, 20, 30.5, @\"PT1H\")", "@\"10:20:30.5+01:00\"")]
    [InlineData("time(10, 20, 30, null)", "@\"10:20:30\"")]
    [InlineData("time(10, 20, 30, @\"PT19H\")", "null")]
    [InlineData("time(25, 0, 0)", "null")]
    [InlineData("date and time(@\"2018-12-10\", @\"10:00:00Z\")", "@\"2018-12-10T10:00:00Z\"")]
    [InlineData("string(time(@\"2018-12-10\"))", "\"00:00:00Z\"")]
    public void Parts_make_times(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("@\"2021-01-31\" + @\"P1M\"", "@\"2021-02-28\"")]
    [InlineData("@\"2021-01-01\" + @\"PT36H\"", "@\"2021-01-02\"")]
    [InlineData("@\"2021-01-02\" - @\"PT1S\"", "@\"2021-01-01\"")]
    [InlineData("string(@\"2021-03-28T01:30:00@Europe/Berlin\" + @\"PT1H\")", "\"2021-03-28T03:30:00@Europe/Berlin\"")]
    [InlineData("@\"23:59:59\" + @\"PT2S\"", "@\"00:00:01\"")]
    [InlineData("@\"999999999-12-31\" + @\"P1D\"", "null")]
    [InlineData("@\"P1Y11M\" * -2.5", "@\"-P4Y9M\"")]
    [InlineData("@\"P1D\" / @\"PT1H\"", "24")]
    [InlineData("@\"P1D\" / 0", "null")]
    public void Adding_respects_months_and_summer_time(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("day of year(@\"2020-12-31\")", "366")]
    [InlineData("week of year(@\"2005-01-01\")", "53")]
    [InlineData("day of week(@\"2005-01-01\")", "\"Saturday\"")]
    [InlineData("month of year(@\"2005-01-01\")", "\"January\"")]
    [InlineData("years and months duration(@\"2020-02-29\", @\"2021-02-28\")", "@\"P11M\"")]
    [InlineData("years and months duration(@\"2021-02-28\", @\"2020-01-31\")", "@\"-P1Y\"")]
    public void The_calendar(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("@\"2021-01-01T12:00:00-01:00\" = @\"2021-01-01T17:00:00+04:00\"", "true")]
    [InlineData("is(@\"12:00:00-01:00\", @\"17:00:00+04:00\")", "false")]
    [InlineData("is(@\"P1D\", @\"PT24H\")", "true")]
    [InlineData("is(@\"12:00:00Z\", @\"12:00:00+00:00\")", "true")]
    [InlineData("is(@\"P0Y\", @\"P0D\")", "false")]
    public void The_same_and_told_the_same(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("number(\"1.000.000,01\", \".\", \",\")", "1000000.01")]
    [InlineData("number(\"1 000\", \" \", null)", "1000")]
    [InlineData("number(\"1,0\", \".\", \".\")", "null")]
    [InlineData("number(\"1e3\")", "1000")]
    [InlineData("number(\"0x10\")", "null")]
    [InlineData("number(\"٣\")", "null")]
    [InlineData("string(1.10)", "\"1.1\"")]
    [InlineData("string([1, \"a\", null])", "\"[1, \\\"a\\\", null]\"")]
    public void Numbers_from_texts(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("range(\"[1..3]\")", "[1..3]")]
    [InlineData("range(\"[1..)\")", "null")]
    [InlineData("range(\"[3..1]\")", "null")]
    [InlineData("range(\"[1+1..3]\")", "null")]
    [InlineData("before(1, [2..3])", "true")]
    [InlineData("before([1..2], [2..3])", "false")]
    [InlineData("before([1..2), [2..3])", "true")]
    [InlineData("meets([1..5], [5..6])", "true")]
    [InlineData("met by([5..6], [1..5])", "true")]
    [InlineData("overlaps([1..5], [5..8])", "true")]
    [InlineData("overlaps before([1..5], [3..8])", "true")]
    [InlineData("overlaps after([3..8], [1..5])", "true")]
    [InlineData("finishes(5, [1..5])", "true")]
    [InlineData("finished by([1..5], 5)", "true")]
    [InlineData("includes([1..5], [2..3])", "true")]
    [InlineData("during(2, [1..5])", "true")]
    [InlineData("starts([1..3], [1..5])", "true")]
    [InlineData("started by([1..5], 1)", "true")]
    [InlineData("coincides(5, 5)", "true")]
    [InlineData("before(1, \"a\")", "null")]
    public void Ranges(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);
}
