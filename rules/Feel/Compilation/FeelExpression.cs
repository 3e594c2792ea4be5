using System.Linq.Expressions;

namespace Switchboard.Rules.Feel.Compilation;

/// <summary>
/// An expression or a cell, ready to run and safe for any number of threads. It is compiled when it is used a third time;
/// before that it is interpreted, since what is edited, or stands in one of ten thousand cells, often runs never or once.
/// </summary>
public sealed class FeelExpression
{
    private const int InterpretedRuns = 2;

    private readonly FeelScope scope;
    private readonly bool isUnaryTests;
    private readonly Lazy<Emitted> emitted;
    private readonly object gate = new();
    private Func<FeelValue[], FeelRun, FeelValue>? current;
    private Func<FeelValue[], FeelRun, FeelValue>? interpreted;
    private int runs;

    private FeelExpression(string text, FeelSyntax syntax, FeelScope scope, FeelType input, bool isUnaryTests, IReadOnlyList<FeelProblem> problems)
    {
        Text = text;
        Syntax = syntax;
        Problems = problems;
        this.scope = scope;
        this.isUnaryTests = isUnaryTests;
        emitted = new Lazy<Emitted>(() => Emit(input));
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>What it says; null written out where the text does not parse.</summary>
    public FeelSyntax Syntax { get; }

    /// <summary>What is wrong with it. With an error it always gives null; with warnings, a part of it does.</summary>
    public IReadOnlyList<FeelProblem> Problems { get; }

    /// <summary>What is known of its value; boolean for unary tests.</summary>
    public FeelType Type => emitted.Value.Type;

    /// <summary>Whether it is the cell -, which always holds.</summary>
    public bool IsAny => Syntax is UnaryTestsSyntax { Tests.Count: 0 };

    /// <summary>Reads an expression. What does not parse is told in <see cref="Problems"/>.</summary>
    public static FeelExpression Parse(string text, FeelScope scope) => Read(text, scope, FeelType.Any, isUnaryTests: false);

    /// <summary>Reads a cell of a table. The value tested is named ? in it.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="scope">What its tests may name.</param>
    /// <param name="input">The type of the value tested.</param>
    public static FeelExpression ParseUnaryTests(string text, FeelScope scope, FeelType input) => Read(text, scope, input, isUnaryTests: true);

    /// <summary>Its value.</summary>
    /// <param name="slots">The values of the scope's variables; for unary tests the value tested follows them.</param>
    /// <param name="run">What the evaluation may use, and where it says why something is null.</param>
    public FeelValue Evaluate(FeelValue[] slots, FeelRun run)
    {
        var value = (current ?? Prepare())(slots, run);
        return run.StepsLeft < 0 ? default : value;
    }

    /// <summary>Whether its value is exactly true.</summary>
    public bool IsTrue(FeelValue[] slots, FeelRun run) => Evaluate(slots, run).IsTrue;

    private static FeelExpression Read(string text, FeelScope scope, FeelType input, bool isUnaryTests)
    {
        try
        {
            var parser = new FeelParser(text, scope);
            FeelSyntax syntax = isUnaryTests ? parser.ParseUnaryTests() : parser.ParseExpression();
            if (SyntaxParts.IsDeeperThan(syntax, FeelParser.MaxDepth + 100))
                throw new FeelSyntaxException("too_deep", $"The expression has more than {FeelParser.MaxDepth + 100} levels of operators and brackets: split it.", syntax.Span);
            return new FeelExpression(text, syntax, scope, input, isUnaryTests, NameCheck.Of(text, syntax, scope));
        }
        catch (FeelSyntaxException e)
        {
            return new FeelExpression(text, new LiteralSyntax(default), scope, input, false, [TextPosition.Problem(text, e.Code, e.Message, e.Span)]);
        }
    }

    private Func<FeelValue[], FeelRun, FeelValue> Prepare()
    {
        lock (gate)
        {
            if (current is { } ready)
                return ready;
            var lambda = emitted.Value.Lambda;
            if (++runs <= InterpretedRuns)
                return interpreted ??= lambda.Compile(preferInterpretation: true);
            interpreted = null;
            return current = lambda.Compile();
        }
    }

    private Emitted Emit(FeelType input)
    {
        var slots = Expression.Parameter(typeof(FeelValue[]), "slots");
        var run = Expression.Parameter(typeof(FeelRun), "run");
        var variables = scope.Variables.Select(variable => (Expression)Expression.ArrayIndex(slots, Expression.Constant(variable.Slot))).ToList();
        var tested = isUnaryTests ? new Typed(Expression.ArrayIndex(slots, Expression.Constant(scope.Variables.Count)), input) : (Typed?)null;
        var body = new FeelEmitter(scope, variables, run, tested).Emit(Syntax);
        return new Emitted(Expression.Lambda<Func<FeelValue[], FeelRun, FeelValue>>(body.Value, slots, run), body.Type);
    }

    private sealed record Emitted(Expression<Func<FeelValue[], FeelRun, FeelValue>> Lambda, FeelType Type);
}
