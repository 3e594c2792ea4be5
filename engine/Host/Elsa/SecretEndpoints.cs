using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using Switchboard.Data.Records;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Secrets;

namespace Switchboard.Host.Elsa;

/// <summary>Secrets over Elsa's API: their values come in and never go out.</summary>
internal static partial class SecretEndpoints
{
    private const string Read = "secrets:read";
    private const string Manage = "secrets:manage";
    private const string Store = "encrypted";
    private const int MaxValue = 64 << 10;
    private const int MaxText = 1_000;

    private static readonly (string Name, string Title, string Hint)[] Types =
        [("text", "Text", "singleline"), ("rsa-key", "RSA key", "multiline"), ("x509-certificate", "X.509 certificate", "multiline")];

    public static void MapSecrets(this IEndpointRouteBuilder elsa)
    {
        var secrets = elsa.MapGroup("/secrets");
        secrets.MapGet("", List).RequirePermission(Read);
        secrets.MapGet("/descriptors", Descriptors).RequirePermission(Read);
        secrets.MapPost("/picker", Picker).RequirePermission(Read);
        secrets.MapPost("", Create).RequirePermission(Manage);
        secrets.MapGet("/{name}", Get).RequirePermission(Read);
        secrets.MapPost("/{name}", Update).RequirePermission(Manage);
        secrets.MapDelete("/{name}", Delete).RequirePermission(Manage);
        secrets.MapPost("/{name}/rotate", Rotate).RequirePermission(Manage);
        secrets.MapPost("/{name}/revoke", Revoke).RequirePermission(Manage);
        secrets.MapPost("/{name}/test", Test).RequirePermission(Manage);
    }

    private static async Task<IResult> List(HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct)
    {
        var found = (await store.ListAsync(http.Caller().TenantId, ct))
            .Where(secret => Contains(secret, http.Query("search")) && Is(secret.TypeName, http.Query("typeName")) && Is(Store, http.Query("storeName"))
                && Is(secret.Scope, http.Query("scope")) && Is(secret.StatusAt(time.GetUtcNow()), http.Query("status"))).ToList();
        var size = http.QueryInteger("pageSize") ?? int.MaxValue;
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. found.Skip((int)Math.Min((long)(http.QueryInteger("page") ?? 0) * size, int.MaxValue)).Take(size).Select(secret => (JsonNode)Describe(secret, time))]),
            ["totalCount"] = found.Count,
        });
    }

    private static async Task<IResult> Picker(HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct)
    {
        var body = await ElsaRequest.BodyAsync(http, ct);
        var (types, stores) = (body.Texts("typeNames"), body.Texts("storeNames"));
        var activeOnly = body["activeOnly"] is null || body.Flag("activeOnly");
        var found = (await store.ListAsync(http.Caller().TenantId, ct))
            .Where(secret => Contains(secret, body.Text("search")) && (types.Count == 0 || types.Contains(secret.TypeName)) && (stores.Count == 0 || stores.Contains(Store))
                && Is(secret.Scope, body.Text("scope")) && (!activeOnly || secret.StatusAt(time.GetUtcNow()) == "Active"));
        return Answer.Of(new JsonObject
        {
            ["items"] = new JsonArray([.. found.Select(secret => (JsonNode)Describe(secret, time))]),
            ["canCreateInline"] = http.Caller().Permissions.Allows(Manage),
        });
    }

    private static Answer Descriptors() => Answer.Of(new JsonObject
    {
        ["types"] = new JsonArray([.. Types.Select(type => (JsonNode)new JsonObject
        {
            ["name"] = type.Name,
            ["displayName"] = type.Title,
            ["description"] = "",
            ["editorHint"] = type.Hint,
            ["supportedStoreNames"] = new JsonArray(Store),
        })]),
        ["stores"] = new JsonArray(new JsonObject
        {
            ["name"] = Store,
            ["displayName"] = "Encrypted",
            ["description"] = "Sealed in the database with the key of the service.",
            ["capabilities"] = "Write, Delete, Test, Versioned",
            ["isReadOnly"] = false,
        }),
    });

    private static async Task<IResult> Get(string name, HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct) =>
        await store.FindAsync(http.Caller().TenantId, name, ct) is { } secret ? Answer.Of(Describe(secret, time)) : throw SecretStore.NotFound(name);

    private static async Task<IResult> Create(HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await ElsaRequest.BodyAsync(http, ct);
        var name = body.Text("name") is { } given && Name().IsMatch(given) ? given : throw ElsaErrors.Invalid("name", "name must be 1 to 100 letters, digits, dots, dashes and underscores.");
        var type = body.Text("typeName") ?? "text";
        if (Array.TrueForAll(Types, known => known.Name != type))
            throw ElsaErrors.Invalid("typeName", $"typeName must be one of {string.Join(", ", Types.Select(known => known.Name))}.");
        if ((body.Text("storeName") ?? Store) != Store)
            throw ElsaErrors.Invalid("storeName", $"Secrets are kept in the store {Store}; there is no other.");
        var now = FieldText.Microseconds(time.GetUtcNow());
        var secret = new Secret(
            Guid.CreateVersion7(now), name, ShortText(body, "displayName") ?? name, ShortText(body, "description"), type, ShortText(body, "scope"), 1, false, Expiry(body, now), now, now, 1);
        return Answer.Of(Describe(await store.CreateAsync(caller.TenantId, secret, Value(body), caller.Change("secrets.created", now), ct), time));
    }

    private static async Task<IResult> Update(string name, HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct)
    {
        var body = await ElsaRequest.BodyAsync(http, ct);
        var (title, description) = (ShortText(body, "displayName"), ShortText(body, "description"));
        return await ChangeAsync(name, http, store, time, secret => secret with { DisplayName = title ?? secret.DisplayName, Description = description ?? secret.Description }, null, "secrets.updated", ct);
    }

    private static async Task<IResult> Rotate(string name, HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct)
    {
        var body = await ElsaRequest.BodyAsync(http, ct);
        var expiresAt = Expiry(body, time.GetUtcNow());
        return await ChangeAsync(name, http, store, time, secret => secret with { ExpiresAt = expiresAt, IsRevoked = false }, Value(body), "secrets.rotated", ct);
    }

    private static Task<IResult> Revoke(string name, HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct) =>
        ChangeAsync(name, http, store, time, secret => secret with { IsRevoked = true }, null, "secrets.revoked", ct);

    private static async Task<IResult> ChangeAsync(
        string name, HttpContext http, SecretStore store, TimeProvider time, Func<Secret, Secret> change, string? value, string action, CancellationToken ct)
    {
        var caller = http.Caller();
        return Answer.Of(Describe(await store.ChangeAsync(caller.TenantId, name, change, value, caller.Change(action, time.GetUtcNow()), ct), time));
    }

    private static async Task<IResult> Delete(string name, HttpContext http, SecretStore store, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        await store.DeleteAsync(caller.TenantId, name, caller.Change("secrets.deleted", time.GetUtcNow()), ct);
        return Answer.NoContent;
    }

    /// <summary>Whether a request that is sent now could have it.</summary>
    private static async Task<IResult> Test(string name, HttpContext http, SecretStore store, CancellationToken ct)
    {
        try
        {
            await store.OpenAsync(http.Caller().TenantId, name, null, ct);
            return Answer.Of(new JsonObject { ["succeeded"] = true });
        }
        catch (SecretException e)
        {
            return Answer.Of(new JsonObject { ["succeeded"] = false, ["error"] = e.Message });
        }
    }

    private static JsonObject Describe(Secret secret, TimeProvider time) => InstanceJson.WithoutNulls(new JsonObject
    {
        ["id"] = secret.Id.ToString(),
        ["name"] = secret.Name,
        ["displayName"] = secret.DisplayName,
        ["description"] = secret.Description,
        ["typeName"] = secret.TypeName,
        ["storeName"] = Store,
        ["scope"] = secret.Scope,
        ["status"] = secret.StatusAt(time.GetUtcNow()),
        ["currentVersion"] = secret.Number,
        ["createdAt"] = secret.CreatedAt,
        ["updatedAt"] = secret.UpdatedAt,
        ["expiresAt"] = secret.ExpiresAt,
    });

    private static bool Contains(Secret secret, string? search) =>
        string.IsNullOrEmpty(search) || secret.Name.Contains(search, StringComparison.OrdinalIgnoreCase) || secret.DisplayName.Contains(search, StringComparison.OrdinalIgnoreCase);

    private static bool Is(string? value, string? wanted) => string.IsNullOrEmpty(wanted) || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);

    private static string Value(JsonObject body)
    {
        if (body.Text("configurationKey") is { Length: > 0 })
            throw ElsaErrors.Invalid("configurationKey", "Secrets are not read from the configuration: send the value.");
        return body.Text("value") is { Length: > 0 and <= MaxValue } value ? value : throw ElsaErrors.Invalid("value", $"value must be text of 1 to {MaxValue} characters.");
    }

    private static string? ShortText(JsonObject body, string name) =>
        body.Text(name) is not { Length: > 0 } text ? null : text.Length <= MaxText ? text : throw ElsaErrors.Invalid(name, $"{name} must have at most {MaxText} characters.");

    private static DateTimeOffset? Expiry(JsonObject body, DateTimeOffset now)
    {
        if (body.Text("expiresAt") is not { Length: > 0 } text)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at > now
            ? FieldText.Microseconds(at.ToUniversalTime())
            : throw ElsaErrors.Invalid("expiresAt", "expiresAt must be an instant in the future, as 2030-01-01T00:00:00Z.");
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex Name();
}
