using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Webhooks;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Webhooks;

namespace Switchboard.Host.Api;

/// <summary>What webhooks have beyond other record types: a secret that is shown once, and deliveries.</summary>
internal static class WebhookEndpoints
{
    private const int MostGraceHours = 720;

    private static readonly RecordType Type = RecordTypes.Of<Webhook>();

    public static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks");
        webhooks.MapPost("", Create).RequirePermission("webhooks:create")
            .WithSummary("Makes a webhook: {url, types, description}; the answer alone shows its secret").WithMetadata(new Shape("Webhook", "WebhookWithSecret", 201));
        var one = webhooks.MapGroup("/{id:guid}");
        one.MapPost("/rotate-secret", Rotate).RequirePermission("webhooks:update")
            .WithSummary("Makes a new secret, which the answer alone shows; the old one signs too for graceHours (24)").WithMetadata(new Shape("Object", "WebhookSecret"));
        one.MapPost("/ping", Ping).RequirePermission("webhooks:update").WithSummary("Sends a test event of the type webhooks.ping")
            .WithMetadata(new Shape(Response: "WebhookDelivery", Status: 202));
        one.MapPost("/redeliver", RedeliverFailed).RequirePermission("webhooks:update")
            .WithSummary("Sends again what was given up, of what happened in a time: {from, to}; at most 1,000, the oldest first").WithMetadata(new Shape("Object", "Redelivered", 202));
        one.MapGet("/deliveries", List).RequirePermission("webhooks:read").WithSummary("What was sent and is to be sent, newest first").WithMetadata(new Shape(Response: "WebhookDeliveries")
        {
            Query = [("status", "pending, delivered or failed"), ("limit", "At most 500; 50 by default"), ("after", "The cursor that the last page gave as next")],
        });
        one.MapGet("/deliveries/{deliveryId:guid}", Get).RequirePermission("webhooks:read").WithSummary("A delivery with its body").WithMetadata(new Shape(Response: "WebhookDelivery"));
        one.MapPost("/deliveries/{deliveryId:guid}/redeliver", Redeliver).RequirePermission("webhooks:update").WithSummary("Sends an event again, with the same id")
            .WithMetadata(new Shape(Response: "WebhookDelivery", Status: 202));
    }

    /// <summary>The answer that an idempotency key keeps has no secret: who lost the first answer rotates it.</summary>
    private static async Task<IResult> Create(
        HttpContext http, RecordWriter writer, WebhookSecrets secrets, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        http.Response.Headers.CacheControl = "no-store";
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var secret = "";
            var record = await writer.CreateAsync(
                caller.TenantId, Type, body.Object, caller.Change("", time.GetUtcNow()),
                (step, made) =>
                {
                    secret = secrets.MadeIn(step, made.Id);
                    ticket.AddTo(step, Answer.Of(Type, made, StatusCodes.Status201Created));
                }, ct);
            var answer = Answer.Of(Type, record, StatusCodes.Status201Created);
            var shown = JsonNode.Parse(Encoding.UTF8.GetString(answer.Body))!.AsObject();
            shown["secret"] = secret;
            return answer with { Body = Answer.Utf8(shown) };
        }, ct);
    }

    private static async Task<IResult> Rotate(Guid id, HttpContext http, WebhookSecrets secrets, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        var grace = body.Object["graceHours"] switch
        {
            null => (TimeSpan?)null,
            JsonValue value when value.TryGetValue<int>(out var hours) && hours is >= 0 and <= MostGraceHours => TimeSpan.FromHours(hours),
            _ => throw ProblemException.Invalid([new FieldError("graceHours", "invalid_value", $"graceHours is a whole number from 0 to {MostGraceHours}.")]),
        };
        http.Response.Headers.CacheControl = "no-store";
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var (secret, until) = await secrets.RotateAsync(
                caller.TenantId, id, grace, caller.Change("", time.GetUtcNow()), step => ticket.AddTo(step, Answer.Of(new JsonObject { ["id"] = id.ToString() })), ct);
            return Answer.Of(new JsonObject { ["id"] = id.ToString(), ["secret"] = secret, ["previousSecretUntil"] = until is { } at ? FieldText.Format(at) : null });
        }, ct);
    }

    private static async Task<IResult> Ping(Guid id, HttpContext http, WebhookDeliveries deliveries, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Accepted(await deliveries.PingAsync(
            caller.TenantId, id, caller.Change("", time.GetUtcNow()), (step, ping) => ticket.AddTo(step, Accepted(ping)), ct)), ct);
    }

    private static async Task<IResult> Redeliver(
        Guid id, Guid deliveryId, HttpContext http, WebhookDeliveries deliveries, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Accepted(await deliveries.RedeliverAsync(
            caller.TenantId, id, deliveryId, caller.Change("", time.GetUtcNow()), (step, again) => ticket.AddTo(step, Accepted(again)), ct)), ct);
    }

    private static async Task<IResult> RedeliverFailed(
        Guid id, HttpContext http, WebhookDeliveries deliveries, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct, optional: true);
        var (from, to) = (Instant(body.Object, "from"), Instant(body.Object, "to"));
        return await idempotency.OnceAsync(http, body.Bytes, async ticket =>
        {
            var (count, isMore) = await deliveries.RedeliverFailedAsync(
                caller.TenantId, id, from, to, caller.Change("", time.GetUtcNow()), (step, found, more) => ticket.AddTo(step, Redelivered(found, more)), ct);
            return Redelivered(count, isMore);
        }, ct);

        static Answer Redelivered(int count, bool isMore) =>
            Answer.Of(new JsonObject { ["redelivered"] = count, ["more"] = isMore }, StatusCodes.Status202Accepted);
    }

    private static DateTimeOffset? Instant(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) && FieldText.TryParseInstant(text, out var at) => at,
        _ => throw ProblemException.Invalid([new FieldError(name, "invalid_date", $"{name} must be an instant as RFC 3339.")]),
    };

    private static async Task<IResult> List(Guid id, HttpContext http, WebhookDeliveries deliveries, CancellationToken ct)
    {
        var query = http.Request.Query;
        var (limit, after) = ListPage.Of(query);
        var status = query["status"].ToString() switch
        {
            "" => null,
            WebhookDelivery.Pending or WebhookDelivery.Delivered or WebhookDelivery.Failed => query["status"].ToString(),
            _ => throw ProblemException.Malformed("invalid_status", "status", "status is pending, delivered or failed."),
        };
        var found = await deliveries.ListAsync(http.Caller().TenantId, id, status, after, limit + 1, ct);
        var page = found.Take(limit).ToList();
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. page.Select(delivery => (JsonNode)Describe(delivery))]),
            ["next"] = found.Count > limit ? page[^1].Id.ToString() : null,
        });
    }

    private static async Task<IResult> Get(Guid id, Guid deliveryId, HttpContext http, WebhookDeliveries deliveries, WebhookOptions options, CancellationToken ct)
    {
        var delivery = await deliveries.GetAsync(http.Caller().TenantId, id, deliveryId, ct);
        var described = Describe(delivery);
        described["body"] = JsonNode.Parse(delivery.Body(options.BodyBytes));
        return Answer.Of(described);
    }

    private static Answer Accepted(WebhookDelivery delivery) => Answer.Of(Describe(delivery), StatusCodes.Status202Accepted);

    private static JsonObject Describe(WebhookDelivery delivery) => new()
    {
        ["id"] = delivery.Id.ToString(),
        ["webhookId"] = delivery.WebhookId.ToString(),
        ["eventId"] = delivery.EventId.ToString(),
        ["type"] = delivery.Type,
        ["subject"] = delivery.SubjectType is null ? null : new JsonObject { ["type"] = delivery.SubjectType, ["id"] = delivery.SubjectId?.ToString() },
        ["happenedAt"] = FieldText.Format(delivery.At),
        ["status"] = delivery.State,
        ["attempts"] = delivery.Attempts,
        ["responseStatus"] = delivery.ResponseStatus,
        ["lastError"] = delivery.Problem,
        ["lastAttemptAt"] = delivery.AttemptedAt is { } attempted ? FieldText.Format(attempted) : null,
        ["nextAttemptAt"] = delivery.State == WebhookDelivery.Pending ? FieldText.Format(delivery.NextAt) : null,
        ["createdAt"] = FieldText.Format(delivery.CreatedAt),
    };
}
