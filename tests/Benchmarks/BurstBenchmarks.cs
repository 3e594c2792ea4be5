using System.Text.Json.Nodes;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Benchmarks;

/// <summary>Bursts in one process, 64 in flight: what an action costs when nothing of HTTP is counted.</summary>
internal static class BurstBenchmarks
{
    private const int Numbers = 6_400;

    public static async Task RunAsync(Bench bench)
    {
        await using var engine = new BenchEngine(bench.Owner, Minimal(), Porting());
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

    /// <summary>A transition of a number: instance, bookmarks, record, history, audit, journal, event.</summary>
    private static async Task PortingAsync(Bench bench, BenchEngine engine)
    {
        var ids = await engine.CreateNumbersAsync(Numbers);
        var turn = new int[Bench.InFlight];
        const int Each = Numbers / Bench.InFlight;
        await bench.CompareAsync("porting action, 64 in flight", 0.7, async worker =>
        {
            var id = ids[(worker * Each) + (turn[worker]++ % Each)];
            await engine.ResumeAsync(id);
        });
    }

    private static WorkflowDefinition Minimal() => Definition("bench-minimal", Wait("wait", again: true));

    private static WorkflowDefinition Porting() => Definition("number-porting", new JsonObject
    {
        ["id"] = "porting",
        ["type"] = "Elsa.StateMachine",
        ["version"] = 1,
        ["initialState"] = "not_started",
        ["states"] = new JsonArray([.. new[] { "not_started", "loa_submitted", "loa_rejected" }.Select(name => new JsonObject { ["name"] = name })]),
        ["transitions"] = new JsonArray(
            Transition("submit_loa", "not_started", "loa_submitted"),
            Transition("reject_loa", "loa_submitted", "loa_rejected"),
            Transition("retry", "loa_rejected", "loa_submitted")),
    });

    private static WorkflowDefinition Definition(string id, JsonObject root) => WorkflowDefinition.Of(new JsonObject
    {
        ["id"] = id + "-1",
        ["definitionId"] = id,
        ["version"] = 1,
        ["root"] = root,
    });

    private static JsonObject Transition(string name, string from, string to) => new()
    {
        ["name"] = name,
        ["from"] = from,
        ["to"] = to,
        ["trigger"] = Wait(name, again: false),
    };

    private static JsonObject Wait(string id, bool again) => new() { ["id"] = id, ["type"] = again ? "Bench.WaitAgain" : "Bench.Wait", ["version"] = 1 };

    [Activity("Bench.Wait")]
    internal sealed class WaitOnce : Activity
    {
        public override ValueTask ExecuteAsync(ActivityContext context)
        {
            context.CreateBookmark(new JsonObject { ["name"] = context.Node.Id, ["label"] = context.Node.Id });
            return default;
        }
    }

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
        var definitions = new Definitions(workflows, new ActivityCatalogue(typeof(InstanceRunner).Assembly, typeof(BenchEngine).Assembly));
        var features = new BurstFeatures((_, _) => throw new NotSupportedException("No benchmark runs scripts."));
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
        var instances = new List<Guid>();
        for (var i = 0; i < count; i++)
        {
            var number = new PhoneNumber { Number = $"+4930{i:0000000}", MigrationId = migration.Id, CurrentCarrier = "Example Telecom" };
            await lifecycles.StartAsync(step, RecordTypes.Of<PhoneNumber>(), number, at, CancellationToken.None);
            RecordChanges.Create(step, RecordTypes.Of<PhoneNumber>(), number, at);
            instances.Add(number.InstanceId!.Value);
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
