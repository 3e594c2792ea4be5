using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Api;

/// <summary>A record type as a client sees it: enough to draw any list or form.</summary>
internal static class RecordSchema
{
    private static readonly string[] Verbs = ["read", "create", "update", "delete", "import", "export", "act"];

    public static JsonObject Of(RecordType type, CustomFields custom, PermissionSet permissions)
    {
        var fields = new JsonArray();
        foreach (var field in type.Fields.Where(field => !field.Secret))
            fields.Add(Of(field, custom));
        foreach (var field in custom.All)
            fields.Add(Of(field));
        return new JsonObject
        {
            ["name"] = type.Name,
            ["naturalKey"] = type.NaturalKey?.Name,
            ["lifecycle"] = type.Lifecycle,
            ["writable"] = type.Writable,
            ["fields"] = fields,
            ["filters"] = new JsonArray([.. type.NamedFilters.Keys.Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]),
            ["permissions"] = new JsonObject([.. Verbs.Select(verb =>
                KeyValuePair.Create(verb, (JsonNode?)permissions.Allows($"{type.Name}:{verb}")))]),
        };
    }

    private static JsonObject Of(Field field, CustomFields custom) => new()
    {
        ["name"] = field.Name,
        ["label"] = LabelOf(field.Name),
        ["type"] = TypeOf(field, custom),
        ["required"] = field.Required,
        ["choices"] = custom.ChoicesOf(field) is { } choices ? List(choices) : null,
        ["personal"] = field.Personal,
        ["custom"] = false,
        ["reference"] = field.References?.Type,
        ["readOnly"] = !field.Writable,
        ["ownedByLifecycle"] = field.OwnedByLifecycle,
        ["computed"] = !field.Stored,
        ["maxLength"] = field.MaxLength,
        ["searched"] = field.Searched,
        ["indexed"] = field.Indexed is not null,
        ["permission"] = field.Permission,
    };

    private static JsonObject Of(CustomField field) => new()
    {
        ["name"] = field.Name,
        ["label"] = field.Label,
        ["type"] = FieldCatalogue.NameOf(field.Kind),
        ["required"] = field.Required,
        ["choices"] = field.Options.Count > 0 ? List(field.Options) : null,
        ["personal"] = false,
        ["custom"] = true,
        ["reference"] = null,
        ["readOnly"] = false,
        ["ownedByLifecycle"] = false,
        ["computed"] = false,
        ["maxLength"] = field.MaxLength,
        ["searched"] = false,
        ["indexed"] = field.Indexed,
        ["permission"] = null,
    };

    private static string TypeOf(Field field, CustomFields custom) =>
        custom.ChoicesOf(field) is not null ? "select" : field.Kind.ToString().ToLowerInvariant();

    /// <summary>The name in words: <c>billingTelephoneNumber</c> is <c>Billing telephone number</c>.</summary>
    private static string LabelOf(string name)
    {
        var label = new System.Text.StringBuilder(name.Length + 8);
        var bare = name.Length > 2 && name.EndsWith("Id", StringComparison.Ordinal) ? name[..^2] : name;
        foreach (var c in bare)
        {
            if (char.IsUpper(c))
                label.Append(' ');
            label.Append(label.Length == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
        }
        return label.ToString();
    }

    private static JsonArray List(IEnumerable<string> values) => new([.. values.Select(value => JsonValue.Create(value))]);
}
