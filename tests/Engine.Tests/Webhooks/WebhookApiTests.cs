using System.Net;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Engine.Tests.Http;
using Switchboard.Runtime.Webhooks;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Webhooks;

/// <summary>What a client does with webhooks, over HTTP, with a receiver on loopback.</summary>
[Collection(nameof(ApiHost))]
public sealed class WebhookApiTests : IDisposable
{
    private readonly ApiHost host;
    private readonly HookReceiver receiver = new();

    public WebhookApiTests(ApiHost host)
    {
        this.host = host;
        Networks = [IPNetwork.Parse("127.0.0.0/8")];
    }

    private IReadOnlyList<IPNetwork> Networks { set => host.Parts.GetRequiredService<WebhookOptions>().Networks = value; }

    public void Dispose()
    {
        Networks = [];
        receiver.Dispose();
    }

    [Fact]
    public async Task A_change_of_a_record_is_told_to_a_webhook_that_wants_it()
    {
        var (_, client) = await host.TenantAsync("Hookchange");
        var made = await client.OkAsync(HttpMethod.Post, "/api/webhooks", new { url = receiver.Url, types = new[] { "sites.*" } });
        var site = await client.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Hooked"));

        var received = (await receiver.WaitForAsync(1))[0];

        WebhookNode.IsSigned(received, (string)made["secret"]!, TimeProvider.System.GetUtcNow()).Should().BeTrue();
        (received.Type, (string)received.Json["subject"]!["id"]!, (string)received.Json["data"]!["action"]!).Should().Be(("sites.created", (string)site["id"]!, "created"));
        var delivery = await DeliveredAsync(client, made);
        ((string)delivery["eventId"]!, (string)delivery["type"]!, (int)delivery["attempts"]!, (int)delivery["responseStatus"]!)
            .Should().Be((received.Id, "sites.created", 1, 204));
        var one = await client.OkAsync(HttpMethod.Get, $"/api/webhooks/{made["id"]}/deliveries/{delivery["id"]}");
        JsonNode.DeepEquals(one["body"], received.Json).Should().BeTrue();
        await DeleteAsync(client, made);
    }

    [Fact]
    public async Task A_secret_is_shown_when_it_is_made_and_never_again()
    {
        var (_, client) = await host.TenantAsync("Hooksecret");
        var body = new { url = receiver.Url, types = new[] { "tasks.*" }, description = "Ours" };
        using var answer = await client.SendAsync(HttpMethod.Post, "/api/webhooks", body, ("Idempotency-Key", "hook-1"));
        var made = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        var secret = (string)made["secret"]!;
        secret.Should().MatchRegex("^whsec_[A-Za-z0-9+/]{43}=$");
        (answer.StatusCode, answer.Headers.CacheControl!.NoStore, answer.Headers.Location!.ToString(), answer.Headers.ETag!.Tag)
            .Should().Be((HttpStatusCode.Created, true, $"/api/webhooks/{made["id"]}", "\"1\""));

        using var again = await client.SendAsync(HttpMethod.Post, "/api/webhooks", body, ("Idempotency-Key", "hook-1"));
        again.Headers.GetValues("Idempotency-Replayed").Should().Equal("true");
        var path = $"/api/webhooks/{made["id"]}";
        var patched = await client.OkAsync(HttpMethod.Patch, path, new { description = "Theirs" });
        List<string> answers =
        [
            await again.Content.ReadAsStringAsync(), patched.ToJsonString(),
            .. await Task.WhenAll(new[] { path, "/api/webhooks", $"{path}/history", "/api/webhooks/export?format=json", "/api/schema/webhooks", $"{path}/deliveries" }
                .Select(async get => await client.GetStringAsync(new Uri(get, UriKind.Relative)))),
        ];

        ((string)patched["description"]!).Should().Be("Theirs");
        answers.Should().OnlyContain(text => !text.Contains(secret, StringComparison.Ordinal) && !text.Contains("whsec_", StringComparison.Ordinal));
        answers[0].Should().Contain((string)made["id"]!);
        await DeleteAsync(client, made);
    }

    [Fact]
    public async Task A_new_secret_signs_beside_the_old_one()
    {
        var (_, client) = await host.TenantAsync("Hookrotation");
        var made = await client.OkAsync(HttpMethod.Post, "/api/webhooks", new { url = receiver.Url, types = new[] { "tasks.*" } });

        var rotated = await client.OkAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/rotate-secret", new { graceHours = 2 });
        await client.OkAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping");
        var received = (await receiver.WaitForAsync(1))[0];

        var now = TimeProvider.System.GetUtcNow();
        ((string)rotated["secret"]!).Should().NotBe((string)made["secret"]!);
        DateTimeOffset.Parse((string)rotated["previousSecretUntil"]!).Should().BeCloseTo(now.AddHours(2), TimeSpan.FromMinutes(5));
        WebhookNode.IsSigned(received, (string)made["secret"]!, now).Should().BeTrue();
        WebhookNode.IsSigned(received, (string)rotated["secret"]!, now).Should().BeTrue();
        (await client.RefusedAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/rotate-secret", new { graceHours = -1 })).Should().Be((422, "invalid_value"));
        await DeleteAsync(client, made);
    }

    [Fact]
    public async Task A_ping_arrives_whatever_types_are_wanted_and_can_be_sent_again_with_the_same_id()
    {
        var (_, client) = await host.TenantAsync("Hookping");
        var made = await client.OkAsync(HttpMethod.Post, "/api/webhooks", new { url = receiver.Url, types = new[] { "tasks.completed" } });

        using var pinged = await client.SendAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping", null, ("Idempotency-Key", "ping-1"));
        using var replayed = await client.SendAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping", null, ("Idempotency-Key", "ping-1"));
        pinged.StatusCode.Should().Be(HttpStatusCode.Accepted);
        var delivery = await DeliveredAsync(client, made);
        var again = await client.OkAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/deliveries/{delivery["id"]}/redeliver");
        var received = await receiver.WaitForAsync(2);

        received.Select(one => (one.Type, one.Id)).Distinct().Should().Equal(("webhooks.ping", (string)delivery["eventId"]!));
        received.Should().HaveCount(2, "the second ping with the same key was none");
        ((string)again["status"]!).Should().Be("pending");
        await DeliveredAsync(client, made, attempts: 2);
        await DeleteAsync(client, made);
    }

    [Fact]
    public async Task Deliveries_are_listed_newest_first_page_by_page_and_by_status()
    {
        var (_, client) = await host.TenantAsync("Hooklist");
        receiver.AnswerWith(500);
        var made = await client.OkAsync(HttpMethod.Post, "/api/webhooks", new { url = receiver.Url, types = new[] { "sites.created" } });
        for (var i = 0; i < 5; i++)
            await client.OkAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping");
        await receiver.WaitForAsync(5);
        var path = $"/api/webhooks/{made["id"]}/deliveries";

        var ids = new List<string>();
        string? next = null;
        do
        {
            var page = await client.OkAsync(HttpMethod.Get, $"{path}?limit=2{(next is null ? "" : $"&after={next}")}");
            ids.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            next = (string?)page["next"];
        }
        while (next is not null);

        ids.Should().HaveCount(5).And.OnlyHaveUniqueItems().And.BeInDescendingOrder(StringComparer.Ordinal);
        (await client.OkAsync(HttpMethod.Get, $"{path}?status=delivered"))["items"]!.AsArray().Should().BeEmpty();
        var waiting = (await client.OkAsync(HttpMethod.Get, $"{path}?status=pending"))["items"]!.AsArray();
        waiting.Should().HaveCount(5).And.OnlyContain(item => item!["nextAttemptAt"] != null);
        using var again = await client.SendAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/redeliver", new { from = "2020-01-01T00:00:00Z" });
        (again.StatusCode, await again.Content.ReadAsStringAsync()).Should().Be((HttpStatusCode.Accepted, "{\"redelivered\":0,\"more\":false}"), "nothing was given up yet");
        (await client.RefusedAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/redeliver", new { to = "noon" })).Should().Be((422, "invalid_date"));
        (await client.RefusedAsync(HttpMethod.Get, $"{path}?status=lost")).Should().Be((400, "invalid_status"));
        foreach (var limit in new[] { "0", "501", "" })
            (await client.RefusedAsync(HttpMethod.Get, $"{path}?limit={limit}")).Should().Be((400, "invalid_limit"));
        (await client.RefusedAsync(HttpMethod.Get, $"{path}?after=x")).Should().Be((400, "invalid_cursor"));
        await DeleteAsync(client, made);
    }

    [Fact]
    public async Task A_webhook_of_another_tenant_is_as_unknown_as_none()
    {
        var (_, theirs) = await host.TenantAsync("Hooktheirs");
        var made = await theirs.OkAsync(HttpMethod.Post, "/api/webhooks", new { url = receiver.Url, types = new[] { "sites.created" } });
        var ping = await theirs.OkAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping");
        await receiver.WaitForAsync(1);
        var path = $"/api/webhooks/{made["id"]}";

        foreach (var (method, of) in new[]
        {
            (HttpMethod.Get, path), (HttpMethod.Get, $"{path}/deliveries"), (HttpMethod.Get, $"{path}/deliveries/{ping["id"]}"), (HttpMethod.Post, $"{path}/ping"),
            (HttpMethod.Post, $"{path}/rotate-secret"), (HttpMethod.Post, $"{path}/redeliver"), (HttpMethod.Post, $"{path}/deliveries/{ping["id"]}/redeliver"), (HttpMethod.Delete, path),
        })
        {
            (await host.Admin.RefusedAsync(method, of)).Should().Be((404, "not_found"), $"{method} {of}");
        }
        receiver.Heard.Should().ContainSingle();
        await DeleteAsync(theirs, made);
    }

    [Fact]
    public async Task Each_call_needs_its_permission_and_whoever_works_on_migrations_has_none()
    {
        var (reader, writer) = (await host.UserAsync("webhooks:read"), await host.UserAsync("webhooks:create", "webhooks:update"));
        var made = await writer.OkAsync(HttpMethod.Post, "/api/webhooks", new { url = receiver.Url, types = new[] { "sites.created" } });

        await reader.OkAsync(HttpMethod.Get, $"/api/webhooks/{made["id"]}/deliveries");
        (await reader.RefusedAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping")).Should().Be((403, "missing_permission"));
        (await reader.RefusedAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/rotate-secret")).Should().Be((403, "missing_permission"));
        (await writer.RefusedAsync(HttpMethod.Get, $"/api/webhooks/{made["id"]}/deliveries")).Should().Be((403, "missing_permission"));
        var roles = (await host.Admin.OkAsync(HttpMethod.Get, "/api/roles?limit=500"))["items"]!.AsArray();
        roles.Where(role => (string)role!["name"]! is "lead" or "member" or "viewer").Should().HaveCount(3)
            .And.OnlyContain(role => !role!["permissions"]!.ToJsonString().Contains("webhooks", StringComparison.Ordinal));
        await DeleteAsync(host.Admin, made);
    }

    [Fact]
    public async Task A_webhook_that_is_off_takes_no_ping_until_it_is_on()
    {
        var made = await host.Admin.OkAsync(HttpMethod.Post, "/api/webhooks", new { url = receiver.Url, types = new[] { "sites.created" }, enabled = false });

        (await host.Admin.RefusedAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping")).Should().Be((409, "webhook_disabled"));
        await host.Admin.OkAsync(HttpMethod.Patch, $"/api/webhooks/{made["id"]}", new { enabled = true });
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/webhooks/{made["id"]}/ping");

        await receiver.WaitForAsync(1);
        await DeleteAsync(host.Admin, made);
    }

    [Theory]
    [InlineData("http://receiver.example/hook", "[\"*\"]", "https_required")]
    [InlineData("ftp://receiver.example/hook", "[\"*\"]", "invalid_url")]
    [InlineData("https://user:pass@receiver.example/hook", "[\"*\"]", "invalid_url")]
    [InlineData("/hook", "[\"*\"]", "invalid_url")]
    [InlineData("https://receiver.example/hook", "[]", "required")]
    [InlineData("https://receiver.example/hook", "[\"sites.*.created\"]", "invalid_event_type")]
    [InlineData("https://receiver.example/hook", "[7]", "invalid_format")]
    public async Task A_webhook_that_could_not_work_is_refused(string url, string types, string code) =>
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/webhooks", new { url, types = JsonNode.Parse(types) })).Should().Be((422, code));

    /// <summary>The newest delivery, when it has arrived.</summary>
    private static async Task<JsonObject> DeliveredAsync(HttpClient client, JsonObject webhook, int attempts = 1)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var items = (await client.OkAsync(HttpMethod.Get, $"/api/webhooks/{webhook["id"]}/deliveries"))["items"]!.AsArray();
            if (items is [JsonObject delivery, ..] && (string)delivery["status"]! == "delivered" && (int)delivery["attempts"]! == attempts)
                return delivery;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }

    private static async Task DeleteAsync(HttpClient client, JsonObject webhook)
    {
        using var gone = await client.SendAsync(HttpMethod.Delete, $"/api/webhooks/{webhook["id"]}");
        gone.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }
}
