using System.Net;
using System.Net.Sockets;

namespace Switchboard.E2e;

/// <summary>The line between a browser and the service: it can hold what is sent up in the middle of something, and be cut there.</summary>
internal sealed class Line : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly Uri service;
    private readonly Task accepting;
    private CancellationTokenSource cut = new();
    private TaskCompletionSource gate = new();
    private long untilHeld = long.MaxValue;

    public Line(Uri service)
    {
        this.service = service;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => $"http://{listener.LocalEndpoint}";

    /// <summary>So many bytes go up yet, over all connections together; the others wait.</summary>
    public void HoldAfter(long bytes) => (gate, untilHeld) = (new TaskCompletionSource(), bytes);

    /// <summary>Whatever is on its way is lost, and nothing gets through until it is mended.</summary>
    public void Cut() => cut.Cancel();

    public void Mend()
    {
        untilHeld = long.MaxValue;
        gate.TrySetResult();
        if (cut.IsCancellationRequested)
            cut = new CancellationTokenSource();
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        await accepting;
        end.Dispose();
        cut.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(CarryAsync(await listener.AcceptTcpClientAsync(end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task CarryAsync(TcpClient browser)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cut.Token);
        using var server = new TcpClient();
        using (browser)
        {
            try
            {
                await server.ConnectAsync(service.Host, service.Port, stop.Token);
                var (up, down) = (PumpAsync(browser, server, isUp: true, stop.Token), PumpAsync(server, browser, isUp: false, stop.Token));
                await await Task.WhenAny(up, down);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                browser.LingerState = new LingerOption(true, 0); // a line that is cut says no goodbye
            }
            await stop.CancelAsync();
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isUp, CancellationToken ct)
    {
        var buffer = new byte[64 << 10];
        while (await from.GetStream().ReadAsync(buffer, ct) is > 0 and var count)
        {
            if (isUp && Interlocked.Add(ref untilHeld, -count) < 0)
                await gate.Task.WaitAsync(ct);
            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), ct);
        }
    }
}
