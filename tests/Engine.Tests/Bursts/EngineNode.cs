using System.Text.Json.Nodes;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Engine.Tests.Bursts;

/// <summary>What one process of the service has for running bursts; several of them on one database are several nodes.</summary>
internal sealed class EngineNode : IAsyncDisposable
{
    private static readonly CommitOptions Options = new();

    public EngineNode(string owner, TimeProvider? time = null, params WorkflowDefinition[] definitions)
    {
        Time = time ?? TimeProvider.System;
        Database = new Database(owner);
        Committer = new GroupCommitter(Database.Engine, Options, Signals, Time, NullLogger<GroupCommitter>.Instance);
        Store = new InstanceStore(Database, Signals, Time, NullLogger<InstanceStore>.Instance);
        Definitions = new Definitions(definitions, new ActivityCatalogue(typeof(InstanceRunner).Assembly));
        var features = new BurstFeatures((_, _) => throw new NotSupportedException("There is no script worker here."));
        Lifecycles = new Lifecycles(Store, Definitions, features);
        Runner = new InstanceRunner(Database, Store, Committer, Definitions, Lifecycles, features, new Lanes(), Time);
    }

    public TimeProvider Time { get; }

    public Database Database { get; }

    public CommitSignals Signals { get; } = new();

    public GroupCommitter Committer { get; }

    public InstanceStore Store { get; }

    public Definitions Definitions { get; }

    public Lifecycles Lifecycles { get; }

    public InstanceRunner Runner { get; }

    public Guid Tenant { get; init; } = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public Delivery Delivery => new(ChangeContext.Engine("test", Time.GetUtcNow()));

    public async Task<Guid> StartAsync(string definitionId, JsonObject? input = null)
    {
        var result = await Runner.StartAsync(new InstanceStart(Tenant, definitionId) { Input = input }, Delivery, CancellationToken.None);
        return result.Outcome == StartOutcome.Started ? result.InstanceId : throw new InvalidOperationException($"{definitionId} did not start: {result.Outcome}.");
    }

    /// <summary>Resumes the bookmark of this stimulus name, if the instance has one.</summary>
    public Task<DeliveryResult> ResumeAsync(Guid instanceId, string bookmarkName, Delivery? delivery = null) =>
        Runner.DeliverAsync(
            Tenant, instanceId,
            state => state.Bookmarks.FirstOrDefault(bookmark => bookmark.Name == bookmarkName) is { } bookmark ? new Stimulus.Resume(bookmark.Id) : null,
            delivery ?? Delivery, CancellationToken.None);

    public Task<List<object?[]>> QueryAsync(string sql, params object[] parameters) => Database.QueryAsync(sql, parameters);

    public async Task<long> CountAsync(string sql, params object[] parameters) => (long)(await QueryAsync(sql, parameters))[0][0]!;

    public async ValueTask DisposeAsync()
    {
        await Committer.DisposeAsync();
        await Store.DisposeAsync();
        await Database.DisposeAsync();
    }
}

/// <summary>Small workflow definitions.</summary>
internal static class Workflows
{
    public static WorkflowDefinition Of(string id, JsonObject root, JsonObject? options = null) => WorkflowDefinition.Of(new JsonObject
    {
        ["id"] = id + "-1",
        ["definitionId"] = id,
        ["name"] = id,
        ["version"] = 1,
        ["options"] = options,
        ["root"] = root,
    });

    public static JsonObject Activity(string type, string id, params (string Name, JsonNode? Value)[] members)
    {
        var json = new JsonObject { ["id"] = id, ["type"] = type, ["version"] = 1 };
        foreach (var (name, value) in members)
            json[name] = value;
        return json;
    }

    public static JsonObject Sequence(params JsonObject[] activities) => Activity("Elsa.Sequence", "sequence", ("activities", new JsonArray([.. activities])));

    public static JsonObject Event(string name) => Activity("Elsa.Event", "event-" + name, ("eventName", Literal(name)));

    public static JsonObject Delay(string span) => Activity("Elsa.Delay", "delay", ("timeSpan", Literal(span)));

    public static JsonObject For(int times, JsonObject body) =>
        Activity("Elsa.For", "for", ("start", Literal(1)), ("end", Literal(times)), ("step", Literal(1)), ("body", body));

    public static JsonObject Literal(JsonNode? value) => new() { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };
}
