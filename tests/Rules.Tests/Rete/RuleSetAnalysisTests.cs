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

        RuleSetAnalysis.Of(set).Select(finding => (finding.Code, string.Join('+', finding.Rules))).Should().BeEquivalentTo(
            [("unreachable", "never"), ("conflict", "first+second"), ("endless", "loop")]);
    }
}
