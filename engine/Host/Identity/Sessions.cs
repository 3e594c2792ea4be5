using System.Collections.Concurrent;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;

namespace Switchboard.Host.Identity;

/// <summary>
/// Signed-in sessions: rows that every request is checked against, through a memory of at most a second, so that a
/// sign-out, a role taken away or a user switched off counts on every node within that time, and on this node at once.
/// </summary>
internal sealed class Sessions(Database database, GroupCommitter committer, TimeProvider time)
{
    /// <summary>How old an answer from memory may be.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    /// <summary>More entries than this and the aged ones are dropped.</summary>
    private const int MaxRemembered = 20_000;

    private readonly ConcurrentDictionary<(Guid Session, Guid? Tenant), Entry> remembered = new();

    /// <summary>Null when the session is over, or its user is gone or inactive.</summary>
    /// <param name="tenantId">The tenant the client asks for; null for the one it signed in to.</param>
    /// <exception cref="ProblemException">403 when the session has no membership of that tenant.</exception>
    public async ValueTask<Caller?> FindAsync(Guid sessionId, Guid? tenantId, CancellationToken ct)
    {
        var key = (sessionId, tenantId);
        var now = time.GetTimestamp();
        if (!remembered.TryGetValue(key, out var entry) || time.GetElapsedTime(entry.At, now) >= MaxAge)
        {
            if (remembered.Count > MaxRemembered)
                ForgetAged(now);
            // Requests that come while it loads share the one query; it is nobody's to cancel.
            entry = new Entry(new Lazy<Task<Caller?>>(() => LoadAsync(sessionId, tenantId, CancellationToken.None)), now);
            remembered[key] = entry;
        }
        try
        {
            return await entry.Load.Value.WaitAsync(ct);
        }
        catch (NpgsqlException)
        {
            remembered.TryRemove(KeyValuePair.Create(key, entry)); // a failure is not an answer to keep
            throw;
        }
    }

    public async Task<Guid> StartAsync(IReadOnlyList<Membership> memberships, string? userAgent, Step step, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var sessionId = Guid.CreateVersion7(now);
        var first = memberships[0];
        step.Insert(SystemTables.Sessions, Row(first.TenantId, sessionId, first.UserId, memberships, userAgent, now, now, null, 1));
        await committer.CommitAsync(step, ct);
        return sessionId;
    }

    /// <summary>Makes the next generation of refresh tokens valid and every older one a proof of theft.</summary>
    /// <returns>The new generation; null when the session is over. A token of an older generation ends it.</returns>
    public async Task<long?> RefreshAsync(Guid sessionId, long generation, CancellationToken ct)
    {
        if (await ReadAsync(sessionId, ct) is not { RevokedAt: null } session || session.RefreshedAt + Tokens.RefreshLifetime <= time.GetUtcNow())
            return null;
        if (session.Version == generation)
        {
            var step = new Step(session.TenantId);
            step.Update(SystemTables.Sessions, session.RowWith(time.GetUtcNow(), null), session.Version);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return session.Version + 1;
        }
        await RevokeAsync(sessionId, ct);
        return null;
    }

    public async Task RevokeAsync(Guid sessionId, CancellationToken ct)
    {
        while (await ReadAsync(sessionId, ct) is { RevokedAt: null } session)
        {
            var step = new Step(session.TenantId);
            step.Update(SystemTables.Sessions, session.RowWith(session.RefreshedAt, time.GetUtcNow()), session.Version);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                break;
        }
        foreach (var key in remembered.Keys)
        {
            if (key.Session == sessionId)
                remembered.TryRemove(key, out _);
        }
    }

    /// <summary>Every session that was opened with this user's password, in whichever tenant; after the password has changed.</summary>
    /// <param name="except">The session in which it was changed, or null.</param>
    public async Task RevokeAllAsync(Membership user, Guid? except, CancellationToken ct)
    {
        var open = new List<Guid>();
        await using (var command = database.Engine.CreateCommand(
            """
            select id from sessions
            where revoked_at is null
              and memberships @> jsonb_build_array(jsonb_build_object('tenantId', $1::uuid, 'userId', $2::uuid))
            """))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = user.TenantId });
            command.Parameters.Add(new NpgsqlParameter { Value = user.UserId });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                open.Add(reader.GetGuid(0));
        }
        foreach (var sessionId in open.Where(id => id != except))
            await RevokeAsync(sessionId, ct);
    }

    private async Task<Caller?> LoadAsync(Guid sessionId, Guid? tenantId, CancellationToken ct)
    {
        if (await ReadAsync(sessionId, ct) is not { RevokedAt: null } session || session.RefreshedAt + Tokens.RefreshLifetime <= time.GetUtcNow())
            return null;
        var membership = session.Memberships.FirstOrDefault(one => one.TenantId == (tenantId ?? session.TenantId));
        if (membership == default)
            throw new ProblemException(403, "not_a_member", "You are not a member of the tenant that X-Tenant-Id names.");
        return await CallerOfAsync(membership, sessionId, session.Memberships, ct);
    }

    /// <summary>The user of a tenant with what the roles allow now; null when the user or the tenant is gone or inactive.</summary>
    /// <param name="sessionId">Of the session or the key that the user comes with.</param>
    public async Task<Caller?> CallerOfAsync(Membership membership, Guid sessionId, IReadOnlyList<Membership> memberships, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            """
            select t.name, u.display_name, u.email,
                   array(select r.name from roles r where r.tenant_id = u.tenant_id and u.roles ? r.name order by r.name),
                   array(select distinct p.permission
                         from roles r cross join jsonb_array_elements_text(r.permissions) as p (permission)
                         where r.tenant_id = u.tenant_id and u.roles ? r.name)
            from users u join tenants t on t.tenant_id = u.tenant_id and t.id = u.tenant_id
            where u.tenant_id = $1 and u.id = $2 and u.is_active and t.is_active
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = membership.TenantId });
        command.Parameters.Add(new NpgsqlParameter { Value = membership.UserId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        return new Caller
        {
            SessionId = sessionId,
            TenantId = membership.TenantId,
            TenantName = reader.GetString(0),
            UserId = membership.UserId,
            Name = reader.GetString(1),
            Email = reader.GetString(2),
            Roles = reader.GetFieldValue<string[]>(3),
            Permissions = new PermissionSet(reader.GetFieldValue<string[]>(4)),
            Memberships = memberships,
        };
    }

    private async Task<Session?> ReadAsync(Guid sessionId, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            """
            select tenant_id, user_id, memberships::text, user_agent, created_at, refreshed_at, revoked_at, version
            from sessions
            where id = $1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = sessionId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        return new Session(
            reader.GetGuid(0),
            sessionId,
            reader.GetGuid(1),
            MembershipsOf(reader.GetString(2)),
            reader.IsDBNull(3) ? null : reader.GetString(3),
            reader.GetFieldValue<DateTimeOffset>(4),
            reader.GetFieldValue<DateTimeOffset>(5),
            reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
            reader.GetInt64(7));
    }

    private void ForgetAged(long now)
    {
        foreach (var (key, entry) in remembered)
        {
            if (time.GetElapsedTime(entry.At, now) >= MaxAge)
                remembered.TryRemove(KeyValuePair.Create(key, entry));
        }
    }

    private static object?[] Row(
        Guid tenantId, Guid id, Guid userId, IReadOnlyList<Membership> memberships, string? userAgent,
        DateTimeOffset createdAt, DateTimeOffset refreshedAt, DateTimeOffset? revokedAt, long version) =>
        [tenantId, id, userId, Text(memberships), userAgent, createdAt, refreshedAt, revokedAt, version];

    private static string Text(IReadOnlyList<Membership> memberships) => new JsonArray([.. memberships.Select(one =>
        (JsonNode)new JsonObject { ["tenantId"] = one.TenantId.ToString(), ["userId"] = one.UserId.ToString() })]).ToJsonString();

    private static List<Membership> MembershipsOf(string json) =>
        [.. JsonNode.Parse(json)!.AsArray().Select(one => new Membership(Guid.Parse((string)one!["tenantId"]!), Guid.Parse((string)one["userId"]!)))];

    private sealed record Entry(Lazy<Task<Caller?>> Load, long At);

    private sealed record Session(
        Guid TenantId, Guid Id, Guid UserId, IReadOnlyList<Membership> Memberships, string? UserAgent,
        DateTimeOffset CreatedAt, DateTimeOffset RefreshedAt, DateTimeOffset? RevokedAt, long Version)
    {
        public object?[] RowWith(DateTimeOffset refreshedAt, DateTimeOffset? revokedAt) =>
            Row(TenantId, Id, UserId, Memberships, UserAgent, CreatedAt, refreshedAt, revokedAt, Version + 1);
    }
}
