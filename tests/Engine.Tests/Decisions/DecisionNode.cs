using System.Text.Json.Nodes;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Operations;
using Switchboard.Tests.Support;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Engine.Tests.Decisions;

/// <summary>One process of the service with what decides in it; several on one database are several nodes.</summary>
internal sealed class DecisionNode : IAsyncDisposable
{
    private readonly InstanceStore instances;

    public DecisionNode(string owner, TimeProvider time, params WorkflowDefinition[] workflows)
    {
        Time = time;
        Database = new Database(owner);
        var signals = new CommitSignals();
        Committer = new GroupCommitter(Database.Engine, new CommitOptions(), signals, time, NullLogger<GroupCommitter>.Instance);
        Bulk = new BulkWriter(Database.Engine, signals);
        var activities = new ActivityCatalogue(typeof(InstanceRunner).Assembly);
        Kinds = new ArtefactKinds(new ThresholdKind());
        Definitions = new Definitions(workflows, activities);
        Published = new PublishedArtefacts(new ShippedArtefacts(), Kinds, time);
        var compiled = new CompiledDecisions(Kinds);
        Artefacts = new ArtefactStore(Database, Committer, Published, Kinds, Definitions, compiled, time);
        Watch = new ArtefactWatch(Database, Definitions, Artefacts, Published, compiled, time, NullLogger<ArtefactWatch>.Instance);
        Log = new DecisionLog(Database);
        Engine = new DecisionEngine(Published, Artefacts, compiled, Log, Committer);
        Operations = new OperationStore(Database, Committer, time);
        Replay = new DecisionReplay(Log, Engine, Artefacts, Kinds, compiled, new OperationFiles(Database, Committer, time), Operations, Committer);
        instances = new InstanceStore(Database, signals, time, NullLogger<InstanceStore>.Instance);
        var features = new BurstFeatures((_, _) => throw new NotSupportedException("There is no script worker here."), Engine);
        Runner = new InstanceRunner(
            Database, instances, Committer, Definitions, new Lifecycles(instances, Definitions, features), features, new Lanes(), time);
    }

    public TimeProvider Time { get; }

    public Database Database { get; }

    public GroupCommitter Committer { get; }

    public BulkWriter Bulk { get; }

    public ArtefactKinds Kinds { get; }

    public Definitions Definitions { get; }

    public PublishedArtefacts Published { get; }

    public ArtefactStore Artefacts { get; }

    public ArtefactWatch Watch { get; }

    public DecisionLog Log { get; }

    public DecisionEngine Engine { get; }

    public OperationStore Operations { get; }

    public DecisionReplay Replay { get; }

    public InstanceRunner Runner { get; }

    public Guid Tenant { get; init; } = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public ChangeContext Context => ChangeContext.Engine("test", Time.GetUtcNow());

    public static async Task<DecisionNode> StartAsync(string name, TimeProvider time, params WorkflowDefinition[] workflows) =>
        new(await TestPostgres.CreateDatabaseAsync(name), time, workflows);

    public async Task<Artefact> PublishAsync(string key, string content, DateTimeOffset? from = null)
    {
        await Artefacts.SaveDraftAsync(Tenant, "decision", key, content, null, Context, CancellationToken.None);
        return await Artefacts.PublishAsync(Tenant, "decision", key, "A test", Context, CancellationToken.None, from);
    }

    public async Task<RecordedDecision> DecideAsync(string key, decimal amount, int? version = null) =>
        (await Engine.EvaluateAsync(Tenant, new DecisionRequest(key, new JsonObject { ["amount"] = amount }, version), Context, CancellationToken.None)).Record;

    /// <summary>Runs the operation to its end, as a process that claims it does.</summary>
    public async Task<Operation> RunAsync(Operation operation, CancellationToken ct = default)
    {
        var runner = new OperationRunner(Operations, [Replay], Committer, Bulk, new OperationOptions { Node = Guid.CreateVersion7(Time.GetUtcNow()).ToString() }, Time, NullLogger<OperationRunner>.Instance);
        await runner.StartAsync(ct);
        for (var i = 0; ; i++)
        {
            var now = await Operations.GetAsync(Tenant, operation.Id, CancellationToken.None);
            if (now!.IsOver || i > 600)
            {
                await runner.StopAsync(CancellationToken.None);
                return now;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }
    }

    public Task<List<object?[]>> QueryAsync(string sql, params object[] parameters) => Database.QueryAsync(sql, parameters);

    public async ValueTask DisposeAsync()
    {
        Watch.Dispose();
        await Committer.DisposeAsync();
        await instances.DisposeAsync();
        await Database.DisposeAsync();
    }
}
