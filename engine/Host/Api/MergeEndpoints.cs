using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Merging;
using Switchboard.Runtime.Operations;

namespace Switchboard.Host.Api;

/// <summary>
/// Two records become one, and two again by the undo of the operation that the answer names. Needs what would be needed to
/// do it by hand: <c>{type}:update</c> and <c>{type}:delete</c>.
/// </summary>
internal static class MergeEndpoints
{
    public static void MapMerges(this IEndpointRouteBuilder api) =>
        api.MapGroup("/{type}/{id:guid}").WithTags("Records").MapPost("/merge", Merge).RequirePermission("{type}:update")
            .WithSummary("Makes one record of two: the source's references, comments, tags and files move to this one; needs delete of the type besides")
            .WithMetadata(new Shape("Merge", "Record") { Query = [("dryRun", "true: the answer shows the result and what would move, and nothing is changed")] });

    /// <summary>Only who could merge may part.</summary>
    public static async Task<IResult> UndoAsync(
        Operation operation, HttpContext http, MergeUndo undo, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        caller.Demand($"{(string?)operation.Request["recordType"]}:update");
        caller.Demand($"{(string?)operation.Request["recordType"]}:delete");
        return await idempotency.OnceAsync(http, ReadOnlyMemory<byte>.Empty, async ticket => Answer.Of(
            (await undo.UndoAsync(operation, caller.Change("", time.GetUtcNow()), (step, undone) => ticket.AddTo(step, Answer.Of(undone.ToJson())), ct)).ToJson()), ct);
    }

    private static async Task<IResult> Merge(
        string type, Guid id, HttpContext http, RecordReader records, RecordMerge merge, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (RecordEndpoints.WritableTypeOf(type), http.Caller());
        caller.Demand($"{type}:delete");
        var dryRun = http.Request.Query["dryRun"].ToString() switch
        {
            "" or "false" => false,
            "true" => true,
            var other => throw ProblemException.Malformed("invalid_parameter", "dryRun", $"dryRun must be true or false, not {other}."),
        };
        var body = await RequestBody.ReadAsync(http, ct);
        var (sourceId, fields) = Read(body.Object);
        foreach (var (name, fromSource) in fields)
        {
            if (fromSource && recordType.Find(name)?.Permission is { } permission)
                caller.Demand(permission);
        }
        return dryRun ? await MergeAsync(Idempotency.Ticket.None) : await idempotency.OnceAsync(http, body.Bytes, MergeAsync, ct);

        async Task<Answer> MergeAsync(Idempotency.Ticket ticket)
        {
            var request = new MergeRequest(id, sourceId, fields, await RecordEndpoints.ExpectedVersionAsync(http, records, recordType, id, ct));
            var outcome = await merge.MergeAsync(
                caller.TenantId, recordType, request, caller.Change("", time.GetUtcNow()), dryRun, caller.Permissions.Allows,
                (step, outcome) => ticket.AddTo(step, Merged(recordType, outcome)), ct);
            return dryRun ? Preview(recordType, outcome) : Merged(recordType, outcome);
        }
    }

    private static Answer Merged(RecordType type, MergeOutcome outcome) =>
        Answer.Of(type, outcome.Record) with { Location = $"/api/operations/{outcome.Operation.Id}" };

    private static Answer Preview(RecordType type, MergeOutcome outcome) => Answer.Written(writer =>
    {
        writer.WriteStartObject();
        writer.WriteBoolean("dryRun"u8, true);
        writer.WritePropertyName("record"u8);
        RecordJson.Write(writer, type, outcome.Record);
        writer.WritePropertyName("changes"u8);
        RecordChanges.Write(writer, outcome.Changes);
        foreach (var (name, value) in outcome.Operation.Result!)
        {
            writer.WritePropertyName(name);
            RecordJson.WriteValue(writer, value);
        }
        writer.WriteEndObject();
    });

    private static (Guid SourceId, Dictionary<string, bool> Fields) Read(JsonObject body)
    {
        if (body.FirstOrDefault(member => member.Key is not ("sourceId" or "fields")).Key is { } unknown)
            throw ProblemException.Malformed("unknown_field", unknown, "A merge has sourceId and fields.");
        if (body["sourceId"]?.GetValueKind() != JsonValueKind.String || !Guid.TryParse((string?)body["sourceId"], out var sourceId))
            throw ProblemException.Malformed("invalid_id", "sourceId", "sourceId must be the id of the record that shall go.");
        if (body["fields"] is not (null or JsonObject))
            throw ProblemException.Malformed("invalid_type", "fields", "fields must be an object: field → source or target.");
        return (sourceId, (body["fields"] as JsonObject ?? []).ToDictionary(member => member.Key, member => IsSource(member.Key, member.Value)));
    }

    private static bool IsSource(string name, JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? (string?)value switch
    {
        "source" => true,
        "target" => false,
        _ => throw WrongChoice(name),
    }
    : throw WrongChoice(name);

    private static ProblemException WrongChoice(string name) =>
        ProblemException.Malformed("invalid_choice", $"fields/{name}", $"{name} is taken from source or target.");
}
