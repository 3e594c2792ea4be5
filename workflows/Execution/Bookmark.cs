using System.Text.Json.Nodes;

namespace Switchboard.Workflows.Execution;

/// <summary>A place where an instance waits.</summary>
public sealed record Bookmark
{
    private LazyObject _payload;
    private string? _activityInstanceId;

    /// <summary>Unique within the instance.</summary>
    public required string Id { get; init; }

    /// <summary>The stimulus it waits for, by default the activity's type: <c>Elsa.Event</c>, <c>Elsa.Delay</c>, <c>Switchboard.Action</c>.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of name and payload in upper-case hex when it is <see cref="Shared"/>: by this it is found across instances; else empty.</summary>
    public string Hash { get; init; } = "";

    /// <summary>What it waits for in particular: the event's name, the action's name and label, the instant.</summary>
    public JsonObject? Payload
    {
        get => _payload.Node;
        init => _payload.Node = value;
    }

    /// <summary>The waiting activity's id in the definition.</summary>
    public required string ActivityId { get; init; }

    /// <summary>The waiting activity execution.</summary>
    public string ActivityInstanceId
    {
        get => _activityInstanceId ??= InstanceState.ActivityInstanceId(InstanceId, Execution);
        init => _activityInstanceId = value;
    }

    /// <summary>When the wait began.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether resuming removes it.</summary>
    public bool AutoBurn { get; init; } = true;

    /// <summary>Whether instances share it (events, children): such bookmarks are also rows, to be found by their hash.</summary>
    public bool Shared { get; init; }

    /// <summary>Two are the same if they have the same id in the same instance.</summary>
    public bool Equals(Bookmark? other) => other is not null && Id == other.Id && InstanceId == other.InstanceId;

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <summary>The activity execution's number within the instance.</summary>
    internal int Execution { get; init; }

    internal string InstanceId { get; init; } = "";

    /// <summary>Whether this burst has created it.</summary>
    internal bool IsNew { get; init; }

    internal ReadOnlyMemory<byte> RawPayload
    {
        init => _payload.Raw = value;
    }

    internal bool HasPayload => !_payload.IsEmpty;

    internal void WritePayload(System.Text.Json.Utf8JsonWriter writer) => _payload.Write(writer);
}
