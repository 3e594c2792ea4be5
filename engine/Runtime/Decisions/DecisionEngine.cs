using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Rules;
using Switchboard.Runtime.Artefacts;

namespace Switchboard.Runtime.Decisions;

/// <summary>A decision that was made and is to be recorded, with the hashes of all that it used.</summary>
public sealed record MadeDecision(RecordedDecision Record, JsonArray? NearMisses, IReadOnlyDictionary<string, string> Uses);

/// <summary>Decides by the artefacts that count, and says what it decided and why.</summary>
/// <param name="log">Where decisions are recorded; null in a trial, which records nothing. So with what is null beside it.</param>
public sealed class DecisionEngine(PublishedArtefacts published, ArtefactStore? store, CompiledDecisions compiled, DecisionLog? log, GroupCommitter? committer)
{
    /// <summary>The kinds that decide, in the order in which a key is looked for.</summary>
    private static readonly string[] Deciding = ["decision", "ruleset"];

    /// <summary>Rules may ask decisions that ask rules; nobody means more than this.</summary>
    private const int MostNested = 8;

    /// <summary>Decides by the artefacts of a trial.</summary>
    internal static DecisionEngine OfTrial(PublishedArtefacts published, ArtefactKinds kinds) => new(published, null, new CompiledDecisions(kinds), null, null);

    /// <summary>Decides and records it.</summary>
    /// <exception cref="ProblemException">404 for the key or version; 422 for the input, the budget, the rules.</exception>
    /// <param name="also">Adds to the step that records it, such as the answer that the caller is given.</param>
    public async Task<MadeDecision> EvaluateAsync(
        Guid tenantId, DecisionRequest request, ChangeContext context, CancellationToken ct, Action<Step, MadeDecision>? also = null)
    {
        var artefact = request.Version is { } number ? await VersionAsync(tenantId, request.Key, number, ct) : Find(tenantId, request.Key, context.At);
        var cause = new JsonObject { ["actor"] = context.Actor, ["actorId"] = context.ActorId?.ToString(), ["traceId"] = context.TraceId };
        var made = Decide(tenantId, artefact ?? throw Unknown(tenantId, request.Key), request, FieldText.Microseconds(context.At), cause);
        if (log is null || committer is null)
            throw new InvalidOperationException("A trial records no decisions.");
        await log.EnsureMonthAsync(made.Record.At, ct);
        var step = new Step(tenantId);
        DecisionLog.Add(step, made.Record);
        also?.Invoke(step, made);
        await committer.CommitAsync(step, ct);
        return made;
    }

    /// <summary>Decides by what counts at an instant and records nothing; whoever asks adds the record to the step that it belongs to.</summary>
    /// <exception cref="ProblemException">As <see cref="EvaluateAsync"/>.</exception>
    public async ValueTask<MadeDecision> DecideAsync(Guid tenantId, DecisionRequest request, JsonObject cause, DateTimeOffset at, CancellationToken ct)
    {
        var made = Decide(tenantId, Find(tenantId, request.Key, at) ?? throw Unknown(tenantId, request.Key), request, at, cause);
        if (log is not null)
            await log.EnsureMonthAsync(at, ct);
        return made;
    }

    /// <summary>The names of the input that a decision or rule set asks for as it counts at an instant; none for a key that there is not.</summary>
    public IEnumerable<string> InputsOf(Guid tenantId, string key, string? decision, DateTimeOffset at) =>
        Find(tenantId, key, at) is { } artefact ? compiled.Of(artefact.Kind, artefact.Key, artefact.Hash, artefact.Content)?.InputsOf(decision) ?? [] : [];

    /// <summary>Decides by a text that need not be published; what it asks of others is as it counts at the instant.</summary>
    public DecisionOutcome Decide(Guid tenantId, DecisionLogic logic, JsonObject input, string? decision, DateTimeOffset at, DecisionDetail detail, IDictionary<string, string>? used = null, int nested = 0) =>
        logic.Decide(new DecisionQuestion(input, decision, new StandingTime(at), detail, (key, asked) => Ask(tenantId, key, asked, at, used, nested + 1)));

    private MadeDecision Decide(Guid tenantId, PublishedVersion artefact, DecisionRequest request, DateTimeOffset at, JsonObject cause)
    {
        var logic = compiled.Of(artefact.Kind, artefact.Key, artefact.Hash, artefact.Content)
            ?? throw new ProblemException(422, "artefact_syntax", $"Version {artefact.Number} of {artefact.Kind} {artefact.Key} does not parse in this version of the service.");
        if (request.Decision is { } named && logic.Names.Count > 0 && !logic.Names.Contains(named))
            throw new ProblemException(422, "unknown_decision", $"{artefact.Key} has no decision {named}; the nearest is {Nearest.Of(named, logic.Names)}.");
        if (request.OffersMore)
        {
            var asked = logic.InputsOf(request.Decision).ToHashSet();
            request = request with { Input = new JsonObject(request.Input.Where(value => asked.Contains(value.Key)).Select(value => KeyValuePair.Create(value.Key, value.Value?.DeepClone()))) };
        }
        var used = new SortedDictionary<string, string>(StringComparer.Ordinal) { [artefact.Name] = artefact.Hash };
        var outcome = Decide(tenantId, logic, request.Input, request.Decision, at, request.Explain ? DecisionDetail.NearMisses : DecisionDetail.Matches, used);
        if (outcome.Problem is { } problem)
            throw problem.ToException();
        cause = (JsonObject)cause.DeepClone();
        if (used.Count > 1)
            cause["uses"] = new JsonObject(used.Where(use => use.Key != artefact.Name).Select(use => KeyValuePair.Create(use.Key, (JsonNode?)use.Value)));
        return new MadeDecision(
            new RecordedDecision(
                Guid.CreateVersion7(at), artefact.Kind, artefact.Key, artefact.Number, artefact.Hash, request.Decision, request.Input, outcome.Output, outcome.Matched,
                outcome.Diagnostics.Count == 0 ? null : outcome.Diagnostics, cause, at),
            outcome.NearMisses, used);
    }

    private JsonNode? Ask(Guid tenantId, string name, JsonObject input, DateTimeOffset at, IDictionary<string, string>? used, int nested)
    {
        var (key, decision) = DecisionRequest.Split(name);
        if (nested > MostNested)
            throw new ProblemException(422, "decisions_nested", $"Decisions ask each other {MostNested} deep; the last one asked for {name}.");
        var artefact = Find(tenantId, key, at) ?? throw Unknown(tenantId, key);
        var logic = compiled.Of(artefact.Kind, artefact.Key, artefact.Hash, artefact.Content) ?? throw Unknown(tenantId, key);
        if (used is not null)
            used[artefact.Name] = artefact.Hash;
        var outcome = Decide(tenantId, logic, input, decision, at, DecisionDetail.Output, used, nested);
        return outcome.Problem is { } problem ? throw problem.ToException() : outcome.Output;
    }

    private PublishedVersion? Find(Guid tenantId, string key, DateTimeOffset at) =>
        Deciding.Select(kind => published.Find(tenantId, kind, key, at)).FirstOrDefault(found => found is not null);

    private async Task<PublishedVersion> VersionAsync(Guid tenantId, string key, int number, CancellationToken ct)
    {
        var kind = Deciding.FirstOrDefault(kind => published.All(tenantId, kind).Any(version => version.Key == key)) ?? Deciding[0];
        var version = await (store ?? throw new InvalidOperationException("A trial knows no versions.")).GetAsync(tenantId, kind, key, number, ct);
        if (version.State == "retracted")
            throw new ProblemException(404, "not_found", $"Version {number} of {kind} {key} is its retraction.");
        return new PublishedVersion(kind, key, number, version.Hash, version.Content, version.From!.Value);
    }

    private ProblemException Unknown(Guid tenantId, string key)
    {
        var nearest = Nearest.Of(key, Deciding.SelectMany(kind => published.All(tenantId, kind)).Select(version => version.Key));
        return new ProblemException(404, "not_found", $"There is no published decision or rule set {key}{(nearest is null ? "" : $"; the nearest is {nearest}")}.");
    }
}

/// <summary>A question to a published decision or rule set.</summary>
/// <param name="Version">Null for what counts.</param>
/// <param name="Decision">Which decision of a model; null for its last.</param>
public sealed record DecisionRequest(string Key, JsonObject Input, int? Version = null, string? Decision = null, bool Explain = false)
{
    /// <summary>For who offers all that he has: what the decision does not ask for is left out instead of being refused.</summary>
    public bool OffersMore { get; init; }

    /// <summary>Workflows and rules write <c>key</c> or <c>key#decision</c>.</summary>
    public static (string Key, string? Decision) Split(string name) =>
        name.IndexOf('#', StringComparison.Ordinal) is var at and >= 0 ? (name[..at], name[(at + 1)..]) : (name, null);
}
