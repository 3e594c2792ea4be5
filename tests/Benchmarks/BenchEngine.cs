using System.Text.Json.Nodes;

using Microsoft.Extensions.Logging.Abstractions;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Calendars;
using Switchboard.Runtime.Templates;
using Switchboard.Runtime.Timers;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Benchmarks;

/// <summary>One node of the engine, without a host.</summary>
internal sealed class BenchEngine : IAsyncDisposable
{
    private readonly Guid tenant = NewId();
    private readonly Database database;
    private readonly GroupCommitter committer;
    private readonly BulkWriter bulk;
    private readonly InstanceStore store;
    private readonly Lifecycles lifecycles;
    private readonly InstanceRunner runner;
    private readonly CommitSignals signals = new();

    public BenchEngine(string owner, params WorkflowDefinition[] workflows)
    {
        var time = TimeProvider.System;
        database = new Database(owner);
        committer = new GroupCommitter(database.Engine, new CommitOptions(), signals, time, NullLogger<GroupCommitter>.Instance);
        bulk = new BulkWriter(database.Engine, signals);
        store = new InstanceStore(database, signals, time, NullLogger<InstanceStore>.Instance);
        var shipped = new ShippedArtefacts();
        var definitions = new Definitions(
            [.. shipped.All.Where(artefact => artefact.Kind == "workflow").Select(artefact => WorkflowDefinition.Parse(artefact.Content.Span)), .. workflows],
            new ActivityCatalogue(typeof(InstanceRunner).Assembly, typeof(BenchEngine).Assembly));
        var published = new PublishedArtefacts(shipped, ArtefactKinds.Of(new ActivityCatalogue(typeof(InstanceRunner).Assembly)), time);
        var features = new BurstFeatures((_, _) => throw new NotSupportedException("No benchmark runs scripts."), new BusinessCalendars(published), new TemplateLibrary(published));
        lifecycles = new Lifecycles(store, definitions, features);
        runner = new InstanceRunner(database, store, committer, definitions, lifecycles, features, new Lanes(), time);
    }

    private static Delivery Delivery => new(new ChangeContext(null, "bench", "bench", TimeProvider.System.GetUtcNow()));

    public Task<Guid[]> StartAsync(string definitionId, int count) => Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        (await runner.StartAsync(new InstanceStart(tenant, definitionId), Delivery, CancellationToken.None)).InstanceId));

    /// <summary>Fires all timers that are due, as the service's pump does.</summary>
    public async Task<int> FireTimersAsync()
    {
        using var pump = new TimerPump(database, runner, committer, signals, new TimerOptions(), TimeProvider.System, NullLogger<TimerPump>.Instance);
        return await pump.FireDueAsync(CancellationToken.None);
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = database.Engine.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenant });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task ResumeAsync(Guid instanceId)
    {
        var result = await runner.DeliverAsync(
            tenant, instanceId, state => new Stimulus.Resume(state.Bookmarks[0].Id), Delivery, CancellationToken.None);
        if (result.Ignored)
            throw new InvalidOperationException($"Instance {instanceId} has nothing to resume.");
    }

    public async Task ActAsync(Guid instanceId, string action, JsonObject? data)
    {
        var result = await runner.DeliverAsync(
            tenant, instanceId,
            state => state.Bookmarks.FirstOrDefault(bookmark => (string?)bookmark.Payload?["name"] == action) is { } found
                ? new Stimulus.Resume(found.Id, (JsonObject?)data?.DeepClone())
                : null,
            Delivery, CancellationToken.None);
        if (result.Ignored || result.State!.Incidents.Count > 0)
            throw new InvalidOperationException($"{action} failed on instance {instanceId}: {(result.State is { Incidents: [var incident, ..] } ? incident.Message : "it does not wait for it")}");
    }

    /// <summary>Numbers of one migration with their lifecycles.</summary>
    /// <returns>The instances.</returns>
    public async Task<List<Guid>> CreateNumbersAsync(int count)
    {
        var at = ChangeContext.Engine("import", TimeProvider.System.GetUtcNow());
        var site = new Site { Name = "HQ", Timezone = "Europe/Berlin" };
        var step = new Step(tenant);
        RecordChanges.Create(step, RecordTypes.Of<Site>(), site, at);
        var migration = new Migration { Name = "HQ to Teams", SiteId = site.Id };
        await lifecycles.StartAsync(step, RecordTypes.Of<Migration>(), migration, at, CancellationToken.None);
        RecordChanges.Create(step, RecordTypes.Of<Migration>(), migration, at);
        await bulk.CommitAsync([step], CancellationToken.None);
        var instances = new List<Guid>();
        step = new Step(tenant);
        for (var i = 0; i < count; i++)
        {
            var number = new PhoneNumber { Number = $"+4930{i:0000000}", MigrationId = migration.Id, CurrentCarrier = "Example Telecom" };
            await lifecycles.StartAsync(step, RecordTypes.Of<PhoneNumber>(), number, at, CancellationToken.None);
            RecordChanges.Create(step, RecordTypes.Of<PhoneNumber>(), number, at);
            instances.Add(number.InstanceId!.Value);
            if (instances.Count % 2_000 != 0)
                continue;
            await bulk.CommitAsync([step], CancellationToken.None);
            step = new Step(tenant);
        }
        await bulk.CommitAsync([step], CancellationToken.None);
        return instances;
    }

    public async ValueTask DisposeAsync()
    {
        await committer.DisposeAsync();
        await store.DisposeAsync();
        await database.DisposeAsync();
    }

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
}
