namespace Switchboard.Domain;

/// <summary>Marks a class as a record type.</summary>
/// <param name="name">The plural kebab-case wire name, as in the path <c>/api/{name}</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RecordTypeAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    /// <summary>The key of the workflow artefact that owns the status, for a <see cref="LifecycleRecord"/>.</summary>
    public string? Lifecycle { get; set; }

    /// <summary>The property whose value is unique within a tenant and by which an import refers to the record.</summary>
    public string? NaturalKey { get; set; }

    /// <summary>False for types that only the engine writes (tasks, import-batches): POST, PATCH, DELETE and import are refused.</summary>
    public bool Writable { get; set; } = true;

    /// <summary>False for a writable type whose records must not be merged, because others mean them by more than a reference (roles).</summary>
    public bool Mergeable { get; set; } = true;
}

/// <summary>The wire name of the type that a <c>…Id</c> property, or a list of ids, refers to.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ReferencesAttribute(string type) : Attribute
{
    public string Type { get; } = type;

    /// <summary>What deleting the target does: <c>restrict</c> (default), <c>set_null</c> or <c>cascade</c>.</summary>
    public string OnDelete { get; set; } = "restrict";
}

/// <summary>The shipped values of an enumerated field; a tenant may add its own without a release.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ChoicesAttribute(params string[] values) : Attribute
{
    public IReadOnlyList<string> Values { get; } = values;
}

/// <summary>The longest text, in UTF-16 code units.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MaxLengthAttribute(int length) : Attribute
{
    public int Length { get; } = length;
}

/// <summary>A field that must have a value (for text: not only white space).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;

/// <summary>Identifies or concerns a natural person: masked in logs, erased on request.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PersonalAttribute : Attribute;

/// <summary>Found by the <c>q=</c> parameter of lists.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SearchedAttribute : Attribute;

/// <summary>Has an index, so that lists filter and sort by it. The properties named in <see cref="With"/> follow in the index.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IndexedAttribute(params string[] with) : Attribute
{
    public IReadOnlyList<string> With { get; } = with;

    /// <summary>
    /// The index holds only records that have a value: for a field that most records, or a record most of its life, go
    /// without. A change of the record then costs nothing for it; the records without a value are found by their order.
    /// </summary>
    public bool Sparse { get; set; }

    /// <summary>Properties that are counted by the field: the index holds them too, outside its order, so that a count reads nothing else.</summary>
    public string[] Counts { get; set; } = [];
}

/// <summary>Written by the record's lifecycle only; a client's attempt is refused with <c>status_is_owned_by_lifecycle</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OwnedByLifecycleAttribute : Attribute;

/// <summary>The column of a field whose own name SQL reserves.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ColumnAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Not stored: computed from other records when it is read, always true.</summary>
/// <param name="sql">An SQL scalar expression over the row alias <c>r</c>, run under the reader's row-level security.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ComputedAttribute(string sql) : Attribute
{
    public string Sql { get; } = sql;
}

/// <summary>Stored as jsonb; the property is a <c>JsonNode</c>. Fields with this mark are neither filtered nor sorted.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JsonAttribute : Attribute;

/// <summary>Set by the engine, readable by everyone, refused in a client's body.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>Never leaves the service: not in answers, exports, history, logs.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;

/// <summary>
/// A condition with a name: <c>?{name}=true</c> lists the records that meet it, <c>?{name}=false</c> the others. For what
/// people ask of several fields at once and would otherwise have to know by heart.
/// </summary>
/// <param name="name">The query parameter, camelCase.</param>
/// <param name="sql">An SQL condition over the row alias <c>r</c>; never null, so that its negation is the rest.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class NamedFilterAttribute(string name, string sql) : Attribute
{
    public string Name { get; } = name;

    public string Sql { get; } = sql;
}

/// <summary>
/// A field by which one gives power to oneself or others: writing it needs this permission besides the one to write the
/// record.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeedsPermissionAttribute(string permission) : Attribute
{
    public string Permission { get; } = permission;
}
