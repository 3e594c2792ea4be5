using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Switchboard.Rules.Feel.Functions;

/// <summary>
/// A regular expression of XPath and XQuery Functions 3.1 §5.6.1 as .NET runs it. The two differ in what a dot, an end, white
/// space and an escape mean; what only .NET knows is refused. Without back-references it runs in linear time.
/// </summary>
internal sealed class XPathPattern
{
    private const int Remembered = 1000;

    // Longer or deeper than anything that somebody wrote; what .NET makes of it would take seconds and gigabytes.
    private const int Longest = 2000;
    private const int Deepest = 50;

    // Name characters of XML 1.0: what \i and \c stand for.
    private const string NameStart = @"\p{L}\p{Nl}_:";
    private const string NamePart = @"\p{L}\p{Nl}\p{Nd}\p{M}_:.\-·";

    private static readonly ConcurrentDictionary<(string, string), (XPathPattern? Pattern, string? Problem)> Known = new();

    private readonly string translated;
    private readonly RegexOptions options;
    private readonly bool hasBackReference;
    private Regex? compiled;

    private XPathPattern(string written, string translated, RegexOptions options, int groups, bool hasBackReference) =>
        (Written, this.translated, this.options, Groups, this.hasBackReference) = (written, translated, options, groups, hasBackReference);

    public string Written { get; }

    public int Groups { get; }

    /// <summary>The pattern; null with a sentence that says why not.</summary>
    public static XPathPattern? Of(string pattern, string flags, out string? problem)
    {
        if (!Known.TryGetValue((pattern, flags), out var known))
        {
            known = Translate(pattern, flags);
            // Expressions may make patterns without end: at the number all are forgotten, and those in use come back.
            if (Known.Count >= Remembered)
                Known.Clear();
            if (pattern.Length <= Longest && flags.Length <= 10)
                Known[(pattern, flags)] = known;
        }
        problem = known.Problem;
        return known.Pattern;
    }

    public Regex Regex(TimeSpan time)
    {
        if (compiled is { } ready && ready.MatchTimeout == time)
            return ready;
        return compiled = new Regex(translated, options | (hasBackReference ? 0 : RegexOptions.NonBacktracking), time);
    }

    /// <summary>What is put in place of a match, as .NET writes it: $n stands for a group, \$ and \\ for themselves; null if it is wrong.</summary>
    public string? Replacement(string written)
    {
        var text = new StringBuilder();
        for (var i = 0; i < written.Length; i++)
        {
            var c = written[i];
            if (c == '\\')
            {
                if (++i >= written.Length || written[i] is not ('$' or '\\'))
                    return null;
                text.Append(written[i] == '$' ? "$$" : "\\");
            }
            else if (c == '$')
            {
                if (i + 1 >= written.Length || !char.IsAsciiDigit(written[i + 1]))
                    return null;
                var number = written[++i] - '0';
                // The longest number that is a group.
                while (i + 1 < written.Length && char.IsAsciiDigit(written[i + 1]) && (number * 10) + written[i + 1] - '0' <= Groups)
                    number = (number * 10) + written[++i] - '0';
                text.Append(number <= Groups ? $"${{{number}}}" : "");
            }
            else
            {
                text.Append(c);
            }
        }
        return text.ToString();
    }

    private static (XPathPattern?, string?) Translate(string pattern, string flags)
    {
        if (flags.Length > 10)
            return (null, "it has too many flags.");
        if (pattern.Length > Longest)
            return (null, $"it is longer than {Longest} characters.");
        var options = RegexOptions.CultureInvariant;
        foreach (var flag in flags)
        {
            switch (flag)
            {
                case 's' or 'x' or 'q':
                    break;
                case 'm':
                    options |= RegexOptions.Multiline;
                    break;
                case 'i':
                    options |= RegexOptions.IgnoreCase;
                    break;
                default:
                    return (null, $"there is no flag {flag}; there are s, m, i, x and q.");
            }
        }
        try
        {
            if (flags.Contains('q', StringComparison.Ordinal))
                return (new XPathPattern(pattern, System.Text.RegularExpressions.Regex.Escape(pattern), options & ~RegexOptions.Multiline, 0, false), null);
            var translation = new Translation(pattern, flags);
            var text = translation.Run();
            var made = new XPathPattern(pattern, text, options, translation.Groups, translation.HasBackReference);
            made.Regex(TimeSpan.FromMilliseconds(100));
            return (made, null);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return (null, e.Message);
        }
    }

    private sealed class Translation(string written, string flags)
    {
        private readonly string pattern = flags.Contains('x', StringComparison.Ordinal) ? WithoutSpace(written) : written;
        private readonly StringBuilder text = new();
        private readonly List<int> open = [];
        private readonly HashSet<int> closed = [];
        private int at;

        public int Groups { get; private set; }

        public bool HasBackReference { get; private set; }

        public string Run()
        {
            while (at < pattern.Length)
            {
                var c = pattern[at++];
                switch (c)
                {
                    case '\\':
                        Escape(inClass: false);
                        break;
                    case '[':
                        text.Append('[');
                        Class();
                        break;
                    case '.':
                        text.Append(flags.Contains('s', StringComparison.Ordinal) ? @"[\s\S]" : @"[^\n\r]");
                        break;
                    case '$':
                        text.Append(flags.Contains('m', StringComparison.Ordinal) ? "$" : @"\z");
                        break;
                    case '(':
                        Open();
                        break;
                    case ')':
                        if (open.Count == 0)
                            throw new ArgumentException("a ) has no (.");
                        if (open[^1] > 0)
                            closed.Add(open[^1]);
                        open.RemoveAt(open.Count - 1);
                        text.Append(')');
                        break;
                    case '{':
                        Quantity();
                        break;
                    case ']' or '}':
                        throw new ArgumentException($"a {c} stands alone; write \\{c}.");
                    case '*' or '+' or '?':
                        text.Append(c);
                        // Greedy and lazy are all there is: a further + would be .NET's own.
                        if (at < pattern.Length && pattern[at] == '?')
                            text.Append(pattern[at++]);
                        if (at < pattern.Length && pattern[at] is '*' or '+' or '?')
                            throw new ArgumentException("a quantifier follows a quantifier.");
                        break;
                    default:
                        text.Append(c is '#' or ' ' ? $"\\{c}" : c.ToString());
                        break;
                }
            }
            if (open.Count > 0)
                throw new ArgumentException("a ( is not closed.");
            return text.ToString();
        }

        /// <summary>White space is taken out everywhere but in classes (XPath Functions 3.1 §5.6.2).</summary>
        private static string WithoutSpace(string pattern)
        {
            var kept = new StringBuilder();
            var depth = 0;
            for (var i = 0; i < pattern.Length; i++)
            {
                // Also after a backslash: "hello\ sworld" is hello\sworld (Functions 3.1 §5.6.2, case K2-MatchesFunc-1 of its suite).
                if (pattern[i] == '\\' && i + 1 < pattern.Length && !char.IsWhiteSpace(pattern[i + 1]))
                {
                    kept.Append(pattern[i]).Append(pattern[++i]);
                    continue;
                }
                depth += pattern[i] == '[' ? 1 : pattern[i] == ']' && depth > 0 ? -1 : 0;
                if (depth > 0 || pattern[i] is not (' ' or '\t' or '\n' or '\r'))
                    kept.Append(pattern[i]);
            }
            return kept.ToString();
        }

        private void Open()
        {
            if (open.Count >= Deepest)
                throw new ArgumentException("its groups are nested too deep.");
            text.Append('(');
            if (at < pattern.Length && pattern[at] == '?')
            {
                if (at + 1 >= pattern.Length || pattern[at + 1] != ':')
                    throw new ArgumentException("after (? only : may stand.");
                text.Append("?:");
                at += 2;
                open.Add(0);
                return;
            }
            open.Add(++Groups);
        }

        private void Quantity()
        {
            var end = pattern.IndexOf('}', at);
            var body = end < 0 ? "" : pattern[at..end];
            if (body.Length == 0 || !body.All(c => char.IsAsciiDigit(c) || c == ',') || body[0] == ',' || body.Count(c => c == ',') > 1)
                throw new ArgumentException("a { begins no quantity; write \\{.");
            if (body.Split(',').Any(number => number.Length > 4))
                throw new ArgumentException("a quantity is too large.");
            text.Append('{').Append(body).Append('}');
            at = end + 1;
            if (at < pattern.Length && pattern[at] == '?')
                text.Append(pattern[at++]);
        }

        private void Class(int depth = 1)
        {
            if (depth > Deepest)
                throw new ArgumentException("its classes are nested too deep.");
            if (at < pattern.Length && pattern[at] == '^')
                text.Append(pattern[at++]);
            var isEmpty = true;
            while (at < pattern.Length)
            {
                var c = pattern[at++];
                if (c == ']')
                {
                    if (isEmpty)
                        throw new ArgumentException("a class is empty.");
                    text.Append(']');
                    return;
                }
                if (c == '[')
                    throw new ArgumentException("a [ stands in a class; write \\[.");
                if (c == '-' && at < pattern.Length && pattern[at] == '[')
                {
                    text.Append("-[");
                    at++;
                    Class(depth + 1);
                    continue;
                }
                if (c == '\\')
                    Escape(inClass: true);
                else
                    text.Append(c);
                isEmpty = false;
            }
            throw new ArgumentException("a class is not closed.");
        }

        private void Escape(bool inClass)
        {
            if (at >= pattern.Length)
                throw new ArgumentException("a \\ ends the pattern.");
            var c = pattern[at++];
            switch (c)
            {
                case 'n' or 'r' or 't' or '\\' or '|' or '.' or '-' or '^' or '?' or '*' or '+' or '{' or '}' or '(' or ')' or '[' or ']' or '$':
                    text.Append('\\').Append(c);
                    break;
                case 's':
                    text.Append(inClass ? @" \t\n\r" : @"[ \t\n\r]");
                    break;
                case 'S' when !inClass:
                    text.Append(@"[^ \t\n\r]");
                    break;
                case 'S' or 'd' or 'D' or 'w' or 'W':
                    text.Append('\\').Append(c);
                    break;
                case 'i':
                    text.Append(inClass ? NameStart : $"[{NameStart}]");
                    break;
                case 'c':
                    text.Append(inClass ? NamePart : $"[{NamePart}]");
                    break;
                case 'I' when !inClass:
                    text.Append($"[^{NameStart}]");
                    break;
                case 'C' when !inClass:
                    text.Append($"[^{NamePart}]");
                    break;
                case 'p' or 'P':
                    Category(c);
                    break;
                case >= '1' and <= '9' when !inClass:
                    BackReference(c - '0');
                    break;
                default:
                    throw new ArgumentException($"there is no escape \\{c}.");
            }
        }

        private void Category(char c)
        {
            var end = pattern.IndexOf('}', at);
            if (at >= pattern.Length || pattern[at] != '{' || end < 0)
                throw new ArgumentException($"\\{c} needs a category in braces.");
            text.Append('\\').Append(c).Append('{').Append(pattern[(at + 1)..end]).Append('}');
            at = end + 1;
        }

        private void BackReference(int group)
        {
            while (at < pattern.Length && char.IsAsciiDigit(pattern[at]) && (group * 10) + pattern[at] - '0' <= Groups)
                group = (group * 10) + pattern[at++] - '0';
            if (!closed.Contains(group))
                throw new ArgumentException($"there is no group {group} before \\{group}.");
            HasBackReference = true;
            text.Append("(?:\\").Append(group).Append(')');
        }
    }
}
