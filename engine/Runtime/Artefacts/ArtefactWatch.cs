using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Decisions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>
/// Brings what was published, by whichever node, into this node's memory: at start all of it, then within two seconds. What
/// is published for later is brought at once, and a workflow of it begins to run when its instant has come.
/// </summary>
public sealed class ArtefactWatch(
    Database database, Definitions definitions, ArtefactStore store, PublishedArtefacts published, CompiledDecisions compiled, TimeProvider time, ILogger<ArtefactWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A commit becomes visible later than the instant that it carries; looking back this far never misses one.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    private readonly HashSet<Guid> loaded = [];
    private readonly List<(Guid TenantId, PublishedVersion Version)> waiting = [];

    /// <summary>Loads what is published now; the service is not ready before.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        definitions.Fetch = store.FetchAsync;
        await LoadSinceAsync(DateTimeOffset.UnixEpoch, ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LoadSinceAsync(time.GetUtcNow() - Overlap, stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Published artefacts could not be read; trying again in {Interval}.", Interval);
            }
        }
    }

    /// <summary>Without what something newer has replaced already, of which at a start there may be much.</summary>
    private async Task LoadSinceAsync(DateTimeOffset since, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using (var command = database.Engine.CreateCommand("""
            select a.id, a.tenant_id, a.kind, a.key, a.number, a.hash, a.content, coalesce(a.effective_from, a.published_at), a.state = 'retracted'
            from artefacts a
            where a.number is not null and a.published_at >= $1 and not exists (
                select from artefacts b
                where b.tenant_id = a.tenant_id and b.kind = a.kind and b.key = a.key and b.number is not null
                  and coalesce(b.effective_from, b.published_at) <= $2
                  and (coalesce(b.effective_from, b.published_at), b.number) > (coalesce(a.effective_from, a.published_at), a.number))
            order by a.published_at
            """))
        {
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = since.ToUniversalTime() });
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now.ToUniversalTime() });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                if (!loaded.Add(reader.GetGuid(0)))
                    continue;
                var version = new PublishedVersion(
                    reader.GetString(2), reader.GetString(3), reader.GetInt32(4), reader.GetString(5), reader.GetString(6),
                    reader.GetFieldValue<DateTimeOffset>(7), reader.GetBoolean(8));
                published.Add(reader.GetGuid(1), version);
                if (since > DateTimeOffset.UnixEpoch) // at a start there may be many, and whoever asks first compiles
                    compiled.Prepare(version);
                if (version.Kind == "workflow")
                    waiting.Add((reader.GetGuid(1), version));
            }
        }
        foreach (var (tenantId, version) in waiting.Where(entry => entry.Version.From <= now).OrderBy(entry => entry.Version.From).ThenBy(entry => entry.Version.Number).ToList())
        {
            store.Begin(tenantId, version);
            waiting.Remove((tenantId, version));
        }
    }
}
