using System.Text.Json.Nodes;
using FluentAssertions;
using Npgsql;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Domain.Work;
using Xunit;

using Record = Switchboard.Domain.Record;

namespace Switchboard.Data.Tests.Schema;

public sealed class RecordTablesTests(RecordTablesTests.NoKeys database) : IClassFixture<RecordTablesTests.NoKeys>
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 8, 30, 0, TimeSpan.FromHours(2));

    public static TheoryData<string> All { get; } = new(RecordTypes.All.Select(type => type.Name));

    [Theory, MemberData(nameof(All))]
    public async Task A_full_record_comes_back_as_it_was_written(string name) => await RoundTripAsync(RecordTypes.Find(name)!, full: true);

    [Theory, MemberData(nameof(All))]
    public async Task An_empty_record_comes_back_as_it_was_written(string name) => await RoundTripAsync(RecordTypes.Find(name)!, full: false);

    [Fact]
    public async Task The_counters_of_a_migration_are_always_true()
    {
        var tenant = NewId();
        var migration = new Migration { TenantId = tenant, Id = NewId(), Name = "Boston", SiteId = NewId() };
        await InsertAsync(migration, new Migration { TenantId = tenant, Id = NewId(), Name = "Empty", SiteId = NewId() });
        string[] statuses = ["not_started", "loa_rejected", "port_scheduled", "ported", "verified"];
        await InsertAsync([.. statuses.Select((status, i) => Number(tenant, migration.Id, i, status))]);
        await InsertAsync([.. Enumerable.Range(0, 4).Select(i => new EndUser { TenantId = tenant, Id = NewId(), Upn = $"u{i}", DisplayName = "U", MigrationId = migration.Id, IsConfigured = i == 0 })]);
        await InsertAsync(Number(tenant, NewId(), 9, "verified"), Number(NewId(), migration.Id, 0, "verified")); // of others

        var read = await ReadAsync(RecordTypes.Of<Migration>(), tenant);

        var boston = (Migration)read[migration.Id];
        (boston.TotalNumbers, boston.PortedNumbers, boston.TotalUsers, boston.ConfiguredUsers, boston.Progress).Should().Be((5, 2, 4, 1, 33));
        var empty = (Migration)read.Values.Single(record => record.Id != migration.Id);
        (empty.TotalNumbers, empty.PortedNumbers, empty.TotalUsers, empty.ConfiguredUsers, empty.Progress).Should().Be((0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task The_risk_of_a_task_grows_with_the_time_that_is_gone()
    {
        var tenant = NewId();
        var now = (await database.Source.ColumnAsync<DateTimeOffset>("select now()"))[0];
        WorkTask Task(string title, double createdHoursAgo, double? dueInHours, string status = "open") => new()
        {
            TenantId = tenant,
            Id = NewId(),
            Title = title,
            Type = "t",
            Status = status,
            CreatedAt = now.AddHours(-createdHoursAgo),
            DueAt = dueInHours is { } hours ? now.AddHours(hours) : null,
        };
        await InsertAsync(
            Task("fresh", 0, 1000), Task("half", 500, 500), Task("nearly", 1000, 1), Task("overdue", 1, -1), Task("claimed", 500, 500, "claimed"),
            Task("done", 10, -1, "done"), Task("endless", 10, null), Task("born late", -1, -2), Task("from the future", -10, 20));

        var risks = (await ReadAsync(RecordTypes.Of<WorkTask>(), tenant)).Values.Cast<WorkTask>().ToDictionary(task => task.Title, task => task.Risk);

        risks.Should().BeEquivalentTo(new Dictionary<string, int>
        {
            ["fresh"] = 0,
            ["half"] = 50,
            ["nearly"] = 99,
            ["overdue"] = 100,
            ["claimed"] = 50,
            ["done"] = 0,
            ["endless"] = 0,
            ["born late"] = 100,
            ["from the future"] = 0,
        });
    }

    [Fact]
    public void An_alias_reaches_into_computed_fields()
    {
        var list = RecordTables.SelectList(RecordTypes.Of<Migration>(), "m");

        list.Should().Contain("m.site_id").And.Contain("n.migration_id = m.id").And.NotContain(" r.");
    }

    [Fact]
    public async Task Typed_reads_see_the_tenant_of_their_transaction()
    {
        Guid tenant = NewId(), other = NewId();
        await InsertAsync(Number(tenant, NewId(), 0, "ported"), Number(tenant, NewId(), 1, "verified"), Number(other, NewId(), 2, "ported"));

        await using var transaction = await database.Source.Database.BeginAsync(tenant, CancellationToken.None);
        await using var context = await database.Source.Database.ContextAsync(transaction, CancellationToken.None);
        var numbers = Microsoft.EntityFrameworkCore.RelationalQueryableExtensions.FromSqlRaw(context.Set<PhoneNumber>(), "select * from phone_numbers")
            .Where(number => number.Status == "ported").ToList();

        numbers.Should().ContainSingle().Which.TenantId.Should().Be(tenant);
    }

    private async Task RoundTripAsync(RecordType type, bool full)
    {
        var record = type.Create();
        record.TenantId = NewId();
        record.Id = NewId();
        record.Version = 7;
        record.CreatedAt = At;
        record.UpdatedAt = At.AddMinutes(1);
        if (full)
        {
            record.Custom = new JsonObject { ["colour"] = "grün", ["size"] = 1.5 };
            foreach (var field in type.Fields.Where(field => field.Stored))
                field.Set(record, Sample(field));
        }
        await InsertAsync(record);

        var read = (await ReadAsync(type, record.TenantId))[record.Id];

        (read.TenantId, read.Version, read.CreatedAt, read.UpdatedAt).Should().Be((record.TenantId, 7L, At, At.AddMinutes(1)));
        JsonNode.DeepEquals(read.Custom, record.Custom).Should().BeTrue();
        foreach (var field in type.Fields.Where(field => field.Stored))
        {
            var (was, now) = (field.Get(record), field.Get(read));
            (was is JsonNode json ? JsonNode.DeepEquals(json, now as JsonNode) : Equals(was, now)).Should().BeTrue($"{field.Name} was {was} and is {now}");
        }
    }

    private static object Sample(Field field) => (Nullable.GetUnderlyingType(field.Property.PropertyType) ?? field.Property.PropertyType) switch
    {
        var type when type == typeof(Guid) => NewId(),
        var type when type == typeof(string) => "é'\"\\\u20ac"[..Math.Min(5, field.MaxLength ?? 5)],
        var type when type == typeof(int) => 42,
        var type when type == typeof(long) => 1L << 40,
        var type when type == typeof(decimal) => 12.50m,
        var type when type == typeof(bool) => true,
        var type when type == typeof(DateOnly) => new DateOnly(2027, 3, 1),
        var type when type == typeof(DateTimeOffset) => At.AddHours(1),
        _ => new JsonArray("a", 1, null),
    };

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    private static PhoneNumber Number(Guid tenant, Guid migration, int i, string status) => new()
    {
        TenantId = tenant,
        Id = NewId(),
        Number = $"+1617235000{i}",
        MigrationId = migration,
        Status = status,
    };

    private async Task InsertAsync(params Record[] records)
    {
        foreach (var record in records)
        {
            var table = RecordTables.Of(RecordTypes.Of(record));
            var row = RecordTables.RowOf(RecordTypes.Of(record), record);
            await using var command = database.Source.Database.Engine.CreateCommand(
                $"insert into {table} ({string.Join(", ", table.Columns.Select(column => column.Name))}) values ({string.Join(", ", table.Columns.Select((_, i) => $"${i + 1}"))})");
            for (var i = 0; i < row.Length; i++)
                command.Parameters.Add(new NpgsqlParameter { Value = row[i] ?? DBNull.Value, NpgsqlDbType = table.Columns[i].Type });
            await command.ExecuteNonQueryAsync();
        }
    }

    private Task<Dictionary<Guid, Record>> ReadAsync(RecordType type, Guid tenant) => database.Source.Database.ReadAsync(
        tenant,
        new NpgsqlBatchCommand($"select 0, {RecordTables.SelectList(type)} from {type.Table} r"),
        async (reader, ct) =>
        {
            var records = new Dictionary<Guid, Record>();
            while (await reader.ReadAsync(ct))
            {
                var record = RecordTables.Read(type, reader, firstOrdinal: 1);
                records.Add(record.Id, record);
            }
            return records;
        },
        CancellationToken.None);

    /// <summary>Without foreign keys and checks, so that a record can be written alone and with any value.</summary>
    public sealed class NoKeys : IAsyncLifetime
    {
        public SchemaDatabase Source { get; } = new();

        public async Task InitializeAsync()
        {
            await Source.InitializeAsync();
            await Source.ExecuteAsync("""
                do $$
                declare one record;
                begin
                    for one in select conrelid::regclass as name, conname from pg_constraint where contype in ('c', 'f') and connamespace = 'public'::regnamespace loop
                        execute format('alter table %s drop constraint %I', one.name, one.conname);
                    end loop;
                end $$
                """);
        }

        public Task DisposeAsync() => Source.DisposeAsync();
    }
}
