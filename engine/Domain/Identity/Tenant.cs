using System.Text.Json.Nodes;

using Switchboard.Domain.Calendars;

namespace Switchboard.Domain.Identity;

/// <summary>An organisation that works in this service, apart from every other. Its record is its own: id and tenant id agree.</summary>
[RecordType("tenants", NaturalKey = nameof(Name), Mergeable = false)]
public sealed class Tenant : Record
{
    /// <summary>What its members call it, also when they choose where to sign in.</summary>
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
        Name = Name.Trim();
        return [.. TimeZoneName.Check("timezone", Timezone), .. LanguageTag.Check("language", Language)];
    }

    public override IEnumerable<FieldError> Check(RecordChange change)
    {
        if (change.After.Id != change.After.TenantId)
            yield return new FieldError("id", "not_allowed", "A tenant cannot be made inside another one.");
    }
}
