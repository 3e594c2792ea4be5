using Npgsql;

namespace Switchboard.Data;

/// <summary>
/// The two roles that the service works as. They belong to the whole PostgreSQL server, not to one database, so several
/// databases of one server share them, and their passwords when their owners' are the same.
/// </summary>
internal sealed class DatabaseRoles(string ownerConnectionString, TimeProvider time)
{
    private static readonly string[] All = [Database.AppRole, Database.EngineRole];

    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Creates what is missing and sets the password of a role that cannot sign in; else changes nothing.</summary>
    public async Task EnsureAsync(CancellationToken ct)
    {
        foreach (var role in All)
            await EnsureAsync(role, ct);
    }

    internal async Task EnsureAsync(string role, CancellationToken ct)
    {
        for (var attempt = 1; !await CanSignInAsync(role, ct); attempt++)
        {
            if (await SetUpAsync(role, ct) is not { } failure)
                return;
            if (attempt == Attempts || failure.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw new MigrationException(
                    $"The role {role} could not be set up: {failure.MessageText} ({failure.SqlState}). The owner of the database must be allowed to create roles, "
                    + "and every database of one server that has this service must have an owner with the same password.", failure);
            }
            await Task.Delay(Pause, time, ct);
        }
    }

    private async Task<bool> CanSignInAsync(string role, CancellationToken ct)
    {
        var settings = Database.RoleConnection(ownerConnectionString, role);
        settings.Pooling = false;
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidPassword)
        {
            return false;
        }
    }

    /// <returns>What another node or database that does the same at this moment may have caused; null when it worked.</returns>
    private async Task<PostgresException?> SetUpAsync(string role, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        var password = Database.RolePassword(ownerConnectionString, role) is { } secret ? $"'{secret}'" : "null";
        try
        {
            await using var exists = new NpgsqlCommand("select exists (select from pg_roles where rolname = $1)", connection)
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = role } },
            };
            var verb = (bool)(await exists.ExecuteScalarAsync(ct))! ? "alter" : "create";
            // Roles are no parameters; the name is a constant and the secret hexadecimal.
            await using var command = new NpgsqlCommand(
                $"{verb} role {role} login nosuperuser nobypassrls nocreatedb nocreaterole noinherit password {password}", connection);
            await command.ExecuteNonQueryAsync(ct);
            return null;
        }
        catch (PostgresException e)
        {
            return e;
        }
    }
}
