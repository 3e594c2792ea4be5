using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Domain;

namespace Switchboard.Runtime.Merging;

/// <summary>Records of the source and of the target that could not both refer to the target: a member of the same team twice.</summary>
internal static class MergeCollisions
{
    private const int MostListed = 100;

    /// <exception cref="ProblemException">422 <c>merge_collisions</c> that names each pair.</exception>
    public static async Task ThrowIfAnyAsync(
        NpgsqlConnection connection, ReferenceKeys keys, Guid tenantId, RecordType type, Guid target, Guid source, CancellationToken ct)
    {
        var checks =
            from reference in Reference.To(type).SelectMany(references => references)
            where reference is { TypeField: null, Field.Kind: FieldKind.Reference }
            from key in keys.Unique
            where key.Table == reference.From.Table && key.Columns.Contains(reference.Field.Column)
            select (reference, key);
        var collisions = new JsonArray();
        foreach (var (reference, key) in checks)
            await AddAsync(collisions, connection, tenantId, reference, key, target, source, ct);
        if (collisions.Count > 0)
            throw Problem(type, collisions);
    }

    public static ProblemException Problem(RecordType type, JsonArray collisions) => new(
        422, "merge_collisions",
        $"Records of both {type.Name} would be the same after the merge: delete or change one of each pair first.",
        extensions: new JsonObject { ["collisions"] = collisions });

    private static async Task AddAsync(
        JsonArray collisions, NpgsqlConnection connection, Guid tenantId, Reference reference, ReferenceKeys.UniqueKey key, Guid target, Guid source, CancellationToken ct)
    {
        var others = key.Columns.Where(column => column != reference.Field.Column).ToList();
        var same = string.Concat(others.Select(column => $" and t.{column} = s.{column}"));
        await using var command = new NpgsqlCommand($"""
            select s.id, t.id
            from {key.Table} s join {key.Table} t on t.tenant_id = s.tenant_id and t.{reference.Field.Column} = $3{same}
            where s.tenant_id = $1 and s.{reference.Field.Column} = $2
            order by s.id
            limit {MostListed}
            """, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = tenantId },
                new NpgsqlParameter<Guid> { TypedValue = source },
                new NpgsqlParameter<Guid> { TypedValue = target },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            collisions.Add((JsonNode)new JsonObject
            {
                ["type"] = reference.From.Name,
                ["ofSource"] = reader.GetGuid(0).ToString(),
                ["ofTarget"] = reader.GetGuid(1).ToString(),
                ["fields"] = new JsonArray([.. key.Columns.Select(column => (JsonNode)NameOf(reference.From, column))]),
            });
        }
    }

    private static string NameOf(RecordType type, string column) => type.Fields.FirstOrDefault(field => field.Column == column)?.Name ?? column;
}
