using System.Security.Cryptography;
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
    private const int InputBytes = 1 << 20;
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(7);

    public static void MapStimuli(this IEndpointRouteBuilder elsa)
    {
        elsa.MapPost("/events/{eventName}/trigger", Trigger).RequirePermission("events:send");
        elsa.MapPost("/tasks/{taskId}/complete", CompleteTask).RequirePermission("events:send");
        elsa.MapPost("/bookmarks/token", Token).RequirePermission("workflow-instances:manage");
        elsa.MapMethods("/bookmarks/resume", ["GET", "POST"], Resume).Public().LimitBody(InputBytes);
    }

    private static async Task<IResult> Trigger(string eventName, HttpContext http, EventIntake intake, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        Guid? instanceId = body.Text("workflowInstanceId") is { Length: > 0 } id
            ? Guid.TryParse(id, out var parsed) ? parsed : throw ElsaErrors.Invalid("workflowInstanceId", "There is no such instance.")
            : null;
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
        var lifetime = body.Text("lifetime") is { } text
            ? TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var given) && given > TimeSpan.Zero ? given : throw ElsaErrors.Invalid("lifetime", "lifetime must be a time span such as 1.00:00:00.")
            : DefaultLifetime;
        var token = protection.CreateProtector(Purpose).ToTimeLimitedDataProtector().Protect($"{caller.TenantId} {state.Id} {bookmark.Id}", lifetime);
        return Answer.Of(new JsonObject { ["token"] = token, ["url"] = $"{ElsaApi.Prefix}/bookmarks/resume?t={Uri.EscapeDataString(token)}" });
    }

    private static async Task<IResult> Resume(HttpContext http, IDataProtectionProvider protection, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var (tenantId, instanceId, bookmarkId) = Read(http.Query("t"), protection);
        var input = HttpMethods.IsPost(http.Request.Method)
            ? (await ElsaRequest.BodyAsync(http, ct))["input"]
            : http.Query("in") is { } text ? ElsaRequest.Parse(System.Text.Encoding.UTF8.GetBytes(text)) : null;
        if (input is not (null or JsonObject))
            throw ElsaErrors.Invalid("input", "input must be an object.");
        // GET is how a link is followed; the token says what it may do, and does it once.
        await runner.DeliverAsync(
            tenantId, instanceId, state => state.FindBookmark(bookmarkId) is null ? null : new Stimulus.Resume(bookmarkId, (JsonObject?)input?.DeepClone()),
            new Delivery(ChangeContext.Engine("resumed", time.GetUtcNow())), ct);
        return Results.Ok();
    }

    private static (Guid TenantId, Guid InstanceId, string BookmarkId) Read(string? token, IDataProtectionProvider protection)
    {
        try
        {
            var parts = protection.CreateProtector(Purpose).ToTimeLimitedDataProtector().Unprotect(token ?? "").Split(' ');
            return (Guid.Parse(parts[0]), Guid.Parse(parts[1]), parts[2]);
        }
        catch (CryptographicException)
        {
            throw ElsaErrors.Invalid("t", "The link is not, or no longer, good.");
        }
    }
}
