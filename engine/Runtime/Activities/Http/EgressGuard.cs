using System.Net;
using System.Net.Sockets;

namespace Switchboard.Runtime.Activities.Http;

/// <summary>What workflows may reach over HTTP.</summary>
public sealed class EgressOptions
{
    /// <summary>Whether addresses of private networks and of this machine may be reached. Default false: a workflow's author must not look into the network that the service stands in.</summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>Of one request with its answer. Default 30 s; the lease of the outbox is longer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest answer that is read. Default 4 MiB.</summary>
    public int AnswerBytes { get; set; } = 4 << 20;
}

/// <summary>
/// Connects to public addresses alone. It looks at the address that the connection is made to, after the name was resolved,
/// so that neither a name that changes its mind nor a redirection leads inside.
/// </summary>
public static class EgressGuard
{
    /// <summary>Networks that are not the internet: RFC 6890 and its successors.</summary>
    private static readonly IPNetwork[] Inside =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
            "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    public static SocketsHttpHandler CreateHandler(EgressOptions options)
    {
        var handler = CreateHandler((_, address) => options.AllowPrivateNetworks || IsPublic(address));
        handler.MaxAutomaticRedirections = 5;
        return handler;
    }

    /// <param name="allows">Whether an address may be reached under this address of a request, whose scheme may matter.</param>
    public static SocketsHttpHandler CreateHandler(Func<Uri, IPAddress, bool> allows) => new()
    {
        UseProxy = false, // a proxy would be the one that connects, and nobody would look where
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = (context, ct) =>
            ConnectAsync(context.DnsEndPoint, address => allows(context.InitialRequestMessage.RequestUri!, address), ct),
    };

    public static bool IsPublic(IPAddress address) =>
        !Array.Exists(Inside, network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, Predicate<IPAddress> allows, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, ct);
        var allowed = Array.FindAll(addresses, allows);
        if (allowed.Length == 0)
            throw new EgressRefusedException($"{target.Host} is not a public address, and no others are reached.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>The address is none that may be reached.</summary>
public sealed class EgressRefusedException(string message) : IOException(message);
