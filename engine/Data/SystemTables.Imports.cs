using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The table of Migrations/0018_import_mappings.sql.
public static partial class SystemTables
{
    public static readonly Table ImportMappings = Of(
        "import_mappings", 500,
        ("record_type", Text), ("shape", Text), ("name", Text), ("mapping", Jsonb), ("used_at", TimestampTz), ("created_at", TimestampTz), ("version", Bigint));
}
