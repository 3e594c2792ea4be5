using System.Text;

namespace Switchboard.Rules.Feel.Syntax;

/// <summary>
/// Prints trees as text that parses to the same tree, with no more parentheses than that takes. A scope with a name that is
/// spelt like an operation on two others (a-b beside a and b) reads that name, as it does in any text.
/// </summary>
public static class FeelPrinter
{
    private enum Level
    {
        Whole,
        Or,
        And,
        Comparison,
        Additive,
        Multiplicative,
        Power,
        Unary,
        InstanceOf,
        Postfix,
    }

    /// <summary>The text of an expression or of unary tests.</summary>
    public static string Print(FeelSyntax syntax)
    {
        var text = new StringBuilder();
        Write(text, syntax, Level.Whole);
        return text.ToString();
    }

    private static void Write(StringBuilder text, FeelSyntax syntax, Level least)
    {
        if (LevelOf(syntax) >= least)
        {
            Write(text, syntax);
            return;
        }
        text.Append('(');
        Write(text, syntax);
        text.Append(')');
    }

    private static Level LevelOf(FeelSyntax syntax) => syntax switch
    {
        BinarySyntax binary => binary.Operator switch
        {
            BinaryOperator.Or => Level.Or,
            BinaryOperator.And => Level.And,
            <= BinaryOperator.GreaterOrEqual => Level.Comparison,
            <= BinaryOperator.Subtract => Level.Additive,
            <= BinaryOperator.Divide => Level.Multiplicative,
            _ => Level.Power,
        },
        BetweenSyntax or InSyntax => Level.Comparison,
        NegateSyntax => Level.Unary,
        InstanceOfSyntax => Level.InstanceOf,
        // What takes all that follows stands alone or in parentheses.
        IfSyntax or ForSyntax or QuantifiedSyntax or FunctionSyntax or UnaryTestsSyntax => Level.Whole,
        _ => Level.Postfix,
    };

    private static void Write(StringBuilder text, FeelSyntax syntax)
    {
        switch (syntax)
        {
            case LiteralSyntax literal:
                _ = literal.At is { } at ? FeelLiteral.Quote(at, text.Append('@')) : text.Append(FeelLiteral.Print(literal.Value));
                break;
            case NameSyntax name:
                text.Append(name.Name);
                break;
            case TestedSyntax:
                text.Append('?');
                break;
            case BinarySyntax binary:
                var level = LevelOf(binary);
                Write(text, binary.Left, level);
                text.Append(' ').Append(Sign(binary.Operator)).Append(' ');
                Write(text, binary.Right, level + 1);
                break;
            case NegateSyntax negate:
                Write(text.Append('-'), negate.Operand, Level.Unary);
                break;
            case BetweenSyntax between:
                Write(text, between.Value, Level.Comparison);
                Write(text.Append(" between "), between.Low, Level.Additive);
                Write(text.Append(" and "), between.High, Level.Additive);
                break;
            case InSyntax inside:
                Write(text, inside.Value, Level.Comparison);
                text.Append(" in ");
                if (inside.Tests is [not UnaryComparisonSyntax])
                    Write(text, inside.Tests[0], Level.Additive);
                else
                    WriteAll(text.Append('('), inside.Tests, ')', WriteTest);
                break;
            case UnaryComparisonSyntax:
                WriteTest(text.Append('('), syntax);
                text.Append(')');
                break;
            case UnaryTestsSyntax { Tests.Count: 0 }:
                text.Append('-');
                break;
            case UnaryTestsSyntax { IsNegated: true } negated:
                WriteAll(text.Append("not("), negated.Tests, ')', WriteTest);
                break;
            case UnaryTestsSyntax tests:
                WriteAll(text, tests.Tests, null, WriteTest);
                break;
            case RangeSyntax range:
                Write(text.Append(range.LowIncluded ? '[' : '('), range.Low, Level.Additive);
                Write(text.Append(".."), range.High, Level.Additive);
                text.Append(range.HighIncluded ? ']' : ')');
                break;
            case ListSyntax list:
                WriteAll(text.Append('['), list.Elements, ']', (into, element) => Write(into, element, Level.Whole));
                break;
            case ContextSyntax context:
                WriteAll(text.Append('{'), context.Entries, '}', (into, entry) => Write(FeelLiteral.Quote(entry.Key, into).Append(": "), entry.Value, Level.Whole));
                break;
            case PathSyntax path:
                Write(text, path.Source, Level.Postfix);
                text.Append('.').Append(path.Name);
                break;
            case FilterSyntax filter:
                Write(text, filter.Source, Level.Postfix);
                Write(text.Append('['), filter.Condition, Level.Whole);
                text.Append(']');
                break;
            case CallSyntax call:
                Write(text, call.Function, Level.Postfix);
                WriteAll(text.Append('('), call.Arguments, ')', (into, argument) => Write(argument.Name is null ? into : into.Append(argument.Name).Append(": "), argument.Value, Level.Whole));
                break;
            default:
                WriteWords(text, syntax);
                break;
        }
    }

    private static void WriteWords(StringBuilder text, FeelSyntax syntax)
    {
        switch (syntax)
        {
            case IfSyntax choice:
                Write(text.Append("if "), choice.Condition, Level.Whole);
                Write(text.Append(" then "), choice.Then, Level.Whole);
                Write(text.Append(" else "), choice.Otherwise, Level.Whole);
                break;
            case ForSyntax loop:
                WriteAll(text.Append("for "), loop.Iterators, null, WriteIterator);
                Write(text.Append(" return "), loop.Body, Level.Whole);
                break;
            case QuantifiedSyntax quantified:
                WriteAll(text.Append(quantified.IsEvery ? "every " : "some "), quantified.Iterators, null, WriteIterator);
                Write(text.Append(" satisfies "), quantified.Condition, Level.Whole);
                break;
            case FunctionSyntax function:
                WriteAll(text.Append("function("), function.Parameters, ')', (into, parameter) =>
                {
                    into.Append(parameter.Name);
                    if (parameter.Type is { } type)
                        WriteType(into.Append(": "), type);
                });
                if (function.Body is { } body)
                    Write(text.Append(' '), body, Level.Whole);
                else
                    text.Append(" external {}");
                break;
            case InstanceOfSyntax instance:
                Write(text, instance.Value, Level.InstanceOf);
                WriteType(text.Append(" instance of "), instance.Type);
                break;
            default:
                throw new ArgumentException($"{syntax.GetType().Name} has no text of its own.", nameof(syntax));
        }
    }

    private static void WriteTest(StringBuilder text, FeelSyntax test)
    {
        if (test is UnaryComparisonSyntax comparison)
            Write(text.Append(Sign(comparison.Operator)).Append(' '), comparison.Bound, Level.Additive);
        else
            Write(text, test, Level.Whole);
    }

    private static void WriteIterator(StringBuilder text, IteratorSyntax iterator)
    {
        Write(text.Append(iterator.Name).Append(" in "), iterator.Source, Level.Or);
        if (iterator.To is { } to)
            Write(text.Append(".."), to, Level.Or);
    }

    private static void WriteType(StringBuilder text, TypeSyntax type)
    {
        text.Append(type.Name);
        var isFunction = type.Name == "function";
        var arguments = isFunction ? type.Arguments.SkipLast(1).ToList() : [.. type.Arguments];
        if (arguments.Count > 0 || isFunction)
        {
            text.Append('<');
            for (var i = 0; i < arguments.Count; i++)
            {
                text.Append(i > 0 ? ", " : "");
                if (type.Fields.Count > 0)
                    text.Append(type.Fields[i]).Append(": ");
                WriteType(text, arguments[i]);
            }
            text.Append('>');
        }
        if (isFunction && type.Arguments.Count > 0)
            WriteType(text.Append(" -> "), type.Arguments[^1]);
    }

    private static void WriteAll<T>(StringBuilder text, SyntaxList<T> items, char? close, Action<StringBuilder, T> write)
    {
        for (var i = 0; i < items.Count; i++)
            write(i > 0 ? text.Append(", ") : text, items[i]);
        text.Append(close);
    }

    private static string Sign(BinaryOperator sign) => sign switch
    {
        BinaryOperator.Or => "or",
        BinaryOperator.And => "and",
        BinaryOperator.Equal => "=",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        _ => "**",
    };
}
