using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Elsa's API where its own fixtures say nothing: versions, rights, instances, mending, wrong input.</summary>
[Collection(nameof(ApiHost))]
public sealed class ElsaApiTests(ApiHost host)
{
    private const string Definitions = "/elsa/api/workflow-definitions";

    [Fact]
    public async Task Feel_reads_variables_and_inputs_and_is_checked_at_publish()
    {
        var definition = Draw.Definition("feel-line", Draw.Sequence(
            Draw.Activity("Elsa.SetVariable", "set", ("variable", new JsonObject { ["id"] = "Prices", ["name"] = "Prices" }), ("value", Draw.Input("FEEL", "for i in 1..3 return i * factor", "Object"))),
            Draw.Activity("Elsa.WriteLine", "says", ("text", Draw.Input("FEEL", "string(sum(Prices)) + \" \" + upper case(customer name)")))));
        definition["variables"] = new JsonArray(Draw.Variable("Prices"));
        definition["inputs"] = new JsonArray(new JsonObject { ["name"] = "factor", ["type"] = "Int32" }, new JsonObject { ["name"] = "customer name", ["type"] = "String" });
        var id = await host.Admin.PublishAsync(definition);

        var instance = await host.Admin.ExecuteAsync(id, new { input = new JsonObject { ["factor"] = 10, ["customer name"] = "Ada" } });

        (await host.Admin.LinesAsync(instance)).Should().Equal("60 ADA");
        definition["root"]!["activities"]![1]!["text"] = Draw.Input("FEEL", "if then");
        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/workflow-definitions", new { model = definition, publish = true });
        status.Should().Be(400);
        errors.Should().ContainSingle().Which.Should().Contain("FEEL");
    }

    [Fact]
    public async Task One_activity_is_tested_with_values_for_its_variables_and_nothing_of_it_is_kept()
    {
        var inner = Draw.Sequence(
            Draw.Activity("Elsa.SetVariable", "set", ("variable", new JsonObject { ["id"] = "Sum", ["name"] = "Sum" }), ("value", Draw.Input("JavaScript", "getSum() + getStep()", "Object"))),
            Draw.Script("throws", "throw new Error('closed today')"),
            Draw.Activity("Elsa.Event", "waits", ("eventName", Draw.Literal("carrier-answers"))));
        inner["variables"] = new JsonArray(Draw.Variable("Step"));
        var definition = Draw.Definition("tested-parts", inner);
        definition["variables"] = new JsonArray(Draw.Variable("Sum"));
        definition["customProperties"] = new JsonObject { ["VariableTestValues"] = new JsonObject { ["Sum"] = 40, ["Step"] = 2 } };
        var id = await host.Admin.ImportAsync(definition);
        Task<JsonObject> TestAsync(string activity) => host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/tests/activities", new
        {
            workflowDefinitionHandle = new { definitionId = id, versionOptions = "Latest" },
            activityHandle = new { activityNodeId = $"Workflow1:seq:{activity}" },
        });

        var (set, thrown, waiting) = (await TestAsync("set"), await TestAsync("throws"), await TestAsync("waits"));

        (set["status"]!.ToString(), (int)set["activityState"]!["Value"]!).Should().Be(("Completed", 42));
        thrown["status"]!.ToString().Should().Be("Faulted");
        thrown["exception"]!["message"]!.ToString().Should().Contain("closed today");
        waiting["status"]!.ToString().Should().Be("Running");
        (await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-instances?definitionId={id}"))["totalCount"]!.GetValue<int>().Should().Be(0);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/tests/activities", new { workflowDefinitionHandle = new { definitionId = id }, activityHandle = new { activityNodeId = "Workflow1:seq:none" } })).Status.Should().Be(400);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/tests/activities", new { workflowDefinitionHandle = new { definitionId = "nobody's" }, activityHandle = new { activityNodeId = "a" } })).Status.Should().Be(404);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/tests/activities", new { })).Status.Should().Be(400);
        (await (await host.UserAsync("artefacts:read")).RefusedAsync(HttpMethod.Post, "/elsa/api/tests/activities", new { })).Status.Should().Be(403);
    }

    [Fact]
    public async Task A_run_takes_a_name_and_values_for_variables_and_says_what_it_does_not_take()
    {
        var definition = Draw.Definition(Draw.NewId("with-variables"), Draw.Sequence(Draw.Script("line", "'at ' + getSite() + ', ' + getCount()")));
        definition["variables"] = new JsonArray(Draw.Variable("Site", "String"), Draw.Variable("Count", "Int32"));
        var id = await host.Admin.PublishAsync(definition);
        var execute = $"{Definitions}/{id}/execute";

        var posted = await host.Admin.ExecuteAsync(id, new { name = "Monday", variables = new JsonObject { ["Site"] = "Bonn", ["Count"] = "3" } });
        using var got = await host.Admin.SendAsync(HttpMethod.Get, $"{execute}?name=Tuesday&variables={Uri.EscapeDataString("""{"Site": "Ulm"}""")}");

        (await host.Admin.LinesAsync(posted)).Should().Equal("at Bonn, 3");
        (await host.Admin.InstanceAsync(posted))["name"]!.ToString().Should().Be("Monday");
        var fetched = got.Headers.GetValues("x-elsa-workflow-instance-id").Single();
        (await host.Admin.LinesAsync(fetched)).Should().ContainSingle().Which.Should().StartWith("at Ulm, ");
        (await host.Admin.InstanceAsync(fetched))["name"]!.ToString().Should().Be("Tuesday");
        foreach (var (body, why) in new (object, string)[]
        {
            (new { variables = new JsonObject { ["Nowhere"] = 1 } }, "no variable Nowhere"), (new { variables = new JsonObject { ["Count"] = "many" } }, "many"), (new { variables = 1 }, "variables must be an object"),
            (new { activityHandle = new { activityId = "line" } }, "triggerActivityId"),
        })
        {
            var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-definitions/{id}/execute", body);
            (status, errors.Single()).Should().Match<(int Status, string Text)>(refused => refused.Status == 400 && refused.Text.Contains(why));
        }
    }

    [Fact]
    public async Task Those_that_use_a_workflow_are_moved_to_its_published_version_and_told_by_name()
    {
        var child = Draw.NewId("used");
        JsonObject Child(string line)
        {
            var definition = Draw.Definition(child, Draw.Sequence(Draw.Line("line", line)));
            definition["name"] = "Used " + child;
            definition["options"] = new JsonObject { ["usableAsActivity"] = true };
            return definition;
        }
        var first = await host.Admin.OkAsync(HttpMethod.Post, Definitions, new { model = Child("one"), publish = true });
        var use = Draw.Activity("Used" + child, "use", ("workflowDefinitionId", child), ("workflowDefinitionVersionId", (string)first["workflowDefinition"]!["id"]!));
        var parent = Draw.Definition(Draw.NewId("user"), Draw.Sequence(use));
        parent["name"] = "User of " + child;
        var id = await host.Admin.PublishAsync(parent);
        await host.Admin.OkAsync(HttpMethod.Post, Definitions, new { model = Child("two"), publish = true });

        var updated = await host.Admin.OkAsync(HttpMethod.Post, $"{Definitions}/{child}/update-references", new { });

        updated["affectedWorkflows"]!.AsArray().Select(name => name!.ToString()).Should().Equal("User of " + child);
        (await LinesOfAsync(id, null)).Should().Equal("two");
    }

    [Theory]
    [InlineData("label=urgent")]
    [InlineData("label[]=urgent")]
    public async Task A_list_by_label_is_refused_and_not_given_whole(string query)
    {
        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Get, $"/workflow-definitions?versionOptions=Latest&{query}");

        status.Should().Be(400);
        errors.Should().ContainSingle().Which.Should().Contain("no labels");
    }

    [Fact]
    public async Task A_save_after_a_publish_is_a_draft_and_changes_nothing_that_is_published()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("draft-after", Draw.Sequence(Draw.Line("line", "one"))));
        var saved = await host.Admin.OkAsync(HttpMethod.Post, Definitions, new { model = Draw.Definition(id, Draw.Sequence(Draw.Line("line", "two"))), publish = false });

        ((int)saved["workflowDefinition"]!["version"]!).Should().Be(2);
        ((bool)saved["workflowDefinition"]!["isLatest"]!).Should().BeTrue();
        ((bool)saved["workflowDefinition"]!["isPublished"]!).Should().BeFalse();
        (await LinesOfAsync(id, null)).Should().Equal("one");
        (await LinesOfAsync(id, "Latest")).Should().Equal("two");
        var list = await host.Admin.OkAsync(HttpMethod.Get, $"{Definitions}?DefinitionIds={id}&versionOptions=AllVersions&OrderBy=Version");
        list["items"]!.AsArray().Select(item => (int)item!["version"]!).Should().Equal(2, 1);
        await host.Admin.OkAsync(HttpMethod.Post, $"{Definitions}/{id}/publish", new { });
        (await LinesOfAsync(id, null)).Should().Equal("two");
        using var reverted = await host.Admin.SendAsync(HttpMethod.Post, $"{Definitions}/{id}/revert/1");
        reverted.StatusCode.Should().Be(HttpStatusCode.Created);
        (await LinesOfAsync(id, "Latest")).Should().Equal("one");
    }

    [Fact]
    public async Task A_publish_takes_its_own_model_though_Studio_is_still_saving()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("save-and-publish"), Draw.Sequence(Draw.Line("line", "0"))));
        for (var round = 1; round <= 10; round++)
        {
            var text = $"published {round}";
            var saves = Enumerable.Range(0, 3).Select(at => SendAsync($"saved {at}", publish: false));

            var answers = await Task.WhenAll(saves.Append(SendAsync(text, publish: true)));

            answers.Select(answer => answer.Status).Should().OnlyContain(status => status == 200, string.Join(", ", answers.Select(answer => answer.Text)));
            JsonNode.Parse(answers[^1].Text)!["workflowDefinition"]!["root"]!["activities"]![0]!["text"]!["expression"]!["value"]!.ToString().Should().Be(text);
            (await LinesOfAsync(id, null)).Should().Equal(text);
        }

        async Task<(int Status, string Text)> SendAsync(string line, bool publish)
        {
            using var answer = await host.Admin.SendAsync(HttpMethod.Post, Definitions, new { model = Draw.Definition(id, Draw.Sequence(Draw.Line("line", line))), publish });
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("Switchboard.UserTask", "assignee", "Ann", "the id of a user")]
    [InlineData("Switchboard.SendMessage", "recipient", "admin", "role:")]
    [InlineData("Switchboard.Action", "permission", "everything", "migrations:act")]
    [InlineData("Elsa.RunJavaScript", "script", "const key = await getSecret('carrier')", "the expression Secret")]
    public async Task What_nobody_is_found_by_and_secrets_in_scripts_are_refused_at_publish(string type, string member, string value, string why)
    {
        var activity = Draw.Activity(type, "wrong", ("title", Draw.Literal("Call")), ("subject", Draw.Literal("Call")), ("actionName", Draw.Literal("call")));
        activity[member] = Draw.Input("Literal", value);
        var model = Draw.Definition(Draw.NewId("names-wrongly"), Draw.Sequence(activity));

        await host.Admin.OkAsync(HttpMethod.Post, Definitions, new { model, publish = false });
        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/workflow-definitions", new { model, publish = true });

        status.Should().Be(400);
        errors.Should().ContainSingle().Which.Should().Contain(why);
    }

    [Fact]
    public async Task An_instance_of_a_draft_goes_on_with_the_draft_that_it_began_with()
    {
        JsonObject Waiting(string text) => Draw.Definition("trial", Draw.Sequence(Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal("trial-goes-on"))), Draw.Line("line", text)));
        var id = await host.Admin.ImportAsync(Waiting("first"));
        var instance = await host.Admin.ExecuteAsync(id, new { versionOptions = "Latest" });
        await host.Admin.ImportAsync(Waiting("second"));

        await host.Admin.SendAsync(HttpMethod.Post, "/elsa/api/events/trial-goes-on/trigger", new { workflowInstanceId = instance });
        await host.Admin.WaitForAsync(instance, "Finished");

        (await host.Admin.LinesAsync(instance)).Should().Equal("first");
    }

    [Fact]
    public async Task Who_may_only_read_gets_no_links_to_write_and_is_refused()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("read-only-view", Draw.Sequence(Draw.Line("line", "x"))));
        var reader = await host.UserAsync("artefacts:read");

        var model = await reader.OkAsync(HttpMethod.Get, $"{Definitions}/{id}");
        var list = await reader.OkAsync(HttpMethod.Get, Definitions);

        Rels(model["links"]!).Should().Contain("self").And.NotContain("publish");
        Rels(list["links"]!).Should().NotContain("bulk-publish");
        Rels((await host.Admin.OkAsync(HttpMethod.Get, $"{Definitions}/{id}"))["links"]!).Should().Contain("publish");
        foreach (var (method, path) in new[] { (HttpMethod.Post, ""), (HttpMethod.Post, $"/{id}/publish"), (HttpMethod.Delete, $"/{id}"), (HttpMethod.Post, $"/{id}/execute"), (HttpMethod.Post, "/import") })
            (await reader.ElsaRefusedAsync(method, "/workflow-definitions" + path, method == HttpMethod.Post ? new { } : null)).Status.Should().Be(403, path);
    }

    [Fact]
    public async Task A_machine_begins_at_its_initial_state_whichever_state_Studio_drew_last()
    {
        JsonObject State(string name) => new() { ["name"] = name, ["entry"] = Draw.Line($"in-{name}", name) };
        var machine = Draw.Activity(
            "Elsa.StateMachine", "machine", ("states", new JsonArray(State("first"), State("last"))), ("transitions", new JsonArray()),
            ("initialState", "first"), ("currentState", "last"));
        var saved = await host.Admin.OkAsync(HttpMethod.Post, Definitions, new { model = Draw.Definition(Draw.NewId("machine"), machine), publish = true });

        saved["workflowDefinition"]!["root"]!["currentState"].Should().BeNull();
        (await LinesOfAsync((string)saved["workflowDefinition"]!["definitionId"]!, null)).Should().Equal("first");
    }

    [Fact]
    public async Task Another_tenant_sees_nothing_of_it()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("ours-alone", Draw.Sequence(Draw.Line("line", "x"))));
        var instance = await host.Admin.ExecuteAsync(id);
        var (_, other) = await host.TenantAsync("ElsaOther");

        (await other.ElsaRefusedAsync(HttpMethod.Get, $"/workflow-definitions/{id}")).Status.Should().Be(404);
        (await other.ElsaRefusedAsync(HttpMethod.Get, $"/workflow-instances/{instance}")).Status.Should().Be(404);
        (await other.ElsaRefusedAsync(HttpMethod.Delete, $"/workflow-instances/{instance}")).Status.Should().Be(404);
        (await other.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-definitions/{id}/execute", new { })).Status.Should().Be(404);
        (await other.OkAsync(HttpMethod.Post, "/elsa/api/workflow-instances", new { definitionId = id }))["items"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task A_deleted_definition_is_gone_from_every_list_and_what_runs_goes_on()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("to-delete", Draw.Sequence(
            Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal("after-deletion"))), Draw.Line("line", "went on"))));
        var instance = await host.Admin.ExecuteAsync(id);

        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"{Definitions}/{id}");

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Get, $"/workflow-definitions/{id}")).Status.Should().Be(404);
        (await host.Admin.OkAsync(HttpMethod.Get, $"{Definitions}?SearchTerm={id}"))["items"]!.AsArray().Should().BeEmpty();
        await host.Admin.SendAsync(HttpMethod.Post, "/elsa/api/events/after-deletion/trigger", new { workflowInstanceId = instance });
        await host.Admin.WaitForAsync(instance, "Finished");
        var again = await host.Admin.OkAsync(HttpMethod.Post, $"{Definitions}/import", Draw.Definition(id, Draw.Sequence(Draw.Line("line", "new"))));
        ((int)again["version"]!).Should().BeGreaterThan(1, "a number is never used twice");
    }

    [Fact]
    public async Task What_failed_runs_again_after_it_was_mended_and_its_incident_is_gone()
    {
        var definition = Draw.Definition("mendable", Draw.Sequence(
            Draw.Script("read", "if (getVariable('Ok') !== true) throw new Error('not yet'); return 'mended'")));
        definition["variables"] = new JsonArray(Draw.Variable("Ok", "Boolean"));
        var instance = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));
        ((int)(await host.Admin.WaitForAsync(instance, "Faulted"))["incidentCount"]!).Should().Be(1);

        await host.Admin.OkAsync(HttpMethod.Post, $"/elsa/api/workflow-instances/{instance}/variables", new { variables = new[] { new { id = "Ok", value = true } } });
        var retried = await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/alterations/workflows/retry", new { workflowInstanceIds = new[] { instance } });

        ((bool)retried["results"]![0]!["isSuccessful"]!).Should().BeTrue();
        var finished = await host.Admin.WaitForAsync(instance, "Finished");
        ((int)finished["incidentCount"]!).Should().Be(0);
        (await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/activity-executions/list?WorkflowInstanceId={instance}&activityId=read"))["items"]![0]!["status"]!.ToString().Should().Be("Completed");
    }

    [Fact]
    public async Task A_plan_alters_every_instance_that_it_selected()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("to-alter", Draw.Flow([Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal("never")))])));
        var (one, other) = (await host.Admin.ExecuteAsync(id), await host.Admin.ExecuteAsync(id));
        var filter = new { definitionIds = new[] { id } };
        (await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/alterations/dry-run", new { filter }))["workflowInstanceIds"]!.AsArray().Select(item => (string)item!).Should().BeEquivalentTo(one, other);
        object[] alterations = [new { type = "CancelActivity", activityId = "wait" }];

        var plan = (string)(await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/alterations/submit", new { alterations, filter }))["planId"]!;

        foreach (var instance in new[] { one, other })
            await host.Admin.WaitForAsync(instance, "Finished");
        (await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/alterations/{plan}"))["jobs"]!.AsArray().Should().HaveCount(2);
        (await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/alterations/dry-run", new { filter = new { } }))["workflowInstanceIds"]!.AsArray().Should().BeEmpty("a filter that says nothing selects nothing");
    }

    [Fact]
    public async Task An_activity_runs_again_when_an_operator_says_so()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("to-run-again", Draw.Flow(
            [Draw.Line("line", "again"), Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal("never")))], ("line", "Done", "wait"))));
        var instance = await host.Admin.ExecuteAsync(id);
        object[] alterations = [new { type = "ScheduleActivity", activityId = "line" }];

        var result = await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/alterations/run", new { alterations, workflowInstanceIds = new[] { instance } });

        ((bool)result["results"]![0]!["isSuccessful"]!).Should().BeTrue(result.ToJsonString());
        (await host.Admin.LinesAsync(instance)).Should().Equal("again", "again");
        object[] unknown = [new { type = "ScheduleActivity", activityId = "nowhere" }];
        var refused = await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/alterations/run", new { alterations = unknown, workflowInstanceIds = new[] { instance } });
        ((bool)refused["results"]![0]!["isSuccessful"]!).Should().BeFalse();
    }

    [Fact]
    public async Task Every_item_gets_an_instance_and_the_last_one_back_ends_the_wait()
    {
        var child = await host.Admin.PublishAsync(Draw.Definition("bulk-child", Draw.Sequence(Draw.Script("line", "'child ' + getInput('Item')"))));
        var parent = await host.Admin.PublishAsync(Draw.Definition("bulk-parent", Draw.Flow(
            [
                Draw.Activity("Elsa.BulkDispatchWorkflows", "bulk", ("workflowDefinitionId", Draw.Literal(child)), ("items", Draw.Input("Object", "[1,2,3]", "Object")),
                    ("childCompleted", Draw.Line("back", "one is back"))),
                Draw.Line("all", "all are back"),
            ],
            ("bulk", "Completed", "all"))));

        var instance = await host.Admin.ExecuteAsync(parent);
        await host.Admin.WaitForAsync(instance, "Finished");

        (await host.Admin.LinesAsync(instance)).Should().Equal("one is back", "one is back", "one is back", "all are back");
        var children = await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/workflow-instances", new { definitionId = child, statuses = new[] { "Finished" } });
        ((int)children["totalCount"]!).Should().Be(3);
    }

    [Fact]
    public async Task A_task_ends_by_its_id()
    {
        var definition = Draw.Definition("outside-task", Draw.Sequence(
            Draw.Activity("Elsa.RunTask", "task", ("taskName", Draw.Literal("dig")), ("taskId", Draw.Bound("TaskId")), ("result", Draw.Bound("Found"))),
            Draw.Script("line", "'found ' + getVariable('Found').what")));
        definition["variables"] = new JsonArray(Draw.Variable("TaskId", "String"), Draw.Variable("Found"));
        var instance = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));
        var variables = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-instances/{instance}/variables");
        var taskId = (string)variables["items"]!.AsArray().Single(variable => (string)variable!["name"]! == "TaskId")!["value"]!;

        using var done = await host.Admin.SendAsync(HttpMethod.Post, $"/elsa/api/tasks/{taskId}/complete", new { result = new { what = "gold" } });

        done.IsSuccessStatusCode.Should().BeTrue();
        await host.Admin.WaitForAsync(instance, "Finished");
        (await host.Admin.LinesAsync(instance)).Should().Equal("found gold");
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/tasks/{taskId}/complete", new { })).Status.Should().Be(404);
    }

    [Fact]
    public async Task A_link_resumes_its_bookmark_and_no_other()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("by-link", Draw.Sequence(Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal("by-link"))), Draw.Line("line", "x"))));
        var instance = await host.Admin.ExecuteAsync(id);
        var bookmark = (string)(await host.Admin.InstanceAsync(instance))["workflowState"]!["bookmarks"]![0]!["id"]!;
        var link = (string)(await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/bookmarks/token", new { workflowInstanceId = instance, bookmarkId = bookmark }))["url"]!;

        using var forged = await host.Anonymous().GetAsync(new Uri(link[..^4] + "AAAA", UriKind.Relative));
        ((int)forged.StatusCode).Should().Be(400);
        ((string)(await host.Admin.InstanceAsync(instance))["subStatus"]!).Should().Be("Suspended");
        using var followed = await host.Anonymous().GetAsync(new Uri(link, UriKind.Relative));

        followed.IsSuccessStatusCode.Should().BeTrue();
        await host.Admin.WaitForAsync(instance, "Finished");
    }

    [Fact]
    public async Task A_link_sends_its_event_once_however_often_it_is_followed()
    {
        var name = Draw.NewId("by-event-link");
        var id = await host.Admin.PublishAsync(Draw.Definition(name, Draw.Sequence(
            Draw.Activity("Elsa.Event", "first", ("eventName", Draw.Literal(name))), Draw.Activity("Elsa.Event", "second", ("eventName", Draw.Literal(name))))));
        var instance = await host.Admin.ExecuteAsync(id);
        async Task<string> LinkAsync(object body) => (string)(await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/events/token", body))["url"]!;
        var link = await LinkAsync(new { eventName = name, workflowInstanceId = instance });

        (await host.Anonymous().GetAsync(new Uri(link[..^4] + "AAAA", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        foreach (var _ in new[] { 1, 2 })
            (await host.Anonymous().GetAsync(new Uri(link, UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.OK);
        for (var looks = 0; looks < 300 && (string?)(await host.Admin.InstanceAsync(instance))["workflowState"]!["bookmarks"]![0]!["activityId"] == "first"; looks++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        (await host.Admin.InstanceAsync(instance))["subStatus"]!.ToString().Should().Be("Suspended", "the second wait is for another event");
        (await host.Anonymous().GetAsync(new Uri(await LinkAsync(new { eventName = name, workflowInstanceId = instance }), UriKind.Relative))).EnsureSuccessStatusCode();

        await host.Admin.WaitForAsync(instance, "Finished");
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/events/token", new { })).Status.Should().Be(400);
        (await (await host.UserAsync("artefacts:read")).ElsaRefusedAsync(HttpMethod.Post, "/events/token", new { eventName = name })).Status.Should().Be(403);
    }

    [Fact]
    public async Task What_could_not_be_delivered_says_why_and_is_delivered_again_or_thrown_away()
    {
        const string letters = "/elsa/api/bookmark-queue/dead-letters";
        var gone = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        foreach (var name in new[] { "for-nobody", "for-nobody-else" })
            await host.Admin.SendAsync(HttpMethod.Post, $"/elsa/api/events/{name}/trigger", new { workflowInstanceId = gone });
        var found = new JsonArray();
        for (var looks = 0; looks < 300 && found.Count < 2; looks++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            found = (await host.Admin.OkAsync(HttpMethod.Get, $"{letters}?workflowInstanceId={gone}"))["items"]!.AsArray();
        }

        found.Should().HaveCount(2);
        found.Select(letter => letter!["reason"]!.ToString()).Should().OnlyContain(reason => reason.Contains(gone));
        var page = await host.Admin.OkAsync(HttpMethod.Post, letters, new { workflowInstanceId = gone, page = 1, pageSize = 1 });
        (page["items"]!.AsArray().Count, (int)page["totalCount"]!).Should().Be((1, 2));
        var (first, second) = (found[0]!["id"]!.ToString(), found[1]!["id"]!.ToString());
        (await host.Admin.OkAsync(HttpMethod.Get, $"{letters}/{first}"))["canReplay"]!.GetValue<bool>().Should().BeTrue();
        (await (await host.UserAsync("workflow-instances:read")).ElsaRefusedAsync(HttpMethod.Post, $"/bookmark-queue/dead-letters/{first}/replay", new { })).Status.Should().Be(403);
        var (_, other) = await host.TenantAsync("DeadLetters");
        (await other.ElsaRefusedAsync(HttpMethod.Get, $"/bookmark-queue/dead-letters/{first}")).Status.Should().Be(404);

        await host.Admin.SendAsync(HttpMethod.Delete, $"{letters}/{second}");
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Get, $"/bookmark-queue/dead-letters/{second}")).Status.Should().Be(404);
        var waits = await host.Admin.PublishAsync(Draw.Definition(Draw.NewId("late"), Draw.Sequence(Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal(found[0]!["name"]!.ToString()))))));
        await host.Admin.OkAsync(HttpMethod.Post, $"{Definitions}/{waits}/dispatch", new { instanceId = gone });
        await host.Admin.OkAsync(HttpMethod.Post, $"{letters}/{first}/replay", new { });

        await host.Admin.WaitForAsync(gone, "Finished");
        (await host.Admin.OkAsync(HttpMethod.Get, $"{letters}?workflowInstanceId={gone}"))["totalCount"]!.GetValue<int>().Should().Be(0);
    }

    [Theory]
    [InlineData("/labels", "Elsa.Labels")]
    [InlineData("/tenants", "Elsa.Tenants")]
    [InlineData("/identity/users", "Elsa.Identity")]
    [InlineData("/admin/workflow-runtime/status", "Elsa.WorkflowRuntimeAdmin")]
    [InlineData("/shells", "Elsa.Shells")]
    public async Task A_module_of_Elsas_that_is_not_here_is_not_found_and_not_among_the_features(string path, string feature)
    {
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Get, path)).Status.Should().Be(404);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Get, $"/features/installed/{feature}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task Output_converters_are_none_and_a_type_that_nobody_knows_is_refused()
    {
        foreach (var types in new[] { "sourceType=String&destinationType=Int32", "sourceType=String[]&destinationType=", "sourceType=Acme.Thing,%20Acme&destinationType=ObjectDictionary", "" })
            (await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/descriptors/output-converters?{types}"))["items"]!.AsArray().Should().BeEmpty();
        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Get, "/descriptors/output-converters?sourceType=String&destinationType=Nonsense");
        (status, errors.Single()).Should().Be((400, "There is no type Nonsense."));
    }

    [Fact]
    public async Task Instances_are_filtered_paged_counted_cancelled_and_deleted()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("many-instances", Draw.Sequence(Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal("never"))))));
        var ids = (await host.Admin.OkAsync(HttpMethod.Post, $"{Definitions}/{id}/bulk-dispatch", new { count = 5 }))["workflowInstanceIds"]!.AsArray()
            .Select(item => (string)item!).Order(StringComparer.Ordinal).ToList(); // made within a millisecond, they are listed by their keys

        var page = await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/workflow-instances", new { definitionId = id, page = 1, pageSize = 2, orderBy = "Created", orderDirection = "Ascending" });
        page["items"]!.AsArray().Select(item => (string)item!["id"]!).Should().Equal(ids[2], ids[3]);
        ((int)page["totalCount"]!).Should().Be(5);
        ((int)(await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/bulk-actions/cancel/workflow-instances", new { ids = ids.Take(2) }))["cancelled"]!).Should().Be(2);
        (await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/workflow-instances", new { definitionId = id, subStatuses = new[] { "Cancelled" } }))["items"]!.AsArray().Should().HaveCount(2);
        using var gone = await host.Admin.SendAsync(HttpMethod.Delete, $"/elsa/api/workflow-instances/{ids[4]}");
        gone.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-instances/{ids[4]}/journal", new { })).Status.Should().Be(404);
        ((int)(await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/bulk-actions/delete/workflow-instances/by-id", new { workflowDefinitionId = id }))["deleted"]!).Should().Be(4);
        ((int)(await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/bulk-actions/delete/workflow-instances/by-id", new { }))["deleted"]!).Should().Be(0, "nothing said is not everything");
    }

    [Fact]
    public async Task Descriptors_are_unique_and_whole()
    {
        var used = Draw.Definition("used-as-activity", Draw.Sequence(Draw.Line("line", "x")));
        used["options"] = new JsonObject { ["usableAsActivity"] = true };
        used["inputs"] = new JsonArray(new JsonObject { ["type"] = "String", ["name"] = "Name" });
        used["outcomes"] = new JsonArray("Yes", "No");
        await host.Admin.PublishAsync(used);

        var items = (await host.Admin.OkAsync(HttpMethod.Get, "/elsa/api/descriptors/activities?Refresh=True"))["items"]!.AsArray();

        items.Select(item => $"{item!["typeName"]} {item["version"]}").Should().OnlyHaveUniqueItems();
        foreach (var item in items)
        {
            foreach (var name in new[] { "inputs", "outputs", "ports", "customProperties", "constructionProperties", "category", "kind", "namespace", "name" })
                item![name].Should().NotBeNull($"{item["typeName"]}.{name}");
            item!["inputs"]!.AsArray().Where(input => input!["uiHint"] is null || input["isBrowsable"] is null).Should().BeEmpty();
        }
        // Studio makes the first trigger that is drawn the place where a workflow begins, so that only what can start one may be one.
        items.Where(item => (string)item!["kind"]! == "Trigger").Select(item => (string)item!["typeName"]!)
            .Should().BeEquivalentTo("Elsa.Cron", "Elsa.Event", "Elsa.HttpEndpoint", "Elsa.StartAt", "Elsa.Timer");
        var nested = items.Single(item => (string)item!["typeName"]! == "UsedAsActivity");
        nested!["ports"]!.AsArray().Where(port => (string)port!["type"]! == "Flow").Select(port => (string)port!["name"]!).Should().Equal("Yes", "No");
        foreach (var path in new[] { "expression-descriptors", "variables", "storage-drivers", "workflow-activation-strategies", "incident-strategies", "log-persistence-strategies", "commit-strategies/workflows", "output-converters?sourceType=String&destinationType=String" })
            (await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/descriptors/{path}"))["items"].Should().NotBeNull(path);
    }

    [Fact]
    public async Task Elsas_sign_in_gives_our_tokens()
    {
        var client = host.Anonymous();
        var signed = await client.OkAsync(HttpMethod.Post, "/elsa/api/identity/login", new { username = ApiHost.AdminEmail, password = ApiHost.Password });
        var wrong = await client.OkAsync(HttpMethod.Post, "/elsa/api/identity/login", new { username = ApiHost.AdminEmail, password = "wrong" });

        ((bool)wrong["isAuthenticated"]!).Should().BeFalse();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)signed["accessToken"]!);
        await client.OkAsync(HttpMethod.Get, "/elsa/api/features/installed");
        var again = await client.OkAsync(HttpMethod.Post, "/elsa/api/identity/refresh-token", new { refreshToken = (string)signed["refreshToken"]! });
        ((bool)again["isAuthenticated"]!).Should().BeTrue();
    }

    private async Task<IReadOnlyList<string>> LinesOfAsync(string id, string? versionOptions) =>
        await host.Admin.LinesAsync(await host.Admin.ExecuteAsync(id, new { versionOptions }));

    private static IEnumerable<string> Rels(JsonNode links) => links.AsArray().Select(link => (string)link!["rel"]!);
}
