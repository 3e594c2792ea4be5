using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Work;

namespace Switchboard.Host.Api;

/// <summary>
/// What can be done with a record now, and doing it. The answer comes when the step has been committed. Performing needs
/// <c>{type}:act</c>, and the action's own permission where it names one.
/// </summary>
internal static class ActionEndpoints
{
    private const int MaxIds = 1000;

    public static void MapActions(this IEndpointRouteBuilder api)
    {
        var actions = api.MapGroup("/{type}").WithTags("Actions");
        actions.MapGet("/{id:guid}/actions", List).RequirePermission("{type}:read").WithSummary("What the record's workflow waits for now")
            .WithMetadata(new Shape(Response: "Actions"));
        actions.MapGet("/lifecycle", Lifecycle).RequirePermission("{type}:read").WithSummary("The states of the type's lifecycle as it is now, and where its actions lead")
            .WithMetadata(new Shape(Response: "Lifecycle"));
        actions.MapPost("/actions", ListForMany).RequirePermission("{type}:read").WithSummary("What can be done with up to 1,000 records now: {ids}")
            .WithMetadata(new Shape("Ids", "ManyActions"));
        actions.MapPost("/{id:guid}/actions/{name}", Act).RequirePermission("{type}:act").WithSummary("Performs an action")
            .WithMetadata(new Shape("Object", "Record"));
        actions.MapPost("/actions/{name}", ActOnMany).RequirePermission("{type}:act")
            .WithSummary("Performs an action on up to 1,000 records, each answered for itself").WithMetadata(new Shape("BulkAction", "BatchResults"));
    }

    private static async Task<IResult> List(string type, Guid id, HttpContext http, Actions actions, CancellationToken ct)
    {
        var offer = await actions.OfferAsync(http.Caller().TenantId, RecordEndpoints.TypeOf(type), id, ct);
        return Answer.Of(new JsonObject
        {
            ["status"] = offer.Status,
            ["instanceId"] = offer.InstanceId?.ToString(),
            ["definition"] = offer.DefinitionId is null ? null : new JsonObject { ["id"] = offer.DefinitionId, ["version"] = offer.DefinitionVersion },
            ["actions"] = new JsonArray([.. offer.Actions.Select(action => Describe(type, action))]),
        });
    }

    private static Answer Lifecycle(string type, HttpContext http, Definitions definitions)
    {
        var graph = RecordEndpoints.TypeOf(type).Lifecycle is { } key ? definitions.FindPublished(http.Caller().TenantId, key) : null;
        var map = graph is null ? new LifecycleMap([], []) : LifecycleMap.Of(graph);
        return Answer.Of(new JsonObject
        {
            ["definition"] = graph is null ? null : new JsonObject { ["id"] = graph.DefinitionId, ["version"] = graph.Version },
            ["states"] = new JsonArray([.. map.States.Select(state => (JsonNode)state)]),
            ["actions"] = new JsonArray([.. map.Steps.Select(step => new JsonObject { ["name"] = step.Action, ["label"] = step.Label, ["from"] = step.From, ["to"] = step.To })]),
        });
    }

    private static async Task<IResult> ListForMany(string type, HttpContext http, Actions actions, CancellationToken ct)
    {
        var body = await RequestBody.ReadAsync(http, ct);
        var offered = await actions.OfferManyAsync(http.Caller().TenantId, RecordEndpoints.TypeOf(type), IdsOf(body.Object), ct);
        return Answer.Of(new JsonObject
        {
            ["actions"] = new JsonArray([.. offered.Select(one =>
            {
                var described = Describe(type, one.Action);
                described["ids"] = new JsonArray([.. one.Ids.Select(id => (JsonNode)id.ToString())]);
                return described;
            })]),
        });
    }

    private static async Task<IResult> Act(
        string type, Guid id, string name, HttpContext http, RecordReader records, Actions actions, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var recordType = RecordEndpoints.TypeOf(type);
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var expected = await RecordEndpoints.ExpectedVersionAsync(http, records, recordType, id, ct);
            return await PerformAsync(recordType, id, name, body.Object, expected, http.Caller(), actions, ticket, time, ct);
        }, ct);
    }

    private static async Task<IResult> ActOnMany(
        string type, string name, HttpContext http, Actions actions, Idempotency idempotency, ILogger<Problems> log, TimeProvider time, CancellationToken ct)
    {
        var (recordType, caller) = (RecordEndpoints.TypeOf(type), http.Caller());
        var body = await RequestBody.ReadAsync(http, ct);
        var ids = IdsOf(body.Object);
        var data = body.Object["data"] switch
        {
            null => [],
            JsonObject given => given,
            _ => throw ProblemException.Malformed("invalid_data", "data", "data must be an object."),
        };

        // All at the same time, so that they share commits.
        var (answers, replayed) = await idempotency.OnceEachAsync(
            http, body.Bytes, ids.Count,
            (i, ticket) => PerformAsync(recordType, ids[i], name, (JsonObject)data.DeepClone(), null, caller, actions, ticket, time, ct),
            e => Problems.Translate(e, http, log), ct);
        if (replayed)
            http.Response.Headers["Idempotency-Replayed"] = "true";
        return Answer.Written(writer => WriteResults(writer, ids, answers));
    }

    private static async Task<Answer> PerformAsync(
        RecordType type, Guid id, string name, JsonObject data, long? expectedVersion, Caller caller, Actions actions,
        Idempotency.Ticket ticket, TimeProvider time, CancellationToken ct)
    {
        Answer? answer = null;
        await actions.PerformAsync(
            caller.TenantId, type, id, name, data, caller.Permissions.Allows,
            new Delivery(caller.Change(name, time.GetUtcNow()))
            {
                SubjectVersion = expectedVersion,
                Also = (step, delivered) =>
                {
                    answer = Answer.Of(type, delivered.Subject!);
                    ticket.AddTo(step, answer);
                    return ValueTask.CompletedTask;
                },
            },
            ct);
        return answer!;
    }

    private static List<Guid> IdsOf(JsonObject body)
    {
        if (body["ids"] is not JsonArray { Count: > 0 and <= MaxIds } list)
            throw ProblemException.Malformed("invalid_ids", "ids", $"ids must be a list of 1 to {MaxIds} ids.");
        var ids = new List<Guid>(list.Count);
        foreach (var (node, i) in list.Select((node, i) => (node, i)))
        {
            if (node?.GetValueKind() != JsonValueKind.String || !Guid.TryParse((string?)node, out var id))
                throw ProblemException.Malformed("invalid_ids", $"ids/{i}", "An id is a UUID.");
            ids.Add(id);
        }
        return ids;
    }

    private static void WriteResults(Utf8JsonWriter writer, List<Guid> ids, Answer[] answers)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("results"u8);
        for (var i = 0; i < answers.Length; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, ids[i]);
            writer.WriteNumber("status"u8, answers[i].Status);
            writer.WritePropertyName(answers[i].Status < 400 ? "record"u8 : "problem"u8);
            writer.WriteRawValue(answers[i].Body);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static JsonObject Describe(string type, AvailableAction action)
    {
        var described = new JsonObject { ["name"] = action.Name, ["label"] = action.Label, ["permission"] = action.Permission ?? $"{type}:act" };
        if (action.Form is not null)
            described["form"] = action.Form;
        if (action.Fields is not null)
            described["fields"] = action.Fields.DeepClone();
        return described;
    }
}
