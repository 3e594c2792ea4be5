using Switchboard.Data;

namespace Switchboard.Host.Studio;

/// <summary>
/// Answers with the studio whatever no other part of the service is asked for: its files, and its page for the address of
/// any of its views. Public, as the page itself asks for the sign-in; what it shows comes from the API, with the caller's token.
/// </summary>
internal sealed class StudioPages(RequestDelegate next, StudioFiles files)
{
    /// <summary>
    /// What the page may do. No script but its own files, and no other host at all. Styles that components set while they
    /// run are inline (Mantine's variables, the editors'); workers of editors start from blobs; the designer is framed.
    /// </summary>
    private const string Policy =
        "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self' data:; form-action 'self'; frame-ancestors 'none'; frame-src 'self'; "
        + "img-src 'self' data: blob:; manifest-src 'self'; object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:";

    /// <summary>Addresses of the service's other parts, where an unknown one is told as such and not answered with a page.</summary>
    private static readonly PathString[] Others = ["/api", "/elsa", "/hubs", "/workflows", "/designer", "/openapi", "/health"];

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
            || Others.Any(other => request.Path.StartsWithSegments(other, StringComparison.OrdinalIgnoreCase)))
        {
            return next(http);
        }
        if (files.Find(request.Path.Value!.TrimStart('/')) is { } file)
            return file.SendAsync(http, Policy);
        if (!WantsPage(request))
            return next(http);
        return files.Page is { } page
            ? page.SendAsync(http, Policy)
            : throw new ProblemException(503, "studio_not_built", $"The studio is not built in {files.Folder}; ./run does that, or npm ci and npm run build in that folder.");
    }

    /// <summary>Somebody follows a link; a script or a style sheet that is not there is not a page.</summary>
    private static bool WantsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
