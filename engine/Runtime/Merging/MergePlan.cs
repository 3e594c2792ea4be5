using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Runtime.Merging;

/// <summary>
/// All that a merge changes, as two steps: what refers to the source is moved and its lifecycle ended, then the source goes and the
/// target gets its values. In this order because no reference may be left when the source goes, and because the target
/// may take its natural key.
/// </summary>
internal sealed class MergePlan(NpgsqlConnection connection, Guid tenantId, RecordType type, Record target, Record source, ChangeContext context)
{
    /// <summary>Each is read, changed and told of in history: more than this is work for a migration, not for a request.</summary>
    private const int MostMoved = 20_000;

    public Step Moves { get; } = new(tenantId);

    public Step Ending { get; } = new(tenantId);

    /// <summary>By record type, <c>comments</c> and <c>tags</c>: how many the target gets.</summary>
    public SortedDictionary<string, int> Moved { get; } = new(StringComparer.Ordinal);

    /// <summary>The instance that ends with the source; null when there is none, or it had ended.</summary>
    public Guid? CancelledInstance { get; private set; }

    /// <summary>Cancels the source's lifecycle, as a deletion does.</summary>
    /// <exception cref="ProblemException">409 when that would do more than an undo could take back.</exception>
    public async Task EndLifecycleAsync(RecordHooks hooks, CancellationToken ct)
    {
        var ending = new Step(tenantId);
        if (hooks.Deleting is { } deleting)
            await deleting(ending, type, source, context, ct);
        var instanceId = (source as LifecycleRecord)?.InstanceId;
        if (!await EndedLifecycles.CanGoOnAsync(connection, ending, instanceId is { } own ? [own] : [], ct))
        {
            throw new ProblemException(
                409, "lifecycle_under_way",
                $"The lifecycle of {source.Id} has work under way in other workflows, which an undo could not bring back: let it end, or merge the other way round.",
                extensions: new JsonObject { ["instanceId"] = instanceId?.ToString() });
        }
        if (ending.Updates.Exists(row => row.Table == SystemTables.Instances))
            CancelledInstance = instanceId;
        Moves.Include(ending);
    }

    /// <summary>Moves the records that refer to the source. Those that end with its lifecycle stay with it.</summary>
    public async Task MoveReferencesAsync(CancellationToken ct)
    {
        var ended = Moves.Updates.Select(row => (Guid)row.Row[1]!).ToHashSet();
        foreach (var references in Reference.To(type))
        {
            var found = await ReadAsync(references, ct);
            foreach (var before in found.Where(record => !ended.Contains(record.Id)))
            {
                var after = RecordChanges.Copy(references.Key, before);
                foreach (var reference in references)
                    reference.Move(after, type, source.Id, target.Id);
                if (RecordChanges.Update(Moves, references.Key, before, after, context))
                    Count(references.Key.Name);
            }
        }
    }

    /// <summary>Moves comments, and tags that the target does not have yet; of a tag that both have one goes.</summary>
    public async Task MovePartsAsync(CancellationToken ct)
    {
        var comments = SystemTables.Comments;
        foreach (var row in await StoredRows.SelectAsync(connection, comments, $"r.record_type = '{type.Name}' and r.record_id = $2", tenantId, source.Id, ct))
        {
            var version = (long)row[comments.VersionAt]!;
            (row[comments.IndexOf("record_id")], row[comments.VersionAt]) = (target.Id, version + 1);
            Moves.Update(comments, row, version);
            Count("comments");
        }

        var tags = SystemTables.Tags;
        var both = await StoredRows.SelectAsync(
            connection, tags, $"r.record_type = '{type.Name}' and r.record_id = any($2)", tenantId, new[] { source.Id, target.Id }, ct);
        var (idAt, tagAt) = (tags.IndexOf("record_id"), tags.IndexOf("tag"));
        var there = both.Where(row => (Guid)row[idAt]! == target.Id).Select(row => (string)row[tagAt]!).ToHashSet();
        foreach (var row in both.Where(row => (Guid)row[idAt]! == source.Id))
        {
            Moves.Delete(tags, (Guid)row[1]!);
            if (there.Contains((string)row[tagAt]!))
                continue;
            row[idAt] = target.Id;
            Moves.Insert(tags, row);
            Count("tags");
        }
    }

    /// <param name="after">The target with the values that it shall have.</param>
    public void Finish(Record after)
    {
        RecordChanges.Delete(Ending, type, source, context, new FieldChange("mergedInto", null, target.Id));
        var changes = RecordChanges.Differences(type, target, after);
        changes.Add(new FieldChange("mergedFrom", null, source.Id));
        RecordChanges.Update(Ending, type, target, after, context, changes);
        var at = FieldText.Microseconds(context.At);
        Ending.Insert(
            SystemTables.Events, tenantId, Guid.CreateVersion7(at), $"{type.Name}.merged", type.Name, target.Id,
            new JsonObject { ["sourceId"] = source.Id.ToString(), ["operationId"] = context.BatchId?.ToString() }.ToJsonString(), at);
    }

    /// <summary>What a client may want to know before and after.</summary>
    public JsonObject Describe()
    {
        var described = new JsonObject
        {
            ["recordType"] = type.Name,
            ["targetId"] = target.Id.ToString(),
            ["sourceId"] = source.Id.ToString(),
            ["moved"] = new JsonObject([.. Moved.Select(count => KeyValuePair.Create(count.Key, (JsonNode?)count.Value))]),
        };
        if (source is LifecycleRecord lifecycle)
        {
            described["lifecycle"] = new JsonObject
            {
                ["sourceStatus"] = lifecycle.Status,
                ["targetStatus"] = ((LifecycleRecord)target).Status,
                ["cancelledInstanceId"] = CancelledInstance?.ToString(),
            };
        }
        return described;
    }

    private async Task<List<Record>> ReadAsync(IGrouping<RecordType, Reference> references, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { Reference.Select(references.Key, references, tenantId, type, source.Id, [source.Id, target.Id], MostMoved + 1) },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new List<Record>();
        while (await reader.ReadAsync(ct))
            found.Add(RecordTables.Read(references.Key, reader));
        return found;
    }

    private void Count(string what)
    {
        Moved[what] = Moved.GetValueOrDefault(what) + 1;
        if (Moves.Updates.Count > MostMoved)
            throw new ProblemException(409, "too_many_dependants", $"More than {MostMoved} records would have to be moved. Merge the other way round, or move them first.");
    }
}
