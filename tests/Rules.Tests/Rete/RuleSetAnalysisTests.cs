using FluentAssertions;

using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;

using Xunit;

namespace Switchboard.Rules.Tests.Rete;

public sealed class RuleSetAnalysisTests
{
    [Fact]
    public void What_cannot_match_repeats_itself_contradicts_or_never_ends_is_found()
    {
        var set = new RuleSetBuilder("analysed").Fact("Lead", ("status", FeelType.String), ("score", FeelType.Number), ("agent", FeelType.String))
            .Rule("never", rule => rule.Match("lead", "Lead", "score > 10", "score <= 5").Stop())
            .Rule("first", rule => rule.Match("lead", "Lead", "status = \"new\"").Update("lead", ("agent", "\"a\"")))
            .Rule("second", rule => rule.Match("lead", "Lead", "status = \"new\"").Update("lead", ("agent", "\"b\"")))
            .Rule("loop", rule => rule.Match("lead", "Lead", "score > 100").Repeat().Update("lead", ("score", "lead.score + 1")))
            .Rule("fine", rule => rule.Match("lead", "Lead", "status = \"open\"", "score > 1", "score < 3").Update("lead", ("agent", "\"c\"")))
            .Build();

        RuleSetAnalysis.Of(set).Select(finding => (finding.Code, string.Join('+', finding.Rules), finding.Example is null ? null : FeelLiteral.Print(FeelValue.Of(finding.Example)))).Should().BeEquivalentTo(
        [
            ("unreachable", "never", null),
            ("conflict", "first+second", """{"Lead": {"status": "new"}}"""),
            ("endless", "loop", """{"Lead": {"score": 101}}"""),
        ]);
    }

    [Fact]
    public void The_example_of_a_join_has_a_fact_for_each_pattern_and_no_more_fields_than_it_takes()
    {
        var set = new RuleSetBuilder("joined").Fact("Lead", ("id", FeelType.String), ("score", FeelType.Number)).Fact("Agent", ("leadId", FeelType.String), ("level", FeelType.String), ("load", FeelType.Number))
            .Rule("stops", rule => rule.Match("lead", "Lead", "score >= 50").Match("agent", "Agent", "leadId = lead.id and level = \"senior\"").Stop())
            .Rule("never gets there", rule => rule.Match("lead", "Lead", "score >= 50").Match("agent", "Agent", "leadId = lead.id and level = \"senior\"").Update("lead", ("score", "0")))
            .Build();

        var finding = RuleSetAnalysis.Of(set).Should().ContainSingle().Subject;

        finding.Code.Should().Be("shadowed");
        finding.Example.Should().NotBeNull();
        FeelLiteral.Print(FeelValue.Of(finding.Example!)).Should().StartWith("{\"Lead\": {").And.Contain("\"score\": 50").And.Contain("\"level\": \"senior\"").And.NotContain("load");
    }
}
