using FluentAssertions;

using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;

using Xunit;

namespace Switchboard.Rules.Tests.Rete;

/// <summary>One scenario a feature that the other tests meet only by chance.</summary>
public sealed class RuleSetScenarioTests
{
    private static FeelRun Now() => new(TimeProvider.System);

    private static RuleSet Parse(string yaml)
    {
        var set = RuleSet.Parse(yaml);
        set.Problems.Should().BeEmpty();
        return set;
    }

    private static FeelContext Context(string feel) => FeelExpression.Parse(feel, FeelScope.Empty).Evaluate([], Now()).AsContext();

    [Theory]
    [InlineData("[{done: true}, {done: true}]", "[\"ready\"]")]
    [InlineData("[{done: true}, {done: false}]", "[]")]
    [InlineData("[]", "[\"ready\"]")]
    public void All_holds_while_no_fact_is_an_exception(string steps, string expected)
    {
        var set = Parse("""
            name: all
            facts: {Job: {id: string}, Step: {done: boolean}}
            rules:
              - name: ready
                when: [{job: Job}, {all: Step, satisfy: done}]
                then: [{emit: {text: '"ready"'}}]
            result: emitted.text
            """);

        FeelLiteral.Print(set.Evaluate(Context($"{{Job: {{id: \"a\"}}, Step: {steps}}}"), Now()).Output).Should().Be(expected);
    }

    [Fact]
    public void Collected_facts_come_in_order_and_only_as_many_as_are_taken()
    {
        var set = Parse("""
            name: best
            facts: {Lead: {id: string, score: number}}
            rules:
              - name: best two
                when: [{collect: Lead, of: id, order by: score, descending: true, take: 2, as: best}]
                then: [{emit: {best: best}}]
            result: emitted.best
            """);

        var output = set.Evaluate(Context("{Lead: [{id: \"a\", score: 1}, {id: \"b\", score: 9}, {id: \"c\", score: 5}]}"), Now()).Output;

        FeelLiteral.Print(output).Should().Be("[[\"b\", \"c\"]]");
    }

    [Fact]
    public void A_filter_passes_matches_over_and_groups_have_their_turn_in_order()
    {
        var set = Parse("""
            name: groups
            groups: [first, second]
            facts: {Lead: {id: string}}
            rules:
              - name: later
                group: second
                when: [{lead: Lead}]
                then: [{emit: {text: '"later " + lead.id'}}]
              - name: sooner
                group: first
                when: [{lead: Lead}]
                then: [{emit: {text: '"sooner " + lead.id'}}]
            """);
        using var session = set.Open(Now());
        session.Insert("Lead", ("id", FeelValue.Of("a")));
        session.Insert("Lead", ("id", FeelValue.Of("b")));

        session.Fire(filter: match => match["lead"].AsContext().TryGet("id", out var id) && (id.AsString() == "a" || match.Rule == "later")).Should().Be(3);

        session.Emitted.Select(row => row.TryGet("text", out var text) ? text.AsString() : "").Should().Equal("sooner a", "later a", "later b");
    }

    [Fact]
    public void Rules_that_multiply_their_facts_are_stopped_before_memory_is_full()
    {
        var set = Parse("""
            name: rabbits
            facts: {Rabbit: {name: string}}
            rules:
              - name: two more
                when: [{rabbit: Rabbit}]
                then:
                  - insert: Rabbit
                    with: {name: rabbit.name + "a"}
                  - insert: Rabbit
                    with: {name: rabbit.name + "b"}
            """);

        var problem = set.Evaluate(Context("{Rabbit: {name: \"x\"}}"), Now()).Problem;

        problem.Should().BeEquivalentTo(new { Code = "fact_limit", Rule = "two more" });
        problem!.Message.Should().Contain("200000").And.Contain("two more");
    }
}
