using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Views are one's own until they are shared, and never anybody's of another tenant.</summary>
[Collection(nameof(ApiHost))]
public sealed class ViewTests(ApiHost host)
{
    [Fact]
    public async Task A_view_is_ones_own_until_it_is_shared()
    {
        var (owner, other) = (await host.UserAsync("sites:read", "views:share"), await host.UserAsync("sites:read"));
        var made = await owner.OkAsync(HttpMethod.Post, "/api/views", new { list = "sites", name = "In Texas", state = "state=TX&sort=name" });
        var path = $"/api/views/{made["id"]}";
        (await NamesAsync(owner)).Should().Contain("In Texas");
        (await NamesAsync(other)).Should().NotContain("In Texas");
        (await other.RefusedAsync(HttpMethod.Patch, path, new { name = "Mine" })).Should().Be((404, "not_found"));
        (await other.RefusedAsync(HttpMethod.Delete, path)).Should().Be((404, "not_found"));

        await owner.OkAsync(HttpMethod.Patch, path, new { sharing = "everyone", isPinned = true });

        var seen = (await other.OkAsync(HttpMethod.Get, "/api/views?list=sites"))["items"]!.AsArray().Single(one => (string)one!["name"]! == "In Texas")!;
        ((bool)seen["isPinned"]!, (bool)seen["isOwn"]!, (string)seen["state"]!).Should().Be((true, false, "state=TX&sort=name"));
        (await other.OkAsync(HttpMethod.Get, "/api/views?list=tasks"))["items"]!.AsArray().Should().NotContain(one => (string)one!["name"]! == "In Texas");
        (await other.RefusedAsync(HttpMethod.Patch, path, new { name = "Mine" })).Should().Be((403, "missing_permission"));
        (await other.RefusedAsync(HttpMethod.Delete, path)).Should().Be((403, "missing_permission"));
        var (_, stranger) = await host.TenantAsync($"Views{Guid.CreateVersion7(DateTimeOffset.UnixEpoch):N}");
        (await NamesAsync(stranger)).Should().NotContain("In Texas");
        (await stranger.RefusedAsync(HttpMethod.Delete, path)).Should().Be((404, "not_found"));

        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, path);
        ((int)deleted.StatusCode).Should().Be(204, "a shared view outlives its owner's interest");
        (await NamesAsync(owner)).Should().NotContain("In Texas");
    }

    [Fact]
    public async Task A_view_for_a_role_is_seen_by_its_members_alone()
    {
        var (owner, member, other) = (await host.UserAsync("views:share"), await host.UserAsync("sites:read"), await host.UserAsync("sites:read"));
        var role = (string)(await member.OkAsync(HttpMethod.Get, "/api/me"))["roles"]![0]!;

        await owner.OkAsync(HttpMethod.Post, "/api/views", new { list = "sites", name = $"For {role}", state = "", sharing = "role", role });

        (await NamesAsync(member)).Should().Contain($"For {role}");
        (await NamesAsync(other)).Should().NotContain($"For {role}");
    }

    [Fact]
    public async Task What_is_wrong_with_a_view_is_said_at_its_field()
    {
        var user = await host.UserAsync("sites:read");
        (await user.RefusedAsync(HttpMethod.Post, "/api/views", new { list = "sites", name = "Shared", state = "", sharing = "everyone" })).Should().Be((403, "missing_permission"));
        foreach (var wrong in new object[]
        {
            new { list = "sites", name = " ", state = "" }, new { list = "No list", name = "x", state = "" }, new { list = "sites", name = "x", state = new string('x', 4001) },
            new { list = "sites", name = "x", state = "", sharing = "all" }, new { list = "sites", name = "x", state = "", sharing = "role" }, new { list = "sites", name = "x", state = "", isPinned = "yes" },
            new { list = "sites", name = "x", state = "", colour = "red" },
        })
        {
            (await user.RefusedAsync(HttpMethod.Post, "/api/views", wrong)).Status.Should().Be(422);
        }

        var made = await user.OkAsync(HttpMethod.Post, "/api/views", new { list = "sites", name = "Mine", state = "" });
        (await user.RefusedAsync(HttpMethod.Post, "/api/views", new { list = "sites", name = "Mine", state = "q=x" })).Status.Should().Be(422);
        (await user.RefusedAsync(HttpMethod.Patch, $"/api/views/{made["id"]}", new { name = "Ours" }, ("If-Match", "\"7\""))).Status.Should().Be(412);
        ((int)(await user.OkAsync(HttpMethod.Patch, $"/api/views/{made["id"]}", new { state = "q=y" }))["version"]!).Should().Be(2);
    }

    private static async Task<IEnumerable<string>> NamesAsync(HttpClient client) =>
        (await client.OkAsync(HttpMethod.Get, "/api/views"))["items"]!.AsArray().Select(one => (string)one!["name"]!);
}
