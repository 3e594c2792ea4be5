using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Npgsql;

using Switchboard.Data;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

[Collection(nameof(ApiHost))]
public sealed class TaskListTests(ApiHost host)
{
    [Theory]
    [InlineData("-2 days", "-1 hour", 1)]
    [InlineData("-9 hours", "1 hour", 1)]
    [InlineData("-1 hour", "9 hours", 0)]
    public async Task A_task_needs_attention_when_three_quarters_of_its_time_are_gone(string created, string due, int found)
    {
        var record = await RejectedAsync(host);
        await using (var command = host.Parts.GetRequiredService<Database>().Engine.CreateCommand(
            "update tasks set created_at = now() + $1::interval, due_at = now() + $2::interval where subject_id = $3"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = created });
            command.Parameters.Add(new NpgsqlParameter { Value = due });
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse((string)record["id"]!) });
            (await command.ExecuteNonQueryAsync()).Should().Be(1);
        }

        var pressing = await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks?subjectId={record["id"]}&status[in]=open,claimed&needsAttention=true&sort=dueAt");

        pressing["items"]!.AsArray().Should().HaveCount(found);
    }

    [Fact]
    public async Task What_is_put_aside_waits_until_its_time_and_is_back_by_itself()
    {
        var task = await TaskAsync(host);
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/claim");
        var until = new DateTimeOffset(2040, 1, 2, 9, 0, 0, TimeSpan.Zero);

        var snoozed = await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", new { followUpAt = until });

        ((string?)snoozed["followUpAt"]).Should().Be("2040-01-02T09:00:00Z");
        (await IdsAsync("waiting=true&assignee=me,none&sort=followUpAt")).Should().Contain(task);
        (await IdsAsync("waiting=false&assignee=me&status=claimed")).Should().NotContain(task);
        (await IdsAsync("followUpAt[gte]=2040-01-02T00:00:00Z&followUpAt[lt]=2040-01-03T00:00:00Z")).Should().Contain(task);
        var history = await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks/{task}/history");
        history["items"]![0]!["changes"]!.ToJsonString().Should().Contain("followUpAt").And.Contain("2040-01-02T09:00:00Z");

        await using (var command = host.Parts.GetRequiredService<Database>().Engine.CreateCommand("update tasks set follow_up_at = now() - interval '1 second' where id = $1"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse(task) });
            (await command.ExecuteNonQueryAsync()).Should().Be(1);
        }
        (await IdsAsync("waiting=false&assignee=me&status=claimed")).Should().Contain(task);
        (await IdsAsync("waiting=true")).Should().NotContain(task);

        var again = await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", new { followUpAt = (string?)null });
        again["followUpAt"].Should().BeNull();
        (await IdsAsync("followUpAt[null]=true&assignee=me")).Should().Contain(task);
    }

    [Theory]
    [InlineData("""{"followUpAt":"2020-01-01T00:00:00Z"}""", "in_the_past", "followUpAt must be later than now.")]
    [InlineData("""{"followUpAt":"tomorrow"}""", "invalid_date", "followUpAt must be an instant as RFC 3339.")]
    [InlineData("{}", "required", "followUpAt must be an instant, or null.")]
    public async Task A_task_is_put_aside_until_some_time_that_is_to_come(string body, string code, string detail)
    {
        var task = await TaskAsync(host);

        using var answer = await host.Admin.RawAsync("POST", $"/api/tasks/{task}/snooze", body.Utf8(), "application/json");

        ((int)answer.StatusCode).Should().Be(422);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]![0]!;
        ((string?)error["pointer"], (string?)error["code"], (string?)error["detail"]).Should().Be(("/followUpAt", code, detail));
    }

    [Fact]
    public async Task Only_who_holds_a_task_or_may_claim_it_puts_it_aside_and_who_is_given_it_has_it_at_once()
    {
        var body = new { followUpAt = "2040-01-02T09:00:00Z" };
        var task = await TaskAsync(host);
        var (worker, reader) = (await host.UserAsync("tasks:*"), await host.UserAsync("tasks:read"));

        (await reader.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", body)).Should().Be((403, "missing_permission"));
        await worker.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", body); // nobody has it yet
        var claimed = await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/claim");
        claimed["followUpAt"].Should().BeNull();
        (await worker.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", body)).Should().Be((409, "task_claimed"));

        await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", body);
        var me = (string)(await worker.OkAsync(HttpMethod.Get, "/api/me"))["user"]!["id"]!;
        (await host.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/assign", new { userId = me }))["followUpAt"].Should().BeNull();
        await worker.OkAsync(HttpMethod.Post, $"/api/tasks/{task}/complete", new { outcome = "give_up", data = new { } });
        (await worker.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", body)).Should().Be((409, "task_closed"));
    }

    [Fact]
    public async Task What_is_for_other_roles_is_neither_put_aside_nor_among_what_one_may_claim()
    {
        var task = await TaskAsync(host);
        var outsider = await host.UserAsync("tasks:read", "tasks:work");
        await using (var command = host.Parts.GetRequiredService<Database>().Engine.CreateCommand("""update tasks set candidate_roles = '["lead"]' where id = $1"""))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse(task) });
            await command.ExecuteNonQueryAsync();
        }

        (await outsider.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task}/snooze", new { followUpAt = "2040-01-02T09:00:00Z" })).Should().Be((403, "not_a_candidate"));
        (await IdsAsync($"candidate=me&id={task}", outsider)).Should().BeEmpty();
        (await IdsAsync($"candidate=me&id={task}")).Should().Equal(task);
    }

    [Fact]
    public async Task Groups_are_counted_over_all_pages_and_one_that_is_closed_is_left_out_of_the_list()
    {
        var first = (await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks/{await TaskAsync(host)}"))!;
        var (migration, site) = ((string)first["migrationId"]!, (string)first["siteId"]!);
        await RejectedAsync(host, migration);
        await RejectedAsync(host, migration);
        var other = (await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks/{await TaskAsync(host)}"))!;
        await CallAsync("Z", first);
        await CallAsync("A", other);
        var ours = $"migrationId[in]={migration},{other["migrationId"]}";
        await using (var command = host.Parts.GetRequiredService<Database>().Engine.CreateCommand(
            "update tasks set due_at = case when id = $1 then '2040-01-01T23:30:00Z'::timestamptz when id = $2 then null else '2040-01-01T12:00:00Z' end where migration_id = any($3)"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse((string)first["id"]!) });
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse((string)other["id"]!) });
            command.Parameters.Add(new NpgsqlParameter { Value = new[] { Guid.Parse(migration), Guid.Parse((string)other["migrationId"]!) } });
            (await command.ExecuteNonQueryAsync()).Should().Be(4);
        }

        (await GroupsAsync($"{ours}&groupBy=migrationId&limit=1")).Should().Equal($"{other["migrationId"]} 1", $"{migration} 3");
        (await GroupsAsync($"{ours}&groupBy=siteId")).Should().Equal($"{other["siteId"]} 1", $"{site} 3");
        (await GroupsAsync($"{ours}&groupBy=siteId&q=LOA")).Should().Equal($"{other["siteId"]} 1", $"{site} 3");
        (await GroupsAsync($"{ours}&groupBy=type")).Should().Equal($"{first["type"]} 4");
        (await GroupsAsync($"{ours}&groupBy=dueDay")).Should().Equal("2040-01-01 3", " 1");
        (await GroupsAsync($"{ours}&groupBy=dueDay&zone=Europe/Berlin")).Should().Equal("2040-01-01 2", "2040-01-02 1", " 1");
        (await GroupsAsync($"{ours}&groupBy=dueDay&zone=Europe/Berlin&q=LOA")).Should().HaveCount(3, "a search goes another way to the rows");
        (await IdsAsync($"{ours}&sort=dueAt&groupBy=dueDay&zone=Europe/Berlin&closed=2040-01-01,none")).Should().Equal((string)first["id"]!);
        (await IdsAsync($"{ours}&sort=migrationId.name,dueAt&groupBy=migrationId&closed={migration}")).Should().Equal((string)other["id"]!);
        (await GroupsAsync($"{ours}&groupBy=type", (await host.TenantAsync($"Groups{Environment.ProcessId}")).Client)).Should().BeEmpty();

        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/tasks/groups?groupBy=title")).Should().Be((400, "invalid_value"));
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/tasks/groups?groupBy=dueDay&zone=Middle%20Earth'")).Should().Be((400, "invalid_value"));
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/tasks?groupBy=siteId&closed=nowhere")).Should().Be((400, "invalid_value"));
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/tasks/groups")).Should().Be((400, "required"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&q=LOA")] // goes another way to the rows
    public async Task A_list_is_in_the_order_of_the_names_of_what_its_tasks_belong_to_page_by_page_and_those_of_nothing_come_last(string search)
    {
        var last = await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks/{await TaskAsync(host)}");
        await RejectedAsync(host, (string)last["migrationId"]!);
        var first = await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks/{await TaskAsync(host)}");
        var nowhere = await TaskAsync(host);
        await CallAsync("Z", last);
        await CallAsync("A", first);
        await using (var command = host.Parts.GetRequiredService<Database>().Engine.CreateCommand("update tasks set migration_id = null, site_id = null where id = $1"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse(nowhere) });
            (await command.ExecuteNonQueryAsync()).Should().Be(1);
        }
        var ofLast = await IdsAsync($"migrationId={last["migrationId"]}&sort=dueAt");
        ofLast.Should().HaveCount(2);
        List<string> ofFirst = [(string)first["id"]!];
        var ours = $"id[in]={string.Join(',', ofLast.Concat(ofFirst).Append(nowhere))}{search}";

        foreach (var name in new[] { "migrationId.name", "siteId.name" })
        {
            (await PagesAsync($"{ours}&sort={name},dueAt&limit=1")).Should().Equal(ofFirst.Concat(ofLast).Append(nowhere), "by {0}", name);
            (await PagesAsync($"{ours}&sort=-{name},dueAt&limit=1")).Should().Equal(ofLast.Concat(ofFirst).Append(nowhere), "by {0}, backwards", name);
        }
        (await PagesAsync($"{ours}&sort=-migrationId.name&limit=2")).Should().HaveCount(4).And.OnlyHaveUniqueItems();
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/tasks?sort=migrationId.status")).Should().Be((400, "unknown_field"));
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/tasks?migrationId.name=A")).Should().Be((400, "unknown_field"));
        var worker = await host.UserAsync("tasks:read", "sites:read", "phone-numbers:read", "phone-numbers:export");
        await worker.OkAsync(HttpMethod.Get, "/api/tasks?sort=siteId.name");
        foreach (var list in new[] { "/api/tasks", "/api/phone-numbers", "/api/phone-numbers/export" })
            (await worker.RefusedAsync(HttpMethod.Get, $"{list}?sort=migrationId.name")).Should().Be((403, "missing_permission"), "the order and the cursors of {0} tell the names", list);
    }

    /// <summary>Renames the migration and the site of a task so that they come where the letter does.</summary>
    private async Task CallAsync(string letter, JsonNode task)
    {
        foreach (var (type, id) in new[] { ("migrations", task["migrationId"]), ("sites", task["siteId"]) })
            await host.Admin.OkAsync(HttpMethod.Patch, $"/api/{type}/{id}", new { name = $"{letter} {id}" });
    }

    private async Task<List<string>> PagesAsync(string query)
    {
        var ids = new List<string>();
        for (string? after = ""; after is not null;)
        {
            var page = await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks?{query}&after={after}");
            ids.AddRange(page["items"]!.AsArray().Select(task => (string)task!["id"]!));
            after = (string?)page["next"];
        }
        return ids;
    }

    private async Task<List<string>> IdsAsync(string query, HttpClient? client = null) =>
        [.. (await (client ?? host.Admin).OkAsync(HttpMethod.Get, $"/api/tasks?limit=500&{query}"))["items"]!.AsArray().Select(task => (string)task!["id"]!)];

    private async Task<List<string>> GroupsAsync(string query, HttpClient? client = null) =>
        [.. (await (client ?? host.Admin).OkAsync(HttpMethod.Get, $"/api/tasks/groups?{query}"))["items"]!.AsArray().Select(group => $"{group!["value"]} {group["count"]}")];

    /// <summary>The id of a task that asks somebody to mend a rejected LOA.</summary>
    private static async Task<string> TaskAsync(ApiHost host) =>
        (string)(await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks?subjectId={(await RejectedAsync(host))["id"]}"))["items"]![0]!["id"]!;

    /// <summary>A number whose LOA was rejected, of a migration of its own unless one is named.</summary>
    private static async Task<JsonObject> RejectedAsync(ApiHost host, string? migrationId = null)
    {
        var number = $"+1213{TimeProvider.System.GetTimestamp() % 10_000_000:0000000}";
        if (migrationId is null)
        {
            var site = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", new { name = $"Site of {number}", timezone = "UTC" });
            migrationId = (string)(await host.Admin.OkAsync(HttpMethod.Post, "/api/migrations", new { name = $"Migration of {number}", siteId = (string)site["id"]!, routingType = "direct_routing" }))["id"]!;
        }
        var record = await host.Admin.OkAsync(HttpMethod.Post, "/api/phone-numbers", new { number, type = "user", migrationId });
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{record["id"]}/actions/submit_loa", new { });
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{record["id"]}/actions/reject_loa", new { reasonCode = "account_number_mismatch" });
        return record;
    }
}
