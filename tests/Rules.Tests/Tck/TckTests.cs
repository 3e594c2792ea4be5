using FluentAssertions;

using Switchboard.Tck;

using Xunit;

namespace Switchboard.Rules.Tests.Tck;

/// <summary>
/// The cases of the public DMN TCK. Those that do not pass stand in excluded.txt, with the reason for those that never will: a
/// case that changes sides fails the build, so that the list stays true.
/// </summary>
public sealed class TckTests
{
    private static readonly string? Folder = Find();

    [TckFact]
    public void Every_case_passes_that_is_not_listed_and_no_listed_one_does()
    {
        var excluded = Excluded();
        var outcomes = TckSuite.Run(Folder!).ToList();

        outcomes.Where(outcome => !outcome.Passed && !excluded.Contains(outcome.Key)).Select(outcome => $"{outcome.Key}: {outcome.Message}")
            .Should().BeEmpty("a case that fails is mended, or listed with the reason");
        outcomes.Where(outcome => outcome.Passed && excluded.Contains(outcome.Key)).Select(outcome => outcome.Key)
            .Should().BeEmpty("a case that passes is taken off the list");
        excluded.Except(outcomes.Select(outcome => outcome.Key)).Should().BeEmpty("the list names cases that are there");
    }

    [Fact]
    public void Every_case_that_never_passes_has_a_reason()
    {
        var lines = File.ReadAllLines(List());
        var never = Array.FindIndex(lines, line => line == "[never]");

        never.Should().BeGreaterThan(Array.FindIndex(lines, line => line == "[not yet]"));
        lines.Skip(never + 1).Where(IsCase).Should().OnlyContain(line => line.Contains(" — ", StringComparison.Ordinal));
    }

    internal static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var cases = Path.Combine(folder.FullName, "shared", "dmn-tck", "TestCases");
            if (Directory.Exists(cases))
                return cases;
        }
        return null;
    }

    private static HashSet<string> Excluded() => [.. File.ReadAllLines(List()).Where(IsCase).Select(line => line.Split(" — ")[0].Trim())];

    private static bool IsCase(string line) => line.Contains('#', StringComparison.Ordinal) && !line.StartsWith("//", StringComparison.Ordinal);

    private static string List() => Path.Combine(AppContext.BaseDirectory, "Tck", "excluded.txt");
}

/// <summary>A test over the TCK, skipped where it is not there.</summary>
internal sealed class TckFactAttribute : FactAttribute
{
    public TckFactAttribute()
    {
        if (TckTests.Find() is null)
            Skip = "The DMN TCK is not beside the repository (../shared/dmn-tck).";
    }
}
