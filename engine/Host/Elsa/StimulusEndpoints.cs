using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using Microsoft.AspNetCore.DataProtection;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Activities;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Inbox;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>What wakes instances from outside: events, the ends of tasks, and links that carry their own right.</summary>
internal static class StimulusEndpoints
{
    private const string Purpose = "elsa.bookmark";
    private const string EventPurpose = "elsa.event";
    private const int InputBytes = 1 << 20;
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(7);

    public static void MapStimuli(this IEndpointRouteBuilder elsa)
    {
        elsa.MapPost("/events/{eventName}/trigger", Trigger).RequirePermission("events:send");
        elsa.MapPost("/events/token", EventToken).RequirePermission("events:send");
        elsa.MapGet("/events/trigger", TriggerByLink).Public();
        elsa.MapPost("/tasks/{taskId}/complete", CompleteTask).RequirePermission("events:send");
        elsa.MapPost("/bookmarks/token", Token).RequirePermission("workflow-instances:manage");
        elsa.MapMethods("/bookmarks/resume", ["GET", "POST"], Resume).Public().LimitBody(InputBytes);
    }

    private static async Task<IResult> Trigger(string eventName, HttpContext http, EventIntake intake, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var instanceId = InstanceOf(body);
        var correlationId = body.Text("correlationId") is { Length: > 0 } given ? given : null;
        var now = time.GetUtcNow();
        await intake.AcceptAsync(
            caller.TenantId,
            new IncomingEvent("elsa", Guid.CreateVersion7(now).ToString(), eventName, correlationId, body["input"]?.DeepClone(), instanceId),
            step => RecordChanges.Audit(step, null, null, caller.Change("events.sent", now), new JsonObject { ["name"] = eventName }),
            ct);
        return Results.Ok();
    }

    private static async Task<IResult> CompleteTask(string taskId, HttpContext http, Database database, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var hash = StimulusHash.Of(RunTask.StimulusName, RunTask.PayloadOf(taskId));
        var command = new NpgsqlBatchCommand("select instance_id, bookmark_id from bookmarks where tenant_id = current_tenant() and hash = $1 limit 1")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = hash } },
        };
        var found = await database.ReadAsync(
            caller.TenantId, command, async (reader, token) => await reader.ReadAsync(token) ? (reader.GetGuid(0), reader.GetString(1)) : default((Guid, string)?), ct);
        if (found is not (var instanceId, var bookmarkId))
            throw ElsaErrors.NotFound($"No task {taskId} waits for its end.");
        await runner.DeliverAsync(
            caller.TenantId, instanceId, state => state.FindBookmark(bookmarkId) is null ? null : new Stimulus.Resume(bookmarkId, RunTask.InputOf(body["result"])),
            new Delivery(caller.Change("task_completed", time.GetUtcNow())), ct);
        return Results.Ok();
    }

    /// <summary>Makes the token of a link that resumes one bookmark once, for whoever has the link.</summary>
    private static async Task<IResult> Token(HttpContext http, IDataProtectionProvider protection, InstanceLibrary library, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var (state, _, _) = await library.GetAsync(caller.TenantId, body.Text("workflowInstanceId") ?? "", ct);
        var bookmark = state.FindBookmark(body.Text("bookmarkId") ?? "") ?? throw ElsaErrors.NotFound("The instance has no such bookmark.");
        var token = protection.CreateProtector(Purpose).ToTimeLimitedDataProtector().Protect($"{caller.TenantId} {state.Id} {bookmark.Id}", LifetimeOf(body));
        return Answer.Of(new JsonObject { ["token"] = token, ["url"] = $"{ElsaApi.Prefix}/bookmarks/resume?t={Uri.EscapeDataString(token)}" });
    }

    private static async Task<IResult> Resume(HttpContext http, IDataProtectionProvider protection, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var (tenantId, instanceId, bookmarkId) = Read(http.Query("t"), protection);
        var input = HttpMethods.IsPost(http.Request.Method)
            ? (await ElsaRequest.BodyAsync(http, ct))["input"]
            : http.Query("in") is { } text ? ElsaRequest.Parse(Encoding.UTF8.GetBytes(text)) : null;
        if (input is not (null or JsonObject))
            throw ElsaErrors.Invalid("input", "input must be an object.");
        // GET is how a link is followed; the token says what it may do, and does it once.
        await runner.DeliverAsync(
            tenantId, instanceId, state => state.FindBookmark(bookmarkId) is null ? null : new Stimulus.Resume(bookmarkId, (JsonObject?)input?.DeepClone()),
            new Delivery(ChangeContext.Engine("resumed", time.GetUtcNow())), ct);
        return Results.Ok();
    }

    /// <summary>Makes the token of a link that sends one event once, for whoever has the link.</summary>
    private static async Task<IResult> EventToken(HttpContext http, IDataProtectionProvider protection, CancellationToken ct)
    {
        var body = await ElsaRequest.BodyAsync(http, ct);
        if (body.Text("eventName") is not { Length: > 0 } name)
            throw ElsaErrors.Invalid("eventName", "eventName must say which event the link sends.");
        var sends = new JsonObject
        {
            ["tenant"] = http.Caller().TenantId.ToString(),
            ["name"] = name,
            ["correlationId"] = body.Text("correlationId") is { Length: > 0 } correlationId ? correlationId : null,
            ["instance"] = InstanceOf(body)?.ToString(),
        };
        var token = protection.CreateProtector(EventPurpose).ToTimeLimitedDataProtector().Protect(sends.ToJsonString(), LifetimeOf(body));
        return Answer.Of(new JsonObject { ["token"] = token, ["url"] = $"{ElsaApi.Prefix}/events/trigger?t={Uri.EscapeDataString(token)}" });
    }

    /// <summary>GET is how a link is followed; who follows it twice has sent the event once.</summary>
    private static async Task<IResult> TriggerByLink(HttpContext http, IDataProtectionProvider protection, EventIntake intake, TimeProvider time, CancellationToken ct)
    {
        var token = http.Query("t") ?? "";
        var sends = (JsonObject)JsonNode.Parse(Unprotected(token, EventPurpose, protection))!;
        var once = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        await intake.AcceptAsync(
            Guid.Parse(sends.Text("tenant")!),
            new IncomingEvent("elsa-link", once, sends.Text("name")!, sends.Text("correlationId"), null, sends.Text("instance") is { } instance ? Guid.Parse(instance) : null),
            step => RecordChanges.Audit(step, null, null, ChangeContext.Engine("events.sent", time.GetUtcNow()), new JsonObject { ["name"] = sends.Text("name") }),
            ct);
        return Results.Ok();
    }

    private static Guid? InstanceOf(JsonObject body) => body.Text("workflowInstanceId") is { Length: > 0 } id
        ? Guid.TryParse(id, out var parsed) ? parsed : throw ElsaErrors.Invalid("workflowInstanceId", "There is no such instance.")
        : null;

    private static TimeSpan LifetimeOf(JsonObject body) => body.Text("lifetime") is { } text
        ? TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var given) && given > TimeSpan.Zero ? given : throw ElsaErrors.Invalid("lifetime", "lifetime must be a time span such as 1.00:00:00.")
        : DefaultLifetime;

    private static (Guid TenantId, Guid InstanceId, string BookmarkId) Read(string? token, IDataProtectionProvider protection)
    {
        var parts = Unprotected(token ?? "", Purpose, protection).Split(' ');
        return (Guid.Parse(parts[0]), Guid.Parse(parts[1]), parts[2]);
    }

    private static string Unprotected(string token, string purpose, IDataProtectionProvider protection)
    {
        try
        {
            return protection.CreateProtector(purpose).ToTimeLimitedDataProtector().Unprotect(token);
        }
        catch (CryptographicException)
        {
            throw ElsaErrors.Invalid("t", "The link is not, or no longer, good.");
        }
    }
}
