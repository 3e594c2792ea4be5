using System.Globalization;
using System.Text;

namespace Switchboard.Rules.Feel.Syntax;

/// <summary>
/// Reads the characters of an expression for the parser, which asks for what it expects next: what a name is depends on what
/// is known there. It can be set back to any position.
/// </summary>
internal sealed class FeelScanner(string text)
{
    private static readonly HashSet<string> Keywords =
        ["and", "or", "then", "else", "return", "satisfies", "in", "between", "instance", "of", "if", "for", "some", "every"];

    public string Text { get; } = text;

    /// <summary>Where the next token begins; spaces and comments are behind.</summary>
    public int Position { get; private set; }

    /// <summary>Where the last token ended.</summary>
    public int End { get; private set; }

    public char Current => Position < Text.Length ? Text[Position] : '\0';

    public bool IsAtEnd => Position >= Text.Length;

    public char At(int offset) => Position + offset < Text.Length ? Text[Position + offset] : '\0';

    public TextSpan From(int start) => new(start, Math.Max(End - start, 0));

    public void Reset(int position)
    {
        End = position;
        Position = position;
        SkipSpace();
    }

    /// <summary>Takes the characters if they stand here.</summary>
    public bool Take(string characters)
    {
        if (string.CompareOrdinal(Text, Position, characters, 0, characters.Length) != 0)
            return false;
        Reset(Position + characters.Length);
        return true;
    }

    public bool Take(char character)
    {
        if (Current != character)
            return false;
        Reset(Position + 1);
        return true;
    }

    /// <summary>Whether the word stands here, as a whole.</summary>
    public bool IsWord(string word) =>
        string.CompareOrdinal(Text, Position, word, 0, word.Length) == 0 && !IsNamePart(Position + word.Length);

    public bool TakeWord(string word)
    {
        if (!IsWord(word))
            return false;
        Reset(Position + word.Length);
        return true;
    }

    public bool IsNameStart => IsNameStartAt(Position);

    /// <summary>The longest name that is known to begin here; null if there is none. Nothing is taken.</summary>
    /// <param name="longest">The length of the longest key that is worth trying.</param>
    /// <param name="find">Gives the name of a key.</param>
    public (string Name, int End)? LongestKnown(int longest, Func<string, string?> find)
    {
        if (!IsNameStart)
            return null;
        var key = new StringBuilder();
        (string, int)? found = null;
        var at = Position;
        while (at < Text.Length && key.Length <= longest)
        {
            var start = at;
            if (IsNamePart(at) || (key.Length == 0 && IsNameStartAt(at)))
            {
                if (start > Position && char.IsWhiteSpace(Text[start - 1]) && !NamePool.AdditionalCharacters.Contains(key[^1]))
                    key.Append(' ');
                do
                    key.Append(Text[at++]);
                while (IsNamePart(at));
            }
            else if (NamePool.AdditionalCharacters.Contains(Text[at]) && !(Text[at] == '.' && at + 1 < Text.Length && Text[at + 1] == '.'))
            {
                key.Append(Text[at++]);
            }
            else
            {
                break;
            }
            if (key.Length <= longest && find(key.ToString()) is { } name)
                found = (name, at);
            while (at < Text.Length && char.IsWhiteSpace(Text[at]))
                at++;
        }
        return found;
    }

    /// <summary>Words up to a keyword or anything that is no word; null if none stands here.</summary>
    public string? TakeWords()
    {
        if (!IsNameStart)
            return null;
        var name = new StringBuilder();
        while (IsNamePart(Position) || (name.Length == 0 && IsNameStart))
        {
            var end = Position + 1;
            while (IsNamePart(end))
                end++;
            var word = Text[Position..end];
            if (name.Length > 0 && Keywords.Contains(word))
                break;
            if (name.Length > 0)
                name.Append(' ');
            name.Append(word);
            Reset(end);
        }
        return name.ToString();
    }

    /// <summary>
    /// A new name, up to what must follow it: a character of <paramref name="until"/>, or the word <paramref name="word"/>.
    /// Null, and nothing taken, if that does not follow.
    /// </summary>
    public string? TakeNewName(string until, string? word = null)
    {
        if (!IsNameStart)
            return null;
        var begin = Position;
        var at = Position;
        var end = begin;
        while (at < Text.Length)
        {
            if (char.IsWhiteSpace(Text[at]))
            {
                at++;
                continue;
            }
            if (until.Contains(Text[at], StringComparison.Ordinal))
                break;
            if (word is not null && at > begin && char.IsWhiteSpace(Text[at - 1]) && string.CompareOrdinal(Text, at, word, 0, word.Length) == 0 && !IsNamePart(at + word.Length))
                break;
            if (!IsNamePart(at) && !IsNameStartAt(at) && !NamePool.AdditionalCharacters.Contains(Text[at]))
                return null;
            end = ++at;
        }
        if (end == begin || (at >= Text.Length && !until.Contains('\0', StringComparison.Ordinal)))
            return null;
        var name = string.Join(' ', Text[begin..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Reset(end);
        return name;
    }

    /// <summary>Digits with an optional fraction and exponent; null if no number stands here.</summary>
    public string? TakeNumber()
    {
        var at = Position;
        while (at < Text.Length && char.IsAsciiDigit(Text[at]))
            at++;
        if (at + 1 < Text.Length && Text[at] == '.' && char.IsAsciiDigit(Text[at + 1]))
        {
            at++;
            while (at < Text.Length && char.IsAsciiDigit(Text[at]))
                at++;
        }
        if (at == Position)
            return null;
        if (at < Text.Length && Text[at] is 'e' or 'E')
        {
            var exponent = at + 1;
            if (exponent < Text.Length && Text[exponent] is '+' or '-')
                exponent++;
            if (exponent < Text.Length && char.IsAsciiDigit(Text[exponent]))
            {
                at = exponent;
                while (at < Text.Length && char.IsAsciiDigit(Text[at]))
                    at++;
            }
        }
        var number = Text[Position..at];
        Reset(at);
        return number;
    }

    /// <summary>What stands between quotes; null if no quote stands here.</summary>
    /// <exception cref="FeelSyntaxException">It does not end, or an escape is wrong.</exception>
    public string? TakeString()
    {
        if (Current != '"')
            return null;
        var start = Position;
        var value = new StringBuilder();
        for (var at = Position + 1; at < Text.Length; at++)
        {
            var c = Text[at];
            if (c == '"')
            {
                Reset(at + 1);
                return value.ToString();
            }
            if (c != '\\')
            {
                value.Append(c);
                continue;
            }
            var escape = ++at < Text.Length ? Text[at] : '\0';
            switch (escape)
            {
                case '"' or '\\' or '\'':
                    value.Append(escape);
                    break;
                case 'n':
                    value.Append('\n');
                    break;
                case 'r':
                    value.Append('\r');
                    break;
                case 't':
                    value.Append('\t');
                    break;
                case 'u' when Hex(at + 1, 4) is { } unit:
                    value.Append((char)unit);
                    at += 4;
                    break;
                case 'U' when Hex(at + 1, 6) is { } point && Rune.IsValid(point):
                    value.Append(new Rune(point).ToString());
                    at += 6;
                    break;
                default:
                    // What is no escape stands for itself, as in "\d" of a regular expression (DMN TCK 0067).
                    value.Append('\\').Append(escape);
                    break;
            }
        }
        throw new FeelSyntaxException("unterminated_string", "The text has no closing quote.", new TextSpan(start, Text.Length - start));
    }

    private int? Hex(int start, int length) =>
        start + length <= Text.Length && int.TryParse(Text.AsSpan(start, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private void SkipSpace()
    {
        while (Position < Text.Length)
        {
            if (char.IsWhiteSpace(Text[Position]) || Text[Position] == '\uFEFF')
            {
                Position++;
            }
            else if (At(0) == '/' && At(1) == '/')
            {
                while (Position < Text.Length && Text[Position] is not ('\n' or '\r'))
                    Position++;
            }
            else if (At(0) == '/' && At(1) == '*')
            {
                var close = Text.IndexOf("*/", Position + 2, StringComparison.Ordinal);
                if (close < 0)
                    throw new FeelSyntaxException("unterminated_comment", "The comment has no closing */.", new TextSpan(Position, 2));
                Position = close + 2;
            }
            else
            {
                return;
            }
        }
    }

    private bool IsNameStartAt(int at) => at < Text.Length && (char.IsLetter(Text[at]) || Text[at] is '_' or '?' || IsFurther(Text[at]));

    private bool IsNamePart(int at) =>
        at < Text.Length && (char.IsLetterOrDigit(Text[at]) || Text[at] is '_' || IsFurther(Text[at]));

    /// <summary>Characters beyond Latin-1 that are no spaces, emoji among them.</summary>
    private static bool IsFurther(char c) => c > '\u00B6' && c is not ('\u00D7' or '\u00F7' or '\uFEFF') && !char.IsWhiteSpace(c);
}

/// <summary>Why a text does not parse. It does not leave the parser.</summary>
internal sealed class FeelSyntaxException(string code, string message, TextSpan span) : Exception(message)
{
    public string Code { get; } = code;

    public TextSpan Span { get; } = span;
}
