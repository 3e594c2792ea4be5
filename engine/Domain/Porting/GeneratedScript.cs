namespace Switchboard.Domain.Porting;

/// <summary>A PowerShell script that a template made for a migration, kept as it was.</summary>
[RecordType("generated-scripts", Writable = false)]
public sealed class GeneratedScript : Record
{
    [Required, References("migrations", OnDelete = "cascade"), Indexed]
    public Guid MigrationId { get; set; }

    /// <summary>The key of the template.</summary>
    [Required, MaxLength(100), Indexed]
    public string Template { get; set; } = "";

    /// <summary>The SHA-256 of the template as it was, in lower-case hexadecimal.</summary>
    [MaxLength(64)]
    public string? TemplateHash { get; set; }

    [Required, MaxLength(200), Searched]
    public string Name { get; set; } = "";

    [Required]
    public string Content { get; set; } = "";
}
