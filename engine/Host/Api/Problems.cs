using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Microsoft.AspNetCore.WebUtilities;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Host.Api;

/// <summary>
/// The boundary at which every refusal and every failure becomes a problem document (RFC 9457). Outermost but for the
/// headers: nothing below it writes an error by itself, and nothing of an unexpected exception but its trace id leaves.
/// </summary>
internal sealed class Problems(RequestDelegate next, ILogger<Problems> log)
{
    /// <summary>How long a client shall wait when the database is away: it restarts in less (RFC 9110 §10.2.3).</summary>
    private const int RetryAfterSeconds = 2;

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            if (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
            {
                // Nobody reads this; the status is for the log and the metrics (nginx's convention).
                http.Response.StatusCode = 499;
                return;
            }
            await WriteAsync(http, Translate(e, http, log));
            return;
        }

        // Refusals of the framework (405, 415, unknown routes) come with a status and without a body.
        var response = http.Response;
        if (response is { StatusCode: >= 400 and < 600, HasStarted: false, ContentType: null } && HttpMethods.IsHead(http.Request.Method) == false)
            await WriteAsync(http, OfStatus(http));
    }

    /// <summary>What one failed item of a batch says, in the shape of a whole answer.</summary>
    public static JsonObject Document(ProblemException problem)
    {
        var document = new JsonObject
        {
            ["type"] = $"urn:switchboard:problem:{problem.Code}",
            ["title"] = ReasonPhrases.GetReasonPhrase(problem.Status),
            ["status"] = problem.Status,
            ["detail"] = problem.Detail,
            ["code"] = problem.Code,
        };
        if (problem.Errors.Count > 0)
            document["errors"] = new JsonArray([.. problem.Errors.Select(Error)]);
        foreach (var (name, value) in problem.Extensions ?? [])
            document[name] = value?.DeepClone();
        document["traceId"] = Activity.Current?.TraceId.ToHexString();
        return document;
    }

    public static async Task WriteAsync(HttpContext http, ProblemException problem)
    {
        var document = Document(problem);
        document["traceId"] ??= http.TraceIdentifier;
        var response = http.Response;
        KeepNothingOf(response);
        response.StatusCode = problem.Status;
        response.ContentType = "application/problem+json";
        if (problem.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (problem.Extensions?["retryAfter"] is JsonValue seconds)
            response.Headers.RetryAfter = seconds.ToJsonString();
        else if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        await response.WriteAsync(document.ToJsonString(), http.RequestAborted);
    }

    /// <summary>The exception as a refusal; what is not expected is logged and becomes a bare 500.</summary>
    public static ProblemException Translate(Exception exception, HttpContext http, ILogger log)
    {
        switch (exception)
        {
            case ProblemException problem:
                return problem;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new ProblemException(413, "body_too_large", "The request's body is larger than this endpoint takes.");
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return new ProblemException(408, "request_timeout", "The request's body came too slowly.");
            case BadHttpRequestException bad when bad.InnerException is JsonException json:
                return RequestBody.Malformed(json);
            case BadHttpRequestException bad:
                return new ProblemException(400, "bad_request", bad.Message);
            case InvalidDataException bad: // the framework's form reader: limits and broken multipart bodies
                return new ProblemException(400, "malformed_form", bad.Message);
            case CommitException { MayHaveCommitted: true } e:
                log.LogWarning(e, "A commit's outcome is not known for {Method} {Route}", http.Request.Method, RouteOf(http));
                return new ProblemException(503, "outcome_unknown",
                    "The database went away in the middle of the commit, and whether the change was applied is not known. Repeat it with the same Idempotency-Key, or read again first.");
            case CommitException e:
                log.LogWarning(e, "Nothing can be committed for {Method} {Route}", http.Request.Method, RouteOf(http));
                return new ProblemException(503, "database_unavailable", "The database does not answer at the moment. Nothing was changed; try again.");
            case NpgsqlException e when IsUnavailable(e):
                log.LogWarning(e, "The database is not available for {Method} {Route}", http.Request.Method, RouteOf(http));
                return new ProblemException(503, "database_unavailable", "The database does not answer at the moment. Nothing was changed; try again.");
            default:
                log.LogError(exception, "{Method} {Route} failed unexpectedly", http.Request.Method, RouteOf(http));
                return new ProblemException(500, "internal_error", "Something went wrong on our side. The trace id leads to what.");
        }
    }

    private static bool IsUnavailable(NpgsqlException e) =>
        e is not PostgresException postgres
            || postgres.IsTransient
            || postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
                or PostgresErrorCodes.DiskFull or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.QueryCanceled;

    private static ProblemException OfStatus(HttpContext http)
    {
        var status = http.Response.StatusCode;
        var (code, detail) = status switch
        {
            401 => ("not_authenticated", "Send a valid access token: Authorization: Bearer <token>."),
            403 => ("forbidden", "This is not allowed."),
            404 => ("not_found", $"There is nothing at {http.Request.Path}."),
            405 => ("method_not_allowed", $"{http.Request.Method} is not possible here; the Allow header says what is."),
            413 => ("body_too_large", "The request's body is larger than this endpoint takes."),
            415 => ("unsupported_media_type", "This endpoint does not read bodies of this content type."),
            429 => ("too_many_requests", "Too many requests; the Retry-After header says when to come back."),
            503 => ("unavailable", "The service is not ready at the moment; try again."),
            _ => ("http_" + status.ToString(CultureInfo.InvariantCulture), ReasonPhrases.GetReasonPhrase(status)),
        };
        return new ProblemException(status, code, detail);
    }

    private static JsonNode Error(FieldError error) => new JsonObject
    {
        ["pointer"] = "/" + error.Field,
        ["code"] = error.Code,
        ["detail"] = error.Detail,
    };

    /// <summary>The answer that was begun is void, but for what tells a client how to behave.</summary>
    private static void KeepNothingOf(HttpResponse response)
    {
        response.Headers.ETag = default;
        response.Headers.Location = default;
        response.Headers.ContentLength = null;
    }

    /// <summary>The route's pattern and not the path, which may hold a person's name or a number.</summary>
    private static string? RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
}
