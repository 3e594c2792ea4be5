using System.Text.Json;

using Npgsql;

using Switchboard.Data;

namespace Switchboard.Host;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can do its work now; 503 with a reason otherwise. A node
/// listens only after its database is migrated and its artefacts are loaded, so ready asks the database alone.
/// </summary>
internal static class Health
{
    /// <summary>Probes ask every few seconds; a database that takes longer is as good as away.</summary>
    private static readonly TimeSpan DatabaseLimit = TimeSpan.FromSeconds(3);

    /// <summary>In front of everything else: no token, no rate limit, no log line.</summary>
    public static void UseHealth(this WebApplication app) => app.Use(async (http, next) =>
    {
        switch (http.Request.Path.Value)
        {
            case "/health/live":
                await AnswerAsync(http, null);
                break;
            case "/health/ready" or "/health/startup":
                await AnswerAsync(http, await ProblemAsync(app, http.RequestAborted));
                break;
            default:
                await next(http);
                break;
        }
    });

    private static async Task<string?> ProblemAsync(WebApplication app, CancellationToken ct)
    {
        if (app.Lifetime.ApplicationStopping.IsCancellationRequested)
            return "stopping";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(DatabaseLimit);
        try
        {
            await using var command = app.Services.GetRequiredService<Database>().App.CreateCommand("select 1");
            await command.ExecuteScalarAsync(limit.Token);
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return "database";
        }
    }

    /// <param name="problem">Which part; no more, because anybody may ask.</param>
    private static Task AnswerAsync(HttpContext http, string? problem)
    {
        http.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        if (problem is not null)
            http.Response.Headers.RetryAfter = "2";
        return http.Response.WriteAsync(
            problem is null ? """{"status":"ok"}""" : $$"""{"status":"unavailable","reason":{{JsonSerializer.Serialize(problem)}}}""", http.RequestAborted);
    }
}
