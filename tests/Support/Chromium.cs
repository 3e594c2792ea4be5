namespace Switchboard.Tests.Support;

/// <summary>The browser of this machine.</summary>
public static class Chromium
{
    private static readonly string[] Names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    /// <returns>The path of its program.</returns>
    public static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"A Chromium is needed: there is no program {string.Join(", ", Names)}. ./test installs one on Debian and Ubuntu.");
    }
}
