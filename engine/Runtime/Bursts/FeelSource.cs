using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Rules.Feel;
using Switchboard.Runtime.Decisions;
using Switchboard.Workflows;

namespace Switchboard.Runtime.Bursts;

/// <summary>The FEEL of workflows: parsed once for the names that it may use, which are those of variables and inputs.</summary>
internal static class FeelSource
{
    private const int MostKept = 5_000;

    private static readonly ConcurrentDictionary<(string Source, string Names), FeelExpression> Parsed = new();

    /// <exception cref="ActivityException">It does not parse, or takes more than it may.</exception>
    public static JsonNode? Evaluate(string source, JsonObject values, DateTimeOffset now)
    {
        values.Remove("");
        var expression = Parse(source, values.Select(value => value.Key));
        if (ProblemOf(expression) is { } problem)
            throw new ActivityException("feel_invalid", problem);
        var run = new FeelRun(new StandingTime(now));
        var value = expression.Evaluate([.. values.Select(given => FeelJson.Read(JsonSerializer.SerializeToElement(given.Value), FeelType.Any))], run);
        if (run.StepsLeft < 0)
            throw new ActivityException("feel_budget", "The FEEL expression takes more than it may.");
        return JsonNode.Parse(FeelJson.ToText(value));
    }

    /// <summary>Why an expression can never give anything; null if it can.</summary>
    public static string? ProblemOf(string source, IEnumerable<string> names) => ProblemOf(Parse(source, names));

    private static string? ProblemOf(FeelExpression expression) =>
        expression.Problems.FirstOrDefault(problem => problem.IsError) is { } error ? $"The FEEL expression is wrong: {error.Message}" : null;

    private static FeelExpression Parse(string source, IEnumerable<string> names)
    {
        var all = names.Where(name => name.Length > 0).ToList();
        return Parsed.GetOrMake((source, string.Join('\n', all)), MostKept, _ => FeelExpression.Parse(source, FeelScope.Empty.With(all.Select(name => (name, FeelType.Any)))));
    }
}
