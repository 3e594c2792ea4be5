using NpgsqlTypes;

using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The table of Migrations/0027_views.sql.
public static partial class SystemTables
{
    public static readonly Table Views = Of(
        "views", 500,
        ("owner_id", Uuid), ("list", Text), ("name", Text), ("state", Text), ("sharing", Text), ("role", Text), ("is_pinned", NpgsqlDbType.Boolean),
        ("created_at", TimestampTz), ("updated_at", TimestampTz), ("version", Bigint));
}
