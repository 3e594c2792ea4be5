using System.Collections.Frozen;
using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

namespace Switchboard.Domain;

public enum FieldKind
{
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    Instant,
    Reference,
    Json,
}

/// <summary>One field of a record type, read once from the property and its marks.</summary>
public sealed class Field
{
    /// <summary>The wire name, camelCase.</summary>
    public required string Name { get; init; }

    /// <summary>The column, snake_case.</summary>
    public required string Column { get; init; }

    public required PropertyInfo Property { get; init; }

    public required FieldKind Kind { get; init; }

    public bool Required { get; init; }

    /// <summary>Whether the property can hold null, and so the column.</summary>
    public bool Nullable { get; init; }

    public int? MaxLength { get; init; }

    /// <summary>Shipped choices; null for a field that is not enumerated.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    public ReferencesAttribute? References { get; init; }

    public IndexedAttribute? Indexed { get; init; }

    public bool Personal { get; init; }

    public bool Searched { get; init; }

    public bool OwnedByLifecycle { get; init; }

    public bool ReadOnly { get; init; }

    public bool Secret { get; init; }

    /// <summary>What a client must hold to write it, besides the permission to write the record; null for nothing more.</summary>
    public string? Permission { get; init; }

    /// <summary>The SQL expression of a computed field; null for a stored one.</summary>
    public string? ComputedSql { get; init; }

    public bool Stored => ComputedSql is null;

    /// <summary>Whether a client may write it.</summary>
    public bool Writable => Stored && !OwnedByLifecycle && !ReadOnly;

    public required Func<Record, object?> Get { get; init; }

    /// <summary>Takes exactly the property's CLR type or null.</summary>
    public required Action<Record, object?> Set { get; init; }
}

/// <summary>What the pipeline knows of a record type: everything follows from this, nothing from its CLR name.</summary>
public sealed class RecordType
{
    private readonly FrozenDictionary<string, Field> byName;

    private RecordType(Type clrType, RecordTypeAttribute mark, IReadOnlyList<Field> fields)
    {
        ClrType = clrType;
        Name = mark.Name;
        Table = mark.Name.Replace('-', '_');
        Lifecycle = mark.Lifecycle;
        Writable = mark.Writable;
        Mergeable = mark.Writable && mark.Mergeable;
        Fields = fields;
        byName = fields.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
        NamedFilters = clrType.GetCustomAttributes<NamedFilterAttribute>().ToFrozenDictionary(filter => filter.Name, filter => filter.Sql);
        NaturalKey = mark.NaturalKey is null ? null : fields.Single(field => field.Property.Name == mark.NaturalKey);
        Create = Expression.Lambda<Func<Record>>(Expression.New(clrType)).Compile();
    }

    public Type ClrType { get; }

    public string Name { get; }

    public string Table { get; }

    public string? Lifecycle { get; }

    public bool Writable { get; }

    /// <summary>Whether people may merge one record into another; only of a type that they may write.</summary>
    public bool Mergeable { get; }

    /// <summary>The type's own fields in order of declaration, without those of <see cref="Record"/>.</summary>
    public IReadOnlyList<Field> Fields { get; }

    public Field? NaturalKey { get; }

    /// <summary>SQL conditions over the row alias <c>r</c> by the query parameter that asks for them.</summary>
    public IReadOnlyDictionary<string, string> NamedFilters { get; }

    public Func<Record> Create { get; }

    public Field? Find(string name) => byName.GetValueOrDefault(name);

    internal static RecordType Of(Type type)
    {
        var mark = type.GetCustomAttribute<RecordTypeAttribute>()!;
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.DeclaringType != typeof(Record) && property.CanWrite)
            .OrderBy(property => property.DeclaringType == typeof(LifecycleRecord)) // its own fields first
            .ThenBy(property => property.MetadataToken);
        return new RecordType(type, mark, [.. properties.Select(FieldOf)]);
    }

    private static Field FieldOf(PropertyInfo property)
    {
        var references = property.GetCustomAttribute<ReferencesAttribute>();
        return new Field
        {
            Name = char.ToLowerInvariant(property.Name[0]) + property.Name[1..],
            Column = property.GetCustomAttribute<ColumnAttribute>()?.Name ?? SnakeCase(property.Name),
            Property = property,
            Kind = KindOf(property, references),
            Required = property.IsDefined(typeof(RequiredAttribute)),
            Nullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable,
            MaxLength = property.GetCustomAttribute<MaxLengthAttribute>()?.Length,
            Choices = property.GetCustomAttribute<ChoicesAttribute>()?.Values,
            References = references,
            Indexed = property.GetCustomAttribute<IndexedAttribute>(),
            Personal = property.IsDefined(typeof(PersonalAttribute)),
            Searched = property.IsDefined(typeof(SearchedAttribute)),
            OwnedByLifecycle = property.IsDefined(typeof(OwnedByLifecycleAttribute)),
            ReadOnly = property.IsDefined(typeof(ReadOnlyAttribute)),
            Secret = property.IsDefined(typeof(SecretAttribute)),
            Permission = property.GetCustomAttribute<NeedsPermissionAttribute>()?.Permission,
            ComputedSql = property.GetCustomAttribute<ComputedAttribute>()?.Sql,
            Get = Getter(property),
            Set = Setter(property),
        };
    }

    private static FieldKind KindOf(PropertyInfo property, ReferencesAttribute? references)
    {
        if (property.IsDefined(typeof(JsonAttribute)))
            return FieldKind.Json;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type switch
        {
            _ when type == typeof(Guid) && references is not null => FieldKind.Reference,
            _ when type == typeof(Guid) => FieldKind.Text,
            _ when type == typeof(string) => FieldKind.Text,
            _ when type == typeof(int) || type == typeof(long) => FieldKind.Integer,
            _ when type == typeof(decimal) => FieldKind.Decimal,
            _ when type == typeof(bool) => FieldKind.Boolean,
            _ when type == typeof(DateOnly) => FieldKind.Date,
            _ when type == typeof(DateTimeOffset) => FieldKind.Instant,
            _ when typeof(JsonNode).IsAssignableFrom(type) => FieldKind.Json,
            _ => throw new InvalidOperationException(
                $"{property.DeclaringType!.Name}.{property.Name} is a {type.Name}; a field is text, a number, a boolean, a date, an instant, a reference or JSON."),
        };
    }

    private static Func<Record, object?> Getter(PropertyInfo property)
    {
        var record = Expression.Parameter(typeof(Record));
        var value = Expression.Property(Expression.Convert(record, property.DeclaringType!), property);
        return Expression.Lambda<Func<Record, object?>>(Expression.Convert(value, typeof(object)), record).Compile();
    }

    private static Action<Record, object?> Setter(PropertyInfo property)
    {
        var record = Expression.Parameter(typeof(Record));
        var value = Expression.Parameter(typeof(object));
        var target = Expression.Property(Expression.Convert(record, property.DeclaringType!), property);
        return Expression.Lambda<Action<Record, object?>>(
            Expression.Assign(target, Expression.Convert(value, property.PropertyType)), record, value).Compile();
    }

    internal static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]))
                text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}

/// <summary>Every record type of the product, found once by its mark; a new type is a new class and nothing else.</summary>
public static class RecordTypes
{
    private static readonly FrozenDictionary<string, RecordType> ByName = Discover()
        .ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, RecordType> ByClrType = ByName.Values
        .ToFrozenDictionary(type => type.ClrType);

    /// <summary>Referenced types before those that refer to them, so that rows can be inserted in this order.</summary>
    public static IReadOnlyList<RecordType> All { get; } = InsertionOrder();

    public static RecordType? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The status values of records whose lifecycle is this workflow, as they ship; none of a workflow that is no type's lifecycle.</summary>
    public static IReadOnlyList<string> StatesOf(string lifecycle) => All.FirstOrDefault(type => type.Lifecycle == lifecycle)?.Find("status")?.Choices ?? [];

    public static RecordType Of<T>()
        where T : Record => ByClrType[typeof(T)];

    public static RecordType Of(Record record) => ByClrType[record.GetType()];

    private static IEnumerable<RecordType> Discover() =>
        typeof(RecordTypes).Assembly.GetTypes()
            .Where(type => type.IsDefined(typeof(RecordTypeAttribute), inherit: false))
            .Select(RecordType.Of);

    private static List<RecordType> InsertionOrder()
    {
        var ordered = new List<RecordType>();
        var seen = new HashSet<string>();
        foreach (var type in ByName.Values.OrderBy(type => type.Name, StringComparer.Ordinal))
            Visit(type);
        return ordered;

        void Visit(RecordType type)
        {
            if (!seen.Add(type.Name))
                return;
            foreach (var target in type.Fields.Where(f => f is { Stored: true, Kind: FieldKind.Reference }).Select(f => f.References!.Type))
            {
                Visit(ByName.GetValueOrDefault(target)
                    ?? throw new InvalidOperationException($"{type.Name} refers to {target}, which is no record type."));
            }
            ordered.Add(type);
        }
    }
}
