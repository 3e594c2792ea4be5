using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// One deletion and all that it draws after it. The foreign keys would do the same, but without history and without a
/// word to whom they refuse.
/// </summary>
internal sealed class RecordDeletion(Database database, RecordReader reader, RecordHooks hooks, ChangeContext context, int maxDependants)
{
    private readonly HashSet<Guid> seen = [];

    public async Task AddAsync(Step step, RecordType type, Record before, CancellationToken ct)
    {
        if (!seen.Add(before.Id))
            return;
        var referring = await ReferringAsync(step.TenantId, type, before.Id, ct);
        var restricting = referring.Where(group => group.Field.References!.OnDelete == "restrict").ToList();
        if (restricting.Count > 0)
            throw IsReferenced(type, before.Id, restricting.ConvertAll(group => (group.Type, (string?)group.Field.Name, group.Ids.Count)));

        var cleared = new Dictionary<Guid, (RecordType Type, Record Before, Record After)>();
        foreach (var (other, field, ids) in referring)
        {
            if (seen.Count + cleared.Count + ids.Count > maxDependants)
                throw new ProblemException(409, "too_many_dependants", $"More than {maxDependants} records depend on {type.Name} {before.Id}: delete or move them first.");
            foreach (var record in (await reader.GetManyAsync(step.TenantId, other, ids, ct)).Values)
            {
                if (field.References!.OnDelete == "cascade")
                {
                    await AddAsync(step, other, record, ct);
                    continue;
                }
                if (!cleared.TryGetValue(record.Id, out var change))
                    cleared.Add(record.Id, change = (other, record, RecordChanges.Copy(other, record)));
                field.Set(change.After, null);
            }
        }
        foreach (var (other, old, now) in cleared.Values.Where(change => !seen.Contains(change.Before.Id)))
            RecordChanges.Update(step, other, old, now, context with { Action = "" });
        await AddOwnPartsAsync(step, type, before.Id, ct);
        if (hooks.Deleting is { } deleting)
            await deleting(step, type, before, context, ct);
        RecordChanges.Delete(step, type, before, context);
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

    /// <summary>Who refers to a record, in one round trip.</summary>
    private async Task<List<(RecordType Type, Field Field, List<Guid> Ids)>> ReferringAsync(Guid tenantId, RecordType type, Guid id, CancellationToken ct)
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

    private async Task AddOwnPartsAsync(Step step, RecordType type, Guid id, CancellationToken ct)
    {
        Table[] tables = [SystemTables.Comments, SystemTables.Tags];
        var commands = tables.Select(table => new NpgsqlBatchCommand($"select id from {table.Name} where record_type = $1 and record_id = $2")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = type.Name }, new NpgsqlParameter<Guid> { TypedValue = id } },
        });
        await database.ReadAsync(step.TenantId, commands, async (reader, ct) =>
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
