using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using Npgsql;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Xunit;

namespace Switchboard.Data.Tests.Records;

/// <summary>How many records PostgreSQL passes over for a page of a table that is so large that its order of creation looks cheap.</summary>
public sealed partial class ListPlanTests(ListPlanTests.ManyUsers many) : IClassFixture<ListPlanTests.ManyUsers>
{
    /// <summary>The departments are more than the statistics count one by one, so any other is taken for one that has its share.</summary>
    [Theory]
    [InlineData("department=nobody's&sort=-createdAt"), InlineData("department[in]=nobody's,none's&sort=createdAt"), InlineData("department[in]=nobody's")]
    [InlineData("department=nobody's&isConfigured=true&sort=-createdAt"), InlineData("department=D7&sort=-createdAt")]
    public async Task A_value_that_few_have_is_found_without_passing_over_the_others(string text)
    {
        var command = ListSql.Page(RecordDatabase.Query(many.Type, text), RecordTables.SelectList(many.Type));
        command.CommandText = $"explain (analyze, format json) {command.CommandText}";

        var plan = await many.Records.Database.ReadPlannedAsync(many.Tenant, command, async (reader, ct) => await reader.ReadAsync(ct) ? reader.GetString(0) : "", CancellationToken.None);

        plan.Should().Contain("Actual Rows");
        PassedOver().Matches(plan).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Should().BeLessThan(1_000, plan);
    }

    [Theory]
    [InlineData("tasks", "assigneeId=0199b4c0-0000-7000-8000-000000000001&status=open&sort=dueAt"), InlineData("tasks", "migrationId=0199b4c0-0000-7000-8000-000000000001&sort=-dueAt")]
    [InlineData("phone-numbers", "migrationId=0199b4c0-0000-7000-8000-000000000001"), InlineData("phone-numbers", "status=ported&sort=-createdAt"), InlineData("phone-numbers", "number=+1617&sort=status")]
    public void A_list_that_an_index_holds_in_order_or_whose_length_is_known_is_read_at_once(string type, string text) =>
        ListSql.Page(RecordDatabase.Query(RecordTypes.Find(type)!, text), "r.id").CommandText.Should().NotContain("few");

    [Theory]
    [InlineData("tasks", "assigneeId=0199b4c0-0000-7000-8000-000000000001&status=open"), InlineData("tasks", "assigneeId=0199b4c0-0000-7000-8000-000000000001&status[in]=open,claimed&sort=dueAt")]
    [InlineData("phone-numbers", "migrationId=0199b4c0-0000-7000-8000-000000000001&focDate=2027-03-01"), InlineData("phone-numbers", "migrationId=0199b4c0-0000-7000-8000-000000000001&sort=number")]
    public void Any_other_list_of_values_looks_first_whether_they_are_few(string type, string text) =>
        ListSql.Page(RecordDatabase.Query(RecordTypes.Find(type)!, text), "r.id").CommandText.Should().StartWith("with few");

    [GeneratedRegex("\"Rows Removed by Filter\": (\\d+)")]
    private static partial Regex PassedOver();

    public sealed class ManyUsers : IAsyncLifetime
    {
        public RecordDatabase Records { get; } = new();

        public RecordType Type { get; } = RecordTypes.Of<EndUser>();

        public Guid Tenant { get; } = RecordDatabase.NewId();

        public async Task InitializeAsync()
        {
            await Records.InitializeAsync();
            var migration = await Records.AddAsync(Tenant, RecordTypes.Of<Migration>());
            await using var owner = NpgsqlDataSource.Create(Records.OwnerConnectionString);
            await using var fill = owner.CreateCommand("""
                insert into end_users (tenant_id, id, version, created_at, updated_at, upn, display_name, migration_id, department, is_configured)
                select $1, uuidv7(), 1, now() - make_interval(secs => i), now(), 'user' || i || '@example.com', 'User', $2, 'D' || i % 110, i % 2 = 0
                from generate_series(1, 60000) i
                """);
            fill.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Tenant });
            fill.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = migration.Id });
            await fill.ExecuteNonQueryAsync();
            await using var count = owner.CreateCommand("vacuum analyze end_users");
            await count.ExecuteNonQueryAsync();
        }

        public Task DisposeAsync() => Records.DisposeAsync();
    }
}
