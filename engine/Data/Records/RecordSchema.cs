using System.Text.Json.Nodes;
using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>
/// What a client needs to know of a record type to draw any list or form of it. Lists filter by every field with
/// <c>filterable</c> and sort by every one with <c>sortable</c>; those keep their speed at any number of records because an
/// index holds them; <c>contains</c> does so on fields with <c>searched</c>. Other stored fields are taken too, at the cost
/// of reading the tenant's records.
/// </summary>
public static class RecordSchema
{
    public static JsonObject Describe(RecordType type, CustomFields custom) => new()
    {
        ["name"] = type.Name,
        ["label"] = Label(type.Name.Replace('-', ' ')),
        ["writable"] = type.Writable,
        ["mergeable"] = type.Mergeable,
        ["lifecycle"] = type.Lifecycle,
        ["naturalKey"] = type.NaturalKey?.Name,
        ["searchable"] = type.Fields.Any(field => field.Searched),
        ["filters"] = new JsonArray([.. type.NamedFilters.Keys.Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]),
        ["fields"] = new JsonArray(
        [
            .. QueryField.Own.Select(DescribeOwn),
            .. type.Fields.Where(field => !field.Secret).Select(field => Describe(type, field, custom)),
            .. custom.All.Select(field => Describe(type, field)),
        ]),
        ["permissions"] = Permissions(type),
    };

    private static JsonObject Describe(RecordType type, Field field, CustomFields custom)
    {
        var json = new JsonObject
        {
            ["name"] = field.Name,
            ["label"] = Label(field.Name),
            ["type"] = TypeOf(field, custom),
            ["required"] = field.Required,
            ["nullable"] = field.Nullable,
            ["personal"] = field.Personal,
            ["custom"] = false,
            ["readOnly"] = !type.Writable || !field.Writable,
            ["ownedByLifecycle"] = field.OwnedByLifecycle,
            ["computed"] = !field.Stored,
            ["searched"] = field.Searched,
            ["maxLength"] = field.MaxLength,
        };
        if (custom.ChoicesOf(field) is { } choices)
            json["choices"] = new JsonArray([.. choices.Select(choice => JsonValue.Create(choice))]);
        if (field.References is { } references)
        {
            json["reference"] = references.Type;
            json["multiple"] = field.Kind == FieldKind.Json;
        }
        AddListing(json, QueryField.Find(type, custom, field.Name));
        return json;
    }

    private static JsonObject Describe(RecordType type, CustomField field)
    {
        var json = new JsonObject
        {
            ["name"] = $"custom.{field.Name}",
            ["label"] = field.Label,
            ["type"] = FieldCatalogue.NameOf(field.Kind),
            ["required"] = field.Required,
            ["nullable"] = true,
            ["personal"] = false,
            ["custom"] = true,
            ["readOnly"] = !type.Writable,
            ["ownedByLifecycle"] = false,
            ["computed"] = false,
            ["searched"] = false,
            ["maxLength"] = field.Kind is CustomFieldKind.Text or CustomFieldKind.Url ? field.MaxLength : null,
        };
        if (field.Options.Count > 0)
            json["choices"] = new JsonArray([.. field.Options.Select(option => JsonValue.Create(option))]);
        AddListing(json, QueryField.Find(type, new CustomFields([field], []), $"custom.{field.Name}"));
        return json;
    }

    private static JsonObject DescribeOwn(QueryField field)
    {
        var json = new JsonObject
        {
            ["name"] = field.Name,
            ["label"] = Label(field.Name),
            ["type"] = field.Name == "id" ? "id" : NameOf(field.Kind),
            ["required"] = true,
            ["nullable"] = false,
            ["personal"] = false,
            ["custom"] = false,
            ["readOnly"] = true,
            ["ownedByLifecycle"] = false,
            ["computed"] = false,
            ["searched"] = false,
            ["maxLength"] = null,
        };
        AddListing(json, field);
        return json;
    }

    private static void AddListing(JsonObject json, QueryField? field)
    {
        json["filterable"] = field is { Indexed: true };
        json["sortable"] = field is { SortIndexed: true };
        json["operators"] = field is null ? [] : new JsonArray([.. field.Operators.Select(op => JsonValue.Create(ListQuery.NameOf(op)))]);
    }

    private static string TypeOf(Field field, CustomFields custom) => field.Kind switch
    {
        FieldKind.Json when field.References is not null => "references",
        FieldKind.Text when custom.ChoicesOf(field) is not null => "choice",
        FieldKind.Text when field.Property.PropertyType != typeof(string) => "id",
        _ => NameOf(field.Kind),
    };

    private static string NameOf(FieldKind kind) => kind.ToString().ToLowerInvariant();

    private static JsonObject Permissions(RecordType type)
    {
        var permissions = new JsonObject { ["read"] = $"{type.Name}:read", ["export"] = $"{type.Name}:export" };
        foreach (var action in type.Writable ? (string[])["create", "update", "delete", "import"] : [])
            permissions[action] = $"{type.Name}:{action}";
        if (type.Lifecycle is not null)
            permissions["act"] = $"{type.Name}:act";
        return permissions;
    }

    /// <summary><c>billingTelephoneNumber</c> as "Billing telephone number".</summary>
    private static string Label(string name)
    {
        var words = string.Concat(name.Select((letter, i) => i == 0 ? char.ToUpperInvariant(letter).ToString()
            : char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));
        return words.EndsWith(" id", StringComparison.Ordinal) ? words[..^3] : words;
    }
}
