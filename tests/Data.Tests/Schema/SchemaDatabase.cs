using Npgsql;
using Switchboard.Tests.Support;
using Xunit;

namespace Switchboard.Data.Tests.Schema;

/// <summary>A migrated database of a test class's own, the owner's connections to it and the service's.</summary>
public sealed class SchemaDatabase : IAsyncLifetime
{
    public string ConnectionString { get; private set; } = "";

    public NpgsqlDataSource Owner { get; private set; } = null!;

    public Database Database { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        ConnectionString = await TestPostgres.CreateDatabaseAsync("schema");
        Owner = NpgsqlDataSource.Create(ConnectionString);
        Database = new Database(ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await Database.DisposeAsync();
        await Owner.DisposeAsync();
    }

    public Task ExecuteAsync(string sql) => ExecuteAsync(Owner, sql);

    public static async Task<int> ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 300; // creating a database waits for the disk
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of each row.</summary>
    public Task<List<T>> ColumnAsync<T>(string sql) => ColumnAsync<T>(Owner, sql);

    public static async Task<List<T>> ColumnAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync())
            values.Add(reader.GetFieldValue<T>(0));
        return values;
    }
}
