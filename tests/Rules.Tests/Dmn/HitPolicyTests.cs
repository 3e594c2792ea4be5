using FluentAssertions;

using Switchboard.Rules.Feel;

using Xunit;

namespace Switchboard.Rules.Tests.Dmn;

/// <summary>What each hit policy makes of the rows that match.</summary>
public sealed class HitPolicyTests
{
    private static readonly (string Name, string Type)[] OneInput = [("n", "number")];

    [Theory]
    [InlineData("hitPolicy=\"FIRST\"", 5, "10")]
    [InlineData("hitPolicy=\"PRIORITY\"", 5, "30")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", 5, "60")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"MIN\"", 5, "10")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"MAX\"", 5, "30")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", 5, "3")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", 0, "0")]
    [InlineData("hitPolicy=\"COLLECT\"", 5, "[10, 20, 30]")]
    [InlineData("hitPolicy=\"COLLECT\"", 0, "[]")]
    [InlineData("hitPolicy=\"RULE ORDER\"", 5, "[10, 20, 30]")]
    [InlineData("hitPolicy=\"OUTPUT ORDER\"", 5, "[30, 20, 10]")]
    public void Rows_that_match_give_what_the_policy_says(string hitPolicy, int value, string expected)
    {
        var xml = Documents.Table(hitPolicy, OneInput, [("o", "30, 20, 10")], "> 1 | 10", "> 2 | 20", "> 3 | 30");

        Documents.Decide(xml, ("n", Documents.Number(value))).Output.ToString().Should().Be(expected);
    }

    [Theory]
    [InlineData("hitPolicy=\"UNIQUE\"", "not_unique")]
    [InlineData("hitPolicy=\"ANY\"", "outputs_differ")]
    public void Rows_that_may_not_match_together_give_null_and_say_which(string hitPolicy, string code)
    {
        var result = Documents.Decide(Documents.Table(hitPolicy, OneInput, [("o", null)], "> 1 | 10", "> 2 | 20"), ("n", Documents.Number(5)));

        result.Output.IsNull.Should().BeTrue();
        result.Diagnostics.Should().ContainSingle(diagnostic => diagnostic.Code == code).Which.Message.Should().Contain("Rows 1 and 2");
    }

    [Fact]
    public void Equal_outputs_are_one_under_any() =>
        Documents.Decide(Documents.Table("hitPolicy=\"ANY\"", OneInput, [("o", null)], "> 1 | 10", "> 2 | 10.0"), ("n", Documents.Number(5))).Output.ToString().Should().Be("10");

    [Fact]
    public void Several_outputs_are_a_context()
    {
        var output = Documents.Decide(Documents.Table("", OneInput, [("a", null), ("b", null)], "> 1 | 10 | n + 1"), ("n", Documents.Number(5))).Output.AsContext();

        output.Entries.Select(entry => $"{entry.Key}={entry.Value}").Should().Equal("a=10", "b=6");
    }

    [Fact]
    public void No_match_gives_the_default_and_without_one_null_with_a_reason()
    {
        var xml = Documents.Table("", OneInput, [("o", null)], "> 1 | 10");
        var withDefault = xml.Replace("<output name=\"o\">", "<output name=\"o\"><defaultOutputEntry><text>7</text></defaultOutputEntry>", StringComparison.Ordinal);

        Documents.Decide(withDefault, ("n", Documents.Number(0))).Output.ToString().Should().Be("7");
        var result = Documents.Decide(xml, ("n", Documents.Number(0)));
        result.Output.Kind.Should().Be(FeelKind.Null);
        result.Diagnostics.Should().Contain(diagnostic => diagnostic.Code == "no_match");
    }
}
