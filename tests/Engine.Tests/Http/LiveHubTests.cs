using System.Net.WebSockets;
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

    private sealed class LiveConnection(HubSocket hub) : IAsyncDisposable
    {
        public static async Task<LiveConnection> OpenAsync(ApiHost host, HttpClient caller) => new(await HubSocket.OpenAsync(host, caller, "/hubs/live"));

        /// <summary>With and without the second argument, as clients may.</summary>
        public async Task SubscribeAsync(string[] types, string? after = null) =>
            (await (after is null ? hub.InvokeAsync("subscribe", [types]) : hub.InvokeAsync("subscribe", types, after))).Should().BeNull();

        /// <summary>The next event, or the next about a record.</summary>
        public Task<JsonObject> NextAsync(string? subject = null) =>
            hub.NextAsync("event", told => subject is null || (string?)told["subject"]?["id"] == subject);

        public ValueTask DisposeAsync() => hub.DisposeAsync();
    }
}
