using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// Writes a change of a record into a step: the record's row, what changed into its history, who did it into the audit,
/// and an event. Every change of a record goes through here, whoever makes it. History keeps personal fields, so that a
/// change can be explained and undone, and never secrets.
/// </summary>
public static class RecordChanges
{
    private static readonly ConcurrentDictionary<RecordType, Field[]> TrackedFields = new();

    /// <summary>Sets the version to 1 and both instants to the change's; id and tenant are set if they are not yet.</summary>
    public static void Create(Step step, RecordType type, Record after, ChangeContext context)
    {
        var at = FieldText.Microseconds(context.At);
        if (after.Id == Guid.Empty)
            after.Id = Guid.CreateVersion7(at);
        after.TenantId = step.TenantId;
        after.Version = 1;
        after.CreatedAt = after.UpdatedAt = at;
        step.Insert(RecordTables.Of(type), RecordTables.RowOf(type, after));
        Account(step, type, after, 1, "created", Differences(type, null, after), context);
    }

    /// <summary>
    /// Raises the version by one and sets the instant of change. A change of nothing adds nothing to the step.
    /// </summary>
    /// <param name="before">The record as it was read; its version is the fence.</param>
    /// <param name="after">A copy with the new values; afterwards its version and instant are those that will be stored.</param>
    /// <param name="explicitChanges">
    /// What history shall say, for who knows it better than a comparison of the two (a move that passed several values);
    /// null compares.
    /// </param>
    /// <returns>Whether there is anything to write.</returns>
    public static bool Update(
        Step step, RecordType type, Record before, Record after, ChangeContext context, IReadOnlyList<FieldChange>? explicitChanges = null)
    {
        var changes = explicitChanges ?? Differences(type, before, after);
        if (changes.Count == 0)
            return false;
        after.Version = before.Version + 1;
        after.CreatedAt = before.CreatedAt;
        after.UpdatedAt = FieldText.Microseconds(context.At);
        step.Update(RecordTables.Of(type), RecordTables.RowOf(type, after), before.Version);
        Account(step, type, after, after.Version, "updated", changes, context);
        return true;
    }

    /// <param name="note">What history shall say besides that the values are gone: where they went.</param>
    public static void Delete(Step step, RecordType type, Record before, ChangeContext context, FieldChange? note = null)
    {
        step.Delete(RecordTables.Of(type), before.Id, before.Version);
        var changes = Differences(type, before, null);
        if (note is { } more)
            changes.Add(more);
        Account(step, type, before, before.Version + 1, "deleted", changes, context);
    }

    /// <summary>
    /// Brings back a record that was deleted, with the instant of its creation. Its versions go on where they ended, the
    /// deletion counting as one, so that no ETag stands for two states.
    /// </summary>
    /// <param name="note">What history shall say besides the values: where they come from.</param>
    public static void Restore(Step step, RecordType type, Record deleted, ChangeContext context, FieldChange? note = null)
    {
        deleted.TenantId = step.TenantId;
        deleted.Version += 2;
        deleted.UpdatedAt = FieldText.Microseconds(context.At);
        step.Insert(RecordTables.Of(type), RecordTables.RowOf(type, deleted));
        var changes = Differences(type, null, deleted);
        if (note is { } more)
            changes.Add(more);
        Account(step, type, deleted, deleted.Version, "created", changes, context);
    }

    /// <summary>A copy whose values can be changed; JSON values are shared, so they must be replaced and not edited.</summary>
    public static Record Copy(RecordType type, Record record)
    {
        var copy = type.Create();
        copy.Id = record.Id;
        copy.TenantId = record.TenantId;
        copy.Version = record.Version;
        copy.CreatedAt = record.CreatedAt;
        copy.UpdatedAt = record.UpdatedAt;
        copy.Custom = record.Custom;
        foreach (var field in type.Fields)
            field.Set(copy, field.Get(record));
        return copy;
    }

    /// <summary>The stored fields, without secrets, that differ between two states of a record; a missing state has no values.</summary>
    public static List<FieldChange> Differences(RecordType type, Record? before, Record? after)
    {
        var changes = new List<FieldChange>();
        foreach (var field in TrackedFields.GetOrAdd(type, static type => [.. type.Fields.Where(field => field is { Stored: true, Secret: false })]))
        {
            var (old, now) = (before is null ? null : field.Get(before), after is null ? null : field.Get(after));
            if (!AreEqual(old, now))
                changes.Add(new FieldChange(field.Name, old, now));
        }
        CustomDifferences(before?.Custom, after?.Custom, changes);
        return changes;
    }

    /// <summary>An audit row alone, for what is worth knowing and changes no record: sign-ins, exports, refused access.</summary>
    public static void Audit(Step step, string? subjectType, Guid? subjectId, ChangeContext context, JsonNode? detail = null)
    {
        var at = FieldText.Microseconds(context.At);
        step.Insert(SystemTables.Audit, step.TenantId, Guid.CreateVersion7(at), at, context.ActorId, context.Actor, context.Action,
            subjectType, subjectId, detail?.ToJsonString(), context.TraceId);
    }

    private static void CustomDifferences(JsonObject? before, JsonObject? after, List<FieldChange> changes)
    {
        if (before is null && after is null)
            return;
        foreach (var name in (before ?? []).Select(member => member.Key).Union((after ?? []).Select(member => member.Key)))
        {
            var (old, now) = (before?[name], after?[name]);
            if (!JsonNode.DeepEquals(old, now))
                changes.Add(new FieldChange($"custom.{name}", old, now));
        }
    }

    private static bool AreEqual(object? old, object? now) =>
        old is JsonNode || now is JsonNode ? JsonNode.DeepEquals(old as JsonNode, now as JsonNode) : Equals(old, now);

    private static void Account(
        Step step, RecordType type, Record record, long version, string verb, IReadOnlyList<FieldChange> changes, ChangeContext context)
    {
        var at = FieldText.Microseconds(context.At);
        var action = context.Action.Length == 0 ? verb : context.Action;
        var id = ChangeId(at, version);
        step.Insert(SystemTables.History, step.TenantId, id, type.Name, record.Id, at, context.ActorId, context.Actor,
            action, ToJson(changes), context.InstanceId, context.DecisionId, context.Artefact, context.BatchId);
        step.Insert(SystemTables.Audit, step.TenantId, id, at, context.ActorId, context.Actor,
            $"{type.Name}.{action}", type.Name, record.Id, null, context.TraceId);
        step.Insert(SystemTables.Events, step.TenantId, id, $"{type.Name}.{verb}", type.Name, record.Id,
            EventJson(record, version, action, changes), at);
    }

    /// <summary>
    /// What history, audit and event of one change are called alike. UUIDv7 whose twelve bits after the millisecond are the
    /// record's version (RFC 9562 §6.2, method 1), so that two changes of one record within a millisecond keep their order.
    /// </summary>
    private static Guid ChangeId(DateTimeOffset at, long version)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(at).TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (version & 0xFFF)));
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>[{field, oldValue, newValue}], with fields that hide their values from no reader of history.</summary>
    public static void Write(Utf8JsonWriter writer, IEnumerable<FieldChange> changes)
    {
        writer.WriteStartArray();
        foreach (var (field, old, now) in changes)
        {
            writer.WriteStartObject();
            writer.WriteString("field"u8, field);
            writer.WritePropertyName("oldValue"u8);
            RecordJson.WriteValue(writer, old);
            writer.WritePropertyName("newValue"u8);
            RecordJson.WriteValue(writer, now);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    internal static string ToJson(IReadOnlyList<FieldChange> changes)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, RecordJson.WriterOptions))
            Write(writer, changes);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Which fields changed and the status, but no other values: whoever may read the record can fetch it.</summary>
    private static string EventJson(Record record, long version, string action, IReadOnlyList<FieldChange> changes)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer, RecordJson.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, version);
            writer.WriteString("action"u8, action);
            if (record is LifecycleRecord lifecycle)
                writer.WriteString("status"u8, lifecycle.Status);
            writer.WriteStartArray("fields"u8);
            foreach (var change in changes)
                writer.WriteStringValue(change.Field);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
