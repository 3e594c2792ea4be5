using Switchboard.Domain;

namespace Switchboard.Data.Records;

/// <summary>The items of one batch on their way to one step: read together, checked together, answered one by one.</summary>
internal sealed class RecordBatch(Guid tenantId, RecordType type, IReadOnlyList<BatchItem> items, CustomFields custom, ChangeContext context)
{
    /// <summary>By id, what a record was before the batch and what it is after the items so far; null after a deletion.</summary>
    private readonly Dictionary<Guid, (Record? Before, Record? After, bool IsNew)> states = [];

    private readonly Record?[] written = new Record?[items.Count];

    public BatchResult?[] Results { get; } = new BatchResult?[items.Count];

    public IEnumerable<Record> Created => states.Values.Where(state => state is { IsNew: true, After: not null }).Select(state => state.After!);

    public IEnumerable<(Record Before, Record After)> Updated =>
        states.Values.Where(state => state is { IsNew: false, Before: not null, After: not null } && !ReferenceEquals(state.Before, state.After))
            .Select(state => (state.Before!, state.After!));

    /// <summary>With the index of the item that asked for it.</summary>
    public List<(int Index, Record Before)> Deleted { get; } = [];

    public async Task PrepareAsync(RecordReader reader, RecordValidation validation, CancellationToken ct)
    {
        var ids = items.Where(item => item.Id is not null).Select(item => item.Id!.Value).Distinct().ToList();
        foreach (var (id, record) in await reader.GetManyAsync(tenantId, type, ids, ct))
            states[id] = (record, record, IsNew: false);

        // Items that change the same record build upon one another, so each goes into a wave of its own; other items share one.
        var waves = items.Select((item, index) => (item, index))
            .GroupBy(entry => entry.item.Id is { } id ? items.Take(entry.index).Count(earlier => earlier.Id == id) : 0)
            .OrderBy(wave => wave.Key);
        foreach (var wave in waves)
            await CheckWaveAsync([.. wave], validation, ct);
    }

    /// <summary>The answers, once nothing more can be refused.</summary>
    public BatchResult[] Finish()
    {
        for (var i = 0; i < Results.Length; i++)
        {
            if (Results[i] is null)
                Results[i] = IsDelete(items[i]) ? new BatchResult(204, null, null) : new BatchResult(items[i].Id is null ? 201 : 200, written[i], null);
        }
        return Results!;
    }

    private async Task CheckWaveAsync(List<(BatchItem Item, int Index)> wave, RecordValidation validation, CancellationToken ct)
    {
        var changes = new List<(int Index, RecordChange Change)>();
        foreach (var (item, index) in wave)
        {
            try
            {
                if (ChangeOf(item, index) is { } change)
                    changes.Add((index, change));
            }
            catch (ProblemException problem)
            {
                Results[index] = new BatchResult(problem.Status, null, problem);
            }
        }
        var errors = await validation.CheckAsync(tenantId, type, custom, [.. changes.Select(entry => entry.Change)], ct);
        for (var i = 0; i < changes.Count; i++)
        {
            var (index, change) = changes[i];
            if (errors[i].Count > 0)
            {
                var problem = ProblemException.Invalid(errors[i]);
                Results[index] = new BatchResult(problem.Status, null, problem);
                continue;
            }
            var state = states.GetValueOrDefault(change.After.Id);
            // Nothing changed: the record stays the object that was read, and nothing is written.
            if (change.Before is { } before && RecordChanges.Differences(type, before, change.After).Count == 0)
            {
                written[index] = before;
                continue;
            }
            states[change.After.Id] = (state.Before, change.After, IsNew: change.Before is null || state.IsNew);
            written[index] = change.After;
        }
    }

    /// <summary>Null for a deletion, which needs no check of values.</summary>
    private RecordChange? ChangeOf(BatchItem item, int index)
    {
        switch (item.Method.ToUpperInvariant())
        {
            case "POST" when item is { Id: null, Body: { } body }:
                return new RecordChange(null, RecordWriter.NewRecord(tenantId, type, body, custom, context));
            case "PATCH" when item is { Id: { } id, Body: { } patch }:
                RefuseStale(item);
                var before = Current(id);
                var after = RecordChanges.Copy(type, before);
                var errors = RecordJson.ApplyPatch(type, after, patch, custom, creating: false);
                return errors.Count == 0 ? new RecordChange(before, after) : throw ProblemException.Invalid(errors);
            case "DELETE" when item.Id is { } id:
                RefuseStale(item);
                if (!ReferenceEquals(Current(id), states[id].Before))
                    throw ProblemException.Malformed("invalid_item", $"items/{index}", "A batch cannot change a record and then delete it.");
                Deleted.Add((index, states[id].Before!));
                states[id] = states[id] with { After = null };
                return null;
            default:
                throw ProblemException.Malformed("invalid_item", $"items/{index}",
                    "An item is {method: POST, body}, {method: PATCH, id, body} or {method: DELETE, id}; the latter two may name a version.");
        }
    }

    private void RefuseStale(BatchItem item)
    {
        if (item is { Id: { } id, Version: { } expected } && states.GetValueOrDefault(id).Before is { } before && before.Version != expected)
            throw ProblemException.Stale(type, id, expected, before.Version);
    }

    private Record Current(Guid id) => states.GetValueOrDefault(id).After ?? throw ProblemException.NotFound(type, id);

    private static bool IsDelete(BatchItem item) => item.Method.Equals("DELETE", StringComparison.OrdinalIgnoreCase);
}
