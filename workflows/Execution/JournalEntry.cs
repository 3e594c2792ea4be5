using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Execution;

/// <summary>
/// One line of an instance's journal, with the fields of Elsa's journal entry. Activity execution records are folded from
/// these: the entries of one <see cref="ActivityInstanceId"/> carry its inputs, outputs, outcomes and exception.
/// <para>
/// Most entries are written once and never looked at, so ids and objects are made when somebody asks for them;
/// <see cref="WriteActivityState"/> and <see cref="WritePayload"/> write them without making them.
/// </para>
/// </summary>
public sealed record JournalEntry
{
    private string? _activityInstanceId;
    private string? _parentActivityInstanceId;
    private JsonObject? _activityState;
    private JsonObject? _payload;

    /// <summary>Rises by one within the instance over all its bursts, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>The activity execution.</summary>
    public string ActivityInstanceId
    {
        get => _activityInstanceId ??= InstanceState.ActivityInstanceId(InstanceId, ActivityNumber);
        init => _activityInstanceId = value;
    }

    /// <summary>The activity execution that owns it; null for the workflow itself.</summary>
    public string? ParentActivityInstanceId
    {
        get => _parentActivityInstanceId ??= ParentNumber == 0 ? null : InstanceState.ActivityInstanceId(InstanceId, ParentNumber);
        init => _parentActivityInstanceId = value;
    }

    /// <summary>The number of the activity execution within its instance; 0 in an entry that was read back.</summary>
    public int ActivityNumber { get; init; }

    /// <summary>The number of the execution that owns it; 0 for the workflow itself and in an entry that was read back.</summary>
    public int ParentNumber { get; init; }

    /// <summary>The activity's id in the definition.</summary>
    public required string ActivityId { get; init; }

    /// <summary>Its path from the root, ids joined by colons.</summary>
    public required string NodeId { get; init; }

    /// <summary>The type name, as <c>Elsa.WriteLine</c>.</summary>
    public required string ActivityType { get; init; }

    /// <summary>The activity's name in the definition.</summary>
    public string? ActivityName { get; init; }

    /// <summary>The version of the activity type.</summary>
    public int ActivityTypeVersion { get; init; } = 1;

    /// <summary><c>Started, Resumed, Suspended, Completed, Canceled, Faulted</c> or a sentence of Elsa's.</summary>
    public required string EventName { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>A sentence for people, such as the exception's message.</summary>
    public string? Message { get; init; }

    /// <summary>Evaluated inputs by PascalCase name, where the entry has them.</summary>
    public JsonObject? ActivityState
    {
        get => _activityState ??= Inputs?.ToJson();
        init => _activityState = value;
    }

    /// <summary>Journal data such as <c>Outcomes</c>.</summary>
    public JsonObject? Payload
    {
        get
        {
            if (Outcomes is not null && _payload?.ContainsKey("Outcomes") != true)
                (_payload ??= [])["Outcomes"] = new JsonArray([.. Outcomes.Select(outcome => (JsonNode?)outcome)]);
            return _payload;
        }
        init => _payload = value;
    }

    /// <summary>Outputs by name, on completion.</summary>
    public JsonObject? Outputs { get; init; }

    /// <summary>On completion: also in the <see cref="Payload"/>.</summary>
    internal IReadOnlyList<string>? Outcomes { get; init; }

    internal EvaluatedInputs? Inputs { get; init; }

    internal string InstanceId { get; init; } = "";

    /// <summary>Writes <see cref="ActivityState"/> as a member; nothing if there is none.</summary>
    public void WriteActivityState(Utf8JsonWriter writer, ReadOnlySpan<byte> name)
    {
        if (_activityState is null && Inputs is null)
            return;
        writer.WritePropertyName(name);
        if (_activityState is not null)
            _activityState.WriteTo(writer);
        else
            Inputs!.WriteTo(writer);
    }

    /// <summary>Writes <see cref="Payload"/> as a member; nothing if there is none.</summary>
    public void WritePayload(Utf8JsonWriter writer, ReadOnlySpan<byte> name)
    {
        if (_payload is null && Outcomes is null)
            return;
        writer.WritePropertyName(name);
        if (_payload is not null)
        {
            Payload!.WriteTo(writer);
            return;
        }
        writer.WriteStartObject();
        writer.WriteStartArray("Outcomes"u8);
        foreach (var outcome in Outcomes!)
            writer.WriteStringValue(outcome);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

/// <summary>The inputs of one execution as they were when it started.</summary>
/// <param name="node">Whose constants are shared by all executions.</param>
/// <param name="values">What was evaluated, by input; null if all are constants.</param>
internal sealed class EvaluatedInputs(ActivityNode node, object?[]? values)
{
    public JsonObject? ToJson()
    {
        JsonObject? json = null;
        foreach (var binding in node.Inputs)
        {
            if (IsShown(binding, out var value))
                (json ??= [])[binding.Input.Name] = Json.Free(binding.Input.ToNode(value));
        }
        return json;
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var binding in node.Inputs)
        {
            if (!IsShown(binding, out var value))
                continue;
            writer.WritePropertyName(binding.Input.Name);
            switch (value)
            {
                case null:
                    writer.WriteNullValue();
                    break;
                case string text:
                    writer.WriteStringValue(text);
                    break;
                case bool flag:
                    writer.WriteBooleanValue(flag);
                    break;
                default:
                    var node = binding.Input.ToNode(value);
                    if (node is null)
                        writer.WriteNullValue();
                    else
                        node.WriteTo(writer);
                    break;
            }
        }
        writer.WriteEndObject();
    }

    private bool IsShown(InputBinding binding, out object? value)
    {
        value = binding.IsConstant ? binding.Constant : values?[binding.Input.Index];
        if (ReferenceEquals(value, ActivityContext.NoValue))
            value = null;
        return binding.Input is { AutoEvaluate: true, IsSensitive: false } && node.Log.KeepsInput(binding.Input.JsonName) && (binding.Expression is not null || value is not null);
    }
}
