using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

[Collection(nameof(ApiHost))]
public sealed class LiveHubTests(ApiHost host)
{
    [Fact]
    public async Task A_subscriber_is_told_what_happens_and_resumes_where_it_was()
    {
        await using var live = await LiveConnection.OpenAsync(host, host.Admin);
        await live.SubscribeAsync(["sites.*"]);
        var first = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Live one"));

        var told = await live.NextAsync(first["id"]!.ToString());
        ((string)told["type"]!).Should().Be("sites.created");
        ((string)told["subject"]!["type"]!).Should().Be("sites");
        told["tenantId"].Should().NotBeNull();
        told["at"].Should().NotBeNull();

        var missed = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Live two"));
        await using var again = await LiveConnection.OpenAsync(host, host.Admin);
        await again.SubscribeAsync(["sites.created"], (string)told["cursor"]!);
        var resumed = await again.NextAsync();
        ((string)resumed["subject"]!["id"]!).Should().Be(missed["id"]!.ToString(), "nothing is told twice and nothing is left out");
    }

    [Fact]
    public async Task A_subscriber_hears_nothing_of_other_tenants_and_nothing_it_may_not_read()
    {
        var (_, other) = await host.TenantAsync("Northwind");
        var reader = await host.UserAsync("migrations:read");
        await using var theirs = await LiveConnection.OpenAsync(host, other);
        await using var limited = await LiveConnection.OpenAsync(host, reader);
        await theirs.SubscribeAsync(["*"]);
        await limited.SubscribeAsync(["*"]);

        var site = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Quiet"));
        var migration = await host.Admin.OkAsync(HttpMethod.Post, "/api/migrations", new
        {
            name = "Heard",
            siteId = site["id"]!.ToString(),
            routingType = "direct_routing",
            targetCarrier = "verizon",
        });
        var own = await other.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Own"));

        ((string)(await limited.NextAsync())["subject"]!["id"]!).Should().Be(migration["id"]!.ToString());
        ((string)(await theirs.NextAsync())["subject"]!["id"]!).Should().Be(own["id"]!.ToString());
    }

    [Fact]
    public async Task The_hub_needs_a_token()
    {
        using var socket = new ClientWebSocket();

        var connect = () => socket.ConnectAsync(new Uri($"ws://{host.Address.Authority}/hubs/live"), CancellationToken.None);

        await connect.Should().ThrowAsync<WebSocketException>();
    }

    /// <summary>SignalR's JSON protocol by hand: a handshake, then messages that end with the record separator.</summary>
    private sealed class LiveConnection : IAsyncDisposable
    {
        private const char Separator = '\u001e';

        private readonly ClientWebSocket socket = new();
        private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        private readonly Queue<string> messages = new();
        private readonly StringBuilder partial = new();

        public static async Task<LiveConnection> OpenAsync(ApiHost host, HttpClient caller)
        {
            var live = new LiveConnection();
            var token = Uri.EscapeDataString(caller.DefaultRequestHeaders.Authorization!.Parameter!);
            await live.socket.ConnectAsync(new Uri($"ws://{host.Address.Authority}/hubs/live?access_token={token}"), live.patience.Token);
            await live.SendAsync("""{"protocol":"json","version":1}""");
            (await live.MessageAsync()).Should().Be("{}", "the handshake succeeds");
            return live;
        }

        public async Task SubscribeAsync(string[] types, string? after = null)
        {
            // With and without the second argument, as clients may.
            object[] arguments = after is null ? [types] : [types, after];
            await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = "1", target = "subscribe", arguments }));
            var early = new List<string>(); // events may be told before the subscription is answered
            while (true)
            {
                var text = await MessageAsync();
                var message = JsonNode.Parse(text)!;
                if ((int)message["type"]! != 3)
                {
                    early.Add(text);
                    continue;
                }
                message["error"].Should().BeNull();
                early.AddRange(messages);
                messages.Clear();
                early.ForEach(messages.Enqueue);
                return;
            }
        }

        /// <summary>The next event, or the next about a record.</summary>
        public async Task<JsonObject> NextAsync(string? subject = null)
        {
            while (true)
            {
                var message = JsonNode.Parse(await MessageAsync())!;
                if ((int)message["type"]! == 1 && (string)message["target"]! == "event" && message["arguments"]![0] is JsonObject told
                    && (subject is null || (string?)told["subject"]?["id"] == subject))
                {
                    return told;
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            socket.Abort();
            socket.Dispose();
            patience.Dispose();
            await Task.CompletedTask;
        }

        private Task SendAsync(string message) =>
            socket.SendAsync(Encoding.UTF8.GetBytes(message + Separator), WebSocketMessageType.Text, endOfMessage: true, patience.Token);

        private async Task<string> MessageAsync()
        {
            var buffer = new byte[16 << 10];
            while (messages.Count == 0)
            {
                var received = await socket.ReceiveAsync(buffer, patience.Token);
                partial.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
                var parts = partial.ToString().Split(Separator);
                foreach (var message in parts[..^1])
                    messages.Enqueue(message);
                partial.Clear().Append(parts[^1]);
            }
            return messages.Dequeue();
        }
    }
}
