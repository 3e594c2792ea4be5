using System.Globalization;
using System.Text;

namespace Switchboard.Rules.Feel.Values;

/// <summary>Values as texts.</summary>
internal static class FeelText
{
    private const int Longest = 1_000_000;

    /// <summary>As string() gives it: a text as it is, a list or a context with its texts in quotes; cut where it is absurdly long.</summary>
    public static string Of(FeelValue value) => value.Kind == FeelKind.String ? value.AsString() : Cut(value, Longest);

    /// <summary>Its beginning, for messages.</summary>
    public static string Short(FeelValue value) => value.Kind == FeelKind.String && value.AsString() is { Length: <= 60 } text ? text : Cut(value, 60);

    /// <summary>As string() gives it, within the budget; null, with a diagnostic, beyond.</summary>
    public static string? Whole(FeelRun run, FeelValue value)
    {
        if (value.Kind == FeelKind.String)
            return value.AsString();
        var text = new StringBuilder();
        if (Inner(value, text, run.Budget.StringLength, run.Budget.Nesting))
            return run.Steps((text.Length / 16) + 1) ? text.ToString() : null;
        run.Fail("budget_string", $"A text of more than {run.Budget.StringLength} characters, or of a value nested more than {run.Budget.Nesting} levels deep, is not made.");
        return null;
    }

    public static string NumberText(FeelValue value) => value.Reference is BigDecimal big ? big.ToString() : Plain(value.Short);

    private static string Plain(decimal number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') is var cut && cut is "-0" or "" ? "0" : cut : text is "-0" ? "0" : text;
    }

    private static string Cut(FeelValue value, int longest)
    {
        if (value.Kind == FeelKind.String)
            return $"{value.AsString().AsSpan(0, longest)}…";
        var text = new StringBuilder();
        var isWhole = Inner(value, text, longest, FeelBudget.Default.Nesting);
        return isWhole ? text.ToString() : $"{text.ToString(0, Math.Min(text.Length, longest))}…";
    }

    /// <summary>Writes a value; false where it was left off, being longer or deeper.</summary>
    private static bool Inner(FeelValue value, StringBuilder text, int longest, int deepest)
    {
        if (deepest < 0)
            return false;
        switch (value.Kind)
        {
            case FeelKind.Null:
                text.Append("null");
                break;
            case FeelKind.Boolean:
                text.Append(value.IsTrue ? "true" : "false");
                break;
            case FeelKind.Number:
                text.Append(NumberText(value));
                break;
            case FeelKind.String:
                FeelLiteral.Quote(value.AsString(), text);
                break;
            case FeelKind.List:
                text.Append('[');
                for (var i = 0; i < value.AsList().Count; i++)
                {
                    if (!Inner(value.AsList()[i], i > 0 ? text.Append(", ") : text, longest, deepest - 1))
                        return false;
                }
                text.Append(']');
                break;
            case FeelKind.Context:
                text.Append('{');
                var isFirst = true;
                foreach (var (name, entry) in value.AsContext().Entries)
                {
                    if (!Inner(entry, (isFirst ? text : text.Append(", ")).Append(name).Append(": "), longest, deepest - 1))
                        return false;
                    isFirst = false;
                }
                text.Append('}');
                break;
            case FeelKind.Range:
                var range = (FeelRange)value.Reference!;
                Inner(range.Low, text.Append(range.LowIncluded ? '[' : '('), longest, deepest);
                Inner(range.High, text.Append(".."), longest, deepest);
                text.Append(range.HighIncluded ? ']' : ')');
                break;
            case FeelKind.Function:
                text.Append("function(").AppendJoin(", ", ((FeelFunction)value.Reference!).Parameters).Append(')');
                break;
            default:
                text.Append(value.Reference);
                break;
        }
        return text.Length <= longest;
    }
}

/// <summary>Values as they are written in an expression.</summary>
public static class FeelLiteral
{
    /// <summary>An expression that gives the value. A function has none and prints as null.</summary>
    public static string Print(FeelValue value) => value.Kind switch
    {
        FeelKind.Null or FeelKind.Function => "null",
        FeelKind.String => Quote(value.AsString(), new StringBuilder()).ToString(),
        FeelKind.Date or FeelKind.Time or FeelKind.DateTime or FeelKind.DaysDuration or FeelKind.MonthsDuration => $"@\"{value.Reference}\"",
        FeelKind.List => $"[{string.Join(", ", value.AsList().Select(Print))}]",
        FeelKind.Context => $"{{{string.Join(", ", value.AsContext().Entries.Select(entry => $"{Quote(entry.Key, new StringBuilder())}: {Print(entry.Value)}"))}}}",
        FeelKind.Range => Range((FeelRange)value.Reference!),
        _ => value.ToString(),
    };

    /// <summary>The number that digits write; null beyond the range.</summary>
    internal static FeelValue Number(string digits) => digits.Length <= 28 && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
        ? FeelValue.Of(value)
        : FeelValue.Of(BigDecimal.Parse(digits));

    internal static StringBuilder Quote(string text, StringBuilder into)
    {
        into.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => into.Append("\\\""),
                '\\' => into.Append("\\\\"),
                '\n' => into.Append("\\n"),
                '\r' => into.Append("\\r"),
                '\t' => into.Append("\\t"),
                _ => into.Append(c),
            };
        }
        return into.Append('"');
    }

    private static string Range(FeelRange range) => range switch
    {
        { Excluded: { } other } => $"(!= {Print(other)})",
        { IsUnary: true, Low.IsNull: false, High.IsNull: false } => $"(= {Print(range.Low)})",
        { IsUnary: true, High.IsNull: true } => $"({(range.LowIncluded ? ">=" : ">")} {Print(range.Low)})",
        { IsUnary: true } => $"({(range.HighIncluded ? "<=" : "<")} {Print(range.High)})",
        _ => $"{(range.LowIncluded ? '[' : '(')}{Print(range.Low)}..{Print(range.High)}{(range.HighIncluded ? ']' : ')')}",
    };
}
