using System.Collections.Frozen;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using Switchboard.Host.Pages;

namespace Switchboard.Host.Designer;

/// <summary>
/// The files under <c>/designer/</c>: Elsa Studio as its package has it, compressed by its makers, and our page around it,
/// compressed here once. What exists is known at start, so a request never reaches into the file system by a path of its own.
/// </summary>
internal sealed partial class DesignerFiles
{
    private const string Package = "node_modules/@elsa-workflows/elsa-studio-wasm";
    private const string PageFolder = "designer/";

    private readonly FrozenDictionary<string, WebFile> files;

    /// <param name="folder">Where the package is installed; see <see cref="PageFolder"/>.</param>
    public DesignerFiles(string folder)
    {
        Folder = folder;
        var found = new Dictionary<string, WebFile>(StringComparer.Ordinal);
        if (Directory.Exists(Path.Combine(folder, Package)))
        {
            foreach (var (path, file) in FilesOfPackage(new DirectoryInfo(Path.Combine(folder, Package))))
                found[path] = file;
            IsInstalled = true;
        }
        foreach (var (path, file) in FilesOfPage())
            found[path] = file;
        files = found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public string Folder { get; }

    /// <summary>Whether Elsa Studio is there; without it our page could only wait for ever.</summary>
    public bool IsInstalled { get; }

    public WebFile Page => files["index.html"];

    /// <param name="path">Relative to <c>/designer/</c>.</param>
    public WebFile? Find(string path) => files.GetValueOrDefault(path);

    private static IEnumerable<(string Path, WebFile File)> FilesOfPackage(DirectoryInfo package)
    {
        var version = JsonNode.Parse(File.ReadAllText(Path.Combine(package.FullName, "package.json")))!["version"]!.GetValue<string>();
        foreach (var file in package.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(package.FullName, file.FullName).Replace('\\', '/');
            // Its index.html asks other hosts for fonts and names an element that is not there; ours is the page.
            if (path is "index.html" or "package.json" || WebFile.TypeOf(file.Name) is not { } type)
                continue;
            yield return (path, WebFile.OnDisk(file, type, $"{version}-{file.Length:x}", Fingerprinted().IsMatch(path)));
        }
    }

    private static IEnumerable<(string Path, WebFile File)> FilesOfPage()
    {
        var assembly = typeof(DesignerFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(PageFolder, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            yield return (name[PageFolder.Length..], WebFile.InMemory(content, WebFile.TypeOf(name)!));
        }
    }

    /// <summary>Names that hold a hash of the content: another content has another name.</summary>
    [GeneratedRegex(@"^_framework/.+\.[a-z0-9]{10}\.(?:wasm|js|dat)$|\.[a-z0-9]{10}\.bundle\.scp\.css$")]
    private static partial Regex Fingerprinted();
}
