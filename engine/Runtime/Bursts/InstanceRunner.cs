using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Work;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>Why and how a stimulus is delivered.</summary>
/// <param name="Context">Who does it. Its instant is not used: a burst that has to run again takes a later one.</param>
public sealed record Delivery(ChangeContext Context)
{
    /// <summary>
    /// Adds rows to the same step: the removal of the inbox row, the completion of the task, the idempotency key with its
    /// answer. Called again, with another step, when a fence refused; so it reads what it needs anew each time.
    /// </summary>
    public Func<Step, DeliveryResult, ValueTask>? Also { get; init; }

    /// <summary>The version of the subject that the caller has seen (If-Match); null takes any.</summary>
    public long? SubjectVersion { get; init; }

    /// <summary>
    /// For who is there to be told: a burst that ends in a fault is not committed but refused. Others commit it, as an
    /// incident of the instance.
    /// </summary>
    public bool RefusesFault { get; init; }

    /// <summary>A caller who waits for what the burst answers; activities find it by its type.</summary>
    public object? Live { get; init; }

    /// <summary>For an alteration: the instance moves to another version of its definition first; null when it stays.</summary>
    public Move? Move { get; init; }

    /// <summary>The task whose completion this is: <see cref="Also"/> writes it, so the burst does not cancel it.</summary>
    public Guid? CompletedTask { get; init; }
}

/// <summary>To which version an instance is moved, and where it is found again there.</summary>
public sealed record Move(WorkflowGraph To, MigrationMap Map);

/// <summary>What became of a stimulus.</summary>
public sealed record DeliveryResult
{
    /// <summary>The instance as committed; when the stimulus was ignored, as it was; null when there is no such instance.</summary>
    public InstanceState? State { get; init; }

    /// <summary>The instance as the stimulus found it; null when there is no such instance.</summary>
    public StoredInstance? Before { get; init; }

    public RecordType? SubjectType { get; init; }

    /// <summary>The record of the instance after the step; others share it, so it must not be changed.</summary>
    public Record? Subject { get; init; }

    /// <summary>Null when nothing was there to wake, and so nothing was committed.</summary>
    public BurstResult? Burst { get; init; }

    public bool Ignored => Burst is null;
}

/// <summary>An instance to be started that belongs to no record.</summary>
/// <param name="DefinitionId">The published version runs.</param>
public sealed record InstanceStart(Guid TenantId, string DefinitionId)
{
    /// <summary>Chosen by whoever asks, so that asking twice starts once; null for a new one.</summary>
    public Guid? InstanceId { get; init; }

    public JsonObject? Input { get; init; }

    /// <summary>What the instance is called; null for nothing.</summary>
    public string? Name { get; init; }

    /// <summary>Values of the workflow's own variables by their names, instead of their defaults.</summary>
    public JsonObject? Variables { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>The trigger activity that started it, which completes at once.</summary>
    public string? TriggerActivityId { get; init; }

    public Guid? ParentInstanceId { get; init; }

    public bool NotifyParent { get; init; }

    /// <summary>Another version than the published one, which the artefact store keeps for as long as the instance runs; null for the published one.</summary>
    public WorkflowGraph? Graph { get; init; }
}

/// <summary>How a start ended.</summary>
public enum StartOutcome
{
    Started,

    /// <summary>An instance of this id is there already: the same start has been asked for before.</summary>
    StartedBefore,

    /// <summary>The definition's activation strategy does not allow another running instance now.</summary>
    NotAllowed,

    /// <summary>No definition of this id is published.</summary>
    NoDefinition,
}

/// <param name="State">Null unless it was started now.</param>
public sealed record StartResult(StartOutcome Outcome, Guid InstanceId, InstanceState? State);

/// <summary>
/// Runs instances: brings a stimulus to its instance, runs the burst, and commits everything that it did in one step. When
/// someone else has changed a row in between, the burst has left no trace and runs again on what is there now.
/// </summary>
public sealed class InstanceRunner(
    Database database, InstanceStore store, GroupCommitter committer, Definitions definitions, Lifecycles lifecycles, BurstFeatures features,
    ITransport transport, TimeProvider time)
{
    /// <summary>
    /// A burst that is refused more often than this meets writers that never pause; its caller shall come again later.
    /// Between attempts it waits for a random while, so that two nodes on one instance do not keep step.
    /// </summary>
    private const int MostAttempts = 16;

    /// <inheritdoc cref="DeliverAsync(Guid, Guid, Func{InstanceState, Stimulus?}, Delivery, CancellationToken)"/>
    public Task<DeliveryResult> DeliverAsync(Guid tenantId, Guid instanceId, Stimulus stimulus, Delivery delivery, CancellationToken ct) =>
        DeliverAsync(tenantId, instanceId, _ => stimulus, delivery, ct);

    /// <param name="choose">
    /// The stimulus for the instance as it is; null for none. May throw to refuse. Called again when the instance has changed.
    /// </param>
    /// <exception cref="ProblemException">The subject has another version than the caller's, or the instance is too busy.</exception>
    public Task<DeliveryResult> DeliverAsync(
        Guid tenantId, Guid instanceId, Func<InstanceState, Stimulus?> choose, Delivery delivery, CancellationToken ct) =>
        transport.RunAsync(instanceId, turn => DeliverNowAsync(tenantId, instanceId, choose, delivery, turn), ct);

    public async Task<StartResult> StartAsync(InstanceStart start, Delivery delivery, CancellationToken ct)
    {
        if ((start.Graph ?? definitions.FindPublished(start.TenantId, start.DefinitionId)) is not { } graph)
            return new StartResult(StartOutcome.NoDefinition, default, null);
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            if (await StartAsync(start, graph, delivery, ct) is { } result)
                return result;
        }
        throw new ProblemException(503, "instance_busy", $"What an instance of {start.DefinitionId} refers to is being changed by others all the time; repeat the request later.");
    }

    /// <returns>Null when it must be tried again: what it refers to has been changed.</returns>
    private async Task<StartResult?> StartAsync(InstanceStart start, WorkflowGraph graph, Delivery delivery, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var now = FieldText.Microseconds(time.GetUtcNow());
        var instanceId = start.InstanceId ?? Guid.CreateVersion7(now);
        var options = graph.Definition.Options;
        if (!await Activation.IsAllowedAsync(database, start.TenantId, start.DefinitionId, options.Activation, start.CorrelationId, ct))
            return new StartResult(StartOutcome.NotAllowed, instanceId, null);

        var view = new RecordView(store, start.TenantId, CauseOf(delivery.Context, instanceId, graph, now), null, null, null);
        var burst = await Burst.RunAsync(
            new BurstRequest(
                graph, null, instanceId.ToString(), new Stimulus.Start(start.Input, start.TriggerActivityId), now,
                new BurstHost(view, definitions, features, delivery.Live))
            {
                FlowchartMode = features.FlowchartMode,
                Name = start.Name,
                Variables = start.Variables,
                CorrelationId = start.CorrelationId,
                ParentInstanceId = start.ParentInstanceId?.ToString(),
                NotifyParent = start.NotifyParent,
            },
            ct);
        var step = new Step(start.TenantId);
        var context = new StepContext(step, view, burst.State, instanceId);
        var links = new InstanceLinks(null, null, Activation.Key(options.Activation, start.DefinitionId, start.CorrelationId, burst.State.CorrelationId));
        await StepRows.WriteAsync(context, burst, null, links, ct);
        await lifecycles.CreateAsync(context, ct);
        if (delivery.Also is { } also)
            await also(step, new DeliveryResult { State = burst.State, Burst = burst });
        try
        {
            if (await committer.CommitAsync(step, ct) == StepOutcome.Fenced)
                return null;
        }
        catch (PostgresException e) when (e.ConstraintName == "instances_pkey")
        {
            return new StartResult(StartOutcome.StartedBefore, instanceId, null);
        }
        catch (PostgresException e) when (e.ConstraintName == "instances_activated_once")
        {
            return new StartResult(StartOutcome.NotAllowed, instanceId, null);
        }
        StepMetrics.Record("start", "committed", time.GetElapsedTime(started));
        return new StartResult(StartOutcome.Started, instanceId, burst.State);
    }

    /// <summary>What a stimulus would do with an instance as it is now; nothing of it is kept.</summary>
    /// <param name="choose">May throw to refuse.</param>
    /// <returns>No result when there is no such instance.</returns>
    public async Task<DeliveryResult> TryAsync(Guid tenantId, Guid instanceId, Func<InstanceState, Stimulus> choose, Delivery delivery, CancellationToken ct)
    {
        if (await store.FindAsync(tenantId, instanceId, fresh: true, ct) is not { } stored)
            return new DeliveryResult();
        var state = InstanceState.FromJson(stored.State);
        var (burst, view) = await RunAsync(stored, fresh: true, state, choose(state), delivery, ct);
        return new DeliveryResult { State = burst.State, Before = stored, SubjectType = view.SubjectType, Subject = view.Subject, Burst = burst };
    }

    private async Task<DeliveryResult> DeliverNowAsync(
        Guid tenantId, Guid instanceId, Func<InstanceState, Stimulus?> choose, Delivery delivery, CancellationToken ct)
    {
        using var activity = StepMetrics.Source.StartActivity("workflow.step");
        var fresh = false;
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            var started = time.GetTimestamp();
            if (await store.FindAsync(tenantId, instanceId, fresh, ct) is not { } stored)
                return new DeliveryResult();
            var (result, type, outcome) = await AttemptAsync(stored, fresh, choose, delivery, ct);
            StepMetrics.Record(type, outcome, time.GetElapsedTime(started));
            if (result is not null)
                return result;
            fresh = true;
            if (attempt > 2)
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1 << Math.Min(attempt, 7))), TimeProvider.System, ct); // real time, whatever clock the service shows
        }
        throw new ProblemException(503, "instance_busy", $"Instance {instanceId} is being changed by others all the time; repeat the request later.");
    }

    /// <returns>No result when it must be tried again on fresh rows: a fence refused, or what was kept in memory had nothing to wake.</returns>
    private async Task<(DeliveryResult? Result, string Type, string Outcome)> AttemptAsync(
        StoredInstance stored, bool fresh, Func<InstanceState, Stimulus?> choose, Delivery delivery, CancellationToken ct)
    {
        var state = InstanceState.FromJson(stored.State);
        Stimulus? stimulus;
        try
        {
            stimulus = choose(state);
        }
        catch (ProblemException) when (stored.IsCached)
        {
            return (null, "none", "stale");
        }
        if (stimulus is null)
            return stored.IsCached ? (null, "none", "stale") : (await UntouchedAsync(stored, state, ct), "none", "ignored");

        var type = stimulus.GetType().Name.ToLowerInvariant();
        var (burst, view) = await RunAsync(stored, fresh, state, stimulus, delivery, ct);
        if (burst.Ignored)
            return stored.IsCached ? (null, type, "stale") : (await UntouchedAsync(stored, state, ct), type, "ignored");
        if (delivery.RefusesFault && burst.State is { SubStatus: InstanceSubStatus.Faulted, Incidents: [.., var incident] })
            throw new ProblemException(422, "action_failed", $"Nothing was changed, because the workflow failed at {incident.ActivityId}: {incident.Message}");

        var step = new Step(stored.TenantId);
        var context = new StepContext(step, view, burst.State, stored.Id);
        var written = await StepRows.WriteAsync(context, burst, stored, null, ct);
        var subject = StepRows.WriteSubject(context, written.States);
        await lifecycles.CreateAsync(context, ct);
        await StateTasks.CloseAsync(store, context, delivery.CompletedTask, ct);
        var result = new DeliveryResult { State = burst.State, Before = stored, SubjectType = view.SubjectType, Subject = subject, Burst = burst };
        if (delivery.Also is { } also)
            await also(step, result);
        if (await committer.CommitAsync(step, ct) == StepOutcome.Fenced)
            return (null, type, "fenced");
        store.Keep(written.Instance);
        if (subject is not null)
            store.Keep(view.SubjectType!, subject);
        return (result, type, "committed");
    }

    private async Task<(BurstResult Burst, RecordView View)> RunAsync(
        StoredInstance stored, bool fresh, InstanceState state, Stimulus stimulus, Delivery delivery, CancellationToken ct)
    {
        var now = FieldText.Microseconds(time.GetUtcNow());
        var graph = await definitions.OfInstanceAsync(stored.TenantId, state.DefinitionId, state.DefinitionVersion, stored.DefinitionHash, ct);
        if (delivery.Move is { } move && stimulus is Stimulus.Alter alter)
        {
            stimulus = alter with { Migration = new InstanceMigration(graph, move.Map, delivery.Context.Actor) };
            graph = move.To;
        }
        var view = await ViewAsync(stored, fresh, CauseOf(delivery.Context, stored.Id, graph, now), delivery, ct);
        var request = new BurstRequest(graph, state, state.Id, stimulus, now, new BurstHost(view, definitions, features, delivery.Live)) { FlowchartMode = features.FlowchartMode };
        return (await Burst.RunAsync(request, ct), view);
    }

    private async ValueTask<RecordView> ViewAsync(StoredInstance stored, bool fresh, ChangeContext cause, Delivery delivery, CancellationToken ct)
    {
        if (stored is not { SubjectType: { } type, SubjectId: { } id })
            return new RecordView(store, stored.TenantId, cause, null, null, null);
        var before = await store.FindRecordAsync(stored.TenantId, type, id, fresh, ct);
        if (before is not null && delivery.SubjectVersion is { } expected && before.Version != expected)
        {
            before = await store.FindRecordAsync(stored.TenantId, type, id, fresh: true, ct);
            if (before!.Version != expected)
                throw ProblemException.Stale(type, id, expected, before.Version);
        }
        return new RecordView(store, stored.TenantId, cause, type, before, before is null ? null : RecordView.Copy(type, before));
    }

    private async ValueTask<DeliveryResult> UntouchedAsync(StoredInstance stored, InstanceState state, CancellationToken ct) => new()
    {
        State = state,
        SubjectType = stored.SubjectType,
        Subject = stored is { SubjectType: { } type, SubjectId: { } id } ? await store.FindRecordAsync(stored.TenantId, type, id, fresh: true, ct) : null,
    };

    internal static ChangeContext CauseOf(ChangeContext context, Guid instanceId, WorkflowGraph graph, DateTimeOffset at) => context with
    {
        At = at,
        InstanceId = instanceId,
        Artefact = context.Artefact ?? $"workflow/{graph.DefinitionId}@{graph.Version}",
    };
}
