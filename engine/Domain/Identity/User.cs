using System.Text.Json.Nodes;

using Switchboard.Domain.Calendars;

namespace Switchboard.Domain.Identity;

/// <summary>Somebody who signs in: a person's membership of one tenant. How they prove who they are is kept apart.</summary>
[RecordType("users", NaturalKey = nameof(Email))]
public sealed class User : Record
{
    /// <summary>Lower-case; the same address in another tenant is another membership of the same person.</summary>
    [Required, MaxLength(254), Personal, Searched]
    public string Email { get; set; } = "";

    [Required, MaxLength(200), Personal, Searched, Indexed]
    public string DisplayName { get; set; } = "";

    /// <summary>A list of role names; permissions are those of all roles together.</summary>
    [Json, NeedsPermission("tenants:manage")]
    public JsonNode? Roles { get; set; }

    /// <summary>False keeps the user out; records and history keep the name.</summary>
    [Indexed]
    public bool IsActive { get; set; } = true;

    /// <summary>An IANA zone; null for the tenant's.</summary>
    [MaxLength(64)]
    public string? Timezone { get; set; }

    /// <summary>A BCP 47 tag; null for the tenant's.</summary>
    [MaxLength(35)]
    public string? Language { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Email = Address.Canonical(Email);
        DisplayName = DisplayName.Trim();
        Roles = JsonList.Texts("roles", Roles, out var wrongRoles);
        return
        [
            .. Address.Check("email", Email),
            .. wrongRoles,
            .. TimeZoneName.Check("timezone", Timezone),
            .. LanguageTag.Check("language", Language),
        ];
    }
}
