using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The table of Migrations/0023_instance_migrations.sql.
public static partial class SystemTables
{
    public static readonly Table InstanceMigrations = Of(
        "instance_migrations", 520,
        ("operation_id", Uuid), ("instance_id", Uuid), ("outcome", Text), ("code", Text), ("place_before", Text), ("place_after", Text),
        ("detail", Jsonb), ("state_before", Bytea), ("hash_before", Text), ("tasks_before", Jsonb), ("version_after", Bigint), ("undo", Text),
        ("created_at", TimestampTz), ("version", Bigint));
}
