using System.Net;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Approvals;

[Collection(nameof(ApiHost))]
public sealed class ApprovalTests(ApiHost host)
{
    [Fact]
    public async Task Levels_decide_one_after_the_other_and_all_of_it_can_be_seen()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, manager, director) = (await office.PersonAsync("member"), await office.PersonAsync("manager"), await office.PersonAsync("director"));
        var site = (await office.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Boston")))["id"]!.ToString();

        var approval = await ApprovalOffice.RequestAsync(asker.Client, "phone_purchase", new { amount = 7600, phones = 40 }, new { type = "sites", id = site });

        ((string)approval["status"]!, (string)approval["title"]!).Should().Be(("pending", "phone purchase for Boston"));
        var task = (await office.TasksAsync(approval)).Single();
        task["candidateRoles"]!.AsArray().Select(role => (string)role!).Should().Equal("manager");
        (await ApprovalOffice.RefusedAsync(director.Client, task, "approve")).Should().Be((403, "not_a_candidate"));
        await ApprovalOffice.DecideAsync(manager.Client, task, "approve", "We need them.");
        var between = await ApprovalOffice.GetAsync(asker.Client, approval);
        ((string)between["status"]!, (int)between["level"]!).Should().Be(("pending", 2));
        await ApprovalOffice.DecideAsync(director.Client, (await office.TasksAsync(approval)).Single(), "approve");

        var ended = await ApprovalOffice.GetAsync(asker.Client, approval);
        ((string)ended["status"]!).Should().Be("approved");
        ended["decidedAt"].Should().NotBeNull();
        ended["levels"]!.AsArray().Select(level => ((string)level!["status"]!, (string)level["deciders"]!.AsArray().Single()!["id"]!))
            .Should().Equal(("approved", manager.Id), ("approved", director.Id));
        ended["decisions"]!.AsArray().Select(decision => ((int)decision!["level"]!, (string)decision["outcome"]!, (string)decision["by"]!["id"]!, (string?)decision["comment"]))
            .Should().Equal((1, "approved", manager.Id, "We need them."), (2, "approved", director.Id, null));
        ended["decisions"]!.AsArray().Should().OnlyContain(decision => (string)decision!["decisionId"]! == (string)ended["why"]!["decisionId"]!);
        ((string)ended["why"]!["reason"]!).Should().Be("Phones above 500 need the manager and the director.");
        ((string)ended["why"]!["artefact"]!["key"]!).Should().Be("approval-levels");
        ((int)ended["why"]!["matched"]![0]!["row"]!).Should().Be(2);
        ((string)ended["subject"]!["id"]!).Should().Be(site);
        (await office.TasksAsync(approval)).Should().BeEmpty();
        var history = await ApprovalOffice.ListAsync(office.Admin, $"/api/approvals/{approval["id"]}/history");
        history.Select(entry => (string)entry["action"]!).Should().Equal("approve", "approve", "requested");
        ((string)history[^1]["cause"]!["decisionId"]!).Should().Be((string)ended["decisionId"]!);
        (await ApprovalOffice.ListAsync(office.Admin, $"/api/approvals?status=approved&requesterId={asker.Id}")).Should().ContainSingle();
    }

    [Fact]
    public async Task Nobody_decides_his_own_request_whatever_he_may_do()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (boss, other) = (await office.PersonAsync("manager", "admin"), await office.PersonAsync("manager"));
        var approval = await ApprovalOffice.RequestAsync(boss.Client, "credit", new { amount = 10 });
        var task = (await office.TasksAsync(approval)).Single();

        (await ApprovalOffice.RefusedAsync(boss.Client, task, "approve")).Should().Be((403, "four_eyes"));
        (await boss.Client.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/claim")).Should().Be((403, "four_eyes"));
        (await office.Admin.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/assign", new { userId = boss.Id })).Should().Be((403, "four_eyes"));
        await other.Client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/claim");
        (await other.Client.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/delegate", new { userId = boss.Id })).Should().Be((403, "four_eyes"));
        (await boss.Client.RefusedAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/actions/approve", new { })).Should().Be((409, "action_not_available"));
        (await boss.Client.OkAsync(HttpMethod.Get, $"/api/approvals/{approval["id"]}/actions"))["actions"]!.AsArray().Should().BeEmpty();
        (await boss.Client.RefusedAsync(HttpMethod.Patch, $"/api/approvals/{approval["id"]}", new { status = "approved" })).Should().Be((405, "type_not_writable"));
        (await ApprovalOffice.GetAsync(other.Client, approval))["levels"]![0]!["deciders"]!.AsArray().Select(decider => (string)decider!["id"]!).Should().Equal(other.Id);

        await ApprovalOffice.DecideAsync(other.Client, task, "approve");
        ((string)(await ApprovalOffice.GetAsync(other.Client, approval))["status"]!).Should().Be("approved");
    }

    [Fact]
    public async Task Who_may_do_everything_is_no_decider_unless_the_task_is_assigned_to_him()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, chief) = (await office.PersonAsync("member"), await office.PersonAsync("admin"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });
        var task = (await office.TasksAsync(approval)).Single();

        (await ApprovalOffice.RefusedAsync(chief.Client, task, "approve")).Should().Be((403, "not_a_candidate"));
        await office.Admin.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/assign", new { userId = chief.Id });

        await ApprovalOffice.DecideAsync(chief.Client, task, "approve");
    }

    [Fact]
    public async Task A_delegate_decides_in_his_own_name()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, manager, deputy) = (await office.PersonAsync("member"), await office.PersonAsync("manager"), await office.PersonAsync("member"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });
        var task = (await office.TasksAsync(approval)).Single();
        await manager.Client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/claim");

        await manager.Client.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/delegate", new { userId = deputy.Id });
        await ApprovalOffice.DecideAsync(deputy.Client, task, "approve");

        (await ApprovalOffice.GetAsync(asker.Client, approval))["decisions"]!.AsArray().Select(decision => (string)decision!["by"]!["id"]!).Should().Equal(deputy.Id);
    }

    [Fact]
    public async Task A_rejection_needs_words_and_ends_it()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, manager) = (await office.PersonAsync("member"), await office.PersonAsync("manager"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "phone_purchase", new { amount = 7600 });
        var task = (await office.TasksAsync(approval)).Single();

        (await ApprovalOffice.RefusedAsync(manager.Client, task, "reject")).Should().Be((422, "required"));
        await ApprovalOffice.DecideAsync(manager.Client, task, "reject", "Too dear.");

        var ended = await ApprovalOffice.GetAsync(asker.Client, approval);
        ((string)ended["status"]!, (string)ended["decisions"]![0]!["comment"]!).Should().Be(("rejected", "Too dear."));
        ended["levels"]!.AsArray().Select(level => (string)level!["status"]!).Should().Equal("rejected", "waiting");
        (await office.TasksAsync(approval)).Should().BeEmpty();
        (await asker.Client.RefusedAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/withdraw")).Should().Be((409, "action_not_available"));
    }

    [Fact]
    public async Task Changes_are_made_by_the_requester_and_the_rules_are_asked_again()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, manager, lead) = (await office.PersonAsync("member"), await office.PersonAsync("manager"), await office.PersonAsync("implementation_lead"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "phone_purchase", new { amount = 7600 });
        await ApprovalOffice.DecideAsync(manager.Client, (await office.TasksAsync(approval)).Single(), "request_changes", "Fewer, please.");
        ((string)(await ApprovalOffice.GetAsync(asker.Client, approval))["status"]!).Should().Be("changes_requested");

        (await manager.Client.RefusedAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/resubmit", new { data = new { amount = 1 } })).Should().Be((403, "not_the_requester"));
        var again = await asker.Client.OkAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/resubmit", new { data = new { amount = 190 }, comment = "One then." });

        ((string)again["status"]!, (string)again["reason"]!).Should().Be(("pending", "A lead may sign for phones up to 500."));
        ((string)again["decisionId"]!).Should().NotBe((string)approval["decisionId"]!);
        await ApprovalOffice.DecideAsync(lead.Client, (await office.TasksAsync(approval)).Single(), "approve");
        var ended = await ApprovalOffice.GetAsync(asker.Client, approval);
        ((string)ended["status"]!).Should().Be("approved");
        ended["decisions"]!.AsArray().Select(decision => (string)decision!["outcome"]!).Should().Equal("changes_requested", "resubmitted", "approved");
        (await asker.Client.RefusedAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/resubmit", new { })).Should().Be((409, "action_not_available"));
    }

    [Fact]
    public async Task The_requester_alone_withdraws_and_the_tasks_go_with_it()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, manager) = (await office.PersonAsync("member"), await office.PersonAsync("manager"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });
        var task = (await office.TasksAsync(approval)).Single();

        (await manager.Client.RefusedAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/withdraw")).Should().Be((403, "not_the_requester"));
        var withdrawn = await asker.Client.OkAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/withdraw", new { comment = "Not needed." });

        ((string)withdrawn["status"]!, (string)withdrawn["decisions"]![0]!["comment"]!).Should().Be(("withdrawn", "Not needed."));
        (await ApprovalOffice.RefusedAsync(manager.Client, task, "approve")).Should().Be((409, "task_closed"));
    }

    [Fact]
    public async Task A_level_of_all_needs_each_and_a_different_person_for_each()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        await office.PublishRulesAsync("""{levels: [{roles: ["legal", "finance"], mode: "all"}], reason: "Both."}""");
        var (asker, both, finance) = (await office.PersonAsync("member"), await office.PersonAsync("legal", "finance"), await office.PersonAsync("finance"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });
        var tasks = (await office.TasksAsync(approval)).ToDictionary(task => (string)task["candidateRoles"]![0]!);

        await ApprovalOffice.DecideAsync(both.Client, tasks["legal"], "approve");
        ((string)(await ApprovalOffice.GetAsync(asker.Client, approval))["status"]!).Should().Be("pending");
        (await ApprovalOffice.RefusedAsync(both.Client, tasks["finance"], "approve")).Should().Be((422, "action_failed"));
        await ApprovalOffice.DecideAsync(finance.Client, tasks["finance"], "approve");

        ((string)(await ApprovalOffice.GetAsync(asker.Client, approval))["status"]!).Should().Be("approved");
    }

    [Fact]
    public async Task A_level_whose_user_has_been_deleted_meanwhile_is_not_opened_for_nobody()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, ann, ben) = (await office.PersonAsync("member"), await office.PersonAsync("member"), await office.PersonAsync("member"));
        await office.PublishRulesAsync($$"""{levels: [{users: ["{{ann.Id}}"]}, {users: ["{{ben.Id}}"]}]}""");
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });
        using var deleted = await office.Admin.SendAsync(HttpMethod.Delete, $"/api/users/{ben.Id}");
        deleted.EnsureSuccessStatusCode();
        var task = (await office.TasksAsync(approval)).Single();

        (await ApprovalOffice.RefusedAsync(ann.Client, task, "approve")).Should().Be((422, "action_failed"));

        (await office.TasksAsync(approval)).Should().ContainSingle("nothing was changed").Which["id"]!.ToString().Should().Be(task["id"]!.ToString());
    }

    [Fact]
    public async Task Of_users_that_the_rules_name_one_suffices_and_the_requester_is_none_of_them()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, ann, ben) = (await office.PersonAsync("member"), await office.PersonAsync("member"), await office.PersonAsync("member"));
        await office.PublishRulesAsync($$"""if amount > 5 then {levels: [{users: ["{{asker.Id}}", "{{ann.Id}}", "{{ben.Id}}"]}]} else if amount > 1 then {levels: [{users: ["{{asker.Id}}"]}]} else {levels: []}""");

        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = new { amount = "10.50", currency = "USD" } });
        var tasks = await office.TasksAsync(approval);
        tasks.Select(task => (string)task["assigneeId"]!).Should().BeEquivalentTo([ann.Id, ben.Id]);
        await ApprovalOffice.DecideAsync(ben.Client, tasks.Single(task => (string)task["assigneeId"]! == ben.Id), "approve");
        ((string)(await ApprovalOffice.GetAsync(asker.Client, approval))["status"]!).Should().Be("approved");
        (await office.TasksAsync(approval)).Should().BeEmpty("the other's task is not needed any more");

        (await asker.Client.RefusedAsync(HttpMethod.Post, "/api/approvals", new { type = "credit", data = new { amount = 3 } })).Should().Be((422, "nobody_may_decide"));
        ((string)(await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 1 }))["status"]!).Should().Be("approved", "the rules ask for nobody");
    }

    [Fact]
    public async Task Of_two_who_decide_at_once_one_does()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, ann, ben) = (await office.PersonAsync("member"), await office.PersonAsync("manager"), await office.PersonAsync("manager"));
        for (var round = 0; round < 5; round++)
        {
            var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });
            var task = (await office.TasksAsync(approval)).Single();

            var answers = await Task.WhenAll(
                ann.Client.SendAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "approve" }),
                ben.Client.SendAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome = "reject", data = new { comment = "No." } }));

            answers.Select(answer => answer.StatusCode).Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.Conflict]);
            (await ApprovalOffice.GetAsync(asker.Client, approval))["decisions"]!.AsArray().Should().ContainSingle();
        }
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var (asker, outsider) = (await office.PersonAsync("asker"), (await ApprovalOffice.CreateAsync(host)).Admin);
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });

        (await RefusedAsync(new { })).Should().Be((422, "required"));
        (await RefusedAsync(new { type = "nothing" })).Should().Be((422, "invalid_choice"));
        (await RefusedAsync(new { type = "credit", data = 1 })).Should().Be((422, "invalid_type"));
        (await RefusedAsync(new { type = "credit", data = new { amount = "much" } })).Should().Be((422, "invalid_input"));
        (await RefusedAsync(new { type = "credit", subject = new { type = "sites" } })).Should().Be((400, "invalid_subject"));
        (await RefusedAsync(new { type = "credit", subject = new { type = "nothings", id = Guid.Empty } })).Should().Be((400, "unknown_record_type"));
        (await RefusedAsync(new { type = "credit", subject = new { type = "sites", id = Guid.Empty } })).Should().Be((422, "unknown_reference"));
        (await RefusedAsync(new { type = "credit", subject = new { type = "users", id = asker.Id } })).Should().Be((403, "missing_permission"));
        (await RefusedAsync(new { type = "credit", more = 1 })).Should().Be((400, "unknown_field"));
        (await outsider.RefusedAsync(HttpMethod.Get, $"/api/approvals/{approval["id"]}")).Should().Be((404, "not_found"));
        (await outsider.RefusedAsync(HttpMethod.Post, $"/api/approvals/{approval["id"]}/withdraw")).Should().Be((404, "not_found"));
        await office.Admin.OkAsync(HttpMethod.Post, "/api/schema/approvals/fields/type/choices", new { value = "new_hire" });
        ((string)(await ApprovalOffice.RequestAsync(asker.Client, "new_hire", new { }))["reason"]!).Should().Be("What no row names needs the manager.");
        await office.PublishRulesAsync("""{levels: [{role: "manager", sort: 1}]}""");
        (await RefusedAsync(new { type = "credit" })).Should().Be((422, "invalid_levels"));
        await office.PublishRulesAsync("""{levels: ["manager"], workflow: "no-such-workflow"}""");
        (await RefusedAsync(new { type = "credit" })).Should().Be((422, "unknown_workflow"));
        (await ApprovalOffice.ListAsync(office.Admin, "/api/approvals")).Should().HaveCount(2);

        Task<(int, string?)> RefusedAsync(object body) => asker.Client.RefusedAsync(HttpMethod.Post, "/api/approvals", body);
    }

    [Fact]
    public async Task The_same_call_with_a_key_asks_once()
    {
        var office = await ApprovalOffice.CreateAsync(host);
        var asker = await office.PersonAsync("member");
        var key = ("Idempotency-Key", "ask-once");

        var first = await asker.Client.OkAsync(HttpMethod.Post, "/api/approvals", new { type = "credit", data = new { amount = 10 } }, key);
        var again = await asker.Client.OkAsync(HttpMethod.Post, "/api/approvals", new { type = "credit", data = new { amount = 10 } }, key);

        JsonNode.DeepEquals(first, again).Should().BeTrue();
        (await ApprovalOffice.ListAsync(office.Admin, "/api/approvals")).Should().ContainSingle();
        (await office.TasksAsync(first)).Should().ContainSingle();
    }
}
