using FluentAssertions;

using Npgsql;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Data.Tests.Embedded;

public sealed class TestPostgresTests
{
    [Fact]
    public async Task Every_class_gets_a_migrated_database_of_its_own()
    {
        var first = await TestPostgres.CreateDatabaseAsync("first");
        var second = await TestPostgres.CreateDatabaseAsync("second");

        foreach (var connectionString in new[] { first, second })
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            await using var create = source.CreateCommand("create table only_here (id int)");
            await create.ExecuteNonQueryAsync();
            await using var tables = source.CreateCommand("select count(*) from pg_tables where schemaname = 'public'");
            ((long)(await tables.ExecuteScalarAsync())!).Should().BeGreaterThan(20);
        }
    }
}
