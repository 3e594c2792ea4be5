using FluentAssertions;

using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;

using Xunit;

namespace Switchboard.Rules.Tests.Rete;

public sealed class RuleSetTests
{
    private const string Routing = """
        name: Lead routing
        facts:
          Lead: {id: string, status: string, language: string, score: number, territory: string}
          Agent: {id: string, available: boolean, skills: list<string>, load: number, capacity: number}
          Assignment: {leadId: string, agentId: string}
          Alarm: {text: string}
        rules:
          - name: Assign
            priority: lead.score
            when:
              - lead: Lead
                where: status = "new"
              - agent: Agent
                where: [available, load < capacity, 'list contains(skills, lead.language)']
              - not: Assignment
                where: leadId = lead.id
            then:
              - insert: Assignment
                with: {leadId: lead.id, agentId: agent.id}
              - update: agent
                set: {load: agent.load + 1}
              - update: lead
                set: {status: '"assigned"'}
              - emit: {lead: lead.id, agent: agent.id}
          - name: Nobody speaks it
            when:
              - lead: Lead
                where: status = "new"
              - not: Agent
                where: list contains(skills, lead.language)
            then:
              - insert while true: Alarm
                with: {text: '"nobody speaks " + lead.language'}
        result: emitted
        tests:
          - name: the better lead first
            input:
              Lead: [{id: a, status: new, language: de, score: 1}, {id: b, status: new, language: de, score: 2}]
              Agent: {id: x, available: true, skills: [de], load: 0, capacity: 1}
            expect: [{lead: b, agent: x}]
        """;

    [Fact]
    public void A_set_with_its_own_tests_passes_them()
    {
        var set = Parse(Routing);

        foreach (var test in set.Tests)
        {
            var result = set.Evaluate(test.Input.AsContext(), Now(), explain: true);
            FeelOperators.AreEqual(result.Output, test.Expected).Should().BeTrue("{0} gives {1}", test.Name, result.Output);
            result.Fired.Should().ContainSingle().Which.Contributions.Select(contribution => contribution.Kind)
                .Should().Equal(ContributionKind.Inserted, ContributionKind.Updated, ContributionKind.Updated, ContributionKind.Emitted);
        }
        set.Tests.Should().HaveCount(1);
    }

    [Fact]
    public void A_fact_that_holds_while_something_is_true_goes_with_it()
    {
        var set = Parse(Routing);
        using var session = set.Open(Now());
        var lead = session.Insert("Lead", ("id", Text("a")), ("status", Text("new")), ("language", Text("fi")));
        var other = session.Insert("Lead", ("id", Text("b")), ("status", Text("new")), ("language", Text("fi")));
        session.Fire();
        session.Facts("Alarm").Should().ContainSingle().Which.Row.Values[0].AsString().Should().Be("nobody speaks fi");

        session.Retract(lead);
        session.Facts("Alarm").Should().ContainSingle("the other lead still says so");
        session.Update(other, ("language", Text("sv")));
        session.Fire();
        session.Facts("Alarm").Should().ContainSingle().Which.Row.Values[0].AsString().Should().Be("nobody speaks sv");
        session.Insert("Agent", ("id", Text("x")), ("skills", FeelValue.ListOf(Text("sv"))));
        session.Facts("Alarm").Should().BeEmpty();
    }

    [Fact]
    public void Rules_that_feed_each_other_without_end_are_stopped_and_named()
    {
        var set = new RuleSetBuilder("endless").Fact("N", ("value", FeelType.Number))
            .Rule("ping", rule => rule.Match("n", "N", "modulo(value, 2) = 0").Repeat().Update("n", ("value", "n.value + 1")))
            .Rule("pong", rule => rule.Match("n", "N", "modulo(value, 2) = 1").Repeat().Update("n", ("value", "n.value + 1")))
            .Build();
        using var session = set.Open(Now());
        session.Insert("N", ("value", FeelValue.Of(0m)));

        session.Fire();

        session.Problem!.Code.Should().Be("cycle_limit");
        session.Problem.Message.Should().Contain("ping").And.Contain("pong").And.Contain("n = N(value: 100");
    }

    [Fact]
    public void Mistakes_are_named_with_line_and_column_and_what_was_probably_meant()
    {
        var set = RuleSet.Parse("""
            name: wrong
            facts:
              Lead: {status: string, score: numbr}
            rules:
              - name: one
                when:
                  - lead: Laed
                    where: status = "new"
                then:
                  - updte: lead
              - name: two
                prioritty: 3
                when:
                  - lead: Lead
                    where: stats = "new"
                then:
                  - update: lead
                    set: {scor: 1}
            """);

        set.Problems.Select(problem => (problem.Code, problem.At.Line)).Should().Contain(
            [("unknown_type", 3), ("unknown_fact", 7), ("unknown_key", 10), ("unknown_key", 12), ("unknown_field", 18)]);
        set.Problems.Should().Contain(problem => problem.At.Line == 15 && problem.At.Column == 16 && problem.Message.Contains("stats"));
        set.Problems.Should().Contain(problem => problem.Message.Contains("did you mean Lead?"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1, 2")]
    [InlineData("a: &x [1]\nb: *x")]
    [InlineData("name: x\nfacts: 3\nrules: {a: b}")]
    [InlineData("name: x\nfacts: {A: {a: number}}\nrules: [{name: r, when: [{a: {b: c}}, 3, [], {or: [[], {not: }]}], then: [3, {insert: {}}, {emit: [a]}]}]")]
    public void Bad_input_gives_problems_and_no_exception(string yaml) => RuleSet.Parse(yaml).Problems.Should().NotBeEmpty();

    [Fact]
    public void Hundred_thousand_levels_are_refused() =>
        RuleSet.Parse("name: " + new string('[', 100_000)).Problems.Should().NotBeEmpty();

    [Fact]
    public void A_rule_that_did_not_fire_says_which_condition_nothing_got_past()
    {
        var set = Parse(Routing);
        using var session = set.Open(Now());
        session.WhyNot("Assign").Message.Should().Be("There is no Lead.");
        session.Insert("Lead", ("id", Text("a")), ("status", Text("new")), ("language", Text("fi")));
        session.Insert("Agent", ("id", Text("x")), ("available", FeelValue.Of(true)), ("load", FeelValue.Of(0m)), ("capacity", FeelValue.Of(1m)), ("skills", FeelValue.ListOf(Text("de"))));

        var why = session.WhyNot("Assign");

        why.Test.Should().Be("list contains(skills, lead.language)");
        why.Message.Should().Contain("none of 1");
    }

    [Fact]
    public void A_rule_with_a_higher_priority_goes_first_and_stop_ends_it()
    {
        var order = new List<string>();
        var set = new RuleSetBuilder("priority").Fact("N", ("value", FeelType.Number))
            .Rule("low", rule => rule.Match("n", "N").Priority("1").Do(match => order.Add("low")))
            .Rule("high", rule => rule.Match("n", "N").Priority("n.value").Do(match => order.Add($"high {match["n"].AsContext().Entries.First().Value}")))
            .Rule("end", rule => rule.Match("n", "N").Priority("0").Stop())
            .Rule("never", rule => rule.Match("n", "N").Priority("-1").Do(_ => order.Add("never"))).Build();
        using var session = set.Open(Now());
        session.Insert("N", ("value", FeelValue.Of(5m)));
        session.Insert("N", ("value", FeelValue.Of(7m)));

        session.Fire();

        order.Should().Equal("high 7", "high 5", "low", "low");
        session.IsStopped.Should().BeTrue();
    }

    [Fact]
    public void A_match_fires_once_while_it_holds_and_again_only_if_the_rule_repeats()
    {
        var (once, again) = (0, 0);
        var set = new RuleSetBuilder("repeat").Fact("N", ("value", FeelType.Number), ("note", FeelType.String))
            .Rule("once", rule => rule.Match("n", "N", "value > 1").Do(_ => once++))
            .Rule("again", rule => rule.Match("n", "N", "value > 1").Repeat().Do(_ => again++)).Build();
        using var session = set.Open(Now());
        var fact = session.Insert("N", ("value", FeelValue.Of(2m)));
        session.Fire();
        session.Update(fact, ("value", FeelValue.Of(3m)));
        session.Fire();
        session.Update(fact, ("note", Text("read by no condition")));
        session.Fire();
        (once, again).Should().Be((1, 2));

        session.Update(fact, ("value", FeelValue.Of(1m)));
        session.Update(fact, ("value", FeelValue.Of(2m)));
        session.Fire();
        (once, again).Should().Be((2, 3));
    }

    [Fact]
    public void Groups_have_the_agenda_in_their_order_and_dates_are_kept()
    {
        var order = new List<string>();
        var now = TimeProvider.System.GetUtcNow();
        var set = new RuleSetBuilder("groups").Groups("score", "route").Fact("N", ("value", FeelType.Number))
            .Rule("route", rule => rule.Match("n", "N").Group("route").Do(_ => order.Add("route")))
            .Rule("score", rule => rule.Match("n", "N").Group("score").Do(_ => order.Add("score")))
            .Rule("past", rule => rule.Match("n", "N").Active(null, now.AddDays(-1)).Do(_ => order.Add("past")))
            .Rule("future", rule => rule.Match("n", "N").Active(now.AddDays(1), null).Do(_ => order.Add("future"))).Build();
        using var session = set.Open(Now());
        session.Insert("N", ("value", FeelValue.Of(1m)));

        session.Fire();

        order.Should().Equal("score", "route");
    }

    [Fact]
    public void A_decision_answers_a_rule()
    {
        var set = new RuleSetBuilder("decide").Fact("N", ("value", FeelType.Number))
            .Rule("ask", rule => rule.Match("n", "N").Decide("double", "answer", ("x", "n.value")).Emit(("answer", "answer"))).Build();
        var input = new FeelEntries([KeyValuePair.Create("N", FeelValue.Of(new FeelEntries([KeyValuePair.Create("value", FeelValue.Of(4m))])))]);

        var result = set.Evaluate(input, Now(), decisions: (key, asked) => key == "double" && asked.TryGet("x", out var x) ? FeelValue.Of(x.AsNumber() * 2) : default);

        result.Emitted.Should().ContainSingle().Which.Entries.Single().Value.AsNumber().Should().Be(8m);
    }

    [Fact]
    public void Versions_differ_in_what_they_say()
    {
        var before = Parse(Routing);
        var after = Parse(Routing.Replace("load < capacity", "load + 1 < capacity", StringComparison.Ordinal).Replace("score: number", "score: string", StringComparison.Ordinal).Replace("name: Nobody speaks it", "name: Unspoken", StringComparison.Ordinal));

        RuleSetDiff.Between(before, before).Should().BeEmpty();
        RuleSetDiff.Between(before, after).Select(change => (change.What, change.Name, change.Change, change.Part)).Should().Equal(
            ("field", "Lead.score", "changed", "type"), ("rule", "Nobody speaks it", "removed", null),
            ("rule", "Assign", "changed", "when"), ("rule", "Unspoken", "added", null));
    }

    [Fact]
    public void One_rule_is_put_in_the_place_of_another_without_the_rest()
    {
        var set = Parse(Routing);
        var changed = set.With(set.Model.Rules[0] with { Priority = "0" });

        changed.Problems.Should().BeEmpty();
        changed.Model.Rules.Select(rule => rule.Name).Should().Equal("Assign", "Nobody speaks it");
        changed.Without("Assign").Model.Rules.Should().HaveCount(1);
    }

    [Fact]
    public void The_schema_for_editors_knows_every_key_that_the_reader_knows()
    {
        using var stream = typeof(RuleSet).Assembly.GetManifestResourceStream("rule-set.schema.json")!;
        var schema = System.Text.Json.Nodes.JsonNode.Parse(stream)!;
        IEnumerable<string> Keys(System.Text.Json.Nodes.JsonNode node) => node["properties"]!.AsObject().Select(entry => entry.Key);
        IEnumerable<string> Required(string definition) => schema["$defs"]![definition]!["anyOf"]!.AsArray()
            .Select(one => (string?)one!["required"]?[0]).OfType<string>();

        Keys(schema).Should().BeEquivalentTo(RuleSetReader.SetKeys);
        Keys(schema["$defs"]!["rule"]!).Should().BeEquivalentTo(RuleSetReader.RuleKeys);
        Required("condition").Should().BeEquivalentTo(RuleSetReader.ConditionKeys);
        Required("action").Should().BeEquivalentTo(RuleSetReader.ActionKeys);
    }

    private static RuleSet Parse(string yaml)
    {
        var set = RuleSet.Parse(yaml);
        set.Problems.Should().BeEmpty();
        return set;
    }

    private static FeelRun Now() => new(TimeProvider.System);

    private static FeelValue Text(string text) => FeelValue.Of(text);
}
