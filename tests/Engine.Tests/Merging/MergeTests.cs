using System.Net;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Merging;

[Collection(nameof(ApiHost))]
public sealed class MergeTests(ApiHost host)
{
    [Fact]
    public async Task The_targets_values_win_empty_ones_are_filled_and_chosen_ones_are_taken()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var target = await project.AddUserAsync(migration, department: "Sales");
        var source = await project.AddUserAsync(migration, department: "Support", extension: "2001");
        var upn = (string)(await project.GetAsync($"/api/end-users/{source}"))["upn"]!;

        var (merged, _) = await project.MergeAsync("end-users", target, source, new { upn = "source" });

        ((string)merged["id"]!).Should().Be(target);
        ((string)merged["department"]!).Should().Be("Sales");
        ((string)merged["extension"]!).Should().Be("2001");
        ((string)merged["upn"]!).Should().Be(upn, "its key is free because the source is gone");
        ((long)merged["version"]!).Should().Be(2);
    }

    [Fact]
    public async Task All_that_meant_the_source_means_the_target()
    {
        var project = await MergeProject.CreateAsync(host);
        var (target, source) = (await project.AddMigrationAsync(), await project.AddMigrationAsync());
        var user = await project.AddUserAsync(source);
        var numbers = new[] { await project.AddNumberAsync(source, user), await project.AddNumberAsync(source), await project.AddNumberAsync(target) };
        await project.CommentAsync("migrations", source, "Call first.");
        foreach (var (id, tag) in new[] { (source, "vip"), (target, "vip"), (source, "east") })
            await project.TagAsync("migrations", id, tag);
        await project.AttachAsync("migrations", source, "plan.txt");

        var (merged, operation) = await project.MergeAsync("migrations", target, source);

        ((int)merged["totalNumbers"]!).Should().Be(3, "what is computed counts what has moved");
        foreach (var number in numbers)
            ((string)(await project.GetAsync($"/api/phone-numbers/{number}"))["migrationId"]!).Should().Be(target);
        ((string)(await project.ListAsync($"/api/migrations/{target}/comments")).Single()["body"]!).Should().Be("Call first.");
        (await project.ListAsync($"/api/migrations/{target}/tags")).Select(tag => (string)tag!).Should().Equal("east", "vip");
        (await project.ListAsync($"/api/migrations/{target}/files")).Should().ContainSingle();
        (await project.ListAsync("/api/migrations")).Select(item => (string)item["id"]!).Should().Equal(target);
        var told = await project.GetAsync(operation);
        ((string)told["kind"]!, (string)told["status"]!).Should().Be(("merge", "succeeded"));
        told["result"]!["moved"]!.AsObject().Select(count => (count.Key, (int)count.Value!)).Should().BeEquivalentTo(
            [("comments", 1), ("end-users", 1), ("files", 1), ("phone-numbers", 2), ("tags", 1)]);
    }

    [Fact]
    public async Task An_id_that_was_merged_away_leads_to_the_target_also_by_way_of_others()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (first, second, third) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration), await project.AddUserAsync(migration));
        await project.MergeAsync("end-users", second, first);
        await project.MergeAsync("end-users", third, second);

        foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Patch, ""), (HttpMethod.Get, "/comments"), (HttpMethod.Get, "/actions") })
        {
            using var answer = await project.Client.SendAsync(method, $"/api/end-users/{first}{path}", method == HttpMethod.Patch ? new { department = "x" } : null);
            answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            ((string)problem["code"]!).Should().Be("merged");
            ((string)problem["mergedInto"]!).Should().Be(third);
        }
    }

    [Fact]
    public async Task Both_histories_tell_of_it_and_name_the_operation()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration));

        var (_, operation) = await project.MergeAsync("end-users", target, source);

        foreach (var (id, field, other) in new[] { (target, "mergedFrom", source), (source, "mergedInto", target) })
        {
            var newest = (await project.ListAsync($"/api/end-users/{id}/history"))[0];
            ((string)newest["action"]!).Should().Be("merge");
            ((string)newest["changes"]!.AsArray().Single(change => (string)change!["field"]! == field)!["newValue"]!).Should().Be(other);
            operation.Should().EndWith((string)newest["cause"]!["batchId"]!);
        }
    }

    [Fact]
    public async Task A_dry_run_shows_the_result_and_what_would_move_and_changes_nothing()
    {
        var project = await MergeProject.CreateAsync(host);
        var (target, source) = (await project.AddMigrationAsync(), await project.AddMigrationAsync());
        await project.AddNumberAsync(source);
        var before = await project.RowsAsync();

        var preview = await project.Client.OkAsync(HttpMethod.Post, $"/api/migrations/{target}/merge?dryRun=true", new { sourceId = source, fields = new { name = "source" } });

        ((int)preview["record"]!["totalNumbers"]!).Should().Be(1);
        preview["moved"]!.ToJsonString().Should().Be("""{"phone-numbers":1}""");
        ((string)preview["changes"]!.AsArray().Single()!["field"]!).Should().Be("name");
        preview["lifecycle"]!["cancelledInstanceId"].Should().NotBeNull();
        (await project.RowsAsync()).Should().Equal(before);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source, path) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration), "");
        path = $"/api/end-users/{target}/merge";

        await project.RefusedAsync(path, new { sourceId = target }, 422, "merge_with_itself");
        await project.RefusedAsync(path, new { sourceId = migration }, 404, "not_found");
        await project.RefusedAsync(path, new { sourceId = "x" }, 400, "invalid_id");
        await project.RefusedAsync(path, new { }, 400, "invalid_id");
        await project.RefusedAsync(path, new { sourceId = source, fields = new { nothing = "source" } }, 400, "unknown_field");
        await project.RefusedAsync(path, new { sourceId = source, fields = new { department = "both" } }, 400, "invalid_choice");
        await project.RefusedAsync(path, new { sourceId = source, extra = 1 }, 400, "unknown_field");
        var (one, two) = (await project.AddNumberAsync(migration), await project.AddNumberAsync(migration));
        await project.RefusedAsync($"/api/phone-numbers/{one}/merge", new { sourceId = two, fields = new { status = "source" } }, 422, "status_is_owned_by_lifecycle");
        var roles = await project.ListAsync("/api/roles");
        await project.RefusedAsync($"/api/roles/{roles[0]["id"]}/merge", new { sourceId = (string)roles[1]["id"]! }, 405, "type_not_mergeable");
        (await project.Client.RefusedAsync(HttpMethod.Post, path, new { sourceId = source }, ("If-Match", "\"7\""))).Should().Be((412, "stale_version"));
        (await project.ListAsync("/api/end-users")).Should().HaveCount(2);
    }

    [Fact]
    public async Task Another_tenants_records_are_as_unknown_as_none()
    {
        var (ours, theirs) = (await MergeProject.CreateAsync(host), await MergeProject.CreateAsync(host));
        var (target, source) = (await ours.AddUserAsync(await ours.AddMigrationAsync()), await theirs.AddUserAsync(await theirs.AddMigrationAsync()));
        var other = await theirs.AddUserAsync((string)(await theirs.ListAsync("/api/migrations")).Single()["id"]!);

        await ours.RefusedAsync($"/api/end-users/{target}/merge", new { sourceId = source }, 404, "not_found");
        await ours.RefusedAsync($"/api/end-users/{source}/merge", new { sourceId = target }, 404, "not_found");
        var (_, operation) = await theirs.MergeAsync("end-users", other, source);

        await ours.RefusedAsync($"{operation}/undo", null, 404, "not_found");
        (await ours.Client.RefusedAsync(HttpMethod.Get, $"/api/end-users/{source}")).Should().Be((404, "not_found"), "where it went is not ours to know");
    }

    [Fact]
    public async Task It_needs_the_permissions_to_change_and_to_delete()
    {
        var migration = await host.Admin.OkAsync(HttpMethod.Post, "/api/migrations", new
        {
            name = MergeProject.Unique("Migration"),
            siteId = (await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody(MergeProject.Unique("Site"))))["id"]!.ToString(),
        });
        var project = new MergeProject(host, Guid.Empty, host.Admin);
        var (target, source) = (await project.AddUserAsync(migration["id"]!.ToString()), await project.AddUserAsync(migration["id"]!.ToString()));
        var editor = await host.UserAsync("end-users:read", "end-users:update");

        (await editor.RefusedAsync(HttpMethod.Post, $"/api/end-users/{target}/merge", new { sourceId = source })).Should().Be((403, "missing_permission"));
        var (_, operation) = await project.MergeAsync("end-users", target, source);

        (await editor.RefusedAsync(HttpMethod.Post, $"{operation}/undo")).Should().Be((403, "missing_permission"));
        await (await host.UserAsync("end-users:*")).OkAsync(HttpMethod.Post, $"{operation}/undo");
    }

    [Fact]
    public async Task Nobody_gets_power_by_filling_what_is_empty()
    {
        var project = await MergeProject.CreateAsync(host);
        var role = (string)(await project.ListAsync("/api/roles"))[0]["name"]!;
        var (target, source) = (await UserAsync(null), await UserAsync([role]));
        using var password = await project.Client.SendAsync(HttpMethod.Put, $"/api/users/{source}/password", new { password = ApiHost.Password });
        password.EnsureSuccessStatusCode();
        var before = await project.RowsAsync();
        await project.AddAsync("roles", new { name = "clerk", permissions = new[] { "users:*" } });
        var clerk = (string)(await project.Client.OkAsync(HttpMethod.Post, "/api/users", new { email = $"{MergeProject.Unique("clerk")}@x.example", displayName = "Clerk", roles = new[] { "clerk" } }))["email"]!;
        var id = (string)(await project.ListAsync($"/api/users?email={clerk}")).Single()["id"]!;
        using var set = await project.Client.SendAsync(HttpMethod.Put, $"/api/users/{id}/password", new { password = ApiHost.Password });
        set.EnsureSuccessStatusCode();
        var client = await host.SignInAsync(clerk);

        (await client.RefusedAsync(HttpMethod.Post, $"/api/users/{target}/merge", new { sourceId = source, fields = new { roles = "source" } })).Should().Be((403, "missing_permission"));
        using var answer = await client.SendAsync(HttpMethod.Post, $"/api/users/{target}/merge", new { sourceId = source });

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["roles"].Should().BeNull();
        await client.OkAsync(HttpMethod.Post, $"{answer.Headers.Location}/undo");
        (await project.RowsAsync()).Should().Contain(before, "the password of the source came back with it");

        async Task<string> UserAsync(string[]? roles) =>
            (await project.Client.OkAsync(HttpMethod.Post, "/api/users", new { email = $"{MergeProject.Unique("u")}@x.example", displayName = "U", roles }))["id"]!.ToString();
    }

    [Fact]
    public async Task Records_that_could_not_both_refer_to_the_target_are_listed()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source, both) = (await QueueAsync(), await QueueAsync(), await project.AddUserAsync(migration));
        var ofTarget = await project.AddAsync("call-queue-agents", new { callQueueId = target, endUserId = both, order = 1 });
        var ofSource = await project.AddAsync("call-queue-agents", new { callQueueId = source, endUserId = both, order = 2 });
        await project.AddAsync("call-queue-agents", new { callQueueId = source, endUserId = await project.AddUserAsync(migration), order = 3 });

        var problem = await project.RefusedAsync($"/api/call-queues/{target}/merge", new { sourceId = source }, 422, "merge_collisions");

        var collision = problem["collisions"]!.AsArray().Single()!;
        ((string)collision["type"]!, (string)collision["ofSource"]!, (string)collision["ofTarget"]!).Should().Be(("call-queue-agents", ofSource, ofTarget));
        collision["fields"]!.AsArray().Select(name => (string)name!).Should().Equal("callQueueId", "endUserId");
        using var gone = await project.Client.SendAsync(HttpMethod.Delete, $"/api/call-queue-agents/{ofSource}");
        await project.MergeAsync("call-queues", target, source);
        (await project.ListAsync($"/api/call-queue-agents?callQueueId={target}")).Should().HaveCount(2);

        Task<string> QueueAsync() => project.AddAsync("call-queues", new { name = MergeProject.Unique("Queue"), routingMethod = "serial", overflowAction = "disconnect" });
    }

    [Fact]
    public async Task Values_that_the_type_does_not_allow_together_are_refused_until_the_caller_chooses()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var account = await project.AddAsync("resource-accounts", new { upn = $"{MergeProject.Unique("r")}@contoso.example", type = "call_queue", migrationId = migration });
        var target = await project.AddNumberAsync(migration, await project.AddUserAsync(migration));
        var source = await project.AddNumberAsync(migration);
        await project.Client.OkAsync(HttpMethod.Patch, $"/api/phone-numbers/{source}", new { resourceAccountId = account });

        await project.RefusedAsync($"/api/phone-numbers/{target}/merge", new { sourceId = source }, 422, "assigned_twice");

        var (merged, _) = await project.MergeAsync("phone-numbers", target, source, new { resourceAccountId = "target" });
        merged["endUserId"].Should().NotBeNull();
    }

    [Fact]
    public async Task A_list_of_ids_has_the_target_once()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source, third) = (await project.AddNumberAsync(migration), await project.AddNumberAsync(migration), await project.AddNumberAsync(migration));
        var order = await project.AddAsync("port-orders", new { reference = MergeProject.Unique("PO"), migrationId = migration, phoneNumberIds = new[] { source, third, target } });

        await project.MergeAsync("phone-numbers", target, source);

        (await project.GetAsync($"/api/port-orders/{order}"))["phoneNumberIds"]!.AsArray().Select(id => (string)id!).Should().Equal(target, third);
    }

    [Fact]
    public async Task Of_merges_that_race_each_record_goes_once()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        for (var round = 0; round < 5; round++)
        {
            var ids = new List<string>();
            for (var i = 0; i < 4; i++)
                ids.Add(await project.AddUserAsync(migration));
            var number = await project.AddNumberAsync(migration, ids[0]);

            var answers = await Task.WhenAll(
                from target in ids
                from source in ids
                where target != source
                select project.Client.SendAsync(HttpMethod.Post, $"/api/end-users/{target}/merge", new { sourceId = source }));

            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(3, "each takes one of four away");
            answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK || answer.StatusCode == HttpStatusCode.NotFound);
            var left = (await project.ListAsync($"/api/end-users?id[in]={string.Join(",", ids)}")).Single();
            ((string)(await project.GetAsync($"/api/phone-numbers/{number}"))["endUserId"]!).Should().Be((string)left["id"]!);
        }
    }

    [Fact]
    public async Task What_is_added_to_the_source_meanwhile_moves_or_is_refused_and_is_never_lost()
    {
        var project = await MergeProject.CreateAsync(host);
        var (target, source) = (await project.AddMigrationAsync(), await project.AddMigrationAsync());
        var adding = Enumerable.Range(0, 24).Select(i => project.Client.SendAsync(HttpMethod.Post, "/api/end-users", new
        {
            upn = $"{MergeProject.Unique("m")}@contoso.example",
            displayName = "M",
            migrationId = source,
        })).ToList();

        var (_, operation) = await project.MergeAsync("migrations", target, source);
        var answers = await Task.WhenAll(adding);

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.Created || answer.StatusCode == HttpStatusCode.UnprocessableEntity);
        (await project.ListAsync("/api/end-users?limit=100")).Should().HaveCount(answers.Count(answer => answer.StatusCode == HttpStatusCode.Created))
            .And.NotContain(user => (string)user["migrationId"]! != target, "a merge that was quicker than all of them leaves none");
        await project.UndoAsync(operation);
    }

    [Fact]
    public async Task The_same_call_with_a_key_merges_once()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration));
        var key = ("Idempotency-Key", MergeProject.Unique("key"));

        using var first = await project.Client.SendAsync(HttpMethod.Post, $"/api/end-users/{target}/merge", new { sourceId = source }, key);
        using var again = await project.Client.SendAsync(HttpMethod.Post, $"/api/end-users/{target}/merge", new { sourceId = source }, key);

        again.Headers.GetValues("Idempotency-Replayed").Should().Equal("true");
        again.Headers.Location.Should().Be(first.Headers.Location).And.NotBeNull();
        (await again.Content.ReadAsStringAsync()).Should().Be(await first.Content.ReadAsStringAsync());
    }
}
