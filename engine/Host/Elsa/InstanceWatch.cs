using System.Collections.Frozen;
using System.Text.Json.Nodes;

using Microsoft.AspNetCore.SignalR;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>
/// Tells who observes an instance of its committed steps. What counts is the version in the table, so that steps of other
/// nodes are seen too; the commits of this node only say when to look. Steps that follow each other closely are told once.
/// </summary>
internal sealed class InstanceWatch(
    Database database, CommitSignals signals, InstanceLibrary library, Callers callers, IHubContext<InstanceHub> hub, TimeProvider time, ILogger<InstanceWatch> log)
    : BackgroundService
{
    /// <summary>How often the table is looked at without a signal: the delay of steps of other nodes.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>The least time between two looks, and so between two messages about one instance.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// After which an observer is told the same once more: Studio listens only a moment after it has asked to be told, and may drop
    /// what it has fetched when it is told anew, or that the instance has ended, while it draws.
    /// </summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly List<Observer> observers = [];
    private readonly SemaphoreSlim wake = new(0, 1);
    private volatile FrozenSet<Guid> observed = FrozenSet<Guid>.Empty;

    public Task<bool> ExistsAsync(Guid tenantId, Guid id, CancellationToken ct) => database.ReadAsync(
        tenantId,
        new NpgsqlBatchCommand("select from instances where tenant_id = current_tenant() and id = $1") { Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } } },
        (reader, token) => reader.ReadAsync(token),
        ct);

    /// <summary>From now on; what happened since the client last read the instance is told at once.</summary>
    /// <returns>False when the connection observes as many as it may.</returns>
    public bool Add(string connection, Caller caller, Guid id, int most)
    {
        lock (gate)
        {
            if (observers.Exists(observer => observer.Connection == connection && observer.Id == id))
                return true;
            if (observers.Count(observer => observer.Connection == connection) >= most)
                return false;
            observers.Add(new Observer(connection, caller, id));
            observed = observers.Select(observer => observer.Id).ToFrozenSet();
        }
        Wake();
        return true;
    }

    public void Remove(string connection)
    {
        lock (gate)
        {
            observers.RemoveAll(observer => observer.Connection == connection);
            observed = observers.Select(observer => observer.Id).ToFrozenSet();
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        signals.ListenToChanges((table, id, _) =>
        {
            if (ReferenceEquals(table, SystemTables.Instances) && observed.Contains(id))
                Wake();
        });
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await wake.WaitAsync(PollInterval, stoppingToken);
                await LookAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "The observed instances cannot be read; trying again");
                await Task.Delay(PollInterval, time, stoppingToken);
            }
        }
    }

    private void Wake()
    {
        if (wake.CurrentCount > 0)
            return;
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            return; // somebody else woke it at the same moment
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        Observer[] all;
        lock (gate)
            all = [.. observers];
        if (all.Length == 0)
            return;
        var versions = await VersionsAsync(all, ct);
        var now = time.GetUtcNow();
        foreach (var changed in all
            .Where(observer => versions.TryGetValue((observer.Caller.TenantId, observer.Id), out var version) && (version > observer.Told || observer.AgainAt <= now))
            .GroupBy(observer => (observer.Caller.TenantId, observer.Id)))
        {
            var listening = new List<Observer>();
            foreach (var observer in changed)
            {
                // Asked again every time (from memory, at most a second old): a role taken away, or a sign-out, counts at once.
                if (await callers.AgainAsync(observer.Caller, ct) is { } current && current.Permissions.Allows("workflow-instances:read"))
                    listening.Add(observer);
                else
                    Remove(observer.Connection);
            }
            if (listening.Count > 0)
                await TellAsync(changed.Key.TenantId, changed.Key.Id, listening, ct);
            foreach (var observer in listening)
            {
                observer.AgainAt = versions[changed.Key] > observer.Told ? now + Settled : null;
                observer.Told = versions[changed.Key];
            }
        }
    }

    private async Task TellAsync(Guid tenantId, Guid id, List<Observer> listening, CancellationToken ct)
    {
        var (state, _, _) = await library.GetAsync(tenantId, id.ToString(), ct);
        var stats = ActivityRecord.Of(await library.JournalAsync(tenantId, id, ct), state)
            .GroupBy(record => record.NodeId)
            .Select(node => (JsonNode)ActivityRecord.Statistics(node.Key, [.. node]));
        var clients = hub.Clients.Clients([.. listening.Select(observer => observer.Connection)]);
        await clients.SendAsync("ActivityExecutionLogUpdatedAsync", new JsonObject { ["stats"] = new JsonArray([.. stats]) }, ct);
        await clients.SendAsync("WorkflowExecutionLogUpdatedAsync", new JsonObject(), ct);
        await clients.SendAsync("WorkflowInstanceUpdatedAsync", new JsonObject { ["workflowInstanceId"] = state.Id }, ct);
    }

    private async Task<Dictionary<(Guid TenantId, Guid Id), long>> VersionsAsync(Observer[] of, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            """
            select tenant_id, id, i.version
            from unnest($1::uuid[], $2::uuid[]) as o (tenant_id, id)
            join instances i using (tenant_id, id)
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = of.Select(observer => observer.Caller.TenantId).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = of.Select(observer => observer.Id).ToArray() });
        var versions = new Dictionary<(Guid, Guid), long>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            versions[(reader.GetGuid(0), reader.GetGuid(1))] = reader.GetInt64(2);
        return versions;
    }

    private sealed class Observer(string connection, Caller caller, Guid id)
    {
        public string Connection { get; } = connection;

        public Caller Caller { get; } = caller;

        public Guid Id { get; } = id;

        /// <summary>The version that it was last told of.</summary>
        public long Told { get; set; } = -1;

        /// <summary>When it is told whether or not anything has changed; null when it was.</summary>
        public DateTimeOffset? AgainAt { get; set; }
    }
}
