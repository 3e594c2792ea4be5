using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Switchboard.Tests.Support;
using Xunit;

namespace Switchboard.Data.Tests.Schema;

public sealed class MigratorTests
{
    private readonly Migrator migrator = new(TimeProvider.System, NullLogger<Migrator>.Instance);

    [Fact]
    public async Task A_second_migration_does_nothing()
    {
        var database = await TestPostgres.CreateEmptyDatabaseAsync("migrate_twice");

        var first = await migrator.MigrateAsync(database, CancellationToken.None);
        var second = await migrator.MigrateAsync(database, CancellationToken.None);

        first.Should().Equal(Migrator.Shipped.Select(file => file.Name)).And.StartWith("0001_foundation");
        second.Should().BeEmpty();
    }

    [Fact]
    public async Task Nodes_that_migrate_at_once_do_it_once()
    {
        var database = await TestPostgres.CreateEmptyDatabaseAsync("migrate_at_once");

        var ran = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => migrator.MigrateAsync(database, CancellationToken.None)));

        ran.SelectMany(names => names).Should().Equal(Migrator.Shipped.Select(file => file.Name));
    }

    [Fact]
    public async Task A_later_version_adds_its_migrations()
    {
        var database = await TestPostgres.CreateEmptyDatabaseAsync("migrate_later");
        MigrationFile first = new("0001_first", "create table one (id int)"), second = new("0002_second", "alter table one add column name text");

        await migrator.MigrateAsync(database, [first], CancellationToken.None);
        var ran = await migrator.MigrateAsync(database, [first, second], CancellationToken.None);

        ran.Should().Equal("0002_second");
        (await ColumnAsync(database, "select column_name from information_schema.columns where table_name = 'one' order by 1")).Should().Equal("id", "name");
    }

    [Fact]
    public async Task An_edited_migration_is_refused()
    {
        var database = await TestPostgres.CreateEmptyDatabaseAsync("migrate_edited");
        await migrator.MigrateAsync(database, [new MigrationFile("0001_first", "create table one (id int);\n")], CancellationToken.None);

        var edited = () => migrator.MigrateAsync(database, [new MigrationFile("0001_first", "create table one (id bigint);\n")], CancellationToken.None);
        var checkedOutElsewhere = () => migrator.MigrateAsync(database, [new MigrationFile("0001_first", "create table one (id int);\r\n")], CancellationToken.None);

        (await edited.Should().ThrowAsync<MigrationException>()).WithMessage("Migration 0001_first was edited after it ran here*Restore the file*");
        await checkedOutElsewhere.Should().NotThrowAsync("line ends are not the author's");
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_and_says_why()
    {
        var database = await TestPostgres.CreateEmptyDatabaseAsync("migrate_fails");
        MigrationFile good = new("0001_good", "create table good (id int)");

        var failing = () => migrator.MigrateAsync(
            database, [good, new MigrationFile("0002_bad", "create table half (id int);\n\nselect * from nowhere;")], CancellationToken.None);

        (await failing.Should().ThrowAsync<MigrationException>()).WithMessage("Migration 0002_bad failed: relation \"nowhere\" does not exist (42P01). Nothing of it was applied.");
        (await ColumnAsync(database, "select relname from pg_class where relname in ('good', 'half')")).Should().Equal("good");
        (await ColumnAsync(database, "select name from schema_migrations")).Should().Equal("0001_good");
        (await migrator.MigrateAsync(database, [good], CancellationToken.None)).Should().BeEmpty("the failed one can be mended and run again");
    }

    private static async Task<List<string>> ColumnAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        return await SchemaDatabase.ColumnAsync<string>(source, sql);
    }
}
