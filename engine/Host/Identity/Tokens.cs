using System.Globalization;
using System.Security.Claims;

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.Extensions.Options;

namespace Switchboard.Host.Identity;

/// <summary>
/// The framework's bearer tokens: tickets under data protection, opaque to clients. They name a session and nothing else;
/// who that is and what they may is read from the database, so that a change of roles or a sign-out counts at once.
/// </summary>
internal sealed class Tokens(IOptionsMonitor<BearerTokenOptions> options, TimeProvider time)
{
    private const string SessionClaim = "sid";
    private const string GenerationClaim = "gen";

    /// <summary>How long an access token lives; a revoked session ends it earlier. Default 1 h.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromHours(1);

    /// <summary>How long a session lives without being refreshed. Default 14 days.</summary>
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(14);

    private BearerTokenOptions Options => options.Get(BearerTokenDefaults.AuthenticationScheme);

    public string Access(Guid sessionId) =>
        Options.BearerTokenProtector.Protect(Ticket(AccessLifetime, new Claim(SessionClaim, sessionId.ToString())));

    /// <param name="generation">How often the session was refreshed: only the newest token is good, an older one betrays a theft.</param>
    public string Refresh(Guid sessionId, long generation) =>
        Options.RefreshTokenProtector.Protect(Ticket(
            RefreshLifetime,
            new Claim(SessionClaim, sessionId.ToString()),
            new Claim(GenerationClaim, generation.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Null for a token that is not ours, or has expired.</summary>
    public (Guid SessionId, long Generation)? ReadRefresh(string token)
    {
        var ticket = Options.RefreshTokenProtector.Unprotect(token);
        if (ticket?.Properties.ExpiresUtc is not { } expires || expires <= time.GetUtcNow() || SessionOf(ticket.Principal) is not { } sessionId)
            return null;
        return long.TryParse(ticket.Principal.FindFirstValue(GenerationClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            ? (sessionId, generation)
            : null;
    }

    public static Guid? SessionOf(ClaimsPrincipal? principal) =>
        Guid.TryParse(principal?.FindFirstValue(SessionClaim), out var id) ? id : null;

    private AuthenticationTicket Ticket(TimeSpan lifetime, params Claim[] claims) => new(
        new ClaimsPrincipal(new ClaimsIdentity(claims, BearerTokenDefaults.AuthenticationScheme)),
        new AuthenticationProperties { ExpiresUtc = time.GetUtcNow() + lifetime },
        BearerTokenDefaults.AuthenticationScheme);
}
