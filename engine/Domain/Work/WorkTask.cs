using System.Text.Json.Nodes;

namespace Switchboard.Domain.Work;

/// <summary>Something a workflow asks a person to do. Written by the engine; people claim, assign and complete it.</summary>
[RecordType("tasks", Writable = false)]
[NamedFilter("waiting", "r.status in ('open', 'claimed') and r.follow_up_at is not null and r.follow_up_at > now()")]
[NamedFilter("needsAttention", "r.status in ('open', 'claimed') and r.due_at is not null and now() >= r.created_at + 0.75 * (r.due_at - r.created_at)")]
public sealed class WorkTask : Record
{
    [Required, MaxLength(300), Searched]
    public string Title { get; set; } = "";

    /// <summary>Plain text with line breaks.</summary>
    public string? Description { get; set; }

    /// <summary>What kind of work it is, as the workflow names it.</summary>
    [Required, MaxLength(64), Indexed(nameof(DueAt))]
    public string Type { get; set; } = "";

    [Required, MaxLength(64), Indexed(nameof(DueAt)), Choices("open", "claimed", "done", "cancelled")]
    public string Status { get; set; } = "open";

    /// <summary>Who has claimed it or was given it.</summary>
    [References("users", OnDelete = "set_null"), Indexed(nameof(Status), nameof(DueAt))]
    public Guid? AssigneeId { get; set; }

    /// <summary>A list of role names; their members may claim it. Null or empty: everybody who may work on tasks.</summary>
    [Json]
    public JsonNode? CandidateRoles { get; set; }

    /// <summary>
    /// Users who must not work on it: the one whose request it decides. Such a task is done by its assignee or a candidate alone,
    /// whatever else somebody may do; null for a task without this care.
    /// </summary>
    [Json, References("users", OnDelete = "set_null")]
    public JsonNode? ExcludedUserIds { get; set; }

    [Indexed]
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Until when it is put aside: before that it waits, and after that it is among the others again by itself. Null: it is not.</summary>
    [Indexed(Sparse = true)]
    public DateTimeOffset? FollowUpAt { get; set; }

    [Required, MaxLength(64), Indexed, Choices("low", "medium", "high", "urgent")]
    public string Priority { get; set; } = "medium";

    /// <summary>The key of the form that its completion fills in.</summary>
    [MaxLength(100)]
    public string? Form { get; set; }

    /// <summary>The record type of what it is about.</summary>
    [MaxLength(64), Indexed(nameof(SubjectId))]
    public string? SubjectType { get; set; }

    public Guid? SubjectId { get; set; }

    /// <summary>The migration that its subject belonged to when it was made; null for what belongs to none.</summary>
    [References("migrations", OnDelete = "set_null"), Indexed(nameof(DueAt))]
    public Guid? MigrationId { get; set; }

    /// <summary>The site that its subject belonged to when it was made.</summary>
    [References("sites", OnDelete = "set_null"), Indexed(nameof(DueAt))]
    public Guid? SiteId { get; set; }

    /// <summary>The workflow instance that asked for it.</summary>
    [Indexed]
    public Guid? InstanceId { get; set; }

    /// <summary>The id of the activity in it that has failed, of an incident's task.</summary>
    public string? ActivityId { get; set; }

    /// <summary>The decision because of which it was made, where there is one: its record says why.</summary>
    public Guid? DecisionId { get; set; }

    /// <summary>What in the instance waits for its completion; null when nothing does.</summary>
    [MaxLength(100)]
    public string? BookmarkId { get; set; }

    /// <summary>A list of the names that a completion may choose from.</summary>
    [Json]
    public JsonNode? Outcomes { get; set; }

    /// <summary>What it was completed with.</summary>
    [MaxLength(64)]
    public string? Outcome { get; set; }

    /// <summary>What its assignee has filled in so far.</summary>
    [Json]
    public JsonNode? Draft { get; set; }

    /// <summary>What it was completed with, as its form gave it.</summary>
    [Json]
    public JsonNode? Data { get; set; }

    /// <summary>The state of the subject's lifecycle that it belongs to: leaving that state cancels it.</summary>
    [MaxLength(64)]
    public string? State { get; set; }

    /// <summary>Whether its outcome is the name of an action of the subject that its completion also does.</summary>
    public bool CompletesAction { get; set; }

    public DateTimeOffset? ClaimedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>When a delegated task goes back to whom it came from; null when it was not delegated for a time.</summary>
    public DateTimeOffset? DelegatedUntil { get; set; }

    /// <summary>Who delegated it.</summary>
    [References("users", OnDelete = "set_null"), Indexed]
    public Guid? DelegatedById { get; set; }

    /// <summary>How much of its time is gone, in percent: 100 when overdue, 0 without a due date or when it is closed.</summary>
    [Computed("""
        (case
            when r.due_at is null or r.status not in ('open', 'claimed') then 0
            when r.due_at <= now() or r.due_at <= r.created_at then 100
            else floor(100 * greatest(extract(epoch from now() - r.created_at), 0) / extract(epoch from r.due_at - r.created_at))
        end)::int
        """)]
    public int Risk { get; set; }
}
