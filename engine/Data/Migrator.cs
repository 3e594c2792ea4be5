using System.Reflection;
using System.Security.Cryptography;
using System.Text;

using Microsoft.Extensions.Logging;

using Npgsql;

namespace Switchboard.Data;

/// <summary>
/// Brings a database to this version's schema: runs the files of <c>Migrations/</c> that it has not seen, in the order of
/// their names, each in one transaction, one node at a time. There is no way back and no editing of a file that has run.
/// </summary>
public sealed class Migrator(TimeProvider time, ILogger<Migrator> log)
{
    internal const string Table = "schema_migrations";

    /// <summary>Any number that nobody else takes for an advisory lock.</summary>
    private const long Lock = 0x5377_6974_6368_6264;

    /// <summary>What this version ships, by name.</summary>
    internal static IReadOnlyList<MigrationFile> Shipped { get; } = ReadShipped(typeof(Migrator).Assembly);

    /// <param name="ownerConnectionString">Of the role that owns the tables. It must be able to create roles, once.</param>
    /// <returns>The names of the migrations that ran now.</returns>
    /// <exception cref="MigrationException">A migration failed, or one that has run was edited.</exception>
    public Task<IReadOnlyList<string>> MigrateAsync(string ownerConnectionString, CancellationToken ct) =>
        MigrateAsync(ownerConnectionString, Shipped, ct);

    internal async Task<IReadOnlyList<string>> MigrateAsync(
        string ownerConnectionString, IReadOnlyList<MigrationFile> files, CancellationToken ct)
    {
        await new DatabaseRoles(ownerConnectionString, time).EnsureAsync(ct);

        // Without a pool, so that the lock ends with the connection whatever happens.
        var settings = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false, CommandTimeout = 0 };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        await ExecuteAsync(connection, $"select pg_advisory_lock({Lock})", ct);
        await ExecuteAsync(connection, $"""
            create table if not exists {Table} (
                name text constraint {Table}_pkey primary key,
                checksum text not null,
                applied_at timestamptz not null default now())
            """, ct);
        var applied = await AppliedAsync(connection, ct);
        var ran = new List<string>();
        foreach (var file in files)
        {
            if (!applied.TryGetValue(file.Name, out var checksum))
            {
                await ApplyAsync(connection, file, ct);
                ran.Add(file.Name);
            }
            else if (checksum != file.Checksum)
            {
                throw new MigrationException(
                    $"Migration {file.Name} was edited after it ran here ({checksum[..12]} then, {file.Checksum[..12]} now). "
                    + "Restore the file and put the change into a new migration.");
            }
        }
        return ran;
    }

    private static async Task<Dictionary<string, string>> AppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = new Dictionary<string, string>();
        await using var command = new NpgsqlCommand($"select name, checksum from {Table}", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            applied.Add(reader.GetString(0), reader.GetString(1));
        return applied;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, MigrationFile file, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await ExecuteAsync(connection, file.Sql, ct);
        }
        catch (PostgresException e)
        {
            throw new MigrationException($"Migration {file.Name} failed: {e.MessageText} ({e.SqlState}). Nothing of it was applied.", e);
        }
        await using (var note = new NpgsqlCommand($"insert into {Table} (name, checksum) values ($1, $2)", connection, transaction))
        {
            note.Parameters.Add(new NpgsqlParameter<string> { TypedValue = file.Name });
            note.Parameters.Add(new NpgsqlParameter<string> { TypedValue = file.Checksum });
            await note.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        log.LogInformation("Migration {Migration} ran in {Elapsed}.", file.Name, time.GetElapsedTime(started));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static MigrationFile[] ReadShipped(Assembly assembly) =>
    [
        .. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("Migrations/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                return new MigrationFile(Path.GetFileNameWithoutExtension(name), reader.ReadToEnd());
            }),
    ];
}

/// <summary>One migration: its name orders it, its content must stay.</summary>
internal sealed record MigrationFile(string Name, string Sql)
{
    /// <summary>Line ends do not count: a checkout may change them.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>The schema could not be brought up to date; the message says what to do.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
