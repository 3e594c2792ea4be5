using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Data;

namespace Switchboard.Host.Api;

/// <summary>How much one client may ask in a while. The defaults stop a runaway loop, not a busy integration.</summary>
internal sealed class RequestLimits
{
    /// <summary>Requests a minute of one user in one tenant. Default 120,000 (2,000/s).</summary>
    public int PerCaller { get; set; } = 120_000;

    /// <summary>Requests a minute of one address without a valid token. Default 1,200.</summary>
    public int PerAddress { get; set; } = 1_200;

    /// <summary>Sign-ins a minute from one address, right or wrong: each costs 0.1 s of CPU. Default 120.</summary>
    public int SignIns { get; set; } = 120;

    /// <summary>Failed sign-ins to one account from one address in 15 minutes before they must wait. Default 10; from all addresses 5 times that.</summary>
    public int FailuresPerAccount { get; set; } = 10;

    /// <summary>Failed sign-ins from one address in 15 minutes before it must wait. Default 100.</summary>
    public int FailuresPerAddress { get; set; } = 100;

    /// <summary>Largest JSON body in bytes. Default 16 MiB: a batch of 1,000 records of 16 KiB.</summary>
    public long BodyBytes { get; set; } = 16 << 20;

    /// <summary>Largest attached file in bytes. Default 64 MiB.</summary>
    public long FileBytes { get; set; } = 64 << 20;

    /// <summary>Largest import in bytes; it is streamed, never held in memory. Default 2 GiB.</summary>
    public long ImportBytes { get; set; } = 2L << 30;

    public void Validate()
    {
        foreach (var (name, value) in new (string, long)[]
        {
            (nameof(PerCaller), PerCaller), (nameof(PerAddress), PerAddress), (nameof(SignIns), SignIns),
            (nameof(FailuresPerAccount), FailuresPerAccount), (nameof(FailuresPerAddress), FailuresPerAddress),
            (nameof(BodyBytes), BodyBytes), (nameof(FileBytes), FileBytes), (nameof(ImportBytes), ImportBytes),
        })
        {
            if (value < 1)
                throw new InvalidOperationException($"{nameof(RequestLimits)}.{name} is {value}; it must be at least 1.");
        }
    }
}

/// <summary>
/// Fixed windows of a minute, counted in this node's memory, and announced in the headers of
/// draft-ietf-httpapi-ratelimit-headers-09. Several nodes allow several times as much.
/// </summary>
internal sealed class RequestBudgets(RequestLimits limits, TimeProvider time)
{
    private const int WindowSeconds = 60;

    /// <summary>So many clients are remembered at most; then the oldest windows are forgotten together.</summary>
    private const int MaxClients = 100_000;

    private readonly ConcurrentDictionary<string, Window> windows = new(StringComparer.Ordinal);

    public Budget Caller { get; } = new("caller", limits.PerCaller);

    public Budget Anonymous { get; } = new("address", limits.PerAddress);

    public Budget SignIn { get; } = new("sign-in", limits.SignIns);

    /// <summary>Takes one request off a client's budget and says in the headers what is left.</summary>
    /// <exception cref="ProblemException">429 with Retry-After.</exception>
    public void Take(HttpContext http, Budget budget, string client)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var window = now / WindowSeconds;
        var resetIn = (window + 1) * WindowSeconds - now;
        if (windows.Count > MaxClients)
            Forget(window);
        var entry = windows.GetOrAdd(budget.Name + ":" + client, _ => new Window());
        var used = entry.Take(window);

        var headers = http.Response.Headers;
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{budget.Name}\";q={budget.Quota};w={WindowSeconds}");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{budget.Name}\";r={Math.Max(0, budget.Quota - used)};t={resetIn}");
        if (used <= budget.Quota)
            return;
        throw new ProblemException(
            429, "too_many_requests", $"More than {budget.Quota} requests in a minute. Come back in {resetIn} seconds.",
            extensions: new JsonObject { ["retryAfter"] = resetIn });
    }

    private void Forget(long current)
    {
        foreach (var (client, window) in windows)
        {
            if (window.IsBefore(current))
                windows.TryRemove(client, out _);
        }
    }

    internal sealed record Budget(string Name, int Quota);

    private sealed class Window
    {
        private long number;
        private int used;

        public int Take(long current)
        {
            lock (this)
            {
                if (number != current)
                    (number, used) = (current, 0);
                return used == int.MaxValue ? used : ++used;
            }
        }

        public bool IsBefore(long current)
        {
            lock (this)
                return number < current;
        }
    }
}
