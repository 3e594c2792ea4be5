using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;

using Switchboard.Data;

namespace Switchboard.Host.Identity;

/// <summary>Who comes with a request, by whichever of the ways there are to say so: an API key or an access token.</summary>
internal sealed class Callers(Sessions sessions, ApiKeys keys)
{
    /// <summary>Null when there is no token and no key, or it is forged, expired, revoked or its user is gone.</summary>
    /// <param name="mayChoose">Whether X-Tenant-Id says in which of the caller's tenants; if not, in the token's or the key's own.</param>
    /// <exception cref="ProblemException">400 or 403 for a tenant that is none, or not the caller's.</exception>
    public async Task<Caller?> FindAsync(HttpContext http, bool mayChoose, CancellationToken ct)
    {
        if (http.Request.Headers["X-Api-Key"].ToString() is { Length: > 0 } key)
        {
            var caller = await keys.FindAsync(key, ct);
            return caller is null || !mayChoose || RequestedTenant(http) is not { } asked || asked == caller.TenantId
                ? caller
                : throw new ProblemException(403, "not_a_member", "The key is of another tenant than X-Tenant-Id names.");
        }
        var result = await http.AuthenticateAsync(BearerTokenDefaults.AuthenticationScheme);
        return result.Succeeded && Tokens.SessionOf(result.Principal) is { } sessionId ? await sessions.FindAsync(sessionId, mayChoose ? RequestedTenant(http) : null, ct) : null;
    }

    /// <summary>The same caller as of now, at most a second ago; null when the sign-in or the key is over. For what lasts longer than a request.</summary>
    public async Task<Caller?> AgainAsync(Caller caller, CancellationToken ct) =>
        caller.IsKey ? await keys.AgainAsync(caller, ct) : await sessions.FindAsync(caller.SessionId, caller.TenantId, ct);

    private static Guid? RequestedTenant(HttpContext http)
    {
        var header = http.Request.Headers["X-Tenant-Id"];
        if (header.Count == 0)
            return null;
        return Guid.TryParse(header, out var tenantId)
            ? tenantId
            : throw new ProblemException(400, "invalid_tenant_id", "X-Tenant-Id must be the id of a tenant.");
    }
}
