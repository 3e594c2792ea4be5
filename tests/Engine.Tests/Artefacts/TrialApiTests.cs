using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Decisions;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>What a draft would do, over HTTP: listed, tried, analysed, shown, and nothing of it kept.</summary>
[Collection(nameof(ApiHost))]
public sealed class TrialApiTests(ApiHost host)
{
    private const string Rules = """
        name: Shouts
        facts:
          Word: {text: string}
        rules:
          - name: Shout
            when:
              - word: Word
            then:
              - emit: {loud: 'upper case(word.text)'}
        result: emitted
        tests:
          - name: one word
            input: {Word: {text: hey}}
            expect: [{loud: HEY}]
        """;

    [Fact]
    public async Task The_list_says_who_has_a_draft_of_what()
    {
        await host.Admin.PublishAsync("decision", "listed", RiskTable.Of());
        (await ListedAsync("listed"))["draft"].Should().BeNull();

        using var saved = await host.Admin.SaveAsync("decision", "listed", RiskTable.Of(20));

        var listed = await ListedAsync("listed");
        (listed["state"]!.ToString(), listed["version"]!.GetValue<int>()).Should().Be(("published", 1));
        listed["draft"]!["author"]!.ToString().Should().Be(listed["author"]!.ToString());
        listed["draft"]!["hash"]!.ToString().Should().NotBe(listed["hash"]!.ToString());
    }

    [Fact]
    public async Task A_draft_is_tried_and_nothing_is_recorded()
    {
        await host.Admin.PublishAsync("decision", "tried", RiskTable.Of());
        using var saved = await host.Admin.SaveAsync("decision", "tried", RiskTable.Of(20));

        var questions = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/decision/tried/questions");
        var draft = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/decision/tried/try", new { input = new { amount = 12 }, decision = "Risk" });
        var counts = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/decision/tried/try?version=1", new { input = new { amount = 12 } });

        questions["decisions"]![0]!.ToJsonString().Should().Be("""{"name":"Risk","inputs":[{"name":"amount","type":"number","fields":null}]}""");
        questions["tests"]![0]!["input"]!["amount"]!.GetValue<int>().Should().Be(50);
        (draft["output"]!.ToString(), counts["output"]!.ToString()).Should().Be(("low", "high"));
        draft["matched"]![0]!["rowId"]!.ToString().Should().Be("r1");
        draft["nearMisses"]![0]!["failed"]![0]!["cell"]!.ToString().Should().Be(">= 20");
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/decisions?key=tried"))["items"]!.AsArray().Should().BeEmpty();
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/decision/tried/try", new { input = new { amount = 1 }, decision = "Risc" })).Should().Be((422, "unknown_decision"));
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/decision/tried/try?version=newest", new { input = new { } })).Should().Be((400, "invalid_version"));
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/calendar/standard/try", new { input = new { } })).Should().Be((422, "nothing_decided"));
        (await (await host.UserAsync("artefacts:read")).RefusedAsync(HttpMethod.Post, "/api/artefacts/decision/tried/try", new { input = new { } })).Should().Be((403, "missing_permission"));
    }

    [Fact]
    public async Task A_rule_set_says_what_it_asks_for_and_which_rules_fired()
    {
        using var saved = await host.Admin.SaveAsync("ruleset", "shouts", Rules);

        var questions = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/ruleset/shouts/questions");
        var tried = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/ruleset/shouts/try", new JsonObject { ["input"] = new JsonObject { ["Word"] = new JsonArray(new JsonObject { ["text"] = "hey" }) } });

        questions["decisions"]![0]!["inputs"]![0]!["fields"]![0]!.ToJsonString().Should().Be("""{"name":"text","type":"string","fields":null}""");
        questions["tests"]![0]!["expected"]![0]!["loud"]!.ToString().Should().Be("HEY");
        tried["matched"]![0]!["rule"]!.ToString().Should().Be("Shout");
        tried["matched"]![0]!["contributions"]!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task An_analysis_names_gaps_with_an_example_and_hits_are_counted_by_row()
    {
        await host.Admin.PublishAsync("decision", "gappy", RiskTable.Of(10, "&gt;= 20", expected: null));
        foreach (var amount in new[] { 5, 6, 30 })
            await host.Admin.OkAsync(HttpMethod.Post, "/api/decisions/gappy/evaluate", new { input = new { amount } });

        var analysis = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/decision/gappy/analysis");
        var hits = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/decision/gappy/hits");

        var gap = analysis["findings"]!.AsArray().Should().ContainSingle().Subject!;
        (gap["code"]!.ToString(), gap["decision"]!.ToString()).Should().Be(("gap", "Risk"));
        gap["example"]!["Amount"]!.GetValue<decimal>().Should().BeInRange(10, 20);
        hits["decisions"]!.GetValue<int>().Should().Be(3);
        hits["hits"]!.AsArray().Select(hit => $"{hit!["decision"]} {hit["row"]} {hit["count"]}").Should().BeEquivalentTo("Risk r1 2", "Risk r2 1");
        var (_, other) = await host.TenantAsync("HitsElsewhere");
        (await other.OkAsync(HttpMethod.Get, "/api/artefacts/decision/gappy/hits"))["hits"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task A_template_is_shown_for_a_record_only_to_who_may_read_all_that_it_shows()
    {
        using var saved = await host.Admin.SaveAsync("template", "shown", "Dear {{site.name}} in {{site.timezone}}");
        var site = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", new { name = "Shown House", timezone = "America/New_York" });
        var migration = await host.Admin.OkAsync(HttpMethod.Post, "/api/migrations", new { name = "Shown Move", siteId = (string)site["id"]!, routingType = "direct_routing" });
        var about = new { subject = new { type = "migrations", id = (string)migration["id"]! } };

        var shown = await host.Admin.OkAsync(HttpMethod.Post, "/api/artefacts/template/shown/preview", about);

        shown["text"]!.ToString().Should().Be("Dear Shown House in America/New_York");
        shown["model"]!["migration"]!["name"]!.ToString().Should().Be("Shown Move");
        var blind = await host.UserAsync("artefacts:write", "migrations:read");
        (await blind.ProblemOfAsync(HttpMethod.Post, "/api/artefacts/template/shown/preview", about))["permission"]!.ToString().Should().Be("sites:read");
        var (_, other) = await host.TenantAsync("ShownElsewhere");
        using var theirs = await other.SaveAsync("template", "shown", "Dear {{site.name}}");
        (await other.RefusedAsync(HttpMethod.Post, "/api/artefacts/template/shown/preview", about)).Should().Be((404, "not_found"));
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/artefacts/template/shown/preview", new { subject = "it" })).Status.Should().Be(422);
    }

    [Fact]
    public async Task A_calendar_is_days_with_hours_and_holidays()
    {
        using var saved = await host.Admin.SaveAsync("calendar", "shown", """
            name: Shown
            timezone: Europe/Berlin
            hours:
              monday: [{ open: "09:00", close: "12:00" }, { open: "13:00", close: "24:00" }]
              tuesday: [{ open: "09:00", close: "17:00" }]
              wednesday: []
              thursday: []
              friday: []
              saturday: []
              sunday: []
            holidays: [{ date: "2026-12-01", name: Founders }]
            """);
        saved.IsSuccessStatusCode.Should().BeTrue(await saved.Content.ReadAsStringAsync());

        var days = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/calendar/shown/days?from=2026-11-30&to=2026-12-02");

        days["timezone"]!.ToString().Should().Be("Europe/Berlin");
        days["items"]!.AsArray().Select(day => $"{day!["date"]} {string.Join(',', day["open"]!.AsArray().Select(hours => $"{hours!["open"]}-{hours["close"]}"))} {day["holiday"]}")
            .Should().Equal("2026-11-30 09:00-12:00,13:00-24:00 ", "2026-12-01  Founders", "2026-12-02  ");
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/artefacts/calendar/shown/days?from=2026-01-01&to=2029-01-01")).Should().Be((400, "invalid_period"));
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/artefacts/decision/shown/days?from=2026-01-01&to=2026-01-02")).Should().Be((422, "nothing_to_show"));
    }

    [Fact]
    public async Task What_an_artefact_names_is_listed()
    {
        var references = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/workflow/number-porting/references");

        references["items"]!.AsArray().Select(one => $"{one!["kind"]}/{one["key"]}").Should().Contain("template/letter-of-authorization");
    }

    private async Task<JsonObject> ListedAsync(string key) =>
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts?kind=decision"))["items"]!.AsArray().Single(one => one!["key"]!.ToString() == key)!.AsObject();
}
