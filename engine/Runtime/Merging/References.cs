using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Domain;

namespace Switchboard.Runtime.Merging;

/// <summary>
/// One way in which records of a type say which record they mean: a reference, a list of ids, or a pair of fields that
/// names any record by its type and id (the subject of a task, the owner of a file).
/// </summary>
/// <param name="TypeField">The field with the name of the type, of such a pair.</param>
internal sealed record Reference(RecordType From, Field Field, Field? TypeField)
{
    private static readonly IReadOnlyList<Reference> All = [.. RecordTypes.All.SelectMany(Of)];

    /// <summary>Everything that can mean a record of this type, by the type that does.</summary>
    public static IEnumerable<IGrouping<RecordType, Reference>> To(RecordType type) =>
        All.Where(reference => reference.TypeField is not null || reference.Field.References!.Type == type.Name).GroupBy(reference => reference.From);

    /// <summary>The records that mean a record, read once a type. The statement's parameters: tenant, record, its type, the pair that is merged.</summary>
    public static NpgsqlBatchCommand Select(RecordType from, IEnumerable<Reference> references, Guid tenantId, RecordType type, Guid id, Guid[] merged, int limit)
    {
        var conditions = string.Join(" or ", references.Select(reference => reference.Condition));
        return new NpgsqlBatchCommand($"""
            select {RecordTables.SelectList(from)} from {from.Table} r
            where r.tenant_id = $1 and ({conditions}) and r.id <> all($4)
            limit {limit}
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = tenantId },
                new NpgsqlParameter<Guid> { TypedValue = id },
                new NpgsqlParameter<string> { TypedValue = type.Name },
                new NpgsqlParameter<Guid[]> { TypedValue = merged },
            },
        };
    }

    /// <summary>Makes a record that meant one mean another; one that did not stays as it is.</summary>
    public void Move(Record record, RecordType type, Guid from, Guid to)
    {
        switch (Field.Get(record))
        {
            case Guid id when id == from && (TypeField is null || (string?)TypeField.Get(record) == type.Name):
                Field.Set(record, to);
                break;
            case JsonArray list when list.Any(item => IsId(item, from)):
                var moved = list.Select(item => IsId(item, from) ? to.ToString() : (string?)item).Distinct();
                Field.Set(record, new JsonArray([.. moved.Select(item => JsonValue.Create(item))]));
                break;
        }
    }

    private string Condition => Field.Kind == FieldKind.Json ? $"r.{Field.Column} @> to_jsonb($2::text)"
        : TypeField is null ? $"r.{Field.Column} = $2"
        : $"(r.{TypeField.Column} = $3 and r.{Field.Column} = $2)";

    private static IEnumerable<Reference> Of(RecordType type) =>
        from field in type.Fields
        where field.Stored
        let pair = PairOf(type, field)
        where field.References is not null || pair is not null
        select new Reference(type, field, pair);

    /// <summary><c>subjectId</c> beside <c>subjectType</c>.</summary>
    private static Field? PairOf(RecordType type, Field field) =>
        field.References is null && field.Kind == FieldKind.Text && field.Property.PropertyType != typeof(string) && field.Name.EndsWith("Id", StringComparison.Ordinal)
            ? type.Find(field.Name[..^2] + "Type")
            : null;

    private static bool IsId(JsonNode? item, Guid id) => item is JsonValue value && value.TryGetValue<string>(out var text) && Guid.TryParse(text, out var other) && other == id;
}

/// <summary>What the database itself says of references: which must be unique, and which come from tables that hold no records.</summary>
internal sealed class ReferenceKeys
{
    /// <param name="Columns">Without the tenant.</param>
    public sealed record UniqueKey(string Table, string Name, IReadOnlyList<string> Columns);

    public sealed record ForeignKey(string Table, string Column, string Target);

    private static readonly HashSet<string> RecordTableNames = [.. RecordTypes.All.Select(type => type.Table)];

    public required IReadOnlyList<UniqueKey> Unique { get; init; }

    /// <summary>From tables that hold no records and that lose their rows with the one that they refer to: the password and the sessions of a user.</summary>
    public required IReadOnlyList<ForeignKey> Others { get; init; }

    public static async Task<ReferenceKeys> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("""
                    select c.relname, x.relname, array_agg(a.attname::text order by k.position)
                    from pg_index i
                    join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
                    join pg_class x on x.oid = i.indexrelid
                    cross join unnest(i.indkey::int2[]) with ordinality k (number, position)
                    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number and a.attname <> 'tenant_id'
                    where i.indisunique and not i.indisprimary and i.indpred is null and i.indexprs is null
                    group by c.relname, x.relname
                    """),
                new NpgsqlBatchCommand("""
                    select f.conrelid::regclass::text, a.attname::text, f.confrelid::regclass::text
                    from pg_constraint f
                    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[cardinality(f.conkey)]
                    where f.contype = 'f' and f.connamespace = 'public'::regnamespace and f.confdeltype = 'c'
                    """),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var unique = new List<UniqueKey>();
        while (await reader.ReadAsync(ct))
            unique.Add(new UniqueKey(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<string[]>(2)));
        await reader.NextResultAsync(ct);
        var others = new List<ForeignKey>();
        while (await reader.ReadAsync(ct))
            others.Add(new ForeignKey(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return new ReferenceKeys { Unique = unique, Others = [.. others.Where(key => !RecordTableNames.Contains(key.Table))] };
    }
}
