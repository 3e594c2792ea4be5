using System.Globalization;

using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>
/// Reads the cells that nearly all tables consist of without the FEEL parser: literals, comparisons with literals, ranges of
/// literals, lists of these and their negation. What is anything else, or not quite right, is left to the parser, which says
/// what is wrong. A literal here is a number, a text without escapes, true, false, null or date("…").
/// </summary>
internal ref struct ConstantTests
{
    private readonly ReadOnlySpan<char> text;
    private int at;

    private ConstantTests(ReadOnlySpan<char> text) => this.text = text;

    /// <summary>What a cell tests; null where it is no constant test.</summary>
    public static CellTest? Of(string cell)
    {
        var reader = new ConstantTests(cell);
        reader.Skip();
        var isNegated = reader.Take("not");
        if (isNegated && !reader.TakeSign('('))
            return null;
        var intervals = new List<CellInterval>();
        var kind = FeelKind.Null;
        var matchesNull = false;
        do
        {
            if (!reader.Item(out var interval, out var own))
                return null;
            if (own == FeelKind.Null)
            {
                matchesNull = true;
                continue;
            }
            if (kind != FeelKind.Null && kind != own)
                return null;
            kind = own;
            intervals.Add(interval);
        }
        while (reader.TakeSign(','));
        if (isNegated && (!reader.TakeSign(')') || matchesNull))
            return null;
        reader.Skip();
        return reader.at == reader.text.Length ? new CellTest(kind, intervals, isNegated, matchesNull) : null;
    }

    /// <summary>The value of a text that is one literal; null for anything else.</summary>
    public static FeelValue? LiteralOf(string expression)
    {
        var reader = new ConstantTests(expression);
        if (!reader.Literal(out var value))
            return null;
        reader.Skip();
        return reader.at == reader.text.Length ? value : null;
    }

    private bool Item(out CellInterval interval, out FeelKind kind)
    {
        Skip();
        interval = default;
        kind = default;
        if (at == text.Length)
            return false;
        var first = text[at];
        if (first is '[' or '(' or ']')
            return Range(out interval, out kind);
        if (first is not ('<' or '>'))
        {
            if (!Literal(out var point))
                return false;
            (interval, kind) = (new CellInterval(point, true, point, true), point.Kind);
            return true;
        }
        at++;
        var isIncluded = at < text.Length && text[at] == '=';
        if (isIncluded)
            at++;
        if (!Literal(out var bound) || bound.Kind is not (FeelKind.Number or FeelKind.Date))
            return false;
        interval = first == '<' ? new CellInterval(default, false, bound, isIncluded) : new CellInterval(bound, isIncluded, default, false);
        kind = bound.Kind;
        return true;
    }

    private bool Range(out CellInterval interval, out FeelKind kind)
    {
        var hasLow = text[at++] == '[';
        interval = default;
        kind = default;
        if (!Literal(out var low) || !Take("..") || !Literal(out var high))
            return false;
        Skip();
        if (at == text.Length || text[at] is not (']' or ')' or '[') || low.Kind != high.Kind || low.Kind is not (FeelKind.Number or FeelKind.Date))
            return false;
        interval = new CellInterval(low, hasLow, high, text[at++] == ']');
        kind = low.Kind;
        return true;
    }

    private bool Literal(out FeelValue value)
    {
        Skip();
        value = default;
        if (at == text.Length)
            return false;
        if (text[at] == '"')
            return Text(out value);
        if (text[at] is '-' or '.' or (>= '0' and <= '9'))
            return Number(out value);
        if (Take("true"))
            value = FeelValue.Of(true);
        else if (Take("false"))
            value = FeelValue.Of(false);
        else if (Take("date"))
            return Date(out value);
        else
            return Take("null");
        return true;
    }

    private bool Text(out FeelValue value)
    {
        value = default;
        var length = text[(at + 1)..].IndexOf('"');
        if (length < 0)
            return false;
        var inside = text.Slice(at + 1, length);
        if (inside.IndexOfAny('\\', '\n', '\r') >= 0)
            return false;
        value = FeelValue.Of(inside.ToString());
        at += length + 2;
        return true;
    }

    private bool Number(out FeelValue value)
    {
        var end = at + (text[at] == '-' ? 1 : 0);
        var digits = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || IsPoint(end)))
        {
            digits += text[end++] == '.' ? 0 : 1;
        }
        value = default;
        if (digits is 0 or > 28 || (end < text.Length && IsNameLike(text[end]))
            || !decimal.TryParse(text[at..end], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        value = FeelValue.Of(number);
        at = end;
        return true;
    }

    /// <summary>Whether there is a decimal point, not the two dots of a range.</summary>
    private readonly bool IsPoint(int place) =>
        text[place] == '.' && place + 1 < text.Length && char.IsAsciiDigit(text[place + 1]) && (place == 0 || text[place - 1] != '.');

    private bool Date(out FeelValue value)
    {
        value = default;
        var start = at;
        if (!TakeSign('(') || !Literal(out var inside) || inside.Kind != FeelKind.String || !TakeSign(')'))
            return false;
        value = FeelExpression.Parse($"date{text[start..at]}", FeelScope.Empty).Evaluate(new FeelValue[1], CompileTime.Run());
        return value.Kind == FeelKind.Date;
    }

    private void Skip()
    {
        while (at < text.Length && text[at] is (' ' or '\t' or '\n' or '\r'))
        {
            at++;
        }
    }

    private bool TakeSign(char sign)
    {
        Skip();
        if (at == text.Length || text[at] != sign)
            return false;
        at++;
        return true;
    }

    private bool Take(string word)
    {
        Skip();
        var end = at + word.Length;
        if (!text[at..].StartsWith(word, StringComparison.Ordinal) || (char.IsLetter(word[0]) && end < text.Length && IsNameLike(text[end])))
            return false;
        at = end;
        return true;
    }

    private static bool IsNameLike(char next) => char.IsLetterOrDigit(next) || next is '_' or '?' or '\'' || char.IsSurrogate(next);
}
