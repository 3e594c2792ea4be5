using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The table of Migrations/0012_merges.sql.
public static partial class SystemTables
{
    public static readonly Table Merges = Of(
        "merges", 520,
        ("record_type", Text), ("source_id", Uuid), ("target_id", Uuid), ("snapshot", Jsonb), ("merged_at", TimestampTz),
        ("undone_at", TimestampTz), ("version", Bigint));
}
