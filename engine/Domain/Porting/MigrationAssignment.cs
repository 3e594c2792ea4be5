namespace Switchboard.Domain.Porting;

/// <summary>A member of the migration team at work on a migration.</summary>
[RecordType("migration-assignments")]
public sealed class MigrationAssignment : Record
{
    [Required, References("migrations", OnDelete = "cascade"), Indexed]
    public Guid MigrationId { get; set; }

    [Required, References("users", OnDelete = "cascade"), Indexed]
    public Guid UserId { get; set; }

    [Required, MaxLength(64), Choices("admin", "member", "viewer")]
    public string Role { get; set; } = "member";
}
