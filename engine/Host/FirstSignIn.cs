using System.Buffers.Text;
using System.Security.Cryptography;

using Switchboard.Data;
using Switchboard.Host.Identity;

namespace Switchboard.Host;

/// <summary>How the administrator of a new installation signs in; printed on the console, once, and logged nowhere.</summary>
/// <param name="Password">Null when the person who installs it chose it.</param>
internal sealed record FirstSignIn(string Email, string? Password)
{
    private const string TenantName = "Switchboard";
    private const string UnsetEmail = "admin@localhost";

    /// <summary>Makes the first tenant and its administrator when the database has none.</summary>
    /// <returns>Null when it has.</returns>
    public static async Task<FirstSignIn?> EnsureAsync(IServiceProvider parts, Settings settings, CancellationToken ct)
    {
        var email = settings.AdminEmail ?? UnsetEmail;
        var chosen = settings.AdminPassword;
        var password = chosen ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(15));
        var now = parts.GetRequiredService<TimeProvider>().GetUtcNow();
        var admin = await parts.GetRequiredService<FirstStart>().RunAsync(TenantName, email, (step, user) =>
            step.Insert(SystemTables.Credentials, user.TenantId, user.Id, Passwords.Hash(password), now, 1L), ct);
        return admin is null ? null : new FirstSignIn(email, chosen is null ? password : null);
    }

    public override string ToString() => Password is null
        ? $"Sign in as {Email} with the password of SWITCHBOARD_ADMIN_PASSWORD."
        : $"Sign in as {Email} with the password {Password}\n(it is shown only now; change it after signing in)";
}
