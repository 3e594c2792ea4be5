using System.Diagnostics;

using Switchboard.Data;
using Switchboard.Data.Records;

namespace Switchboard.Host.Identity;

/// <summary>Who makes a request, in which tenant, and what the roles there allow. Never older than <see cref="Sessions.MaxAge"/>.</summary>
internal sealed record Caller
{
    public required Guid SessionId { get; init; }

    /// <summary>Whether a program came with an API key; <see cref="SessionId"/> is then the key's.</summary>
    public bool IsKey { get; init; }

    public required Guid TenantId { get; init; }

    public required string TenantName { get; init; }

    public required Guid UserId { get; init; }

    public required string Name { get; init; }

    public required string Email { get; init; }

    /// <summary>Names of roles.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    public required PermissionSet Permissions { get; init; }

    /// <summary>Every tenant that this session reaches, this one included.</summary>
    public required IReadOnlyList<Membership> Memberships { get; init; }

    /// <exception cref="ProblemException">403 that names the permission.</exception>
    public void Demand(string permission)
    {
        if (!Permissions.Allows(permission))
            throw Missing(permission);
    }

    public static ProblemException Missing(string permission) => new(
        403, "missing_permission", $"This needs the permission {permission}, which none of your roles has.",
        extensions: new() { ["permission"] = permission });

    /// <summary>What history and audit say of a change that this caller makes.</summary>
    /// <param name="action">Such as <c>updated</c> or the name of a lifecycle action.</param>
    public ChangeContext Change(string action, DateTimeOffset at) =>
        new(UserId, Name, action, at) { TraceId = Activity.Current?.TraceId.ToHexString() };
}

/// <summary>A user of one tenant; one person may be several.</summary>
internal readonly record struct Membership(Guid TenantId, Guid UserId);

internal static class CallerFeature
{
    /// <summary>Set by the <see cref="Gate"/> for every endpoint that is not public.</summary>
    public static Caller Caller(this HttpContext http) =>
        http.Features.Get<Caller>() ?? throw new InvalidOperationException($"{http.GetEndpoint()?.DisplayName} is public and has no caller.");
}
