namespace Switchboard.Host.Pages;

/// <summary>Where the files of a page lie: in a checkout above the program, in an image beside it.</summary>
internal static class PageFolder
{
    /// <param name="names">What the folder is called, with its package.json in it; the last one is the name in an image.</param>
    /// <returns>The nearest; the one that an image would have if there is none.</returns>
    public static string Find(string from, params IReadOnlyList<string> names)
    {
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
        {
            foreach (var name in names)
            {
                if (File.Exists(Path.Combine(at.FullName, name, "package.json")))
                    return Path.Combine(at.FullName, name);
            }
        }
        return Path.Combine(from, names[^1]);
    }
}
