using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Domain;
using Switchboard.Host.Api;

namespace Switchboard.Host.Identity;

/// <summary>Turns an e-mail address and a password into a session, and guesses of either into a wait.</summary>
internal sealed class SignIn(Database database, GroupCommitter committer, Sessions sessions, RequestLimits limits, TimeProvider time)
    : IDisposable
{
    /// <summary>Failures older than this are forgiven; it is also the longest wait.</summary>
    private static readonly TimeSpan FailureWindow = TimeSpan.FromMinutes(15);

    /// <summary>An account's failures from all addresses together may be so many times those from one, lest anyone can lock anyone out.</summary>
    private const int FarMore = 5;

    /// <summary>An e-mail address may be a user of so many tenants; each costs a hash.</summary>
    private const int MaxMemberships = 16;

    /// <summary>Hashes reckoned at once: sign-ins must not starve everybody else of CPU.</summary>
    private readonly SemaphoreSlim hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>
    /// A session in every tenant in which this address has this password; the first, or the one asked for, is where it
    /// starts. Unknown address, wrong password, unknown tenant and inactive user get the same answer in the same time.
    /// </summary>
    /// <param name="tenant">A tenant's name or id; null for whichever comes first.</param>
    /// <exception cref="ProblemException">401 <c>sign_in_failed</c>, 429 <c>too_many_failures</c>.</exception>
    public async Task<Guid> SignInAsync(string email, string password, string? tenant, string address, string? userAgent, CancellationToken ct)
    {
        var account = AccountOf(email);
        await CountAttemptAsync(account, address, ct);

        var proved = new List<Candidate>();
        var candidates = await CandidatesAsync(email, ct);
        foreach (var candidate in candidates)
        {
            var (verified, outdated) = await VerifyAsync(candidate.PasswordHash, password, ct);
            if (verified)
                proved.Add(candidate with { IsOutdated = outdated });
        }
        if (candidates.Count == 0)
            await VerifyAsync(null, password, ct);
        var chosen = tenant is null
            ? proved.FirstOrDefault()
            : proved.FirstOrDefault(one => one.IsCalled(tenant));
        if (chosen is null)
            throw new ProblemException(401, "sign_in_failed", "The e-mail address or the password is wrong.");

        await ForgiveAsync(account, ct);
        foreach (var outdated in proved.Where(one => one.IsOutdated))
            await SetPasswordAsync(new Membership(outdated.TenantId, outdated.UserId), password, ct);
        var step = new Step(chosen.TenantId);
        step.Insert(SystemTables.Audit, AuditRow(chosen.TenantId, chosen.UserId, chosen.Name, "signed_in"));
        return await sessions.StartAsync(
            [chosen.Membership, .. proved.Where(one => one != chosen).Select(one => one.Membership)], Shortened(userAgent), step, ct);
    }

    public void Dispose() => hashing.Dispose();

    /// <summary>The names of the tenants that a session reaches.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name)>> TenantsAsync(IReadOnlyList<Membership> memberships, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("select id, name from tenants where id = any($1) order by name");
        command.Parameters.Add(new NpgsqlParameter { Value = memberships.Select(one => one.TenantId).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tenants = new List<(Guid, string)>();
        while (await reader.ReadAsync(ct))
            tenants.Add((reader.GetGuid(0), reader.GetString(1)));
        return tenants;
    }

    /// <summary>Sets the password and ends every session that the old one opened, but for <paramref name="keep"/>.</summary>
    public async Task ChangePasswordAsync(Membership user, string password, Caller by, Guid? keep, CancellationToken ct)
    {
        await SetPasswordAsync(user, password, ct, AuditRow(user.TenantId, by.UserId, by.Name, "password_changed", user.UserId));
        await sessions.RevokeAllAsync(user, keep, ct);
    }

    /// <summary>Whether this is the user's password; counted like a sign-in, so that a stolen token cannot try them all.</summary>
    public async Task<bool> HasPasswordAsync(Caller caller, string password, string address, CancellationToken ct)
    {
        var account = AccountOf(caller.Email);
        await CountAttemptAsync(account, address, ct);
        var credential = (await CandidatesAsync(caller.Email, ct)).FirstOrDefault(one => one.TenantId == caller.TenantId && one.UserId == caller.UserId);
        var (verified, _) = await VerifyAsync(credential?.PasswordHash, password, ct);
        if (verified)
            await ForgiveAsync(account, ct);
        return verified;
    }

    private async Task SetPasswordAsync(Membership user, string password, CancellationToken ct, object?[]? audit = null)
    {
        string hash;
        await hashing.WaitAsync(ct);
        try
        {
            hash = Passwords.Hash(password);
        }
        finally
        {
            hashing.Release();
        }
        StepOutcome outcome;
        do
        {
            var version = await CredentialVersionAsync(user, ct);
            var step = new Step(user.TenantId);
            if (version is null)
                step.Insert(SystemTables.Credentials, user.TenantId, user.UserId, hash, time.GetUtcNow(), 1L);
            else
                step.Update(SystemTables.Credentials, [user.TenantId, user.UserId, hash, time.GetUtcNow(), version + 1], version.Value);
            if (audit is not null)
                step.Insert(SystemTables.Audit, audit);
            outcome = await committer.CommitAsync(step, ct);
        }
        while (outcome == StepOutcome.Fenced); // changed by someone else at the same moment: the later one wins
    }

    private async Task<(bool Verified, bool Outdated)> VerifyAsync(string? hash, string password, CancellationToken ct)
    {
        await hashing.WaitAsync(ct);
        try
        {
            return (Passwords.Verify(hash, password, out var outdated), outdated);
        }
        finally
        {
            hashing.Release();
        }
    }

    private async Task<long?> CredentialVersionAsync(Membership user, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("select version from credentials where tenant_id = $1 and id = $2");
        command.Parameters.Add(new NpgsqlParameter { Value = user.TenantId });
        command.Parameters.Add(new NpgsqlParameter { Value = user.UserId });
        return (long?)await command.ExecuteScalarAsync(ct);
    }

    private async Task<List<Candidate>> CandidatesAsync(string email, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            $"""
            select u.tenant_id, u.id, u.display_name, t.name, c.password_hash
            from users u
            join tenants t on t.tenant_id = u.tenant_id and t.id = u.tenant_id
            join credentials c on c.tenant_id = u.tenant_id and c.id = u.id
            where u.email = $1 and u.is_active and t.is_active
            order by u.created_at, u.id
            limit {MaxMemberships}
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = Address.Canonical(email) });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var candidates = new List<Candidate>();
        while (await reader.ReadAsync(ct))
        {
            candidates.Add(new Candidate(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetString(4)));
        }
        return candidates;
    }

    /// <summary>
    /// Counts the attempt as a failure before it is tried, so that a thousand at the same moment are a thousand; a success
    /// takes the account's failures back. Refused attempts do not count, so that a wait ends even while a script goes on.
    /// </summary>
    private async Task CountAttemptAsync(byte[] account, string address, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var command = database.Engine.CreateCommand(
            """
            with recent as (
                select count(*) filter (where account = $2 and address = $3) as of_both,
                       count(*) filter (where account = $2) as of_account,
                       count(*) filter (where address = $3) as of_address,
                       min(at) as oldest
                from sign_in_attempts
                where at >= $4 and (account = $2 or address = $3)),
            verdict as (select oldest, of_both >= $6 or of_account >= $7 or of_address >= $8 as refused from recent),
            forgotten as (delete from sign_in_attempts where at < $4),
            attempt as (insert into sign_in_attempts (id, account, address, at) select $1, $2, $3, $5 from verdict where not refused)
            select oldest from verdict where refused
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.CreateVersion7(now) });
        command.Parameters.Add(new NpgsqlParameter { Value = account });
        command.Parameters.Add(new NpgsqlParameter { Value = address });
        command.Parameters.Add(new NpgsqlParameter { Value = now - FailureWindow });
        command.Parameters.Add(new NpgsqlParameter { Value = now });
        command.Parameters.Add(new NpgsqlParameter { Value = (long)limits.FailuresPerAccount });
        command.Parameters.Add(new NpgsqlParameter { Value = (long)limits.FailuresPerAccount * FarMore });
        command.Parameters.Add(new NpgsqlParameter { Value = (long)limits.FailuresPerAddress });
        if (await command.ExecuteScalarAsync(ct) is not DateTime oldest)
            return;
        var wait = Math.Max(1, (long)Math.Ceiling((oldest + FailureWindow - now.UtcDateTime).TotalSeconds));
        throw new ProblemException(
            429, "too_many_failures", $"Too many failed attempts to sign in. Try again in {(wait + 59) / 60} minutes.",
            extensions: new JsonObject { ["retryAfter"] = wait });
    }

    private async Task ForgiveAsync(byte[] account, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("delete from sign_in_attempts where account = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = account });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What attempts are counted by: the address itself, which may be anybody's, is not kept.</summary>
    private static byte[] AccountOf(string email) => SHA256.HashData(Encoding.UTF8.GetBytes(email.Trim().ToLowerInvariant()));

    private object?[] AuditRow(Guid tenantId, Guid actorId, string actor, string action, Guid? userId = null)
    {
        var now = time.GetUtcNow();
        return [tenantId, Guid.CreateVersion7(now), now, actorId, actor, action, "users", userId ?? actorId, null, Activity.Current?.TraceId.ToHexString()];
    }

    private static string? Shortened(string? userAgent) => userAgent is { Length: > 200 } ? userAgent[..200] : userAgent;

    private sealed record Candidate(Guid TenantId, Guid UserId, string Name, string TenantName, string PasswordHash)
    {
        public bool IsOutdated { get; init; }

        public bool IsCalled(string tenant) =>
            TenantName.Equals(tenant, StringComparison.OrdinalIgnoreCase)
            || (Guid.TryParse(tenant, out var id) && id == TenantId);

        public Membership Membership => new(TenantId, UserId);
    }
}
