using System.Text.Json.Nodes;

using Microsoft.AspNetCore.SignalR;

using Switchboard.Host.Identity;

namespace Switchboard.Host.Live;

/// <summary>
/// <c>/hubs/live</c>: a client says <c>subscribe(types, after?)</c> and gets an <c>event</c> message for everything that
/// happens in its tenant and that it may read. Who comes back names the cursor of the last message and misses nothing.
/// It says <c>look(type, id, isEditing?)</c> while somebody has that before them, and gets a <c>presence</c> message when
/// who else has it changes.
/// </summary>
/// <remarks>A second <c>subscribe</c> replaces the first of the same connection.</remarks>
internal sealed class LiveHub(EventTail tail, Presence presence, Callers callers, IHubContext<LiveHub> hub, ILogger<LiveHub> log) : Hub
{
    private const int MaxTypes = 100;
    private const string SubscriptionItem = "subscription";

    /// <param name="types">Such as <c>phone-numbers.updated</c>, <c>tasks.*</c> or <c>*</c>.</param>
    /// <param name="after">The cursor of the last message seen; null for what happens from now on.</param>
    public async Task Subscribe(string[] types, string? after)
    {
        if (types is not { Length: > 0 and <= MaxTypes } || types.Any(type => type is not { Length: > 0 and <= 200 }))
            throw new HubException($"invalid_types: name 1 to {MaxTypes} types of events, or \"*\".");
        if (after is not null && Cursor.Parse(after) is null)
            throw new HubException("invalid_cursor: after must be the cursor of a message.");
        await EndSubscriptionAsync();
        var caller = Context.GetHttpContext()!.Caller();
        // Fixed before the answer: whatever happens after the client knows that it has subscribed is told.
        var from = Cursor.Parse(after) ?? await tail.NowAsync(caller.TenantId, Context.ConnectionAborted);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(Context.ConnectionAborted);
        Context.Items[SubscriptionItem] = new Subscription(stop, PumpAsync(caller, new TypeFilter(types), from, stop.Token));
    }

    /// <summary>To be said again every five seconds: who falls silent is taken to have left. A connection looks at one thing.</summary>
    /// <param name="type">A record type, or <c>artefacts</c>; null when it looks at nothing any more.</param>
    /// <param name="id">Of a record; of an artefact its <c>kind/key</c>.</param>
    /// <returns>Who is there, the caller included: <c>{subject, people: [{userId, name, isEditing}]}</c>; null for nothing.</returns>
    public async Task<JsonObject?> Look(string? type, string? id, bool? isEditing)
    {
        if (type is null || id is null)
        {
            await presence.LeaveAsync(Context.ConnectionId);
            return null;
        }
        if (type is not { Length: > 0 and <= 100 } || id is not { Length: > 0 and <= 300 })
            throw new HubException("invalid_place: name a record type and an id.");
        var caller = Context.GetHttpContext()!.Caller();
        if (!await presence.MayKnowAsync(caller, type, Context.ConnectionAborted))
        {
            await presence.LeaveAsync(Context.ConnectionId);
            throw new HubException($"missing_permission: this needs the permission {type}:read.");
        }
        return await presence.StayAsync(Context.ConnectionId, caller, new Place(caller.TenantId, type, id), isEditing == true);
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        await presence.LeaveAsync(Context.ConnectionId);
        await EndSubscriptionAsync();
        await base.OnDisconnectedAsync(exception);
    }

    private async Task EndSubscriptionAsync()
    {
        if (Context.Items.Remove(SubscriptionItem, out var item) && item is Subscription subscription)
        {
            await subscription.Stop.CancelAsync();
            await subscription.Pump;
            subscription.Stop.Dispose();
        }
    }

    /// <summary>Lives as long as the subscription; the connection's own back-pressure is what slows it down.</summary>
    private async Task PumpAsync(Caller caller, TypeFilter filter, Cursor after, CancellationToken ct)
    {
        var connection = Context.ConnectionId;
        var abort = Context;
        try
        {
            await foreach (var happened in tail.ReadAsync(caller.TenantId, after, ct))
            {
                if (!filter.Matches(happened.Type))
                    continue;
                // Asked again for every message (from memory, at most a second old): a role taken away, or a sign-out, counts at once.
                if (await callers.AgainAsync(caller, ct) is not { } current)
                {
                    abort.Abort();
                    return;
                }
                if (current.Permissions.Allows(PermissionFor(happened)))
                    await hub.Clients.Client(connection).SendAsync("event", Message(happened), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            log.LogDebug("A subscription of connection {Connection} ended", connection);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or IOException)
        {
            // The client connects again and resumes from its cursor.
            log.LogWarning(e, "A subscription of connection {Connection} failed", connection);
            abort.Abort();
        }
    }

    /// <summary>Reading the subject's type; events of no record are for those who may read the part of the product that they name.</summary>
    private static string PermissionFor(LiveEvent happened) =>
        (happened.SubjectType ?? happened.Type.Split('.')[0]) + ":read";

    private static JsonObject Message(LiveEvent happened) => new()
    {
        ["id"] = happened.Id.ToString(),
        ["type"] = happened.Type,
        ["tenantId"] = happened.TenantId.ToString(),
        ["subject"] = happened.SubjectType is null ? null : new JsonObject { ["type"] = happened.SubjectType, ["id"] = happened.SubjectId?.ToString() },
        ["data"] = happened.Data?.DeepClone(),
        ["at"] = happened.At,
        ["cursor"] = happened.Cursor.ToString(),
    };

    private sealed record Subscription(CancellationTokenSource Stop, Task Pump);

    private sealed class TypeFilter(string[] patterns)
    {
        private readonly bool all = patterns.Contains("*");
        private readonly HashSet<string> exact = [.. patterns.Where(pattern => !pattern.EndsWith(".*", StringComparison.Ordinal))];
        private readonly string[] prefixes = [.. patterns.Where(pattern => pattern.EndsWith(".*", StringComparison.Ordinal)).Select(pattern => pattern[..^1])];

        public bool Matches(string type) =>
            all || exact.Contains(type) || prefixes.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal));
    }
}
