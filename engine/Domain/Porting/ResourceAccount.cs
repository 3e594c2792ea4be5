namespace Switchboard.Domain.Porting;

/// <summary>The account in Teams behind an auto attendant or a call queue.</summary>
[RecordType("resource-accounts", NaturalKey = nameof(Upn))]
public sealed class ResourceAccount : Record
{
    /// <summary>The user principal name in Microsoft Entra, lower-case.</summary>
    [Required, MaxLength(254), Searched]
    public string Upn { get; set; } = "";

    [MaxLength(200), Searched, Indexed]
    public string? DisplayName { get; set; }

    [Required, MaxLength(64), Indexed, Choices("auto_attendant", "call_queue")]
    public string Type { get; set; } = "";

    [Required, References("migrations"), Indexed]
    public Guid MigrationId { get; set; }

    /// <summary>The number that callers dial; null for an account that only takes transferred calls.</summary>
    [References("phone-numbers", OnDelete = "set_null"), Indexed]
    public Guid? PhoneNumberId { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Upn = Address.Canonical(Upn);
        return Address.Check("upn", Upn);
    }
}
