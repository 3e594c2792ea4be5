using NpgsqlTypes;

using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The table of Migrations/0026_secrets.sql.
public static partial class SystemTables
{
    public static readonly Table Secrets = Of(
        "secrets", 300,
        ("name", Text), ("display_name", Text), ("description", Text), ("type_name", Text), ("scope", Text), ("value", Bytea), ("number", Integer),
        ("is_revoked", NpgsqlDbType.Boolean), ("expires_at", TimestampTz), ("created_at", TimestampTz), ("updated_at", TimestampTz), ("version", Bigint));
}
