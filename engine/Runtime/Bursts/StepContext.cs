using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Work;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>An effect of the engine's own activities: it knows the rows that it becomes.</summary>
public abstract record EngineEffect : Effect
{
    public abstract void Apply(StepContext context);
}

/// <summary>Where the effects of one burst become rows.</summary>
public sealed class StepContext
{
    internal StepContext(Step step, RecordView view, InstanceState state, Guid instanceId)
    {
        Step = step;
        View = view;
        State = state;
        InstanceId = instanceId;
    }

    public Step Step { get; }

    public RecordView View { get; }

    /// <summary>Who and when, with the instance as the cause.</summary>
    public ChangeContext Context => View.Context;

    /// <summary>The instance after the burst.</summary>
    public InstanceState State { get; }

    public Guid InstanceId { get; }

    public DateTimeOffset Now => View.Now;

    internal List<(RecordType Type, Record Record)> Creations { get; } = [];

    /// <summary>Tasks that this burst makes for the state that it is in or leads to.</summary>
    internal HashSet<Guid> TasksOpened { get; } = [];

    /// <summary>Tasks whose reason is gone with this burst.</summary>
    internal List<Guid> TasksClosed { get; } = [];

    /// <summary>Those that this burst has put before people.</summary>
    internal List<WorkTask> Tasks { get; } = [];

    public Guid NewId() => Guid.CreateVersion7(Now);

    internal void Open(WorkTask task)
    {
        RecordChanges.Create(Step, RecordTypes.Of<WorkTask>(), task, Context);
        Tasks.Add(task);
    }

    /// <summary>A new record; if its type has a lifecycle, the first burst of its instance is part of the same step.</summary>
    public void Create(RecordType type, Record record) => Creations.Add((type, record));

    /// <summary>Changes a record other than the subject, which activities change in the view.</summary>
    /// <param name="before">As it was read.</param>
    public void Update(RecordType type, Record before, Record after) => RecordChanges.Update(Step, type, before, after, Context);

    /// <summary>A record that the step refers to, as it was read: see <see cref="Step.Rely"/>.</summary>
    internal void Rely(Record record) => Step.Rely(RecordTables.Of(RecordTypes.Of(record)), record.Id, record.Version);

    /// <summary>Something to be sent to the outside after the commit.</summary>
    /// <param name="kind">Which worker of the outbox sends it.</param>
    /// <param name="idempotencyKey">The same key is sent once, however often the worker tries.</param>
    /// <param name="bookmarkId">The bookmark that the result resumes; null when nobody waits for it.</param>
    public void Send(string kind, string destination, JsonNode payload, string idempotencyKey, string? bookmarkId = null) =>
        Step.Insert(
            SystemTables.Outbox, Step.TenantId, NewId(), kind, destination, payload.ToJsonString(), idempotencyKey, Now, null, 0, "pending",
            null, InstanceId, bookmarkId, Now);

    /// <summary>A stimulus to be delivered after the commit.</summary>
    /// <param name="kind"><c>event, start, resume, cancel</c>.</param>
    internal void Deliver(string kind, string name, string? hash, string? correlationId, Guid? instanceId, JsonNode? payload)
    {
        var id = NewId();
        Step.Insert(
            SystemTables.Inbox, Step.TenantId, id, "burst", id.ToString(), kind, name, hash, correlationId, instanceId, payload?.ToJsonString(),
            Now, null, null, 0, "pending", null);
    }
}
