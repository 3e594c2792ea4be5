using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Switchboard.Tests.Support;

/// <summary>One request that a receiver was sent.</summary>
public sealed record Received(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Id => Headers["webhook-id"];

    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public string Type => (string)Json["type"]!;
}

/// <summary>A receiver of webhooks on loopback: keeps what it hears, and answers as the test says.</summary>
public sealed class HookReceiver : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<Received> heard = new();
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HookReceiver(int? port = null)
    {
        Port = port ?? FreePort();
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));
        listener.Start();
        _ = ListenAsync(); // ends with the listener
    }

    public int Port { get; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/hook");

    /// <summary>In order of arrival.</summary>
    public IReadOnlyList<Received> Heard => [.. heard];

    /// <summary>What a request is answered with; 204 unless a test says otherwise.</summary>
    public Func<Received, Task<(int Status, (string Name, string Value)? Header)>> Answer { get; set; } = _ => Task.FromResult<(int, (string, string)?)>((204, null));

    public void AnswerWith(int status, (string Name, string Value)? header = null) => Answer = _ => Task.FromResult((status, header));

    /// <summary>Waits until what was heard is enough.</summary>
    /// <exception cref="TimeoutException">It was not within a minute; says what was heard.</exception>
    public async Task<IReadOnlyList<Received>> WaitAsync(Func<IReadOnlyList<Received>, bool> isEnough, string what, TimeSpan? patience = null)
    {
        using var end = new CancellationTokenSource(patience ?? TimeSpan.FromMinutes(1));
        while (true)
        {
            var next = Volatile.Read(ref more).Task; // taken before looking, so that nothing slips in between
            if (isEnough(Heard))
                return Heard;
            try
            {
                await next.WaitAsync(end.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not heard: {what}. Heard {heard.Count}: {string.Join(", ", heard.TakeLast(20).Select(one => one.Type))}");
            }
        }
    }

    public Task<IReadOnlyList<Received>> WaitForAsync(int count) => WaitAsync(heard => heard.Count >= count, $"{count} requests");

    public void Dispose() => listener.Close();

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private void Signal() => Interlocked.Exchange(ref more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private async Task ServeAsync(HttpListenerContext context)
    {
        try
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var headers = context.Request.Headers.AllKeys.ToDictionary(name => name!.ToLowerInvariant(), name => context.Request.Headers[name]!);
            var received = new Received(context.Request.HttpMethod, context.Request.RawUrl!, headers, body.ToArray());
            heard.Enqueue(received);
            Signal();
            var (status, header) = await Answer(received);
            Signal(); // what the test notes while it answers may be what it waits for
            context.Response.StatusCode = status;
            if (header is var (name, value))
                context.Response.Headers[name] = value;
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The sender hung up, or the test is over.
        }
    }
}
