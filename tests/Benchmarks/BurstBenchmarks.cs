using System.Collections.Concurrent;
using System.Text.Json.Nodes;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Calendars;
using Switchboard.Runtime.Templates;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Benchmarks;

/// <summary>Bursts in one process, 64 in flight: what an action costs when nothing of HTTP is counted.</summary>
internal static class BurstBenchmarks
{
    /// <summary>Actions a second that the numbers of a run must suffice for.</summary>
    private const int MostActionsPerSecond = 10_000;

    private static readonly (string Action, JsonObject? Data)[] Life =
    [
        ("submit_loa", null),
        ("receive_foc", new JsonObject { ["focDate"] = "2027-03-01" }),
        ("schedule", new JsonObject { ["portDate"] = "2027-03-02" }),
        ("complete", null),
        ("verify", null),
    ];

    public static async Task RunAsync(Bench bench)
    {
        await using var engine = new BenchEngine(bench.Owner, Minimal());
        await MinimalAsync(bench, engine);
        await PortingAsync(bench, engine);
    }

    /// <summary>The instance and its journal, nothing else.</summary>
    private static async Task MinimalAsync(Bench bench, BenchEngine engine)
    {
        var ids = await engine.StartAsync("bench-minimal", Bench.InFlight * 50);
        var turn = new int[Bench.InFlight];
        await bench.CompareAsync("minimal burst, 64 in flight", 1.5, async worker =>
        {
            var id = ids[(worker * 50) + (turn[worker]++ % 50)];
            await engine.ResumeAsync(id);
        });
    }

    /// <summary>
    /// The shipped lifecycle from the letter of authorization to verified, action by action: instance, bookmarks, timers,
    /// record, history, audit, journal, events, and the document that the first action generates.
    /// </summary>
    private static async Task PortingAsync(Bench bench, BenchEngine engine)
    {
        var numbers = new ConcurrentQueue<Guid>(await engine.CreateNumbersAsync(MostActionsPerSecond / Life.Length * bench.Seconds * (bench.Rounds + 1)));
        var driven = new (Guid Instance, int Done)[Bench.InFlight];
        await bench.CompareAsync("porting action, 64 in flight", 0.7, async worker =>
        {
            var (instance, done) = driven[worker];
            if (done % Life.Length == 0 && !numbers.TryDequeue(out instance))
                throw new InvalidOperationException($"More than {MostActionsPerSecond} actions a second: raise the constant.");
            var (action, data) = Life[done % Life.Length];
            await engine.ActAsync(instance, action, data);
            driven[worker] = (instance, done + 1);
        });
    }

    private static WorkflowDefinition Minimal() => Definition("bench-minimal", new JsonObject { ["id"] = "wait", ["type"] = "Bench.WaitAgain", ["version"] = 1 });

    private static WorkflowDefinition Definition(string id, JsonObject root) => WorkflowDefinition.Of(new JsonObject
    {
        ["id"] = id + "-1",
        ["definitionId"] = id,
        ["version"] = 1,
        ["root"] = root,
    });

    [Activity("Bench.WaitAgain")]
    internal sealed class WaitAgain : Activity
    {
        public override ValueTask ExecuteAsync(ActivityContext context)
        {
            context.CreateBookmark();
            return default;
        }

        public override ValueTask ResumeAsync(ActivityContext context)
        {
            context.CreateBookmark();
            return default;
        }
    }
}

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

    public BenchEngine(string owner, params WorkflowDefinition[] workflows)
    {
        var time = TimeProvider.System;
        var signals = new CommitSignals();
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
