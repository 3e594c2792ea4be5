using System.Collections.Frozen;

using Switchboard.Host.Pages;

namespace Switchboard.Host.Studio;

/// <summary>
/// What <c>npm run build</c> made of the studio. What exists is listed, so a request never reaches into the file system by a
/// path of its own; a build beside a service that runs is listed when the next file is asked for.
/// </summary>
internal sealed class StudioFiles
{
    /// <summary>Vite puts a hash of the content into the name of everything in this folder.</summary>
    private const string Hashed = "assets/";

    private readonly DirectoryInfo built;
    private volatile Listing listing;

    /// <param name="folder">The studio's; its build is in <c>dist</c>. See <see cref="PageFolder"/>.</param>
    public StudioFiles(string folder)
    {
        Folder = folder;
        built = new DirectoryInfo(Path.Combine(folder, "dist"));
        listing = List(StampOf(built));
    }

    public string Folder { get; }

    /// <summary>Null when the studio has not been built.</summary>
    public WebFile? Page => Find("index.html");

    /// <param name="path">Relative to <c>/</c>.</param>
    public WebFile? Find(string path)
    {
        var stamp = StampOf(built);
        if (stamp != listing.Stamp)
        {
            try
            {
                listing = List(stamp);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // A build is just clearing the folder; it is listed again with the next file.
            }
        }
        return listing.Files.GetValueOrDefault(path);
    }

    private Listing List(Stamp stamp) =>
        new(stamp, (stamp == default ? [] : FilesOf(built)).ToFrozenDictionary(pair => pair.Path, pair => pair.File, StringComparer.Ordinal));

    /// <summary>A folder's time changes with every file that comes or goes. Nothing for a build that is not there.</summary>
    private static Stamp StampOf(DirectoryInfo built) =>
        Directory.Exists(built.FullName)
            ? new Stamp(
                Directory.GetLastWriteTimeUtc(built.FullName), Directory.GetLastWriteTimeUtc(Path.Combine(built.FullName, Hashed)),
                File.GetLastWriteTimeUtc(Path.Combine(built.FullName, "index.html")))
            : default;

    private static IEnumerable<(string Path, WebFile File)> FilesOf(DirectoryInfo built)
    {
        foreach (var file in built.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(built.FullName, file.FullName).Replace('\\', '/');
            if (WebFile.TypeOf(path) is not { } type)
                continue;
            var isHashed = path.StartsWith(Hashed, StringComparison.Ordinal);
            var version = isHashed ? path[Hashed.Length..] : WebFile.Hash(File.ReadAllBytes(file.FullName));
            yield return (path, WebFile.OnDisk(file, type, version, isHashed));
        }
    }

    private readonly record struct Stamp(DateTime Folder, DateTime Assets, DateTime Page);

    private sealed record Listing(Stamp Stamp, FrozenDictionary<string, WebFile> Files);
}
