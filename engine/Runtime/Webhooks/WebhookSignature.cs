using System.Security.Cryptography;
using System.Text;

namespace Switchboard.Runtime.Webhooks;

/// <summary>
/// The symmetric signature of Standard Webhooks 1.0: HMAC-SHA256 over <c>{id}.{timestamp}.{body}</c>. A secret is
/// <c>whsec_</c> and the base64 of its bytes.
/// </summary>
public static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";

    /// <summary>The specification asks for 24 to 64; a key as long as the hash is as strong as HMAC-SHA256 gets.</summary>
    private const int SecretBytes = 32;

    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The value of <c>webhook-signature</c>: one signature a secret, separated by spaces; a receiver accepts any it knows.</summary>
    /// <param name="timestamp">Seconds since 1970, as in <c>webhook-timestamp</c>.</param>
    public static string Of(IEnumerable<string> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(FormattableString.Invariant($"{id}.{timestamp}."));
        byte[] signed = [.. head, .. body];
        return string.Join(' ', secrets.Select(secret =>
            "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[SecretPrefix.Length..]), signed))));
    }
}
