namespace Switchboard.Tests.Support;

/// <summary>What lies beside the repository where it is developed, and is not part of it: samples and their expected results.</summary>
public static class SharedFolder
{
    /// <returns>Null where it is not there.</returns>
    public static string? Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Workflows.sln")))
                continue;
            var found = Path.Combine(folder.Parent!.FullName, "shared", path);
            return Directory.Exists(found) ? found : null;
        }
        return null;
    }
}
