using System.Globalization;
using FluentAssertions;
using Npgsql;
using Xunit;

namespace Switchboard.Data.Tests.Schema;

/// <summary>
/// What keeps tenants apart in the database itself, for every table there is: one row of tenant A and one of tenant B in
/// each, whatever the table is, and the app's role in front of them.
/// </summary>
public sealed class TenantIsolationTests(TenantIsolationTests.TwoTenants tenants) : IClassFixture<TenantIsolationTests.TwoTenants>
{
    private static readonly Guid A = Guid.Parse("0190a000-0000-7000-8000-00000000000a");
    private static readonly Guid B = Guid.Parse("0190a000-0000-7000-8000-00000000000b");

    [Fact]
    public async Task Every_table_of_a_tenant_is_guarded()
    {
        var unguarded = await tenants.Source.ColumnAsync<string>("""
            select c.relname from pg_class c
            join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
              and not (c.relrowsecurity and c.relforcerowsecurity
                and exists (select from pg_policies p where p.tablename = c.relname and p.policyname = 'tenant_isolation'
                    and p.roles = '{switchboard_app}' and p.cmd = 'ALL' and p.permissive = 'PERMISSIVE'
                    and p.qual = '(tenant_id = current_tenant())' and p.with_check = p.qual)
                and exists (select from pg_policies p where p.tablename = c.relname and p.policyname = 'engine'
                    and p.roles = '{switchboard_engine}' and p.cmd = 'ALL' and p.qual = 'true' and p.with_check = 'true')
                and (select count(*) from pg_policies p where p.tablename = c.relname) = 2)
            """);

        unguarded.Should().BeEmpty();
        tenants.Tables.Should().HaveCountGreaterThan(30);
    }

    [Fact]
    public async Task A_table_of_no_tenant_is_none_of_the_apps_business()
    {
        var open = await tenants.Source.ColumnAsync<string>("""
            select c.relname from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
              and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
              and has_table_privilege('switchboard_app', c.oid, 'select, insert, update, delete')
            """);

        open.Should().BeEmpty();
    }

    [Fact]
    public async Task The_services_roles_can_do_nothing_else()
    {
        var rights = await tenants.Source.ColumnAsync<string>("""
            select concat_ws(' ', rolname,
                case when rolsuper then 'superuser' end, case when rolbypassrls then 'bypassrls' end, case when rolcreaterole then 'createrole' end,
                case when rolcreatedb then 'createdb' end, case when rolreplication then 'replication' end, case when not rolcanlogin then 'nologin' end,
                case when exists (select from pg_auth_members m where m.member = r.oid) then 'member' end,
                case when exists (select from pg_class c where c.relowner = r.oid) then 'owner' end,
                case when has_schema_privilege(r.oid, 'public', 'create') then 'creates' end,
                case when has_function_privilege(r.oid, 'guard_tenant_table(text, boolean)', 'execute') then 'guards' end)
            from pg_roles r where rolname in ('switchboard_app', 'switchboard_engine') order by rolname
            """);

        rights.Should().Equal("switchboard_app", "switchboard_engine");
    }

    [Fact]
    public async Task Without_a_tenant_there_are_no_rows()
    {
        foreach (var table in tenants.Readable)
        {
            (await SchemaDatabase.ColumnAsync<long>(tenants.Source.Database.App, $"select count(*) from {table}")).Should().Equal([0L], $"{table} without a tenant");
            await using var empty = await tenants.Source.Database.App.OpenConnectionAsync();
            await using var batch = new NpgsqlBatch(empty)
            {
                BatchCommands = { new("select set_config('app.tenant', '', true)"), new($"select count(*) from {table}") },
            };
            (await ScalarAsync(batch)).Should().Be(0L, $"{table} with a tenant that has ended");
        }
    }

    [Fact]
    public async Task A_tenant_sees_its_own_rows_and_no_others()
    {
        foreach (var table in tenants.Readable)
        {
            var seen = await tenants.Source.Database.ReadAsync(A, new NpgsqlBatchCommand($"select tenant_id from {table}"), GuidsAsync, CancellationToken.None);

            seen.Should().NotBeEmpty(table).And.OnlyContain(tenant => tenant == A, table);
        }
    }

    [Fact]
    public async Task A_tenant_changes_nothing_of_another()
    {
        foreach (var table in tenants.Changeable)
        {
            await using var transaction = await tenants.Source.Database.BeginAsync(A, CancellationToken.None);
            await using (var constraints = new NpgsqlCommand("set constraints all deferred", transaction.Connection))
                await constraints.ExecuteNonQueryAsync();

            (await ExecuteAsync(transaction, $"update {table} set id = id where tenant_id = '{B}'")).Should().Be(0, table);
            (await ExecuteAsync(transaction, $"delete from {table} where tenant_id = '{B}'")).Should().Be(0, table);
            var move = () => ExecuteAsync(transaction, $"update {table} set tenant_id = '{B}'");
            (await move.Should().ThrowAsync<PostgresException>(table)).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege, table);
        }
        foreach (var table in tenants.Addable)
        {
            await using var transaction = await tenants.Source.Database.BeginAsync(A, CancellationToken.None);
            var smuggle = () => ExecuteAsync(transaction, tenants.InsertOf(table, B));
            (await smuggle.Should().ThrowAsync<PostgresException>(table)).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege, table);
        }
    }

    [Theory]
    [InlineData("history")]
    [InlineData("audit")]
    [InlineData("journal")]
    [InlineData("events")]
    public async Task What_happened_cannot_be_changed_by_the_app(string table)
    {
        foreach (var sql in new[] { $"update {table} set id = id", $"delete from {table}", $"truncate {table}" })
        {
            await using var transaction = await tenants.Source.Database.BeginAsync(A, CancellationToken.None);
            var change = () => ExecuteAsync(transaction, sql);
            (await change.Should().ThrowAsync<PostgresException>(sql)).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege, sql);
        }
        tenants.Readable.Should().Contain(table);
    }

    [Fact]
    public async Task The_engine_sees_all_tenants()
    {
        foreach (var table in tenants.Tables)
        {
            (await SchemaDatabase.ColumnAsync<Guid>(tenants.Source.Database.Engine, $"select distinct tenant_id from {table}"))
                .Should().BeEquivalentTo([A, B], table);
        }
    }

    private static async Task<List<Guid>> GuidsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct))
            ids.Add(reader.GetGuid(0));
        return ids;
    }

    private static async Task<object?> ScalarAsync(NpgsqlBatch batch)
    {
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        await reader.ReadAsync();
        return reader.GetValue(0);
    }

    /// <summary>In a savepoint, so that the transaction survives a refusal.</summary>
    private static async Task<int> ExecuteAsync(TenantTransaction transaction, string sql)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection);
        await using (var save = new NpgsqlCommand("savepoint before", transaction.Connection))
            await save.ExecuteNonQueryAsync();
        try
        {
            return await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException)
        {
            await using var back = new NpgsqlCommand("rollback to savepoint before", transaction.Connection);
            await back.ExecuteNonQueryAsync();
            throw;
        }
    }

    /// <summary>Fills every table. Keys and checks are another test's matter, so they are switched off here.</summary>
    public sealed class TwoTenants : IAsyncLifetime
    {
        private readonly Dictionary<string, List<(string Column, string Type)>> columns = [];

        public SchemaDatabase Source { get; } = new();

        public IReadOnlyList<string> Tables { get; private set; } = [];

        /// <summary>Tables that the app may read. Credentials and sessions are not among them.</summary>
        public IReadOnlyList<string> Readable { get; private set; } = [];

        public IReadOnlyList<string> Addable { get; private set; } = [];

        public IReadOnlyList<string> Changeable { get; private set; } = [];

        public async Task InitializeAsync()
        {
            await Source.InitializeAsync();
            Tables = await Source.ColumnAsync<string>("""
                select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1
                """);
            Readable = await GrantedAsync("select");
            Addable = await GrantedAsync("insert");
            Changeable = [.. (await GrantedAsync("update")).Intersect(await GrantedAsync("delete"))];
            await Source.ExecuteAsync("""
                do $$
                declare one record;
                begin
                    for one in select conrelid::regclass as name, conname from pg_constraint where contype in ('c', 'f') and connamespace = 'public'::regnamespace loop
                        execute format('alter table %s drop constraint %I', one.name, one.conname);
                    end loop;
                end $$
                """);
            foreach (var table in Tables)
            {
                columns[table] = [.. (await Source.ColumnAsync<string>($"""
                    select a.attname || ' ' || format_type(a.atttypid, null) from pg_attribute a
                    where a.attrelid = '{table}'::regclass and a.attnum > 0 and not a.attisdropped and a.attidentity = '' and a.attgenerated = ''
                    """)).Select(column => column.Split(' ', 2)).Select(parts => (parts[0], parts[1]))];
                await Source.ExecuteAsync(InsertOf(table, A));
                await Source.ExecuteAsync(InsertOf(table, B));
            }
        }

        public Task DisposeAsync() => Source.DisposeAsync();

        /// <summary>A row of anything.</summary>
        public string InsertOf(string table, Guid tenant)
        {
            var values = columns[table].Select(column => column.Column == "tenant_id" ? $"'{tenant}'" : column.Type switch
            {
                "uuid" => "gen_random_uuid()",
                "text" or "character varying" or "character" => $"left(md5(random()::text), 16)",
                "jsonb" => "'[]'",
                "bytea" => "decode(md5(random()::text), 'hex')",
                "boolean" => "true",
                "date" or "timestamp with time zone" => "now()",
                "xid8" => "pg_current_xact_id()",
                "text[]" or "uuid[]" => "'{}'",
                "inet" => "'127.0.0.1'",
                "interval" => "'1 second'",
                "integer" or "bigint" or "smallint" or "numeric" or "double precision" => "(random() * 30000)::int",
                var other => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{table}.{column.Column} is {other}: say here what a value of it looks like.")),
            });
            return $"insert into {table} ({string.Join(", ", columns[table].Select(column => '"' + column.Column + '"'))}) values ({string.Join(", ", values)})";
        }

        private Task<List<string>> GrantedAsync(string privilege) => Source.ColumnAsync<string>($"""
            select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('switchboard_app', c.oid, '{privilege}') order by 1
            """);
    }
}
