using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data.Records;

namespace Switchboard.Runtime.Webhooks;

/// <summary>One event on its way to one webhook: a row of <c>webhook_deliveries</c>.</summary>
/// <param name="EventId">The same for every webhook and every attempt: by it the receiver knows what it has seen.</param>
/// <param name="State"><c>pending</c>, <c>delivered</c> or <c>failed</c>, which is given up.</param>
/// <param name="Tries">Attempts since it was queued, by which the next pause is chosen.</param>
/// <param name="Attempts">All attempts, those before it was sent again too.</param>
/// <param name="Problem">Why the last attempt failed.</param>
/// <param name="QueuedAt">When it was created, or was last to be sent again.</param>
public sealed record WebhookDelivery(
    Guid TenantId, Guid Id, Guid WebhookId, Guid EventId, string Type, string? SubjectType, Guid? SubjectId, string? Data, DateTimeOffset At,
    string State, int Tries, int Attempts, DateTimeOffset NextAt, DateTimeOffset? ClaimedUntil, DateTimeOffset? AttemptedAt, int? ResponseStatus,
    string? Problem, DateTimeOffset QueuedAt, DateTimeOffset CreatedAt, long Version)
{
    public const string Pending = "pending";
    public const string Delivered = "delivered";
    public const string Failed = "failed";

    public const string PingType = "webhooks.ping";

    /// <summary>What <see cref="Read"/> expects.</summary>
    internal const string Columns = """
        d.tenant_id, d.id, d.webhook_id, d.event_id, d.type, d.subject_type, d.subject_id, d.data::text, d.at, d.state, d.tries, d.attempts, d.next_at,
        d.claimed_until, d.attempted_at, d.response_status, d.problem, d.queued_at, d.created_at, d.version
        """;

    internal const int ColumnCount = 20;

    /// <summary>An event of the webhook itself, to see whether it arrives.</summary>
    public static WebhookDelivery Ping(Guid tenantId, Guid webhookId, DateTimeOffset at) => new(
        tenantId, Guid.CreateVersion7(at), webhookId, Guid.CreateVersion7(at), PingType, "webhooks", webhookId,
        new JsonObject { ["message"] = "This is a test: nothing has happened." }.ToJsonString(), at, Pending, 0, 0, at, null, null, null, null, at, at, 1);

    /// <summary>The row for the committer, in the order of its table.</summary>
    public object?[] Row =>
    [
        TenantId, Id, WebhookId, EventId, Type, SubjectType, SubjectId, Data, At, State, Tries, Attempts, NextAt, ClaimedUntil, AttemptedAt, ResponseStatus,
        Problem, QueuedAt, CreatedAt, Version,
    ];

    /// <summary>
    /// What is sent: the same bytes at every attempt. An event whose data would make it larger than the limit goes without
    /// them; who wants them asks the API for the subject.
    /// </summary>
    public byte[] Body(int limit)
    {
        var whole = Body(withData: true);
        return whole.Length <= limit ? whole : Body(withData: false);
    }

    internal static WebhookDelivery Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetString(4),
        reader.IsDBNull(5) ? null : reader.GetString(5),
        reader.IsDBNull(6) ? null : reader.GetGuid(6),
        reader.IsDBNull(7) ? null : reader.GetString(7),
        reader.GetFieldValue<DateTimeOffset>(8), reader.GetString(9), reader.GetInt32(10), reader.GetInt32(11), reader.GetFieldValue<DateTimeOffset>(12),
        Instant(reader, 13), Instant(reader, 14),
        reader.IsDBNull(15) ? null : reader.GetInt32(15),
        reader.IsDBNull(16) ? null : reader.GetString(16),
        reader.GetFieldValue<DateTimeOffset>(17), reader.GetFieldValue<DateTimeOffset>(18), reader.GetInt64(19));

    internal static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private byte[] Body(bool withData)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, RecordJson.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, Type);
            writer.WriteString("timestamp"u8, FieldText.Format(At));
            writer.WriteString("tenantId"u8, TenantId);
            writer.WritePropertyName("subject"u8);
            if (SubjectType is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                writer.WriteStartObject();
                writer.WriteString("type"u8, SubjectType);
                writer.WritePropertyName("id"u8);
                RecordJson.WriteValue(writer, SubjectId);
                writer.WriteEndObject();
            }
            writer.WritePropertyName("data"u8);
            if (withData && Data is not null)
                writer.WriteRawValue(Data);
            else
                writer.WriteNullValue();
            if (!withData)
                writer.WriteBoolean("dataOmitted"u8, true);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
