using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The tables of Migrations/0003_identity.sql and 0009_api_keys.sql that steps write to.
public static partial class SystemTables
{
    public static readonly Table Credentials = Of(
        "credentials", 300, ("password_hash", Text), ("changed_at", TimestampTz), ("version", Bigint));

    public static readonly Table Sessions = Of(
        "sessions", 300,
        ("user_id", Uuid), ("memberships", Jsonb), ("user_agent", Text), ("created_at", TimestampTz), ("refreshed_at", TimestampTz),
        ("revoked_at", TimestampTz), ("version", Bigint));

    public static readonly Table ApiKeys = Of(
        "api_keys", 300,
        ("user_id", Uuid), ("name", Text), ("prefix", Text), ("hash", Bytea), ("permissions", Jsonb), ("created_at", TimestampTz),
        ("expires_at", TimestampTz), ("last_used_at", TimestampTz), ("revoked_at", TimestampTz), ("version", Bigint));
}
