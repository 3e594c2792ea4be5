using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Host.Api;

namespace Switchboard.Host.Identity;

/// <summary>
/// Between routing and every endpoint: who is it, which tenant, may they. Whatever it does not know it refuses, so an
/// endpoint that names no <see cref="Access"/> cannot be called at all.
/// </summary>
internal sealed class Gate(RequestDelegate next, Callers callers, RequestBudgets budgets)
{
    public async Task InvokeAsync(HttpContext http)
    {
        // The router's own refusals (405, 415) are endpoints too, but not routes; static files and the studio have none.
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
        {
            await next(http);
            return;
        }
        var access = endpoint.Metadata.GetMetadata<Access>()
            ?? throw new InvalidOperationException($"The endpoint {endpoint.RoutePattern.RawText} names no permission.");
        if (access.IsPublic)
        {
            budgets.Take(http, budgets.Anonymous, "address:" + AddressOf(http));
            await next(http);
            return;
        }

        var caller = await callers.FindAsync(http, mayChoose: true, http.RequestAborted);
        if (caller is null)
        {
            budgets.Take(http, budgets.Anonymous, "address:" + AddressOf(http));
            throw new ProblemException(401, "not_authenticated", "Send a valid access token (Authorization: Bearer <token>) or API key (X-Api-Key: <key>).");
        }
        budgets.Take(http, budgets.Caller, $"user:{caller.TenantId}:{caller.UserId}");
        ThrowUnlessAllowed(http, access, caller);
        http.Features.Set(caller);
        await next(http);
    }

    private static void ThrowUnlessAllowed(HttpContext http, Access access, Caller caller)
    {
        if (http.GetRouteValue("type") is string type && RecordTypes.Find(type) is null)
            throw new ProblemException(404, "unknown_record_type", $"There is no record type {type}; GET /api/schema lists them.");
        if (access.PermissionFor(http) is { } permission)
            caller.Demand(permission);
    }

    public static string AddressOf(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
}
