using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Decisions;

/// <summary>
/// Decides recorded decisions once more by a draft, each with the clock of then, and counts what comes out differently, by
/// old and new output. Changes nothing; a batch and how far it has come are one commit.
/// </summary>
public sealed class DecisionReplay(
    DecisionLog log, DecisionEngine engine, ArtefactStore artefacts, ArtefactKinds kinds, CompiledDecisions compiled, OperationFiles files, OperationStore operations, GroupCommitter committer) : OperationKind
{
    public const string KindName = "decision-replay";

    /// <summary>The draft as it was when the replay was asked for; it may be edited meanwhile.</summary>
    private const string DraftFile = "draft";

    private const int BatchSize = 500;
    private const int PartLength = 60_000;
    private const int MostGroups = 500;
    private const int MostExamples = 200;
    private const int ExamplesOfAGroup = 5;

    public override string Name => KindName;

    /// <exception cref="ProblemException">404 without a draft, 422 for a kind that records nothing or a draft that does not parse.</exception>
    /// <param name="also">Adds to the step that starts it, such as the answer that the caller is given.</param>
    public async Task<Operation> StartAsync(
        Guid tenantId, string kind, string key, DateTimeOffset from, DateTimeOffset to, int limit, ChangeContext context, CancellationToken ct, Action<Step, Operation>? also = null)
    {
        var draft = await artefacts.DraftAsync(tenantId, kind, key, ct);
        if (compiled.Of(kind, key, draft.Hash, draft.Content) is null)
            throw new ProblemException(422, "nothing_to_replay", $"A {kind} makes no decisions that are recorded, so there is nothing to replay.");
        var operation = Operation.New(tenantId, KindName, new JsonObject
        {
            ["kind"] = kind,
            ["key"] = key,
            ["hash"] = draft.Hash,
            ["from"] = FieldText.Format(from),
            ["to"] = FieldText.Format(to),
            ["limit"] = limit,
        }, context.ActorId, context.At);
        var step = new Step(tenantId);
        step.Insert(SystemTables.Operations, operation.ToRow());
        for (var (at, part) = (0, 0); at < draft.Content.Length; at += PartLength, part++)
            files.Add(step, operation.Id, DraftFile, "text/plain", part, Encoding.Unicode.GetBytes(draft.Content[at..Math.Min(at + PartLength, draft.Content.Length)]));
        operations.Announce(step);
        also?.Invoke(step, operation);
        await committer.CommitAsync(step, ct);
        return operation;
    }

    public override async Task RunAsync(OperationRun run, CancellationToken ct)
    {
        var request = run.Operation.Request;
        var (kind, key, limit) = ((string)request["kind"]!, (string)request["key"]!, (int)request["limit"]!);
        var (from, to) = (Instant(request, "from"), Instant(request, "to"));
        var logic = await LogicAsync(run, kind, key, ct);
        if (run.Operation.Result is null)
        {
            run.Operation.Total = Math.Min(limit, await log.CountAsync(run.TenantId, kind, key, from, to, ct));
            run.Operation.Result = new JsonObject
            {
                ["same"] = 0L,
                ["changed"] = 0L,
                ["failed"] = 0L,
                ["groups"] = new JsonArray(),
                ["examples"] = new JsonArray(),
                ["cursor"] = null,
            };
        }
        while (run.Operation.Done < limit)
        {
            run.ThrowIfStopped();
            var cursor = (string?)run.Operation.Result["cursor"] is { } text ? Guid.Parse(text) : (Guid?)null;
            var batch = await log.BatchAsync(run.TenantId, kind, key, cursor, from, to, (int)Math.Min(BatchSize, limit - run.Operation.Done), ct);
            if (batch.Count == 0)
                break;
            var result = (JsonObject)run.Operation.Result.DeepClone();
            foreach (var then in batch)
                Count(result, then, Again(run.TenantId, logic, then));
            result["cursor"] = batch[^1].Id.ToString();
            run.Operation.Result = result;
            run.Operation.Done += batch.Count;
            await run.CommitAsync(new Step(run.TenantId), isLarge: false, ct);
        }
        // Fewer than were counted when a month was taken away meanwhile.
        run.Operation.Total = run.Operation.Done;
        var ended = (JsonObject)run.Operation.Result.DeepClone();
        ended.Remove("cursor");
        run.Operation.Result = ended;
    }

    private async Task<DecisionLogic> LogicAsync(OperationRun run, string kind, string key, CancellationToken ct)
    {
        var content = new StringBuilder();
        await foreach (var part in files.ReadAsync(run.TenantId, run.Operation.Id, DraftFile, ct))
            content.Append(Encoding.Unicode.GetString(part));
        var text = content.ToString();
        return compiled.Of(kind, key, kinds.HashOf(kind, text), text)
            ?? throw new ProblemException(422, "artefact_syntax", $"The draft of {kind} {key} does not parse in this version of the service.");
    }

    private DecisionOutcome Again(Guid tenantId, DecisionLogic logic, RecordedDecision then)
    {
        try
        {
            return engine.Decide(tenantId, logic, then.Input, then.Decision, then.At, DecisionDetail.Output);
        }
        catch (ProblemException e)
        {
            // Of another decision that this one asks.
            return DecisionOutcome.Failed(e.Code, e.Detail, e.Errors);
        }
    }

    private static void Count(JsonObject result, RecordedDecision then, DecisionOutcome now)
    {
        if (now.Problem is null && IsSame(then.Output, now.Output))
        {
            result["same"] = (long)result["same"]! + 1;
            return;
        }
        result["changed"] = (long)result["changed"]! + 1;
        if (now.Problem is not null)
            result["failed"] = (long)result["failed"]! + 1;
        JsonNode? to = now.Problem is { } problem ? new JsonObject { ["problem"] = problem.Code } : Plain(now.Output);
        var group = Group((JsonArray)result["groups"]!, then.Output, to);
        group["count"] = (long)group["count"]! + 1;
        if (group["examples"] is JsonArray { Count: < ExamplesOfAGroup } ids)
            ids.Add((JsonNode)then.Id.ToString());
        if (result["examples"] is JsonArray { Count: < MostExamples } examples)
        {
            examples.Add((JsonNode)new JsonObject
            {
                ["decisionId"] = then.Id.ToString(),
                ["at"] = FieldText.Format(then.At),
                ["input"] = then.Input.DeepClone(),
                ["from"] = then.Output?.DeepClone(),
                ["to"] = to?.DeepClone(),
                ["detail"] = now.Problem?.Detail,
            });
        }
    }

    /// <summary>The group of this change; when there are too many of them, the last is that of all others.</summary>
    private static JsonObject Group(JsonArray groups, JsonNode? from, JsonNode? to)
    {
        var found = groups.OfType<JsonObject>().FirstOrDefault(group => !group.ContainsKey("others") && IsSame(group["from"], from) && IsSame(group["to"], to));
        if (found is null && groups.Count >= MostGroups)
            found = groups.OfType<JsonObject>().FirstOrDefault(group => group.ContainsKey("others"));
        if (found is not null)
            return found;
        var added = new JsonObject { ["from"] = from?.DeepClone(), ["to"] = to?.DeepClone(), ["count"] = 0L, ["examples"] = new JsonArray() };
        if (groups.Count >= MostGroups)
            added = new JsonObject { ["others"] = true, ["count"] = 0L, ["examples"] = new JsonArray() };
        groups.Add((JsonNode)added);
        return added;
    }

    /// <summary>By value: 1.0 is 1, and the order of members does not count.</summary>
    private static bool IsSame(JsonNode? a, JsonNode? b) => JsonElement.DeepEquals(Element(a), Element(b));

    private static JsonNode? Plain(JsonNode? node) => node is null ? null : JsonNode.Parse(node.ToJsonString());

    private static JsonElement Element(JsonNode? node) => JsonSerializer.Deserialize<JsonElement>(node?.ToJsonString() ?? "null");

    private static DateTimeOffset Instant(JsonObject request, string name) =>
        FieldText.TryParseInstant((string)request[name]!, out var at) ? at : throw new InvalidOperationException($"{name} of a replay is no instant: {request[name]}.");
}
