using Xunit;

namespace Switchboard.Rules.Tests.Feel.Functions;

/// <summary>Texts, whose unit is the code point, and regular expressions as XPath has them.</summary>
public sealed class StringFunctionTests
{
    [Theory]
    [InlineData("string length(\"🐎😀\")", "2")]
    [InlineData("substring(\"foobar🐎x\", -2, 1)", "\"🐎\"")]
    [InlineData("substring(\"foobar\", 3, 3.8)", "\"oba\"")]
    [InlineData("substring(\"foobar\", 0)", "null")]
    [InlineData("substring(\"foobar\", -10)", "null")]
    [InlineData("substring(\"foobar\", 3)", "\"obar\"")]
    [InlineData("\"🐎\" > \"\\uFFFD\"", "true")]
    public void Positions_and_lengths_count_code_points(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("substring before(\"foobar\", \"bar\")", "\"foo\"")]
    [InlineData("substring before(\"foobar\", \"x\")", "\"\"")]
    [InlineData("substring after(\"foobar\", \"ob\")", "\"ar\"")]
    [InlineData("substring after(\"foobar\", \"x\")", "\"\"")]
    [InlineData("contains(\"foobar\", \"ob\")", "true")]
    [InlineData("starts with(\"foobar\", \"fo\")", "true")]
    [InlineData("ends with(\"foobar\", \"r\")", "true")]
    [InlineData("contains(\"foobar\", null)", "null")]
    [InlineData("upper case(\"aBc4\")", "\"ABC4\"")]
    [InlineData("lower case(\"ÄB\")", "\"äb\"")]
    public void Parts(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("string join([\"a\", null, \"b\"], \",\")", "\"a,b\"")]
    [InlineData("string join([], \",\")", "\"\"")]
    [InlineData("string join([\"a\"], 1)", "null")]
    [InlineData("string join(null)", "null")]
    [InlineData("string join([\"a\", 1])", "null")]
    [InlineData("split(\"a;;b;\", \";\")", "[\"a\", \"\", \"b\", \"\"]")]
    [InlineData("split(\"John Doe\", \"\\\\s\")", "[\"John\", \"Doe\"]")]
    public void Joining_and_splitting(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("matches(\"a\\nb\", \"a.b\")", "false")]
    [InlineData("matches(\"a\\rb\", \"a.b\")", "false")]
    [InlineData("matches(\"a\\nb\", \"a.b\", \"s\")", "true")]
    [InlineData("matches(\"abc\\n\", \"abc$\")", "false")]
    [InlineData("matches(\"a\\nb\", \"^b$\", \"m\")", "true")]
    public void A_dot_is_no_end_of_line_and_an_end_is_the_very_end(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("matches(\"hello world\", \"hello\\\\ sworld\", \"x\")", "true")]
    [InlineData("matches(\"helloworld\", \"hello world\", \"x\")", "true")]
    [InlineData("matches(\"hello world\", \"hello[ ]world\", \"x\")", "true")]
    [InlineData("matches(\"ABC\", \"abc\", \"i\")", "true")]
    [InlineData("matches(\"a\", \"a\", \"X\")", "null")]
    [InlineData("matches(\"a\", \"a\", null)", "true")]
    [InlineData("matches(\"a\", \"a\", \"iiiiiiiiiiiiiiii\")", "null")]
    public void White_space_and_case_as_the_flags_say(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("matches(\"x\", \"[a-z-[aeiou]]\")", "true")]
    [InlineData("matches(\"e\", \"[a-z-[aeiou]]\")", "false")]
    [InlineData("matches(\"é\", \"\\\\p{IsLatin-1Supplement}\")", "true")]
    [InlineData("matches(\"aa\", \"(a)\\\\1\")", "true")]
    [InlineData("matches(\"ab\", \"(a)\\\\1\")", "false")]
    [InlineData("matches(\"a\", \"[asd\\\\1]\")", "null")]
    [InlineData("matches(\"a\", \"(?=a)\")", "null")]
    public void Classes_and_groups(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("replace(\"darted\", \"^(.*?)d(.*)$\", \"$1c$2\")", "\"carted\"")]
    [InlineData("replace(\"ab\", \"(a)(b)\", \"$2$1\")", "\"ba\"")]
    [InlineData("replace(\"abcd\", \"(ab)|(x)\", \"[$1$2]\")", "\"[ab]cd\"")]
    [InlineData("replace(\"a$b\", \"\\\\$\", \"\\\\\\\\\")", "\"a\\\\b\"")]
    [InlineData("replace(\"x\", \"x\", \"$a\")", "null")]
    [InlineData("replace(\"x\", \"x\", \"${0}\")", "null")]
    [InlineData("replace(\"abc\", \"b*\", \"x\")", "null")]
    [InlineData("replace(\"abc\", \"b+\", \"x\")", "\"axc\"")]
    public void Replacing(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);
}
