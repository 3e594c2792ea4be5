using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

using static Switchboard.Engine.Tests.Bursts.Workflows;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>Test cases that stand in a workflow's definition: they run on request and before it is published, and leave no trace.</summary>
[Collection(nameof(ApiHost))]
public sealed class WorkflowTestTests(ApiHost host)
{
    [Fact]
    public async Task They_run_the_whole_runtime_and_leave_no_trace()
    {
        var (_, client) = await host.TenantAsync("Trying");
        await SaveAsync(client, "billing", Simple("billing", """{"name": "it says hello", "expect": {"path": ["hello"]}}"""));
        await client.OkAsync(HttpMethod.Post, "/api/artefacts/workflow/billing/draft/publish", new { });
        await SaveAsync(client, "trying", Definition(new JsonObject
        {
            ["name"] = "all kinds of stimuli",
            ["at"] = "2026-03-02T09:00:00Z",
            ["input"] = new JsonObject { ["customer"] = "Contoso" },
            ["steps"] = JsonNode.Parse("""
                [
                  {"advance": "P1D", "expect": {"waits": ["wait"]}},
                  {"until": "2026-03-04T09:00:00Z", "expect": {"waits": ["order"], "path": ["wait"]}},
                  {"event": "order.placed", "payload": {"total": 12}, "expect": {"tasks": [{"title": "Call Contoso", "status": "open"}]}},
                  {"task": "Call Contoso", "outcome": "reached", "data": {"note": "fine"}, "expect": {"waits": ["ask"], "tasks": [{"status": "done", "outcome": "reached"}]}},
                  {"http": "ask", "status": 200, "body": {"ok": true}, "expect": {"waits": ["child"], "dispatched": ["billing"]}},
                  {"child": "billing", "output": {"invoice": "17"}}
                ]
                """),
            ["expect"] = JsonNode.Parse("""{"status": "Finished", "path": ["wait", "order", "call", "ask", "child", "say"]}"""),
        }));

        var tested = await client.OkAsync(HttpMethod.Post, "/api/artefacts/workflow/trying/draft/test");

        tested.ToJsonString().Should().Be("""{"passed":true,"tests":[{"name":"all kinds of stimuli","passed":true,"detail":null}]}""");
        (await client.OkAsync(HttpMethod.Get, "/api/tasks"))["items"]!.AsArray().Should().BeEmpty();
        (await client.OkAsync(HttpMethod.Post, "/elsa/api/workflow-instances", new { }))["totalCount"]!.GetValue<int>().Should().Be(0);
    }

    [Fact]
    public async Task A_test_that_fails_refuses_the_publishing_over_both_APIs_and_says_what_came_out()
    {
        var (_, client) = await host.TenantAsync("Gating");
        var definition = Simple("gating", """{"name": "it says goodbye", "expect": {"status": "Finished", "path": ["goodbye"]}}""");
        await SaveAsync(client, "gating", definition);

        using var refused = await client.SendAsync(HttpMethod.Post, "/api/artefacts/workflow/gating/draft/publish", new { });
        var problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        ((int)refused.StatusCode, (string?)problem["code"]).Should().Be((422, "test_failed"));
        problem["detail"]!.ToString().Should().Contain("\"it says goodbye\"").And.Contain("""path is ["hello"], not ["goodbye"]""");

        using var elsa = await client.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model = definition, publish = true });
        elsa.StatusCode.Should().NotBe(HttpStatusCode.OK);
        (await elsa.Content.ReadAsStringAsync()).Should().Contain("it says goodbye");
        (await client.RefusedAsync(HttpMethod.Get, "/api/artefacts/workflow/gating/versions/1")).Status.Should().Be(404);

        await SaveAsync(client, "gating", Simple("gating", """{"name": "it says hello", "expect": {"status": "Finished", "path": ["hello"]}}"""));
        (await client.OkAsync(HttpMethod.Post, "/api/artefacts/workflow/gating/draft/publish", new { }))["version"]!.GetValue<int>().Should().Be(1);
    }

    [Theory]
    [InlineData("""{"expect": {"status": "Finished"}}""", "needs a name")]
    [InlineData("""{"name": "a"}""", "expects something")]
    [InlineData("""{"name": "a", "expect": {"stats": "Finished"}}""", "stats is not known")]
    [InlineData("""{"name": "a", "steps": [{"advance": "soon"}], "expect": {"status": "Finished"}}""", "no span of time")]
    [InlineData("""{"name": "a", "steps": [{"action": "x", "event": "y"}], "expect": {"status": "Finished"}}""", "exactly one of")]
    [InlineData("""{"name": "a", "records": [{"type": "nothings"}], "expect": {"status": "Finished"}}""", "type of record")]
    public async Task A_test_that_cannot_be_read_is_named_with_its_place(string test, string why)
    {
        var client = host.Admin;
        await SaveAsync(client, "unreadable", Simple("unreadable", test));

        var checkedNow = await client.OkAsync(HttpMethod.Post, "/api/artefacts/workflow/unreadable/draft/validate");

        var problem = checkedNow["problems"]!.AsArray().Should().ContainSingle(problem => (string?)problem!["code"] == "invalid_test").Which!;
        problem["message"]!.ToString().Should().StartWith("customProperties.tests[0]:").And.Contain(why);
        (await client.RefusedAsync(HttpMethod.Post, "/api/artefacts/workflow/unreadable/draft/publish", new { })).Should().Be((422, "artefact_invalid"));
    }

    [Fact]
    public async Task A_save_of_Studio_and_an_export_keep_them()
    {
        var client = host.Admin;
        var definition = Simple("kept-tests", """{"name": "it says hello", "input": {"deep": [1, {"a": null}]}, "expect": {"path": ["hello"]}}""");
        await SaveAsync(client, "kept-tests", definition);
        var model = await client.OkAsync(HttpMethod.Get, "/elsa/api/workflow-definitions/by-definition-id/kept-tests?versionOptions=Latest");
        JsonNode.DeepEquals(model["customProperties"]!["tests"], definition["customProperties"]!["tests"]).Should().BeTrue();

        await client.OkAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model, publish = true });
        var exported = await client.OkAsync(HttpMethod.Get, "/elsa/api/workflow-definitions/kept-tests/export?versionOptions=Latest");

        JsonNode.DeepEquals(exported["customProperties"], definition["customProperties"]).Should().BeTrue();
    }

    private static JsonObject Simple(string id, string test)
    {
        var definition = Definition(JsonNode.Parse(test)!.AsObject());
        (definition["definitionId"], definition["name"]) = (id, id);
        definition["root"] = Activity("Elsa.Sequence", "root", ("activities", new JsonArray(Activity("Elsa.WriteLine", "hello", ("text", Literal("hello"))))));
        return definition;
    }

    private static JsonObject Definition(JsonObject test) => new()
    {
        ["definitionId"] = "trying",
        ["name"] = "trying",
        ["customProperties"] = new JsonObject { ["tests"] = new JsonArray(test) },
        ["inputs"] = new JsonArray(new JsonObject { ["name"] = "customer", ["type"] = "String" }),
        ["root"] = Activity("Elsa.Sequence", "root", ("activities", new JsonArray(
            Activity("Elsa.Delay", "wait", ("timeSpan", Literal("2.00:00:00"))),
            Activity("Elsa.Event", "order", ("eventName", Literal("order.placed"))),
            Activity("Switchboard.UserTask", "call", ("title", new JsonObject
            {
                ["typeName"] = "String",
                ["expression"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "`Call ${getInput('customer')}`" },
            }), ("outcomes", new JsonObject { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = "Object", ["value"] = """["reached"]""" } })),
            Activity("Elsa.SendHttpRequest", "ask", ("url", Literal("https://carrier.example/numbers")), ("method", Literal("GET"))),
            Activity("Elsa.DispatchWorkflow", "child", ("workflowDefinitionId", Literal("billing")), ("waitForCompletion", Literal(true))),
            Activity("Elsa.WriteLine", "say", ("text", Literal("done")))))),
    };

    private static async Task SaveAsync(HttpClient client, string key, JsonObject definition)
    {
        using var saved = await client.RawAsync("PUT", $"/api/artefacts/workflow/{key}/draft", Encoding.UTF8.GetBytes(definition.ToJsonString()), "application/json");
        saved.StatusCode.Should().Be(HttpStatusCode.OK, await saved.Content.ReadAsStringAsync());
    }
}
