using System.Text.Json.Nodes;

using Switchboard.Domain;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Decisions;

namespace Switchboard.Engine.Tests.Decisions;

/// <summary>A decision of our own, so that the store and the log are tested apart from any rule language: high from a threshold on, else low.</summary>
internal sealed class ThresholdKind : ArtefactKind
{
    public override string Name => "decision";

    public override string Folder => "rules/tables";

    public override string Ending => ".dmn";

    public override ArtefactContent Read(string key, string text) => new Content(text);

    public override string Canonical(string text) => text.Trim();

    private sealed class Content(string text) : ArtefactContent
    {
        private readonly decimal? threshold = decimal.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

        public override IReadOnlyList<ArtefactProblem> Problems => threshold is null ? [ArtefactProblem.Error("artefact_syntax", "It is no number.", 1, 1)] : [];

        public override IEnumerable<ArtefactPart> Parts => [new("threshold", "threshold", "threshold", new JsonObject { ["value"] = threshold })];

        public override DecisionLogic Logic => new Threshold(threshold!.Value);
    }

    private sealed class Threshold(decimal threshold) : DecisionLogic
    {
        public override IEnumerable<string> InputsOf(string? decision) => ["amount"];

        public override DecisionOutcome Decide(DecisionQuestion question)
        {
            if (question.Input["amount"] is not JsonValue value || !value.TryGetValue<decimal>(out var amount))
                return DecisionOutcome.Failed("invalid_input", "amount must be a number.", new FieldError("input/amount", "invalid_type", "amount must be a number."));
            var result = amount >= threshold ? "high" : "low";
            return new DecisionOutcome(
                new JsonObject { ["level"] = result, ["outcome"] = result, ["at"] = question.Time.GetUtcNow().ToString("O") }, [new JsonObject { ["row"] = result }], null, []);
        }
    }
}
