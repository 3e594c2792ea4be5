using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Api;

/// <summary>
/// <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header-06): the key and the answer are a row of the step
/// that makes the change, so that either both are there or neither. Refusals of a single call are not kept: nothing
/// happened, and the same call may be made again.
/// </summary>
internal sealed class Idempotency(IdempotencyKeys keys, GroupCommitter committer, TimeProvider time)
{
    private readonly ConcurrentDictionary<(Guid Tenant, string Key), byte> inFlight = new();

    /// <summary>Runs a change once a key. Without a key it simply runs.</summary>
    /// <param name="request">What makes two calls with one key the same call, beside method, path and caller: the body's bytes.</param>
    /// <param name="change">Makes the change; must give every step that it commits to <see cref="Ticket.AddTo"/>.</param>
    /// <exception cref="ProblemException">422 <c>idempotency_key_reused</c>, 409 <c>idempotency_key_in_flight</c>.</exception>
    public async Task<IResult> OnceAsync(HttpContext http, ReadOnlyMemory<byte> request, Func<Ticket, Task<Answer>> change, CancellationToken ct)
    {
        if (KeyOf(http, request.Span) is not { } key)
            return await change(Ticket.None);
        var tenantId = http.Caller().TenantId;
        using var turn = Enter(tenantId, key);
        return await OnceAsync(tenantId, key, change, ct) is var (answer, replayed) && replayed ? new Replay(answer) : answer;
    }

    /// <summary>
    /// Runs the items of a bulk call at the same time, each once: every item has a key of its own beneath the call's. Here
    /// refusals are kept too, so that the whole answer is the same again.
    /// </summary>
    /// <returns>The answers in order, a refused item's being its problem document; and whether all of them were given before.</returns>
    public async Task<(Answer[] Answers, bool Replayed)> OnceEachAsync(
        HttpContext http, ReadOnlyMemory<byte> request, int count, Func<int, Ticket, Task<Answer>> change, Func<Exception, ProblemException> translate, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        if (KeyOf(http, request.Span) is not { } key)
            return (await Task.WhenAll(Enumerable.Range(0, count).Select(i => RunAsync(i, Ticket.None))), false);

        using var turn = Enter(tenantId, key);
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Key)));
        var results = await Task.WhenAll(Enumerable.Range(0, count).Select(i =>
            OnceAsync(tenantId, key with { Key = $"{name}/{i}" }, async ticket => await RunAsync(i, ticket), ct)));
        return ([.. results.Select(result => result.Answer)], count > 0 && results.All(result => result.Replayed));

        async Task<Answer> RunAsync(int i, Ticket ticket)
        {
            try
            {
                return await change(i, ticket);
            }
            catch (Exception e) when (e is not OperationCanceledException && (e as Npgsql.PostgresException is not { } collision || !IdempotencyKeys.IsCollision(collision)))
            {
                var problem = translate(e);
                var refused = Answer.Of(Problems.Document(problem), problem.Status);
                if (ticket.HasKey && problem.Status < 500)
                {
                    var step = new Step(tenantId);
                    ticket.AddTo(step, refused);
                    await committer.CommitAsync(step, ct);
                }
                return refused;
            }
        }
    }

    private async Task<(Answer Answer, bool Replayed)> OnceAsync(Guid tenantId, IdempotencyKey key, Func<Ticket, Task<Answer>> change, CancellationToken ct)
    {
        var (stored, replayed) = await keys.OnceAsync(tenantId, key, async () => Stored(await change(new Ticket(key, time))), ct);
        return (new Answer(stored.Status, stored.Body, (string?)stored.Headers?["ETag"], (string?)stored.Headers?["Location"]), replayed);
    }

    private static IdempotencyKey? KeyOf(HttpContext http, ReadOnlySpan<byte> request)
    {
        var header = http.Request.Headers["Idempotency-Key"];
        return header.Count == 0
            ? null
            : IdempotencyKey.Of(header.ToString(), http.Caller().UserId, http.Request.Method, http.Request.Path + http.Request.QueryString, request);
    }

    /// <summary>Refuses the second of two calls with one key while the first is at work on this node; across nodes the unique key does.</summary>
    private Turn Enter(Guid tenantId, IdempotencyKey key)
    {
        if (!inFlight.TryAdd((tenantId, key.Key), 0))
        {
            throw new ProblemException(
                409, "idempotency_key_in_flight", "A request with this Idempotency-Key is being worked on. Ask again in a moment.",
                extensions: new JsonObject { ["retryAfter"] = 1 });
        }
        return new Turn(() => inFlight.TryRemove((tenantId, key.Key), out _));
    }

    private static StoredAnswer Stored(Answer answer)
    {
        var headers = answer.ETag is null && answer.Location is null ? null : new JsonObject { ["ETag"] = answer.ETag, ["Location"] = answer.Location };
        return new StoredAnswer(answer.Status, headers, answer.Body);
    }

    /// <summary>What a change adds to its step so that its answer is kept.</summary>
    internal sealed class Ticket(IdempotencyKey? key, TimeProvider? time)
    {
        public static Ticket None { get; } = new(null, null);

        public bool HasKey => key is not null;

        public void AddTo(Step step, Answer answer)
        {
            if (key is not null)
                IdempotencyKeys.Add(step, key, Stored(answer), time!.GetUtcNow());
        }
    }

    private sealed class Turn(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }

    private sealed record Replay(Answer First) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers["Idempotency-Replayed"] = "true";
            return First.ExecuteAsync(httpContext);
        }
    }
}
