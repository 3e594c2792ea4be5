using System.Buffers;
using System.Text;

namespace Switchboard.Data.Transfer;

/// <summary>
/// Keeps a spreadsheet from running what a person typed into a field: an apostrophe goes before every text that a
/// spreadsheet would take for a formula (CWE-1236), and an import takes exactly that apostrophe away again, so that the
/// value comes back as it was. A text that already has apostrophes there gets one more, for the same reason.
/// A telephone number in E.164 form stays as it is: <c>+</c> and digits are a number, nothing that runs.
/// </summary>
public static class FormulaGuard
{
    // The last four are the full-width forms, which a spreadsheet with an East Asian locale takes for the plain ones.
    private static readonly SearchValues<char> Starts = SearchValues.Create("=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");

    // Within a text only after what some locale takes for a delimiter: opened with another one than it was written
    // with, the line falls apart there and the rest becomes a cell of its own.
    private static readonly SearchValues<char> InnerStarts = SearchValues.Create("=@\uFF1D\uFF20");

    private static readonly SearchValues<char> Delimiters = SearchValues.Create(",;\t|\r\n");

    public static string Apply(string text)
    {
        var guarded = LooksLive(text) ? "'" + text : text;
        return guarded.AsSpan().ContainsAny(Delimiters) ? Inner(guarded, add: true) : guarded;
    }

    public static string Remove(string text)
    {
        var plain = text.Length > 1 && text[0] == '\'' && LooksLive(text.AsSpan(1)) ? text[1..] : text;
        return plain.AsSpan().ContainsAny(Delimiters) ? Inner(plain, add: false) : plain;
    }

    private static bool LooksLive(ReadOnlySpan<char> text)
    {
        var rest = text.TrimStart('\'');
        return !rest.IsEmpty && Starts.Contains(rest[0]) && !(rest.Length == text.Length && IsE164(text));
    }

    private static bool IsE164(ReadOnlySpan<char> text) =>
        text.Length is >= 9 and <= 16 && text[0] == '+' && !text[1..].ContainsAnyExceptInRange('0', '9');

    private static string Inner(string text, bool add)
    {
        StringBuilder? result = null;
        var copied = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!Delimiters.Contains(text[i]))
                continue;
            var at = i + 1;
            while (at < text.Length && text[at] == '"')
                at++;
            var apostrophes = at;
            while (at < text.Length && text[at] == '\'')
                at++;
            var live = at < text.Length && InnerStarts.Contains(text[at]);
            if (live && (add || at > apostrophes))
            {
                result ??= new StringBuilder(text.Length + 8);
                result.Append(text, copied, apostrophes - copied);
                if (add)
                    result.Append('\'');
                copied = add ? apostrophes : apostrophes + 1;
            }
            i = at - 1;
        }
        return result is null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }
}
