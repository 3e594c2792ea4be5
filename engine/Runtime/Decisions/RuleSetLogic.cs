using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Rules;
using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;
using Switchboard.Runtime.Artefacts;

namespace Switchboard.Runtime.Decisions;

/// <summary>Decides by a rule set: the input is the facts, by their types.</summary>
internal sealed class RuleSetLogic(RuleSet rules) : DecisionLogic
{
    private readonly Dictionary<string, FeelType> inputs = rules.Model.FactTypes.ToDictionary(type => type.Name, FeelType (type) => new ListType(new RowType(type.Shape)));

    public override IEnumerable<string> InputsOf(string? decision) => inputs.Keys;

    public override IReadOnlyList<DecisionInput> AskedBy(string? decision) => [.. inputs.Select(input => DecisionInput.Of(input.Key, input.Value))];

    public override IReadOnlyList<DecisionCase> Cases => FeelAnswers.Cases(rules.Tests);

    public override LogicAnalysis Analyse() => new(
        [
            .. RuleSetAnalysis.Of(rules).Select(finding => new LogicFinding(
                finding.Code, null, [], finding.Rules, finding.Example is { } example ? FeelAnswers.Json(example.Entries) : null, finding.Message, finding.At.Line == 0 ? null : finding.At.Line)),
        ],
        []);

    public override DecisionOutcome Decide(DecisionQuestion question)
    {
        if (question.Decision is not null)
            return DecisionOutcome.Failed("unknown_decision", "A rule set has no decisions of its own; leave the name out.");
        var (input, errors) = FeelAnswers.Input(question.Input, inputs);
        if (input is null)
            return DecisionOutcome.Failed("invalid_input", errors.Count == 1 ? errors[0].Detail : $"{errors.Count} inputs are wrong.", errors);
        var run = new FeelRun(question.Time);
        var result = rules.Evaluate(input, run, question.Detail >= DecisionDetail.Matches, question.Others is { } others ? (key, asked) => Ask(others, key, asked, run) : null);
        if (result.Problem is { } problem)
            return DecisionOutcome.Failed(problem.Code, problem.Message);
        if (FeelAnswers.BudgetProblem(run) is { } stopped)
            return stopped;
        return new DecisionOutcome(
            FeelAnswers.Json(result.Output), [.. result.Fired.Select(rule => (JsonNode)Fired(rule))], question.Detail == DecisionDetail.NearMisses ? [] : null, FeelAnswers.Diagnostics(result.Diagnostics));
    }

    /// <summary>What came out instead; null if the test passes.</summary>
    public string? Test(RuleTestCase test, ArtefactWorld world)
    {
        if (test.Input.Kind is not (FeelKind.Context or FeelKind.Null))
            return "Its input is not a context.";
        var run = new FeelRun(world.Time);
        var result = rules.Evaluate(
            test.Input.IsNull ? new FeelEntries([]) : test.Input.AsContext(), run, decisions: (key, asked) => Ask((name, json) => Ask(world, name, json), key, asked, run));
        return result.Problem is { } problem ? problem.Message : FeelAnswers.Difference(test.Expected, result.Output, run);
    }

    private static FeelValue Ask(Func<string, JsonObject, JsonNode?> others, string key, FeelContext asked, FeelRun run)
    {
        try
        {
            return FeelJson.Read(JsonSerializer.SerializeToElement(others(key, FeelAnswers.Json(asked.Entries))), FeelType.Any);
        }
        catch (ProblemException e)
        {
            return run.Fail(e.Code, e.Detail);
        }
    }

    private static JsonNode? Ask(ArtefactWorld world, string name, JsonObject input)
    {
        var (key, decision) = DecisionRequest.Split(name);
        var logic = world.FindNamed("decision", key) is { Parses: true } content ? content.Logic : null;
        var outcome = logic?.Decide(new DecisionQuestion(input, decision, world.Time, DecisionDetail.Output, (other, asked) => Ask(world, other, asked)))
            ?? throw new ProblemException(404, "not_found", $"There is no decision {key}.");
        return outcome.Problem is { } problem ? throw problem.ToException() : outcome.Output;
    }

    private static JsonObject Fired(FiredRule rule) => new()
    {
        ["rule"] = rule.Rule,
        ["bindings"] = FeelAnswers.Json(rule.Bindings),
        ["contributions"] = new JsonArray([.. rule.Contributions.Select(contribution => (JsonNode)new JsonObject
        {
            ["what"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(contribution.Kind.ToString()),
            ["type"] = contribution.Fact?.Type,
            ["value"] = FeelAnswers.Json(contribution.Value),
        })]),
    };
}
