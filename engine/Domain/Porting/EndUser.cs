namespace Switchboard.Domain.Porting;

/// <summary>An employee of a site who receives a number.</summary>
[RecordType("end-users", NaturalKey = nameof(Upn))]
public sealed class EndUser : Record
{
    /// <summary>The user principal name in Microsoft Entra, lower-case.</summary>
    [Required, MaxLength(254), Personal, Searched]
    public string Upn { get; set; } = "";

    [Required, MaxLength(200), Personal, Searched, Indexed]
    public string DisplayName { get; set; } = "";

    [Required, References("migrations"), Indexed(Counts = [nameof(IsConfigured)])]
    public Guid MigrationId { get; set; }

    [MaxLength(16), Indexed]
    public string? Extension { get; set; }

    [MaxLength(100), Indexed]
    public string? Department { get; set; }

    /// <summary>Whether the account is licensed and set up in Teams.</summary>
    [Indexed]
    public bool IsConfigured { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Upn = Address.Canonical(Upn);
        return Address.Check("upn", Upn);
    }
}
