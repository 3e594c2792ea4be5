using System.Text.Json.Nodes;

namespace Switchboard.Domain.Porting;

/// <summary>An order by which several numbers leave one carrier together.</summary>
[RecordType("port-orders", NaturalKey = nameof(Reference))]
public sealed class PortOrder : Record
{
    /// <summary>The order's number at the winning carrier.</summary>
    [Required, MaxLength(100), Searched]
    public string Reference { get; set; } = "";

    [Required, References("migrations"), Indexed]
    public Guid MigrationId { get; set; }

    [MaxLength(100), Searched, Indexed]
    public string? LosingCarrier { get; set; }

    [Indexed]
    public DateOnly? RequestedDate { get; set; }

    /// <summary>A list of ids, each once.</summary>
    [Json, References("phone-numbers")]
    public JsonNode? PhoneNumberIds { get; set; }

    [Required, MaxLength(64), Indexed, Choices("draft", "submitted", "accepted", "rejected", "completed", "cancelled")]
    public string Status { get; set; } = "draft";

    public override IEnumerable<FieldError> Normalise()
    {
        Reference = Reference.Trim();
        PhoneNumberIds = JsonList.Ids("phoneNumberIds", PhoneNumberIds, out var errors);
        return errors;
    }
}
