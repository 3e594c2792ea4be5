using Switchboard.Data;
using Switchboard.Data.Records;

namespace Switchboard.Host.Api;

/// <summary>An instant that a query names, as lists of a period take it.</summary>
internal static class QueryInstant
{
    /// <summary>Null where the query does not name it.</summary>
    /// <exception cref="ProblemException">400 for a text that is no instant.</exception>
    public static DateTimeOffset? Instant(this IQueryCollection query, string name) => query[name].ToString() is not { Length: > 0 } text ? null
        : FieldText.TryParseInstant(text, out var at) ? at
        : throw ProblemException.Malformed("invalid_instant", name, $"{name} is an instant such as 2026-11-01T00:00:00Z.");
}
