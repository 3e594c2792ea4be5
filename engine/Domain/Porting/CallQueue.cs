namespace Switchboard.Domain.Porting;

/// <summary>How the calls of a resource account reach its agents.</summary>
[RecordType("call-queues", NaturalKey = nameof(Name))]
public sealed class CallQueue : Record
{
    // The bounds that Teams sets: 200 waiting calls, 45 minutes.
    private const int MostCalls = 200;
    private const int LongestWait = 2700;

    [Required, MaxLength(200), Searched]
    public string Name { get; set; } = "";

    [References("resource-accounts", OnDelete = "set_null"), Indexed]
    public Guid? ResourceAccountId { get; set; }

    [Required, MaxLength(64), Choices("attendant", "serial", "round_robin", "longest_idle")]
    public string RoutingMethod { get; set; } = "attendant";

    [Required, MaxLength(64), Choices("disconnect", "forward_external", "forward_user", "voicemail", "shared_voicemail")]
    public string OverflowAction { get; set; } = "disconnect";

    /// <summary>E.164 for <c>forward_external</c>, otherwise a user principal name or a group.</summary>
    [MaxLength(254)]
    public string? OverflowTarget { get; set; }

    /// <summary>How many calls may wait before the next one overflows; null leaves it to Teams.</summary>
    public int? OverflowThreshold { get; set; }

    /// <summary>How long a call may wait before it overflows; null leaves it to Teams.</summary>
    public int? TimeoutSeconds { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Name = Name.Trim();
        if (string.IsNullOrWhiteSpace(OverflowTarget))
            OverflowTarget = null;
        if (OverflowTarget is { } written && OverflowAction == "forward_user")
            OverflowTarget = Address.Canonical(written);
        if (OverflowAction != "forward_external")
            return [];
        var target = OverflowTarget;
        var error = TelephoneNumber.Normalise("overflowTarget", ref target);
        OverflowTarget = target;
        return error is null ? [] : [error];
    }

    public override IEnumerable<FieldError> Check(RecordChange change)
    {
        if (OverflowAction is "forward_external" or "forward_user" && OverflowTarget is null)
            yield return new FieldError("overflowTarget", "required", $"{OverflowAction} needs a target.");
        if (OverflowAction == "disconnect" && OverflowTarget is not null)
            yield return new FieldError("overflowTarget", "not_allowed", "A call that is disconnected goes nowhere: clear the target or choose another action.");
        if (OverflowThreshold is < 0 or > MostCalls)
            yield return new FieldError("overflowThreshold", "out_of_range", $"Teams takes 0 to {MostCalls} waiting calls.");
        if (TimeoutSeconds is < 0 or > LongestWait)
            yield return new FieldError("timeoutSeconds", "out_of_range", $"Teams takes 0 to {LongestWait} seconds.");
    }
}
