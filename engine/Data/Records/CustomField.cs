using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>What a tenant's own field can hold; the wire name is the lower-case name.</summary>
public enum CustomFieldKind
{
    Text,
    Number,
    Email,
    Url,

    /// <summary>Stored as <c>yyyy-MM-dd</c>, which sorts as text as it does as a date.</summary>
    Date,

    /// <summary>One of <see cref="CustomField.Options"/>.</summary>
    Select,

    /// <summary>Any of <see cref="CustomField.Options"/>, each once.</summary>
    Multiselect,
    Boolean,
}

/// <summary>A field that a tenant has added to a record type; its values live in <see cref="Record.Custom"/>.</summary>
public sealed partial record CustomField
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Label { get; init; }

    public required CustomFieldKind Kind { get; init; }

    /// <summary>The values of a select or multiselect; empty for other kinds.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    public bool Required { get; init; }

    /// <summary>Whether the tenant's records have an index by it, so that lists filter and sort by it at any size.</summary>
    public bool Indexed { get; init; }

    public int SortOrder { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public long Version { get; init; } = 1;

    /// <summary>An entry of a btree may have 2,704 bytes; a UTF-16 code unit becomes at most three.</summary>
    public int MaxLength => Indexed ? 500 : 4000;

    /// <summary>Only such names ever become part of a statement, so that they need no quoting anywhere.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    [GeneratedRegex("^[a-z][a-zA-Z0-9_]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}

/// <summary>What one tenant has added to one record type: fields, and choices of shipped fields. Immutable.</summary>
public sealed class CustomFields
{
    private readonly FrozenDictionary<string, CustomField> byName;
    private readonly FrozenDictionary<string, string[]> choices;

    public CustomFields(IEnumerable<CustomField> fields, IEnumerable<(string Field, string Value)> choices)
    {
        All = [.. fields.OrderBy(field => field.SortOrder).ThenBy(field => field.Name, StringComparer.Ordinal)];
        byName = All.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
        this.choices = choices.GroupBy(choice => choice.Field, choice => choice.Value)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    public static CustomFields None { get; } = new([], []);

    public IReadOnlyList<CustomField> All { get; }

    public CustomField? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The shipped choices and the tenant's own; null for a field that takes any value.</summary>
    public IReadOnlyList<string>? ChoicesOf(Field field) =>
        field.Choices is null ? null : choices.TryGetValue(field.Name, out var own) ? [.. field.Choices, .. own] : field.Choices;

    public bool IsChoice(Field field, string value) =>
        field.Choices is null || field.Choices.Contains(value) || (choices.TryGetValue(field.Name, out var own) && own.Contains(value));
}
