using System.Text;
using System.Text.RegularExpressions;

namespace Switchboard.Rules.Feel.Functions;

/// <summary>Texts; positions and lengths count code points (DMN 1.5 §10.3.4.3).</summary>
internal static class StringFunctions
{
    public static readonly BuiltInFunction[] All =
    [
        BuiltIns.Define("substring", FeelType.String, new Overload(["string", "start position", "length?"], Substring)),
        BuiltIns.Define("string length", FeelType.Number, new Overload(["string"], (run, arguments) =>
            arguments[0].Reference is not string text ? BuiltIns.Wrong(run, "string length", arguments) : MayRead(run, text) ? FeelValue.Of((decimal)Length(text)) : default)),
        BuiltIns.Define("upper case", FeelType.String, new Overload(["string"], (run, arguments) =>
            arguments[0].Reference is not string text ? BuiltIns.Wrong(run, "upper case", arguments) : BuiltIns.MayWrite(run, text.Length) ? FeelValue.Of(text.ToUpperInvariant()) : default)),
        BuiltIns.Define("lower case", FeelType.String, new Overload(["string"], (run, arguments) =>
            arguments[0].Reference is not string text ? BuiltIns.Wrong(run, "lower case", arguments) : BuiltIns.MayWrite(run, text.Length) ? FeelValue.Of(text.ToLowerInvariant()) : default)),
        Pair("substring before", FeelType.String, "match", (text, match) =>
            FeelValue.Of(text.IndexOf(match, StringComparison.Ordinal) is >= 0 and var at ? text[..at] : "")),
        Pair("substring after", FeelType.String, "match", (text, match) =>
            FeelValue.Of(text.IndexOf(match, StringComparison.Ordinal) is >= 0 and var at ? text[(at + match.Length)..] : "")),
        Pair("contains", FeelType.Boolean, "match", (text, match) => FeelValue.Of(text.Contains(match, StringComparison.Ordinal))),
        Pair("starts with", FeelType.Boolean, "match", (text, match) => FeelValue.Of(text.StartsWith(match, StringComparison.Ordinal))),
        Pair("ends with", FeelType.Boolean, "match", (text, match) => FeelValue.Of(text.EndsWith(match, StringComparison.Ordinal))),
        BuiltIns.Define("matches", FeelType.Boolean, new Overload(["input", "pattern", "flags?"], Matches)),
        BuiltIns.Define("replace", FeelType.String, new Overload(["input", "pattern", "replacement", "flags?"], Replace)),
        BuiltIns.Define("split", new ListType(FeelType.String), new Overload(["string", "delimiter"], Split)),
        BuiltIns.Define("string join", FeelType.String, new Overload(["list", "delimiter?"], Join)),
    ];

    private static BuiltInFunction Pair(string name, FeelType result, string second, Func<string, string, FeelValue> body) =>
        BuiltIns.Define(name, result, new Overload(["string", second], (run, arguments) =>
            arguments[0].Reference is not string text || arguments[1].Reference is not string match ? BuiltIns.Wrong(run, name, arguments)
            // A text that repeats itself is compared with another one from each of its places.
            : run.Steps(1 + ((long)text.Length * match.Length / 4096)) ? body(text, match) : default));

    /// <summary>Whether a text of this length may be gone through.</summary>
    private static bool MayRead(FeelRun run, string text) => run.Steps(1 + (text.Length / 64));

    private static int Length(string text)
    {
        var length = text.Length;
        foreach (var c in text)
        {
            if (char.IsLowSurrogate(c))
                length--;
        }
        return length;
    }

    /// <summary>From 1, or from the end where negative; beyond either end there is nothing.</summary>
    private static FeelValue Substring(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].Reference is not string text || !arguments[1].IsShortNumber || arguments[1].Short == 0 || (arguments.Length > 2 && !arguments[2].IsShortNumber))
            return BuiltIns.Wrong(run, "substring", arguments);
        if (!MayRead(run, text))
            return default;
        var size = Length(text);
        var start = decimal.Truncate(arguments[1].Short);
        var first = start > 0 ? start - 1 : size + start;
        var length = arguments.Length > 2 ? decimal.Truncate(arguments[2].Short) : size;
        if (first < 0 || length < 0)
            return BuiltIns.Wrong(run, "substring", arguments);
        if (first >= size)
            return FeelValue.Of("");
        var begin = Offset(text, size, (int)first);
        var end = Offset(text, size, (int)Math.Min(first + length, size));
        return FeelValue.Of(text[begin..end]);
    }

    /// <summary>The UTF-16 unit at which a code point begins.</summary>
    private static int Offset(string text, int size, int position)
    {
        if (size == text.Length)
            return position;
        var at = 0;
        for (; position > 0 && at < text.Length; position--)
            at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
        return at;
    }

    private static FeelValue Matches(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].Reference is not string text || Pattern(run, arguments, 1, 2) is not { } pattern)
            return BuiltIns.Wrong(run, "matches", arguments);
        try
        {
            return run.Steps(text.Length / 16 + 1) ? FeelValue.Of(pattern.Regex(run.Budget.RegexTime).IsMatch(text)) : default;
        }
        catch (RegexMatchTimeoutException)
        {
            return TooLong(run, pattern);
        }
    }

    private static FeelValue Replace(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].Reference is not string text || arguments[2].Reference is not string written || Pattern(run, arguments, 1, 3) is not { } pattern)
            return BuiltIns.Wrong(run, "replace", arguments);
        try
        {
            var regex = pattern.Regex(run.Budget.RegexTime);
            // What also matches nothing would be replaced everywhere: an error (XPath Functions 3.1 §5.6.4, FORX0003).
            if (pattern.Replacement(written) is not { } replacement || regex.IsMatch("") || !MayRead(run, text))
                return BuiltIns.Wrong(run, "replace", arguments);
            var length = 0L;
            var isTooLong = false;
            var replaced = regex.Replace(text, match =>
            {
                if (isTooLong)
                    return "";
                var inserted = match.Result(replacement);
                length += inserted.Length;
                isTooLong = length > run.Budget.StringLength;
                return inserted;
            });
            return !isTooLong && BuiltIns.MayWrite(run, replaced.Length) ? FeelValue.Of(replaced) : run.Fail("budget_string", "The replaced text would be too long.");
        }
        catch (RegexMatchTimeoutException)
        {
            return TooLong(run, pattern);
        }
    }

    private static FeelValue Split(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments[0].Reference is not string text || Pattern(run, arguments, 1, 2) is not { } pattern)
            return BuiltIns.Wrong(run, "split", arguments);
        try
        {
            var parts = new List<FeelValue>();
            var at = 0;
            foreach (var match in pattern.Regex(run.Budget.RegexTime).EnumerateMatches(text))
            {
                if (!run.Step() || parts.Count >= run.Budget.ListLength)
                    return run.Fail("budget_list", "The text has too many parts.");
                if (match.Length == 0 && (match.Index == 0 || match.Index == text.Length))
                    continue;
                parts.Add(FeelValue.Of(text[at..match.Index]));
                at = match.Index + match.Length;
            }
            parts.Add(FeelValue.Of(text[at..]));
            return FeelValue.Of((IReadOnlyList<FeelValue>)parts);
        }
        catch (RegexMatchTimeoutException)
        {
            return TooLong(run, pattern);
        }
    }

    private static XPathPattern? Pattern(FeelRun run, ReadOnlySpan<FeelValue> arguments, int pattern, int flags)
    {
        if (arguments[pattern].Reference is not string written)
            return null;
        var flagged = arguments.Length > flags ? arguments[flags] : default;
        if (!flagged.IsNull && flagged.Kind != FeelKind.String)
            return null;
        var found = XPathPattern.Of(written, flagged.IsNull ? "" : flagged.AsString(), out var problem);
        if (found is null)
            run.Fail("wrong_pattern", $"The pattern {(written.Length > 60 ? written[..60] + "…" : written)} is refused: {problem}");
        return found;
    }

    private static FeelValue TooLong(FeelRun run, XPathPattern pattern) =>
        run.Fail("budget_regex", $"The pattern {pattern.Written} was stopped after {run.Budget.RegexTime.TotalMilliseconds} ms.");

    private static FeelValue Join(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        var delimiter = arguments.Length < 2 || arguments[1].IsNull ? "" : arguments[1].Reference as string;
        if (arguments[0].IsNull || delimiter is null)
            return BuiltIns.Wrong(run, "string join", arguments);
        var text = new StringBuilder();
        var isFirst = true;
        foreach (var element in FeelRuntime.AsList(arguments[0]))
        {
            if (element.IsNull)
                continue;
            if (element.Reference is not string part)
                return BuiltIns.Wrong(run, "string join", arguments);
            if (text.Length + (long)delimiter.Length + part.Length > run.Budget.StringLength || !run.Steps((part.Length / 16) + 1))
                return run.Fail("budget_string", "The joined text would be too long.");
            text.Append(isFirst ? "" : delimiter).Append(part);
            isFirst = false;
        }
        return FeelValue.Of(text.ToString());
    }
}
