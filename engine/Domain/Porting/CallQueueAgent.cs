namespace Switchboard.Domain.Porting;

/// <summary>An end user who answers the calls of a queue.</summary>
[RecordType("call-queue-agents")]
public sealed class CallQueueAgent : Record
{
    [Required, References("call-queues", OnDelete = "cascade"), Indexed(nameof(Order))]
    public Guid CallQueueId { get; set; }

    [Required, References("end-users", OnDelete = "cascade"), Indexed]
    public Guid EndUserId { get; set; }

    /// <summary>Serial routing rings the lowest first.</summary>
    [Column("agent_order")]
    public int Order { get; set; }

    public override IEnumerable<FieldError> Check(RecordChange change)
    {
        if (Order < 0)
            yield return new FieldError("order", "out_of_range", "The order begins with 0.");
    }
}
