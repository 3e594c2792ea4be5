using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Merging;

[Collection(nameof(ApiHost))]
public sealed class MergeUndoTests(ApiHost host)
{
    /// <summary>A merge, or two that build upon each other, and their undoing, leave the rows of the tenant as they were.</summary>
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public async Task Whatever_was_merged_is_as_before_when_it_is_undone(int seed)
    {
        var random = new Random(seed);
        var project = await MergeProject.CreateAsync(host);
        var ids = await FillAsync(project, random);
        var merges = 0;
        for (var round = 0; round < 14; round++)
        {
            var before = await project.RowsAsync();
            var operations = new Stack<string>();
            var type = ids.Keys.ElementAt(round % ids.Count);
            var trio = ids[type].OrderBy(_ => random.Next()).Take(3).ToList();
            for (var i = 0; i + 1 < trio.Count && (i == 0 || random.Next(2) == 0); i++)
            {
                // The second merge takes the record away that the first one was merged into.
                using var answer = await project.Client.SendAsync(
                    HttpMethod.Post, $"/api/{type}/{trio[i + 1]}/merge", new { sourceId = trio[i], fields = await FieldsAsync(project, type, trio[i], random) });
                if (answer.IsSuccessStatusCode)
                    operations.Push(answer.Headers.Location!.ToString());
                else
                    ((int)answer.StatusCode).Should().Be(422, await answer.Content.ReadAsStringAsync());
            }
            if (operations.Count > 0)
                (await project.RowsAsync()).Should().NotEqual(before);
            merges += operations.Count;

            while (operations.TryPop(out var operation))
                await project.UndoAsync(operation);

            var after = await project.RowsAsync();
            after.Except(before).Select(row => row.ToString()).Should().BeEmpty($"of the merge of {type} in round {round}");
            before.Except(after).Select(row => row.ToString()).Should().BeEmpty($"of the merge of {type} in round {round}");
        }
        merges.Should().BeGreaterThan(7, "most merges are possible");
    }

    [Fact]
    public async Task What_was_cancelled_with_the_source_goes_on_after_the_undo()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source) = (await project.AddNumberAsync(migration), await project.AddRejectedNumberAsync(migration));
        var task = (await project.ListAsync("/api/tasks?status=open")).Single();
        var instance = (string)(await project.GetAsync($"/api/phone-numbers/{source}/actions"))["instanceId"]!;

        var (merged, operation) = await project.MergeAsync("phone-numbers", target, source);

        ((string)merged["status"]!).Should().Be("not_started", "the target's lifecycle is the one that goes on");
        ((string)(await project.GetAsync(operation))["result"]!["lifecycle"]!["cancelledInstanceId"]!).Should().Be(instance);
        ((string)(await project.GetAsync($"/api/tasks/{task["id"]}"))["status"]!).Should().Be("cancelled");
        ((string)(await project.ActAsync("phone-numbers", target, "submit_loa"))["status"]!).Should().Be("loa_submitted");
        var refused = await project.RefusedAsync($"{operation}/undo", null, 409, "changed_since");
        refused["changed"]!.AsArray().Select(entry => ((string)entry!["type"]!, (string)entry["id"]!, (string)entry["reason"]!))
            .Should().Equal(("phone-numbers", target, "changed"));
    }

    [Fact]
    public async Task The_lifecycle_of_the_source_takes_its_next_step_when_it_is_back()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source) = (await project.AddNumberAsync(migration), await project.AddRejectedNumberAsync(migration));
        var task = (await project.ListAsync("/api/tasks?status=open")).Single();
        var (_, operation) = await project.MergeAsync("phone-numbers", target, source);

        var undone = await project.UndoAsync(operation);

        undone["result"]!["undoneAt"].Should().NotBeNull();
        await project.Client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/claim", new { });
        await project.Client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "retry", data = new { } });
        var number = await project.GetAsync($"/api/phone-numbers/{source}");
        ((string)number["status"]!, (int)number["attempt"]!).Should().Be(("loa_submitted", 2));
        (await project.ListAsync($"/api/phone-numbers/{source}/history")).Select(entry => (string)entry["action"]!).Should().Contain(["merge", "undo_merge"]);
    }

    [Fact]
    public async Task It_is_undone_once()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (_, operation) = await project.MergeAsync("end-users", await project.AddUserAsync(migration), await project.AddUserAsync(migration));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => project.Client.SendAsync(HttpMethod.Post, $"{operation}/undo")));

        answers.Select(answer => (int)answer.StatusCode).Order().Should().Equal(200, 409, 409, 409, 409, 409);
        await project.RefusedAsync($"{operation}/undo", null, 409, "already_undone");
    }

    [Fact]
    public async Task What_was_changed_deleted_or_taken_since_is_named_and_nothing_is_undone()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration));
        var upn = (string)(await project.GetAsync($"/api/end-users/{source}"))["upn"]!;
        var (changed, deleted) = (await project.AddNumberAsync(migration, source), await project.AddNumberAsync(migration, source));
        await project.TagAsync("end-users", source, "vip");
        var (_, operation) = await project.MergeAsync("end-users", target, source);
        await project.Client.OkAsync(HttpMethod.Patch, $"/api/phone-numbers/{changed}", new { notes = "Mine now." });
        using var gone = await project.Client.SendAsync(HttpMethod.Delete, $"/api/phone-numbers/{deleted}");
        using var untagged = await project.Client.SendAsync(HttpMethod.Delete, $"/api/end-users/{target}/tags/vip");
        var usurper = await project.AddAsync("end-users", new { upn, displayName = "Other", migrationId = migration });
        var before = await project.RowsAsync();

        var problem = await project.RefusedAsync($"{operation}/undo", null, 409, "changed_since");

        problem["changed"]!.AsArray().Select(entry => ((string)entry!["type"]!, (string)entry["reason"]!)).Should().BeEquivalentTo(
            [("phone-numbers", "changed"), ("phone-numbers", "deleted"), ("tags", "deleted"), ("end-users", "has_its_key")]);
        problem["changed"]!.AsArray().Select(entry => (string)entry!["id"]!).Should().Contain([changed, deleted, usurper]);
        (await project.RowsAsync()).Should().Equal(before);
    }

    [Fact]
    public async Task What_the_target_has_got_since_stays_with_it()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration));
        await project.CommentAsync("end-users", source, "Old.");
        var (_, operation) = await project.MergeAsync("end-users", target, source);
        await project.CommentAsync("end-users", target, "New.");
        var number = await project.AddNumberAsync(migration, target);

        await project.UndoAsync(operation);

        ((string)(await project.ListAsync($"/api/end-users/{source}/comments")).Single()["body"]!).Should().Be("Old.");
        ((string)(await project.ListAsync($"/api/end-users/{target}/comments")).Single()["body"]!).Should().Be("New.");
        ((string)(await project.GetAsync($"/api/phone-numbers/{number}"))["endUserId"]!).Should().Be(target);
    }

    [Fact]
    public async Task An_etag_never_stands_for_two_states()
    {
        var project = await MergeProject.CreateAsync(host);
        var migration = await project.AddMigrationAsync();
        var (target, source) = (await project.AddUserAsync(migration), await project.AddUserAsync(migration));
        var (_, operation) = await project.MergeAsync("end-users", target, source);

        await project.UndoAsync(operation);

        ((long)(await project.GetAsync($"/api/end-users/{target}"))["version"]!).Should().Be(3);
        ((long)(await project.GetAsync($"/api/end-users/{source}"))["version"]!).Should().Be(3);
    }

    [Fact]
    public async Task An_import_is_undone_by_its_operation_too()
    {
        var project = await MergeProject.CreateAsync(host);
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent("name,timezone\nImported,America/New_York\n"u8.ToArray()), "file", "sites.csv" },
        };
        using var accepted = await project.Client.PostAsync(new Uri("/api/sites/import", UriKind.Relative), form);
        var import = accepted.Headers.Location!.ToString();
        await EndAsync(import);

        using var undo = await project.Client.SendAsync(HttpMethod.Post, $"{import}/undo");

        ((int)undo.StatusCode).Should().Be(202, await undo.Content.ReadAsStringAsync());
        var ended = await EndAsync(undo.Headers.Location!.ToString());
        ((int)ended["result"]!["deleted"]!).Should().Be(1);
        await project.RefusedAsync($"{import}/undo", null, 409, "already_undone");
        await project.RefusedAsync($"{undo.Headers.Location}/undo", null, 409, "cannot_be_undone");

        async Task<JsonObject> EndAsync(string operation)
        {
            var deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1);
            while (true)
            {
                var state = await project.GetAsync(operation);
                if ((string)state["status"]! is not ("queued" or "running"))
                    return state;
                (TimeProvider.System.GetUtcNow() < deadline).Should().BeTrue($"{operation} should end and is {state["status"]}");
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    /// <summary>Records of many types, some with lifecycles on their way, tied to each other at random.</summary>
    private static async Task<Dictionary<string, List<string>>> FillAsync(MergeProject project, Random random)
    {
        var ids = new Dictionary<string, List<string>>();
        var types = new[] { "migrations", "end-users", "phone-numbers", "resource-accounts", "call-queues", "sites", "port-orders" };
        foreach (var type in types)
        {
            ids[type] = [];
            for (var i = 0; i < 5; i++)
                ids[type].Add(await AddAsync(type));
        }
        ids["sites"].Add(project.Site);
        for (var i = 0; i < 8; i++)
        {
            var agent = new { callQueueId = Any("call-queues"), endUserId = Any("end-users"), order = i };
            using var added = await project.Client.SendAsync(HttpMethod.Post, "/api/call-queue-agents", agent); // a pair that is there already is refused
        }
        foreach (var type in types)
        {
            await project.CommentAsync(type, Any(type), "Remember.");
            await project.AttachAsync(type, Any(type), "note.txt");
            for (var i = 0; i < 6; i++)
                await project.TagAsync(type, Any(type), random.Next(2) == 0 ? "vip" : "east");
        }
        foreach (var number in ids["phone-numbers"].Take(3))
        {
            await project.ActAsync("phone-numbers", number, "submit_loa");
            if (random.Next(2) == 0)
                await project.ActAsync("phone-numbers", number, "reject_loa", new { reasonCode = "account_number_mismatch" });
            else
                await project.ActAsync("phone-numbers", number, "receive_foc", new { focDate = "2031-03-03" });
        }
        return ids;

        string Any(string type) => ids[type][random.Next(ids[type].Count)];

        Task<string> AddAsync(string type) => type switch
        {
            "migrations" => project.AddMigrationAsync(),
            "end-users" => project.AddUserAsync(Any("migrations"), random.Next(2) == 0 ? "Sales" : null, random.Next(2) == 0 ? "2001" : null),
            "phone-numbers" => project.AddNumberAsync(Any("migrations"), random.Next(2) == 0 ? Any("end-users") : null),
            "resource-accounts" => project.AddAsync(type, new
            {
                upn = $"{MergeProject.Unique("r")}@contoso.example",
                type = "call_queue",
                migrationId = Any("migrations"),
                phoneNumberId = random.Next(2) == 0 ? Any("phone-numbers") : null,
            }),
            "call-queues" => project.AddAsync(type, new
            {
                name = MergeProject.Unique("Queue"),
                routingMethod = "serial",
                overflowAction = "disconnect",
                resourceAccountId = random.Next(2) == 0 ? Any("resource-accounts") : null,
            }),
            "port-orders" => project.AddAsync(type, new
            {
                reference = MergeProject.Unique("PO"),
                migrationId = Any("migrations"),
                phoneNumberIds = new[] { Any("phone-numbers"), Any("phone-numbers") },
            }),
            _ => project.AddAsync(type, RecordApiTests.SiteBody(MergeProject.Unique("Site"))),
        };
    }

    /// <summary>Some of the fields that a person may write, each from either side.</summary>
    private static async Task<JsonObject> FieldsAsync(MergeProject project, string type, string id, Random random)
    {
        var schema = await project.GetAsync($"/api/schema/{type}");
        var record = await project.GetAsync($"/api/{type}/{id}");
        var chosen = new JsonObject();
        foreach (var field in schema["fields"]!.AsArray().Where(field => !(bool)field!["readOnly"]!))
        {
            if (record[(string)field!["name"]!] is not null && random.Next(3) == 0)
                chosen[(string)field["name"]!] = random.Next(2) == 0 ? "source" : "target";
        }
        return chosen;
    }
}
