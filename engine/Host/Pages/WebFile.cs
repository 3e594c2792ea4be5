using System.Collections.Frozen;
using System.IO.Compression;
using System.Net.Mime;
using System.Security.Cryptography;

using Microsoft.Net.Http.Headers;

namespace Switchboard.Host.Pages;

/// <summary>A file that a browser gets, in the forms that it may come in: as it is, brotli, gzip.</summary>
/// <param name="Version">Differs whenever the content does.</param>
/// <param name="IsImmutable">Whether the name itself says which content it is, so that nobody needs to ask again.</param>
internal sealed record WebFile(string ContentType, string Version, bool IsImmutable, Body Plain, Body? Brotli, Body? Gzip)
{
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
        [".woff"] = "font/woff",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary();

    /// <summary>Null for what no page of ours asks for, such as the compressed form beside a file.</summary>
    public static string? TypeOf(string name) => ContentTypes.GetValueOrDefault(Path.GetExtension(name));

    /// <summary>With the compressed forms that its makers have laid beside it (<c>.br</c>, <c>.gz</c>).</summary>
    public static WebFile OnDisk(FileInfo file, string type, string version, bool isImmutable) =>
        new(type, version, isImmutable, new Body(file.FullName, null), Beside(file, ".br"), Beside(file, ".gz"));

    /// <summary>Compressed here, once.</summary>
    public static WebFile InMemory(byte[] content, string type) => new(
        type, Hash(content), false, new Body(null, content),
        new Body(null, Compress(content, to => new BrotliStream(to, CompressionLevel.SmallestSize))),
        new Body(null, Compress(content, to => new GZipStream(to, CompressionLevel.SmallestSize))));

    public static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content))[..16];

    /// <param name="policy">The content-security policy, if it is a page.</param>
    public async Task SendAsync(HttpContext http, string policy)
    {
        var (body, encoding) = For(AcceptedBy(http.Request));
        var etag = new EntityTagHeaderValue($"\"{Version}{(encoding is null ? "" : "-" + encoding)}\"");
        var headers = http.Response.GetTypedHeaders();
        headers.ETag = etag;
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        http.Response.Headers.CacheControl = IsImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        if (ContentType.StartsWith(MediaTypeNames.Text.Html, StringComparison.Ordinal))
            http.Response.Headers.ContentSecurityPolicy = policy;
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(etag, useStrongComparison: false) || known == EntityTagHeaderValue.Any))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        http.Response.ContentType = ContentType;
        http.Response.ContentLength = body.Length;
        if (encoding is not null)
            http.Response.Headers.ContentEncoding = encoding;
        if (HttpMethods.IsGet(http.Request.Method))
            await body.SendAsync(http.Response, http.RequestAborted);
    }

    /// <summary>The smallest form that the client takes; the name of its encoding is null for the plain one.</summary>
    private (Body Body, string? Encoding) For(HashSet<string> accepted) =>
        Brotli is not null && accepted.Contains("br") ? (Brotli, "br")
        : Gzip is not null && accepted.Contains("gzip") ? (Gzip, "gzip")
        : (Plain, null);

    private static HashSet<string> AcceptedBy(HttpRequest request) =>
        [.. request.GetTypedHeaders().AcceptEncoding.Where(encoding => encoding.Quality is not 0).Select(encoding => encoding.Value.ToString().ToLowerInvariant())];

    private static Body? Beside(FileInfo file, string ending) =>
        File.Exists(file.FullName + ending) ? new Body(file.FullName + ending, null) : null;

    private static byte[] Compress(byte[] content, Func<Stream, Stream> with)
    {
        var compressed = new MemoryStream();
        using (var stream = with(compressed))
            stream.Write(content);
        return compressed.ToArray();
    }
}

/// <summary>A file on disk, or bytes in memory.</summary>
internal sealed record Body(string? File, byte[]? Bytes)
{
    public long Length { get; } = Bytes?.LongLength ?? new FileInfo(File!).Length;

    public Task SendAsync(HttpResponse response, CancellationToken ct) =>
        File is { } path ? response.SendFileAsync(path, ct) : response.Body.WriteAsync(Bytes, ct).AsTask();
}
