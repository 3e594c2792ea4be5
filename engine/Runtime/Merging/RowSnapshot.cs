using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data.Commit;

namespace Switchboard.Runtime.Merging;

/// <summary>
/// What it takes to undo a merge or a deletion: the rows as they were before it, and the fingerprints of those that it changed
/// as it left them, by which an undo sees whether somebody has changed them since. (Not their versions: a later change that
/// was undone has changed nothing.)
/// </summary>
/// <param name="Changed">By table, the former rows of what was changed.</param>
/// <param name="Deleted">By table, the former rows of what was deleted.</param>
/// <param name="Added">By table without versions, the ids of what was added.</param>
/// <param name="Others">By table that holds no records, the rows that went with the records that were deleted.</param>
/// <param name="Fingerprints">By id, of what was changed, after it.</param>
internal sealed record RowSnapshot(JsonObject Changed, JsonObject Deleted, JsonObject Added, JsonObject Others, JsonObject Fingerprints)
{
    /// <summary>Reads the rows that steps are about to change, one statement a table. The steps must not have been applied yet.</summary>
    public static async Task<RowSnapshot> TakeAsync(
        NpgsqlConnection connection, Guid tenantId, IReadOnlyList<Step> steps, ReferenceKeys keys, CancellationToken ct)
    {
        var snapshot = new RowSnapshot([], [], [], [], []);
        foreach (var rows in steps.SelectMany(step => step.Updates).GroupBy(row => row.Table))
            snapshot.Changed[rows.Key.Name] = await KeepAsync(rows.Key, [.. rows.Select(row => (Guid)row.Row[1]!)]);
        foreach (var rows in steps.SelectMany(step => step.Deletes).GroupBy(row => row.Table))
        {
            Guid[] ids = [.. rows.Select(row => row.Id)];
            snapshot.Deleted[rows.Key.Name] = await KeepAsync(rows.Key, ids);
            foreach (var key in keys.Others.Where(key => key.Target == rows.Key.Name))
                snapshot.Others[key.Table] = await StoredRows.KeepAsync(connection, key.Table, key.Column, tenantId, ids, ct);
        }
        foreach (var rows in steps.SelectMany(step => step.Inserts).Where(row => StoredRows.TableOf(row.Table.Name) is not null).GroupBy(row => row.Table))
            snapshot.Added[rows.Key.Name] = new JsonArray([.. rows.Select(row => (JsonNode)((Guid)row.Row[1]!).ToString())]);
        return snapshot;

        Task<JsonArray> KeepAsync(Table table, Guid[] ids) => StoredRows.TableOf(table.Name) is null
            ? throw new InvalidOperationException($"Nothing can take back changes of {table}.")
            : StoredRows.KeepAsync(connection, table.Name, "id", tenantId, ids, ct);
    }

    /// <summary>Remembers what the changed rows look like, once the steps have been applied.</summary>
    public async Task FingerprintAsync(NpgsqlConnection connection, Guid tenantId, CancellationToken ct)
    {
        foreach (var (table, rows) in Changed)
        {
            foreach (var (id, fingerprint) in await StoredRows.FingerprintsAsync(connection, table, tenantId, IdsOf(rows!), ct))
                Fingerprints[id.ToString()] = fingerprint;
        }
    }

    public static Guid[] IdsOf(JsonNode rows) => [.. rows.AsArray().Select(row => Guid.Parse((string)row!["id"]!))];

    public static RowSnapshot Parse(string json)
    {
        var parsed = JsonNode.Parse(json)!;
        return new RowSnapshot(Part("changed"), Part("deleted"), Part("added"), Part("others"), Part("fingerprints"));

        JsonObject Part(string name) => parsed[name]!.AsObject();
    }

    public string ToJson() => new JsonObject
    {
        ["changed"] = Changed,
        ["deleted"] = Deleted,
        ["added"] = Added,
        ["others"] = Others,
        ["fingerprints"] = Fingerprints,
    }.ToJsonString();
}
