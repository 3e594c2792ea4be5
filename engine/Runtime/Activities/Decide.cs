using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Templates;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>
/// Asks a decision or a rule set. What it decided is recorded with the step, and the history of whatever the step changes
/// names it. It goes on by the outcome that the decision gave, if that is one of its own, else by Done.
/// </summary>
[Activity("Switchboard.Decide", Category = "Rules", DisplayName = "Decide", Description = "Asks a decision table or a rule set, and records what it decided.")]
internal sealed class Decide : Activity
{
    private readonly Input<string> decision = new("Decision") { IsRequired = true, Picks = "decision", Description = "The key of a decision or a rule set; key#name for one of the decisions of a model." };
    private readonly Input<JsonObject> input = new("Input") { Description = "Values by name; left out, what the decision asks for by name is taken from the record's fields, or is the record, what it refers to, or today, as templates see them." };
    private readonly Input<string[]> outcomes = new("Outcomes") { Hint = "dynamic-outcomes", Description = "What the decision may give as a text, or as its member outcome, to go on by." };
    private readonly Output<JsonNode> result = new("Result") { Description = "What was decided." };
    private readonly Output<string> decisionId = new("DecisionId") { Description = "The id of the record of the decision." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var view = context.Feature<RecordView>();
        var (key, name) = DecisionRequest.Split(await context.InputAsync(decision) ?? "");
        var asked = await context.InputAsync(input) is { } given ? (JsonObject)given.DeepClone() : await RequiredAsync(context, view, key, name);
        var cause = new JsonObject
        {
            ["actor"] = view.Context.Actor,
            ["actorId"] = view.Context.ActorId?.ToString(),
            ["instanceId"] = context.Instance.Id,
            ["activityId"] = context.Node.Id,
            ["artefact"] = view.Context.Artefact,
        };
        if (view.Subject is { } subject)
            cause["subject"] = new JsonObject { ["type"] = RecordTypes.Of(subject).Name, ["id"] = subject.Id.ToString() };
        try
        {
            var made = await context.Feature<DecisionEngine>().DecideAsync(view.TenantId, new DecisionRequest(key, asked, Decision: name), cause, view.Now, context.CancellationToken);
            foreach (var (artefact, hash) in made.Uses)
                view.Used(artefact, hash);
            view.Decided(made.Record.Id);
            context.Note("DecisionId", made.Record.Id.ToString());
            context.SetOutput(result, made.Record.Output?.DeepClone());
            context.SetOutput(decisionId, made.Record.Id.ToString());
            context.Yield(new DecisionMade(made.Record));
            context.Complete(Outcome(made.Record.Output, await context.InputAsync(outcomes) ?? []));
        }
        catch (ProblemException e)
        {
            throw new ActivityException(e.Code, e.Detail, canRetry: true, e);
        }
    }

    /// <summary>What the decision asks for and no more: it refuses what it has no use for, and the record of it should hold nothing else.</summary>
    private static async ValueTask<JsonObject> RequiredAsync(ActivityContext context, RecordView view, string key, string? name)
    {
        var model = await SubjectModel.OfAsync(view, context.CancellationToken);
        var own = view.Subject is { } subject ? model[SubjectModel.NameOf(subject)] as JsonObject : null;
        var asked = new JsonObject();
        foreach (var input in context.Feature<DecisionEngine>().InputsOf(view.TenantId, key, name, view.Now))
        {
            if (model.TryGetPropertyValue(input, out var value) || own is not null && own.TryGetPropertyValue(input, out value))
                asked[input] = value?.DeepClone();
        }
        return asked;
    }

    private static string[] Outcome(JsonNode? output, string[] named)
    {
        var chosen = output is JsonObject members ? members["outcome"] : output;
        return chosen is JsonValue value && value.TryGetValue<string>(out var text) && named.Contains(text) ? [text] : ["Done"];
    }
}

/// <summary>A decision to be recorded.</summary>
internal sealed record DecisionMade(RecordedDecision Decision) : EngineEffect
{
    public override void Apply(StepContext context) => DecisionLog.Add(context.Step, Decision);
}
