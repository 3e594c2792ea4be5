using System.Text;

namespace Switchboard.Data.Commit;

/// <summary>
/// Texts as PostgreSQL can keep them: it has no U+0000, neither in text nor in jsonb. What people send is refused long before
/// this; what a called service answers comes here, and shows U+FFFD in its place instead of failing the step.
/// </summary>
public static class StorableText
{
    private const string NulEscape = "\\u0000";

    public static string Of(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    /// <param name="json">The text of a JSON document, where the character can only be an escape.</param>
    public static string OfJson(string json)
    {
        var at = json.IndexOf(NulEscape, StringComparison.Ordinal);
        if (at < 0)
            return json;
        var storable = new StringBuilder(json.Length);
        var copied = 0;
        for (; at >= 0; at = json.IndexOf(NulEscape, at, StringComparison.Ordinal))
        {
            if (IsEscaped(json, at))
            {
                at++;
                continue;
            }
            storable.Append(json, copied, at - copied).Append('\uFFFD');
            at += NulEscape.Length;
            copied = at;
        }
        return storable.Append(json, copied, json.Length - copied).ToString();
    }

    /// <summary>Whether an odd number of backslashes stands before, so that the one here is a character of the text.</summary>
    private static bool IsEscaped(string json, int at)
    {
        var before = at;
        while (before > 0 && json[before - 1] == '\\')
            before--;
        return (at - before) % 2 == 1;
    }
}
