using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The table of Migrations/0021_deletions.sql.
public static partial class SystemTables
{
    public static readonly Table Deletions = Of(
        "deletions", 520,
        ("record_type", Text), ("snapshot", Jsonb), ("deleted_at", TimestampTz), ("undone_at", TimestampTz), ("version", Bigint));
}
