using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>
/// The entries of one burst as the journal's row stores them. What follows from the row is left out: the instance's id at
/// the head of the ids of activity executions, the instant, and, from the second entry of an execution on, which activity
/// it is of.
/// </summary>
public static class JournalJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static string Write(IReadOnlyList<JournalEntry> entries, string instanceId, DateTimeOffset at)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            var heads = new Dictionary<int, JournalEntry>(entries.Count);
            writer.WriteStartArray();
            foreach (var entry in entries)
            {
                var isTold = entry.ActivityNumber != 0 && heads.TryGetValue(entry.ActivityNumber, out var head) && IsOfSame(head, entry);
                if (!isTold)
                    heads[entry.ActivityNumber] = entry;
                Write(writer, entry, isTold, instanceId, at);
            }
            writer.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <param name="json">The column <c>entries</c>.</param>
    /// <param name="instanceId">Of the row.</param>
    /// <param name="at">Of the row.</param>
    public static List<JournalEntry> Read(string json, Guid instanceId, DateTimeOffset at)
    {
        using var document = JsonDocument.Parse(json);
        var heads = new Dictionary<string, JsonElement>();
        return [.. document.RootElement.EnumerateArray().Select(entry => Read(entry, heads, instanceId.ToString(), at))];
    }

    private static void Write(Utf8JsonWriter writer, JournalEntry entry, bool isTold, string instanceId, DateTimeOffset at)
    {
        writer.WriteStartObject();
        writer.WriteNumber("n"u8, entry.Sequence);
        writer.WriteString("event"u8, entry.EventName);
        WriteId(writer, "id"u8, entry.ActivityNumber, entry.ActivityNumber == 0 ? entry.ActivityInstanceId : null, instanceId);
        if (!isTold)
            WriteActivity(writer, entry, instanceId);
        if (entry.At != at)
            writer.WriteString("at"u8, entry.At);
        if (entry.Message is not null)
            writer.WriteString("message"u8, entry.Message);
        entry.WriteActivityState(writer, "state"u8);
        entry.WritePayload(writer, "payload"u8);
        Write(writer, "outputs"u8, entry.Outputs);
        writer.WriteEndObject();
    }

    /// <summary>An execution keeps its activity, unless the instance moves to another version of its definition in between.</summary>
    private static bool IsOfSame(JournalEntry head, JournalEntry entry) =>
        head.NodeId == entry.NodeId && head.ActivityType == entry.ActivityType && head.ActivityTypeVersion == entry.ActivityTypeVersion;

    private static void WriteActivity(Utf8JsonWriter writer, JournalEntry entry, string instanceId)
    {
        if (entry.ParentNumber != 0 || (entry.ActivityNumber == 0 && entry.ParentActivityInstanceId is not null))
            WriteId(writer, "parent"u8, entry.ParentNumber, entry.ParentNumber == 0 ? entry.ParentActivityInstanceId : null, instanceId);
        writer.WriteString("activity"u8, entry.ActivityId);
        writer.WriteString("node"u8, entry.NodeId);
        writer.WriteString("type"u8, entry.ActivityType);
        if (entry.ActivityTypeVersion != 1)
            writer.WriteNumber("typeVersion"u8, entry.ActivityTypeVersion);
        if (entry.ActivityName is { } name && name != entry.ActivityId)
            writer.WriteString("name"u8, name);
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonObject? value)
    {
        if (value is null)
            return;
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }

    /// <param name="number">Of the activity execution; 0 for an entry that was not made by a burst, which has an <paramref name="id"/>.</param>
    private static void WriteId(Utf8JsonWriter writer, ReadOnlySpan<byte> name, int number, string? id, string instanceId)
    {
        if (id is not null)
        {
            writer.WriteString(name, Short(id, instanceId));
            return;
        }
        Span<char> text = stackalloc char[12];
        text[0] = '_';
        number.TryFormat(text[1..], out var length, provider: CultureInfo.InvariantCulture);
        writer.WriteString(name, text[..(length + 1)]);
    }

    private static ReadOnlySpan<char> Short(string activityInstanceId, string instanceId) =>
        activityInstanceId.StartsWith(instanceId, StringComparison.Ordinal) ? activityInstanceId.AsSpan(instanceId.Length) : activityInstanceId;

    /// <param name="heads">The entries before this one that say which activity they are of, by their ids as they are stored.</param>
    private static JournalEntry Read(JsonElement entry, Dictionary<string, JsonElement> heads, string instanceId, DateTimeOffset at)
    {
        var id = entry.GetProperty("id"u8).GetString()!;
        if (entry.TryGetProperty("activity"u8, out _))
            heads[id] = entry;
        var head = heads[id];
        return new JournalEntry
        {
            Sequence = entry.GetProperty("n"u8).GetInt64(),
            EventName = entry.GetProperty("event"u8).GetString()!,
            ActivityInstanceId = Long(id, instanceId),
            ParentActivityInstanceId = Text(head, "parent"u8) is { } parent ? Long(parent, instanceId) : null,
            ActivityId = head.GetProperty("activity"u8).GetString()!,
            NodeId = head.GetProperty("node"u8).GetString()!,
            ActivityType = head.GetProperty("type"u8).GetString()!,
            ActivityTypeVersion = head.TryGetProperty("typeVersion"u8, out var version) ? version.GetInt32() : 1,
            ActivityName = Text(head, "name"u8),
            At = entry.TryGetProperty("at"u8, out var instant) ? instant.GetDateTimeOffset() : at,
            Message = Text(entry, "message"u8),
            ActivityState = Node(entry, "state"u8),
            Payload = Node(entry, "payload"u8),
            Outputs = Node(entry, "outputs"u8),
        };
    }

    private static string Long(string id, string instanceId) => id.StartsWith('_') ? instanceId + id : id;

    private static string? Text(JsonElement entry, ReadOnlySpan<byte> name) => entry.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static JsonObject? Node(JsonElement entry, ReadOnlySpan<byte> name) =>
        entry.TryGetProperty(name, out var value) ? JsonObject.Create(value.Clone()) : null;
}
