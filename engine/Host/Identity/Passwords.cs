using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Switchboard.Host.Identity;

/// <summary>Password hashes of ASP.NET Core Identity (PBKDF2, HMAC-SHA512, 128-bit salt, the cost stored in the hash).</summary>
internal static class Passwords
{
    /// <summary>OWASP's figure for PBKDF2-HMAC-SHA512 (Password Storage Cheat Sheet, 2023): about 0.1 s of one core.</summary>
    private const int Iterations = 210_000;

    /// <summary>Shorter ones are refused (NIST SP 800-63B-4 §3.1.1.2 asks for 8 at least, and 15 where it is the only factor).</summary>
    public const int MinLength = 12;

    public const int MaxLength = 256;

    private static readonly PasswordHasher<object> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

    private static readonly object Nobody = new();

    /// <summary>The hash of no one's password: unknown accounts are compared with it, so that they take as long as known ones.</summary>
    private static readonly Lazy<string> Decoy = new(() => Hash("no account has this password"));

    /// <summary>Takes about 0.1 s of CPU.</summary>
    public static string Hash(string password) => Hasher.HashPassword(Nobody, password);

    /// <param name="hash">Null for an account that does not exist.</param>
    /// <param name="outdated">Whether the hash was made at a lower cost and should be made anew.</param>
    public static bool Verify(string? hash, string password, out bool outdated)
    {
        var result = Hasher.VerifyHashedPassword(Nobody, hash ?? Decoy.Value, password);
        outdated = result == PasswordVerificationResult.SuccessRehashNeeded;
        return hash is not null && result != PasswordVerificationResult.Failed;
    }
}
