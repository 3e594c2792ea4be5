using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Host.Identity;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Programs call the API with a key, in its owner's name and with no more than was chosen for it.</summary>
[Collection(nameof(ApiHost))]
public sealed class ApiKeyTests(ApiHost host)
{
    [Fact]
    public async Task A_key_works_like_a_token_within_its_permissions_and_is_shown_once()
    {
        var owner = await host.UserAsync("sites:*", "phone-numbers:read");
        var made = await owner.OkAsync(HttpMethod.Post, "/api/auth/keys", new { name = "night import", permissions = new[] { "sites:read" } });
        var key = (string)made["key"]!;
        var program = WithKey(key);

        (await program.OkAsync(HttpMethod.Get, "/api/sites"))["items"].Should().NotBeNull();
        (await program.RefusedAsync(HttpMethod.Post, "/api/sites", new { name = "x" })).Should().Be((403, "missing_permission"));
        (await program.RefusedAsync(HttpMethod.Get, "/api/phone-numbers")).Should().Be((403, "missing_permission"), "the owner may, the key may not");
        var me = await program.OkAsync(HttpMethod.Get, "/api/me");
        me["permissions"]!.AsArray().Select(one => (string)one!).Should().Equal("sites:read");

        (await program.RefusedAsync(HttpMethod.Post, "/api/auth/keys", new { name = "another", permissions = new[] { "sites:read" } })).Should().Be((403, "needs_sign_in"));

        var listed = (await owner.OkAsync(HttpMethod.Get, "/api/auth/keys"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        listed["key"].Should().BeNull();
        ((string)listed["prefix"]!).Should().Be(key[..11]);
        listed["lastUsedAt"].Should().NotBeNull();
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/auth/keys"))["items"]!.AsArray().Should().NotContain(one => (string)one!["id"]! == (string)made["id"]!, "keys are one's own");
    }

    [Fact]
    public async Task A_revoked_key_an_expired_one_and_a_made_up_one_are_no_keys()
    {
        var owner = await host.UserAsync("sites:read");
        var made = await owner.OkAsync(HttpMethod.Post, "/api/auth/keys", new { name = "short", permissions = new[] { "sites:read" } });
        var program = WithKey((string)made["key"]!);
        await program.OkAsync(HttpMethod.Get, "/api/sites");

        using (var revoked = await owner.SendAsync(HttpMethod.Delete, $"/api/auth/keys/{made["id"]}"))
            ((int)revoked.StatusCode).Should().Be(204);

        (await program.RefusedAsync(HttpMethod.Get, "/api/sites")).Should().Be((401, "not_authenticated"));
        (await WithKey("sb_" + new string('A', 43)).RefusedAsync(HttpMethod.Get, "/api/sites")).Should().Be((401, "not_authenticated"));
        (await WithKey("nonsense").RefusedAsync(HttpMethod.Get, "/api/sites")).Should().Be((401, "not_authenticated"));

        var me = await owner.OkAsync(HttpMethod.Get, "/api/me");
        var tenantId = Guid.Parse((string)me["tenant"]!["id"]!);
        var caller = (await host.Parts.GetRequiredService<Sessions>().CallerOfAsync(new Membership(tenantId, Guid.Parse((string)me["user"]!["id"]!)), Guid.Empty, [], default))!;
        var (expired, _) = await host.Parts.GetRequiredService<ApiKeys>().CreateAsync(caller, "over", ["sites:read"], TimeProvider.System.GetUtcNow().AddMinutes(-1), default);
        (await WithKey(expired).RefusedAsync(HttpMethod.Get, "/api/sites")).Should().Be((401, "not_authenticated"));
    }

    [Fact]
    public async Task A_key_reaches_only_its_own_tenant_and_grants_nothing_that_its_owner_lacks()
    {
        var owner = await host.UserAsync("sites:read");
        var (otherTenant, other) = await host.TenantAsync($"Keys{Guid.CreateVersion7(DateTimeOffset.UnixEpoch):N}");
        (await owner.RefusedAsync(HttpMethod.Post, "/api/auth/keys", new { name = "all", permissions = new[] { "*" } })).Status.Should().Be(422);
        (await owner.RefusedAsync(HttpMethod.Post, "/api/auth/keys", new { name = "", permissions = new[] { "sites:read" } })).Status.Should().Be(422);
        (await owner.RefusedAsync(HttpMethod.Post, "/api/auth/keys", new { name = "past", permissions = new[] { "sites:read" }, expiresAt = "2001-01-01T00:00:00Z" })).Status.Should().Be(422);
        var made = await owner.OkAsync(HttpMethod.Post, "/api/auth/keys", new { name = "own", permissions = new[] { "sites:read" } });

        (await WithKey((string)made["key"]!).RefusedAsync(HttpMethod.Get, "/api/sites", null, ("X-Tenant-Id", otherTenant.ToString()))).Should().Be((403, "not_a_member"));
        (await other.RefusedAsync(HttpMethod.Delete, $"/api/auth/keys/{made["id"]}")).Should().Be((404, "not_found"));
    }

    private HttpClient WithKey(string key)
    {
        var client = host.Anonymous();
        client.DefaultRequestHeaders.Add("X-Api-Key", key);
        return client;
    }
}
