using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>Elsa's sign-in over our sessions: the same tokens, in Elsa's words.</summary>
internal static class IdentityEndpoints
{
    public static void MapElsaIdentity(this IEndpointRouteBuilder elsa)
    {
        var identity = elsa.MapGroup("/identity").LimitBody(16 << 10);
        identity.MapPost("/login", Login).Public();
        identity.MapPost("/refresh-token", Refresh).Public();
    }

    private static async Task<IResult> Login(HttpContext http, SignIn signIn, Tokens tokens, RequestBudgets budgets, CancellationToken ct)
    {
        var address = Gate.AddressOf(http);
        budgets.Take(http, budgets.SignIn, address);
        var body = await ElsaRequest.BodyAsync(http, ct);
        var (name, password) = (body.Text("username") ?? "", body.Text("password") ?? "");
        if (name.Length is 0 or > 254 || password.Length is 0 or > Passwords.MaxLength)
            return Refused();
        try
        {
            return Signed(tokens, await signIn.SignInAsync(name.Trim(), password, null, address, http.Request.Headers.UserAgent.ToString(), ct), 1, http);
        }
        catch (ProblemException e) when (e.Status == StatusCodes.Status401Unauthorized)
        {
            return Refused();
        }
    }

    private static async Task<IResult> Refresh(HttpContext http, Sessions sessions, Tokens tokens, RequestBudgets budgets, CancellationToken ct)
    {
        budgets.Take(http, budgets.SignIn, Gate.AddressOf(http));
        var body = await ElsaRequest.BodyAsync(http, ct);
        var given = body.Text("refreshToken")
            ?? (http.Request.Headers.Authorization.ToString() is ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. var bearer] ? bearer : null);
        return given is not null && tokens.ReadRefresh(given) is { } token && await sessions.RefreshAsync(token.SessionId, token.Generation, ct) is { } generation
            ? Signed(tokens, token.SessionId, generation, http)
            : Refused();
    }

    /// <summary>Elsa says 200 also to bad credentials.</summary>
    private static Answer Refused() => Answer.Of(new JsonObject { ["isAuthenticated"] = false });

    private static Answer Signed(Tokens tokens, Guid sessionId, long generation, HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store"; // RFC 6749 §5.1
        return Answer.Of(new JsonObject
        {
            ["isAuthenticated"] = true,
            ["accessToken"] = tokens.Access(sessionId),
            ["refreshToken"] = tokens.Refresh(sessionId, generation),
        });
    }
}
