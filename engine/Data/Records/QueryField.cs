using System.Globalization;
using System.Text.Json.Nodes;
using NpgsqlTypes;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>How a filter compares; the wire name is the lower-case name, absent for <see cref="Eq"/>.</summary>
public enum FilterOperator
{
    Eq,

    /// <summary>The complement of <see cref="Eq"/>: records without a value are among them.</summary>
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
    In,

    /// <summary>The complement of <see cref="In"/>.</summary>
    Nin,

    /// <summary>A text that has the value in it, whatever the case; a multiselect that has it chosen.</summary>
    Contains,

    /// <summary>A text that begins with the value exactly.</summary>
    StartsWith,

    /// <summary><c>true</c>: without a value; <c>false</c>: with one.</summary>
    Null,
}

/// <summary>One thing that lists filter and sort by: a stored field, one of <see cref="Record"/> itself, or a tenant's own.</summary>
public sealed class QueryField
{
    private static readonly FilterOperator[] Equality = [FilterOperator.Eq, FilterOperator.Ne, FilterOperator.In, FilterOperator.Nin, FilterOperator.Null];
    private static readonly FilterOperator[] Ordered = [.. Equality, FilterOperator.Lt, FilterOperator.Lte, FilterOperator.Gt, FilterOperator.Gte];
    private static readonly FilterOperator[] Textual = [.. Ordered, FilterOperator.Contains, FilterOperator.StartsWith];
    private static readonly FilterOperator[] Chosen = [.. Equality, FilterOperator.Contains];

    /// <summary>Those that every record has.</summary>
    internal static readonly QueryField[] Own =
    [
        new()
        {
            Name = "id", Sql = "r.id", Kind = FieldKind.Reference, ClrType = typeof(Guid), Type = NpgsqlDbType.Uuid,
            Indexed = true, SortIndexed = true, IsCountKnown = true, Operators = Equality, Get = record => record.Id,
        },
        new()
        {
            Name = "version", Sql = "r.version", Kind = FieldKind.Integer, ClrType = typeof(long), Type = NpgsqlDbType.Bigint,
            Operators = Ordered, Get = record => record.Version,
        },
        new()
        {
            Name = "createdAt", Sql = "r.created_at", Kind = FieldKind.Instant, ClrType = typeof(DateTimeOffset), Type = NpgsqlDbType.TimestampTz,
            Indexed = true, SortIndexed = true, Operators = Ordered, Get = record => record.CreatedAt,
        },
        new()
        {
            Name = "updatedAt", Sql = "r.updated_at", Kind = FieldKind.Instant, ClrType = typeof(DateTimeOffset), Type = NpgsqlDbType.TimestampTz,
            Operators = Ordered, Get = record => record.UpdatedAt,
        },
    ];

    private QueryField()
    {
    }

    /// <summary>As in a query: <c>number</c>, <c>createdAt</c>, <c>custom.colour</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The expression over the row alias <c>r</c>, from catalogue names only.</summary>
    public required string Sql { get; init; }

    public required FieldKind Kind { get; init; }

    public required Type ClrType { get; init; }

    public required NpgsqlDbType Type { get; init; }

    public bool Nullable { get; init; }

    /// <summary>Whether an index finds records by it, so that such lists stay fast at any size.</summary>
    public bool Indexed { get; init; }

    /// <summary>Whether an index holds records in its order, followed by their ids; that of a reference is not made for that.</summary>
    public bool SortIndexed { get; init; }

    /// <summary>The fields that follow it in its index, before the id.</summary>
    public IReadOnlyList<string> Behind { get; private init; } = [];

    /// <summary>
    /// Whether PostgreSQL knows how many records have each of its values: of a key one, and of a boolean or one of some choices
    /// as many as the table's statistics have counted.
    /// </summary>
    public bool IsCountKnown { get; private init; }

    /// <summary>A list of texts, for which equality means having the value chosen.</summary>
    public bool IsMultiple { get; init; }

    /// <summary>Whether an index finds what is somewhere within its text.</summary>
    public bool Searched { get; init; }

    public bool Sortable => !IsMultiple;

    /// <summary>
    /// The type whose records this is the natural key of, found by a reference of the row; null for a field of the row itself.
    /// <see cref="Get"/> is then the id, and <see cref="Sql"/> needs <see cref="Join"/>.
    /// </summary>
    public RecordType? NameOf { get; private init; }

    /// <summary>What brings the value to the rows <c>r</c>; null for a field of the row itself.</summary>
    public string? Join { get; private init; }

    /// <summary>The expression that has no value where this has none, and that an index finds.</summary>
    public string Presence { get => field ?? Sql; private init; }

    /// <summary>
    /// Whether PostgreSQL may use an index for a condition on it below a row-level security policy: only if it trusts the
    /// operators not to leak values of hidden rows. Those of <c>numeric</c> and <c>jsonb</c> are not marked so.
    /// </summary>
    public bool Leakproof => Kind != FieldKind.Decimal && !IsCustom;

    public bool IsCustom { get; private init; }

    public required IReadOnlyList<FilterOperator> Operators { get; init; }

    public required Func<Record, object?> Get { get; init; }

    /// <summary>Null if there is none of that name that can be filtered by.</summary>
    public static QueryField? Find(RecordType type, CustomFields custom, string name)
    {
        if (type.Find(name) is { } field)
            return field is { Stored: true, Secret: false, Kind: not FieldKind.Json } ? Of(type, field) : null;
        if (name.StartsWith("custom.", StringComparison.Ordinal))
            return custom.Find(name["custom.".Length..]) is { } own ? Of(own) : null;
        return Array.Find(Own, candidate => candidate.Name == name);
    }

    /// <summary>
    /// What lists are sorted by besides: <c>migrationId.name</c>, the natural key of the record that a field refers to, whose
    /// unique index holds those records in order. Null if there is none of that name.
    /// </summary>
    public static QueryField? FindName(RecordType type, string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot >= 0 && FindNameBehind(type, name[..dot]) is { } found && found.Name == name ? found : null;
    }

    /// <summary>The same by the reference alone, <c>migrationId</c>; null for a field that refers to nothing with a natural key.</summary>
    public static QueryField? FindNameBehind(RecordType type, string reference)
    {
        if (type.Find(reference) is not { Stored: true, Kind: FieldKind.Reference, References: { } references } field
            || RecordTypes.Find(references.Type) is not { NaturalKey: { } key } target)
        {
            return null;
        }
        var alias = $"n_{field.Column}";
        return new QueryField
        {
            Name = $"{field.Name}.{key.Name}",
            Sql = $"{alias}.{key.Column}",
            Kind = FieldKind.Text,
            ClrType = typeof(string),
            Type = NpgsqlDbType.Text,
            Nullable = field.Nullable,
            Operators = [],
            Get = field.Get,
            NameOf = target,
            Join = $" left join {target.Table} {alias} on {alias}.tenant_id = r.tenant_id and {alias}.id = r.{field.Column}",
            Presence = $"r.{field.Column}",
        };
    }

    public static IEnumerable<QueryField> All(RecordType type, CustomFields custom) =>
        Own.Concat(type.Fields.Where(field => field is { Stored: true, Secret: false, Kind: not FieldKind.Json }).Select(field => Of(type, field)))
            .Concat(custom.All.Select(Of));

    /// <summary>The day on which this instant lies in a time zone.</summary>
    public QueryField DayIn(string zone) => new()
    {
        Name = Name,
        Sql = $"(({Sql} at time zone '{zone.Replace("'", "''", StringComparison.Ordinal)}')::date)",
        Kind = FieldKind.Date,
        ClrType = typeof(DateOnly),
        Type = NpgsqlDbType.Date,
        Nullable = Nullable,
        Operators = Ordered,
        Get = Get,
    };

    /// <summary>A list of texts that is computed: an SQL expression for a jsonb list over the row alias <c>r</c>, of constants alone.</summary>
    public static QueryField TextsOf(string name, string sql) => new()
    {
        Name = name,
        Sql = sql,
        Kind = FieldKind.Text,
        ClrType = typeof(string),
        Type = NpgsqlDbType.Text,
        IsMultiple = true,
        Operators = Chosen,
        Get = _ => null,
    };

    public bool TryParse(string text, out object value)
    {
        var parsed = FieldText.TryParse(Kind, ClrType, text, out var result) && (result is not string storable || RecordJson.IsStorable(storable));
        value = result!;
        return parsed;
    }

    private static QueryField Of(RecordType type, Field field)
    {
        var clrType = System.Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType;
        return new QueryField
        {
            Name = field.Name,
            Sql = $"r.{field.Column}",
            Kind = field.Kind,
            ClrType = clrType,
            Type = TypeOf(clrType),
            Nullable = field.Nullable,
            Searched = field.Searched,
            Behind = [.. field.Indexed?.With.Select(name => type.Fields.Single(other => other.Property.Name == name).Name) ?? []],
            IsCountKnown = field.Kind == FieldKind.Boolean || field.Choices is not null || field == type.NaturalKey,
            Indexed = field.Indexed is not null || field.Kind == FieldKind.Reference || field == type.NaturalKey,
            SortIndexed = field.Indexed is { With.Count: 0 } && field.Kind != FieldKind.Reference || field == type.NaturalKey,
            Operators = field.Kind switch
            {
                FieldKind.Text when clrType == typeof(string) => Textual,
                FieldKind.Text or FieldKind.Reference or FieldKind.Boolean => Equality,
                _ => Ordered,
            },
            Get = field.Get,
        };
    }

    private static QueryField Of(CustomField field)
    {
        var (sql, kind, clrType, type, operators) = field.Kind switch
        {
            CustomFieldKind.Number => ($"((r.custom->>'{field.Name}')::numeric)", FieldKind.Decimal, typeof(decimal), NpgsqlDbType.Numeric, Ordered),
            CustomFieldKind.Boolean => ($"((r.custom->>'{field.Name}')::boolean)", FieldKind.Boolean, typeof(bool), NpgsqlDbType.Boolean, Equality),
            CustomFieldKind.Date => ($"(r.custom->>'{field.Name}')", FieldKind.Text, typeof(string), NpgsqlDbType.Text, Ordered),
            CustomFieldKind.Multiselect => ($"(r.custom->'{field.Name}')", FieldKind.Text, typeof(string), NpgsqlDbType.Text, Chosen),
            _ => ($"(r.custom->>'{field.Name}')", FieldKind.Text, typeof(string), NpgsqlDbType.Text, Textual),
        };
        return new QueryField
        {
            Name = $"custom.{field.Name}",
            Sql = sql,
            Kind = kind,
            ClrType = clrType,
            Type = type,
            Nullable = true,
            Indexed = field.Indexed,
            SortIndexed = field.Indexed && field.Kind != CustomFieldKind.Multiselect,
            IsMultiple = field.Kind == CustomFieldKind.Multiselect,
            IsCountKnown = field.Kind is CustomFieldKind.Boolean or CustomFieldKind.Select,
            IsCustom = true,
            Operators = operators,
            Get = record => ValueOf(record.Custom?[field.Name], clrType),
        };
    }

    private static object? ValueOf(JsonNode? node, Type clrType) => node switch
    {
        null => null,
        JsonArray => null,
        _ when clrType == typeof(decimal) => decimal.Parse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture),
        _ when clrType == typeof(bool) => node.GetValue<bool>(),
        _ => node.GetValue<string>(),
    };

    private static NpgsqlDbType TypeOf(Type type) => type switch
    {
        _ when type == typeof(string) => NpgsqlDbType.Text,
        _ when type == typeof(Guid) => NpgsqlDbType.Uuid,
        _ when type == typeof(int) => NpgsqlDbType.Integer,
        _ when type == typeof(long) => NpgsqlDbType.Bigint,
        _ when type == typeof(decimal) => NpgsqlDbType.Numeric,
        _ when type == typeof(bool) => NpgsqlDbType.Boolean,
        _ when type == typeof(DateOnly) => NpgsqlDbType.Date,
        _ when type == typeof(DateTimeOffset) => NpgsqlDbType.TimestampTz,
        _ => throw new ArgumentException($"A field of type {type.Name} cannot be compared.", nameof(type)),
    };
}
