
namespace Switchboard.Rules.Dmn;

/// <summary>Carries the problems of an expression over to the model, with their places in the document.</summary>
internal static class FeelProblems
{
    public static void Report(FeelExpression expression, DmnElement text, ProblemList problems, string what, int? row = null, string? column = null)
    {
        foreach (var problem in expression.Problems)
        {
            var (line, position) = text.TextAt;
            // The first line of an expression begins where the text does; later lines begin at their own first character.
            var at = problem.Line <= 1 ? (line, position + Math.Max(problem.Column - 1, 0)) : (line + problem.Line - 1, problem.Column);
            problems.Add(new DmnProblem(
                problem.IsError ? DmnSeverity.Error : DmnSeverity.Warning, problem.Code, $"{what}: {problem.Message}", at.Item1, at.Item2, text.NearestId, row, column));
        }
    }
}
