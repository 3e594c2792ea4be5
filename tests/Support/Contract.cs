using FluentAssertions;

namespace Switchboard.Tests.Support;

/// <summary>
/// What is promised to the outside, as text under <c>tests/Contracts</c>: a change of it is seen in review. With
/// <c>UPDATE_CONTRACTS=1</c> in the environment a test writes the file instead of comparing with it.
/// </summary>
public static class Contract
{
    /// <param name="name">The file's name, with its extension.</param>
    public static void Matches(string name, string text)
    {
        var path = Path.Combine(RepositoryRoot, "tests", "Contracts", name);
        var actual = text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_CONTRACTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }
        File.Exists(path).Should().BeTrue($"{name} is a contract: UPDATE_CONTRACTS=1 dotnet test writes it");
        var promised = File.ReadAllText(path).ReplaceLineEndings("\n");
        if (actual != promised)
        {
            // The whole text would hide the line that matters.
            string[] now = actual.Split('\n'), then = promised.Split('\n');
            now.Except(then).Should().BeEmpty($"tests/Contracts/{name} does not say so; UPDATE_CONTRACTS=1 dotnet test makes it");
            then.Except(now).Should().BeEmpty($"tests/Contracts/{name} says so; UPDATE_CONTRACTS=1 dotnet test takes it away");
            actual.Should().Be(promised);
        }
    }

    /// <summary>Where <c>Workflows.sln</c> is.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Workflows.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder.FullName;
    }
}
