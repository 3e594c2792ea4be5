using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// Deletions of one step and all that they draw after them. The foreign keys would do the same, but without history and
/// without a word to whom they refuse.
/// </summary>
internal sealed class RecordDeletion(Database database, RecordReader reader, Guid tenantId, int maxDependants)
{
    private Dictionary<Guid, (RecordType Type, Record Record)> deleted = [];
    private Dictionary<Guid, (RecordType Type, Record Before, Record After)> cleared = [];

    /// <summary>Plans to delete a record; if that is refused, nothing of it is planned.</summary>
    /// <exception cref="ProblemException">409 <c>is_referenced</c>.</exception>
    public async Task PlanAsync(RecordType type, Record record, CancellationToken ct)
    {
        var (deletedBefore, clearedBefore) = (new Dictionary<Guid, (RecordType, Record)>(deleted), new Dictionary<Guid, (RecordType, Record, Record)>(cleared));
        try
        {
            await VisitAsync(type, record, ct);
        }
        catch (ProblemException)
        {
            (deleted, cleared) = (deletedBefore, clearedBefore);
            throw;
        }
    }

    public async Task AddToAsync(Step step, RecordHooks hooks, ChangeContext context, CancellationToken ct)
    {
        foreach (var (type, before, after) in cleared.Values.Where(change => !deleted.ContainsKey(change.Before.Id)))
            RecordChanges.Update(step, type, before, after, context with { Action = "" });
        foreach (var group in deleted.Values.GroupBy(entry => entry.Type))
            await AddPartsAsync(step, group.Key, [.. group.Select(entry => entry.Record.Id)], ct);
        foreach (var (type, record) in deleted.Values)
        {
            if (hooks.Deleting is { } deleting)
                await deleting(step, type, record, context, ct);
            RecordChanges.Delete(step, type, record, context);
        }
    }

    public static ProblemException IsReferenced(RecordType type, Guid? id, IReadOnlyList<(RecordType Type, string? Field, int Count)> by) =>
        new(409, "is_referenced",
            $"{type.Name} {id} cannot be deleted: {string.Join(", ", by.Select(group => group.Type.Name).Distinct())} refer to it.",
            extensions: new JsonObject
            {
                ["referencedBy"] = new JsonArray([.. by.Select(group => new JsonObject
                {
                    ["type"] = group.Type.Name,
                    ["field"] = group.Field,
                    ["count"] = group.Count,
                })]),
            });

    private async Task VisitAsync(RecordType type, Record record, CancellationToken ct)
    {
        if (!deleted.TryAdd(record.Id, (type, record)))
            return;
        var referring = await ReferringAsync(type, record.Id, ct);
        var restricting = referring
            .Where(group => group.Field.References!.OnDelete == "restrict")
            .Select(group => (group.Type, (string?)group.Field.Name, group.Ids.Count(id => !deleted.ContainsKey(id))))
            .Where(group => group.Item3 > 0)
            .ToList();
        if (restricting.Count > 0)
            throw IsReferenced(type, record.Id, restricting);
        foreach (var (other, field, ids) in referring)
        {
            if (deleted.Count + cleared.Count + ids.Count > maxDependants)
                throw new ProblemException(409, "too_many_dependants", $"More than {maxDependants} records depend on {type.Name} {record.Id}: delete or move them first.");
            foreach (var dependant in (await reader.GetManyAsync(tenantId, other, ids, ct)).Values)
            {
                if (field.References!.OnDelete == "cascade")
                    await VisitAsync(other, dependant, ct);
                else
                    Clear(other, field, dependant);
            }
        }
    }

    private void Clear(RecordType type, Field field, Record record)
    {
        if (!cleared.TryGetValue(record.Id, out var change))
            cleared.Add(record.Id, change = (type, record, RecordChanges.Copy(type, record)));
        field.Set(change.After, null);
    }

    /// <summary>Who refers to a record, in one round trip. A list of ids has no foreign key; its records count as restricting.</summary>
    private async Task<List<(RecordType Type, Field Field, List<Guid> Ids)>> ReferringAsync(RecordType type, Guid id, CancellationToken ct)
    {
        var references = RecordTypes.All
            .SelectMany(other => other.Fields, (other, field) => (Type: other, Field: field))
            .Where(reference => reference.Field.Stored && reference.Field.References?.Type == type.Name)
            .ToList();
        if (references.Count == 0)
            return [];
        var commands = references.ConvertAll(reference => reference.Field.Kind == FieldKind.Json
            ? new NpgsqlBatchCommand($"select id from {reference.Type.Table} where {reference.Field.Column} @> to_jsonb($1::text) limit {maxDependants + 1}")
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = id.ToString() } },
            }
            : new NpgsqlBatchCommand($"select id from {reference.Type.Table} where {reference.Field.Column} = $1 limit {maxDependants + 1}")
            {
                Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } },
            });
        return await database.ReadAsync(tenantId, commands, async (reader, ct) =>
        {
            var found = new List<(RecordType, Field, List<Guid>)>();
            foreach (var (other, field) in references)
            {
                var ids = new List<Guid>();
                while (await reader.ReadAsync(ct))
                    ids.Add(reader.GetGuid(0));
                if (ids.Count > 0)
                    found.Add((other, field, ids));
                await reader.NextResultAsync(ct);
            }
            return found;
        }, ct);
    }

    /// <summary>Comments and tags go with their records; history stays.</summary>
    private async Task AddPartsAsync(Step step, RecordType type, Guid[] ids, CancellationToken ct)
    {
        Table[] tables = [SystemTables.Comments, SystemTables.Tags];
        var commands = tables.Select(table => new NpgsqlBatchCommand($"select id from {table.Name} where record_type = $1 and record_id = any($2)")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = type.Name }, new NpgsqlParameter<Guid[]> { TypedValue = ids } },
        });
        await database.ReadAsync(tenantId, commands, async (reader, ct) =>
        {
            foreach (var table in tables)
            {
                while (await reader.ReadAsync(ct))
                    step.Delete(table, reader.GetGuid(0));
                await reader.NextResultAsync(ct);
            }
            return true;
        }, ct);
    }
}
