using Switchboard.Data;

namespace Switchboard.Host.Designer;

/// <summary>
/// Answers everything under <c>/designer/</c>: the page for the addresses of its views, the files for the rest. Public, as the
/// page itself asks for the sign-in; what it shows comes from the API, with the caller's token.
/// </summary>
internal sealed class DesignerPages(RequestDelegate next, DesignerFiles files)
{
    public const string Prefix = "/designer";

    /// <summary>
    /// What the page may do. Studio's runtime is WebAssembly; its components carry styles of their own (without them the
    /// toolbar covers the drawing) and two small scripts, allowed by their hashes; Monaco starts its workers from blobs.
    /// </summary>
    private const string Policy =
        "default-src 'none'; base-uri 'self'; connect-src 'self'; font-src 'self' data:; form-action 'self'; frame-ancestors 'self'; "
        + "img-src 'self' data:; manifest-src 'self'; object-src 'none'; "
        + "script-src 'self' 'wasm-unsafe-eval' 'sha256-snlP1jz0gjwc5cTz9ErZcliXuCK63+Mmf68RRCeptgc=' 'sha256-vu6sQrKXQHR4Yn3FMMihA/9TxxfIXnCxKwvLrTPJ5ts='; "
        + "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:";

    public Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments(Prefix, StringComparison.Ordinal, out var rest))
            return next(http);
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
            throw new ProblemException(405, "method_not_allowed", "The designer's files can only be read.");
        if (!rest.HasValue)
        {
            http.Response.Redirect(Prefix + "/" + http.Request.QueryString, permanent: false);
            return Task.CompletedTask;
        }
        var path = rest.Value!.TrimStart('/');
        if (files.Find(path) is { } file)
            return file.SendAsync(http, Policy);
        if (!IsView(path))
            throw new ProblemException(404, "not_found", "The designer has no such file.");
        if (!files.IsInstalled)
            throw new ProblemException(503, "designer_not_installed", $"Elsa Studio is not installed in {files.Folder}; ./run does that, or npm ci in that folder.");
        return files.Page.SendAsync(http, Policy);
    }

    /// <summary>The list of workflows, one workflow, the list of instances, one instance, and what is told of one; ids hold no dots' worth of a file.</summary>
    private static bool IsView(string path) =>
        path.Split('/') is [""] or ["definitions" or "instances"] or ["definitions" or "instances", _]
        or ["definitions", _, "compare" or "usages" or "live" or "migrate"] or ["instances", _, "waiting"];
}
