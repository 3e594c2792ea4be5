namespace Switchboard.Domain.Messages;

/// <summary>A message to somebody outside, as it was written and what became of it.</summary>
[RecordType("messages", Writable = false)]
public sealed class Message : Record
{
    [Required, MaxLength(64), Indexed, Choices("email", "push", "sms", "whatsapp", "in_app", "slack")]
    public string Channel { get; set; } = "email";

    /// <summary>The address or number that it goes to.</summary>
    [Required, MaxLength(254), Personal, Searched, Indexed]
    public string Recipient { get; set; } = "";

    /// <summary>The subject line; null for channels that have none.</summary>
    [MaxLength(300), Searched]
    public string? Title { get; set; }

    [Required, Personal]
    public string Body { get; set; } = "";

    [Required, MaxLength(64), Indexed, Choices("queued", "sent", "failed")]
    public string Status { get; set; } = "queued";

    /// <summary>Why it could not be sent.</summary>
    public string? Problem { get; set; }

    /// <summary>The key of the template that wrote it.</summary>
    [MaxLength(100), Indexed]
    public string? Template { get; set; }

    /// <summary>The SHA-256 of the template as it was, in lower-case hexadecimal.</summary>
    [MaxLength(64)]
    public string? TemplateHash { get; set; }

    /// <summary>The record type of what it is about.</summary>
    [MaxLength(64), Indexed(nameof(SubjectId))]
    public string? SubjectType { get; set; }

    public Guid? SubjectId { get; set; }

    /// <summary>The workflow instance that sent it.</summary>
    [Indexed]
    public Guid? InstanceId { get; set; }

    public DateTimeOffset? SentAt { get; set; }
}
