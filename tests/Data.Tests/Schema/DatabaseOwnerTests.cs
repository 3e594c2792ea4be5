using System.Globalization;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Switchboard.Tests.Support;
using Xunit;

namespace Switchboard.Data.Tests.Schema;

/// <summary>A database of which the service is an ordinary owner, as hosted ones are, and the roles that it makes for itself.</summary>
public sealed class DatabaseOwnerTests : IAsyncLifetime
{
    private readonly string suffix = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}_{TimeProvider.System.GetTimestamp()}");
    private readonly List<string> roles = [];
    private string server = "";

    public async Task InitializeAsync() => server = await TestPostgres.ServerAsync();

    public async Task DisposeAsync()
    {
        await using var source = NpgsqlDataSource.Create(server);
        foreach (var role in roles)
        {
            var owned = await SchemaDatabase.ColumnAsync<string>(source, $"select datname from pg_database d join pg_roles r on r.oid = d.datdba where rolname = '{role}'");
            foreach (var database in owned)
                await SchemaDatabase.ExecuteAsync(source, $"drop database {database} with (force)");
            await SchemaDatabase.ExecuteAsync(source, $"drop role if exists {role}");
        }
    }

    [Fact]
    public async Task The_owner_need_not_be_a_superuser()
    {
        var owner = await OwnerAsync();
        await new Migrator(TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(owner, CancellationToken.None);
        await using var database = new Database(owner);
        await using var asOwner = NpgsqlDataSource.Create(owner);

        // References hold and are followed although row-level security binds the owner too, as whom PostgreSQL follows them.
        await SchemaDatabase.ExecuteAsync(database.Engine, """
            insert into sites (tenant_id, id, version, created_at, updated_at, name, timezone)
                values (gen_random_uuid(), gen_random_uuid(), 1, now(), now(), 'Boston', 'America/New_York');
            insert into migrations (tenant_id, id, version, created_at, updated_at, name, site_id, status)
                select tenant_id, gen_random_uuid(), 1, now(), now(), 'Boston', id, 'planning' from sites;
            insert into generated_scripts (tenant_id, id, version, created_at, updated_at, migration_id, template, name, content)
                select tenant_id, gen_random_uuid(), 1, now(), now(), id, 't', 'n', 'c' from migrations;
            """);
        var orphan = () => SchemaDatabase.ExecuteAsync(database.Engine, "update migrations set site_id = gen_random_uuid()");
        (await orphan.Should().ThrowAsync<PostgresException>()).Which.ConstraintName.Should().Be("migrations_site_id_fkey");
        var restricted = () => SchemaDatabase.ExecuteAsync(database.Engine, "delete from sites");
        (await restricted.Should().ThrowAsync<PostgresException>()).Which.ConstraintName.Should().Be("migrations_site_id_fkey");
        (await SchemaDatabase.ColumnAsync<long>(asOwner, "select count(*) from sites")).Should().Equal([0], "not even the owner looks at tenants' rows");
        await SchemaDatabase.ExecuteAsync(database.Engine, "delete from migrations");
        (await SchemaDatabase.ColumnAsync<long>(database.Engine, "select count(*) from generated_scripts")).Should().Equal(0);
        (await SchemaDraft.PrintAsync(owner, CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_role_that_cannot_sign_in_is_given_its_password()
    {
        var role = Role("mended");
        await using var source = NpgsqlDataSource.Create(server);
        await SchemaDatabase.ExecuteAsync(source, $"create role {role} superuser nologin password 'of another time'");

        await new DatabaseRoles(server, TimeProvider.System).EnsureAsync(role, CancellationToken.None);

        await using var asRole = NpgsqlDataSource.Create(Database.RoleConnection(server, role).ConnectionString);
        (await SchemaDatabase.ColumnAsync<bool>(asRole, "select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user")).Should().Equal(false);
    }

    [Fact]
    public async Task Nodes_that_make_a_role_at_once_make_one()
    {
        var role = Role("made");

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => new DatabaseRoles(server, TimeProvider.System).EnsureAsync(role, CancellationToken.None)));

        await using var asRole = NpgsqlDataSource.Create(Database.RoleConnection(server, role).ConnectionString);
        (await SchemaDatabase.ColumnAsync<string>(asRole, "select current_user::text")).Should().Equal(role);
    }

    [Fact]
    public async Task An_owner_that_may_not_make_roles_is_told_so()
    {
        var owner = await OwnerAsync();

        var make = () => new DatabaseRoles(owner, TimeProvider.System).EnsureAsync(Role("refused"), CancellationToken.None);

        (await make.Should().ThrowAsync<MigrationException>()).WithMessage("*permission denied to create role*must be allowed to create roles*");
    }

    /// <summary>A database and its owner, who has the server's password, so that both reckon the same ones for the service's roles.</summary>
    private async Task<string> OwnerAsync()
    {
        await TestPostgres.CreateDatabaseAsync("roles_exist"); // an ordinary owner uses the service's roles and makes none
        var settings = new NpgsqlConnectionStringBuilder(server) { Username = Role("owner"), Database = $"owned_{suffix}" };
        await using var source = NpgsqlDataSource.Create(server);
        await SchemaDatabase.ExecuteAsync(source, $"create role {settings.Username} login password '{settings.Password!.Replace("'", "''", StringComparison.Ordinal)}'");
        await SchemaDatabase.ExecuteAsync(source, $"create database {settings.Database} owner {settings.Username}");
        return settings.ConnectionString;
    }

    private string Role(string name)
    {
        roles.Add($"test_{name}_{suffix}");
        return roles[^1];
    }
}
