using Xunit;

namespace Switchboard.Rules.Tests.Feel.Functions;

/// <summary>Lists, contexts and what is true of all of them.</summary>
public sealed class ListFunctionTests
{
    [Theory]
    [InlineData("sublist([1, 2, 3], -2)", "[2, 3]")]
    [InlineData("sublist([1, 2, 3], 1, 2)", "[1, 2]")]
    [InlineData("sublist([1, 2, 3], 1, 9)", "null")]
    [InlineData("insert before([1, 2], -1, 0)", "[1, 0, 2]")]
    [InlineData("insert before([1, 2], 0, 0)", "null")]
    [InlineData("remove([1, 2, 3], -1)", "[1, 2]")]
    [InlineData("remove([1], 2)", "null")]
    public void Positions_begin_at_1_or_from_the_end_at_minus_1(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("list replace([1, 2, 3], -1, 9)", "[1, 2, 9]")]
    [InlineData("list replace([1, 2, 3], function(item, newItem) item < newItem, 2)", "[2, 2, 3]")]
    [InlineData("list replace([1, 2, 3], 5, 2)", "null")]
    [InlineData("list replace([1], function(item) true, 2)", "null")]
    [InlineData("list replace([1], function(item, newItem) \"yes\", 2)", "null")]
    public void Replacing_by_position_or_by_a_function(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("distinct values([1, 1.0, \"1\", [1], [1.00]])", "[1, \"1\", [1]]")]
    [InlineData("union([1, 2], [2, 3])", "[1, 2, 3]")]
    [InlineData("index of([1, 2, null, 2, null], null)", "[3, 5]")]
    [InlineData("list contains([[1]], [1.0])", "true")]
    [InlineData("list contains([1], \"1\")", "false")]
    [InlineData("{a: 1, b: [1]} = {b: [1.0], a: 1}", "true")]
    [InlineData("[1, \"a\"] = [1, 2]", "false")]
    [InlineData("[1] = null", "false")]
    [InlineData("[1] = 1", "null")]
    public void Equality_is_that_of_FEEL(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("flatten([[1, [2]], 3])", "[1, 2, 3]")]
    [InlineData("concatenate([1], [2])", "[1, 2]")]
    [InlineData("append([1], [2])", "[1, [2]]")]
    [InlineData("reverse([1, 2])", "[2, 1]")]
    [InlineData("concatenate([1], null)", "null")]
    public void Making_lists_of_lists(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("sort([3, 1, 2], function(x, y) x < y)", "[1, 2, 3]")]
    [InlineData("sort([3, 1, 2])", "[1, 2, 3]")]
    [InlineData("sort([[2, \"a\"], [1, \"b\"], [2, \"c\"]], function(x, y) x[1] < y[1])", "[[1, \"b\"], [2, \"a\"], [2, \"c\"]]")]
    [InlineData("sort([3, 1, 2], function(x, y) \"a\")", "null")]
    [InlineData("sort([3, 1], function(x) true)", "null")]
    [InlineData("sort([1, \"a\"])", "null")]
    [InlineData("sort([], function(x, y) x < y)", "[]")]
    public void Sorting_is_stable_and_the_function_must_answer(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("for i in 1..5 return if i = 1 then 1 else i * partial[-1]", "[1, 2, 6, 24, 120]")]
    [InlineData("for i in 1..3 return partial", "[[], [[]], [[], [[]]]]")]
    [InlineData("for i in 1..3 return count(partial)", "[0, 1, 2]")]
    public void The_results_so_far_stay_as_they_were(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("all([true, null])", "null")]
    [InlineData("any([null, false])", "null")]
    [InlineData("all([])", "true")]
    [InlineData("any([])", "false")]
    [InlineData("all([true, 1])", "null")]
    [InlineData("any(true, false)", "true")]
    [InlineData("not(null)", "null")]
    public void All_and_any(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);

    [Theory]
    [InlineData("context put({a: {b: 1}}, [\"a\", \"b\"], 2)", "{a: {b: 2}}")]
    [InlineData("context put({a: 1}, \"b\", 2)", "{a: 1, b: 2}")]
    [InlineData("context merge([{a: 1}, {a: 2, b: 3}])", "{a: 2, b: 3}")]
    [InlineData("context([{key: \"a\", value: 1}])", "{a: 1}")]
    [InlineData("context([{key: \"a\", value: 1}, {key: \"a\", value: 2}])", "null")]
    [InlineData("get value({a: {b: 5}}, [\"a\", \"b\"])", "5")]
    [InlineData("get value({a: 1}, \"b\")", "null")]
    [InlineData("get entries({a: 1})[1].key", "\"a\"")]
    public void Contexts(string expression, string expected) => ExpressionTests.ShouldBe(expression, expected);
}
