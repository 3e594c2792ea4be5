using System.Text.Json.Nodes;

using Switchboard.Domain.Calendars;

namespace Switchboard.Domain.Identity;

/// <summary>An organisation that works in this service, apart from every other. Its record is its own: id and tenant id agree.</summary>
[RecordType("tenants", NaturalKey = nameof(Slug))]
public sealed class Tenant : Record
{
    /// <summary>The short name by which people choose a tenant when they sign in; unique in the whole service.</summary>
    [Required, MaxLength(63)] // the longest label of a host name (RFC 1035 2.3.4), so that it can become one
    public string Slug { get; set; } = "";

    [Required, MaxLength(200), Searched]
    public string Name { get; set; } = "";

    /// <summary>False keeps everybody of the tenant out and its workflows still.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Where nothing nearer says otherwise, days begin and end in this IANA zone.</summary>
    [Required, MaxLength(64)]
    public string Timezone { get; set; } = "Etc/UTC";

    [Required, MaxLength(35)]
    public string Language { get; set; } = "en-US";

    [Json]
    public JsonNode? Settings { get; set; }

    /// <summary>Logos and colours of screens and messages.</summary>
    [Json]
    public JsonNode? Branding { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Slug = Slug.Trim().ToLowerInvariant();
        Name = Name.Trim();
        if (Slug.Length > 0 && (!Slug.All(character => char.IsAsciiLetterOrDigit(character) || character == '-') || Slug[0] == '-' || Slug[^1] == '-'))
            yield return new FieldError("slug", "invalid_format", "A slug has letters, digits and inner hyphens only.");
        foreach (var error in TimeZoneName.Check("timezone", Timezone).Concat(LanguageTag.Check("language", Language)))
            yield return error;
    }

    public override IEnumerable<FieldError> Check(RecordChange change)
    {
        if (change.After.Id != change.After.TenantId)
            yield return new FieldError("id", "not_allowed", "A tenant cannot be made inside another one.");
    }
}
