using System.Text.Json.Nodes;

namespace Switchboard.Domain.Imports;

/// <summary>One file that was imported, or tried: how it went, and what an undo would take back.</summary>
[RecordType("import-batches", Writable = false)]
public sealed class ImportBatch : Record
{
    /// <summary>Of what records.</summary>
    [Required, MaxLength(64), Indexed]
    public string RecordType { get; set; } = "";

    [Required, MaxLength(255), Searched]
    public string FileName { get; set; } = "";

    /// <summary>Nothing was written, only checked.</summary>
    public bool DryRun { get; set; }

    [Required, MaxLength(64), Indexed, Choices("running", "succeeded", "failed", "cancelled", "undone")]
    public string Status { get; set; } = "running";

    /// <summary>An object: the file's column → the field's name.</summary>
    [Json]
    public JsonNode? Mapping { get; set; }

    public int Created { get; set; }

    public int Updated { get; set; }

    public int Skipped { get; set; }

    public int Failed { get; set; }

    /// <summary>An object: the code of the row's first error → how many rows.</summary>
    [Json]
    public JsonNode? FailedByCode { get; set; }

    [Indexed]
    public Guid? OperationId { get; set; }

    [References("users", OnDelete = "set_null"), Indexed]
    public Guid? CreatedById { get; set; }

    public DateTimeOffset? UndoneAt { get; set; }
}
