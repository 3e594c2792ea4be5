using FluentAssertions;

using Switchboard.Rules.Feel;

using Xunit;

namespace Switchboard.Rules.Tests.Feel;

/// <summary>What expressions give: one row an expression, beside another that gives the same.</summary>
public sealed class ExpressionTests
{
    [Theory]
    [InlineData("-5 ** 2", "25")]
    [InlineData("3 ** 4 ** 5", "3486784401")]
    [InlineData("-(function(a) a)(10)", "-10")]
    [InlineData("--10", "10")]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData(".872", "0.872")]
    [InlineData("1.23e4", "12300")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("10 - 3 - 2", "5")]
    [InlineData("1 / 0", "null")]
    [InlineData("1 // a comment\n + 1", "2")]
    [InlineData("1 /* another */ + 1", "2")]
    [InlineData("0.1 + 0.2", "0.3")]
    [InlineData("1.10", "1.1")]
    [InlineData("2 ** 100", "1267650600228229401496703205376")]
    [InlineData("10 ** 30 + 1", "1000000000000000000000000000001")]
    public void Arithmetic(string expression, string expected) => ShouldBe(expression, expected);

    [Theory]
    [InlineData("false and 123", "false")]
    [InlineData("true and 123", "null")]
    [InlineData("true and null", "null")]
    [InlineData("true or null", "true")]
    [InlineData("not(null)", "null")]
    [InlineData("null = null", "true")]
    [InlineData("1 = null", "false")]
    [InlineData("100 = \"100\"", "null")]
    [InlineData("100 != \"100\"", "null")]
    [InlineData("1 < null", "null")]
    [InlineData("if null then 1 else 2", "2")]
    [InlineData("all([true, null])", "null")]
    [InlineData("any([null, false])", "null")]
    [InlineData("all([])", "true")]
    [InlineData("any([])", "false")]
    [InlineData("5 between 1 and 10 and true", "true")]
    public void Logic(string expression, string expected) => ShouldBe(expression, expected);

    [Theory]
    [InlineData("5 in (< 10)", "true")]
    [InlineData("5 in (1, 2, >= 5)", "true")]
    [InlineData("5 in [1..5)", "false")]
    [InlineData("5 in ]4..5]", "true")]
    [InlineData("5 in [1..6[", "true")]
    [InlineData("1 in [[2..4], [1..3]]", "true")]
    [InlineData("null in [1..10]", "null")]
    [InlineData("5 in (null..10]", "null")]
    [InlineData("]1..10] = (1..10]", "true")]
    [InlineData("(< 10) = (null..10)", "false")]
    [InlineData("[1..10].start included", "true")]
    [InlineData("range(\"[1..3]\") = [1..3]", "true")]
    [InlineData("before(1, [2..3])", "true")]
    [InlineData("overlaps([1..3], [2..4])", "true")]
    public void Ranges(string expression, string expected) => ShouldBe(expression, expected);

    [Theory]
    [InlineData("[1, 2, 3][2]", "2")]
    [InlineData("[1, 2, 3][-1]", "3")]
    [InlineData("[1, 2, 3][item > 1]", "[2, 3]")]
    [InlineData("[1, 2, 3][5]", "null")]
    [InlineData("100[1]", "100")]
    [InlineData("100[true]", "[100]")]
    [InlineData("true[false]", "[]")]
    [InlineData("[{x: 1}, {y: 2}].y", "[null, 2]")]
    [InlineData("[{x: 1, y: 2}, {x: 2, y: 3}][x = 2].y", "[3]")]
    [InlineData("[{item: 1}, {item: 2}][item = 2]", "[{item: 2}]")]
    [InlineData("{a b: 1, c: a b + 1}.c", "2")]
    [InlineData("{foo+bar: 1}.foo+bar", "1")]
    [InlineData("{a: 1, a: 2}", "null")]
    [InlineData("{a: {b c: 5}}.a.b c", "5")]
    [InlineData("for i in 1..3 return i * 2", "[2, 4, 6]")]
    [InlineData("for i in 4..2 return i", "[4, 3, 2]")]
    [InlineData("for i in [[1, 2], [3]], j in i return j", "[1, 2, 3]")]
    [InlineData("for i in 1..5 return if i = 1 then 1 else i * partial[-1]", "[1, 2, 6, 24, 120]")]
    [InlineData("some x in [1, 2] satisfies x > 1", "true")]
    [InlineData("every x in [1, 2] satisfies x > 1", "false")]
    [InlineData("every x in [] satisfies x > 1", "true")]
    [InlineData("for f in (for i in [1, 2] return function(x) x + i) return f(10)", "[11, 12]")]
    [InlineData("{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(5)}.r", "120")]
    [InlineData("sort([3, 1, 2], function(x, y) x < y)", "[1, 2, 3]")]
    [InlineData("count([1, 2, 3])", "3")]
    [InlineData("sum(list: [1, 2])", "3")]
    [InlineData("min(1, 2) + max([3, 4])", "5")]
    [InlineData("concatenate([1], [2, 3])", "[1, 2, 3]")]
    [InlineData("flatten([[1, [2]], 3])", "[1, 2, 3]")]
    public void Lists_and_contexts(string expression, string expected) => ShouldBe(expression, expected);

    [Theory]
    [InlineData("string length(\"🐎😀\")", "2")]
    [InlineData("substring(\"foobar\", -2, 1)", "\"a\"")]
    [InlineData("substring before(\"foobar\", \"xyz\")", "\"\"")]
    [InlineData("upper case(\"abc\") + \"d\"", "\"ABCd\"")]
    [InlineData("matches(\"Mary\\rJones\", \"Mary.Jones\")", "false")]
    [InlineData("replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")", "\"[1=ab][2=]cd\"")]
    [InlineData("split(\"a;b;c\", \";\")", "[\"a\", \"b\", \"c\"]")]
    [InlineData("string join([\"a\", null, \"b\"], \"-\")", "\"a-b\"")]
    [InlineData("string(123.45)", "\"123.45\"")]
    [InlineData("number(\"1.000.000,01\", \".\", \",\")", "1000000.01")]
    [InlineData("\"\\uD83D\\uDC0E\" = \"🐎\"", "true")]
    public void Texts(string expression, string expected) => ShouldBe(expression, expected);

    [Theory]
    [InlineData("date(\"2021-01-01\") + duration(\"PT36H\") = date(\"2021-01-02\")", "true")]
    [InlineData("@\"2021-01-02\" - @\"PT1S\" = @\"2021-01-01\"", "true")]
    [InlineData("date and time(\"2018-12-10\") = @\"2018-12-10T00:00:00\"", "true")]
    [InlineData("@\"12:00:00-01:00\" = @\"17:00:00+04:00\"", "true")]
    [InlineData("is(@\"12:00:00Z\", @\"12:00:00+00:00\")", "true")]
    [InlineData("@\"P1D\" = @\"PT24H\"", "true")]
    [InlineData("string(@\"PT1000M\")", "\"PT16H40M\"")]
    [InlineData("@\"P1Y11M\" * -2.5 = @\"-P4Y9M\"", "true")]
    [InlineData("@\"2020-02-29\" + @\"P1Y\" = @\"2021-02-28\"", "true")]
    [InlineData("date and time(\"2017-01-01T24:00:00\") = @\"2017-01-02T00:00:00\"", "true")]
    [InlineData("time(\"7:00:00\")", "null")]
    [InlineData("week of year(date(2005, 1, 1))", "53")]
    [InlineData("day of week(@\"2026-11-25\")", "\"Wednesday\"")]
    [InlineData("years and months duration(@\"2013-08-24\", @\"2017-12-15\") = @\"P4Y3M\"", "true")]
    [InlineData("@\"2021-03-28T01:30:00@Europe/Berlin\".time offset = @\"PT1H\"", "true")]
    [InlineData("@\"nonsense\"", "null")]
    public void Dates_times_and_durations(string expression, string expected) => ShouldBe(expression, expected);

    [Theory]
    [InlineData("1 instance of number", "true")]
    [InlineData("null instance of Null", "true")]
    [InlineData("null instance of number", "false")]
    [InlineData("[1, 2] instance of list<number>", "true")]
    [InlineData("{a: 1} instance of context<a: number>", "true")]
    [InlineData("@\"P1D\" instance of days and time duration", "true")]
    public void Types(string expression, string expected) => ShouldBe(expression, expected);

    internal static void ShouldBe(string expression, string expected)
    {
        var actual = FeelExpression.Parse(expression, FeelScope.Empty);

        actual.Problems.Where(problem => problem.IsError).Should().BeEmpty();
        var wanted = FeelExpression.Parse(expected, FeelScope.Empty).Evaluate([], new FeelRun(TimeProvider.System));
        for (var run = 0; run < 4; run++) // interpreted, then compiled
            FeelLiteral.Print(actual.Evaluate([], new FeelRun(TimeProvider.System))).Should().Be(FeelLiteral.Print(wanted), expression);
    }
}
