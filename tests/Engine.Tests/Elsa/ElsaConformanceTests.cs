using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Elsa's own definitions over HTTP: what Elsa's tests expect of them.</summary>
[Collection(nameof(ApiHost))]
public sealed class ElsaConformanceTests(ApiHost host)
{
    private static readonly string[] HeadOfVersion = ["id", "version", "createdAt", "isLatest", "isPublished"];

    [Theory]
    [MemberData(nameof(ElsaFixtures.All), MemberType = typeof(ElsaFixtures))]
    public async Task Imported_exported_and_imported_again_it_is_the_same(string file)
    {
        if (!ElsaFixtures.AreThere)
            return;
        var original = ElsaFixtures.Read(file);
        var id = await host.Admin.ImportAsync(original);
        var first = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/{id}/export");

        await host.Admin.ImportAsync((JsonObject)first.DeepClone());
        var second = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/{id}/export");

        Canonical(second).Should().Be(Canonical(first));
        ((string)first["$schema"]!).Should().StartWith("https://elsaworkflows.io/schemas/workflow-definition/");
        if (original["root"] is not null)
            Canonical(first["root"]).Should().Be(Canonical(original["root"]), "what the author drew is kept as it was drawn");
    }

    [Theory]
    [MemberData(nameof(ElsaFixtures.All), MemberType = typeof(ElsaFixtures))]
    public async Task Every_activity_that_is_given_out_has_its_path_and_a_descriptor(string file)
    {
        if (!ElsaFixtures.AreThere)
            return;
        var id = await host.Admin.ImportAsync(file);
        var model = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/by-definition-id/{id}");
        var known = (await host.Admin.OkAsync(HttpMethod.Get, "/elsa/api/descriptors/activities?Refresh=True"))["items"]!.AsArray()
            .Select(descriptor => (string)descriptor!["typeName"]!).ToHashSet();

        var activities = Activities(model["root"]!).ToList();
        activities.Should().NotBeEmpty();
        foreach (var activity in activities)
        {
            ((string?)activity["nodeId"]).Should().StartWith("Workflow").And.EndWith(":" + (string)activity["id"]!);
            (known.Contains((string)activity["type"]!) || activity["workflowDefinitionId"] is not null).Should().BeTrue((string)activity["type"]!);
        }
    }

    [Theory]
    [InlineData("FlowchartCompletion/workflow1.json")]
    [InlineData("FlowchartCompletion/workflow2.json")]
    [InlineData("FlowchartCompletion/workflow3.json")]
    [InlineData("component/BasicWorkflows/hello-world.json")]
    [InlineData("component/WorkflowCompletion/hello-world.json")]
    [InlineData("component/WorkflowCompletion/fork.json")]
    [InlineData("component/RestApis/hello-world.json")]
    [InlineData("JsonObjectSerialization/instance-serialization.json")]
    [InlineData("component/WorkflowJsonStructures/main.json", "component/WorkflowJsonStructures/sub.json")]
    [InlineData("WorkflowDefinitionActivities/parent-with-io.json", "ExecuteWorkflow/child-with-input.json")]
    public async Task It_finishes(string file, string? other = null)
    {
        if (!ElsaFixtures.AreThere)
            return;
        if (other is not null)
            await host.Admin.ImportAndPublishAsync(other);
        var instance = await host.Admin.ExecuteAsync(await host.Admin.ImportAndPublishAsync(file));

        var finished = await host.Admin.WaitForAsync(instance, "Finished");

        finished["workflowState"]!["incidents"]!.AsArray().Should().BeEmpty();
    }

    [Theory]
    [InlineData("ExplicitJoins/join-any-1.json", "Start|End")]
    [InlineData("ExplicitJoins/join-all-1.json", "Start|Line 1|Line 2|End")]
    [InlineData("ImportAndExecute/writeline.json", "Dummy Text")]
    [InlineData("ImportAndExecute/implicit-loop.json", "Do something|Retry|Do something|Done")]
    [InlineData("ParentChildOutputMapping/calculator.json", "Result: 9", "ParentChildOutputMapping/sum.json")]
    [InlineData("WorkflowDefinitionActivities/parent-version-fallback.json", "Published version executed", "WorkflowDefinitionActivities/child-published-version.json")]
    [InlineData("WorkflowDefinitionActivities/parent-with-input.json", "Hello from parent!", "WorkflowDefinitionActivities/child-with-input.json")]
    [InlineData("WorkflowDefinitionActivities/parent-with-output.json", "Received from child: Child output value", "WorkflowDefinitionActivities/child-with-output.json")]
    [InlineData("ExecuteWorkflow/parent-with-wait.json", "Parent: Before child|Parent: After child", "ExecuteWorkflow/child-workflow.json")]
    [InlineData("ExecuteWorkflow/parent-no-wait.json", "Parent: Before child|Parent: After child", "ExecuteWorkflow/child-workflow.json")]
    [InlineData("ExecuteWorkflow/parent-capture-output.json", "Parent received: 42", "ExecuteWorkflow/child-with-output.json")]
    public async Task It_writes_these_lines(string file, string lines, string? other = null)
    {
        if (!ElsaFixtures.AreThere)
            return;
        if (other is not null)
            await host.Admin.ImportAndPublishAsync(other);
        var instance = await host.Admin.ExecuteAsync(await host.Admin.ImportAndPublishAsync(file));

        await host.Admin.WaitForAsync(instance, "Finished");

        (await host.Admin.LinesAsync(instance)).Should().Equal(lines.Split('|'));
    }

    [Fact]
    public async Task A_workflow_used_as_an_activity_completes_with_the_outcome_of_its_script()
    {
        if (!ElsaFixtures.AreThere)
            return;
        var child = ElsaFixtures.Read("ParentChildCompletion/child.json");
        child["definitionId"] = "b8b45fd4dbffad5d"; // by this its parent knows it
        await host.Admin.PublishAsync(child);

        var instance = await host.Admin.ExecuteAsync(await host.Admin.ImportAndPublishAsync("ParentChildCompletion/parent.json"));

        await host.Admin.WaitForAsync(instance, "Finished");
    }

    [Fact]
    public async Task Inputs_of_a_workflow_shadow_those_of_the_one_that_uses_it()
    {
        if (!ElsaFixtures.AreThere)
            return;
        await host.Admin.ImportAndPublishAsync("ParentChildInputs/child.json");
        var parent = await host.Admin.ImportAndPublishAsync("ParentChildInputs/parent1.json");

        var instance = await host.Admin.ExecuteAsync(parent, new { input = new { Input1 = "Foo" } });

        (await host.Admin.LinesAsync(instance)).Should().Equal("Parent: Foo", "Child: Bar");
        ((string)(await host.Admin.WaitForAsync(instance, "Finished"))["workflowState"]!["output"]!["Output1"]!).Should().Be("Bar");
    }

    [Fact]
    public async Task A_container_waits_for_the_event_inside_it()
    {
        if (!ElsaFixtures.AreThere)
            return;
        var definition = ElsaFixtures.Read("FlowchartCompletion/workflow5.json");
        var eventName = Activities(definition["root"]!).Select(activity => activity["eventName"]?["expression"]?["value"]).OfType<JsonValue>().Select(value => (string)value!).Single();
        var instance = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));
        await host.Admin.WaitForAsync(instance, "Suspended");

        using var sent = await host.Admin.SendAsync(HttpMethod.Post, $"/elsa/api/events/{Uri.EscapeDataString(eventName)}/trigger", new { workflowInstanceId = instance });

        sent.IsSuccessStatusCode.Should().BeTrue();
        await host.Admin.WaitForAsync(instance, "Finished");
    }

    [Theory]
    [InlineData("WorkflowOutputMapping/workflow-output.json", null)]
    [InlineData("ParentChildOutputMapping/consumer.json", "ParentChildOutputMapping/producer.json")]
    [InlineData("ImportAndPublish/bad-cron-expression.json", null)]
    public async Task It_is_refused_at_publish_with_the_activity_named(string file, string? other)
    {
        if (!ElsaFixtures.AreThere)
            return;
        if (other is not null)
            await host.Admin.ImportAndPublishAsync(other);
        var id = await host.Admin.ImportAsync(file);

        using var answer = await host.Admin.SendAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/{id}/publish", new { });

        ((int)answer.StatusCode).Should().Be(400);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var places = error["errors"]!.AsObject();
        places.Should().NotBeEmpty();
        places.Select(place => place.Key).Should().OnlyContain(place => place.StartsWith("Workflow", StringComparison.Ordinal), "the path of the activity");
        if (file.Contains("cron", StringComparison.Ordinal))
            places.Single().Value!.AsArray().Single()!.ToString().Should().StartWith("Error when parsing cron expression: ");
    }

    [Theory]
    [InlineData("ImportAndPublish/cron-every-hour.json")]
    [InlineData("ImportAndPublish/timer-workflow.json")]
    public async Task It_is_published_and_can_be_retracted(string file)
    {
        if (!ElsaFixtures.AreThere)
            return;
        var id = await host.Admin.ImportAndPublishAsync(file);

        var retracted = await host.Admin.OkAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/{id}/retract", new { });

        ((bool)retracted["isPublished"]!).Should().BeFalse();
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-definitions/{id}/execute", new { })).Status.Should().Be(404);
    }

    [Fact]
    public async Task Two_workflows_cannot_serve_one_path()
    {
        if (!ElsaFixtures.AreThere)
            return;
        var id = await host.Admin.ImportAndPublishAsync("ImportAndPublish/http-workflow.json");
        var copy = await host.Admin.ImportAsync("ImportAndPublish/http-workflow.json");

        copy.Should().NotBe(id, "a file without a definition id is a new definition each time");
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-definitions/{copy}/publish", new { })).Errors
            .Should().Equal("The /test path and get method are already in use by another workflow!");
        await host.Admin.OkAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/{id}/retract", new { });
    }

    [Fact]
    public async Task Publishing_a_child_moves_its_parents_to_it()
    {
        if (!ElsaFixtures.AreThere)
            return;
        var child = ElsaFixtures.Read("DependencyWorkflowsPublishing/child.json");
        var childId = await host.Admin.PublishAsync(child);
        var parent = await host.Admin.ImportAndPublishAsync("DependencyWorkflowsPublishing/parent.json");

        (await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/{childId}/consumers"))["consumingWorkflowDefinitionIds"]!.AsArray()
            .Select(id => (string)id!).Should().Contain(parent);
        var again = await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model = child, publish = true });

        var number = (int)again["workflowDefinition"]!["version"]!;
        number.Should().BeGreaterThan(1);
        ((int)again["consumingWorkflowCount"]!).Should().Be(1);
        var moved = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/{parent}?versionOptions=Published");
        Activities(moved["root"]!).Where(activity => (string?)activity["workflowDefinitionId"] == childId).Select(activity => (int)activity["version"]!).Should().AllBeEquivalentTo(number);
    }

    [Fact]
    public async Task A_nested_workflow_is_given_out_only_where_somebody_looks_into_it()
    {
        if (!ElsaFixtures.AreThere)
            return;
        await host.Admin.ImportAndPublishAsync("component/WorkflowJsonStructures/sub.json");
        var id = await host.Admin.ImportAndPublishAsync("component/WorkflowJsonStructures/main.json");
        var model = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/{id}");
        var nested = Activities(model["root"]!).First(activity => activity["workflowDefinitionId"] is not null && (string)activity["id"]! == "f19ae76011a020f3");
        nested["root"].Should().BeNull();

        var node = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/subgraph/{model["id"]}?parentNodeId={nested["nodeId"]}");

        ((string)node["activity"]!["nodeId"]!).Should().Be("Workflow2:4d5af7585eece1d7:f19ae76011a020f3");
        var inner = node["activity"]!["root"]!["root"]!["activities"]![0]!;
        ((string)inner["type"]!).Should().Be("Elsa.WriteLine");
        var segments = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/subgraph/segments/{model["id"]}?childNodeId={inner["nodeId"]}");
        segments["pathSegments"]!.AsArray().Select(segment => (string)segment!["activityNodeId"]!).Should().Equal((string)nested["nodeId"]!);
        ((string)segments["container"]!["activity"]!["type"]!).Should().Be("Elsa.Flowchart");
    }

    [Fact]
    public async Task An_endpoint_answers_what_the_workflow_writes()
    {
        if (!ElsaFixtures.AreThere)
            return;
        var id = await host.Admin.ImportAndPublishAsync("component/HttpWorkflows/http-hello-world.json");

        using var answer = await host.Anonymous().GetAsync(new Uri("/workflows/hello-world", UriKind.Relative));
        (await answer.Content.ReadAsStringAsync()).Should().Be("Hello World!");
        using var head = await host.Anonymous().SendAsync(HttpMethod.Delete, "/workflows/hello-world");
        ((int)head.StatusCode).Should().Be(404);

        await host.Admin.OkAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/{id}/retract", new { });
        using var gone = await host.Anonymous().GetAsync(new Uri("/workflows/hello-world", UriKind.Relative));
        ((int)gone.StatusCode).Should().Be(404);
    }

    [Fact]
    public async Task A_workflow_of_workflows_serves_its_path_again_and_again()
    {
        if (!ElsaFixtures.AreThere)
            return;
        foreach (var name in new[] { "grand-child", "child", "parent" })
            await host.Admin.ImportAndPublishAsync($"component/CachingAndWorkflowDefinitionActivity/workflow-definition-{name}.json");

        for (var i = 0; i < 5; i++)
        {
            using var answer = await host.Anonymous().SendAsync(HttpMethod.Post, "/workflows/parent", new { });
            ((int)answer.StatusCode).Should().Be(200, await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task An_instance_moves_to_another_version()
    {
        if (!ElsaFixtures.AreThere)
            return;
        var one = ElsaFixtures.Read("Alterations/version-1.json");
        // The fixture's flowchart is empty; something must wait in it for there to be an instance to move.
        foreach (var version in new[] { one, ElsaFixtures.Read("Alterations/version-2.json") })
            version["root"]!["activities"] = new JsonArray(new JsonObject { ["id"] = "wait", ["type"] = "Elsa.Event", ["version"] = 1, ["eventName"] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "never" } } });
        var id = await host.Admin.PublishAsync(one);
        var instance = await host.Admin.ExecuteAsync(id);
        var next = (int)(await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model = one, publish = true }))["workflowDefinition"]!["version"]!;
        object[] alterations = [new { type = "Migrate", targetVersion = next }];

        var result = await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/alterations/run", new { alterations, workflowInstanceIds = new[] { instance } });

        ((bool)result["results"]![0]!["isSuccessful"]!).Should().BeTrue(result.ToJsonString());
        ((int)(await host.Admin.InstanceAsync(instance))["version"]!).Should().Be(next);
    }

    internal static IEnumerable<JsonObject> Activities(JsonNode node) => node switch
    {
        JsonObject json when json["type"] is JsonValue && json["id"] is JsonValue && json["typeName"] is null =>
            json.Where(member => member.Key is not ("metadata" or "customProperties" or "variables")).SelectMany(member => member.Value is null ? [] : Activities(member.Value)).Prepend(json),
        JsonObject json => json.Where(member => member.Key is not ("expression" or "variable")).SelectMany(member => member.Value is null ? [] : Activities(member.Value)),
        JsonArray items => items.SelectMany(item => item is null ? [] : Activities(item)),
        _ => [],
    };

    /// <summary>Members sorted by name, and without what the server says of a version.</summary>
    private static string Canonical(JsonNode? node)
    {
        var copy = node?.DeepClone();
        if (copy is JsonObject top && top["$schema"] is not null)
        {
            foreach (var name in HeadOfVersion)
                top.Remove(name);
        }
        return Sorted(copy)?.ToJsonString() ?? "null";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
