using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Domain;
using Switchboard.Rules;
using Switchboard.Rules.Dmn;
using Switchboard.Rules.Dmn.Analysis;
using Switchboard.Rules.Feel;

namespace Switchboard.Runtime.Decisions;

/// <summary>Decides by a DMN model.</summary>
/// <param name="main">The decision that is meant when none is named; null for a model without decisions.</param>
internal sealed class ModelLogic(DmnModel model, string? main) : DecisionLogic
{
    private readonly Dictionary<string, FeelType> inputs = model.Decisions
        .SelectMany(decision => decision.RequiredInputs).GroupBy(input => input.Name).ToDictionary(group => group.Key, group => group.First().Type);

    public override IReadOnlyList<string> Names => [.. model.Decisions.Select(decision => decision.Name)];

    public override IEnumerable<string> InputsOf(string? decision) =>
        model.Decisions.FirstOrDefault(one => one.Name == (decision ?? main))?.RequiredInputs.Select(input => input.Name) ?? [];

    public override IReadOnlyList<DecisionInput> AskedBy(string? decision) =>
        [.. model.Decisions.FirstOrDefault(one => one.Name == (decision ?? main))?.RequiredInputs.Select(input => DecisionInput.Of(input.Name, input.Type)) ?? []];

    public override IReadOnlyList<DecisionCase> Cases => FeelAnswers.Cases(model.Tests);

    public override LogicAnalysis Analyse()
    {
        var reports = model.Decisions.SelectMany(decision => decision.Tables.Select(table => (decision.Name, Report: TableAnalysis.Of(table)))).ToList();
        return new LogicAnalysis(
            [
                .. reports.SelectMany(one => one.Report.Findings.Select(finding => new LogicFinding(
                    JsonNamingPolicy.SnakeCaseLower.ConvertName(finding.Kind.ToString()), one.Name, finding.Rows, [], FeelAnswers.Json(finding.Example), finding.Message))),
            ],
            [.. reports.SelectMany(one => one.Report.Limits.Select(limit => $"{one.Name}: {limit}"))]);
    }

    public override DecisionOutcome Decide(DecisionQuestion question)
    {
        if ((question.Decision ?? main) is not { } decision)
            return DecisionOutcome.Failed("unknown_decision", "The model has no decision.");
        var (input, errors) = FeelAnswers.Input(question.Input, inputs);
        if (input is null)
            return DecisionOutcome.Failed("invalid_input", errors.Count == 1 ? errors[0].Detail : $"{errors.Count} inputs are wrong.", errors);
        var run = new FeelRun(question.Time);
        var result = model.Evaluate(decision, input, run, question.Detail >= DecisionDetail.Matches, question.Detail == DecisionDetail.NearMisses);
        if (FeelAnswers.BudgetProblem(run) is { } stopped)
            return stopped;
        return new DecisionOutcome(
            FeelAnswers.Json(result.Output), [.. result.Matched.Select(row => (JsonNode)Matched(row))],
            question.Detail == DecisionDetail.NearMisses ? [.. result.NearMisses.Select(miss => (JsonNode)NearMiss(miss))] : null, FeelAnswers.Diagnostics(result.Diagnostics));
    }

    /// <summary>What came out instead; null if the test passes.</summary>
    public string? Test(RuleTestCase test, TimeProvider time)
    {
        if ((test.Decision ?? main) is not { } decision)
            return "The model has no decision.";
        if (test.Input.Kind is not (FeelKind.Context or FeelKind.Null))
            return "Its input is not a context.";
        if (!Names.Contains(decision))
            return $"There is no decision {decision}; the nearest is {Nearest.Of(decision, Names)}.";
        var run = new FeelRun(time);
        var result = model.Evaluate(decision, test.Input.IsNull ? new FeelEntries([]) : test.Input.AsContext(), run);
        return FeelAnswers.Difference(test.Expected, result.Output, run);
    }

    private static JsonObject Matched(MatchedRow row) => new()
    {
        ["decision"] = row.Decision,
        ["row"] = row.Row,
        ["rowId"] = row.RowId,
        ["inputs"] = FeelAnswers.Json(row.Inputs),
        ["outputs"] = FeelAnswers.Json(row.Outputs),
    };

    private static JsonObject NearMiss(NearMiss miss) => new()
    {
        ["decision"] = miss.Decision,
        ["row"] = miss.Row,
        ["rowId"] = miss.RowId,
        ["failed"] = new JsonArray([.. miss.Failed.Select(cell => (JsonNode)new JsonObject { ["column"] = cell.Column, ["cell"] = cell.Cell, ["value"] = FeelAnswers.Json(cell.Value) })]),
    };
}

/// <summary>Between JSON and FEEL.</summary>
internal static class FeelAnswers
{
    /// <summary>The input as a context of the types that are asked for, or what is wrong with it; a name that nobody asks for is wrong.</summary>
    public static (FeelContext? Input, IReadOnlyList<FieldError> Errors) Input(JsonObject json, IReadOnlyDictionary<string, FeelType> asked)
    {
        var errors = new List<FieldError>();
        var entries = new List<KeyValuePair<string, FeelValue>>();
        foreach (var (name, value) in json)
        {
            if (!asked.TryGetValue(name, out var type))
            {
                var nearest = Nearest.Of(name, asked.Keys);
                errors.Add(new FieldError($"input/{name}", "unknown_input", $"No decision asks for {name}{(nearest is null ? "" : $"; the nearest is {nearest}")}."));
                continue;
            }
            try
            {
                entries.Add(KeyValuePair.Create(name, FeelJson.Read(JsonSerializer.SerializeToElement(value), type)));
            }
            catch (FormatException e)
            {
                // The message begins with the pointer within the value.
                var colon = e.Message.IndexOf(": ", StringComparison.Ordinal);
                var pointer = colon < 0 ? "" : e.Message[..colon].TrimEnd('/');
                errors.Add(new FieldError($"input/{name}{pointer}", "invalid_type", $"{name}: {(colon < 0 ? e.Message : e.Message[(colon + 2)..])}"));
            }
        }
        return errors.Count == 0 ? (new FeelEntries(entries), errors) : (null, errors);
    }

    public static JsonNode? Json(FeelValue value) => JsonNode.Parse(FeelJson.ToText(value));

    public static JsonObject Json(IEnumerable<KeyValuePair<string, FeelValue>> values)
    {
        var json = new JsonObject();
        foreach (var (name, value) in values)
            json[name] = Json(value);
        return json;
    }

    public static IReadOnlyList<DecisionCase> Cases(IEnumerable<RuleTestCase> tests) =>
        [.. tests.Select(test => new DecisionCase(test.Name, test.Decision, Json(test.Input), Json(test.Expected)))];

    public static JsonArray Diagnostics(IEnumerable<FeelDiagnostic> diagnostics) =>
        [.. diagnostics.Select(diagnostic => (JsonNode)new JsonObject { ["code"] = diagnostic.Code, ["message"] = diagnostic.Message })];

    public static DecisionOutcome? BudgetProblem(FeelRun run) =>
        run.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Code.StartsWith("budget", StringComparison.Ordinal)) is { Code: not null } stopped
            ? DecisionOutcome.Failed("evaluation_budget", $"The evaluation takes more than it may: {stopped.Message}")
            : null;

    /// <summary>What came out instead of what is expected, with the reasons; null if it is the same by value.</summary>
    public static string? Difference(FeelValue expected, FeelValue actual, FeelRun run)
    {
        var (wanted, given) = (FeelJson.ToText(expected), FeelJson.ToText(actual));
        if (JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(wanted), JsonSerializer.Deserialize<JsonElement>(given)))
            return null;
        return $"It gives {given}, not {wanted}.{string.Concat(run.Diagnostics.Take(3).Select(diagnostic => $" {diagnostic.Message}"))}";
    }
}
