using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Tests.Support;
using Xunit;
using Record = Switchboard.Domain.Record;

namespace Switchboard.Data.Tests.Records;

/// <summary>A database with the whole record pipeline on it; every test takes a tenant of its own.</summary>
public sealed class RecordDatabase : IAsyncLifetime
{
    public string OwnerConnectionString { get; private set; } = null!;

    public Database Database { get; private set; } = null!;

    public GroupCommitter Committer { get; private set; } = null!;

    public RecordReader Reader { get; private set; } = null!;

    public FieldCatalogue Catalogue { get; private set; } = null!;

    public RecordValidation Validation { get; private set; } = null!;

    public RecordHooks Hooks { get; } = new();

    public RecordWriter Writer { get; private set; } = null!;

    public static ChangeContext By(string action = "") => new(null, "Test", action, TimeProvider.System.GetUtcNow());

    public static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public async Task InitializeAsync()
    {
        OwnerConnectionString = await TestPostgres.CreateDatabaseAsync("records");
        Database = new Database(OwnerConnectionString);
        Committer = new GroupCommitter(
            Database.Engine, new CommitOptions(), new CommitSignals(), TimeProvider.System, NullLogger<GroupCommitter>.Instance);
        Reader = new RecordReader(Database);
        Validation = new RecordValidation(Database);
        Catalogue = new FieldCatalogue(Database, Committer, new CustomFieldIndexes(OwnerConnectionString), TimeProvider.System);
        Writer = new RecordWriter(Database, Reader, Validation, Catalogue, Committer, Hooks);
    }

    public async Task DisposeAsync()
    {
        await Committer.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>A valid record with the records that it needs, stored.</summary>
    public async Task<Record> AddAsync(Guid tenantId, RecordType type, int number = 1)
    {
        var step = new Step(tenantId);
        var record = await AddToAsync(step, type, number);
        await Committer.CommitAsync(step, CancellationToken.None);
        return record;
    }

    /// <summary>Adds records as they are, with the records they refer to being there already.</summary>
    public async Task StoreAsync(Guid tenantId, RecordType type, IEnumerable<Record> records)
    {
        var step = new Step(tenantId);
        foreach (var record in records)
            RecordChanges.Create(step, type, record, By());
        await Committer.CommitAsync(step, CancellationToken.None);
    }

    public async Task<List<Record>> ListAllAsync(Guid tenantId, RecordType type, string query, CustomFields? custom = null)
    {
        var found = new List<Record>();
        string? after = null;
        do
        {
            var page = await Reader.ListAsync(tenantId, Query(type, after is null ? query : $"{query}&after={after}", custom), CancellationToken.None);
            found.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);
        return found;
    }

    /// <summary>A query as it would stand in an address, without the escapes.</summary>
    public static ListQuery Query(RecordType type, string query, CustomFields? custom = null) =>
        ListQuery.Parse(type, custom ?? CustomFields.None, query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part =>
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            return KeyValuePair.Create(part[..at], part[(at + 1)..]);
        }));

    public async Task<T?> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Database.Engine.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (T?)await command.ExecuteScalarAsync();
    }

    private async Task<Record> AddToAsync(Step step, RecordType type, int number)
    {
        var references = new Dictionary<Field, Guid>();
        foreach (var field in type.Fields.Where(field => field is { Stored: true, Kind: FieldKind.Reference, Required: true }))
        {
            var target = RecordTypes.Find(field.References!.Type)!;
            references[field] = (await AddToAsync(step, target, (number * 100) + references.Count)).Id;
        }
        var record = RecordSamples.Valid(type, number, references);
        record.Id = type.Name == "tenants" ? step.TenantId : NewId();
        RecordChanges.Create(step, type, record, By());
        return record;
    }
}
