using System.Text.Json;
using System.Text.Json.Nodes;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Data.Transfer;

/// <summary>
/// Writes a list of records as a file while the database still sends it. References are written as natural keys, so that
/// an import elsewhere finds its own records by them; what an import cannot set (status, counters, versions) is written
/// too, for people, and passed over by the import.
/// </summary>
public sealed class RecordExport(Database database, RecordReader reader, FieldCatalogue catalogue)
{
    /// <summary>Records whose references are looked up together.</summary>
    private const int Chunk = 500;

    /// <summary>Natural keys that are remembered; beyond it they are forgotten all at once.</summary>
    private const int MostKeys = 50_000;

    public async Task WriteCsvAsync(Guid tenantId, ListQuery query, Stream output, bool byteOrderMark, CancellationToken ct)
    {
        var custom = await catalogue.OfAsync(tenantId, query.Type, ct);
        await using var writer = new CsvWriter(output, byteOrderMark);
        await writer.WriteAsync(Header(query.Type, custom).Select(FormulaGuard.Apply), ct);
        await foreach (var (record, keys) in RowsAsync(tenantId, query, ct))
            await writer.WriteAsync(Cells(query.Type, custom, record, keys, isGuarded: true), ct);
        await writer.FlushAsync(ct);
    }

    /// <exception cref="ProblemException">422 when the records do not fit into a sheet; so the output must not have left the house yet.</exception>
    public async Task WriteXlsxAsync(Guid tenantId, ListQuery query, Stream output, CancellationToken ct)
    {
        var custom = await catalogue.OfAsync(tenantId, query.Type, ct);
        await using var writer = await XlsxWriter.CreateAsync(output, query.Type.Name, ct);
        await writer.WriteAsync([.. Header(query.Type, custom)], ct);
        await foreach (var (record, keys) in RowsAsync(tenantId, query, ct))
        {
            if (!await writer.WriteAsync([.. Cells(query.Type, custom, record, keys, isGuarded: false)], ct))
            {
                throw new ProblemException(422, "too_large_for_a_workbook",
                    $"A workbook holds {XlsxWriter.MostRows} rows and {XlsxWriter.LongestCell} characters in a cell; these records need more. Export them as csv.");
            }
        }
        await writer.CompleteAsync(ct);
    }

    /// <summary>A list of records as the API answers them, ids as references.</summary>
    public async Task WriteJsonAsync(Guid tenantId, ListQuery query, Stream output, CancellationToken ct)
    {
        const int flushBytes = 32 << 10;
        await using var writer = new Utf8JsonWriter(output, RecordJson.WriterOptions);
        writer.WriteStartArray();
        await foreach (var record in reader.StreamAsync(tenantId, query, ct))
        {
            RecordJson.Write(writer, query.Type, record);
            if (writer.BytesPending > flushBytes)
                await writer.FlushAsync(ct);
        }
        writer.WriteEndArray();
        await writer.FlushAsync(ct);
    }

    private static IEnumerable<Field> FieldsOf(RecordType type) => type.Fields.Where(field => !field.Secret);

    private static IEnumerable<string> Header(RecordType type, CustomFields custom) =>
    [
        "id", .. FieldsOf(type).Select(field => field.Name), .. custom.All.Select(field => "custom." + field.Name), "version", "createdAt", "updatedAt",
    ];

    private static IEnumerable<string> Cells(
        RecordType type, CustomFields custom, Record record, IReadOnlyDictionary<(RecordType, Guid), string> keys, bool isGuarded)
    {
        yield return record.Id.ToString();
        foreach (var field in FieldsOf(type))
        {
            var text = field.References is { } reference ? Reference(RecordTypes.Find(reference.Type)!, field.Get(record), keys) : CellText.Write(field.Get(record));
            // Numbers, dates and truth values are nothing that runs, and a guard would make texts of them.
            yield return isGuarded && field.Kind is FieldKind.Text or FieldKind.Reference or FieldKind.Json ? FormulaGuard.Apply(text) : text;
        }
        foreach (var field in custom.All)
        {
            var text = CellText.Write(field, record.Custom?[field.Name]);
            yield return isGuarded && field.Kind is not (CustomFieldKind.Number or CustomFieldKind.Boolean) ? FormulaGuard.Apply(text) : text;
        }
        yield return CellText.Write(record.Version);
        yield return CellText.Write(record.CreatedAt);
        yield return CellText.Write(record.UpdatedAt);
    }

    private static string Reference(RecordType target, object? value, IReadOnlyDictionary<(RecordType, Guid), string> keys) => value switch
    {
        Guid id => keys.GetValueOrDefault((target, id)) ?? id.ToString(),
        JsonArray list => CellText.Write(new JsonArray([.. Ids(list).Select(id => (JsonNode)(keys.GetValueOrDefault((target, id)) ?? id.ToString()))])),
        _ => CellText.Write(value),
    };

    private static IEnumerable<Guid> Ids(JsonArray list) =>
        list.Select(item => Guid.TryParse((string?)item, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty);

    private async IAsyncEnumerable<(Record Record, IReadOnlyDictionary<(RecordType, Guid), string> Keys)> RowsAsync(
        Guid tenantId, ListQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var keys = new Dictionary<(RecordType, Guid), string>();
        var chunk = new List<Record>(Chunk);
        await foreach (var record in reader.StreamAsync(tenantId, query, ct))
        {
            chunk.Add(record);
            if (chunk.Count < Chunk)
                continue;
            await FindKeysAsync(tenantId, query.Type, chunk, keys, ct);
            foreach (var complete in chunk)
                yield return (complete, keys);
            chunk.Clear();
        }
        await FindKeysAsync(tenantId, query.Type, chunk, keys, ct);
        foreach (var complete in chunk)
            yield return (complete, keys);
    }

    private async Task FindKeysAsync(Guid tenantId, RecordType type, List<Record> records, Dictionary<(RecordType, Guid), string> keys, CancellationToken ct)
    {
        if (keys.Count > MostKeys)
            keys.Clear();
        var wanted = new Dictionary<RecordType, HashSet<Guid>>();
        foreach (var field in FieldsOf(type).Where(field => field.References is not null))
        {
            var target = RecordTypes.Find(field.References!.Type)!;
            if (target.NaturalKey is null)
                continue;
            if (!wanted.TryGetValue(target, out var ids))
                wanted[target] = ids = [];
            foreach (var record in records)
            {
                switch (field.Get(record))
                {
                    case Guid id when !keys.ContainsKey((target, id)):
                        ids.Add(id);
                        break;
                    case JsonArray list:
                        ids.UnionWith(Ids(list).Where(id => !keys.ContainsKey((target, id))));
                        break;
                }
            }
        }
        foreach (var (target, ids) in wanted.Where(pair => pair.Value.Count > 0))
        {
            var command = new NpgsqlBatchCommand($"select id, {target.NaturalKey!.Column} from {target.Table} where id = any($1)")
            {
                Parameters = { new() { Value = ids.ToArray(), NpgsqlDbType = NpgsqlDbType.Uuid | NpgsqlDbType.Array } },
            };
            await database.ReadAsync(tenantId, command, async (reader, ct) =>
            {
                while (await reader.ReadAsync(ct))
                    keys[(target, reader.GetGuid(0))] = reader.GetString(1);
                return true;
            }, ct);
        }
    }
}
