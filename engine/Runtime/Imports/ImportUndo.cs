using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Data.Transfer;
using Switchboard.Domain;
using Switchboard.Domain.Imports;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Imports;

/// <summary>
/// Takes an import back: deletes what it created, with the lifecycles, and gives what it updated the values of before. What
/// somebody has changed since is theirs, and kept; so is what others refer to. Each record is a step of its own, told
/// apart by its newest history, so that running again after a crash repeats nothing.
/// </summary>
public sealed class ImportUndo(
    Database database, RecordReader reader, RecordWriter writer, RecordValidation validation, FieldCatalogue catalogue, GroupCommitter committer, OperationFiles files)
    : OperationKind
{
    public const string KindName = "import-undo";

    /// <summary>The records that were kept, and why, as CSV: part 0 is the header.</summary>
    public const string KeptFile = "kept";

    private const string Action = "undo_import";

    private const int PageSize = 500;

    /// <summary>Steps that wait for a commit together.</summary>
    private const int AtOnce = 32;

    /// <summary>How many kept records the result itself lists; the file has them all.</summary>
    private const int MostListed = 100;

    private static readonly RecordType BatchType = RecordTypes.Of<ImportBatch>();

    public override string Name => KindName;

    public static JsonObject Request(ImportBatch batch, ChangeContext context) => new()
    {
        ["batchId"] = batch.Id.ToString(),
        ["recordType"] = batch.RecordType,
        ["actorId"] = context.ActorId?.ToString(),
        ["actor"] = context.Actor,
        ["traceId"] = context.TraceId,
    };

    public override async Task RunAsync(OperationRun run, CancellationToken ct)
    {
        var request = run.Operation.Request;
        var batchId = Guid.Parse((string)request["batchId"]!);
        var type = RecordTypes.Find((string)request["recordType"]!)
            ?? throw new ProblemException(422, "unknown_type", $"This version has no records of type {request["recordType"]}.");
        while (run.Operation.Total is null)
            await StartAsync(run, batchId, ct);

        while (true)
        {
            run.ThrowIfStopped();
            var after = (string?)run.Operation.Result!["cursor"] is { } cursor ? Guid.Parse(cursor) : (Guid?)null;
            var page = await PageAsync(run.TenantId, type, batchId, after, ct);
            if (page.Count == 0)
                return;
            var outcomes = new ConcurrentBag<Outcome>();
            var custom = await catalogue.OfAsync(run.TenantId, type, ct);
            var records = await reader.GetManyAsync(run.TenantId, type, [.. page.Select(entry => entry.RecordId)], ct);
            await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (entry, ct) =>
                outcomes.Add(await UndoAsync(run, type, custom, records.GetValueOrDefault(entry.RecordId), entry, ct)));
            await AdvanceAsync(run, type, page[^1].HistoryId, [.. outcomes], ct);
        }
    }

    public override async Task EndAsync(OperationRun run, Step step, string status, CancellationToken ct)
    {
        var batchId = Guid.Parse((string)run.Operation.Request["batchId"]!);
        if (status != Operation.Succeeded || await reader.GetAsync(run.TenantId, BatchType, batchId, ct) is not ImportBatch before)
            return;
        var after = (ImportBatch)RecordChanges.Copy(BatchType, before);
        (after.Status, after.UndoneAt) = ("undone", run.Now);
        RecordChanges.Update(step, BatchType, before, after, Change(run));
    }

    private async Task StartAsync(OperationRun run, Guid batchId, CancellationToken ct)
    {
        run.Operation.Total = await database.ReadAsync(
            run.TenantId,
            new NpgsqlBatchCommand("select count(*) from history where batch_id = $1") { Parameters = { new() { Value = batchId } } },
            async (reader, ct) => await reader.ReadAsync(ct) ? reader.GetInt64(0) : 0,
            ct);
        run.Operation.Result = new JsonObject
        {
            ["batchId"] = batchId.ToString(),
            ["deleted"] = 0,
            ["restored"] = 0,
            ["kept"] = 0,
            ["keptByReason"] = new JsonObject(),
            ["keptRecords"] = new JsonArray(),
            ["keptFile"] = $"/api/import-batches/{batchId}/kept",
            ["keptParts"] = 1,
            ["cursor"] = null,
        };
        var step = new Step(run.TenantId);
        using var header = new MemoryStream();
        await using (var csv = new CsvWriter(header, byteOrderMark: true))
            await csv.WriteAsync(["id", "record", "reason", "detail"], ct);
        files.Add(step, run.Operation.Id, KeptFile, "text/csv", 0, header.ToArray());
        await run.CommitAsync(step, isLarge: false, ct);
    }

    /// <summary>The next entries of the batch in the history, newest first, each with the newest entry of its record.</summary>
    private Task<List<Entry>> PageAsync(Guid tenantId, RecordType type, Guid batchId, Guid? after, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            select h.id, h.record_id, h.at, h.changes::text, n.id, n.action
            from history h
            cross join lateral (
                select id, action from history
                where record_type = h.record_type and record_id = h.record_id
                order by id desc
                limit 1) n
            where h.batch_id = $1 and h.record_type = $2 and ($3::uuid is null or h.id < $3)
            order by h.id desc
            limit $4
            """)
        {
            Parameters =
            {
                new() { Value = batchId },
                new() { Value = type.Name },
                new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
                new() { Value = PageSize },
            },
        };
        return database.ReadAsync(tenantId, command, async (reader, ct) =>
        {
            var page = new List<Entry>(PageSize);
            while (await reader.ReadAsync(ct))
            {
                page.Add(new Entry(
                    reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3), reader.GetGuid(4), reader.GetString(5)));
            }
            return page;
        }, ct);
    }

    private async Task<Outcome> UndoAsync(OperationRun run, RecordType type, CustomFields custom, Record? record, Entry entry, CancellationToken ct)
    {
        if (entry.NewestId != entry.HistoryId)
        {
            if (entry.NewestAction == Action) // by this operation, before it was interrupted
                return new Outcome(entry.RecordId, record, record is null ? Deleted : Restored);
            return record is null
                ? new Outcome(entry.RecordId, null, "deleted_since", "The record was deleted after the import.")
                : new Outcome(entry.RecordId, record, "changed_since", $"The record was changed after the import ({entry.NewestAction}).");
        }
        if (record is null)
            return new Outcome(entry.RecordId, null, "deleted_since", "The record was deleted after the import.");
        try
        {
            if (record.CreatedAt == entry.At)
            {
                await writer.DeleteAsync(run.TenantId, type, record.Id, record.Version, Change(run), null, ct);
                return new Outcome(record.Id, record, Deleted);
            }
            return await RestoreAsync(run, type, custom, record, entry, ct);
        }
        catch (ProblemException e)
        {
            return new Outcome(record.Id, record, e.Code is "stale_version" or "not_found" ? "changed_since" : e.Code, e.Detail);
        }
    }

    private async Task<Outcome> RestoreAsync(OperationRun run, RecordType type, CustomFields custom, Record record, Entry entry, CancellationToken ct)
    {
        var body = new JsonObject();
        foreach (var change in JsonNode.Parse(entry.Changes)!.AsArray())
        {
            var (name, old) = ((string)change!["field"]!, change["oldValue"]?.DeepClone());
            if (!name.StartsWith("custom.", StringComparison.Ordinal))
                body[name] = old;
            else if (custom.Find(name["custom.".Length..]) is { } own)
                (body["custom"] ??= new JsonObject())[own.Name] = old;
        }
        var after = RecordChanges.Copy(type, record);
        // As in a creation, JSON values are taken as they were instead of being merged with what is there.
        var errors = RecordJson.ApplyPatch(type, after, body, custom, creating: true);
        if (errors.Count == 0)
            errors.AddRange((await validation.CheckAsync(run.TenantId, type, custom, [new RecordChange(record, after)], ct))[0]);
        if (errors.Count > 0)
            return new Outcome(record.Id, record, errors[0].Code, $"Its former values are not allowed any more: {errors[0].Detail}");

        var step = new Step(run.TenantId);
        RecordChanges.Update(step, type, record, after, Change(run));
        return await committer.CommitAsync(step, ct) == StepOutcome.Committed
            ? new Outcome(record.Id, after, Restored)
            : new Outcome(record.Id, record, "changed_since", "The record was changed after the import.");
    }

    private async Task AdvanceAsync(OperationRun run, RecordType type, Guid cursor, List<Outcome> outcomes, CancellationToken ct)
    {
        while (true)
        {
            var result = (JsonObject)run.Operation.Result!.DeepClone();
            var step = new Step(run.TenantId);
            var kept = outcomes.Where(outcome => outcome.Detail is not null).ToList();
            Add(result, "deleted", outcomes.Count(outcome => outcome.What == Deleted));
            Add(result, "restored", outcomes.Count(outcome => outcome.What == Restored));
            Add(result, "kept", kept.Count);
            using var content = new MemoryStream();
            await using (var csv = new CsvWriter(content))
            {
                foreach (var (id, record, reason, detail) in kept)
                {
                    Add((JsonObject)result["keptByReason"]!, reason, 1);
                    var name = record is not null && type.NaturalKey?.Get(record) is string key ? key : "";
                    if (result["keptRecords"] is JsonArray { Count: < MostListed } listed)
                        listed.Add((JsonNode)new JsonObject { ["id"] = id.ToString(), ["record"] = name, ["reason"] = reason, ["detail"] = detail });
                    await csv.WriteAsync([id.ToString(), FormulaGuard.Apply(name), reason, FormulaGuard.Apply(detail!)], ct);
                }
            }
            if (kept.Count > 0)
            {
                files.Add(step, run.Operation.Id, KeptFile, "text/csv", (int)result["keptParts"]!, content.ToArray());
                Add(result, "keptParts", 1);
            }
            result["cursor"] = cursor.ToString();
            run.Operation.Result = result;
            run.Operation.Done += outcomes.Count;
            if (await run.CommitAsync(step, isLarge: false, ct))
                return;
        }
    }

    private static void Add(JsonObject counts, string name, int count) => counts[name] = ((int?)counts[name] ?? 0) + count;

    private static ChangeContext Change(OperationRun run) => run.ChangeByActor(Action) with { TraceId = (string?)run.Operation.Request["traceId"] };

    private const string Deleted = "deleted";
    private const string Restored = "restored";

    private sealed record Entry(Guid HistoryId, Guid RecordId, DateTimeOffset At, string Changes, Guid NewestId, string NewestAction);

    /// <param name="What"><see cref="Deleted"/>, <see cref="Restored"/>, or the code of the reason why it was kept.</param>
    /// <param name="Detail">Set when it was kept.</param>
    private sealed record Outcome(Guid Id, Record? Record, string What, string? Detail = null);
}
