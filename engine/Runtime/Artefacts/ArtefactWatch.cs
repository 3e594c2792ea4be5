using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>Brings what was published, by whichever node, into this node's memory: at start all of it, then within two seconds.</summary>
public sealed class ArtefactWatch(Database database, Definitions definitions, ArtefactStore store, TimeProvider time, ILogger<ArtefactWatch> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A commit becomes visible later than the instant that it carries; looking back this far never misses one.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    private readonly HashSet<Guid> loaded = [];

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

    private async Task LoadSinceAsync(DateTimeOffset since, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            select id, tenant_id, content from artefacts
            where kind = 'workflow' and state = 'published' and published_at >= $1 and (effective_from is null or effective_from <= $2)
            order by published_at
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = since.ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = time.GetUtcNow().ToUniversalTime() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (loaded.Add(reader.GetGuid(0)))
                definitions.Publish(reader.GetGuid(1), WorkflowDefinition.Parse(reader.GetString(2)));
        }
    }
}
