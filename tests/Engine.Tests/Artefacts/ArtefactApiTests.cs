using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>Drafts, versions, publishing and what it refuses, over HTTP.</summary>
[Collection(nameof(ApiHost))]
public sealed class ArtefactApiTests(ApiHost host)
{
    private const string Greeting = """
        {{!-- test: {"name": "greets", "input": {"name": "Ada"}, "contains": ["Hello Ada"]} --}}
        Hello {{name}}!
        """;

    [Fact]
    public async Task Of_two_authors_the_second_is_told_that_the_first_has_saved()
    {
        using var created = await host.Admin.SaveAsync("template", "two-authors", Greeting);
        var tag = created.Headers.ETag!.ToString();

        using var first = await host.Admin.SaveAsync("template", "two-authors", Greeting + "A", tag);
        using var second = await host.Admin.SaveAsync("template", "two-authors", Greeting + "B", tag);

        first.IsSuccessStatusCode.Should().BeTrue();
        (await second.ProblemAsync()).Should().Be((412, "stale_version"));
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/two-authors/draft"))["content"]!.ToString().Should().EndWith("A");
        using var third = await host.Admin.SaveAsync("template", "two-authors", Greeting + "C", first.Headers.ETag!.ToString());
        third.IsSuccessStatusCode.Should().BeTrue();
    }

    [Fact]
    public async Task The_tag_of_a_draft_is_none_any_more_once_it_is_published()
    {
        using var created = await host.Admin.SaveAsync("template", "tags", Greeting);
        var published = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/template/tags/draft/publish", new { comment = "First" });

        using var late = await host.Admin.SaveAsync("template", "tags", Greeting, created.Headers.ETag!.ToString());

        published["version"]!.GetValue<int>().Should().Be(1);
        (await late.ProblemAsync()).Should().Be((412, "stale_version"));
        using var current = await host.Admin.SendAsync(HttpMethod.Get, "/api/artefacts/template/tags");
        using var next = await host.Admin.SaveAsync("template", "tags", Greeting, current.Headers.ETag!.ToString());
        next.IsSuccessStatusCode.Should().BeTrue();
    }

    [Fact]
    public async Task A_table_differs_by_rows_and_cells_and_a_row_that_moved_is_one_change()
    {
        const string First = """
            <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"><decision id="risk" name="Risk">
            <decisionTable hitPolicy="FIRST"><input id="i" label="Amount"><inputExpression typeRef="number"><text>amount</text></inputExpression></input><output id="o" name="level" typeRef="string"/>
            <rule id="r1"><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule>
            <rule id="r2"><inputEntry><text>&lt; 100</text></inputEntry><outputEntry><text>"middle"</text></outputEntry></rule>
            <rule id="r3"><inputEntry><text>-</text></inputEntry><outputEntry><text>"high"</text></outputEntry></rule></decisionTable></decision></definitions>
            """;
        var moved = First.Split('\n');
        (moved[2], moved[3]) = (moved[3], moved[2]);
        using var broken = await host.Admin.SaveAsync("decision", "table", First.Replace("</inputExpression>", "", StringComparison.Ordinal));
        (await broken.ProblemOfAsync())["problems"]![0]!["line"]!.GetValue<int>().Should().Be(2);
        using var hostile = await host.Admin.SaveAsync("decision", "table", "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><definitions>&a;</definitions>");
        (await hostile.ProblemAsync()).Should().Be((422, "artefact_syntax"));

        await host.Admin.PublishAsync("decision", "table", First);
        using var saved = await host.Admin.SaveAsync("decision", "table", string.Join('\n', moved).Replace("\"high\"", "\"very high\"", StringComparison.Ordinal));
        var changes = (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/decision/table/diff?from=1&to=draft"))["changes"]!.AsArray();
        var spaced = await host.Admin.PublishAsync("decision", "table", First.Replace("<rule", "\n  <rule", StringComparison.Ordinal));

        changes.Select(change => $"{change!["change"]} {change["what"]} {change["id"]} {change["member"]} {change["from"]} {change["to"]}").Should().BeEquivalentTo(
            "changed row risk/r3 level \"high\" \"very high\"", "moved row risk/r2  2 1");
        spaced["hash"]!.ToString().Should().Be((await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/decision/table/versions/1"))["hash"]!.ToString(), "white space decides nothing");
    }

    [Fact]
    public async Task A_workflow_differs_by_nodes_that_were_added_removed_changed_and_moved()
    {
        var before = JsonNode.Parse("""
            {"definitionId": "drawn", "name": "drawn", "root": {"id": "chart", "type": "Elsa.Flowchart", "version": 1,
             "activities": [
              {"id": "first", "type": "Elsa.WriteLine", "version": 1, "text": {"typeName": "String", "expression": {"type": "Literal", "value": "old"}},
               "metadata": {"displayText": "Greet", "designer": {"position": {"x": 0, "y": 0}}}},
              {"id": "gone", "type": "Elsa.WriteLine", "version": 1, "metadata": {"designer": {"position": {"x": 300, "y": 0}}}},
              {"id": "steps", "type": "Elsa.Sequence", "version": 1, "metadata": {"designer": {"position": {"x": 600, "y": 0}}}, "activities": [
               {"id": "one", "type": "Elsa.WriteLine", "version": 1}, {"id": "two", "type": "Elsa.WriteLine", "version": 1}, {"id": "three", "type": "Elsa.WriteLine", "version": 1}]}],
             "connections": [{"source": {"activity": "first", "port": "Done"}, "target": {"activity": "gone", "port": "In"}}]}}
            """)!;
        await host.Admin.PublishAsync("workflow", "drawn", before.ToJsonString());
        var activities = before["root"]!["activities"]!.AsArray();
        activities[0]!["text"]!["expression"]!["value"] = "new";
        activities[0]!["metadata"]!["displayText"] = "Welcome";
        activities[0]!["metadata"]!["designer"]!["position"]!["y"] = 200;
        activities.RemoveAt(1);
        var steps = activities[1]!["activities"]!.AsArray();
        var one = steps[0]!;
        steps.RemoveAt(0);
        steps.Add(one);
        activities.Add(JsonNode.Parse("""{"id": "extra", "type": "Elsa.WriteLine", "version": 1}"""));
        before["root"]!["connections"]![0]!["target"]!["activity"] = "extra";
        using var saved = await host.Admin.SaveAsync("workflow", "drawn", before.ToJsonString());
        saved.EnsureSuccessStatusCode();

        var changes = (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/workflow/drawn/diff?from=1&to=draft"))["changes"]!.AsArray();

        changes.Select(change => $"{change!["change"]} {change["what"]} {change["id"]} {change["member"]}").Should().BeEquivalentTo(
            "removed node gone ", "removed connection first:Done → gone:In ", "added node extra ", "added connection first:Done → extra:In ",
            "changed node first text", "changed node first displayText", "moved node first ", "moved node one ");
        var moved = changes.Single(change => $"{change!["change"]} {change["id"]}" == "moved first")!;
        moved["label"]!.ToString().Should().Be("Welcome");
        moved["to"]!.ToJsonString().Should().Be("""{"in":"chart","slot":"Activities","x":0,"y":200}""");
        changes.Single(change => $"{change!["change"]} {change["id"]}" == "moved one")!["to"]!.GetValue<int>().Should().Be(3);
    }

    [Theory]
    [InlineData("workflow", "{\n  \"definitionId\": }", 2)]
    [InlineData("form", "{\"schemaVersion\": 9,\n \"components\": [ }", 2)]
    [InlineData("form", "{\"schemaVersion\": 9, \"components\": [\n{\"type\": \"html\", \"id\": \"x1\"}]}", 2)]
    [InlineData("calendar", "name: x\ntimezone: [UTC", 3)]
    [InlineData("calendar", "name: x\ntimezone: Nowhere/Town\n", 2)]
    [InlineData("template", "Hello\n{{#if x}}\nnever ended", null)]
    public async Task What_does_not_parse_is_refused_with_its_place(string kind, string content, int? line)
    {
        using var answer = await host.Admin.SaveAsync(kind, "broken", content);

        var problem = await answer.ProblemOfAsync();
        ((int)answer.StatusCode).Should().Be(422, problem.ToJsonString());
        problem["code"]!.ToString().Should().Be("artefact_syntax");
        if (line is not null)
            problem["problems"]![0]!["line"]!.GetValue<int>().Should().Be(line, problem.ToJsonString());
        (await host.Admin.RefusedAsync(HttpMethod.Get, $"/api/artefacts/{kind}/broken")).Should().Be((404, "not_found"));
    }

    [Fact]
    public async Task A_failing_test_blocks_publishing_by_its_name()
    {
        using var saved = await host.Admin.SaveAsync("template", "wrong", Greeting.Replace("Hello {{", "Bye {{", StringComparison.Ordinal));
        saved.EnsureSuccessStatusCode();

        var problem = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/template/wrong/draft/publish", new { comment = "Oops" });

        problem["code"]!.ToString().Should().Be("test_failed");
        problem["status"]!.GetValue<int>().Should().Be(422);
        problem["detail"]!.ToString().Should().Contain("\"greets\"");
        problem["tests"]![0]!["detail"]!.ToString().Should().Contain("Bye Ada");
        var tested = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/template/wrong/draft/test");
        tested["passed"]!.GetValue<bool>().Should().BeFalse();
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/wrong"))["state"]!.ToString().Should().Be("draft");
    }

    [Fact]
    public async Task A_published_version_stays_as_it_is_and_an_old_one_can_be_published_again()
    {
        var first = await host.Admin.PublishAsync("template", "versions", Greeting);
        var second = await host.Admin.PublishAsync("template", "versions", Greeting + "\nBye.");

        var restored = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/template/versions/versions/1/restore", new { comment = "Back" });

        (second["version"]!.GetValue<int>(), restored["version"]!.GetValue<int>()).Should().Be((2, 3));
        restored["hash"]!.ToString().Should().Be(first["hash"]!.ToString()).And.NotBe(second["hash"]!.ToString());
        restored["author"]!.ToString().Should().NotBeEmpty();
        var versions = (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/versions/versions"))["items"]!.AsArray();
        versions.Select(version => (version!["version"]!.GetValue<int>(), version["state"]!.ToString(), version["comment"]!.ToString()))
            .Should().Equal((3, "published", "Back"), (2, "superseded", "A test"), (1, "superseded", "A test"));
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/versions/versions/2"))["content"]!.ToString().Should().EndWith("Bye.");
    }

    [Fact]
    public async Task A_tenants_version_lies_above_the_shipped_one_and_others_do_not_see_it()
    {
        var (_, other) = await host.TenantAsync("ArtefactsElsewhere");
        var shipped = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/calendar/standard");
        shipped["shipped"]!.GetValue<bool>().Should().BeTrue();

        var own = await other.PublishAsync("calendar", "standard", shipped["content"]!.ToString().Replace("saturday: []", "saturday: [{ open: \"10:00\", close: \"12:00\" }]", StringComparison.Ordinal));
        using var saved = await other.SaveAsync("template", "secret", Greeting);

        own["version"]!.GetValue<int>().Should().Be(2);
        (await other.OkAsync(HttpMethod.Get, "/api/artefacts/calendar/standard"))["hash"]!.ToString().Should().Be(own["hash"]!.ToString());
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/calendar/standard"))["hash"]!.ToString().Should().Be(shipped["hash"]!.ToString());
        foreach (var path in new[] { "", "/draft", "/versions", "/versions/1", "/diff?from=1&to=draft" })
            (await host.Admin.RefusedAsync(HttpMethod.Get, $"/api/artefacts/template/secret{path}")).Status.Should().Be(404, path);
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts"))["items"]!.AsArray().Select(item => item!["key"]!.ToString()).Should().NotContain("secret");
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/template/secret/draft/publish")).Should().Be((404, "no_draft"));
    }

    [Fact]
    public async Task What_somebody_uses_cannot_be_taken_away_and_what_nobody_has_cannot_be_used()
    {
        await host.Admin.PublishAsync("template", "used", Greeting);
        using var saved = await host.Admin.SaveAsync("workflow", "uses-missing", Sending("uses-missing", "usd"));
        var missing = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/workflow/uses-missing/draft/publish");
        await host.Admin.PublishAsync("workflow", "uses-it", Sending("uses-it", "used"));

        var retract = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/template/used/retract");

        (missing["status"]!.GetValue<int>(), missing["code"]!.ToString()).Should().Be((422, "artefact_invalid"));
        missing["detail"]!.ToString().Should().Contain("usd").And.Contain("the nearest is used");
        (retract["status"]!.GetValue<int>(), retract["code"]!.ToString()).Should().Be((409, "breaks_others"));
        retract["usedBy"]!.AsArray().Should().ContainSingle().Which!["key"]!.ToString().Should().Be("uses-it");
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/used/usages"))["items"]!.AsArray().Should().ContainSingle()
            .Which!["place"]!.ToString().Should().Be("send.template");

        await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/workflow/uses-it/retract", new { comment = "No longer" });
        await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/template/used/retract");
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/used/usages"))["items"]!.AsArray().Should().BeEmpty();
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/template/used/retract")).Should().Be((409, "not_published"));
    }

    [Fact]
    public async Task Who_would_break_is_told_before_a_draft_is_published()
    {
        const string Model = """
            <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"><decision id="risk" name="risk">
            <literalExpression><text>"low"</text></literalExpression></decision></definitions>
            """;
        await host.Admin.PublishAsync("decision", "breaking", Model);
        await host.Admin.PublishAsync("workflow", "would-break", """
            {"definitionId": "would-break", "name": "would-break", "root": {"id": "ask", "type": "Switchboard.Decide", "version": 1,
             "decision": {"typeName": "String", "expression": {"type": "Literal", "value": "breaking#risk"}}}}
            """);
        using var harmless = await host.Admin.SaveAsync("decision", "breaking", Model.Replace("low", "high", StringComparison.Ordinal));
        var nobody = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/decision/breaking/draft/validate");
        using var renamed = await host.Admin.SaveAsync("decision", "breaking", Model.Replace("\"risk\"", "\"danger\"", StringComparison.Ordinal));

        var told = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/decision/breaking/draft/validate");
        var refused = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/decision/breaking/draft/publish");

        nobody["breaks"]!.AsArray().Should().BeEmpty();
        told["breaks"]!.AsArray().Should().ContainSingle().Which!["key"]!.ToString().Should().Be("would-break");
        told["breaks"]![0]!["reason"]!.ToString().Should().Contain("risk").And.Contain("danger");
        refused["code"]!.ToString().Should().Be("breaks_others");
        refused["usedBy"]!.ToJsonString().Should().Be(told["breaks"]!.ToJsonString());
    }

    [Fact]
    public async Task A_field_knows_the_shipped_workflows_that_use_it()
    {
        var usages = (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/field/phone-numbers.rejectionCode/usages"))["items"]!.AsArray();

        usages.Select(usage => usage!["key"]!.ToString()).Should().Contain("number-porting");
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/workflow/number-porting/retract")).Should().Be((409, "breaks_others"), "records of a type have it as their lifecycle");
    }

    [Fact]
    public async Task A_difference_speaks_of_nodes_and_components_and_not_of_lines()
    {
        await host.Admin.PublishAsync("workflow", "differs", Sending("differs", "port-day"));
        using var changed = await host.Admin.SaveAsync("workflow", "differs", Sending("differs", "loa-rejected"));
        const string Form = """{"schemaVersion": 9, "components": [{"type": "textfield", "id": "a", "key": "a", "label": "A"}, {"type": "number", "id": "b", "key": "b"}]}""";
        await host.Admin.PublishAsync("form", "differs", Form);
        using var form = await host.Admin.SaveAsync("form", "differs", Form.Replace("\"A\"", "\"Name\"", StringComparison.Ordinal).Replace("\"b\"", "\"c\"", StringComparison.Ordinal));

        var workflow = (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/workflow/differs/diff?from=1&to=draft"))["changes"]!.AsArray();
        var fields = (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/form/differs/diff?from=1&to=draft"))["changes"]!.AsArray();

        workflow.Should().ContainSingle(change => change!["change"]!.ToString() == "changed" && change["id"]!.ToString() == "send" && change["member"]!.ToString() == "template");
        fields.Select(change => $"{change!["change"]} {change["id"]} {change["member"]}").Should().BeEquivalentTo("removed b ", "added c ", "changed a label");
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/artefacts/form/differs/diff?from=x&to=1")).Should().Be((400, "invalid_version"));
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/artefacts/form/differs/diff?from=7&to=1")).Should().Be((404, "not_found"));
    }

    [Fact]
    public async Task A_template_cannot_become_another_sort_of_document_under_those_who_use_it()
    {
        var script = (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/teams-assign-numbers"))["content"]!.ToString();
        script.Should().StartWith("{{!-- target: ps1 --}}\n");
        using var saved = await host.Admin.SaveAsync("template", "teams-assign-numbers", "{{!-- target: html --}}\n<p>{{migration.name}}</p>\n");

        var problem = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/template/teams-assign-numbers/draft/publish");

        problem["problems"]![0]!["code"]!.ToString().Should().Be("target_changed");
        await host.Admin.SendAsync(HttpMethod.Delete, "/api/artefacts/template/teams-assign-numbers/draft");
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/artefacts/template/teams-assign-numbers/draft")).Should().Be((404, "no_draft"));
    }

    [Fact]
    public async Task Every_call_asks_for_its_permission()
    {
        var reader = await host.UserAsync("artefacts:read");
        var writer = await host.UserAsync("artefacts:read", "artefacts:write");

        using var draft = await reader.SaveAsync("template", "permitted", Greeting);
        (await draft.ProblemAsync()).Should().Be((403, "missing_permission"));
        using var saved = await writer.SaveAsync("template", "permitted", Greeting);
        saved.IsSuccessStatusCode.Should().BeTrue();
        (await writer.RefusedAsync(HttpMethod.Post, "/api/artefacts/template/permitted/draft/publish")).Should().Be((403, "missing_permission"));
        (await writer.RefusedAsync(HttpMethod.Post, "/api/artefacts/template/permitted/retract")).Should().Be((403, "missing_permission"));
        (await host.Anonymous().RefusedAsync(HttpMethod.Get, "/api/artefacts")).Status.Should().Be(401);
    }

    /// <summary>A workflow that sends a message which a template writes.</summary>
    private static string Sending(string id, string template) => new JsonObject
    {
        ["definitionId"] = id,
        ["version"] = 1,
        ["root"] = new JsonObject
        {
            ["id"] = "sequence",
            ["type"] = "Elsa.Sequence",
            ["version"] = 1,
            ["activities"] = new JsonArray(new JsonObject
            {
                ["id"] = "send",
                ["type"] = "Switchboard.SendMessage",
                ["version"] = 1,
                ["recipient"] = Literal("role:lead"),
                ["subject"] = Literal("Hello"),
                ["template"] = Literal(template),
            }),
        },
    }.ToJsonString();

    private static JsonObject Literal(string value) => new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };
}
