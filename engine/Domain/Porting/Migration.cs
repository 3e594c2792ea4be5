namespace Switchboard.Domain.Porting;

/// <summary>The project that moves one site from its telephone system to Microsoft Teams.</summary>
[RecordType("migrations", Lifecycle = "site-migration", NaturalKey = nameof(Name))]
public sealed class Migration : LifecycleRecord
{
    [Required, MaxLength(200), Searched]
    public string Name { get; set; } = "";

    [Required, References("sites"), Indexed(nameof(Status))]
    public Guid SiteId { get; set; }

    [OwnedByLifecycle, MaxLength(64), Indexed]
    [Choices("planning", "discovery", "data_collection", "in_progress", "porting", "testing", "completed", "on_hold", "cancelled")]
    public override string Status { get; set; } = "planning";

    [MaxLength(64), Choices("direct_routing", "operator_connect")]
    public string? RoutingType { get; set; }

    [MaxLength(64), Choices("verizon", "fusionconnect", "gtt")]
    public string? TargetCarrier { get; set; }

    /// <summary>The day on which the site shall work on Teams.</summary>
    [Indexed]
    public DateOnly? TargetDate { get; set; }

    [Computed("(select count(*)::int from phone_numbers n where n.tenant_id = r.tenant_id and n.migration_id = r.id)")]
    public int TotalNumbers { get; set; }

    /// <summary>Numbers that have moved, whether already verified or not.</summary>
    [Computed("(select count(*)::int from phone_numbers n where n.tenant_id = r.tenant_id and n.migration_id = r.id and n.status in ('ported', 'verified'))")]
    public int PortedNumbers { get; set; }

    [Computed("(select count(*)::int from end_users u where u.tenant_id = r.tenant_id and u.migration_id = r.id)")]
    public int TotalUsers { get; set; }

    [Computed("(select count(*)::int from end_users u where u.tenant_id = r.tenant_id and u.migration_id = r.id and u.is_configured)")]
    public int ConfiguredUsers { get; set; }

    /// <summary>
    /// Percent, rounded down, so that 100 means that everything is done: (ported numbers + configured users) of (all numbers +
    /// all users); 0 while the migration has neither.
    /// </summary>
    [Computed("""
        (select coalesce(100 * sum(part.done) / nullif(sum(part.total), 0), 0)::int from (
            select count(*) as total, count(*) filter (where n.status in ('ported', 'verified')) as done
            from phone_numbers n where n.tenant_id = r.tenant_id and n.migration_id = r.id
            union all
            select count(*), count(*) filter (where u.is_configured)
            from end_users u where u.tenant_id = r.tenant_id and u.migration_id = r.id) part)
        """)]
    public int Progress { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Name = Name.Trim();
        return [];
    }
}
