using System.Globalization;

using Microsoft.Net.Http.Headers;

using Switchboard.Data;

namespace Switchboard.Host.Api;

/// <summary>A record's version as a strong ETag, and a client's If-Match against it (RFC 9110 §13.1.1).</summary>
internal static class Preconditions
{
    public static string ETagOf(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    public static void SetETag(HttpContext http, long version) => http.Response.Headers.ETag = ETagOf(version);

    /// <summary>The versions that the client accepts; null when it names none, or any (<c>*</c>).</summary>
    /// <exception cref="ProblemException">400 for a header that cannot be read.</exception>
    public static IReadOnlyList<long>? IfMatch(HttpContext http)
    {
        var header = http.Request.Headers.IfMatch;
        if (header.Count == 0)
            return null;
        if (!EntityTagHeaderValue.TryParseList([.. header.OfType<string>()], out var tags))
            throw new ProblemException(400, "invalid_if_match", "If-Match must be a list of entity tags in double quotes, such as \"3\".");
        if (tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)))
            return null;
        // A weak tag never matches where strong comparison is asked for; a tag that is no version is simply none of ours.
        return [.. tags.Where(tag => !tag.IsWeak)
            .Select(tag => long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1)];
    }

    /// <exception cref="ProblemException">412 with the version that is there.</exception>
    public static void ThrowUnlessMatches(IReadOnlyList<long>? accepted, long version)
    {
        if (accepted is not null && !accepted.Contains(version))
            throw Stale(version);
    }

    public static ProblemException Stale(long version) => new(
        412, "stale_version", "The record was changed by someone else since you read it. Read it again and repeat your change.",
        extensions: new() { ["version"] = version });

    /// <summary>Whether the client already has this version (If-None-Match), so that 304 suffices.</summary>
    public static bool HasAlready(HttpContext http, long version) =>
        EntityTagHeaderValue.TryParseList([.. http.Request.Headers.IfNoneMatch.OfType<string>()], out var tags)
        && tags.Any(tag => tag.Tag == ETagOf(version));
}
