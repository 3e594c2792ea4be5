using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Inbox;

namespace Switchboard.Host.Api;

/// <summary>
/// Events from outside. 202 means that the event is a row of the inbox: it is delivered however often this process dies,
/// and the same id again from the same source is the same event.
/// </summary>
internal static class EventEndpoints
{
    private const int MaxName = 200;

    public static void MapEvents(this IEndpointRouteBuilder api) =>
        api.MapPost("/events", Send).RequirePermission("events:send").WithTags("Events")
            .WithSummary("Sends an event: {name, correlationId?, subject?, payload, id?} or a CloudEvent 1.0").WithMetadata(new Shape("Object", "Object", 202));

    private static async Task<IResult> Send(
        HttpContext http, RecordReader records, EventIntake intake, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        var now = FieldText.Microseconds(time.GetUtcNow());
        var sent = body.Object.ContainsKey("specversion") ? OfCloudEvent(body.Object) : OfOwn(body.Object, now);
        var instanceId = await InstanceOfAsync(records, caller.TenantId, sent.Subject, ct);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var answer = Answer.Of(new JsonObject { ["eventId"] = sent.Id }, StatusCodes.Status202Accepted);
            await intake.AcceptAsync(
                caller.TenantId,
                new IncomingEvent(sent.Source, sent.Id, sent.Name, sent.CorrelationId, sent.Payload, instanceId),
                step =>
                {
                    RecordChanges.Audit(step, null, null, caller.Change("events.sent", now), new JsonObject { ["name"] = sent.Name, ["id"] = sent.Id });
                    ticket.AddTo(step, answer);
                },
                ct);
            return answer;
        }, ct);
    }

    private static Sent OfOwn(JsonObject body, DateTimeOffset now) => new(
        "api",
        Text(body, "id", required: false) ?? Guid.CreateVersion7(now).ToString(),
        Text(body, "name", required: true)!,
        Text(body, "correlationId", required: false),
        body["subject"],
        body["payload"]);

    /// <summary>CloudEvents 1.0 in structured JSON; <c>correlationid</c> is its registered extension.</summary>
    private static Sent OfCloudEvent(JsonObject body)
    {
        if (Text(body, "specversion", required: true) != "1.0")
            throw ProblemException.Malformed("unsupported_specversion", "specversion", "specversion must be 1.0.");
        if (body.ContainsKey("data_base64"))
            throw ProblemException.Malformed("unsupported_data", "data_base64", "Binary data is not taken; send JSON in data.");
        return new Sent(
            Text(body, "source", required: true)!, Text(body, "id", required: true)!, Text(body, "type", required: true)!,
            Text(body, "correlationid", required: false), null, body["data"]);
    }

    /// <summary>The instance that owns the status of the event's subject: only that one gets the event.</summary>
    private static async Task<Guid?> InstanceOfAsync(RecordReader records, Guid tenantId, JsonNode? subject, CancellationToken ct)
    {
        if (subject is null)
            return null;
        if (subject is not JsonObject named || RecordTypes.Find(Text(named, "type", required: true)!) is not { } type
            || !Guid.TryParse(Text(named, "id", required: true), out var id))
        {
            throw ProblemException.Malformed("invalid_subject", "subject", "subject must be {type, id} of a record.");
        }
        return await records.GetAsync(tenantId, type, id, ct) is LifecycleRecord { InstanceId: { } instance }
            ? instance
            : throw ProblemException.Invalid([new FieldError("subject", "unknown_reference", $"There is no record {id} in {type.Name} with a running lifecycle.")]);
    }

    private static string? Text(JsonObject body, string name, bool required) => body[name] switch
    {
        null when !required => null,
        JsonValue value when value.TryGetValue<string>(out var text) && text.Length is > 0 and <= MaxName => text,
        _ => throw ProblemException.Malformed("invalid_value", name, $"{name} must be text of 1 to {MaxName} characters."),
    };

    private sealed record Sent(string Source, string Id, string Name, string? CorrelationId, JsonNode? Subject, JsonNode? Payload);
}
