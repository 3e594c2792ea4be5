using System.Diagnostics;

namespace Switchboard.Architecture.Tests;

/// <summary>The checkout as git has it: what a reviewer sees, and nothing that a build or a run left behind.</summary>
internal static class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every tracked file, and every new one that is not ignored, by its path from the root.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    public static IEnumerable<string> Code => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> ProductionCode => Code.Where(file => !file.StartsWith("tests/", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Workflows.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException($"There is no Workflows.sln above {AppContext.BaseDirectory}.");
        return folder.FullName;
    }

    private static string[] ListFiles()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", Root, "ls-files", "--cached", "--others", "--exclude-standard"])
        {
            RedirectStandardOutput = true,
        })!;
        var listed = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        if (git.ExitCode != 0 || listed.Length == 0)
            throw new InvalidOperationException($"git cannot list the files of {Root}.");
        return [.. listed.Where(file => File.Exists(Path.Combine(Root, file))).Distinct()]; // deleted ones are still in the index
    }
}
