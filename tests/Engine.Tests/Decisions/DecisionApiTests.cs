using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Artefacts;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Decisions;

/// <summary>Decision tables over HTTP: published, asked, explained, tested, replayed.</summary>
[Collection(nameof(ApiHost))]
public sealed class DecisionApiTests(ApiHost host)
{
    [Fact]
    public async Task A_published_table_decides_says_why_and_is_found_again()
    {
        var published = await host.Admin.PublishAsync("decision", "risk", RiskTable.Of());

        var made = await host.Admin.OkAsync(HttpMethod.Post, "/api/decisions/risk/evaluate?explain=true", new { input = new { amount = 12 } });

        made["output"]!.ToString().Should().Be("high");
        made["matched"]!.AsArray().Should().ContainSingle().Which!["row"]!.GetValue<int>().Should().Be(2);
        made["nearMisses"]![0]!["failed"]![0]!["cell"]!.ToString().Should().Be("< 10");
        made["artefact"]!.ToJsonString().Should().Be(new JsonObject { ["kind"] = "decision", ["key"] = "risk", ["version"] = 1, ["hash"] = published["hash"]!.ToString() }.ToJsonString());
        var found = await host.Admin.OkAsync(HttpMethod.Get, $"/api/decisions/{made["decisionId"]}");
        (found["output"]!.ToString(), found["input"]!["amount"]!.GetValue<int>(), found["artefact"]!["hash"]!.ToString()).Should().Be(("high", 12, published["hash"]!.ToString()));
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/decisions?key=risk"))["items"]!.AsArray().Should().ContainSingle();

        var (_, other) = await host.TenantAsync("DecisionsElsewhere");
        (await other.RefusedAsync(HttpMethod.Get, $"/api/decisions/{made["decisionId"]}")).Should().Be((404, "not_found"));
        (await other.RefusedAsync(HttpMethod.Post, "/api/decisions/risk/evaluate", new { input = new { amount = 12 } })).Should().Be((404, "not_found"));
        (await other.OkAsync(HttpMethod.Get, "/api/decisions"))["items"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task Wrong_input_is_told_with_its_place_and_the_name_that_was_meant()
    {
        await host.Admin.PublishAsync("decision", "picky", RiskTable.Of());

        var wrong = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/decisions/picky/evaluate", new { input = new { amount = "much", amont = 1 } });
        var unknown = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/decisions/pickie/evaluate", new { input = new { } });

        wrong["status"]!.GetValue<int>().Should().Be(422);
        wrong["errors"]!.AsArray().Select(error => $"{error!["pointer"]} {error["code"]}").Should().BeEquivalentTo("/input/amount invalid_type", "/input/amont unknown_input");
        wrong["errors"]!.AsArray().Single(error => error!["code"]!.ToString() == "unknown_input")!["detail"]!.ToString().Should().Contain("the nearest is amount");
        unknown["detail"]!.ToString().Should().Contain("the nearest is picky");
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/decisions/picky/evaluate", new { input = 1 })).Status.Should().Be(422);
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/decisions/picky/evaluate", new { input = new { amount = 1 }, version = 9 })).Should().Be((404, "not_found"));
        (await (await host.UserAsync("decisions:read")).RefusedAsync(HttpMethod.Post, "/api/decisions/picky/evaluate", new { input = new { amount = 1 } }))
            .Should().Be((403, "missing_permission"));
    }

    [Fact]
    public async Task An_expression_is_checked_with_the_place_of_what_is_wrong_and_the_functions_are_told()
    {
        var functions = (await host.Admin.OkAsync(HttpMethod.Get, "/api/feel/functions"))["items"]!.AsArray();
        var right = await host.Admin.OkAsync(HttpMethod.Post, "/api/feel/check", new { expression = "count(items) > 3", names = new[] { "items" } });
        var wrong = await host.Admin.OkAsync(HttpMethod.Post, "/api/feel/check", new { expression = "1 +\n  (2 * ", names = Array.Empty<string>() });
        var unknown = await host.Admin.OkAsync(HttpMethod.Post, "/api/feel/check", new { expression = "amont + 1", names = new[] { "amount" } });

        functions.Select(one => one!["name"]!.ToString()).Should().Contain(["date and time", "count", "string length"]);
        functions.Single(one => one!["name"]!.ToString() == "count")!["signature"]!.ToString().Should().Be("count(list) -> number");
        right["problems"]!.AsArray().Should().BeEmpty();
        wrong["problems"]!.AsArray().Should().ContainSingle(problem => problem!["severity"]!.ToString() == "error").Which!["line"]!.GetValue<int>().Should().Be(2);
        (unknown["problems"]![0]!["column"]!.GetValue<int>(), unknown["problems"]![0]!["length"]!.GetValue<int>()).Should().Be((1, 5));
        unknown["problems"]![0]!["message"]!.ToString().Should().Contain("amount");
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/feel/check", new { expression = 1 })).Status.Should().Be(422);
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/feel/check", new { expression = "1", names = "a" })).Status.Should().Be(422);
        (await (await host.UserAsync("decisions:read")).RefusedAsync(HttpMethod.Post, "/api/feel/check", new { expression = "1" })).Should().Be((403, "missing_permission"));
    }

    [Fact]
    public async Task A_table_with_a_wrong_cell_can_be_saved_but_not_published_and_the_cell_is_named()
    {
        using var saved = await host.Admin.SaveAsync("decision", "wrong-cell", RiskTable.Of(second: "&gt;= (10"));
        saved.IsSuccessStatusCode.Should().BeTrue();

        var problem = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/decision/wrong-cell/draft/publish");

        (problem["status"]!.GetValue<int>(), problem["code"]!.ToString()).Should().Be((422, "artefact_invalid"));
        var cell = problem["problems"]!.AsArray().First(one => one!["severity"]!.ToString() == "error")!;
        cell["row"]!.GetValue<int>().Should().Be(2);
        cell["property"]!.ToString().Should().Contain("mount");
        cell["line"]!.GetValue<int>().Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task A_failing_test_of_a_table_blocks_publishing_by_its_name()
    {
        using var saved = await host.Admin.SaveAsync("decision", "tested", RiskTable.Of(expected: "low"));
        saved.IsSuccessStatusCode.Should().BeTrue(await saved.Content.ReadAsStringAsync());

        var problem = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/decision/tested/draft/publish");

        problem["code"]!.ToString().Should().Be("test_failed", problem.ToJsonString());
        problem["detail"]!.ToString().Should().Contain("\"much is high\"");
        await host.Admin.PublishAsync("decision", "tested", RiskTable.Of());
    }

    [Fact]
    public async Task A_restored_version_decides_again_as_it_did()
    {
        await host.Admin.PublishAsync("decision", "again", RiskTable.Of());
        await host.Admin.PublishAsync("decision", "again", RiskTable.Of(threshold: 100, expected: "low"));
        (await DecideAsync("again", 50)).Should().Be("low");

        await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/decision/again/versions/1/restore");

        (await DecideAsync("again", 50)).Should().Be("high");
    }

    [Fact]
    public async Task Replay_of_an_unchanged_version_reproduces_everything_and_of_a_changed_one_says_what_changes()
    {
        await host.Admin.PublishAsync("decision", "replayed", RiskTable.Of());
        for (var amount = 8; amount < 16; amount++)
            await DecideAsync("replayed", amount);

        using var same = await host.Admin.SaveAsync("decision", "replayed", RiskTable.Of());
        var unchanged = await ReplayAsync("replayed");
        using var changed = await host.Admin.SaveAsync("decision", "replayed", RiskTable.Of(threshold: 12));
        var different = await ReplayAsync("replayed");

        (unchanged["same"]!.GetValue<int>(), unchanged["changed"]!.GetValue<int>()).Should().Be((8, 0));
        (different["same"]!.GetValue<int>(), different["changed"]!.GetValue<int>()).Should().Be((6, 2));
        var group = different["groups"]!.AsArray().Should().ContainSingle().Subject!;
        (group["from"]!.ToString(), group["to"]!.ToString(), group["count"]!.GetValue<int>(), group["examples"]!.AsArray().Count).Should().Be(("high", "low", 2, 2));
        using var calendar = await host.Admin.SaveAsync("template", "replayed", "Hello");
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/template/replayed/draft/replay", new { limit = 5 })).Should().Be((422, "nothing_to_replay"));
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/decision/replayed/draft/replay", new { from = "yesterday" })).Status.Should().Be(422);
    }

    [Fact]
    public async Task A_form_hides_what_is_exactly_true_and_warns_of_a_condition_that_may_be_null()
    {
        const string Form = """
            {"schemaVersion": 9, "components": [
              {"type": "number", "id": "s", "key": "seats"},
              {"type": "textfield", "id": "r", "key": "reason", "conditional": {"hide": "=seats > 10"}}],
             "tests": [{"name": "few seats need a reason", "data": {"seats": 5}, "hidden": []}, {"name": "many do not", "data": {"seats": 50}, "hidden": ["reason"]}]}
            """;
        using var broken = await host.Admin.SaveAsync("form", "conditions", Form.Replace("seats > 10", "seats > (10", StringComparison.Ordinal));
        (await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/form/conditions/draft/validate"))["valid"]!.GetValue<bool>().Should().BeFalse();
        using var saved = await host.Admin.SaveAsync("form", "conditions", Form);

        var validated = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/form/conditions/draft/validate");
        var tested = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/form/conditions/draft/test");

        validated["valid"]!.GetValue<bool>().Should().BeTrue();
        validated["problems"]!.AsArray().Select(problem => $"{problem!["code"]} {problem["line"]}").Should().Equal("condition_may_be_null 3");
        tested["passed"]!.GetValue<bool>().Should().BeTrue(tested.ToJsonString());
    }

    [Fact]
    public async Task A_rule_set_decides_by_its_key_says_which_rules_fired_and_may_ask_a_table()
    {
        await host.Admin.PublishAsync("decision", "asked-by-rules", RiskTable.Of());
        using var missing = await host.Admin.SaveAsync("ruleset", "levels", RuleSet.Replace("asked-by-rules", "asked-by-rule", StringComparison.Ordinal));
        var refused = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/ruleset/levels/draft/publish");
        await host.Admin.PublishAsync("ruleset", "levels", RuleSet);

        var made = await host.Admin.OkAsync(HttpMethod.Post, "/api/decisions/levels/evaluate", JsonNode.Parse("""{"input": {"Order": {"id": "A", "amount": 50}}}"""));
        var wrong = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/decisions/levels/evaluate", JsonNode.Parse("""{"input": {"Order": [{"id": "A", "amuont": 50}]}}"""));
        var retract = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/decision/asked-by-rules/retract");

        refused["detail"]!.ToString().Should().Contain("asked-by-rule, which does not exist; the nearest is asked-by-rules");
        made["artefact"]!["kind"]!.ToString().Should().Be("ruleset");
        JsonNode.DeepEquals(made["output"], JsonNode.Parse("""[{"order": "A", "level": "high"}]""")).Should().BeTrue(made.ToJsonString());
        made["matched"]!.AsArray().Should().ContainSingle().Which!["rule"]!.ToString().Should().Be("Say the level");
        (await host.Admin.OkAsync(HttpMethod.Get, $"/api/decisions/{made["decisionId"]}"))["cause"]!["uses"]!.AsObject().Should().ContainKey("decision/asked-by-rules");
        wrong["errors"]![0]!["pointer"]!.ToString().Should().StartWith("/input/Order/0");
        wrong["errors"]![0]!["detail"]!.ToString().Should().Contain("amount");
        (retract["code"]!.ToString(), retract["usedBy"]![0]!["key"]!.ToString()).Should().Be(("breaks_others", "levels"));
    }

    [Fact]
    public async Task Rules_that_feed_each_other_without_end_are_stopped_and_named()
    {
        await host.Admin.PublishAsync("ruleset", "endless", """
            name: Endless
            facts:
              Count: {value: number}
            rules:
              - name: Count on
                when:
                  - one: Count
                    where: value >= 0
                then:
                  - insert: Count
                    with: {value: one.value + 1}
            """);

        var problem = await host.Admin.ProblemOfAsync(HttpMethod.Post, "/api/decisions/endless/evaluate", JsonNode.Parse("""{"input": {"Count": {"value": 0}}}"""));

        problem["status"]!.GetValue<int>().Should().Be(422);
        problem["detail"]!.ToString().Should().Contain("Count on");
    }

    private const string RuleSet = """
        name: Levels
        facts:
          Order: {id: string, amount: number}
        rules:
          - name: Say the level
            when:
              - order: Order
            then:
              - decide: asked-by-rules
                input: {amount: order.amount}
                as: level
              - emit: {order: order.id, level: level}
        result: emitted
        tests:
          - name: fifty is high
            input:
              Order: {id: A, amount: 50}
            expect:
              - {order: A, level: high}
        """;

    private async Task<string> DecideAsync(string key, int amount) =>
        (await host.Admin.OkAsync(HttpMethod.Post, $"/api/decisions/{key}/evaluate", new { input = new { amount } }))["output"]!.ToString();

    private async Task<JsonObject> ReplayAsync(string key)
    {
        var operation = await host.Admin.OkAsync(HttpMethod.Post, $"/api/artefacts/decision/{key}/draft/replay", new { limit = 1_000 });
        for (var i = 0; i < 600; i++)
        {
            var now = await host.Admin.OkAsync(HttpMethod.Get, $"/api/operations/{operation["id"]}");
            if (now["status"]!.ToString() is "succeeded")
                return now["result"]!.AsObject();
            if (now["status"]!.ToString() is "failed" or "cancelled")
                throw new InvalidOperationException(now.ToJsonString());
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        throw new TimeoutException("The replay did not end.");
    }
}
