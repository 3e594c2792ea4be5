using System.Text;

using FluentAssertions;

using Switchboard.Rules.Feel;

using Xunit;

namespace Switchboard.Rules.Tests.Feel;

/// <summary>Authors cannot exhaust the service: what asks for too much is refused or stopped, and memory stays bounded.</summary>
public sealed class HostileTests
{
    public static TheoryData<string, string> Greedy => new()
    {
        { "for i in 1..1000000000000 return i", "budget_list" },
        { "count(for i in 1..3000, j in 1..3000 return 1)", "budget" },
        { "some i in 1..1000000, j in 1..1000000 satisfies i + j < 0", "budget_steps" },
        { "{f: function(n) f(n + 1), r: f(1)}.r", "budget_depth" },
        { "{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f(\"0123456789\", 60)}.r", "budget_string" },
        { "matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\", \"(a+)+\\1$\")", "budget_regex" },
        { "{grow: function(l, n) if n = 0 then l else grow(concatenate(l, l), n - 1), r: grow([1], 60)}.r", "budget_list" },
        { "string join(for i in 1..100000 return \"01234567890123456789\", \"\")", "budget_string" },
        { "sort(for i in 1..1000000 return -i, function(x, y) x < y)", "budget_steps" },
        { "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(60)}.r", "budget_steps" },
        { Doubled + "r: string(l[-1])}.r", "budget_string" },
        { Doubled + "r: flatten(l[-1])}.r", "budget_list" },
        { Doubled + "m: for i in 1..40 return if i = 1 then [1] else [partial[-1], partial[-1]], r: l[-1] = m[-1]}.r", "budget_list" },
        { Doubled + "r: 1 + l[-1]}.r", "wrong_operands" },
        { Doubled + "r: abs(l[-1])}.r", "wrong_argument" },
        { Nested + "r: string(l[-1])}.r", "budget_string" },
        { Nested + "r: l[-1] = l[-2]}.r", "budget_nesting" },
        { "for i in 1..20000 return if i = 1 then \"a\" else partial[-1] + \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "budget_steps" },
        { "for i in 1..100000 return string(10 ** 6000)", "budget_steps" },
        { "{s: string join(for i in 1..20000 return \"ab\", \"\"), m: substring(s, 1, 15000) + \"c\" + substring(s, 1, 15000), r: for i in 1..1000 return contains(s, m)}.r", "budget_steps" },
    };

    // A million million elements in the room of eighty.
    private const string Doubled = "{l: for i in 1..40 return if i = 1 then [1] else [partial[-1], partial[-1]], ";

    private const string Nested = "{l: for i in 1..100000 return if i = 1 then [1] else [partial[-1]], ";

    [Theory]
    [MemberData(nameof(Greedy))]
    public void What_asks_for_too_much_gives_null_and_says_why(string text, string code)
    {
        var expression = FeelExpression.Parse(text, FeelScope.Empty);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            // Minutes, so that on a machine that stands still for a while it is not time that ends it.
            var run = new FeelRun(TimeProvider.System, new FeelBudget { Steps = 2_000_000, Time = TimeSpan.FromMinutes(5), RegexTime = TimeSpan.FromMilliseconds(50) });

            expression.Evaluate([], run).IsNull.Should().BeTrue();

            run.Diagnostics.Should().Contain(diagnostic => diagnostic.Code.StartsWith(code));
        }
    }

    [Theory]
    [InlineData(Doubled + "m: l[-1]}.m")]
    [InlineData(Nested + "m: l[-1]}.m")]
    public void What_holds_one_part_many_times_is_not_written_out(string text)
    {
        var run = new FeelRun(TimeProvider.System);
        var value = FeelExpression.Parse(text, FeelScope.Empty).Evaluate([], run);
        var comparer = FeelEqualityComparer.Instance;

        FeelOperators.Bounded(run, value).IsNull.Should().BeTrue();
        run.Diagnostics.Should().Contain(diagnostic => diagnostic.Code.StartsWith("budget"));
        value.ToString()!.Length.Should().BeLessThan(1_100_000);
        comparer.Equals(value, value).Should().BeTrue();
        comparer.GetHashCode(value).Should().Be(comparer.GetHashCode(value));
        FeelJson.ToText(FeelValue.ListOf(FeelValue.Of(1m), FeelValue.Of("a"))).Should().Be("[1,\"a\"]");
        var json = FeelJson.ToText(value);
        json.Contains(JsonEllipsis, StringComparison.Ordinal).Should().BeTrue("it is cut");
        json.Length.Should().BeLessThan(100_000_000);
    }

    [Fact]
    public void The_reason_for_stopping_is_told_also_after_many_complaints()
    {
        var run = new FeelRun(TimeProvider.System, new FeelBudget { Steps = 10_000 });

        FeelExpression.Parse("[for i in 1..200 return 1 + null, for i in 1..1000000 return i]", FeelScope.Empty).Evaluate([], run).IsNull.Should().BeTrue();

        run.Diagnostics.Should().HaveCount(101).And.Contain(diagnostic => diagnostic.Code == "budget_steps");
    }

    [Fact]
    public void A_run_that_works_too_long_is_stopped()
    {
        var run = new FeelRun(TimeProvider.System, new FeelBudget { Steps = long.MaxValue, Time = TimeSpan.FromMilliseconds(1) });

        FeelExpression.Parse("some i in 1..1000000, j in 1..1000000 satisfies i + j < 0", FeelScope.Empty).Evaluate([], run).IsNull.Should().BeTrue();

        run.Diagnostics.Should().Contain(diagnostic => diagnostic.Code == "budget_time");
    }

    [Theory]
    [InlineData("(", ")", 60)]
    [InlineData("[a-z-", "]", 60)]
    [InlineData("a", "", 2001)]
    public void A_pattern_that_nobody_wrote_is_refused(string open, string close, int times)
    {
        var pattern = string.Concat(Enumerable.Repeat(open, times)) + "a" + string.Concat(Enumerable.Repeat(close, times));
        var run = new FeelRun(TimeProvider.System);

        FeelExpression.Parse("matches(\"a\", pattern)", FeelScope.Empty.With("pattern", FeelType.String)).Evaluate([FeelValue.Of(pattern)], run).IsNull.Should().BeTrue();

        run.Diagnostics.Should().Contain(diagnostic => diagnostic.Code == "wrong_pattern");
    }

    /// <summary>Many threads ask one pattern at once, with different times: what they share is one reference.</summary>
    [Fact]
    public void A_pattern_may_be_used_by_many_threads()
    {
        var expression = FeelExpression.Parse("matches(\"aab\", \"a+b\")", FeelScope.Empty);

        Parallel.For(0, 2000, i => expression.Evaluate([], new FeelRun(TimeProvider.System, new FeelBudget { RegexTime = TimeSpan.FromSeconds(5 + (i % 3)) })).IsTrue.Should().BeTrue());
    }

    // As it is written: no character outside ASCII.
    private const string JsonEllipsis = "\\u2026";

    [Theory]
    [InlineData('(')]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('-')]
    public void Deep_nesting_is_refused(char open)
    {
        FeelExpression.Parse(new string(open, 100_000) + "1", FeelScope.Empty).Problems.Should().ContainSingle();
        FeelExpression.Parse(string.Concat(Enumerable.Repeat("if a then ", 5000)) + "1", FeelScope.Empty).Problems.Should().ContainSingle().Which.Code.Should().Be("too_deep");
        FeelExpression.Parse(string.Join(" + ", Enumerable.Repeat("1", 5000)), FeelScope.Empty).Problems.Should().ContainSingle().Which.Code.Should().Be("too_deep");
        FeelExpression.Parse(string.Concat(Enumerable.Repeat("function(x) ", 5000)) + "1", FeelScope.Empty).Problems.Should().ContainSingle().Which.Code.Should().Be("too_deep");
        FeelExpression.Parse("1" + string.Concat(Enumerable.Repeat("[1]", 5000)), FeelScope.Empty).Problems.Should().ContainSingle().Which.Code.Should().Be("too_deep");
    }

    [Fact]
    public void What_may_be_deep_runs()
    {
        var expression = FeelExpression.Parse(new string('(', 90) + string.Join(" + ", Enumerable.Repeat("a", 390)) + new string(')', 90), FeelScope.Empty.With("a", FeelType.Number));

        expression.Problems.Should().BeEmpty();
        for (var run = 0; run < 3; run++)
            expression.Evaluate([FeelValue.Of(1m)], new FeelRun(TimeProvider.System)).AsNumber().Should().Be(390);
    }

    [Theory]
    [InlineData("a++")]
    [InlineData("(?<name>a)")]
    [InlineData("(?=a)")]
    [InlineData("[asd\\1]")]
    [InlineData("\\1(a)")]
    [InlineData("a{99999}")]
    [InlineData("(((")]
    [InlineData("\\Z")]
    public void A_pattern_that_only_dotnet_knows_is_refused(string pattern)
    {
        var run = new FeelRun(TimeProvider.System);

        FeelExpression.Parse("matches(\"a\", pattern)", FeelScope.Empty.With("pattern", FeelType.String)).Evaluate([FeelValue.Of(pattern)], run).IsNull.Should().BeTrue();

        run.Diagnostics.Should().Contain(diagnostic => diagnostic.Code == "wrong_pattern");
    }

    /// <summary>Tokens in any order, and real expressions with characters changed: whatever comes, nothing is thrown and everything ends.</summary>
    [Fact]
    public void No_text_makes_the_parser_or_an_evaluation_throw()
    {
        string[] tokens =
        [
            "1", "a", "\"x\"", "(", ")", "[", "]", "{", "}", ",", ":", ".", "..", "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "not", "in",
            "between", "if", "then", "else", "for", "return", "some", "every", "satisfies", "function", "instance of", "number", "date", "?", "@\"2020-01-01\"", "null", "true",
            "item", "list", "x in", "//", "/*", "*/", "\\", "\"", "é", "🐎", "sort", "count", "string length", "\u0000", "e5", "partial",
        ];
        string[] real =
        [
            "for i in 1..10 return if i > 5 then {a: i} else [i, i ** 2][1]", "some x in list satisfies x.a in ([1..5], > 7) and not(x = null)",
            "date(\"2020-01-01\") + duration(\"P1D\") between @\"2020-01-01\" and today()", "sort([3, 1], function(x, y) x < y)[item > 1]",
        ];
        var random = new Random(20261125);
        var scope = FeelScope.Empty.With("a", FeelType.Any).With("list", FeelType.Any);
        for (var round = 0; round < 6000; round++)
        {
            var text = new StringBuilder();
            if (round % 2 == 0)
            {
                for (var i = random.Next(1, 25); i > 0; i--)
                    text.Append(tokens[random.Next(tokens.Length)]).Append(random.Next(3) == 0 ? "" : " ");
            }
            else
            {
                text.Append(real[random.Next(real.Length)]);
                for (var i = random.Next(1, 4); i > 0; i--)
                    text[random.Next(text.Length)] = (char)random.Next(1, 0x2100);
            }
            var expression = round % 3 == 0 ? FeelExpression.ParseUnaryTests(text.ToString(), scope, FeelType.Any) : FeelExpression.Parse(text.ToString(), scope);

            var evaluating = () => expression.Evaluate([FeelValue.Of(2m), FeelValue.ListOf(FeelValue.Of(1m)), default], new FeelRun(TimeProvider.System, new FeelBudget { Steps = 20_000 }));

            evaluating.Should().NotThrow(text.ToString());
        }
    }

    /// <summary>Each of these doubled with every level, in reading or in compiling, or overflowed the stack.</summary>
    [Theory]
    [InlineData("a in (", "1", ")", 60)]
    [InlineData("-(", "a", ")", 90)]
    [InlineData("a[", "1 = 1", "]", 60)]
    [InlineData("[for i in 1..1 return ", "1", "]", 60)]
    [InlineData("(", "a", " + a + a + a + a + a + a + a + a + a + a)", 95)]
    [InlineData("not(", "a", ")", 60)]
    public void Nesting_neither_doubles_the_work_nor_overflows(string open, string inner, string close, int levels)
    {
        var text = string.Concat(Enumerable.Repeat(open, levels)) + inner + string.Concat(Enumerable.Repeat(close, levels));
        var scope = FeelScope.Empty.With("a", FeelType.Any);
        foreach (var expression in new[] { FeelExpression.Parse(text, scope), FeelExpression.ParseUnaryTests(text, scope, FeelType.Any) })
        {
            expression.Problems.Select(problem => problem.Code).Should().BeSubsetOf(["too_deep", "too_complex"]);
            for (var round = 0; round < 3; round++)
                expression.Evaluate([FeelValue.Of(1m), FeelValue.Of(1m)], new FeelRun(TimeProvider.System, new FeelBudget { Steps = 100_000 }));
        }
    }
}
