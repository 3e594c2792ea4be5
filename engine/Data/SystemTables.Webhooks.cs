using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The tables of Migrations/0010_webhooks.sql that are no record types. The cursor and the health of an endpoint are moved by
// statements of their own, so they are not listed.
public static partial class SystemTables
{
    /// <summary>Its id is that of the webhook.</summary>
    public static readonly Table WebhookEndpoints = Of(
        "webhook_endpoints", 300,
        ("secret", Bytea), ("previous_secret", Bytea), ("previous_until", TimestampTz), ("version", Bigint));

    public static readonly Table WebhookDeliveries = Of(
        "webhook_deliveries", 310,
        ("webhook_id", Uuid), ("event_id", Uuid), ("type", Text), ("subject_type", Text), ("subject_id", Uuid), ("data", Text), ("at", TimestampTz),
        ("state", Text), ("tries", Integer), ("attempts", Integer), ("next_at", TimestampTz), ("claimed_until", TimestampTz), ("attempted_at", TimestampTz),
        ("response_status", Integer), ("problem", Text), ("queued_at", TimestampTz), ("created_at", TimestampTz), ("version", Bigint));
}
