using System.Text.Json.Nodes;

using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Work;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>Starts and ends the instances that own the status of records, in the step that creates or deletes the record.</summary>
public sealed class Lifecycles(InstanceStore store, Definitions definitions, BurstFeatures features)
{
    /// <summary>A record whose lifecycle creates a record whose lifecycle …: deeper than this it is taken for endless.</summary>
    private const int MostDepth = 8;

    /// <summary>
    /// Runs the first burst of the record's lifecycle in memory, sets the record's status and instance, and adds the
    /// instance's rows to the step; the record's own row is the caller's, after this. Does nothing for a type without a
    /// lifecycle, or while none is published.
    /// </summary>
    public ValueTask StartAsync(Step step, RecordType type, Record record, ChangeContext context, CancellationToken ct) =>
        StartAsync(step, type, record, context, 1, ct);

    /// <summary>Cancels the record's instance in the step that deletes the record.</summary>
    public async ValueTask EndAsync(Step step, RecordType type, Record record, ChangeContext context, CancellationToken ct)
    {
        if (record is not LifecycleRecord { InstanceId: { } instanceId } || await store.FindAsync(step.TenantId, instanceId, fresh: true, ct) is not { } stored)
            return;
        var state = InstanceState.FromJson(stored.State);
        var graph = await definitions.OfInstanceAsync(step.TenantId, state.DefinitionId, state.DefinitionVersion, stored.DefinitionHash, ct);
        var at = FieldText.Microseconds(context.At);
        var view = new RecordView(store, step.TenantId, InstanceRunner.CauseOf(context, instanceId, graph, at), type, record, RecordView.Copy(type, record));
        var burst = await Burst.RunAsync(
            new BurstRequest(graph, state, state.Id, new Stimulus.Cancel(), at, new BurstHost(view, definitions, features)), ct);
        if (burst.Ignored)
            return;
        var ending = new StepContext(step, view, burst.State, instanceId);
        await StepRows.WriteAsync(ending, burst, stored, null, ct);
        await StateTasks.CloseAsync(store, ending, null, ct);
    }

    /// <summary>The records that a burst has created, each with its lifecycle.</summary>
    internal ValueTask CreateAsync(StepContext context, CancellationToken ct) =>
        context.Creations.Count == 0 ? default : CreateAsync(context, 1, ct);

    private async ValueTask CreateAsync(StepContext context, int depth, CancellationToken ct)
    {
        foreach (var (type, record) in context.Creations)
        {
            await StartAsync(context.Step, type, record, context.Context, depth, ct);
            RecordChanges.Create(context.Step, type, record, context.Context);
        }
    }

    private async ValueTask StartAsync(Step step, RecordType type, Record record, ChangeContext context, int depth, CancellationToken ct)
    {
        if (record is not LifecycleRecord lifecycle || (lifecycle.OwnWorkflow ?? type.Lifecycle) is not { } key || definitions.FindPublished(step.TenantId, key) is not { } graph)
            return;
        if (depth > MostDepth)
            throw new InvalidOperationException($"Lifecycles create records more than {MostDepth} deep; the last is {type.Name} by {key}.");
        var at = FieldText.Microseconds(context.At);
        if (record.Id == Guid.Empty)
            record.Id = Guid.CreateVersion7(at);
        record.TenantId = step.TenantId;
        var instanceId = Guid.CreateVersion7(at);
        var view = new RecordView(store, step.TenantId, InstanceRunner.CauseOf(context, instanceId, graph, at), type, null, record);
        var burst = await Burst.RunAsync(
            new BurstRequest(graph, null, instanceId.ToString(), new Stimulus.Start(), at, new BurstHost(view, definitions, features))
            {
                FlowchartMode = features.FlowchartMode,
                Properties = new JsonObject { ["subject"] = new JsonObject { ["type"] = type.Name, ["id"] = record.Id.ToString() } },
            },
            ct);
        var nested = new StepContext(step, view, burst.State, instanceId);
        var written = await StepRows.WriteAsync(nested, burst, null, new InstanceLinks(type, record.Id, null), ct);
        if (written.States.Count > 0)
            lifecycle.Status = written.States[^1].State;
        lifecycle.InstanceId = instanceId;
        await CreateAsync(nested, depth + 1, ct);
    }
}
