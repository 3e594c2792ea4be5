namespace Switchboard.Host.Api;

/// <summary>
/// Headers that keep a browser from doing more with an answer than it should (OWASP Secure Headers). The API's own answers
/// are data and never pages; whoever serves pages sets a Content-Security-Policy for them.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
            headers.CacheControl = "private, no-cache"; // every answer is one caller's own; a client asks again with its ETag
        }
        if (http.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        return next(http);
    }
}
