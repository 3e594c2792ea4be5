using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The tables of Migrations/0001_foundation.sql that are no record types.
public static partial class SystemTables
{
    public static readonly Table History = Of(
        "history", 800,
        ("record_type", Text), ("record_id", Uuid), ("at", TimestampTz), ("actor_id", Uuid), ("actor", Text), ("action", Text),
        ("changes", Text), ("instance_id", Uuid), ("decision_id", Uuid), ("artefact", Text), ("batch_id", Uuid));

    public static readonly Table Audit = Of(
        "audit", 800,
        ("at", TimestampTz), ("actor_id", Uuid), ("actor", Text), ("action", Text), ("subject_type", Text), ("subject_id", Uuid),
        ("detail", Jsonb), ("trace_id", Text));

    public static readonly Table Comments = Of(
        "comments", 500,
        ("record_type", Text), ("record_id", Uuid), ("author_id", Uuid), ("author", Text), ("body", Text),
        ("is_internal", NpgsqlTypes.NpgsqlDbType.Boolean), ("created_at", TimestampTz), ("updated_at", TimestampTz), ("version", Bigint));

    public static readonly Table Tags = Of(
        "tags", 500, ("record_type", Text), ("record_id", Uuid), ("tag", Text), ("created_at", TimestampTz));

    public static readonly Table Fields = Of(
        "fields", 500,
        ("record_type", Text), ("name", Text), ("label", Text), ("kind", Text), ("options", Jsonb),
        ("required", NpgsqlTypes.NpgsqlDbType.Boolean), ("indexed", NpgsqlTypes.NpgsqlDbType.Boolean), ("sort_order", Integer),
        ("created_at", TimestampTz), ("updated_at", TimestampTz), ("version", Bigint));

    public static readonly Table FieldChoices = Of(
        "field_choices", 500, ("record_type", Text), ("field", Text), ("value", Text), ("created_at", TimestampTz));

    public static readonly Table IdempotencyKeys = Of(
        "idempotency_keys", 600,
        ("key", Text), ("request_hash", Bytea), ("status", Integer), ("headers", Jsonb), ("body", Bytea), ("created_at", TimestampTz));

    public static readonly Table Operations = Of(
        "operations", 500,
        ("kind", Text), ("status", Text), ("done", Bigint), ("total", Bigint), ("request", Jsonb), ("result", Jsonb), ("problem", Jsonb),
        ("cancel_requested", NpgsqlTypes.NpgsqlDbType.Boolean), ("lease_until", TimestampTz), ("node", Text), ("created_by", Uuid),
        ("created_at", TimestampTz), ("updated_at", TimestampTz), ("version", Bigint), ("is_paused", NpgsqlTypes.NpgsqlDbType.Boolean));

    public static readonly Table OperationFiles = Of(
        "operation_files", 510,
        ("operation_id", Uuid), ("name", Text), ("content_type", Text), ("part", Integer), ("content", Bytea), ("created_at", TimestampTz));

    /// <summary>Its id is that of the file; <c>part</c> counts from 0.</summary>
    public static readonly Table FileContents = Of(
        "file_contents", 510, ("file_id", Uuid), ("part", Integer), ("content", Bytea));
}
