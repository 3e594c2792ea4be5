using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Host.Api;

namespace Switchboard.Host.Identity;

/// <summary>One's own keys for programs.</summary>
internal static class ApiKeyEndpoints
{
    private const int MaxName = 100;
    private const int MaxPermissions = 200;

    public static void MapApiKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/auth/keys").WithTags("Sign-in").LimitBody(16 << 10);
        keys.MapGet("", List).RequireSignIn().WithSummary("One's own API keys; the keys themselves are not shown again").WithMetadata(new Shape(Response: "Items"));
        keys.MapPost("", Create).RequireSignIn().WithSummary("Makes an API key: {name, permissions, expiresAt?}; the answer alone shows it")
            .WithMetadata(new Shape("Object", "Object", 201));
        keys.MapDelete("/{id:guid}", Revoke).RequireSignIn().WithSummary("Revokes an API key");
    }

    private static async Task<IResult> List(HttpContext http, ApiKeys keys, CancellationToken ct) => Answer.Of(new JsonObject
    {
        ["items"] = new JsonArray([.. (await keys.ListAsync(Person(http), ct)).Select(key => (JsonNode)Describe(key))]),
        ["next"] = null,
    });

    private static async Task<IResult> Create(HttpContext http, ApiKeys keys, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = Person(http);
        var read = await RequestBody.ReadAsync(http, ct);
        var body = read.Object;
        var name = body["name"] is JsonValue value && value.TryGetValue<string>(out var text) && text.Trim() is { Length: > 0 and <= MaxName } trimmed
            ? trimmed
            : throw ProblemException.Invalid([new FieldError("name", "required", $"name must be text of 1 to {MaxName} characters.")]);
        var (permissions, expiresAt) = (Permissions(body, caller), Expiry(body, time.GetUtcNow()));
        http.Response.Headers.CacheControl = "no-store";
        return await idempotency.OnceAsync(http, read.Bytes, async ticket =>
        {
            // The answer that is kept for a repetition lacks the key: at rest there is its hash alone. Whoever lost it revokes it.
            var (key, kept) = await keys.CreateAsync(
                caller, name, permissions, expiresAt, ct, (step, kept) => ticket.AddTo(step, Answer.Of(Describe(kept), StatusCodes.Status201Created)));
            var answer = Describe(kept);
            answer["key"] = key;
            return Answer.Of(answer, StatusCodes.Status201Created);
        }, ct);
    }

    private static async Task<IResult> Revoke(Guid id, HttpContext http, ApiKeys keys, CancellationToken ct)
    {
        await keys.RevokeAsync(Person(http), id, ct);
        return Results.NoContent();
    }

    /// <summary>A key that leaked must not make another one, or end those that replace it.</summary>
    private static Caller Person(HttpContext http) => http.Caller() is { IsKey: false } caller
        ? caller
        : throw new ProblemException(403, "needs_sign_in", "Keys are managed by people: sign in with e-mail address and password.");

    private static List<string> Permissions(JsonObject body, Caller caller)
    {
        if (body["permissions"] is not JsonArray { Count: > 0 and <= MaxPermissions } given)
            throw ProblemException.Invalid([new FieldError("permissions", "required", "permissions must be a list of what the key may do, as [\"phone-numbers:read\"].")]);
        var permissions = new List<string>();
        foreach (var (i, node) in given.Index())
        {
            if (node is not JsonValue value || !value.TryGetValue<string>(out var pattern) || pattern.Length is 0 or > 100)
                throw ProblemException.Invalid([new FieldError($"permissions/{i}", "invalid_value", "A permission is text such as phone-numbers:read.")]);
            if (!caller.Permissions.Allows(pattern))
                throw ProblemException.Invalid([new FieldError($"permissions/{i}", "not_yours", $"Your roles do not allow {pattern}; a key can do no more than its owner.")]);
            permissions.Add(pattern);
        }
        return permissions;
    }

    private static DateTimeOffset? Expiry(JsonObject body, DateTimeOffset now)
    {
        if (body["expiresAt"] is null)
            return null;
        return body["expiresAt"] is JsonValue value && value.TryGetValue<string>(out var text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at > now
            ? FieldTextOf(at)
            : throw ProblemException.Invalid([new FieldError("expiresAt", "invalid_value", "expiresAt must be an instant in the future, as 2030-01-01T00:00:00Z.")]);
    }

    private static DateTimeOffset FieldTextOf(DateTimeOffset at) => Data.Records.FieldText.Microseconds(at.ToUniversalTime());

    private static JsonObject Describe(ApiKey key) => new()
    {
        ["id"] = key.Id.ToString(),
        ["name"] = key.Name,
        ["prefix"] = key.Prefix,
        ["permissions"] = new JsonArray([.. key.Permissions.Select(pattern => JsonValue.Create(pattern))]),
        ["createdAt"] = key.CreatedAt,
        ["expiresAt"] = key.ExpiresAt,
        ["lastUsedAt"] = key.LastUsedAt,
        ["revokedAt"] = key.RevokedAt,
    };
}
