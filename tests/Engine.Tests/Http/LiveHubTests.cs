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
    public async Task Who_looks_at_a_record_learns_who_else_does_and_who_edits_it_until_they_leave()
    {
        var site = await SiteAsync("Visited");
        var other = await host.UserAsync("sites:read");
        var (me, them) = (await NameAsync(host.Admin), await NameAsync(other));
        await using var mine = await LiveConnection.OpenAsync(host, host.Admin);
        await mine.LookAsync("sites", site);
        (await mine.PeopleAsync()).Should().Equal((me, false));

        await using (var theirs = await LiveConnection.OpenAsync(host, other))
        {
            await theirs.LookAsync("sites", site);
            (await theirs.PeopleAsync()).Should().BeEquivalentTo([(me, false), (them, false)]);
            (await mine.PeopleAsync()).Should().BeEquivalentTo([(me, false), (them, false)]);
            await theirs.LookAsync("sites", site, isEditing: true);
            (await mine.PeopleAsync()).Should().BeEquivalentTo([(me, false), (them, true)]);
            await theirs.LookAsync("sites", await SiteAsync("Elsewhere"));
            (await mine.PeopleAsync()).Should().Equal((me, false));
            await theirs.LookAsync("sites", site);
            (await mine.PeopleAsync()).Should().HaveCount(2);
        }
        (await mine.PeopleAsync()).Should().Equal([(me, false)], "a connection that ends takes its person along");
    }

    [Fact]
    public async Task Who_falls_silent_is_taken_to_have_left()
    {
        var site = await SiteAsync("Silent");
        var other = await host.UserAsync("sites:read");
        var me = await NameAsync(host.Admin);
        await using var mine = await LiveConnection.OpenAsync(host, host.Admin);
        await using var theirs = await LiveConnection.OpenAsync(host, other);
        await theirs.LookAsync("sites", site);
        await mine.LookAsync("sites", site);
        (await mine.PeopleAsync()).Should().HaveCount(2);
        var since = TimeProvider.System.GetTimestamp();

        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(5));
        var next = mine.PeopleAsync();
        while (await Task.WhenAny(next, beat.WaitForNextTickAsync().AsTask()) != next)
            await mine.SayAsync("sites", site);

        (await next).Should().Equal((me, false));
        TimeProvider.System.GetElapsedTime(since).Should().BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Nobody_learns_who_is_at_a_record_of_another_tenant_or_of_a_type_that_they_may_not_read()
    {
        var site = await SiteAsync("Private");
        var (_, stranger) = await host.TenantAsync("Adventure");
        var reader = await host.UserAsync("migrations:read");
        await using var mine = await LiveConnection.OpenAsync(host, host.Admin);
        await using var theirs = await LiveConnection.OpenAsync(host, stranger);
        await using var limited = await LiveConnection.OpenAsync(host, reader);
        await mine.LookAsync("sites", site);
        (await mine.PeopleAsync()).Should().HaveCount(1);

        await theirs.LookAsync("sites", site);
        (await theirs.PeopleAsync()).Should().Equal([(await NameAsync(stranger), false)], "the id names nothing of their tenant, and nobody there");
        (await limited.RefusedLookAsync("sites", site)).Should().Contain("missing_permission");

        var passing = await host.UserAsync("sites:read");
        await using var later = await LiveConnection.OpenAsync(host, passing);
        await later.LookAsync("sites", site);
        (await mine.PeopleAsync()).Should().HaveCount(2, "and no news came of the two others");
    }

    [Fact]
    public async Task The_hub_needs_a_token()
    {
        using var socket = new ClientWebSocket();

        var connect = () => socket.ConnectAsync(new Uri($"ws://{host.Address.Authority}/hubs/live"), CancellationToken.None);

        await connect.Should().ThrowAsync<WebSocketException>();
    }

    private async Task<string> SiteAsync(string name) =>
        (await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody(name)))["id"]!.ToString();

    private static async Task<string> NameAsync(HttpClient caller) =>
        (string)(await caller.OkAsync(HttpMethod.Get, "/api/me"))["user"]!["name"]!;

    private sealed class LiveConnection(HubSocket hub) : IAsyncDisposable
    {
        public static async Task<LiveConnection> OpenAsync(ApiHost host, HttpClient caller) => new(await HubSocket.OpenAsync(host, caller, "/hubs/live"));

        /// <summary>With and without the second argument, as clients may.</summary>
        public async Task SubscribeAsync(string[] types, string? after = null) =>
            (await (after is null ? hub.InvokeAsync("subscribe", [types]) : hub.InvokeAsync("subscribe", types, after))).Should().BeNull();

        /// <summary>The next event, or the next about a record.</summary>
        public Task<JsonObject> NextAsync(string? subject = null) =>
            hub.NextAsync("event", told => subject is null || (string?)told["subject"]?["id"] == subject);

        public async Task LookAsync(string type, string id, bool isEditing = false) =>
            (await RefusedLookAsync(type, id, isEditing)).Should().BeNull();

        public Task<string?> RefusedLookAsync(string type, string id, bool isEditing = false) => hub.InvokeAsync("look", type, id, isEditing);

        /// <summary>The same without waiting for the answer, beside somebody who waits for messages.</summary>
        public Task SayAsync(string type, string id) => hub.SayAsync("look", type, id);

        /// <summary>Who is there, as of the next news of it.</summary>
        public async Task<IReadOnlyList<(string Name, bool IsEditing)>> PeopleAsync() =>
            [.. (await hub.NextAsync("presence", _ => true))["people"]!.AsArray().Select(one => ((string)one!["name"]!, (bool)one["isEditing"]!))];

        public ValueTask DisposeAsync() => hub.DisposeAsync();
    }
}
