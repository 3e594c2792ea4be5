using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The tables of Migrations/0003_identity.sql that steps write to.
public static partial class SystemTables
{
    public static readonly Table Credentials = Of(
        "credentials", 300, ("password_hash", Text), ("changed_at", TimestampTz), ("version", Bigint));

    public static readonly Table Sessions = Of(
        "sessions", 300,
        ("user_id", Uuid), ("memberships", Jsonb), ("user_agent", Text), ("created_at", TimestampTz), ("refreshed_at", TimestampTz),
        ("revoked_at", TimestampTz), ("version", Bigint));
}
