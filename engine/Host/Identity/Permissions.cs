namespace Switchboard.Host.Identity;

/// <summary>
/// What a caller's roles allow, as patterns: <c>phone-numbers:read</c>, <c>phone-numbers:*</c>, <c>*:read</c> or <c>*</c>.
/// A permission is <c>resource:verb</c>; docs/permissions.md lists them.
/// </summary>
internal sealed class PermissionSet
{
    private readonly HashSet<string> patterns;
    private readonly bool all;
    private readonly PermissionSet? within;

    private PermissionSet(PermissionSet narrower, PermissionSet within)
        : this(narrower.patterns) => this.within = within;

    public PermissionSet(IEnumerable<string> patterns)
    {
        this.patterns = new HashSet<string>(patterns, StringComparer.Ordinal);
        all = this.patterns.Contains("*") || this.patterns.Contains("*:*");
    }

    /// <summary>As granted, sorted: what <c>GET /api/me</c> shows.</summary>
    public IReadOnlyList<string> Patterns => [.. patterns.Order(StringComparer.Ordinal)];

    /// <summary>What both allow; shown as what the other grants.</summary>
    public PermissionSet NarrowedTo(PermissionSet other) => new(other, this);

    public bool Allows(string permission) => IsGranted(permission) && within?.Allows(permission) != false;

    private bool IsGranted(string permission)
    {
        if (all || patterns.Contains(permission))
            return true;
        var colon = permission.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && (patterns.Contains(string.Concat(permission.AsSpan(0, colon), ":*"))
                || patterns.Contains(string.Concat("*", permission.AsSpan(colon))));
    }
}

/// <summary>
/// Whom an endpoint is for. Every endpoint carries one: an endpoint without is refused by the <see cref="Gate"/>, and a
/// test walks all of them.
/// </summary>
/// <param name="Permission">What the caller must hold; <c>{type}</c> stands for the route's record type. Null: being signed in suffices.</param>
/// <param name="IsPublic">No sign-in at all.</param>
internal sealed record Access(string? Permission, bool IsPublic = false)
{
    /// <summary>The permission for this request, its <c>{type}</c> filled in from the route.</summary>
    public string? PermissionFor(HttpContext http) =>
        Permission?.Replace("{type}", http.GetRouteValue("type") as string, StringComparison.Ordinal);
}

internal static class AccessConventions
{
    /// <param name="permission">Such as <c>phone-numbers:read</c>, or <c>{type}:read</c> for the record type in the route.</param>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder endpoint, string permission)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Access(permission));

    /// <summary>Any signed-in member of the tenant: what the endpoint shows is the caller's own, or checked inside.</summary>
    public static TBuilder RequireSignIn<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Access(null));

    /// <summary>For everyone, also without a token. A test holds the list of these.</summary>
    public static TBuilder Public<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Access(null, IsPublic: true));
}
