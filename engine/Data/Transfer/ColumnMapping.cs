using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Data.Transfer;

/// <summary>Where the cells of one column go: exactly one of the three is set.</summary>
/// <param name="At">The column's position in the file.</param>
/// <param name="Header">Its name in the file.</param>
public sealed record ImportColumn(int At, string Header, Field? Field, CustomField? Custom, bool IsId)
{
    /// <summary>What is done with its cells first; null for nothing.</summary>
    public CellTransform? Transform { get; init; }

    /// <summary>The wire name; <c>custom.name</c> for a tenant's own field.</summary>
    public string Name => IsId ? "id" : Field?.Name ?? "custom." + Custom!.Name;
}

/// <summary>Which columns of a file go to which fields of a record type.</summary>
public sealed class ColumnMapping
{
    /// <summary>The columns that a file of refused rows has beside those of the file they came from; an import passes over them.</summary>
    public static IReadOnlyList<string> Reasons { get; } = ["import_line", "import_code", "import_field", "import_reason"];

    private ColumnMapping(IReadOnlyList<ImportColumn> columns, IReadOnlyList<string> ignored)
    {
        Columns = columns;
        Ignored = ignored;
    }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<ImportColumn> Columns { get; }

    /// <summary>Headers of columns whose cells are not read: left out by the mapping, or set by the service itself.</summary>
    public IReadOnlyList<string> Ignored { get; }

    /// <summary>
    /// By the mapping when there is one: columns that it does not name, or maps to null, are left out. Without one by
    /// name, where case, spaces, hyphens and underscores do not count and a column that fits no field is refused.
    /// </summary>
    /// <param name="mapping">Column → field name, or → an object of the field and a <see cref="CellTransform"/>.</param>
    /// <exception cref="ProblemException">422 with one error for each column that has no place.</exception>
    public static ColumnMapping Of(RecordType type, CustomFields custom, IReadOnlyList<string> header, JsonObject? mapping)
    {
        var columns = new List<ImportColumn>();
        var ignored = new List<string>();
        var errors = new List<FieldError>();
        var byColumn = mapping is null ? null : Given(header, mapping, errors);
        for (var at = 0; at < header.Count; at++)
        {
            if (byColumn is null ? Reasons.Contains(header[at]) : !byColumn.ContainsKey(at))
                ignored.Add(header[at]);
            else if (Target(type, custom, at, header[at], byColumn?[at].Field, ignored, errors) is { } column)
                columns.Add(column with { Transform = byColumn?[at].Transform });
        }
        errors.AddRange(columns.GroupBy(column => column.Name).Where(group => group.Count() > 1).Select(group => new FieldError(
            group.Key, "two_columns_for_one_field",
            $"The columns {string.Join(" and ", group.Select(column => $"'{column.Header}' ({column.At + 1})"))} all go to {group.Key}; map only one.")));
        if (columns.Count == 0 && errors.Count == 0)
            errors.Add(new FieldError("", "no_columns", $"No column goes to a field of {type.Name}."));
        return errors.Count == 0 ? new ColumnMapping(columns, ignored) : throw Refused(errors);
    }

    /// <summary>The field that each column goes to by its name; null where none fits, or where a column before it has that field.</summary>
    public static IReadOnlyList<string?> Suggest(RecordType type, CustomFields custom, IReadOnlyList<string> header)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. header.Select((name, at) =>
                !Reasons.Contains(name) && Target(type, custom, at, name, null, [], []) is { } column && taken.Add(column.Name) ? column.Name : null),
        ];
    }

    /// <summary>The columns of a file to begin with: what people fill in. Lists and objects are left to those who have them as JSON.</summary>
    public static IReadOnlyList<string> SampleOf(RecordType type, CustomFields custom) =>
    [
        .. type.Fields.Where(field => field is { Writable: true, Secret: false } && (field.Kind != FieldKind.Json || field.References is not null)).Select(field => field.Name),
        .. custom.All.Select(field => "custom." + field.Name),
    ];

    private static Dictionary<int, (string? Field, CellTransform? Transform)> Given(IReadOnlyList<string> header, JsonObject mapping, List<FieldError> errors)
    {
        var targets = new Dictionary<int, (string? Field, CellTransform? Transform)>();
        foreach (var (name, target) in mapping)
        {
            var places = Enumerable.Range(0, header.Count).Where(at => header[at] == name.Trim()).ToList();
            if (places.Count == 0)
                places = [.. Enumerable.Range(0, header.Count).Where(at => Plain(header[at]) == Plain(name))];
            if (places.Count == 0)
                errors.Add(new FieldError(name, "unknown_column", $"The mapping names the column '{name}', which the file does not have."));
            else if (places.Count > 1)
                errors.Add(new FieldError(name, "duplicate_column", $"The file has the column '{name}' {places.Count} times."));
            else if (target is JsonValue value && value.TryGetValue<string>(out var text))
                targets[places[0]] = (text, null);
            else if (target is JsonObject described && described["field"] is JsonValue field && field.TryGetValue(out text))
                Long(name, places[0], text, described);
            else if (target is not null)
                errors.Add(new FieldError(name, "invalid_mapping", $"The mapping of '{name}' must be the name of a field, an object with field, or null."));
        }
        return targets;

        void Long(string name, int at, string field, JsonObject target)
        {
            if (CellTransform.Read(target, out var transform) is { } wrong)
                errors.Add(new FieldError(name, "invalid_mapping", $"The mapping of '{name}': {wrong}"));
            targets[at] = (field, transform);
        }
    }

    private static ImportColumn? Target(
        RecordType type, CustomFields custom, int at, string header, string? target, List<string> ignored, List<FieldError> errors)
    {
        var wanted = target ?? header;
        var plain = Plain(wanted);
        if (target is { Length: 0 })
        {
            ignored.Add(header);
            return null;
        }
        if (type.Fields.FirstOrDefault(field => Plain(field.Name) == plain) is { Secret: false } field)
        {
            if (field.Writable)
                return new ImportColumn(at, header, field, null, false);
            if (target is null)
                ignored.Add(header);
            else
                errors.Add(new FieldError(header, "read_only_field", $"{field.Name} is set by the service and cannot be imported."));
            return null;
        }
        if (custom.All.FirstOrDefault(field => Plain("custom." + field.Name) == plain) is { } own)
            return new ImportColumn(at, header, null, own, false);
        if (plain == "id")
            return new ImportColumn(at, header, null, null, true);
        if (plain is "version" or "createdat" or "updatedat" && target is null)
        {
            ignored.Add(header);
            return null;
        }
        if (custom.All.Where(field => Plain(field.Name) == plain || Plain(field.Label) == plain).ToList() is [var labelled])
            return new ImportColumn(at, header, null, labelled, false);
        // "Site" for siteId is what a person writes over a column of names.
        if (type.Fields.FirstOrDefault(field => field.References is not null && field.Writable && Plain(field.Name) is var name
            && (name == plain + "id" || name == plain + "ids")) is { } reference)
            return new ImportColumn(at, header, reference, null, false);
        errors.Add(target is null
            ? new FieldError(header, "unknown_column",
                header.Length == 0 ? $"Column {at + 1} has no name." : $"The column '{header}' fits no field of {type.Name}. Rename it, or send a mapping that leaves it out.")
            : new FieldError(header, "unknown_field", $"'{header}' is mapped to {target}, which is no field of {type.Name}."));
        return null;
    }

    private static string Plain(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (!char.IsWhiteSpace(c) && c is not ('_' or '-'))
                plain.Append(char.ToLowerInvariant(c));
        }
        return plain.ToString();
    }

    private static ProblemException Refused(List<FieldError> errors) => new(
        422,
        errors.Select(error => error.Code).Distinct().Count() == 1 ? errors[0].Code : "invalid_columns",
        errors.Count == 1 ? errors[0].Detail : $"{errors.Count} columns cannot be taken as they are.",
        errors);
}
