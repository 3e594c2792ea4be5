using FluentAssertions;

using Switchboard.Rules.Dmn;
using Switchboard.Rules.Feel;
using Switchboard.Rules.Rete;

using Xunit;

namespace Switchboard.Rules.Tests;

/// <summary>The decisions and rule sets that ship: they read without a problem, and the examples that stand in them hold.</summary>
public sealed class ShippedRulesTests
{
    private static readonly string Rules = Path.Combine(AppContext.BaseDirectory, "shipped");

    public static TheoryData<string> Tables => [.. Directory.GetFiles(Rules, "*.dmn").Select(file => Path.GetFileName(file)).Order()];

    public static TheoryData<string> Sets => [.. Directory.GetFiles(Rules, "*.yaml").Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_shipped_decision_reads_and_its_examples_hold(string file)
    {
        var model = DmnModel.Parse(File.ReadAllText(Path.Combine(Rules, file)));

        model.Problems.Should().BeEmpty();
        model.Tests.Should().HaveCountGreaterThan(1);
        foreach (var test in model.Tests)
        {
            var result = model.Evaluate(test.Decision!, test.Input.AsContext(), new FeelRun(TimeProvider.System));
            FeelLiteral.Print(result.Output).Should().Be(FeelLiteral.Print(test.Expected), test.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_shipped_rule_set_reads_and_its_examples_hold(string file)
    {
        var set = RuleSet.Parse(File.ReadAllText(Path.Combine(Rules, file)));

        set.Problems.Should().BeEmpty();
        set.Tests.Should().HaveCountGreaterThan(1);
        foreach (var test in set.Tests)
        {
            var result = set.Evaluate(test.Input.AsContext(), new FeelRun(TimeProvider.System));
            result.Problem.Should().BeNull();
            FeelLiteral.Print(result.Output).Should().Be(FeelLiteral.Print(test.Expected), test.Name);
        }
    }
}
