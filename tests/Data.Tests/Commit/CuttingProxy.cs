using System.Net;
using System.Net.Sockets;

using Npgsql;

namespace Switchboard.Data.Tests.Commit;

/// <summary>A TCP proxy before PostgreSQL that cuts connections at chosen places.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string host;
    private readonly int port;
    private readonly CancellationTokenSource end = new();
    private readonly Task accepting;
    private int cuts;
    private int cutAnswer;
    private int requestBytesLeft = -1;
    private volatile bool refusing;

    public CuttingProxy(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        (host, port) = (target.Host!, target.Port);
        listener.Start();
        target.Host = "127.0.0.1";
        target.Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        target.SslMode = SslMode.Disable;
        target.GssEncryptionMode = GssEncryptionMode.Disable;
        target.Timeout = 5;
        ConnectionString = target.ConnectionString;
        accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    public int Cuts => cuts;

    /// <summary>The next request reaches the server, and when its answer comes it is thrown away with the connection.</summary>
    public void CutBeforeNextAnswer() => Volatile.Write(ref cutAnswer, 1);

    /// <summary>The connection ends after so many further bytes have reached the server.</summary>
    public void CutAfterNextRequestBytes(int bytes) => Volatile.Write(ref requestBytesLeft, bytes);

    /// <summary>Ends all connections with the next byte, and accepts none.</summary>
    public void Refuse(bool refuse) => refusing = refuse;

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!end.IsCancellationRequested)
        {
            var client = await listener.AcceptTcpClientAsync(end.Token);
            if (refusing)
                client.Dispose();
            else
                _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = host.StartsWith('/') ? null : new TcpClient(host, port))
        {
            var up = PumpAsync(client.GetStream(), server!.GetStream(), Request);
            var down = PumpAsync(server.GetStream(), client.GetStream(), Answer);
            await Task.WhenAny(up, down);
        }
    }

    /// <returns>How many of the bytes pass before the cut; all when there is none.</returns>
    private int Request(int bytes)
    {
        var left = Volatile.Read(ref requestBytesLeft);
        if (left < 0)
            return bytes;
        if (left >= bytes)
        {
            Volatile.Write(ref requestBytesLeft, left - bytes);
            return bytes;
        }
        Volatile.Write(ref requestBytesLeft, -1);
        return left;
    }

    private int Answer(int bytes) => Interlocked.Exchange(ref cutAnswer, 0) == 1 ? 0 : bytes;

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Func<int, int> passing)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, end.Token) is > 0 and var read)
            {
                var pass = refusing ? 0 : passing(read);
                if (pass > 0)
                    await to.WriteAsync(buffer.AsMemory(0, pass), end.Token);
                if (pass == read)
                    continue;
                Interlocked.Increment(ref cuts);
                return;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return; // the other direction was cut
        }
    }
}
