using Switchboard.Rules.Dmn.Tables;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn;

/// <summary>
/// The test cases in a document: `tests/test` of the product's own namespace within the extension elements of the definitions,
/// each with a name, a decision, and `input` and `expected` as FEEL.
/// </summary>
internal static class StoredTests
{
    public static IReadOnlyList<RuleTestCase> Read(DmnElement root, ProblemList problems)
    {
        var tests =
            from extension in root.All("extensionElements")
            from holder in extension.All("tests")
            from test in holder.All("test")
            select new RuleTestCase(
                test["name"] ?? "", Constant(test.Child("input"), problems), Constant(test.Child("expected"), problems), test["decision"]);
        return [.. tests];
    }

    private static FeelValue Constant(DmnElement? text, ProblemList problems)
    {
        if (text is null || string.IsNullOrWhiteSpace(text.Text))
            return default;
        var expression = FeelExpression.Parse(text.Text, FeelScope.Empty);
        FeelProblems.Report(expression, text, problems, $"The {text.Name} of the test {text.Parent?["name"]}");
        return expression.Evaluate([default], CompileTime.Run());
    }
}
