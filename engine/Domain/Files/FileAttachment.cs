namespace Switchboard.Domain.Files;

/// <summary>A file that belongs to a record; its content is stored apart.</summary>
[RecordType("files", Writable = false)]
public sealed class FileAttachment : Record
{
    /// <summary>The record type of its owner.</summary>
    [Required, MaxLength(64), Indexed(nameof(OwnerId))]
    public string OwnerType { get; set; } = "";

    public Guid OwnerId { get; set; }

    /// <summary>As it was called when it was uploaded, without any path.</summary>
    [Required, MaxLength(255), Searched, Personal] // people put names into the names of files
    public string Name { get; set; } = "";

    [Required, MaxLength(255)] // RFC 6838 4.2 allows 127 characters each side of the slash
    public string ContentType { get; set; } = "";

    public long SizeBytes { get; set; }

    /// <summary>Of the content, in lower-case hexadecimal.</summary>
    [Required, MaxLength(64)]
    public string Sha256 { get; set; } = "";
}
