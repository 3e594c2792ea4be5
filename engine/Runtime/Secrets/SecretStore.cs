using System.Security.Cryptography;
using System.Text;

using Microsoft.AspNetCore.DataProtection;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Secrets;

/// <summary>What is known of a secret besides its value, which nothing but a request that is sent ever shows.</summary>
/// <param name="Scope">The host that alone it is sent to; null for any.</param>
/// <param name="Number">Rises with every value that it is given.</param>
/// <param name="Version">Of the row; its fence.</param>
public sealed record Secret(
    Guid Id, string Name, string DisplayName, string? Description, string TypeName, string? Scope, int Number, bool IsRevoked,
    DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version)
{
    /// <summary>Elsa's word for whether it can be used at an instant.</summary>
    public string StatusAt(DateTimeOffset now) => IsRevoked ? "Revoked" : ExpiresAt <= now ? "Expired" : "Active";
}

/// <summary>
/// The tenants' secrets. Each is sealed in the database with the key ring that protects tokens, for its own tenant and id, so
/// that neither a copy of the database nor a row put in another's place shows anything.
/// </summary>
public sealed class SecretStore(Database database, GroupCommitter committer, IDataProtectionProvider protection, TimeProvider time)
{
    private const string Purpose = "Switchboard.Secrets";

    private const string Columns = "id, name, display_name, description, type_name, scope, number, is_revoked, expires_at, created_at, updated_at, version, value";

    /// <summary>All of a tenant, by name.</summary>
    public async Task<IReadOnlyList<Secret>> ListAsync(Guid tenantId, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand($"select {Columns} from secrets where tenant_id = $1 order by name");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        var found = new List<Secret>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found.Add(Read(reader));
        return found;
    }

    /// <returns>Null if the tenant has none of this name.</returns>
    public async Task<Secret?> FindAsync(Guid tenantId, string name, CancellationToken ct) => await ReadAsync(tenantId, name, ct) is (var secret, _) ? secret : null;

    /// <exception cref="ProblemException">409: there is one of this name.</exception>
    public async Task<Secret> CreateAsync(Guid tenantId, Secret secret, string value, ChangeContext context, CancellationToken ct)
    {
        var step = new Step(tenantId);
        step.Insert(SystemTables.Secrets, Row(tenantId, secret, Seal(tenantId, secret.Id, value)));
        RecordChanges.Audit(step, "secrets", secret.Id, context);
        try
        {
            await committer.CommitAsync(step, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && e.ConstraintName == "secrets_name_once")
        {
            throw new ProblemException(409, "secret_exists", $"There is a secret {secret.Name} already: rotate it to give it another value.");
        }
        return secret;
    }

    /// <summary>Changes what is known of it, and gives it another value if there is one.</summary>
    /// <exception cref="ProblemException">404; 409 when somebody else has changed it in between.</exception>
    public async Task<Secret> ChangeAsync(Guid tenantId, string name, Func<Secret, Secret> change, string? value, ChangeContext context, CancellationToken ct)
    {
        var (before, kept) = await ReadAsync(tenantId, name, ct) ?? throw NotFound(name);
        var after = change(before) with { Version = before.Version + 1, UpdatedAt = FieldText.Microseconds(context.At), Number = before.Number + (value is null ? 0 : 1) };
        var step = new Step(tenantId);
        step.Update(SystemTables.Secrets, Row(tenantId, after, value is null ? kept : Seal(tenantId, before.Id, value)), before.Version);
        RecordChanges.Audit(step, "secrets", before.Id, context);
        await CommitAsync(step, name, ct);
        return after;
    }

    /// <exception cref="ProblemException">404; 409 when somebody else has changed it in between.</exception>
    public async Task DeleteAsync(Guid tenantId, string name, ChangeContext context, CancellationToken ct)
    {
        var (secret, _) = await ReadAsync(tenantId, name, ct) ?? throw NotFound(name);
        var step = new Step(tenantId);
        step.Delete(SystemTables.Secrets, secret.Id, secret.Version);
        RecordChanges.Audit(step, "secrets", secret.Id, context);
        await CommitAsync(step, name, ct);
    }

    /// <summary>The value, for whoever sends it now.</summary>
    /// <param name="host">The receiver; null to see only whether it can be opened.</param>
    /// <exception cref="SecretException">There is none, it is revoked or over, it is not for this receiver, or this node cannot open it.</exception>
    public async Task<string> OpenAsync(Guid tenantId, string name, string? host, CancellationToken ct)
    {
        var (secret, value) = await ReadAsync(tenantId, name, ct) ?? throw new SecretException($"There is no secret {name}.");
        if (secret.StatusAt(time.GetUtcNow()) is var status && status != "Active")
            throw new SecretException($"The secret {name} is {status.ToLowerInvariant()}.");
        if (host is not null && secret.Scope is { Length: > 0 } only && !only.Equals(host, StringComparison.OrdinalIgnoreCase))
            throw new SecretException($"The secret {name} is for {only} only, not for {host}.");
        try
        {
            return Encoding.UTF8.GetString(Protector(tenantId, secret.Id).Unprotect(value));
        }
        catch (CryptographicException e)
        {
            throw new SecretException($"The secret {name} was sealed with keys that this node does not have.", e);
        }
    }

    public static ProblemException NotFound(string name) => new(404, "not_found", $"There is no secret {name}.");

    private async Task CommitAsync(Step step, string name, CancellationToken ct)
    {
        if (await committer.CommitAsync(step, ct) != StepOutcome.Committed)
            throw new ProblemException(409, "changed_meanwhile", $"Somebody else has just changed the secret {name}: try again.");
    }

    private async Task<(Secret Secret, byte[] Value)?> ReadAsync(Guid tenantId, string name, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand($"select {Columns} from secrets where tenant_id = $1 and name = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (Read(reader), reader.GetFieldValue<byte[]>(12)) : null;
    }

    private byte[] Seal(Guid tenantId, Guid id, string value) => Protector(tenantId, id).Protect(Encoding.UTF8.GetBytes(value));

    private IDataProtector Protector(Guid tenantId, Guid id) => protection.CreateProtector(Purpose, tenantId.ToString(), id.ToString());

    private static object?[] Row(Guid tenantId, Secret secret, byte[] value) =>
    [
        tenantId, secret.Id, secret.Name, secret.DisplayName, secret.Description, secret.TypeName, secret.Scope, value, secret.Number, secret.IsRevoked,
        secret.ExpiresAt, secret.CreatedAt, secret.UpdatedAt, secret.Version,
    ];

    private static Secret Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetString(4),
        reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetInt32(6), reader.GetBoolean(7), reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
        reader.GetFieldValue<DateTimeOffset>(9), reader.GetFieldValue<DateTimeOffset>(10), reader.GetInt64(11));
}

/// <summary>A secret that cannot be used; the message says why and never shows it.</summary>
public sealed class SecretException(string message, Exception? inner = null) : Exception(message, inner);
