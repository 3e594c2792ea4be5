using NpgsqlTypes;

using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The tables of Migrations/0002_runtime.sql. Columns that the database fills (events.tx, events.seq) are not listed.
public static partial class SystemTables
{
    public static readonly Table Instances = Of(
        "instances", 100, updatesFirst: true,
        ("definition_id", Text), ("definition_version", Integer), ("definition_hash", Text), ("status", Text), ("sub_status", Text),
        ("name", Text), ("correlation_id", Text), ("parent_id", Uuid), ("notify_parent", NpgsqlDbType.Boolean), ("subject_type", Text),
        ("subject_id", Uuid), ("activation_key", Text), ("incident_count", Integer), ("state", Bytea), ("version", Bigint), ("created_at", TimestampTz),
        ("updated_at", TimestampTz), ("finished_at", TimestampTz));

    public static readonly Table Bookmarks = Of(
        "bookmarks", 200,
        ("instance_id", Uuid), ("bookmark_id", Text), ("name", Text), ("hash", Text), ("correlation_id", Text), ("created_at", TimestampTz));

    public static readonly Table Timers = Of(
        "timers", 200,
        ("instance_id", Uuid), ("bookmark_id", Text), ("due_at", TimestampTz), ("claimed_until", TimestampTz), ("attempts", Integer));

    public static readonly Table Journal = Of(
        "journal", 200,
        ("instance_id", Uuid), ("at", TimestampTz), ("definition_hash", Text), ("entries", Text), ("materials", Text));

    public static readonly Table Inbox = Of(
        "inbox", 200,
        ("source", Text), ("event_id", Text), ("kind", Text), ("name", Text), ("hash", Text), ("correlation_id", Text),
        ("instance_id", Uuid), ("payload", Jsonb), ("received_at", TimestampTz), ("expires_at", TimestampTz),
        ("claimed_until", TimestampTz), ("attempts", Integer), ("state", Text), ("problem", Text));

    public static readonly Table InboxSeen = Of(
        "inbox_seen", 200, ("source", Text), ("event_id", Text), ("received_at", TimestampTz));

    public static readonly Table Outbox = Of(
        "outbox", 200,
        ("kind", Text), ("destination", Text), ("payload", Jsonb), ("idempotency_key", Text), ("next_at", TimestampTz),
        ("claimed_until", TimestampTz), ("attempts", Integer), ("state", Text), ("problem", Text), ("instance_id", Uuid),
        ("bookmark_id", Text), ("created_at", TimestampTz));

    public static readonly Table Events = Of(
        "events", 900,
        ("type", Text), ("subject_type", Text), ("subject_id", Uuid), ("data", Text), ("at", TimestampTz));

    public static readonly Table Artefacts = Of(
        "artefacts", 100,
        ("kind", Text), ("key", Text), ("number", Integer), ("content", Text), ("hash", Text), ("comment", Text), ("author", Text),
        ("author_id", Uuid), ("state", Text), ("effective_from", TimestampTz), ("published_at", TimestampTz), ("created_at", TimestampTz),
        ("updated_at", TimestampTz), ("version", Bigint));

    private static Table Of(string name, int rank, params (string Name, NpgsqlDbType Type)[] columns) => Of(name, rank, false, columns);

    private static Table Of(string name, int rank, bool updatesFirst, params (string Name, NpgsqlDbType Type)[] columns) =>
        new(name, [new Column("tenant_id", Uuid), new Column("id", Uuid), .. columns.Select(column => new Column(column.Name, column.Type))])
        {
            Rank = rank,
            UpdatesFirst = updatesFirst,
        };
}
