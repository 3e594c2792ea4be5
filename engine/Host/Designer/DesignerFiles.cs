using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Switchboard.Host.Designer;

/// <summary>
/// The files under <c>/designer/</c>: Elsa Studio as its package has it, compressed by its makers, and our page around it,
/// compressed here once. What exists is known at start, so a request never reaches into the file system by a path of its own.
/// </summary>
internal sealed partial class DesignerFiles
{
    private const string Package = "node_modules/@elsa-workflows/elsa-studio-wasm";
    private const string PageFolder = "designer/";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".json"] = "application/json",
        [".map"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".wasm"] = "application/wasm",
        [".dat"] = "application/octet-stream",
        [".png"] = "image/png",
        [".svg"] = "image/svg+xml",
        [".ico"] = "image/x-icon",
        [".ttf"] = "font/ttf",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, DesignerFile> files;

    /// <param name="folder">Where the package is installed; see <see cref="FindFolder"/>.</param>
    public DesignerFiles(string folder)
    {
        Folder = folder;
        var found = new Dictionary<string, DesignerFile>(StringComparer.Ordinal);
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

    public DesignerFile Page => files["index.html"];

    /// <param name="path">Relative to <c>/designer/</c>.</param>
    public DesignerFile? Find(string path) => files.GetValueOrDefault(path);

    /// <summary>In the checkout the folder of this file, in an image the folder <c>designer</c> beside the program.</summary>
    public static string FindFolder(string from)
    {
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
        {
            foreach (var candidate in new[] { Path.Combine(at.FullName, "engine", "Host", "Designer"), Path.Combine(at.FullName, "designer") })
            {
                if (File.Exists(Path.Combine(candidate, "package.json")))
                    return candidate;
            }
        }
        return Path.Combine(from, "designer");
    }

    private static IEnumerable<(string Path, DesignerFile File)> FilesOfPackage(DirectoryInfo package)
    {
        var version = JsonNode.Parse(File.ReadAllText(Path.Combine(package.FullName, "package.json")))!["version"]!.GetValue<string>();
        foreach (var file in package.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(package.FullName, file.FullName).Replace('\\', '/');
            // Its index.html asks other hosts for fonts and names an element that is not there; ours is the page.
            if (path is "index.html" or "package.json" || !ContentTypes.TryGetValue(file.Extension, out var type))
                continue;
            yield return (path, new DesignerFile(
                type, $"{version}-{file.Length:x}", Fingerprinted().IsMatch(path), new Body(file.FullName, null), Beside(file, ".br"), Beside(file, ".gz")));
        }
    }

    private static Body? Beside(FileInfo file, string ending) =>
        File.Exists(file.FullName + ending) ? new Body(file.FullName + ending, null) : null;

    private static IEnumerable<(string Path, DesignerFile File)> FilesOfPage()
    {
        var assembly = typeof(DesignerFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(PageFolder, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            yield return (name[PageFolder.Length..], new DesignerFile(
                ContentTypes[Path.GetExtension(name)], Convert.ToHexStringLower(SHA256.HashData(content))[..16], false, new Body(null, content),
                new Body(null, Compress(content, to => new BrotliStream(to, CompressionLevel.SmallestSize))),
                new Body(null, Compress(content, to => new GZipStream(to, CompressionLevel.SmallestSize)))));
        }
    }

    private static byte[] Compress(byte[] content, Func<Stream, Stream> with)
    {
        var compressed = new MemoryStream();
        using (var stream = with(compressed))
            stream.Write(content);
        return compressed.ToArray();
    }

    /// <summary>Names that hold a hash of the content: another content has another name.</summary>
    [GeneratedRegex(@"^_framework/.+\.[a-z0-9]{10}\.(?:wasm|js|dat)$|\.[a-z0-9]{10}\.bundle\.scp\.css$")]
    private static partial Regex Fingerprinted();
}

/// <param name="Version">Differs whenever the content does.</param>
/// <param name="IsImmutable">Whether the name itself says which content it is, so that nobody needs to ask again.</param>
internal sealed record DesignerFile(string ContentType, string Version, bool IsImmutable, Body Plain, Body? Brotli, Body? Gzip)
{
    /// <summary>The smallest form that the client takes; the name of its encoding is null for the plain one.</summary>
    public (Body Body, string? Encoding) For(IReadOnlySet<string> accepted) =>
        Brotli is not null && accepted.Contains("br") ? (Brotli, "br")
        : Gzip is not null && accepted.Contains("gzip") ? (Gzip, "gzip")
        : (Plain, null);
}

/// <summary>A file on disk, or bytes in memory.</summary>
internal sealed record Body(string? File, byte[]? Bytes)
{
    public long Length { get; } = Bytes?.LongLength ?? new FileInfo(File!).Length;

    public Task SendAsync(HttpResponse response, CancellationToken ct) =>
        File is { } path ? response.SendFileAsync(path, ct) : response.Body.WriteAsync(Bytes, ct).AsTask();
}
