using System.Text.Json.Nodes;

namespace Switchboard.Domain.Approvals;

/// <summary>
/// Somebody asks whether something may be done, and those agree or refuse whom the rules name, one level after the other.
/// Written by the service: people request, decide by their tasks, withdraw and resubmit.
/// </summary>
[RecordType("approvals", Lifecycle = "approval", Writable = false)]
public sealed class Approval : LifecycleRecord
{
    /// <summary>What it is about in kind, by which the rules choose who decides; a tenant may add its own.</summary>
    [Required, MaxLength(64), Indexed, Choices("phone_purchase", "credit", "discount", "porting_exception")]
    public string Type { get; set; } = "";

    [Required, MaxLength(300), Searched]
    public string Title { get; set; } = "";

    /// <summary>The record type of what it is about; null when it is about no record.</summary>
    [MaxLength(64), Indexed(nameof(SubjectId))]
    public string? SubjectType { get; set; }

    public Guid? SubjectId { get; set; }

    /// <summary>Who asked, and so must not decide.</summary>
    [References("users", OnDelete = "set_null"), Indexed]
    public Guid? RequesterId { get; set; }

    /// <summary>What is asked for: an object whose members the rules may look at, such as amount.</summary>
    [Json]
    public JsonNode? Data { get; set; }

    [OwnedByLifecycle, MaxLength(64), Indexed]
    [Choices("pending", "changes_requested", "approved", "rejected", "withdrawn")]
    public override string Status { get; set; } = "pending";

    /// <summary>The level that is under way, from 1; one more than there are when all have agreed.</summary>
    [OwnedByLifecycle]
    public int Level { get; set; }

    /// <summary>
    /// A list of <c>{level, roles, users, mode, status, needed, tasks, dueAt …}</c>: who must agree, in this order, and how far each is.
    /// </summary>
    [OwnedByLifecycle, Json]
    public JsonNode? Levels { get; set; }

    /// <summary>A list of <c>{level, outcome, by, at, comment, decisionId}</c>, oldest first.</summary>
    [OwnedByLifecycle, Json]
    public JsonNode? Decisions { get; set; }

    /// <summary>Why these levels, in the words of the rules.</summary>
    [OwnedByLifecycle, MaxLength(1000)]
    public string? Reason { get; set; }

    /// <summary>What the rules decided when they gave these levels.</summary>
    [OwnedByLifecycle]
    public Guid? DecisionId { get; set; }

    /// <summary>The key of the workflow that the rules chose; null for the shipped one.</summary>
    [OwnedByLifecycle, MaxLength(100)]
    public string? Workflow { get; set; }

    /// <summary>The words of the decision that is just being made; they go into <see cref="Decisions"/>.</summary>
    [OwnedByLifecycle, MaxLength(2000)]
    public string? Comment { get; set; }

    /// <summary>When it ended; null while it is pending or goes back for changes.</summary>
    [OwnedByLifecycle, Indexed(Sparse = true)]
    public DateTimeOffset? DecidedAt { get; set; }

    public override string? OwnWorkflow => Workflow;
}
