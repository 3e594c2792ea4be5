using System.Text.Json.Nodes;
using FluentAssertions;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Data.Tests.Records;
using Switchboard.Data.Transfer;
using Switchboard.Domain;
using Xunit;
using Record = Switchboard.Domain.Record;

namespace Switchboard.Data.Tests.Transfer;

/// <summary>An import of an export gives the same records: for every type that can be imported, in every format of tables.</summary>
public sealed class RoundTripTests(RecordDatabase database) : IClassFixture<RecordDatabase>
{
    private static readonly string[] Texts = ["plain", "=1+1", "+SUM(A1)", "-5", "@x", "'=quoted", "a,=b", "say \"hi\"; x", " spaced ", "two\r\nlines", "\ttab", "é😀", "＝wide", "_x0041_", "1e5", "007", "true"];

    public static TheoryData<string, string> Types()
    {
        var data = new TheoryData<string, string>();
        // Not tenants: a tenant sees itself alone, so there is none to import into another.
        foreach (var type in RecordTypes.All.Where(type => type.Writable && type.Name is not "tenants"))
        {
            data.Add(type.Name, "csv");
            data.Add(type.Name, "xlsx");
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_import_of_an_export_gives_the_same_records(string name, string format)
    {
        var type = RecordTypes.Find(name)!;
        var (from, to) = (RecordDatabase.NewId(), RecordDatabase.NewId());
        var records = new List<Record>();
        for (var number = 1; number <= 5; number++)
            records.Add(await database.AddAsync(from, type, number));
        await SpiceAsync(from, type, records);
        await CopyGroundAsync(from, to, type);

        using var file = await ExportAsync(from, type, format);
        var rows = await ImportAsync(to, type, file);

        rows.SelectMany(row => row.Errors).Should().BeEmpty();
        var expected = (await database.ListAllAsync(from, type, "")).Select(record => Plain(type, record, from)).ToList();
        var actual = (await database.ListAllAsync(to, type, "")).Select(record => Plain(type, record, to)).ToList();
        (await Task.WhenAll(actual)).Should().BeEquivalentTo(await Task.WhenAll(expected));

        // The same file again, where its records come from: found by their ids, and nothing to change.
        file.Position = 0;
        (await ImportAsync(from, type, file)).Should().OnlyContain(row => row.Errors.Count == 0 && row.Before != null
            && RecordChanges.Differences(type, row.Before, row.After).Count == 0);
    }

    /// <summary>Gives free texts the values that files are bad at.</summary>
    private async Task SpiceAsync(Guid tenant, RecordType type, List<Record> records)
    {
        var at = 0;
        foreach (var record in records)
        {
            var before = (await database.Reader.GetAsync(tenant, type, record.Id, default))!;
            var after = RecordChanges.Copy(type, before);
            foreach (var field in type.Fields.Where(field => field is { Writable: true, Kind: FieldKind.Text, Choices: null } && field != type.NaturalKey && field.Property.PropertyType == typeof(string)))
            {
                var former = field.Get(after);
                field.Set(after, Texts[at++ % Texts.Length]);
                if ((await database.Validation.CheckAsync(tenant, type, CustomFields.None, [new RecordChange(before, after)], default))[0].Count > 0)
                    field.Set(after, former);
            }
            var step = new Step(tenant);
            RecordChanges.Update(step, type, before, after, RecordDatabase.By());
            await database.Committer.CommitAsync(step, default);
        }
    }

    /// <summary>The records that those of a type refer to, under other ids in the other tenant.</summary>
    private async Task CopyGroundAsync(Guid from, Guid to, RecordType type)
    {
        // Some refer to each other (a resource account to its number, a number to its account): as a person would, without
        // such references first and then once more with them.
        var (ground, laid, again) = (Ground(type), new HashSet<string>(), new List<RecordType>());
        foreach (var target in ground)
        {
            var early = target.Fields.Where(field => field.References is { } to && !laid.Contains(to.Type) && ground.Exists(one => one.Name == to.Type))
                .Select(field => field.Name).ToList();
            await LayAsync(target, early);
            laid.Add(target.Name);
            if (early.Count > 0)
                again.Add(target);
        }
        foreach (var target in again)
            await LayAsync(target, []);

        async Task LayAsync(RecordType target, List<string> without)
        {
            using var file = await ExportAsync(from, target, "csv");
            var mapping = without.Count == 0 ? null : new JsonObject(target.Fields
                .Where(field => field is { Writable: true, Secret: false } && !without.Contains(field.Name))
                .Select(field => KeyValuePair.Create(field.Name, (JsonNode?)JsonValue.Create(field.Name))));
            (await ImportAsync(to, target, file, mapping)).SelectMany(row => row.Errors).Should().BeEmpty($"{target.Name} are the ground");
        }
    }

    private static List<RecordType> Ground(RecordType type)
    {
        var needed = new HashSet<RecordType>();
        void Add(RecordType of)
        {
            foreach (var target in of.Fields.Where(field => field.References is not null).Select(field => RecordTypes.Find(field.References!.Type)!))
            {
                if (target.Name is not "tenants" && target != type && target.Writable && needed.Add(target))
                    Add(target);
            }
        }
        Add(type);
        return [.. RecordTypes.All.Where(needed.Contains)];
    }

    private async Task<MemoryStream> ExportAsync(Guid tenant, RecordType type, string format)
    {
        var export = new RecordExport(database.Database, database.Reader, database.Catalogue);
        var file = new MemoryStream();
        var query = RecordDatabase.Query(type, "sort=createdAt");
        if (format == "csv")
            await export.WriteCsvAsync(tenant, query, file, byteOrderMark: true, default);
        else
            await export.WriteXlsxAsync(tenant, query, file, default);
        file.Position = 0;
        return file;
    }

    private async Task<List<ImportRow>> ImportAsync(Guid tenant, RecordType type, Stream file, JsonObject? mapped = null)
    {
        using var table = SourceTable.Open(file);
        var mapping = ColumnMapping.Of(type, CustomFields.None, table.Header, mapped);
        var import = new RecordImport(tenant, type, CustomFields.None, mapping, ExistingRecords.Update, table.Format == "csv", database.Reader, database.Validation);
        var rows = table.Rows().Select(import.Begin).ToList();
        rows.Where(row => row.Source.Error != null).Should().BeEmpty();
        await import.ResolveAsync(rows, TimeProvider.System.GetUtcNow(), default);
        var step = new Step(tenant);
        foreach (var row in rows.Where(row => row.Before is null && row.After is not null))
            RecordChanges.Create(step, type, row.After!, RecordDatabase.By());
        foreach (var row in rows.Where(row => row.Before is not null && row.After is not null && RecordChanges.Differences(type, row.Before, row.After).Count > 0))
            RecordChanges.Update(step, type, row.Before!, row.After!, RecordDatabase.By());
        await database.Committer.CommitAsync(step, default);
        return rows;
    }

    /// <summary>What a client may write, references by natural key: what must be the same in both tenants.</summary>
    private async Task<string> Plain(RecordType type, Record record, Guid tenant)
    {
        var plain = new JsonObject();
        foreach (var field in type.Fields.Where(field => field is { Writable: true, Secret: false }))
        {
            plain[field.Name] = field.Get(record) switch
            {
                null => null,
                Guid id when field.References is not null => await KeyAsync(tenant, RecordTypes.Find(field.References.Type)!, id),
                JsonNode json => json.DeepClone(),
                var value => FieldText.Format(value),
            };
        }
        return plain.ToJsonString();
    }

    private async Task<string?> KeyAsync(Guid tenant, RecordType target, Guid id) =>
        await database.Reader.GetAsync(tenant, target, id, default) is { } found && target.NaturalKey is not null ? (string?)target.NaturalKey.Get(found) : "one";
}
