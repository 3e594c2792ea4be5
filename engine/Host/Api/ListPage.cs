using System.Globalization;

using Switchboard.Data;

namespace Switchboard.Host.Api;

/// <summary>The page that a list by id is asked for: <c>?limit=50&amp;after=…</c>, where after is the last id of the page before.</summary>
internal static class ListPage
{
    private const int Most = 500;

    /// <param name="limit">Of whoever does not say.</param>
    public static (int Limit, Guid? After) Of(IQueryCollection query, int limit = 50)
    {
        if (query.TryGetValue("limit", out var written))
        {
            limit = int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Most
                ? number
                : throw ProblemException.Malformed("invalid_limit", "limit", $"limit is a number from 1 to {Most}.");
        }
        var after = query["after"].ToString() is { Length: > 0 } cursor
            ? Guid.TryParse(cursor, out var last) ? last : throw ProblemException.Malformed("invalid_cursor", "after", "after is the next of the page before.")
            : (Guid?)null;
        return (limit, after);
    }
}
