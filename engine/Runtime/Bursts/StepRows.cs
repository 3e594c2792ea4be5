using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Work;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>What a burst did, turned into the rows of a step. Nothing is decided here any more.</summary>
internal static class StepRows
{
    /// <summary>Adds everything but the subject's own row.</summary>
    /// <param name="before">The instance as the burst found it; null for a start.</param>
    /// <param name="links">For a start: what the instance's row says beside its state.</param>
    /// <returns>The instance as it will be when the step is committed, and the states that its burst has entered.</returns>
    public static async ValueTask<Written> WriteAsync(StepContext context, BurstResult burst, StoredInstance? before, InstanceLinks? links, CancellationToken ct)
    {
        var states = new List<StateEntered>();
        foreach (var effect in burst.Effects)
            Apply(context, burst, effect, states);
        if (burst.State.Status == InstanceStatus.Finished)
            StateTasks.Leave(context);
        WriteBookmarks(context, burst, before);
        if (before is not null && burst.State.Status == InstanceStatus.Running && before.WasFinished)
            SetTimersAgain(context, burst);
        await IncidentTasks.WriteAsync(context, burst, ct);
        WriteJournal(context, burst);
        var key = Activation.Kept(before?.ActivationKey, before?.CorrelationId, burst.State.CorrelationId);
        var instance = WriteInstance(context, burst, before, links ?? new InstanceLinks(before?.SubjectType, before?.SubjectId, key));
        foreach (var child in burst.Children)
        {
            var childContext = new StepContext(context.Step, context.View, child.State, Guid.Parse(child.State.Id));
            await WriteAsync(childContext, child, null, new InstanceLinks(null, null, null), ct);
            context.Creations.AddRange(childContext.Creations);
            context.TasksClosed.AddRange(childContext.TasksClosed);
            context.Tasks.AddRange(childContext.Tasks);
        }
        return new Written(instance, states);
    }

    /// <summary>
    /// The row id of what belongs to a bookmark. It follows from the bookmark, so that the row is found again without a
    /// query; it begins as the instance's id does, so that it sorts by age.
    /// </summary>
    public static Guid BookmarkRowId(Guid instanceId, string bookmarkId)
    {
        Span<byte> text = stackalloc byte[16 + Encoding.UTF8.GetMaxByteCount(bookmarkId.Length)];
        instanceId.TryWriteBytes(text, bigEndian: true, out _);
        var length = 16 + Encoding.UTF8.GetBytes(bookmarkId, text[16..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        var id = text[..16];
        hash[..8].CopyTo(id[8..]);
        id[8] = (byte)((id[8] & 0x3F) | 0x80); // the variant of RFC 9562
        return new Guid(id, bigEndian: true);
    }

    /// <summary>Adds the subject's change: its fields, and one change of status for every state that was passed.</summary>
    /// <returns>The subject as it will be stored.</returns>
    public static Record? WriteSubject(StepContext context, List<StateEntered> states)
    {
        if (context.View is not { SubjectType: { } type, Before: { } before, Subject: { } subject })
            return null;
        List<FieldChange>? passed = null;
        if (subject is LifecycleRecord lifecycle && states.Count > 0)
        {
            var from = lifecycle.Status;
            lifecycle.Status = states[^1].State;
            if (states.Count > 1)
                passed = Passed(type, before, subject, from, states);
        }
        return RecordChanges.Update(context.Step, type, before, subject, context.Context, passed) ? subject : before;
    }

    private static List<FieldChange> Passed(RecordType type, Record before, Record subject, string from, List<StateEntered> states)
    {
        var changes = new List<FieldChange>();
        foreach (var state in states)
        {
            if (from != state.State)
                changes.Add(new FieldChange("status", from, state.State));
            from = state.State;
        }
        changes.AddRange(RecordChanges.Differences(type, before, subject).Where(change => change.Field != "status"));
        return changes;
    }

    private static void Apply(StepContext context, BurstResult burst, Effect effect, List<StateEntered> states)
    {
        switch (effect)
        {
            case EngineEffect ours:
                ours.Apply(context);
                break;
            case LineWritten:
                break; // the journal has the line as the activity's input
            case StateEntered state:
                states.Add(state);
                if (state.Previous is not null && state.Previous != state.State)
                    StateTasks.Leave(context);
                break;
            case SetTimer timer:
                if (burst.State.FindBookmark(timer.BookmarkId) is not null)
                    InsertTimer(context, timer.BookmarkId, timer.DueAt);
                break;
            case PublishEvent e:
                context.Deliver("event", e.Name, StimulusHash.OfEvent(e.Name), e.CorrelationId, e.LocalInstanceId is { } local ? Guid.Parse(local) : null, e.Payload);
                break;
            case DispatchWorkflow dispatch:
                context.Deliver("start", dispatch.DefinitionId, null, dispatch.CorrelationId, Guid.Parse(dispatch.InstanceId), new JsonObject
                {
                    ["input"] = dispatch.Input.DeepClone(),
                    ["parentInstanceId"] = dispatch.ParentInstanceId,
                    ["notifyParent"] = dispatch.NotifyParent,
                });
                break;
            case ResumeParent resume:
                context.Deliver("resume", "child", null, null, Guid.Parse(resume.ParentInstanceId), new JsonObject
                {
                    ["childInstanceId"] = resume.ChildInstanceId,
                    ["input"] = resume.Input.DeepClone(),
                });
                break;
            case CancelChildren cancel:
                context.Deliver("cancel", "children", null, null, Guid.Parse(cancel.ParentInstanceId), null);
                break;
            default:
                throw new InvalidOperationException($"The engine does not know the effect {effect.GetType().Name}; it must derive from EngineEffect.");
        }
    }

    private static void WriteBookmarks(StepContext context, BurstResult burst, StoredInstance? before)
    {
        foreach (var bookmark in burst.RemovedBookmarks)
        {
            StateTasks.Forsake(context, bookmark);
            if (bookmark.Shared)
                context.Step.Delete(SystemTables.Bookmarks, BookmarkRowId(context.InstanceId, bookmark.Id));
            else if (DueAt(bookmark) is not null)
                context.Step.Delete(SystemTables.Timers, BookmarkRowId(context.InstanceId, bookmark.Id));
        }
        foreach (var bookmark in burst.CreatedBookmarks)
        {
            if (bookmark.Shared)
                InsertBookmark(context, bookmark);
        }
        if (before is null || before.CorrelationId == burst.State.CorrelationId)
            return;
        foreach (var bookmark in burst.State.Bookmarks.Where(bookmark => bookmark.Shared && !burst.CreatedBookmarks.Contains(bookmark)))
        {
            context.Step.Delete(SystemTables.Bookmarks, BookmarkRowId(context.InstanceId, bookmark.Id));
            InsertBookmark(context, bookmark);
        }
    }

    private static void InsertBookmark(StepContext context, Bookmark bookmark) =>
        context.Step.Insert(
            SystemTables.Bookmarks, context.Step.TenantId, BookmarkRowId(context.InstanceId, bookmark.Id), context.InstanceId, bookmark.Id,
            bookmark.Name, bookmark.Hash, context.State.CorrelationId, bookmark.CreatedAt);

    private static void InsertTimer(StepContext context, string bookmarkId, DateTimeOffset dueAt) =>
        context.Step.Insert(
            SystemTables.Timers, context.Step.TenantId, BookmarkRowId(context.InstanceId, bookmarkId), context.InstanceId, bookmarkId, dueAt,
            null, 0);

    /// <summary>An instance that had failed runs again: timers that came due in between were dropped, so all are set anew.</summary>
    private static void SetTimersAgain(StepContext context, BurstResult burst)
    {
        foreach (var bookmark in burst.State.Bookmarks.Except(burst.CreatedBookmarks))
        {
            if (DueAt(bookmark) is not { } dueAt)
                continue;
            context.Step.Delete(SystemTables.Timers, BookmarkRowId(context.InstanceId, bookmark.Id));
            InsertTimer(context, bookmark.Id, dueAt);
        }
    }

    /// <summary>When a bookmark's timer is due, as the payloads of Elsa's bookmarks say it; null for one without a timer.</summary>
    internal static DateTimeOffset? DueAt(Bookmark bookmark) =>
        bookmark.Payload is { } payload && (payload["ResumeAt"] ?? payload["ExecuteAt"]) is JsonValue value && value.TryGetValue<DateTimeOffset>(out var at)
            ? at
            : null;

    private static void WriteJournal(StepContext context, BurstResult burst)
    {
        if (burst.Journal.Count == 0)
            return;
        var materials = context.View.Materials.Count == 0 ? null : JsonSerializer.Serialize(context.View.Materials);
        context.Step.Insert(
            SystemTables.Journal, context.Step.TenantId, JournalRowId(context.Now, burst.State.Sequence), context.InstanceId, context.Now,
            burst.Graph.Hash, JournalJson.Write(burst.Journal, burst.State.Id, context.Now), materials);
    }

    /// <summary>UUIDv7 whose twelve bits after the millisecond rise with the journal, so that two bursts within a millisecond keep their order.</summary>
    private static Guid JournalRowId(DateTimeOffset at, long sequence)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(at).TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (sequence & 0xFFF)));
        return new Guid(bytes, bigEndian: true);
    }

    private static StoredInstance WriteInstance(StepContext context, BurstResult burst, StoredInstance? before, InstanceLinks links)
    {
        var state = burst.State;
        var version = (before?.Version ?? links.VersionBefore) + 1;
        var bytes = state.ToJson();
        object?[] row =
        [
            context.Step.TenantId, context.InstanceId, state.DefinitionId, state.DefinitionVersion, burst.Graph.Hash, state.Status.ToString(),
            state.SubStatus.ToString(), state.Name, state.CorrelationId, state.ParentInstanceId is { } parent ? Guid.Parse(parent) : null,
            state.NotifyParent, links.SubjectType?.Name, links.SubjectId, links.ActivationKey, state.Incidents.Count, bytes, version,
            state.CreatedAt, state.UpdatedAt, state.FinishedAt,
        ];
        if (before is null)
            context.Step.Insert(SystemTables.Instances, row);
        else
            context.Step.Update(SystemTables.Instances, row, before.Version);
        return new StoredInstance(
            context.Step.TenantId, context.InstanceId, version, burst.Graph.Hash, links.SubjectType, links.SubjectId, links.ActivationKey,
            state.CorrelationId, state.Status == InstanceStatus.Finished, bytes, IsCached: true);
    }

    public sealed record Written(StoredInstance Instance, List<StateEntered> States);
}

/// <summary>What an instance's row says beside its state.</summary>
/// <param name="ActivationKey">Unique among running instances; null for a definition of which any number may run.</param>
/// <param name="VersionBefore">For a start: the row's version is the next.</param>
internal sealed record InstanceLinks(RecordType? SubjectType, Guid? SubjectId, string? ActivationKey, long VersionBefore = 0);
