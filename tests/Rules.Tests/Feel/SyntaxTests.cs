using FluentAssertions;

using FsCheck;
using FsCheck.Fluent;

using Switchboard.Rules.Feel;

using Xunit;

namespace Switchboard.Rules.Tests.Feel;

/// <summary>What texts mean, what they are refused for, and that printing and parsing undo each other.</summary>
public sealed class SyntaxTests
{
    private static readonly FeelScope Scope = FeelScope.Empty
        .With("a", FeelType.Number).With("b", FeelType.Number).With("a-b", FeelType.Number).With("monthly fee", FeelType.Number)
        .With("list", FeelType.Any).With("text", FeelType.String).With("f", FeelType.Any).With("date and time offset", FeelType.Any);

    [Theory]
    [InlineData("a-b", "a-b")]
    [InlineData("a - b", "a-b")]
    [InlineData("a -a", "a - a")]
    [InlineData("monthly    fee*2", "monthly fee * 2")]
    [InlineData("date and time offset = a", "date and time offset = a")]
    [InlineData("date and time(\"2020-01-01T00:00:00\")", "date and time(\"2020-01-01T00:00:00\")")]
    [InlineData("for x in list return x-a", "for x in list return x - a")]
    [InlineData("((a))", "a")]
    [InlineData("a = 1 and b = 2 or a < b", "a = 1 and b = 2 or a < b")]
    [InlineData("(a + b) * a ** (b - 1)", "(a + b) * a ** (b - 1)")]
    [InlineData("f(a)(b)[1].x", "f(a)(b)[1].x")]
    [InlineData("a between 1 and 2 and true", "a between 1 and 2 and true")]
    [InlineData("a in (1, [2..3], > 4)", "a in (1, [2..3], > 4)")]
    [InlineData("function(x: number, y: list<string>) x", "function(x: number, y: list<string>) x")]
    [InlineData("f instance of function<number, string> -> boolean", "f instance of function<number, string> -> boolean")]
    public void A_text_means_what_its_tree_prints(string text, string printed) => FeelPrinter.Print(Parsed(text).Syntax).Should().Be(printed);

    [Theory]
    [InlineData("1 +", "unexpected_end", 1, 4)]
    [InlineData("[1, 2", "unexpected_end", 1, 6)]
    [InlineData("if a then b", "unexpected_end", 1, 12)]
    [InlineData("a == b", "no_such_operator", 1, 3)]
    [InlineData("1\n+ *", "unexpected_token", 2, 3)]
    [InlineData("\"open", "unterminated_string", 1, 1)]
    [InlineData("f(a: 1, 2)", "mixed_arguments", 1, 3)]
    [InlineData("/* open", "unterminated_comment", 1, 1)]
    public void A_wrong_text_is_refused_with_its_place(string text, string code, int line, int column)
    {
        var problem = FeelExpression.Parse(text, Scope).Problems.Should().ContainSingle().Subject;

        (problem.Code, problem.Line, problem.Column, problem.IsError).Should().Be((code, line, column, true));
    }

    [Fact]
    public void An_unknown_name_is_told_with_the_nearest_known_one()
    {
        var problem = FeelExpression.Parse("a + montly fee", Scope).Problems.Should().ContainSingle().Subject;

        problem.Should().BeEquivalentTo(new { Code = "unknown_name", IsError = false, Column = 5 });
        problem.Message.Should().Contain("Is monthly fee meant?");
    }

    [Theory]
    [InlineData("-", "x", true)]
    [InlineData("\"x\", \"y\"", "y", true)]
    [InlineData("not(\"x\", \"y\")", "z", true)]
    [InlineData("not(\"x\", \"y\")", "x", false)]
    [InlineData("starts with(?, \"x\") and string length(?) = 2", "xy", true)]
    [InlineData("[\"x\", \"y\"]", "x", true)]
    [InlineData("null", null, true)]
    [InlineData("null", "x", false)]
    [InlineData("text", "inner", true)]
    public void A_cell_tests_a_text(string cell, string? tested, bool holds)
    {
        var test = FeelExpression.ParseUnaryTests(cell, FeelScope.Empty.With("text", FeelType.String), FeelType.String);

        test.Problems.Should().BeEmpty();
        test.IsTrue([FeelValue.Of("inner"), FeelValue.Of(tested)], new FeelRun(TimeProvider.System)).Should().Be(holds);
    }

    [Theory]
    [InlineData("< 10", 5, true)]
    [InlineData("< 10", null, false)]
    [InlineData("[1..5], > 100", 5, true)]
    [InlineData("(5..9)", 5, false)]
    [InlineData("? * 2 = 10", 5, true)]
    [InlineData("not(5)", 5, false)]
    [InlineData("-5", 5, false)]
    public void A_cell_tests_a_number(string cell, int? tested, bool holds)
    {
        var test = FeelExpression.ParseUnaryTests(cell, FeelScope.Empty, FeelType.Number);

        test.IsTrue([tested is { } number ? FeelValue.Of((decimal)number) : default], new FeelRun(TimeProvider.System)).Should().Be(holds);
    }

    [Fact]
    public void Printing_and_parsing_undo_each_other() => Prop.ForAll(Trees(4).ToArbitrary(), tree =>
    {
        var text = FeelPrinter.Print(tree);
        var parsed = FeelExpression.Parse(text, Scope);
        return (parsed.Problems.All(problem => !problem.IsError) && parsed.Syntax.Equals(tree)).Label(text);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Compiled_and_interpreted_give_the_same() => Prop.ForAll(Trees(4).ToArbitrary(), tree =>
    {
        var expression = FeelExpression.Parse(FeelPrinter.Print(tree), Scope);
        FeelValue[] slots =
        [
            FeelValue.Of(3m), FeelValue.Of(-2.5m), FeelValue.Of(7m), FeelValue.Of(0m), FeelValue.ListOf(FeelValue.Of(1m), FeelValue.Of("x"), default),
            FeelValue.Of("text"), FeelValue.Of(BuiltIns.Find("abs")), default,
        ];
        var values = Enumerable.Range(0, 4).Select(_ => FeelLiteral.Print(expression.Evaluate(slots, new FeelRun(TimeProvider.System)))).Distinct().ToList();
        return (values.Count == 1).Label($"{expression.Text}: {string.Join(" / ", values)}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>Random trees over the names of the scope, as deep as said; without b, since a - b would be read as the name a-b.</summary>
    private static Gen<FeelSyntax> Trees(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Choose(0, 1000).Select(FeelSyntax (number) => new LiteralSyntax(FeelValue.Of(number / 8m))),
            Gen.Elements("a", "a-b", "monthly fee", "list", "text", "f").Select(FeelSyntax (name) => new NameSyntax(name)),
            Gen.Elements("", "x", "quote \" and \\", "🐎").Select(FeelSyntax (text) => new LiteralSyntax(FeelValue.Of(text))),
            Gen.Elements(FeelValue.Of(true), FeelValue.Of(false), default).Select(FeelSyntax (value) => new LiteralSyntax(value)));
        if (depth == 0)
            return leaf;
        var inner = Trees(depth - 1);
        var some = inner.ArrayOf(2).Select(items => new SyntaxList<FeelSyntax>(items));
        var loops = inner.Select(source => new SyntaxList<IteratorSyntax>(new IteratorSyntax("i", source, null)));
        return Gen.Frequency(
            (3, leaf),
            (6, from sign in Gen.Elements(Enum.GetValues<BinaryOperator>()) from left in inner from right in inner select (FeelSyntax)new BinarySyntax(sign, left, right)),
            (1, inner.Select(FeelSyntax (operand) => new NegateSyntax(operand))),
            (1, inner.Three().Select(FeelSyntax (parts) => new BetweenSyntax(parts.Item1, parts.Item2, parts.Item3))),
            (1, inner.SelectMany(value => some.Select(FeelSyntax (tests) => new InSyntax(value, tests)))),
            (1, inner.Two().Select(FeelSyntax (parts) => new InSyntax(parts.Item1, new SyntaxList<FeelSyntax>(new UnaryComparisonSyntax(BinaryOperator.Less, parts.Item2))))),
            (1, inner.Two().Select(FeelSyntax (parts) => new RangeSyntax(true, parts.Item1, parts.Item2, false))),
            (1, some.Select(FeelSyntax (elements) => new ListSyntax(elements))),
            (1, inner.Select(FeelSyntax (value) => new ContextSyntax(new SyntaxList<EntrySyntax>(new EntrySyntax("key one", value))))),
            (1, inner.Select(FeelSyntax (source) => new PathSyntax(source, "member"))),
            (1, inner.Two().Select(FeelSyntax (parts) => new FilterSyntax(parts.Item1, parts.Item2))),
            (1, inner.Select(FeelSyntax (argument) => new CallSyntax(new NameSyntax("f"), new SyntaxList<ArgumentSyntax>(new ArgumentSyntax(null, argument))))),
            (1, inner.Three().Select(FeelSyntax (parts) => new IfSyntax(parts.Item1, parts.Item2, parts.Item3))),
            (1, loops.SelectMany(iterators => inner.Select(FeelSyntax (body) => new ForSyntax(iterators, body)))),
            (1, loops.SelectMany(iterators => inner.Select(FeelSyntax (condition) => new QuantifiedSyntax(true, iterators, condition)))),
            (1, inner.Select(FeelSyntax (body) => new FunctionSyntax(new SyntaxList<ParameterSyntax>(new ParameterSyntax("p", null)), body))),
            (1, inner.Select(FeelSyntax (value) => new InstanceOfSyntax(value, new TypeSyntax("number", [], [])))));
    }

    private static FeelExpression Parsed(string text)
    {
        var expression = FeelExpression.Parse(text, Scope);
        expression.Problems.Where(problem => problem.IsError).Should().BeEmpty();
        return expression;
    }
}
