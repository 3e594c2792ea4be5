using System.Net.Http.Headers;

using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

[Collection(nameof(ApiHost))]
public sealed class SignInTests(ApiHost host)
{
    [Fact]
    public async Task Signing_in_gives_tokens_and_tells_who_one_is()
    {
        var client = host.Anonymous();

        var tokens = await client.OkAsync(HttpMethod.Post, "/api/auth/login", new { email = "  ADMIN@api.example ", password = ApiHost.Password });

        ((string)tokens["accessToken"]!).Should().NotBeEmpty();
        ((long)tokens["expiresIn"]!).Should().BeGreaterThan(60);
        ((string)tokens["user"]!["email"]!).Should().Be(ApiHost.AdminEmail);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)tokens["accessToken"]!);
        var me = await client.OkAsync(HttpMethod.Get, "/api/me");
        ((string)me["user"]!["email"]!).Should().Be(ApiHost.AdminEmail);
        me["permissions"]!.AsArray().Select(one => (string)one!).Should().Equal("*");
        me["tenant"]!["id"].Should().NotBeNull();
    }

    [Fact]
    public async Task A_wrong_password_an_unknown_account_and_an_unknown_tenant_get_the_same_answer()
    {
        var client = host.Anonymous();

        (await client.RefusedAsync(HttpMethod.Post, "/api/auth/login", new { email = ApiHost.AdminEmail, password = "wrong" })).Should().Be((401, "sign_in_failed"));
        (await client.RefusedAsync(HttpMethod.Post, "/api/auth/login", new { email = "nobody@api.example", password = "wrong" })).Should().Be((401, "sign_in_failed"));
        (await client.RefusedAsync(HttpMethod.Post, "/api/auth/login", new { email = ApiHost.AdminEmail, password = ApiHost.Password, tenant = "other" }))
            .Should().Be((401, "sign_in_failed"));
    }

    [Fact]
    public async Task Failures_make_an_account_wait_and_say_for_how_long()
    {
        var client = host.Anonymous();
        var guess = new { email = "guessed@api.example", password = "wrong" };
        for (var i = 0; i < 10; i++)
            (await client.RefusedAsync(HttpMethod.Post, "/api/auth/login", guess)).Status.Should().Be(401);

        using var answer = await client.SendAsync(HttpMethod.Post, "/api/auth/login", guess);

        (await answer.ProblemAsync()).Should().Be((429, "too_many_failures"));
        answer.Headers.RetryAfter!.Delta!.Value.Should().BeGreaterThan(TimeSpan.FromMinutes(10)).And.BeLessThanOrEqualTo(TimeSpan.FromMinutes(15));
        await host.SignInAsync(ApiHost.AdminEmail); // others are not kept out
    }

    [Fact]
    public async Task A_refresh_token_is_good_once_and_its_reuse_ends_the_session()
    {
        var client = host.Anonymous();
        var first = await client.OkAsync(HttpMethod.Post, "/api/auth/login", new { email = ApiHost.AdminEmail, password = ApiHost.Password });
        var second = await client.OkAsync(HttpMethod.Post, "/api/auth/refresh", new { refreshToken = (string)first["refreshToken"]! });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)second["accessToken"]!);
        await client.OkAsync(HttpMethod.Get, "/api/me");

        (await client.RefusedAsync(HttpMethod.Post, "/api/auth/refresh", new { refreshToken = (string)first["refreshToken"]! }))
            .Should().Be((401, "invalid_refresh_token"));

        (await client.RefusedAsync(HttpMethod.Get, "/api/me")).Should().Be((401, "not_authenticated"));
        (await client.RefusedAsync(HttpMethod.Post, "/api/auth/refresh", new { refreshToken = (string)second["refreshToken"]! }))
            .Should().Be((401, "invalid_refresh_token"));
    }

    [Fact]
    public async Task An_access_token_is_no_refresh_token_and_the_other_way_round()
    {
        var client = host.Anonymous();
        var tokens = await client.OkAsync(HttpMethod.Post, "/api/auth/login", new { email = ApiHost.AdminEmail, password = ApiHost.Password });

        (await client.RefusedAsync(HttpMethod.Post, "/api/auth/refresh", new { refreshToken = (string)tokens["accessToken"]! })).Status.Should().Be(401);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)tokens["refreshToken"]!);
        (await client.RefusedAsync(HttpMethod.Get, "/api/me")).Status.Should().Be(401);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_at_once()
    {
        var client = await host.SignInAsync(ApiHost.AdminEmail);

        using var answer = await client.SendAsync(HttpMethod.Post, "/api/auth/logout");

        ((int)answer.StatusCode).Should().Be(204);
        (await client.RefusedAsync(HttpMethod.Get, "/api/me")).Should().Be((401, "not_authenticated"));
    }

    [Fact]
    public async Task Changing_the_password_needs_the_present_one_and_ends_other_sessions()
    {
        var client = await host.UserAsync("sites:read");
        var email = (string)(await client.OkAsync(HttpMethod.Get, "/api/me"))["user"]!["email"]!;
        var other = await host.SignInAsync(email);

        (await client.RefusedAsync(HttpMethod.Put, "/api/me/password", new { currentPassword = "wrong", newPassword = "A-Wholly-New-One-7" }))
            .Should().Be((422, "wrong_password"));
        (await client.RefusedAsync(HttpMethod.Put, "/api/me/password", new { currentPassword = ApiHost.Password, newPassword = "short" }))
            .Should().Be((422, "too_short"));
        await client.OkAsync(HttpMethod.Put, "/api/me/password", new { currentPassword = ApiHost.Password, newPassword = "A-Wholly-New-One-7" });

        await client.OkAsync(HttpMethod.Get, "/api/me");
        (await other.RefusedAsync(HttpMethod.Get, "/api/me")).Status.Should().Be(401);
        (await host.Anonymous().RefusedAsync(HttpMethod.Post, "/api/auth/login", new { email, password = ApiHost.Password })).Status.Should().Be(401);
        await host.SignInAsync(email, "A-Wholly-New-One-7");
    }

    [Fact]
    public async Task A_role_taken_away_and_a_user_switched_off_count_within_seconds()
    {
        var client = await host.UserAsync("sites:read");
        await client.OkAsync(HttpMethod.Get, "/api/sites");
        var me = await client.OkAsync(HttpMethod.Get, "/api/me");
        var path = $"/api/users/{me["user"]!["id"]}";

        await host.Admin.OkAsync(HttpMethod.Patch, path, new { roles = Array.Empty<string>() });
        await EventuallyAsync(async () => (await client.SendAsync(HttpMethod.Get, "/api/sites")).StatusCode == System.Net.HttpStatusCode.Forbidden, "the role to be gone");
        await host.Admin.OkAsync(HttpMethod.Patch, path, new { isActive = false });
        await EventuallyAsync(async () => (await client.SendAsync(HttpMethod.Get, "/api/me")).StatusCode == System.Net.HttpStatusCode.Unauthorized, "the user to be out");
    }

    internal static async Task EventuallyAsync(Func<Task<bool>> holds, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"Waited 30 s for {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
