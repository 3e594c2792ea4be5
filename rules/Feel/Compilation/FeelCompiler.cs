using System.Linq.Expressions;

namespace Switchboard.Rules.Feel.Compilation;

/// <summary>
/// Emits expressions into larger delegates: a table's or a network's, which read their facts in their own way.
/// </summary>
public static class FeelCompiler
{
    /// <summary>The value of an expression.</summary>
    /// <param name="syntax">What it says.</param>
    /// <param name="scope">What it was parsed in.</param>
    /// <param name="variables">How variable i of the scope is read: an expression of type <see cref="FeelValue"/>, or <see cref="FeelRow"/> where its type is a <see cref="RowType"/>.</param>
    /// <param name="run">Of type <see cref="FeelRun"/>.</param>
    /// <returns>An expression of type <see cref="FeelValue"/>.</returns>
    public static Expression Emit(FeelSyntax syntax, FeelScope scope, IReadOnlyList<Expression> variables, Expression run) =>
        new FeelEmitter(scope, variables, run, null).Emit(syntax).Value;

    /// <summary>Whether an expression is exactly true.</summary>
    /// <inheritdoc cref="Emit"/>
    /// <returns>An expression of type <see cref="bool"/>.</returns>
    public static Expression EmitCondition(FeelSyntax syntax, FeelScope scope, IReadOnlyList<Expression> variables, Expression run) =>
        new FeelEmitter(scope, variables, run, null).EmitCondition(syntax);

    /// <summary>The static type of an expression.</summary>
    public static FeelType TypeOf(FeelSyntax syntax, FeelScope scope)
    {
        var run = Expression.Parameter(typeof(FeelRun));
        var slots = Expression.Parameter(typeof(FeelValue[]));
        return new FeelEmitter(scope, [.. scope.Variables.Select(variable => Expression.ArrayIndex(slots, Expression.Constant(variable.Slot)))], run, null).Emit(syntax).Type;
    }
}
