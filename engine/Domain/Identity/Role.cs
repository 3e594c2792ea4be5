using System.Text.Json.Nodes;

namespace Switchboard.Domain.Identity;

/// <summary>A named list of permissions.</summary>
[RecordType("roles", NaturalKey = nameof(Name), Mergeable = false)] // users and workflows mean it by its name
public sealed class Role : Record
{
    [Required, MaxLength(64), Searched]
    public string Name { get; set; } = "";

    [MaxLength(500)]
    public string? Description { get; set; }

    /// <summary>A list of <c>resource:action</c>; <c>*</c> stands for everything, <c>resource:*</c> for every action.</summary>
    [Json, NeedsPermission("tenants:manage")]
    public JsonNode? Permissions { get; set; }

    /// <summary>A shipped role.</summary>
    [ReadOnly]
    public bool IsSystem { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Name = Name.Trim();
        Permissions = JsonList.Texts("permissions", Permissions, out var errors);
        return errors;
    }

    public override IEnumerable<FieldError> Check(RecordChange change)
    {
        if (change.Before is Role before && before.Name != Name)
            yield return new FieldError("name", "not_allowed", "Users and workflows refer to a role by its name: make another role instead.");
        foreach (var (permission, i) in (Permissions as JsonArray ?? []).Select((node, i) => ((string)node!, i)))
        {
            if (permission != "*" && permission.Split(':') is not [{ Length: > 0 }, { Length: > 0 }])
                yield return new FieldError($"permissions/{i}", "invalid_format", "A permission is resource:action, resource:* or *.");
        }
    }
}
