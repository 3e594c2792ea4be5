namespace Switchboard.Rules.Feel.Syntax;

/// <summary>The expressions inside an expression.</summary>
public static class SyntaxParts
{
    /// <summary>Its direct parts, in their order.</summary>
    public static IEnumerable<FeelSyntax> Of(FeelSyntax syntax) => syntax switch
    {
        BinarySyntax binary => [binary.Left, binary.Right],
        NegateSyntax negate => [negate.Operand],
        BetweenSyntax between => [between.Value, between.Low, between.High],
        InSyntax tested => [tested.Value, .. tested.Tests],
        UnaryComparisonSyntax unary => [unary.Bound],
        UnaryTestsSyntax tests => tests.Tests,
        RangeSyntax range => [range.Low, range.High],
        ListSyntax list => list.Elements,
        ContextSyntax context => context.Entries.Select(entry => entry.Value),
        PathSyntax path => [path.Source],
        FilterSyntax filter => [filter.Source, filter.Condition],
        CallSyntax call => [call.Function, .. call.Arguments.Select(argument => argument.Value)],
        IfSyntax choice => [choice.Condition, choice.Then, choice.Otherwise],
        ForSyntax loop => [.. Of(loop.Iterators), loop.Body],
        QuantifiedSyntax quantified => [.. Of(quantified.Iterators), quantified.Condition],
        FunctionSyntax { Body: { } body } => [body],
        InstanceOfSyntax instance => [instance.Value],
        _ => [],
    };

    /// <summary>Whether it has more levels than said; counted without recursion, so that no tree is too deep to be asked about.</summary>
    internal static bool IsDeeperThan(FeelSyntax syntax, int levels)
    {
        var open = new Stack<(FeelSyntax Syntax, int Level)>([(syntax, 1)]);
        while (open.TryPop(out var next))
        {
            if (next.Level > levels)
                return true;
            foreach (var part in Of(next.Syntax))
                open.Push((part, next.Level + 1));
        }
        return false;
    }

    /// <summary>Whether the expression or a part of it is such.</summary>
    public static bool Contain(FeelSyntax syntax, Func<FeelSyntax, bool> such) => such(syntax) || Of(syntax).Any(part => Contain(part, such));

    private static IEnumerable<FeelSyntax> Of(SyntaxList<IteratorSyntax> iterators) =>
        iterators.SelectMany(iterator => iterator.To is { } to ? new[] { iterator.Source, to } : [iterator.Source]);
}
