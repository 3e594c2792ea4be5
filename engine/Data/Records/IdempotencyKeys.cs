using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data.Commit;

namespace Switchboard.Data.Records;

/// <summary>The name that a client gave to one request, and what that request was.</summary>
/// <param name="RequestHash">SHA-256 of what makes a request the same one.</param>
public sealed record IdempotencyKey(string Key, byte[] RequestHash)
{
    public const int MaxLength = 255;

    /// <param name="actorId">Part of the hash: nobody gets the answer to somebody else's request.</param>
    public static IdempotencyKey Of(string key, Guid? actorId, string method, string path, ReadOnlySpan<byte> body)
    {
        if (key.Length is 0 or > MaxLength || !RecordJson.IsStorable(key))
            throw ProblemException.Malformed("invalid_idempotency_key", "Idempotency-Key", $"An Idempotency-Key has 1 to {MaxLength} characters.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{actorId}\n{method}\n{path}\n"));
        hash.AppendData(body);
        return new IdempotencyKey(key, hash.GetHashAndReset());
    }
}

/// <summary>An answer as it was given, to be given again.</summary>
public sealed record StoredAnswer(int Status, JsonObject? Headers, byte[] Body);

/// <summary>
/// Requests that may be sent again without a second effect. The answer is stored under the request's key by the step that
/// makes the effect, so there is never one without the other; of two at a time, the unique key lets one through.
/// </summary>
public sealed class IdempotencyKeys(Database database)
{
    /// <summary>
    /// Does the work once for a key: who comes later with the same request gets the first answer.
    /// </summary>
    /// <param name="work">Must add the key to the step that makes the effect, with <see cref="Add"/>.</param>
    /// <returns>The answer, and whether it was given before.</returns>
    /// <exception cref="ProblemException">422 <c>idempotency_key_reused</c>.</exception>
    public async Task<(StoredAnswer Answer, bool Replayed)> OnceAsync(
        Guid tenantId, IdempotencyKey key, Func<Task<StoredAnswer>> work, CancellationToken ct)
    {
        if (await FindAsync(tenantId, key, ct) is { } earlier)
            return (earlier, true);
        try
        {
            return (await work(), false);
        }
        catch (PostgresException e) when (IsCollision(e))
        {
            var winner = await FindAsync(tenantId, key, ct);
            return (winner ?? throw new InvalidOperationException($"The idempotency key {key.Key} was taken and is gone again.", e), true);
        }
    }

    /// <exception cref="ProblemException">422 <c>idempotency_key_reused</c>: the key stands for another request.</exception>
    public async Task<StoredAnswer?> FindAsync(Guid tenantId, IdempotencyKey key, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("select request_hash, status, headers, body from idempotency_keys where key = $1")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = key.Key } },
        };
        var found = await database.ReadAsync(tenantId, command, async (reader, ct) =>
        {
            if (!await reader.ReadAsync(ct))
                return default;
            var headers = reader.IsDBNull(2) ? null : JsonNode.Parse(reader.GetString(2)) as JsonObject;
            return (Hash: reader.GetFieldValue<byte[]>(0), Answer: new StoredAnswer(reader.GetInt32(1), headers, reader.GetFieldValue<byte[]>(3)));
        }, ct);
        if (found.Hash is not null && !found.Hash.AsSpan().SequenceEqual(key.RequestHash))
            throw new ProblemException(422, "idempotency_key_reused", "This Idempotency-Key was used for another request: take a new one.");
        return found.Answer;
    }

    public static void Add(Step step, IdempotencyKey key, StoredAnswer answer, DateTimeOffset at)
    {
        at = FieldText.Microseconds(at);
        step.Insert(SystemTables.IdempotencyKeys, step.TenantId, Guid.CreateVersion7(at), key.Key, key.RequestHash, answer.Status,
            answer.Headers?.ToJsonString(), answer.Body, at);
    }

    /// <summary>Whether a commit failed because another request with the same key was faster.</summary>
    public static bool IsCollision(PostgresException e) =>
        e.SqlState == PostgresErrorCodes.UniqueViolation && e.TableName == SystemTables.IdempotencyKeys.Name;
}
