namespace Switchboard.Domain.Messages;

/// <summary>Something one user should see in the application.</summary>
[RecordType("notifications", Writable = false)]
public sealed class Notification : Record
{
    [Required, References("users", OnDelete = "cascade"), Indexed(nameof(ReadAt))]
    public Guid UserId { get; set; }

    [Required, MaxLength(64), Indexed]
    public string Type { get; set; } = "";

    [Required, MaxLength(300)]
    public string Title { get; set; } = "";

    public string? Body { get; set; }

    /// <summary>The record type of what it is about.</summary>
    [MaxLength(64), Indexed(nameof(SubjectId))]
    public string? SubjectType { get; set; }

    public Guid? SubjectId { get; set; }

    /// <summary>Null while unread.</summary>
    public DateTimeOffset? ReadAt { get; set; }
}
