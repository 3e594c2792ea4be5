using System.Net;
using System.Text.Json.Nodes;

using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

[Collection(nameof(ApiHost))]
public sealed class RecordApiTests(ApiHost host)
{
    private static int names;

    private static string Unique(string name) => $"{name} {Interlocked.Increment(ref names)}";

    [Fact]
    public async Task A_record_is_created_read_changed_and_deleted()
    {
        using var created = await host.Admin.SendAsync(HttpMethod.Post, "/api/sites", SiteBody(Unique("Boston")));
        created.StatusCode.Should().Be(HttpStatusCode.Created);
        var location = created.Headers.Location!.ToString();
        created.Headers.ETag!.ToString().Should().Be("\"1\"");

        using var read = await host.Admin.GetAsync(location);
        read.Headers.ETag!.ToString().Should().Be("\"1\"");
        var patched = await host.Admin.OkAsync(HttpMethod.Patch, location, new { city = "Cambridge" }, ("If-Match", "\"1\""));
        ((string)patched["city"]!).Should().Be("Cambridge");
        ((long)patched["version"]!).Should().Be(2);
        (await host.Admin.RefusedAsync(HttpMethod.Patch, location, new { city = "Boston" }, ("If-Match", "\"1\""))).Should().Be((412, "stale_version"));
        (await host.Admin.RefusedAsync(HttpMethod.Delete, location, null, ("If-Match", "\"1\""))).Should().Be((412, "stale_version"));
        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, location, null, ("If-Match", "\"2\""));

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await host.Admin.RefusedAsync(HttpMethod.Get, location)).Should().Be((404, "not_found"));
        var history = await host.Admin.OkAsync(HttpMethod.Get, location + "/history");
        history["items"]!.AsArray().Select(item => (string)item!["action"]!).Should().Equal("deleted", "updated", "created");
    }

    [Fact]
    public async Task Of_many_who_change_the_same_version_one_wins()
    {
        var site = await CreateSiteAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            host.Admin.SendAsync(HttpMethod.Patch, $"/api/sites/{site["id"]}", new { city = $"City {i}" }, ("If-Match", "\"1\""))));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed).Should().Be(15);
    }

    [Fact]
    public async Task An_idempotency_key_makes_a_change_once_and_gives_the_same_answer()
    {
        var (key, body) = (("Idempotency-Key", Unique("key")), SiteBody(Unique("Once")));
        using var first = await host.Admin.SendAsync(HttpMethod.Post, "/api/sites", body, key);
        using var second = await host.Admin.SendAsync(HttpMethod.Post, "/api/sites", body, key);

        second.StatusCode.Should().Be(HttpStatusCode.Created);
        first.Headers.Contains("Idempotency-Replayed").Should().BeFalse();
        second.Headers.GetValues("Idempotency-Replayed").Should().Equal("true");
        (await second.Content.ReadAsStringAsync()).Should().Be(await first.Content.ReadAsStringAsync());
        second.Headers.Location.Should().Be(first.Headers.Location);
        second.Headers.ETag.Should().Be(first.Headers.ETag);
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/sites", SiteBody("Other"), key)).Should().Be((422, "idempotency_key_reused"));
    }

    [Fact]
    public async Task The_same_call_many_times_at_once_has_one_effect()
    {
        var name = Unique("Crowd");
        var (key, body) = (("Idempotency-Key", Unique("key")), SiteBody(name));

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => host.Admin.SendAsync(HttpMethod.Post, "/api/sites", body, key)));

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.Created || answer.StatusCode == HttpStatusCode.Conflict);
        var found = await host.Admin.OkAsync(HttpMethod.Get, $"/api/sites?name={Uri.EscapeDataString(name)}");
        found["items"]!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task A_refused_call_may_be_made_again_with_its_key()
    {
        var key = ("Idempotency-Key", Unique("key"));

        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/sites", new { name = "" }, key)).Status.Should().Be(422);
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/sites", new { name = "" }, key)).Status.Should().Be(422);
    }

    [Fact]
    public async Task A_batch_answers_each_item_for_itself_and_in_order()
    {
        var (site, closed) = (await CreateSiteAsync(), await CreateSiteAsync());
        var body = new
        {
            items = new object[]
            {
                new { method = "POST", body = SiteBody(Unique("Batch")) },
                new { method = "PATCH", id = site["id"]!.ToString(), body = new { city = "Salem" } },
                new { method = "PATCH", id = Guid.Empty.ToString(), body = new { city = "Salem" } },
                new { method = "POST", body = new { name = "" } },
                new { method = "DELETE", id = closed["id"]!.ToString() },
            },
        };

        var answer = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites/batch", body);

        answer["results"]!.AsArray().Select(result => (int)result!["status"]!).Should().Equal(201, 200, 404, 422, 204);
        ((string)answer["results"]![2]!["problem"]!["code"]!).Should().Be("not_found");
    }

    [Fact]
    public async Task An_item_of_a_batch_that_names_a_version_is_for_that_version_alone()
    {
        var (changed, left) = (await CreateSiteAsync(), await CreateSiteAsync());
        await host.Admin.OkAsync(HttpMethod.Patch, $"/api/sites/{changed["id"]}", new { city = "Lynn" });

        var answer = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites/batch", new
        {
            items = new object[]
            {
                new { method = "PATCH", id = changed["id"]!.ToString(), version = 1, body = new { city = "Salem" } },
                new { method = "DELETE", id = changed["id"]!.ToString(), version = 1 },
                new { method = "PATCH", id = left["id"]!.ToString(), version = 1, body = new { city = "Salem" } },
            },
        });

        answer["results"]!.AsArray().Select(result => (int)result!["status"]!).Should().Equal(412, 412, 200);
        ((string)answer["results"]![0]!["problem"]!["code"]!).Should().Be("stale_version");
        ((string?)(await host.Admin.OkAsync(HttpMethod.Get, $"/api/sites/{changed["id"]}"))["city"]).Should().Be("Lynn");
    }

    [Fact]
    public async Task Comments_tags_and_files_hang_on_any_record()
    {
        var path = $"/api/sites/{(await CreateSiteAsync())["id"]}";

        var comment = await host.Admin.OkAsync(HttpMethod.Post, path + "/comments", new { body = "Call first.", isInternal = true });
        ((bool)comment["isInternal"]!).Should().BeTrue();
        await host.Admin.OkAsync(HttpMethod.Patch, $"{path}/comments/{comment["id"]}", new { body = "Call twice." });
        await host.Admin.OkAsync(HttpMethod.Post, path + "/tags", new { tag = "vip" });
        await host.Admin.OkAsync(HttpMethod.Post, path + "/tags", new { tag = "vip" });
        using var form = new MultipartFormDataContent { { new ByteArrayContent("<script>".Utf8()), "file", "../../e vil.html" } };
        using var uploaded = await host.Admin.PostAsync(path + "/files", form);
        uploaded.StatusCode.Should().Be(HttpStatusCode.Created);
        using var download = await host.Admin.GetAsync(uploaded.Headers.Location);

        var comments = await host.Admin.OkAsync(HttpMethod.Get, path + "/comments");
        ((string)comments["items"]!.AsArray().Single()!["body"]!).Should().Be("Call twice.");
        (await host.Admin.OkAsync(HttpMethod.Get, path + "/tags"))["items"]!.AsArray().Select(tag => (string)tag!).Should().Equal("vip");
        (await download.Content.ReadAsStringAsync()).Should().Be("<script>");
        download.Content.Headers.ContentDisposition!.DispositionType.Should().Be("attachment");
        download.Content.Headers.ContentDisposition.FileNameStar.Should().Be("e vil.html");
        download.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        var files = await host.Admin.OkAsync(HttpMethod.Get, path + "/files");
        files["items"]!.AsArray().Should().ContainSingle();
        using var gone = await host.Admin.DeleteAsync(uploaded.Headers.Location);
        gone.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Only_its_author_changes_a_comment()
    {
        var path = $"/api/sites/{(await CreateSiteAsync())["id"]}";
        var comment = await host.Admin.OkAsync(HttpMethod.Post, path + "/comments", new { body = "Mine." });
        var other = await host.UserAsync("sites:*");

        (await other.RefusedAsync(HttpMethod.Patch, $"{path}/comments/{comment["id"]}", new { body = "Yours." })).Should().Be((403, "not_the_author"));
        (await other.RefusedAsync(HttpMethod.Delete, $"{path}/comments/{comment["id"]}")).Should().Be((403, "not_the_author"));
    }

    [Fact]
    public async Task Actions_move_a_number_and_say_what_is_possible()
    {
        var number = await CreateNumberAsync();
        var path = $"/api/phone-numbers/{number["id"]}";

        var offer = await host.Admin.OkAsync(HttpMethod.Get, path + "/actions");
        offer["actions"]!.AsArray().Select(action => (string)action!["name"]!).Should().Equal("submit_loa");
        using var early = await host.Admin.SendAsync(HttpMethod.Post, path + "/actions/verify", new { });
        var problem = JsonNode.Parse(await early.Content.ReadAsStringAsync())!;
        early.StatusCode.Should().Be(HttpStatusCode.Conflict);
        ((string)problem["code"]!).Should().Be("action_not_available");
        problem["allowed"]!.AsArray().Select(action => (string)action!).Should().Equal("submit_loa");
        (await host.Admin.RefusedAsync(HttpMethod.Post, path + "/actions/submit_loa", new { }, ("If-Match", "\"7\""))).Should().Be((412, "stale_version"));

        var key = ("Idempotency-Key", Unique("key"));
        var first = await host.Admin.OkAsync(HttpMethod.Post, path + "/actions/submit_loa", new { }, key);
        var again = await host.Admin.OkAsync(HttpMethod.Post, path + "/actions/submit_loa", new { }, key);

        ((string)first["status"]!).Should().Be("loa_submitted");
        again.ToJsonString().Should().Be(first.ToJsonString());
        var instance = await host.Admin.OkAsync(HttpMethod.Get, path + "/instance");
        instance["journal"]!.AsArray().Should().NotBeEmpty();
        (await host.Admin.RefusedAsync(HttpMethod.Patch, path, new { status = "verified" })).Should().Be((422, "status_is_owned_by_lifecycle"));
    }

    [Fact]
    public async Task One_refused_item_of_a_bulk_action_does_not_stop_the_others_and_the_whole_can_be_repeated()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add((await CreateNumberAsync())["id"]!.ToString());
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{ids[1]}/actions/submit_loa", new { });
        ids.Add(Guid.Empty.ToString());
        var key = ("Idempotency-Key", Unique("key"));

        var answer = await host.Admin.OkAsync(HttpMethod.Post, "/api/phone-numbers/actions/submit_loa", new { ids, data = new { } }, key);
        using var again = await host.Admin.SendAsync(HttpMethod.Post, "/api/phone-numbers/actions/submit_loa", new { ids, data = new { } }, key);

        answer["results"]!.AsArray().Select(result => (string)result!["id"]!).Should().Equal(ids);
        answer["results"]!.AsArray().Select(result => (int)result!["status"]!).Should().Equal(200, 409, 200, 200, 200, 404);
        ((string)answer["results"]![0]!["record"]!["status"]!).Should().Be("loa_submitted");
        ((string)answer["results"]![1]!["problem"]!["code"]!).Should().Be("action_not_available");
        again.Headers.GetValues("Idempotency-Replayed").Should().Equal("true");
        JsonNode.Parse(await again.Content.ReadAsStringAsync())!.ToJsonString().Should().Be(answer.ToJsonString());
    }

    [Fact]
    public async Task What_many_records_offer_is_asked_at_once()
    {
        var (fresh, submitted) = ((string)(await CreateNumberAsync())["id"]!, (string)(await CreateNumberAsync())["id"]!);
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{submitted}/actions/submit_loa", new { });
        var (_, stranger) = await host.TenantAsync($"Offers{Guid.CreateVersion7(DateTimeOffset.UnixEpoch):N}");

        var offer = await host.Admin.OkAsync(HttpMethod.Post, "/api/phone-numbers/actions", new { ids = new[] { fresh, submitted, fresh, Guid.Empty.ToString() } });

        offer["actions"]!.AsArray().Select(action => ((string)action!["name"]!, string.Join(' ', action["ids"]!.AsArray()))).Should()
            .BeEquivalentTo([("submit_loa", fresh), ("reject_loa", submitted), ("receive_foc", submitted)]);
        var rejection = offer["actions"]!.AsArray().Single(action => (string)action!["name"]! == "reject_loa")!;
        ((string)rejection["permission"]!).Should().Be("phone-numbers:act");
        ((string)rejection["fields"]![0]!["name"]!).Should().Be("reasonCode");
        (await stranger.OkAsync(HttpMethod.Post, "/api/phone-numbers/actions", new { ids = new[] { fresh } }))["actions"]!.AsArray().Should().BeEmpty("they are of another tenant");
        (await (await host.UserAsync("sites:read")).RefusedAsync(HttpMethod.Post, "/api/phone-numbers/actions", new { ids = new[] { fresh } })).Should().Be((403, "missing_permission"));
    }

    [Fact]
    public async Task The_lifecycle_of_a_type_says_its_states_and_where_its_actions_lead()
    {
        var lifecycle = await host.Admin.OkAsync(HttpMethod.Get, "/api/phone-numbers/lifecycle");

        ((string)lifecycle["definition"]!["id"]!).Should().Be("number-porting");
        lifecycle["states"]!.AsArray().Select(state => (string)state!).Should().Equal(
            "not_started", "loa_submitted", "loa_rejected", "foc_received", "port_scheduled", "ported", "verified", "failed");
        lifecycle["actions"]!.AsArray().Select(action => $"{action!["from"]} {action["name"]} {action["to"]}").Should().BeEquivalentTo(
            "not_started submit_loa loa_submitted", "loa_submitted reject_loa loa_rejected", "loa_submitted receive_foc foc_received",
            "loa_rejected retry loa_submitted", "loa_rejected give_up failed", "foc_received schedule port_scheduled",
            "port_scheduled complete ported", "ported verify verified");
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/sites/lifecycle"))["states"]!.AsArray().Should().BeEmpty("sites have none");
    }

    [Fact]
    public async Task A_tenants_own_field_is_checked_listed_and_described()
    {
        await host.Admin.OkAsync(HttpMethod.Post, "/api/schema/end-users/fields", new { name = "badge", label = "Badge", type = "text" });
        var schema = await host.Admin.OkAsync(HttpMethod.Get, "/api/schema/end-users");

        schema["fields"]!.AsArray().Should().Contain(field => (string)field!["label"]! == "Badge" && (bool)field["custom"]!);
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/schema/end-users/fields"))["items"]!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task An_event_is_accepted_once_whatever_its_form()
    {
        var id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString();
        var cloudEvent = new { specversion = "1.0", id, source = "/carrier", type = "order.completed", data = new { order = 1 } };

        using var first = await host.Admin.SendAsync(HttpMethod.Post, "/api/events", cloudEvent);
        using var second = await host.Admin.SendAsync(HttpMethod.Post, "/api/events", cloudEvent);
        var own = await host.Admin.OkAsync(HttpMethod.Post, "/api/events", new { name = "order.completed", payload = new { order = 2 } });

        first.StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await second.Content.ReadAsStringAsync()).Should().Be(await first.Content.ReadAsStringAsync());
        own["eventId"].Should().NotBeNull();
    }

    private async Task<JsonObject> CreateSiteAsync() => await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", SiteBody(Unique("Site")));

    private async Task<JsonObject> CreateNumberAsync()
    {
        var site = await CreateSiteAsync();
        var migration = await host.Admin.OkAsync(HttpMethod.Post, "/api/migrations", new
        {
            name = Unique("Migration"),
            siteId = site["id"]!.ToString(),
            routingType = "direct_routing",
            targetCarrier = "verizon",
        });
        return await host.Admin.OkAsync(HttpMethod.Post, "/api/phone-numbers", new
        {
            number = $"+1617555{2000 + Interlocked.Increment(ref names)}",
            type = "user",
            migrationId = migration["id"]!.ToString(),
        });
    }

    internal static object SiteBody(string name)
    {
        object[] open = [new { open = "09:00", close = "17:00" }];
        return new
        {
            name,
            timezone = "America/New_York",
            city = "Boston",
            businessHours = new { monday = open, tuesday = open, wednesday = open, thursday = open, friday = open, saturday = Array.Empty<object>(), sunday = Array.Empty<object>() },
        };
    }
}
