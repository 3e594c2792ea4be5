using System.Net;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;
using Switchboard.Engine.Tests.Merging;

using Xunit;

namespace Switchboard.Engine.Tests.Deletions;

[Collection(nameof(ApiHost))]
public sealed class DeletionUndoTests(ApiHost host)
{
    [Fact]
    public async Task What_was_deleted_is_there_again_with_all_that_belonged_to_it()
    {
        var project = await MergeProject.CreateAsync(host);
        await project.Client.OkAsync(HttpMethod.Post, "/api/schema/end-users/fields", new { name = "badge", type = "text", label = "Badge" });
        var migration = await project.AddMigrationAsync();
        var user = await project.AddUserAsync(migration, "Sales", "101");
        await project.Client.OkAsync(HttpMethod.Patch, $"/api/end-users/{user}", new { custom = new { badge = "B-7" } });
        await project.CommentAsync("end-users", user, "Sits by the window.");
        await project.TagAsync("end-users", user, "vip");
        await project.AttachAsync("end-users", user, "contract.pdf");
        await project.AddNumberAsync(migration, user); // loses its user
        var queue = await project.AddAsync("call-queues", new { name = MergeProject.Unique("Queue") });
        await project.AddAsync("call-queue-agents", new { callQueueId = queue, endUserId = user, order = 1 }); // goes with its user
        var before = await project.RowsAsync();

        var deletion = await DeleteAsync(project, "end-users", user);
        (await project.RowsAsync()).Should().NotEqual(before);
        var undone = await project.UndoAsync(deletion);

        undone["result"]!["undoneAt"].Should().NotBeNull();
        ShouldBe(await project.RowsAsync(), before);
        var history = await project.ListAsync($"/api/end-users/{user}/history");
        history.Take(2).Select(entry => (string)entry["action"]!).Should().Equal("undo_delete", "deleted");
    }

    [Fact]
    public async Task The_lifecycle_of_a_record_that_comes_back_goes_on_where_it_was()
    {
        var project = await MergeProject.CreateAsync(host);
        var number = await project.AddRejectedNumberAsync(await project.AddMigrationAsync());
        var task = (await project.ListAsync("/api/tasks?status=open")).Single();
        var before = await project.RowsAsync();
        var deletion = await DeleteAsync(project, "phone-numbers", number);
        ((string)(await project.GetAsync($"/api/tasks/{task["id"]}"))["status"]!).Should().Be("cancelled");

        await project.UndoAsync(deletion);

        ShouldBe(await project.RowsAsync(), before);
        await project.Client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/claim", new { });
        await project.Client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "retry", data = new { } });
        var back = await project.GetAsync($"/api/phone-numbers/{number}");
        ((string)back["status"]!, (int)back["attempt"]!).Should().Be(("loa_submitted", 2));
    }

    [Fact]
    public async Task A_user_who_comes_back_signs_in_with_the_password_of_before()
    {
        var project = await MergeProject.CreateAsync(host);
        var email = $"{MergeProject.Unique("back")}@api.example";
        var user = await project.AddAsync("users", new { email, displayName = "Back" });
        using (var set = await project.Client.SendAsync(HttpMethod.Put, $"/api/users/{user}/password", new { password = ApiHost.Password }))
            set.EnsureSuccessStatusCode();
        await host.SignInAsync(email);
        var deletion = await DeleteAsync(project, "users", user);
        using (var refused = await host.Anonymous().SendAsync(HttpMethod.Post, "/api/auth/login", new { email, password = ApiHost.Password }))
            refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);

        await project.UndoAsync(deletion);

        await host.SignInAsync(email);
    }

    [Fact]
    public async Task Many_come_back_together_also_those_that_refer_to_each_other_and_what_was_refused_is_no_part_of_it()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var users = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            users.Add(await project.AddUserAsync(migration));
            await project.AddNumberAsync(migration, users[i]);
            await project.TagAsync("end-users", users[i], "batch");
        }
        var before = await project.RowsAsync();
        var items = users.Append(Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString()).Select(id => new { method = "DELETE", id });
        var key = ("Idempotency-Key", MergeProject.Unique("batch-delete"));
        using var answer = await project.Client.SendAsync(HttpMethod.Post, "/api/end-users/batch", new { items }, key);
        using var replayed = await project.Client.SendAsync(HttpMethod.Post, "/api/end-users/batch", new { items }, key);
        var results = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["results"]!.AsArray();
        results.Select(result => (int)result!["status"]!).Should().Equal(204, 204, 204, 204, 204, 404);
        replayed.Headers.Location.Should().Be(answer.Headers.Location);

        await project.UndoAsync(answer.Headers.Location!.ToString());

        ShouldBe(await project.RowsAsync(), before);
    }

    [Fact]
    public async Task A_batch_that_does_something_else_too_names_no_undo()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (gone, kept) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration));

        using var answer = await project.Client.SendAsync(HttpMethod.Post, "/api/end-users/batch", new
        {
            items = new object[] { new { method = "DELETE", id = gone }, new { method = "PATCH", id = kept, body = new { department = "Sales" } } },
        });

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.Location.Should().BeNull();
    }

    [Fact]
    public async Task What_is_in_the_way_is_named_and_nothing_comes_back()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var user = await project.AddUserAsync(migration);
        var upn = (string)(await project.GetAsync($"/api/end-users/{user}"))["upn"]!;
        var number = await project.AddNumberAsync(migration, user);
        var deletion = await DeleteAsync(project, "end-users", user);
        await project.Client.OkAsync(HttpMethod.Patch, $"/api/phone-numbers/{number}", new { notes = "Mine now." });
        var usurper = await project.AddAsync("end-users", new { upn, displayName = "Other", migrationId = migration });
        var before = await project.RowsAsync();

        var refused = await project.RefusedAsync($"{deletion}/undo", null, 409, "changed_since");

        refused["changed"]!.AsArray().Select(entry => ((string)entry!["type"]!, (string)entry["id"]!, (string)entry["reason"]!))
            .Should().BeEquivalentTo([("phone-numbers", number, "changed"), ("end-users", usurper, "has_its_key")]);
        ShouldBe(await project.RowsAsync(), before);
    }

    [Fact]
    public async Task It_is_undone_once_however_many_ask_for_it()
    {
        var project = await MergeProject.CreateAsync(host);
        var deletion = await DeleteAsync(project, "end-users", await project.AddUserAsync(await project.AddMigrationAsync()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => project.Client.SendAsync(HttpMethod.Post, $"{deletion}/undo")));

        answers.Select(answer => (int)answer.StatusCode).Order().Should().Equal(200, 409, 409, 409, 409, 409);
        await project.RefusedAsync($"{deletion}/undo", null, 409, "already_undone");
    }

    [Fact]
    public async Task What_others_deleted_comes_back_only_by_who_could_make_it_anew()
    {
        var site = (string)(await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody(MergeProject.Unique("Gone"))))["id"]!;
        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"/api/sites/{site}");
        var undo = $"{deleted.Headers.Location}/undo";
        var reader = await host.UserAsync("sites:read", "sites:delete");
        var (_, stranger) = await host.TenantAsync(MergeProject.Unique("stranger"));

        using var refused = await reader.SendAsync(HttpMethod.Post, undo);
        using var unknown = await stranger.SendAsync(HttpMethod.Post, undo);
        using var undone = await (await host.UserAsync("sites:read", "sites:create", "sites:delete")).SendAsync(HttpMethod.Post, undo);

        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound);
        undone.StatusCode.Should().Be(HttpStatusCode.OK);
        await host.Admin.OkAsync(HttpMethod.Get, $"/api/sites/{site}");
    }

    [Fact]
    public async Task A_user_whom_others_deleted_comes_back_only_by_who_may_give_roles()
    {
        var user = (string)(await host.Admin.OkAsync(HttpMethod.Post, "/api/users", new { email = $"{MergeProject.Unique("out")}@api.example", displayName = "Out" }))["id"]!;
        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"/api/users/{user}");
        var clerk = await host.UserAsync("users:read", "users:create", "users:delete");

        using var refused = await clerk.SendAsync(HttpMethod.Post, $"{deleted.Headers.Location}/undo");

        refused.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    private static async Task<string> DeleteAsync(MergeProject project, string type, string id)
    {
        using var answer = await project.Client.SendAsync(HttpMethod.Delete, $"/api/{type}/{id}");
        answer.StatusCode.Should().Be(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    private static void ShouldBe(SortedDictionary<string, string> rows, SortedDictionary<string, string> before)
    {
        rows.Except(before).Select(row => row.ToString()).Should().BeEmpty();
        before.Except(rows).Select(row => row.ToString()).Should().BeEmpty();
    }
}
