using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Data.Transfer;
using Switchboard.Domain;
using Switchboard.Domain.Imports;
using Switchboard.Runtime.Imports;
using Switchboard.Runtime.Operations;

using Record = Switchboard.Domain.Record;

namespace Switchboard.Engine.Tests.Imports;

/// <summary>What one process of the service has for imports; several of them on one database are several nodes.</summary>
internal sealed class ImportNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly OperationRunner runner;

    private bool isRunning;

    public ImportNode(string owner, int chunkRows = 100, string node = "test", TimeSpan? lease = null)
    {
        Database = new Database(owner);
        var signals = new CommitSignals();
        Committer = new GroupCommitter(Database.Engine, new CommitOptions(), signals, TimeProvider.System, NullLogger<GroupCommitter>.Instance);
        var bulk = new BulkWriter(Database.Engine, signals);
        Reader = new RecordReader(Database);
        var validation = new RecordValidation(Database);
        Catalogue = new FieldCatalogue(Database, Committer, new CustomFieldIndexes(owner), TimeProvider.System);
        Writer = new RecordWriter(Database, Reader, validation, Catalogue, Committer, Hooks);
        Export = new RecordExport(Database, Reader, Catalogue);
        Files = new OperationFiles(Database, Committer, TimeProvider.System);
        Operations = new OperationStore(Database, Committer, TimeProvider.System);
        Upload = new ImportUpload(Operations, Files, Committer, Catalogue, new ImportMappings(Database, Committer, TimeProvider.System), TimeProvider.System);
        var options = new OperationOptions
        {
            Node = node,
            Lease = lease ?? TimeSpan.FromSeconds(30),
            Heartbeat = (lease ?? TimeSpan.FromSeconds(30)) / 3,
            Look = TimeSpan.FromMilliseconds(100),
        };
        runner = new OperationRunner(
            Operations,
            [
                new ImportOperation(Files, Reader, validation, Catalogue, Hooks, new ImportOptions { ChunkRows = chunkRows }),
                new ImportUndo(Database, Reader, Writer, validation, Catalogue, Committer, Files),
            ],
            Committer, bulk, options, TimeProvider.System, NullLogger<OperationRunner>.Instance);
        Hooks.Creating = CreatingAsync;
    }

    public Guid Tenant { get; init; } = NewId();

    public Database Database { get; }

    public GroupCommitter Committer { get; }

    public RecordReader Reader { get; }

    public RecordWriter Writer { get; }

    public FieldCatalogue Catalogue { get; }

    public RecordExport Export { get; }

    public OperationFiles Files { get; }

    public OperationStore Operations { get; }

    public ImportUpload Upload { get; }

    public RecordHooks Hooks { get; } = new();

    /// <summary>Runs before each record is created, so before its chunk is committed.</summary>
    public Func<Record, Task>? OnCreating { get; set; }

    public static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public static ChangeContext By(string action = "") => new(null, "Test", action, TimeProvider.System.GetUtcNow());

    public async Task<ImportNode> StartAsync()
    {
        isRunning = true;
        await runner.StartAsync(CancellationToken.None);
        return this;
    }

    public Task StopAsync()
    {
        isRunning = false;
        return runner.StopAsync(CancellationToken.None);
    }

    public Task<Operation> BeginAsync(string type, string csv, JsonObject? mapping = null, bool dryRun = false, ExistingRecords existing = ExistingRecords.Update) =>
        BeginAsync(type, Encoding.UTF8.GetBytes(csv), mapping, dryRun, existing);

    public Task<Operation> BeginAsync(string type, byte[] content, JsonObject? mapping = null, bool dryRun = false, ExistingRecords existing = ExistingRecords.Update, bool allOrNothing = false) =>
        Upload.StartAsync(Tenant, new MemoryStream(content), new ImportRequest
        {
            Type = RecordTypes.Find(type)!,
            FileName = type + ".csv",
            DryRun = dryRun,
            Mapping = mapping,
            Existing = existing,
            AllOrNothing = allOrNothing,
            BatchId = NewId(),
            Actor = "Test",
        }, null, null, CancellationToken.None);

    /// <summary>Imports and waits for the end.</summary>
    public async Task<JsonObject> ImportAsync(string type, string csv, JsonObject? mapping = null, bool dryRun = false, ExistingRecords existing = ExistingRecords.Update) =>
        await SucceedAsync(await BeginAsync(type, csv, mapping, dryRun, existing));

    public async Task<JsonObject> SucceedAsync(Operation operation)
    {
        var over = await EndOfAsync(operation);
        over.Status.Should().Be(Operation.Succeeded, over.Problem?.ToJsonString());
        return over.Result!;
    }

    public async Task<JsonObject> UndoAsync(JsonObject imported)
    {
        var batch = (ImportBatch)(await Reader.GetAsync(Tenant, RecordTypes.Of<ImportBatch>(), BatchOf(imported), CancellationToken.None))!;
        var operation = Operation.New(Tenant, ImportUndo.KindName, ImportUndo.Request(batch, By()), null, TimeProvider.System.GetUtcNow());
        var step = new Step(Tenant);
        step.Insert(SystemTables.Operations, operation.ToRow());
        Operations.Announce(step);
        await Committer.CommitAsync(step, CancellationToken.None);
        return await SucceedAsync(operation);
    }

    public async Task<Operation> EndOfAsync(Operation operation) => await UntilAsync(operation, now => now.IsOver, "is over");

    public async Task<Operation> UntilAsync(Operation operation, Func<Operation, bool> holds, string what)
    {
        var end = TimeProvider.System.GetUtcNow() + Patience;
        while (true)
        {
            var now = (await Operations.GetAsync(Tenant, operation.Id, CancellationToken.None))!;
            if (holds(now))
                return now;
            if (TimeProvider.System.GetUtcNow() > end)
                throw new TimeoutException($"Operation {now.Id} was to be waited for until it {what}; it is {now.Status} at {now.Done}/{now.Total}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public async Task<string> FileAsync(Guid operationId, string name)
    {
        var text = new StringBuilder();
        await foreach (var part in Files.ReadAsync(Tenant, operationId, name, CancellationToken.None))
            text.Append(Encoding.UTF8.GetString(part));
        return text.ToString().TrimStart('\uFEFF');
    }

    public async Task<ImportBatch> BatchAsync(JsonObject imported) =>
        (ImportBatch)(await Reader.GetAsync(Tenant, RecordTypes.Of<ImportBatch>(), BatchOf(imported), CancellationToken.None))!;

    public async Task<List<T>> AllAsync<T>()
        where T : Record
    {
        var records = new List<T>();
        await foreach (var record in Reader.StreamAsync(Tenant, ListQuery.Everything(RecordTypes.Of<T>()), CancellationToken.None))
            records.Add((T)record);
        return records;
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = Database.Engine.CreateCommand(sql + " and tenant_id = $1");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = Tenant });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (isRunning)
            await StopAsync();
        runner.Dispose();
        await Committer.DisposeAsync();
        await Database.DisposeAsync();
    }

    private static Guid BatchOf(JsonObject imported) => Guid.Parse((string)imported["batchId"]!);

    /// <summary>Stands for the lifecycle, which has tests of its own.</summary>
    private async ValueTask CreatingAsync(Step step, RecordType type, Record record, ChangeContext context, CancellationToken ct)
    {
        if (OnCreating is not null)
            await OnCreating(record);
        if (record is LifecycleRecord lifecycle)
            lifecycle.InstanceId = NewId();
    }
}
