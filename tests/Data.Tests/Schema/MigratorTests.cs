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

    [Fact]
    public async Task Tasks_that_are_there_get_the_migration_and_the_site_that_they_belong_to_and_views_the_filters_of_every_list()
    {
        var database = await TestPostgres.CreateEmptyDatabaseAsync("migrate_places");
        await migrator.MigrateAsync(database, [.. Migrator.Shipped.Where(file => file.Name != "0019_task_places")], CancellationToken.None);
        await using var source = NpgsqlDataSource.Create(database);
        await SchemaDatabase.ExecuteAsync(source, """
            create temp table t as select gen_random_uuid() as tenant, gen_random_uuid() as other;
            insert into users (tenant_id, id, version, created_at, updated_at, email, display_name, is_active)
                select tenant, tenant, 1, now(), now(), 'a@b.example', 'A', true from t;
            insert into sites (tenant_id, id, version, created_at, updated_at, name, timezone) select tenant, tenant, 1, now(), now(), 'Boston', 'UTC' from t;
            insert into migrations (tenant_id, id, version, created_at, updated_at, name, site_id, status) select tenant, other, 1, now(), now(), 'Move', tenant, 'planning' from t;
            insert into phone_numbers (tenant_id, id, version, created_at, updated_at, number, type, migration_id, status, attempt)
                select tenant, tenant, 1, now(), now(), '+12125550100', 'user', other, 'not_started', 1 from t;
            insert into tasks (tenant_id, id, version, created_at, updated_at, title, type, status, priority, completes_action, subject_type, subject_id)
                select tenant, gen_random_uuid(), 1, now(), now(), coalesce(subject, 'nothing'), 'task', 'open', 'medium', false, subject, id
                from t, lateral (values ('phone-numbers', tenant), ('migrations', other), ('sites', tenant), ('leads', tenant), (null, null)) s (subject, id);
            insert into views (tenant_id, id, owner_id, list, name, state, sharing, is_pinned, created_at, updated_at, version)
                select tenant, gen_random_uuid(), tenant, list, list, 'created=month&due=late&overdue=late&tab=all', 'private', false, now(), now(), 1 from t, (values ('inbox'), ('sites')) l (list);
            """);

        await migrator.MigrateAsync(database, CancellationToken.None);

        (await ColumnAsync(database, """
            select t.title || ': ' || coalesce(m.name, '-') || ', ' || coalesce(s.name, '-')
            from tasks t left join migrations m on m.id = t.migration_id left join sites s on s.id = t.site_id order by 1
            """)).Should().Equal("leads: -, -", "migrations: Move, Boston", "nothing: -, -", "phone-numbers: Move, Boston", "sites: -, Boston");
        (await ColumnAsync(database, "select state from views order by list")).Should().Equal(
            "createdAt%5Bgte%5D=-P30D&dueAt%5Blt%5D=P0D&overdue=late&tab=all", "created=month&due=late&overdue=late&tab=all");
        (await ColumnAsync(database, "select relname from pg_class where relname in ('tasks', 'views', 'sites') and relnamespace = 'public'::regnamespace and not relforcerowsecurity")).Should().BeEmpty();
    }

    private static async Task<List<string>> ColumnAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        return await SchemaDatabase.ColumnAsync<string>(source, sql);
    }
}
