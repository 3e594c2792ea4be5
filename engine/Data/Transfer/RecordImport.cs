using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;

namespace Switchboard.Data.Transfer;

/// <summary>What an import does with a row whose record is already there.</summary>
public enum ExistingRecords
{
    Update,
    Skip,
}

/// <summary>One row on its way to being a record.</summary>
public sealed class ImportRow(SourceRow source)
{
    public SourceRow Source { get; } = source;

    /// <summary>The natural key in canonical form; null when the row has none that can be read.</summary>
    public string? Key { get; init; }

    /// <summary>A row before it has the same natural key or id.</summary>
    public bool IsDuplicate { get; init; }

    /// <summary>The first is the row's reason, by the order of the file's columns. Empty when the row can be written.</summary>
    public IReadOnlyList<FieldError> Errors { get; internal set; } = [];

    /// <summary>Null for a record that is not there yet.</summary>
    public Record? Before { get; internal set; }

    /// <summary>Null when the row has errors or is to be skipped.</summary>
    public Record? After { get; internal set; }
}

/// <summary>
/// Makes records of the rows of one file: columns to fields, natural keys to references, rows to the records they change,
/// everything checked as the API would check it. A chunk of rows costs a handful of queries whatever its size.
/// </summary>
public sealed class RecordImport(
    Guid tenantId, RecordType type, CustomFields custom, ColumnMapping mapping, ExistingRecords existing, bool isGuarded,
    RecordReader reader, RecordValidation validation)
{
    // 128 bits of a hash instead of the keys: two million rows take the same memory whatever their keys are.
    private readonly HashSet<UInt128> seen = [];

    private readonly ImportColumn? keyColumn = mapping.Columns.FirstOrDefault(column => column.Field is not null && column.Field == type.NaturalKey);

    private readonly ImportColumn? idColumn = mapping.Columns.FirstOrDefault(column => column.IsId);

    /// <summary>To be called once for each row, in the order of the file.</summary>
    public ImportRow Begin(SourceRow source)
    {
        if (source.Error is not null)
            return new ImportRow(source);
        var key = keyColumn is null ? null : Canonical(type, Cell(source, keyColumn));
        var isDuplicate = key is not null && !seen.Add(Hash(key));
        if (idColumn is not null && Guid.TryParse(Cell(source, idColumn), out var id))
            isDuplicate |= !seen.Add(Hash("id " + id));
        return new ImportRow(source) { Key = key, IsDuplicate = isDuplicate };
    }

    /// <summary>Reads what the rows refer to, and fills in the rest of them. May be called again for the same rows.</summary>
    /// <param name="now">Of which new records get their ids.</param>
    public async Task ResolveAsync(IReadOnlyList<ImportRow> rows, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            (row.Before, row.After) = (null, null);
            row.Errors = row.Source.Error is { } error ? [error] : [];
        }
        var readable = rows.Where(row => row.Source.Error is null).ToList();
        var references = await FindReferencesAsync(readable, ct);
        await FindExistingAsync(readable, ct);

        var changes = new List<RecordChange>(readable.Count);
        var changed = new List<(ImportRow Row, List<FieldError> Errors)>(readable.Count);
        foreach (var row in readable)
        {
            if (row.Before is not null && existing == ExistingRecords.Skip)
                continue;
            var errors = new List<FieldError>();
            if (row.IsDuplicate)
            {
                var name = row.Key is null ? "id" : type.NaturalKey!.Name;
                errors.Add(new FieldError(name, "duplicate_in_file", $"A row before this one has the same {name}{(row.Key is null ? "" : $", {row.Key}")}."));
            }
            row.After = row.Before is null ? New(now) : RecordChanges.Copy(type, row.Before);
            Apply(row, references, errors);
            changes.Add(new RecordChange(row.Before, row.After));
            changed.Add((row, errors));
        }
        var broken = await validation.CheckAsync(tenantId, type, custom, changes, ct);
        for (var i = 0; i < changed.Count; i++)
        {
            var (row, errors) = changed[i];
            var known = errors.Select(error => error.Field).ToHashSet(); // a cell that could not be read is not also missing
            errors.AddRange(broken[i].Where(error => !known.Contains(error.Field)));
            if (errors.Count == 0)
                continue;
            row.Errors = [.. errors.OrderBy(error => ColumnOf(error.Field))];
            row.After = null;
        }
    }

    private Record New(DateTimeOffset now)
    {
        var record = type.Create();
        record.Id = Guid.CreateVersion7(now);
        record.TenantId = tenantId;
        return record;
    }

    private string Cell(SourceRow row, ImportColumn column)
    {
        var text = row.Text(column.At);
        text = isGuarded ? FormulaGuard.Remove(text) : text;
        return column.Transform?.Apply(text) ?? text;
    }

    private void Apply(ImportRow row, IReadOnlyDictionary<(RecordType, string), Guid> references, List<FieldError> errors)
    {
        var record = row.After!;
        foreach (var column in mapping.Columns)
        {
            var text = Cell(row.Source, column);
            if (column.IsId)
            {
                // It has chosen the record already. One that nothing here has is that of another system: a new record.
                if (text.Length > 0 && !Guid.TryParse(text, out _))
                    errors.Add(new FieldError("id", "invalid_id", "The id must be a UUID; leave it empty for a new record."));
            }
            else if (column.Custom is { } own)
                SetCustom(record, own, text);
            else if (string.IsNullOrWhiteSpace(text))
                Clear(record, column.Field!);
            else if (column.Field!.References is { } reference)
                SetReference(record, column.Field, RecordTypes.Find(reference.Type)!, text, references, errors);
            else if (CellText.Read(column.Field, custom, text, out var value) is { } error)
                errors.Add(error);
            else
                column.Field.Set(record, value);
        }
    }

    private static void Clear(Record record, Field field)
    {
        if (field.Nullable)
            field.Set(record, null);
        else if (field.Property.PropertyType == typeof(string))
            field.Set(record, "");
        else if (field.Kind == FieldKind.Reference)
            field.Set(record, Guid.Empty);
        // Other values that cannot be null stay what they are: the type's own default in a new record.
    }

    private static void SetCustom(Record record, CustomField field, string text)
    {
        if (string.IsNullOrWhiteSpace(text) && record.Custom?.ContainsKey(field.Name) != true)
            return;
        var values = (JsonObject?)record.Custom?.DeepClone() ?? [];
        if (string.IsNullOrWhiteSpace(text))
            values.Remove(field.Name);
        else
            values[field.Name] = CellText.Read(field, text);
        record.Custom = values.Count == 0 ? null : values;
    }

    private static void SetReference(
        Record record, Field field, RecordType target, string text, IReadOnlyDictionary<(RecordType, string), Guid> references, List<FieldError> errors)
    {
        if (field.Kind == FieldKind.Json)
        {
            var ids = new JsonArray();
            foreach (var entry in CellText.List(text))
            {
                if (Find(entry) is { } found)
                    ids.Add((JsonNode)found.ToString());
            }
            field.Set(record, ids);
        }
        else if (Find(text) is { } id)
        {
            field.Set(record, id);
        }

        Guid? Find(string entry)
        {
            // An id that nobody has is found out by the check of the record.
            if (references.TryGetValue((target, entry.Trim()), out var id) || Guid.TryParseExact(entry.Trim(), "D", out id))
                return id;
            errors.Add(new FieldError(field.Name, "unknown_reference",
                $"There is no record in {target.Name} with the {target.NaturalKey?.Name ?? "id"} '{(entry.Length <= 100 ? entry : entry[..100] + "…")}'."));
            return null;
        }
    }

    /// <summary>The ids behind the natural keys in all reference columns, by the text of the cell.</summary>
    private async Task<Dictionary<(RecordType, string), Guid>> FindReferencesAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        var wanted = new Dictionary<RecordType, Dictionary<string, string>>();
        foreach (var column in mapping.Columns.Where(column => column.Field?.References is not null))
        {
            var target = RecordTypes.Find(column.Field!.References!.Type)!;
            if (target.NaturalKey is null)
                continue;
            if (!wanted.TryGetValue(target, out var texts))
                wanted[target] = texts = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var row in rows)
            {
                var cell = Cell(row.Source, column);
                foreach (var entry in column.Field.Kind == FieldKind.Json ? CellText.List(cell) : [cell])
                {
                    var text = entry.Trim();
                    if (text.Length > 0 && !texts.ContainsKey(text) && Canonical(target, text) is { } key)
                        texts[text] = key;
                }
            }
        }
        var found = new Dictionary<(RecordType, string), Guid>();
        foreach (var (target, texts) in wanted)
        {
            var ids = await reader.FindByNaturalKeyAsync(tenantId, target, [.. texts.Values.Distinct()], ct);
            foreach (var (text, key) in texts)
            {
                if (ids.TryGetValue(key, out var id))
                    found[(target, text)] = id;
            }
        }
        return found;
    }

    /// <summary>By id where the file has one that exists, else by natural key.</summary>
    private async Task FindExistingAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        var byRow = new Dictionary<ImportRow, Guid>();
        if (idColumn is not null)
        {
            foreach (var row in rows)
            {
                if (Guid.TryParse(Cell(row.Source, idColumn), out var id))
                    byRow[row] = id;
            }
        }
        var records = new Dictionary<Guid, Record>(await reader.GetManyAsync(tenantId, type, [.. byRow.Values.Distinct()], ct));
        var keyed = rows.Where(row => row.Key is not null && !row.IsDuplicate && !(byRow.TryGetValue(row, out var id) && records.ContainsKey(id))).ToList();
        if (keyed.Count > 0)
        {
            var ids = await reader.FindByNaturalKeyAsync(tenantId, type, [.. keyed.Select(row => row.Key!).Distinct()], ct);
            foreach (var row in keyed)
            {
                if (ids.TryGetValue(row.Key!, out var id))
                    byRow[row] = id;
            }
            foreach (var (id, record) in await reader.GetManyAsync(tenantId, type, [.. ids.Values.Where(id => !records.ContainsKey(id))], ct))
                records[id] = record;
        }
        foreach (var (row, id) in byRow)
            row.Before = records.GetValueOrDefault(id);
    }

    /// <summary>A natural key as it is stored, or the text itself if it is none; null for nothing.</summary>
    private static string? Canonical(RecordType type, string text)
    {
        text = text.Trim();
        if (text.Length == 0 || !RecordJson.IsStorable(text))
            return null;
        var draft = type.Create();
        type.NaturalKey!.Set(draft, text);
        return draft.Normalise().Any(error => error.Field == type.NaturalKey.Name) ? null : (string?)type.NaturalKey.Get(draft);
    }

    private static UInt128 Hash(string key)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return BitConverter.ToUInt128(hash);
    }

    private int ColumnOf(string field)
    {
        var name = field.Split('/', 2) is ["custom", var own] ? "custom." + own : field.Split('/', 2)[0];
        return mapping.Columns.FirstOrDefault(column => column.Name == name)?.At ?? int.MaxValue;
    }
}
