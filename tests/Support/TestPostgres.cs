using System.Globalization;

using Microsoft.Extensions.Logging.Abstractions;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Embedded;

namespace Switchboard.Tests.Support;

/// <summary>
/// One PostgreSQL a test process: the embedded one in a temporary folder, or the server of <c>SWITCHBOARD_TEST_DB</c> (a
/// connection string of a superuser). A test class takes a database of its own (30 to 80 ms, copied from a template), so
/// that classes run beside each other and may commit.
/// </summary>
public static class TestPostgres
{
    private const string FolderPrefix = "switchboard-tests-";

    private static readonly Lazy<Task<string>> Server = new(StartAsync);

    private static readonly Lazy<Task<string>> Migrated = new(MigrateTemplateAsync);

    private static int databases;

    /// <summary>The server's own connection string (superuser).</summary>
    public static Task<string> ServerAsync() => Server.Value;

    /// <summary>An empty database without our schema.</summary>
    /// <param name="name">What the test is about; the database's name begins with it.</param>
    /// <param name="options">Of <c>create database</c>, such as its locale.</param>
    /// <returns>The owner's connection string.</returns>
    public static Task<string> CreateEmptyDatabaseAsync(string name, string options = "") => CreateAsync(name, template: $"template0 {options}");

    /// <summary>A database of the class's own with this version's schema and nothing in it.</summary>
    /// <param name="name">What the test is about; the database's name begins with it.</param>
    /// <returns>The owner's connection string: <see cref="Database"/> makes its lesser roles' of it.</returns>
    public static async Task<string> CreateDatabaseAsync(string name) => await CreateAsync(name, await Migrated.Value);

    private static async Task<string> MigrateTemplateAsync()
    {
        var template = await CreateEmptyDatabaseAsync("template");
        await new Migrator(TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(template, CancellationToken.None);
        return new NpgsqlConnectionStringBuilder(template).Database!;
    }

    private static async Task<string> CreateAsync(string name, string template)
    {
        var server = await ServerAsync();
        var number = Interlocked.Increment(ref databases);
        var database = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{number}_{name.ToLowerInvariant()}");
        database = database[..Math.Min(database.Length, 63)];
        await ExecuteAsync(server, $"create database \"{database}\" template {template}");
        return new NpgsqlConnectionStringBuilder(server) { Database = database, IncludeErrorDetail = true }.ConnectionString;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("SWITCHBOARD_TEST_DB") is { Length: > 0 } given)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => DropDatabases(given);
            return given;
        }

        RemoveLeftovers();
        var folder = Path.Combine(Path.GetTempPath(), $"{FolderPrefix}{Environment.ProcessId}");
        var server = await EmbeddedPostgres.StartAsync(
            folder, EmbeddedPostgres.FindPackageFolder(AppContext.BaseDirectory), NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // The last thing this process does, and no other code runs beside it: there is nobody to await it.
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Directory.Delete(folder, recursive: true);
        };
        return server.OwnerConnectionString;
    }

    /// <summary>Folders of test runs that were killed. Whoever renames one first removes it: others may look at the same moment.</summary>
    private static void RemoveLeftovers()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), FolderPrefix + "*"))
        {
            var pid = Path.GetFileName(folder)[FolderPrefix.Length..];
            if (Directory.Exists($"/proc/{pid}") || !Directory.Exists("/proc/self"))
                continue;
            var taken = Path.Combine(Path.GetTempPath(), $"switchboard-leftover-{pid}-{Environment.ProcessId}");
            try
            {
                Directory.Move(folder, taken);
            }
            catch (DirectoryNotFoundException)
            {
                continue; // another run took it
            }
            Directory.Delete(taken, recursive: true);
        }
    }

    private static void DropDatabases(string server)
    {
        NpgsqlConnection.ClearAllPools();
        using var connection = new NpgsqlConnection(server);
        connection.Open();
        List<string> ours = [];
        using (var list = new NpgsqlCommand("select datname from pg_database where starts_with(datname, $1)", connection)
        { Parameters = { new() { Value = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_") } } })
        using (var reader = list.ExecuteReader())
        {
            while (reader.Read())
            {
                ours.Add(reader.GetString(0));
            }
        }

        foreach (var database in ours)
        {
            using var drop = new NpgsqlCommand($"drop database if exists \"{database}\" with (force)", connection);
            drop.ExecuteNonQuery();
        }
    }
}
