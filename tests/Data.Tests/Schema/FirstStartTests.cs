using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Switchboard.Data.Commit;
using Switchboard.Domain.Identity;
using Xunit;

namespace Switchboard.Data.Tests.Schema;

public sealed class FirstStartTests : IAsyncLifetime
{
    private readonly SchemaDatabase database = new();

    private GroupCommitter Committer { get; set; } = null!;

    public async Task InitializeAsync()
    {
        await database.InitializeAsync();
        Committer = new GroupCommitter(
            database.Database.Engine, new CommitOptions(), new CommitSignals(), TimeProvider.System, NullLogger<GroupCommitter>.Instance);
    }

    public async Task DisposeAsync()
    {
        await Committer.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_that_start_at_once_make_one_tenant()
    {
        var admins = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync("Contoso", "Ada@Example.com")));

        var admin = admins.Should().ContainSingle(user => user != null).Which!;
        admin.Email.Should().Be("ada@example.com");
        (await database.ColumnAsync<string>("select name from tenants")).Should().Equal("Contoso");
        (await database.ColumnAsync<string>("select name from roles order by name")).Should().Equal("admin", "lead", "member", "viewer");
        (await database.ColumnAsync<Guid>("select id from users where tenant_id in (select id from tenants)")).Should().Equal(admin.Id);
        (await database.ColumnAsync<string>("select record_type from history group by 1 order by 1")).Should().Equal("roles", "tenants", "users");
        (await StartAsync("Another", "bob@example.com")).Should().BeNull();
    }

    [Fact]
    public async Task An_address_that_is_none_leaves_nothing()
    {
        var start = () => StartAsync("Contoso", "ada");

        await start.Should().ThrowAsync<ArgumentException>().WithMessage("users.email cannot be written: *");
        (await database.ColumnAsync<long>("select count(*) from tenants")).Should().Equal(0);
        (await StartAsync("Contoso", "ada@example.com")).Should().NotBeNull("the lock is free again");
    }

    [Fact]
    public async Task The_credentials_are_part_of_the_same_transaction()
    {
        var start = () => new FirstStart(database.Database, Committer, TimeProvider.System).RunAsync(
            "Contoso", "ada@example.com", (step, user) => step.Insert(SystemTables.Tags, user.TenantId, user.Id, "users", null, "no record", user.CreatedAt), CancellationToken.None);

        await start.Should().ThrowAsync<Npgsql.PostgresException>();
        (await database.ColumnAsync<long>("select count(*) from tenants")).Should().Equal(0);
    }

    [Fact]
    public void Only_the_administrator_says_who_may_do_what()
    {
        var roles = NewTenant.Roles().ToDictionary(role => role.Name, role => role.Permissions!.AsArray().Select(permission => (string)permission!).ToArray());

        roles["admin"].Should().Equal("*");
        foreach (var (name, permissions) in roles.Where(role => role.Key != "admin"))
        {
            permissions.Where(permission => permission.StartsWith("users:", StringComparison.Ordinal) || permission.StartsWith("roles:", StringComparison.Ordinal) || permission.StartsWith('*'))
                .Should().BeEquivalentTo(["users:read", "roles:read"], name);
            new Role { Name = name, Permissions = NewTenant.Roles().Single(role => role.Name == name).Permissions }.Normalise().Should().BeEmpty();
        }
        roles["lead"].Should().Contain(["phone-numbers:*", "tasks:*"]);
        roles["member"].Should().Contain(["phone-numbers:act", "tasks:work"]).And.NotContain("phone-numbers:delete");
        roles["viewer"].Should().OnlyContain(permission => permission.EndsWith(":read", StringComparison.Ordinal));
    }

    private Task<User?> StartAsync(string name, string email) =>
        new FirstStart(database.Database, Committer, TimeProvider.System).RunAsync(name, email, (_, _) => { }, CancellationToken.None);
}
