using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;

namespace Switchboard.Runtime.Merging;

/// <summary>Lifecycles that end because their record goes, and that shall go on when it comes back.</summary>
internal static class EndedLifecycles
{
    /// <summary>What the cancelling of a lifecycle may write: all of it can be taken back or stays as a record of what happened.</summary>
    private static readonly Table[] Undoable =
        [SystemTables.Journal, SystemTables.History, SystemTables.Audit, SystemTables.Events, SystemTables.IdempotencyKeys];

    /// <summary>
    /// Whether nothing but what a snapshot can bring back ends with them. Then the step loses what it says to their children: they
    /// have none, and it must not reach those that they may have once they go on.
    /// </summary>
    public static async Task<bool> CanGoOnAsync(NpgsqlConnection connection, Step ending, Guid[] instances, CancellationToken ct)
    {
        var mayGo = ending.Inserts.TrueForAll(row => Undoable.Contains(row.Table) || IsForChildren(row))
            && ending.Updates.TrueForAll(row => StoredRows.TableOf(row.Table.Name) is not null)
            && ending.Deletes.TrueForAll(row => StoredRows.TableOf(row.Table.Name) is not null)
            && !await HaveChildrenAsync(connection, ending.TenantId, instances, ct);
        if (mayGo)
            ending.Inserts.RemoveAll(IsForChildren);
        return mayGo;
    }

    private static bool IsForChildren(RowInsert row) =>
        row.Table == SystemTables.Inbox && (string?)row.Row[row.Table.IndexOf("kind")] == "cancel";

    private static async Task<bool> HaveChildrenAsync(NpgsqlConnection connection, Guid tenantId, Guid[] instances, CancellationToken ct)
    {
        if (instances.Length == 0)
            return false;
        await using var command = new NpgsqlCommand("""
            select exists (select 1 from instances where tenant_id = $1 and parent_id = any($2) and finished_at is null)
                or exists (select 1 from inbox where tenant_id = $1 and kind = 'start' and payload ->> 'parentInstanceId' = any($2::text[]))
            """, connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = tenantId }, new NpgsqlParameter<Guid[]> { TypedValue = instances } },
        };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
