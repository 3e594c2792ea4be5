using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain.Identity;

namespace Switchboard.Data;

/// <summary>
/// Makes an empty database usable: the first tenant, the roles that ship and somebody who may do everything, in one
/// transaction. Does nothing when there is a tenant already, however many nodes start at once.
/// </summary>
public sealed class FirstStart(Database database, GroupCommitter committer, TimeProvider time)
{
    /// <summary>Held by the node that looks and creates.</summary>
    private const long Lock = 0x5377_6974_6368_6631;

    /// <param name="tenantName">Of the first tenant.</param>
    /// <param name="email">Of the administrator.</param>
    /// <param name="addCredentials">Adds what the administrator signs in with to the same transaction.</param>
    /// <returns>The administrator; null when this is not the first start.</returns>
    /// <exception cref="ArgumentException">The name or the address cannot be one.</exception>
    public async Task<User?> RunAsync(string tenantName, string email, Action<Step, User> addCredentials, CancellationToken ct)
    {
        await using var connection = await database.Engine.OpenConnectionAsync(ct);
        await using var lockIt = new NpgsqlCommand($"select pg_advisory_lock({Lock})", connection);
        await lockIt.ExecuteNonQueryAsync(ct);
        try
        {
            await using var any = new NpgsqlCommand("select exists (select from tenants)", connection);
            return (bool)(await any.ExecuteScalarAsync(ct))! ? null : await CreateAsync(tenantName, email, addCredentials, ct);
        }
        finally
        {
            await using var unlock = new NpgsqlCommand($"select pg_advisory_unlock({Lock})", connection);
            await unlock.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task<User> CreateAsync(string tenantName, string email, Action<Step, User> addCredentials, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var context = ChangeContext.Engine("first_start", now);
        var step = new Step(Guid.CreateVersion7(now));
        NewTenant.Add(step, tenantName, context);
        var admin = new User
        {
            Id = Guid.CreateVersion7(now),
            TenantId = step.TenantId,
            Email = email,
            DisplayName = "Administrator",
            Roles = new JsonArray(NewTenant.AdminRole),
        };
        NewTenant.Create(step, admin, context);
        addCredentials(step, admin);
        await committer.CommitAsync(step, ct);
        return admin;
    }
}
