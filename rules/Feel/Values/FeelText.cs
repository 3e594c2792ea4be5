using System.Globalization;
using System.Text;

namespace Switchboard.Rules.Feel.Values;

/// <summary>Values as texts.</summary>
internal static class FeelText
{
    /// <summary>As string() gives it: a text as it is, a list or a context with its texts in quotes.</summary>
    public static string Of(FeelValue value) => value.Kind == FeelKind.String ? value.AsString() : Inner(value, new StringBuilder(), 0).ToString();

    public static string NumberText(FeelValue value) => value.Reference is BigDecimal big ? big.ToString() : Plain(value.Short);

    private static string Plain(decimal number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') is var cut && cut is "-0" or "" ? "0" : cut : text is "-0" ? "0" : text;
    }

    private static StringBuilder Inner(FeelValue value, StringBuilder text, int depth)
    {
        if (depth > 100)
            return text.Append('…');
        switch (value.Kind)
        {
            case FeelKind.Null:
                return text.Append("null");
            case FeelKind.Boolean:
                return text.Append(value.IsTrue ? "true" : "false");
            case FeelKind.Number:
                return text.Append(NumberText(value));
            case FeelKind.String:
                return FeelLiteral.Quote(value.AsString(), text);
            case FeelKind.List:
                text.Append('[');
                for (var i = 0; i < value.AsList().Count; i++)
                    Inner(value.AsList()[i], i > 0 ? text.Append(", ") : text, depth + 1);
                return text.Append(']');
            case FeelKind.Context:
                text.Append('{');
                var isFirst = true;
                foreach (var (name, entry) in value.AsContext().Entries)
                {
                    Inner(entry, (isFirst ? text : text.Append(", ")).Append(name).Append(": "), depth + 1);
                    isFirst = false;
                }
                return text.Append('}');
            case FeelKind.Range:
                var range = (FeelRange)value.Reference!;
                text.Append(range.LowIncluded ? '[' : '(');
                Inner(range.Low, text, depth + 1).Append("..");
                return Inner(range.High, text, depth + 1).Append(range.HighIncluded ? ']' : ')');
            case FeelKind.Function:
                var function = (FeelFunction)value.Reference!;
                return text.Append("function(").AppendJoin(", ", function.Parameters).Append(')');
            default:
                return text.Append(value.Reference);
        }
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
