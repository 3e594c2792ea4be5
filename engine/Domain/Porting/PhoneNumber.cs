namespace Switchboard.Domain.Porting;

/// <summary>A telephone number that moves from its losing carrier to the target carrier of its migration.</summary>
[RecordType("phone-numbers", Lifecycle = "number-porting", NaturalKey = nameof(Number))]
[NamedFilter("unassigned", "r.type = 'user' and r.end_user_id is null and r.resource_account_id is null")]
public sealed class PhoneNumber : LifecycleRecord
{
    /// <summary>E.164.</summary>
    [Required, MaxLength(16), Personal, Searched]
    public string Number { get; set; } = "";

    /// <summary>What the number is for; a user's number unless it is said otherwise.</summary>
    [Required, MaxLength(64), Indexed]
    [Choices("user", "auto_attendant", "call_queue", "fax", "conference_room", "shared", "other")]
    public string Type { get; set; } = "user";

    [Required, References("migrations"), Indexed(Counts = [nameof(Status)])]
    public Guid MigrationId { get; set; }

    /// <summary>The employee who gets the number; not together with <see cref="ResourceAccountId"/>.</summary>
    [References("end-users", OnDelete = "set_null"), Indexed(Sparse = true)]
    public Guid? EndUserId { get; set; }

    /// <summary>The auto attendant's or call queue's account that gets the number.</summary>
    [References("resource-accounts", OnDelete = "set_null"), Indexed(Sparse = true)]
    public Guid? ResourceAccountId { get; set; }

    /// <summary>The losing carrier.</summary>
    [MaxLength(100), Searched, Indexed(Sparse = true)]
    public string? CurrentCarrier { get; set; }

    /// <summary>The number by which the losing carrier bills, E.164; a letter of authorization must name it.</summary>
    [MaxLength(16), Personal, Indexed(Sparse = true)]
    public string? BillingTelephoneNumber { get; set; }

    [MaxLength(2000), Searched]
    public string? Notes { get; set; }

    [OwnedByLifecycle, MaxLength(64), Indexed]
    [Choices("not_started", "loa_submitted", "loa_rejected", "foc_received", "port_scheduled", "ported", "verified", "failed")]
    public override string Status { get; set; } = "not_started";

    /// <summary>How often a letter of authorization was submitted.</summary>
    [OwnedByLifecycle]
    public int Attempt { get; set; }

    [OwnedByLifecycle, Indexed(Sparse = true)]
    public DateTimeOffset? LoaSubmittedAt { get; set; }

    /// <summary>Why the losing carrier refused the last letter of authorization.</summary>
    [OwnedByLifecycle, MaxLength(64), Indexed(Sparse = true)]
    public string? RejectionCode { get; set; }

    /// <summary>The date of the losing carrier's firm order commitment.</summary>
    [OwnedByLifecycle, Indexed(Sparse = true)]
    public DateOnly? FocDate { get; set; }

    /// <summary>The day on which the number moves.</summary>
    [OwnedByLifecycle, Indexed(Sparse = true)]
    public DateOnly? PortDate { get; set; }

    [OwnedByLifecycle, Indexed(Sparse = true)]
    public DateTimeOffset? PortedAt { get; set; }

    [OwnedByLifecycle, Indexed(Sparse = true)]
    public DateTimeOffset? VerifiedAt { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        string? number = Number, billing = BillingTelephoneNumber;
        if (TelephoneNumber.Normalise("number", ref number) is { } wrongNumber)
            yield return wrongNumber;
        if (TelephoneNumber.Normalise("billingTelephoneNumber", ref billing) is { } wrongBilling)
            yield return wrongBilling;
        (Number, BillingTelephoneNumber) = (number ?? "", billing);
    }

    public override IEnumerable<FieldError> Check(RecordChange change)
    {
        if (EndUserId is not null && ResourceAccountId is not null)
        {
            yield return new FieldError("resourceAccountId", "assigned_twice",
                "A number belongs to an end user or to a resource account, not to both: clear one of them.");
        }
        if (PortDate < FocDate)
            yield return new FieldError("portDate", "port_before_foc", $"The losing carrier releases the number on {FocDate:yyyy-MM-dd}; it cannot be ported before.");
    }
}
