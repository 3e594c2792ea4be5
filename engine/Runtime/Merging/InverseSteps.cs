using System.Text.Json.Nodes;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Runtime.Merging;

/// <summary>
/// The steps that take a merge or a deletion back, made of the rows that were kept. The target of a merge goes first, because it
/// may hold the natural key of the source; then what was deleted comes back, and what it lost.
/// </summary>
/// <param name="merge">Null for a deletion.</param>
internal sealed class InverseSteps(NpgsqlConnection connection, Guid tenantId, RowSnapshot snapshot, MergeUndo.Merge? merge, ChangeContext context)
{
    /// <summary>How many of the records that stand in the way are named.</summary>
    private const int MostNamed = 100;

    /// <summary><c>{type, id, reason}</c> of what somebody has changed since.</summary>
    private readonly List<JsonObject> inTheWay = [];

    public Step First { get; } = new(tenantId);

    public Step Second { get; } = new(tenantId);

    /// <exception cref="ProblemException">409 <c>changed_since</c> with what is in the way.</exception>
    public async Task PlanAsync(CancellationToken ct)
    {
        foreach (var (name, rows) in snapshot.Changed)
        {
            if (StoredRows.TypeOf(name) is { } type)
                await RestoreValuesAsync(type, rows!, ct);
            else
                await RestoreRowsAsync(StoredRows.TableOf(name)!, rows!, ct);
        }
        foreach (var (name, ids) in snapshot.Added)
            await TakeAwayAsync(StoredRows.TableOf(name)!, [.. ids!.AsArray().Select(id => Guid.Parse((string)id!))], ct);
        foreach (var (name, rows) in snapshot.Deleted)
        {
            if (StoredRows.TypeOf(name) is { } type)
                await BringBackAsync(type, rows!, ct);
            else
                await BringBackAsync(StoredRows.TableOf(name)!, rows!, ct);
        }
        if (inTheWay.Count > 0)
            throw ChangedSince(merge is null ? "deletion" : "merge", inTheWay);
    }

    /// <param name="what">That cannot be undone.</param>
    public static ProblemException ChangedSince(string what, List<JsonObject> inTheWay) => new(
        409, "changed_since", $"{inTheWay.Count} {(inTheWay.Count == 1 ? "record has" : "records have")} been changed since the {what}, so it cannot be undone as a whole.",
        extensions: new JsonObject
        {
            ["count"] = inTheWay.Count,
            ["changed"] = new JsonArray([.. inTheWay.Take(MostNamed).Select(entry => (JsonNode)entry)]),
        });

    public async Task ApplyAsync(BulkTransaction transaction, CancellationToken ct)
    {
        await transaction.ApplyAsync(First, ct);
        await transaction.ApplyAsync(Second, ct);
        foreach (var (table, rows) in snapshot.Others)
            await RestoreAsync(table, rows!, ct);
    }

    private async Task RestoreValuesAsync(RecordType type, JsonNode rows, CancellationToken ct)
    {
        var former = await StoredRows.RecordsOfJsonAsync(connection, type, rows, ct);
        var current = await StoredRows.LockAsync(connection, type, tenantId, former.Select(record => record.Id), ct);
        var fingerprints = await StoredRows.FingerprintsAsync(connection, type.Table, tenantId, [.. current.Keys], ct);
        foreach (var after in former)
        {
            if (IsInTheWay(type.Name, after.Id, fingerprints.GetValueOrDefault(after.Id)))
                continue;
            var before = current[after.Id];
            if (merge is null || after.Id != merge.TargetId || type != merge.Type)
            {
                RecordChanges.Update(Second, type, before, after, context);
                continue;
            }
            var changes = RecordChanges.Differences(type, before, after);
            changes.Add(new FieldChange("mergedFrom", merge.SourceId, null));
            RecordChanges.Update(RefersTo(merge, after) ? Second : First, type, before, after, context, changes);
            await RefuseTakenKeyAsync(type, after, ct);
        }
    }

    private async Task RestoreRowsAsync(Table table, JsonNode rows, CancellationToken ct)
    {
        var former = await StoredRows.OfJsonAsync(connection, table, rows, ct);
        var ids = former.Select(row => (Guid)row[1]!).ToArray();
        var current = (await StoredRows.SelectAsync(connection, table, "r.id = any($2)", tenantId, ids, ct, " for update")).ToDictionary(row => (Guid)row[1]!);
        var fingerprints = await StoredRows.FingerprintsAsync(connection, table.Name, tenantId, ids, ct);
        foreach (var row in former)
        {
            var id = (Guid)row[1]!;
            if (IsInTheWay(table.Name, id, fingerprints.GetValueOrDefault(id)))
                continue;
            var version = (long)current[id][table.VersionAt]!;
            row[table.VersionAt] = version + 1;
            Second.Update(table, row, version);
        }
    }

    /// <summary>What was added is gone again before what was deleted comes back under the same key.</summary>
    private async Task TakeAwayAsync(Table table, Guid[] ids, CancellationToken ct)
    {
        var there = (await StoredRows.SelectAsync(connection, table, "r.id = any($2)", tenantId, ids, ct)).Select(row => (Guid)row[1]!).ToHashSet();
        foreach (var id in ids)
        {
            if (there.Contains(id))
                Second.Delete(table, id);
            else
                inTheWay.Add(Named(table.Name, id, "deleted"));
        }
    }

    private async Task BringBackAsync(RecordType type, JsonNode rows, CancellationToken ct)
    {
        foreach (var record in await StoredRows.RecordsOfJsonAsync(connection, type, rows, ct))
        {
            await RefuseTakenKeyAsync(type, record, ct);
            await RefuseLostReferencesAsync(type, record, ct);
            RecordChanges.Restore(Second, type, record, context, merge is null ? null : new FieldChange("mergedInto", merge.TargetId, null));
        }
    }

    private async Task BringBackAsync(Table table, JsonNode rows, CancellationToken ct)
    {
        var claimedAt = table.IndexOf("claimed_until");
        foreach (var row in await StoredRows.OfJsonAsync(connection, table, rows, ct))
        {
            if (claimedAt >= 0)
                row[claimedAt] = null; // by a pump that has found nothing to do meanwhile
            Second.Insert(table, row);
        }
    }

    /// <summary>Rows of a table that holds no records, as they were.</summary>
    private async Task RestoreAsync(string table, JsonNode rows, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"insert into {table} select * from jsonb_populate_recordset(null::{table}, $1)", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = rows.ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private bool IsInTheWay(string type, Guid id, string? fingerprint)
    {
        if (fingerprint is not null && fingerprint == (string?)snapshot.Fingerprints[id.ToString()])
            return false;
        inTheWay.Add(Named(type.Replace('_', '-'), id, fingerprint is null ? "deleted" : "changed"));
        return true;
    }

    /// <summary>Somebody else has taken the natural key that the record had.</summary>
    private async Task RefuseTakenKeyAsync(RecordType type, Record record, CancellationToken ct)
    {
        if (type.NaturalKey?.Get(record) is not string key)
            return;
        foreach (var row in await StoredRows.SelectAsync(connection, RecordTables.Of(type), $"r.{type.NaturalKey.Column} = $2", tenantId, key, ct))
        {
            if ((Guid)row[1]! is var id && id != merge?.TargetId && id != record.Id)
                inTheWay.Add(Named(type.Name, id, "has_its_key"));
        }
    }

    private async Task RefuseLostReferencesAsync(RecordType type, Record record, CancellationToken ct)
    {
        foreach (var field in type.Fields.Where(field => field is { Stored: true, Kind: FieldKind.Reference }))
        {
            if (field.Get(record) is not Guid id || id == merge?.TargetId)
                continue;
            var target = RecordTypes.Find(field.References!.Type)!;
            if (snapshot.Deleted[target.Table] is { } alike && RowSnapshot.IdsOf(alike).Contains(id))
                continue; // it comes back too
            if (!(await StoredRows.LockAsync(connection, target, tenantId, [id], ct)).ContainsKey(id))
                inTheWay.Add(Named(target.Name, id, "deleted"));
        }
    }

    private static bool RefersTo(MergeUndo.Merge merge, Record record) =>
        merge.Type.Fields.Any(field => field.Kind == FieldKind.Reference && field.Get(record) is Guid id && id == merge.SourceId);

    private static JsonObject Named(string type, Guid id, string reason) => new() { ["type"] = type, ["id"] = id.ToString(), ["reason"] = reason };
}
