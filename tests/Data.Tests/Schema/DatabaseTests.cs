using FluentAssertions;
using Npgsql;
using Xunit;

namespace Switchboard.Data.Tests.Schema;

public sealed class DatabaseTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private static readonly Guid Tenant = Guid.Parse("0190a000-0000-7000-8000-00000000000a");

    [Fact]
    public async Task A_read_takes_the_tenant_with_it()
    {
        // More reads than connections, so that each is used again after another tenant's.
        var tenants = Enumerable.Range(0, 200).Select(_ => Guid.CreateVersion7(TimeProvider.System.GetUtcNow())).ToArray();

        var seen = await Task.WhenAll(tenants.Select(tenant => database.Database.ReadAsync(
            tenant, new NpgsqlBatchCommand("select current_tenant()"), FirstAsync<Guid>, CancellationToken.None)));

        seen.Should().Equal(tenants);
        (await SchemaDatabase.ColumnAsync<bool>(database.Database.App, "select current_tenant() is null")).Should().Equal([true], "the setting ended with the batch");
    }

    [Fact]
    public async Task A_search_uses_its_index_behind_row_level_security()
    {
        await database.ExecuteAsync($"""
            insert into sites (tenant_id, id, version, created_at, updated_at, name, timezone)
                select '{Tenant}', gen_random_uuid(), 1, now(), now(), 'Site ' || md5(i::text), 'Etc/UTC' from generate_series(1, 20000) i
            """);
        await database.ExecuteAsync("vacuum analyze sites"); // also empties the list of what the index has not taken up yet

        var plan = await database.Database.ReadAsync(
            Tenant,
            new NpgsqlBatchCommand("explain select id from sites r where r.name ilike '%c0ffee%' or r.city ilike '%c0ffee%'"),
            async (reader, ct) =>
            {
                var lines = new List<string>();
                while (await reader.ReadAsync(ct))
                    lines.Add(reader.GetString(0));
                return string.Join('\n', lines);
            },
            CancellationToken.None);

        // Row-level security keeps operators that might leak from an index; the migration vouches for this one.
        plan.Should().Contain("sites_search_idx");
    }

    [Fact]
    public async Task Several_queries_share_a_round_trip()
    {
        var values = await database.Database.ReadAsync(
            Tenant,
            [new NpgsqlBatchCommand("select 1"), new NpgsqlBatchCommand("select 2")],
            async (reader, ct) =>
            {
                var first = await FirstAsync<int>(reader, ct);
                await reader.NextResultAsync(ct);
                return (first, await FirstAsync<int>(reader, ct));
            },
            CancellationToken.None);

        values.Should().Be((1, 2));
    }

    [Fact]
    public async Task A_read_that_fails_gives_its_connection_back()
    {
        for (var i = 0; i < 50; i++)
        {
            var read = () => database.Database.ReadAsync(Tenant, new NpgsqlBatchCommand("select 1 / 0"), FirstAsync<int>, CancellationToken.None);
            await read.Should().ThrowAsync<PostgresException>();
        }
    }

    [Fact]
    public async Task A_transaction_is_undone_unless_it_is_committed()
    {
        foreach (var commit in new[] { false, true })
        {
            await using (var transaction = await database.Database.BeginAsync(Tenant, CancellationToken.None))
            {
                await using var insert = new NpgsqlCommand(
                    "insert into tags (tenant_id, id, record_type, record_id, tag, created_at) values (current_tenant(), $1, 'sites', $1, 'x', now())", transaction.Connection)
                {
                    Parameters = { new NpgsqlParameter<Guid> { TypedValue = Tenant } },
                };
                await insert.ExecuteNonQueryAsync();
                if (commit)
                    await transaction.CommitAsync(CancellationToken.None);
            }

            (await database.ColumnAsync<long>("select count(*) from tags")).Should().Equal(commit ? 1 : 0);
        }
    }

    [Fact]
    public void A_roles_password_follows_from_the_owners_and_does_not_give_it_away()
    {
        var password = Database.RolePassword("Host=h;Username=o;Password=hunter2", Database.AppRole);

        password.Should().MatchRegex("^[0-9a-f]{64}$");
        Database.RolePassword("Host=elsewhere;Username=o;Password=hunter2", Database.AppRole).Should().Be(password, "every node reckons the same");
        Database.RolePassword("Host=h;Username=o;Password=hunter2", Database.EngineRole).Should().NotBe(password);
        Database.RolePassword("Host=h;Username=o;Password=hunter3", Database.AppRole).Should().NotBe(password);
        Database.RolePassword("Host=h;Username=o", Database.AppRole).Should().BeNull("a key that is no secret would make one that is none");
    }

    private static async Task<T> FirstAsync<T>(NpgsqlDataReader reader, CancellationToken ct)
    {
        await reader.ReadAsync(ct);
        return await reader.GetFieldValueAsync<T>(0, ct);
    }
}
