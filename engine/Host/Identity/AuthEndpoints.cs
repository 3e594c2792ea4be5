using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Api;

namespace Switchboard.Host.Identity;

/// <summary>Sign-in, and who one is.</summary>
internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Sign-in").LimitBody(16 << 10);
        auth.MapPost("/login", Login).Public().WithSummary("Signs in with e-mail address and password");
        auth.MapPost("/refresh", Refresh).Public().WithSummary("Exchanges a refresh token for new tokens; each is good once");
        auth.MapPost("/logout", Logout).RequireSignIn().WithSummary("Ends the session");
        api.MapGet("/me", Me).RequireSignIn().WithTags("Sign-in").WithSummary("Who is signed in, in which tenant, and what they may do");
        api.MapPut("/me/password", ChangeOwnPassword).RequireSignIn().LimitBody(16 << 10).WithTags("Sign-in")
            .WithSummary("Changes one's own password and ends one's other sessions");
        api.MapPut("/users/{id:guid}/password", SetPassword).RequirePermission("tenants:manage").LimitBody(16 << 10).WithTags("Sign-in")
            .WithSummary("Sets a user's password and ends the user's sessions");
    }

    private static async Task Login(
        HttpContext http, SignIn signIn, Sessions sessions, Tokens tokens, RequestBudgets budgets, CancellationToken ct)
    {
        var address = Gate.AddressOf(http);
        budgets.Take(http, budgets.SignIn, address);
        var body = (await RequestBody.ReadAsync(http, ct)).Object;
        var (email, password) = (RequiredText(body, "email", 254), RequiredText(body, "password", Passwords.MaxLength));
        var sessionId = await signIn.SignInAsync(
            email.Trim(), password, OptionalText(body, "tenant"), address, http.Request.Headers.UserAgent.ToString(), ct);
        await AnswerAsync(http, sessions, tokens, sessionId, generation: 1, ct);
    }

    private static async Task Refresh(
        HttpContext http, Sessions sessions, Tokens tokens, RequestBudgets budgets, CancellationToken ct)
    {
        budgets.Take(http, budgets.SignIn, Gate.AddressOf(http));
        var body = (await RequestBody.ReadAsync(http, ct)).Object;
        if (tokens.ReadRefresh(RequiredText(body, "refreshToken", 4096)) is not { } token
            || await sessions.RefreshAsync(token.SessionId, token.Generation, ct) is not { } generation)
        {
            throw new ProblemException(401, "invalid_refresh_token", "The refresh token is not, or no longer, good. Sign in again.");
        }
        await AnswerAsync(http, sessions, tokens, token.SessionId, generation, ct);
    }

    private static async Task<IResult> Logout(HttpContext http, Sessions sessions, CancellationToken ct)
    {
        await sessions.RevokeAsync(http.Caller().SessionId, ct);
        return Results.NoContent();
    }

    private static async Task<IResult> Me(HttpContext http, SignIn signIn, CancellationToken ct)
    {
        var caller = http.Caller();
        return Json(new JsonObject
        {
            ["user"] = UserOf(caller),
            ["tenant"] = new JsonObject { ["id"] = caller.TenantId.ToString(), ["name"] = caller.TenantName },
            ["tenants"] = new JsonArray([.. (await signIn.TenantsAsync(caller.Memberships, ct)).Select(tenant =>
                new JsonObject { ["id"] = tenant.Id.ToString(), ["name"] = tenant.Name })]),
            ["roles"] = new JsonArray([.. caller.Roles.Select(role => JsonValue.Create(role))]),
            ["permissions"] = new JsonArray([.. caller.Permissions.Patterns.Select(pattern => JsonValue.Create(pattern))]),
        });
    }

    private static async Task<IResult> ChangeOwnPassword(HttpContext http, SignIn signIn, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = (await RequestBody.ReadAsync(http, ct)).Object;
        var current = RequiredText(body, "currentPassword", Passwords.MaxLength);
        var password = NewPassword(body, "newPassword", caller.Email);
        if (!await signIn.HasPasswordAsync(caller, current, Gate.AddressOf(http), ct))
            throw ProblemException.Invalid([new FieldError("currentPassword", "wrong_password", "This is not your present password.")]);
        await signIn.ChangePasswordAsync(new Membership(caller.TenantId, caller.UserId), password, caller, keep: caller.SessionId, ct);
        return Results.NoContent();
    }

    private static async Task<IResult> SetPassword(Guid id, HttpContext http, RecordReader records, SignIn signIn, CancellationToken ct)
    {
        var caller = http.Caller();
        var users = RecordTypes.Find("users")!;
        var user = await records.GetAsync(caller.TenantId, users, id, ct) ?? throw ProblemException.NotFound(users, id);
        var body = (await RequestBody.ReadAsync(http, ct)).Object;
        var password = NewPassword(body, "password", (string?)users.Find("email")!.Get(user) ?? "");
        await signIn.ChangePasswordAsync(new Membership(caller.TenantId, id), password, caller, keep: null, ct);
        return Results.NoContent();
    }

    private static async Task AnswerAsync(
        HttpContext http, Sessions sessions, Tokens tokens, Guid sessionId, long generation, CancellationToken ct)
    {
        var caller = await sessions.FindAsync(sessionId, null, ct)
            ?? throw new ProblemException(401, "sign_in_failed", "The account was switched off a moment ago.");
        http.Response.Headers.CacheControl = "no-store"; // RFC 6749 §5.1
        await Json(new JsonObject
        {
            ["tokenType"] = "Bearer",
            ["accessToken"] = tokens.Access(sessionId),
            ["refreshToken"] = tokens.Refresh(sessionId, generation),
            ["expiresIn"] = (long)Tokens.AccessLifetime.TotalSeconds,
            ["user"] = UserOf(caller),
        }).ExecuteAsync(http);
    }

    private static JsonObject UserOf(Caller caller) => new()
    {
        ["id"] = caller.UserId.ToString(),
        ["email"] = caller.Email,
        ["name"] = caller.Name,
        ["tenantId"] = caller.TenantId.ToString(),
    };

    /// <summary>Length is what counts (NIST SP 800-63B-4 §3.1.1.2); composition rules are not asked for.</summary>
    private static string NewPassword(JsonObject body, string field, string email)
    {
        var password = RequiredText(body, field, Passwords.MaxLength);
        if (password.Length < Passwords.MinLength)
            throw ProblemException.Invalid([new FieldError(field, "too_short", $"A password has at least {Passwords.MinLength} characters.")]);
        if (password.Equals(email, StringComparison.OrdinalIgnoreCase))
            throw ProblemException.Invalid([new FieldError(field, "password_is_email", "The password must not be the e-mail address.")]);
        return password;
    }

    private static string RequiredText(JsonObject body, string field, int maxLength) =>
        OptionalText(body, field) is { Length: > 0 } text && text.Length <= maxLength
            ? text
            : throw ProblemException.Malformed("invalid_value", field, $"{field} must be text of 1 to {maxLength} characters.");

    private static string? OptionalText(JsonObject body, string field) => body[field] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw ProblemException.Malformed("invalid_value", field, $"{field} must be text."),
    };

    private static IResult Json(JsonNode node) => Results.Text(node.ToJsonString(), "application/json");
}
