using System.Text.Json.Nodes;

using Microsoft.AspNetCore.SignalR;

using Npgsql;

using Switchboard.Data;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Live;

/// <summary>What somebody can look at: a record, or of the type <c>artefacts</c> the one with this <c>kind/key</c>.</summary>
internal readonly record struct Place(Guid TenantId, string Type, string Id);

/// <summary>
/// Who looks at what just now, and who edits it. It is told to those who look at the same and may read it, when it changes
/// and in answer to whoever says that they are still there.
/// </summary>
/// <remarks>
/// Kept in the memory of this node, and so tells of those who are connected to it. Between nodes only <see cref="StayAsync"/>
/// and <see cref="TellAsync"/> would have to pass on what they are given: a node that is lost is forgotten like anybody else
/// who falls silent. It is nothing that has happened, and so no row of <c>events</c>, which is how those reach other nodes.
/// </remarks>
internal sealed class Presence(IHubContext<LiveHub> hub, Callers callers, TimeProvider time, ILogger<Presence> log) : BackgroundService
{
    /// <summary>
    /// How long somebody is taken to be there without saying so again, for connections that end without a word. Two of the
    /// messages that the studio sends every five seconds may be late.
    /// </summary>
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Stay> stays = []; // by connection
    private readonly Dictionary<Place, HashSet<string>> connections = [];

    /// <summary>This connection is here, and nowhere else; also to be said again while it stays.</summary>
    /// <returns>Who is here now. News that overtook each other on the way are put right by the next answer.</returns>
    public async Task<JsonObject> StayAsync(string connection, Caller caller, Place place, bool isEditing)
    {
        Stay? before;
        lock (gate)
        {
            before = Take(connection);
            stays[connection] = new Stay(place, caller, isEditing, time.GetUtcNow());
            if (!connections.TryGetValue(place, out var here))
                connections[place] = here = [];
            here.Add(connection);
        }
        if (before?.Place != place || before.IsEditing != isEditing)
        {
            if (before is not null && before.Place != place)
                await TellAsync(before.Place);
            await TellAsync(place);
        }
        return Message(place);
    }

    public async Task LeaveAsync(string connection)
    {
        Stay? before;
        lock (gate)
            before = Take(connection);
        if (before is not null)
            await TellAsync(before.Place);
    }

    /// <summary>Whether the caller may know who is there, as of now.</summary>
    public async Task<bool> MayKnowAsync(Caller caller, string type, CancellationToken ct)
    {
        try
        {
            return await callers.AgainAsync(caller, ct) is { } current && current.Permissions.Allows($"{type}:read");
        }
        catch (ProblemException)
        {
            return false; // no longer a member of the tenant
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var connection in Silent())
                await LeaveAsync(connection);
        }
    }

    private List<string> Silent()
    {
        var since = time.GetUtcNow() - ForgottenAfter;
        lock (gate)
            return [.. stays.Where(pair => pair.Value.SaidAt < since).Select(pair => pair.Key)];
    }

    /// <summary>Asked of everybody once more: a role taken away, or a sign-out, counts at once.</summary>
    private async Task TellAsync(Place place)
    {
        var readers = new List<string>();
        try
        {
            foreach (var (connection, caller) in Here(place))
            {
                if (await MayKnowAsync(caller, place.Type, CancellationToken.None))
                    readers.Add(connection);
            }
        }
        catch (NpgsqlException e)
        {
            // They learn it by the answer to their next message.
            log.LogWarning(e, "Nobody was told who is there: the database does not say who may know");
            return;
        }
        if (readers.Count > 0)
            await hub.Clients.Clients(readers).SendAsync("presence", Message(place));
    }

    private List<(string Connection, Caller Caller)> Here(Place place)
    {
        lock (gate)
            return [.. connections.GetValueOrDefault(place, []).Select(connection => (connection, stays[connection].Caller))];
    }

    /// <summary>One entry a person, however many tabs they have it open in.</summary>
    private JsonObject Message(Place place)
    {
        lock (gate)
        {
            var people = connections.GetValueOrDefault(place, [])
                .Select(connection => stays[connection])
                .GroupBy(stay => stay.Caller.UserId)
                .OrderBy(tabs => tabs.First().Caller.Name, StringComparer.Ordinal)
                .Select(tabs => new JsonObject
                {
                    ["userId"] = tabs.Key.ToString(),
                    ["name"] = tabs.First().Caller.Name,
                    ["isEditing"] = tabs.Any(stay => stay.IsEditing),
                });
            return new JsonObject
            {
                ["subject"] = new JsonObject { ["type"] = place.Type, ["id"] = place.Id },
                ["people"] = new JsonArray([.. people]),
            };
        }
    }

    private Stay? Take(string connection)
    {
        if (!stays.Remove(connection, out var stay))
            return null;
        if (connections.TryGetValue(stay.Place, out var here) && here.Remove(connection) && here.Count == 0)
            connections.Remove(stay.Place);
        return stay;
    }

    private sealed record Stay(Place Place, Caller Caller, bool IsEditing, DateTimeOffset SaidAt);
}
