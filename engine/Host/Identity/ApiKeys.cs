using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Host.Identity;

/// <summary>
/// Keys with which programs call the API in a user's name, with the permissions chosen for the key, as far as the user's
/// roles have them. Only a hash is kept: the key itself is shown once. As <see cref="Sessions"/>, an answer from memory is at
/// most a second old.
/// </summary>
internal sealed class ApiKeys(Database database, GroupCommitter committer, Sessions sessions, TimeProvider time)
{
    private const string Mark = "sb_";
    private const int PrefixLength = 11;
    private const int MaxRemembered = 20_000;

    /// <summary>How exact "last used" is; finer would be a write a request.</summary>
    private static readonly TimeSpan UseResolution = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (Task<Caller?> Load, long At)> remembered = new(StringComparer.Ordinal);

    /// <summary>Whom a key stands for; null when there is no such key, it is over, or its user is gone or inactive.</summary>
    public Task<Caller?> FindAsync(string key, CancellationToken ct)
    {
        if (!key.StartsWith(Mark, StringComparison.Ordinal) || key.Length > 100)
            return Task.FromResult<Caller?>(null);
        var hash = HashOf(key);
        return RememberedAsync(Convert.ToHexString(hash), () => LoadAsync("hash = $1", hash), ct);
    }

    /// <summary>Whom the key of a caller stands for now; null when it is over.</summary>
    public Task<Caller?> AgainAsync(Caller caller, CancellationToken ct) =>
        RememberedAsync(caller.SessionId.ToString(), () => LoadAsync("tenant_id = $1 and id = $2", caller.TenantId, caller.SessionId), ct);

    private Task<Caller?> RememberedAsync(string name, Func<Task<Caller?>> load, CancellationToken ct)
    {
        var now = time.GetTimestamp();
        if (!remembered.TryGetValue(name, out var entry) || time.GetElapsedTime(entry.At, now) >= Sessions.MaxAge || entry.Load.IsFaulted)
        {
            if (remembered.Count > MaxRemembered)
                remembered.Clear();
            remembered[name] = entry = (load(), now);
        }
        return entry.Load.WaitAsync(ct);
    }

    /// <returns>The key, which is not to be had again, and what is kept of it.</returns>
    /// <param name="also">Adds to the step that keeps it.</param>
    public async Task<(string Key, ApiKey Kept)> CreateAsync(
        Caller caller, string name, IReadOnlyList<string> permissions, DateTimeOffset? expiresAt, CancellationToken ct, Action<Step, ApiKey>? also = null)
    {
        var key = Mark + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var now = FieldText.Microseconds(time.GetUtcNow());
        var kept = new ApiKey(Guid.CreateVersion7(now), caller.UserId, name, key[..PrefixLength], permissions, now, expiresAt, null, null, 1);
        var step = new Step(caller.TenantId);
        step.Insert(SystemTables.ApiKeys, RowOf(caller.TenantId, kept, HashOf(key)));
        Account(step, "api_keys.created", kept, caller, now);
        also?.Invoke(step, kept);
        await committer.CommitAsync(step, ct);
        return (key, kept);
    }

    /// <summary>The user's keys, newest first, those that are over too.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(Caller caller, CancellationToken ct) =>
        [.. (await ReadAsync("tenant_id = $1 and user_id = $2 order by created_at desc", ct, caller.TenantId, caller.UserId)).Select(found => found.Key)];

    /// <exception cref="ProblemException">404: the caller has no such key.</exception>
    public async Task RevokeAsync(Caller caller, Guid id, CancellationToken ct)
    {
        while (true)
        {
            var found = (await ReadAsync("tenant_id = $1 and user_id = $2 and id = $3", ct, caller.TenantId, caller.UserId, id)).SingleOrDefault()
                ?? throw new ProblemException(404, "not_found", $"You have no key {id}.");
            if (found.Key.RevokedAt is not null)
                return;
            var now = FieldText.Microseconds(time.GetUtcNow());
            var step = new Step(caller.TenantId);
            step.Update(SystemTables.ApiKeys, RowOf(caller.TenantId, found.Key with { RevokedAt = now, Version = found.Key.Version + 1 }, found.Hash), found.Key.Version);
            Account(step, "api_keys.revoked", found.Key, caller, now);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                break;
        }
        remembered.Clear();
    }

    private async Task<Caller?> LoadAsync(string where, params object[] values)
    {
        var now = time.GetUtcNow();
        var found = (await ReadAsync(where, CancellationToken.None, values)).SingleOrDefault();
        if (found is not { Key.RevokedAt: null } || found.Key.ExpiresAt <= now)
            return null;
        var membership = new Membership(found.TenantId, found.Key.UserId);
        if (await sessions.CallerOfAsync(membership, found.Key.Id, [membership], CancellationToken.None) is not { } caller)
            return null;
        if (found.Key.LastUsedAt is not { } used || now - used >= UseResolution)
            await NoteUseAsync(found, now);
        return caller with { IsKey = true, Permissions = caller.Permissions.NarrowedTo(new PermissionSet(found.Key.Permissions)) };
    }

    /// <summary>Not a step: nothing depends on it, and a lost note costs a minute's exactness.</summary>
    private async Task NoteUseAsync(Found found, DateTimeOffset now)
    {
        await using var command = database.Engine.CreateCommand("update api_keys set last_used_at = $1 where tenant_id = $2 and id = $3");
        command.Parameters.Add(new NpgsqlParameter { Value = now });
        command.Parameters.Add(new NpgsqlParameter { Value = found.TenantId });
        command.Parameters.Add(new NpgsqlParameter { Value = found.Key.Id });
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<Found>> ReadAsync(string where, CancellationToken ct, params object[] values)
    {
        await using var command = database.Engine.CreateCommand($"""
            select tenant_id, id, user_id, name, prefix, hash, permissions::text, created_at, expires_at, last_used_at, revoked_at, version
            from api_keys where {where}
            """);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        var found = new List<Found>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found.Add(new Found(reader.GetGuid(0), (byte[])reader.GetValue(5), new ApiKey(
                reader.GetGuid(1), reader.GetGuid(2), reader.GetString(3), reader.GetString(4),
                [.. JsonNode.Parse(reader.GetString(6))!.AsArray().Select(pattern => (string)pattern!)], reader.GetFieldValue<DateTimeOffset>(7),
                Instant(reader, 8), Instant(reader, 9), Instant(reader, 10), reader.GetInt64(11))));
        }
        return found;
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static void Account(Step step, string action, ApiKey key, Caller caller, DateTimeOffset at)
    {
        var detail = new JsonObject { ["name"] = key.Name, ["prefix"] = key.Prefix }.ToJsonString();
        step.Insert(
            SystemTables.Audit, step.TenantId, Guid.CreateVersion7(at), at, caller.UserId, caller.Name, action, "api_keys", key.Id, detail, caller.Change("", at).TraceId);
    }

    private static object?[] RowOf(Guid tenantId, ApiKey key, byte[] hash) =>
    [
        tenantId, key.Id, key.UserId, key.Name, key.Prefix, hash, new JsonArray([.. key.Permissions.Select(pattern => JsonValue.Create(pattern))]).ToJsonString(),
        key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.RevokedAt, key.Version,
    ];

    private static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private sealed record Found(Guid TenantId, byte[] Hash, ApiKey Key);
}

/// <summary>What is kept of a key.</summary>
internal sealed record ApiKey(
    Guid Id, Guid UserId, string Name, string Prefix, IReadOnlyList<string> Permissions, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt, long Version);
