using System.Globalization;

using Microsoft.Extensions.Logging.Abstractions;

using Npgsql;

using NpgsqlTypes;

using Switchboard.Data.Commit;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Data.Tests.Commit;

/// <summary>A database of its own, because these tests end server processes and count rows: about a second for the whole class.</summary>
public sealed class CommitDatabase : IAsyncLifetime
{
    public static readonly Table Things = new(
        "things",
        new Column("tenant_id", NpgsqlDbType.Uuid), new Column("id", NpgsqlDbType.Uuid), new Column("name", NpgsqlDbType.Text),
        new Column("amount", NpgsqlDbType.Bigint), new Column("version", NpgsqlDbType.Bigint))
    { Rank = 1 };

    public static readonly Table Parts = new(
        "parts",
        new Column("tenant_id", NpgsqlDbType.Uuid), new Column("id", NpgsqlDbType.Uuid), new Column("thing_id", NpgsqlDbType.Uuid))
    { Rank = 2 };

    public static readonly Table Samples = new(
        "samples",
        new Column("tenant_id", NpgsqlDbType.Uuid), new Column("id", NpgsqlDbType.Uuid), new Column("a_text", NpgsqlDbType.Text),
        new Column("an_int8", NpgsqlDbType.Bigint), new Column("an_int4", NpgsqlDbType.Integer), new Column("a_bool", NpgsqlDbType.Boolean),
        new Column("a_numeric", NpgsqlDbType.Numeric), new Column("a_date", NpgsqlDbType.Date), new Column("an_instant", NpgsqlDbType.TimestampTz),
        new Column("a_jsonb", NpgsqlDbType.Jsonb), new Column("a_bytea", NpgsqlDbType.Bytea), new Column("a_uuid", NpgsqlDbType.Uuid),
        new Column("version", NpgsqlDbType.Bigint));

    private Database engine = null!;

    public static Guid Tenant { get; } = NewId();

    /// <summary>The engine's role, as in production.</summary>
    public NpgsqlDataSource DataSource => engine.Engine;

    /// <summary>Of the engine's role.</summary>
    public string ConnectionString { get; private set; } = "";

    public static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public async Task InitializeAsync()
    {
        var owner = await TestPostgres.CreateDatabaseAsync("commit");
        engine = new Database(owner);
        ConnectionString = Database.RoleConnection(owner, Database.EngineRole).ConnectionString;
        await using var source = NpgsqlDataSource.Create(owner);
        await using var command = source.CreateCommand(
            """
            create table things (
                tenant_id uuid not null, id uuid not null, name text not null, amount bigint not null, version bigint not null,
                constraint things_pkey primary key (tenant_id, id),
                constraint things_name_once unique (tenant_id, name),
                constraint things_amount_not_negative check (amount >= 0));
            create table parts (
                tenant_id uuid not null, id uuid not null, thing_id uuid not null,
                constraint parts_pkey primary key (tenant_id, id),
                constraint parts_thing foreign key (tenant_id, thing_id) references things (tenant_id, id));
            create table samples (
                tenant_id uuid not null, id uuid not null, a_text text, an_int8 int8, an_int4 int4, a_bool bool, a_numeric numeric, a_date date,
                an_instant timestamptz, a_jsonb jsonb, a_bytea bytea, a_uuid uuid, version bigint not null, primary key (tenant_id, id));
            select guard_tenant_table('things'), guard_tenant_table('parts'), guard_tenant_table('samples');
            """);
        await command.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync() => await engine.DisposeAsync();

    public GroupCommitter NewCommitter(NpgsqlDataSource? through = null, CommitOptions? options = null, CommitSignals? signals = null) =>
        new(through ?? DataSource, options ?? new CommitOptions(), signals ?? new CommitSignals(), TimeProvider.System, NullLogger<GroupCommitter>.Instance);

    public static object?[] Thing(Guid id, string name, long amount = 0, long version = 1) => [Tenant, id, name, amount, version];

    public static Step NewStep() => new(Tenant);

    public static Step Inserting(Guid id, string name, long amount = 0)
    {
        var step = NewStep();
        step.Insert(Things, Thing(id, name, amount));
        return step;
    }

    /// <summary>The rows of <c>things</c> whose name begins so, by id.</summary>
    public async Task<Dictionary<Guid, (string Name, long Amount, long Version)>> ThingsAsync(string prefix)
    {
        await using var command = DataSource.CreateCommand("select id, name, amount, version from things where starts_with(name, $1)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = prefix });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new Dictionary<Guid, (string, long, long)>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetGuid(0), (reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)));
        return rows;
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
