using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

/// <summary>One of the parts of a condition that must all be true.</summary>
/// <param name="Text">As written.</param>
/// <param name="Test">Ready to be tested.</param>
/// <param name="ReadsOwn">Whether it reads the fact that the condition is about.</param>
/// <param name="ReadsOthers">Whether it reads variables before.</param>
/// <param name="Own">The fact's fields that it reads.</param>
internal sealed record Conjunct(string Text, Predicate Test, bool ReadsOwn, bool ReadsOthers, ulong Own)
{
    /// <summary>Lower is cheaper to have at the front of an alpha memory: an index answers it, and few pass.</summary>
    public int Rank => Test switch
    {
        ComparePredicate { First: OwnFieldOperand, Second: ConstantOperand constant } compare when TypeNode.IsIndexed(compare.Comparison, constant.Value) =>
            compare.Comparison != Comparison.Equal ? 2 : constant.Value.Kind == FeelKind.Boolean ? 3 : 0,
        FeelPredicate => 9,
        OrPredicate => 6,
        _ => 5,
    };
}

/// <summary>Turns conditions into predicates: `a and b` into parts, the common shapes into classes, the rest into FEEL.</summary>
internal sealed class ConditionCompiler(RuleScope scope, Action<FeelSource, FeelProblem> report)
{
    private bool own, others;
    private ulong ownFields;

    public IEnumerable<Conjunct> Conjuncts(IEnumerable<FeelSource> sources)
    {
        foreach (var source in sources)
        {
            var expression = scope.Parse(source.Text);
            foreach (var problem in expression.Problems)
                report(source, problem);
            if (expression.Problems.Count > 0)
                continue;
            foreach (var part in Split(expression.Syntax))
                yield return Compile(part, source.Text.Substring(part.Span.Start, part.Span.Length));
        }
    }

    /// <summary>A value: an operand of a common shape, or FEEL.</summary>
    public Operand? Value(FeelSource source)
    {
        var expression = scope.Parse(source.Text);
        foreach (var problem in expression.Problems)
            report(source, problem);
        return expression.Problems.Count > 0 ? null : Simple(expression.Syntax) ?? scope.General(source.Text);
    }

    private static IEnumerable<FeelSyntax> Split(FeelSyntax syntax) =>
        syntax is BinarySyntax { Operator: BinaryOperator.And } and ? Split(and.Left).Concat(Split(and.Right)) : [syntax];

    private Conjunct Compile(FeelSyntax syntax, string text)
    {
        (own, others, ownFields) = (false, false, 0);
        if (Condition(syntax) is { } test)
        {
            scope.OwnRead |= own && others ? ownFields : 0;
            return new Conjunct(text, test, own, others, ownFields);
        }
        var before = scope.OwnRead;
        scope.OwnRead = 0;
        test = new FeelPredicate(scope.General(text));
        ownFields = scope.OwnRead;
        var readsOthers = scope.Places.Any(place => RuleScope.Names(text, place.Name));
        scope.OwnRead = before | (readsOthers ? ownFields : 0);
        return new Conjunct(text, test, ownFields != 0, readsOthers, ownFields);
    }

    /// <returns>Null for what has no class of its own.</returns>
    private Predicate? Condition(FeelSyntax syntax)
    {
        switch (syntax)
        {
            case BinarySyntax { Operator: BinaryOperator.And or BinaryOperator.Or } both:
                return Condition(both.Left) is { } first && Condition(both.Right) is { } second
                    ? both.Operator == BinaryOperator.And ? new AndPredicate([first, second]) : new OrPredicate([first, second])
                    : null;
            case BinarySyntax { Operator: >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual } compared:
                return Compare(Of(compared.Operator), compared.Left, compared.Right);
            case BetweenSyntax between:
                return Compare(Comparison.GreaterOrEqual, between.Value, between.Low) is { } low && Compare(Comparison.LessOrEqual, between.Value, between.High) is { } high
                    ? new AndPredicate([low, high]) : null;
            case InSyntax contained:
                return In(contained);
            case CallSyntax { Function: NameSyntax { Name: "list contains" }, Arguments: [{ Name: null } list, { Name: null } value] }:
                return IsList(list.Value) && Simple(list.Value) is { } all && Simple(value.Value) is { } wanted ? new ContainsPredicate(all, wanted, false) : null;
            case CallSyntax { Function: NameSyntax { Name: "not" }, Arguments: [{ Name: null } negated] }:
                return TypeOf(negated.Value) == FeelType.Boolean && Simple(negated.Value) is { } isFalse
                    ? new ComparePredicate(Comparison.Equal, isFalse, new ConstantOperand(FeelValue.Of(false))) : null;
            case NameSyntax or PathSyntax when TypeOf(syntax) == FeelType.Boolean:
                return Simple(syntax) is { } isTrue ? new ComparePredicate(Comparison.Equal, isTrue, new ConstantOperand(FeelValue.Of(true))) : null;
            case LiteralSyntax { Value.Kind: FeelKind.Boolean } literal:
                return new TruePredicate(new ConstantOperand(literal.Value));
            default:
                return null;
        }
    }

    private Predicate? In(InSyntax contained)
    {
        if (contained.Tests is [var only] && IsList(only))
            return IsPlain(((ListType)TypeOf(only)!).Element) && Simple(only) is { } list && Simple(contained.Value) is { } wanted ? new ContainsPredicate(list, wanted, true) : null;
        var tests = contained.Tests is [ListSyntax literal] ? literal.Elements : contained.Tests;
        var parts = tests.Select(test => Test(contained.Value, test)).ToArray();
        return parts.Length == 0 || parts.Contains(null) ? null : parts.Length == 1 ? parts[0] : new OrPredicate(parts!);
    }

    private Predicate? Test(FeelSyntax value, FeelSyntax test) => test switch
    {
        LiteralSyntax { Value.IsNull: false } => Compare(Comparison.Equal, value, test),
        UnaryComparisonSyntax { Bound: LiteralSyntax { Value.IsNull: false } } unary => Compare(Of(unary.Operator), value, unary.Bound),
        RangeSyntax { Low: LiteralSyntax { Value.IsNull: false }, High: LiteralSyntax { Value.IsNull: false } } range =>
            Compare(range.LowIncluded ? Comparison.GreaterOrEqual : Comparison.Greater, value, range.Low) is { } low
            && Compare(range.HighIncluded ? Comparison.LessOrEqual : Comparison.Less, value, range.High) is { } high
                ? new AndPredicate([low, high]) : null,
        _ => null,
    };

    private ComparePredicate? Compare(Comparison comparison, FeelSyntax left, FeelSyntax right)
    {
        if (Simple(left) is not { } first || Simple(right) is not { } second)
            return null;
        return first is ConstantOperand || (second is OwnFieldOperand && first is not OwnFieldOperand)
            ? new ComparePredicate(Turned(comparison), second, first)
            : new ComparePredicate(comparison, first, second);
    }

    private Operand? Simple(FeelSyntax syntax)
    {
        switch (syntax)
        {
            case LiteralSyntax literal:
                return new ConstantOperand(literal.Value);
            case NegateSyntax { Operand: LiteralSyntax { Value.IsShortNumber: true } literal }:
                return new ConstantOperand(FeelValue.Of(-literal.Value.Short));
            case NameSyntax name when scope.Own is { } row && row.IndexOf(name.Name) is >= 0 and var field:
                return Mine(field);
            case NameSyntax name when Find(name.Name) is { Kind: not PlaceKind.Fact } place:
                others = true;
                return new ComputedOperand(scope.Depth - place.Depth, place.Kind == PlaceKind.Key);
            case PathSyntax { Source: NameSyntax source } path when source.Name == scope.OwnName && scope.Own!.IndexOf(path.Name) is >= 0 and var field:
                return Mine(field);
            case PathSyntax { Source: NameSyntax source } path when (scope.Own?.IndexOf(source.Name) ?? -1) < 0
                && Find(source.Name) is { Kind: PlaceKind.Fact, Type: RowType row } place && row.Shape.IndexOf(path.Name) is >= 0 and var field:
                others = true;
                scope.Touch(place.Depth, TypeNode.Bit(field));
                return new BoundFieldOperand(scope.Depth - place.Depth, field);
            default:
                return null;
        }
    }

    private OwnFieldOperand Mine(int field)
    {
        own = true;
        ownFields |= TypeNode.Bit(field);
        return new OwnFieldOperand(field);
    }

    private Place? Find(string name)
    {
        for (var i = scope.Places.Count - 1; i >= 0; i--)
        {
            if (scope.Places[i].Name == name)
                return scope.Places[i];
        }
        return null;
    }

    private FeelType? TypeOf(FeelSyntax syntax) => syntax switch
    {
        NameSyntax name when scope.Own is { } row && row.IndexOf(name.Name) is >= 0 and var field => row.Fields[field].Type,
        NameSyntax name => name.Name == scope.OwnName ? new RowType(scope.Own!) : Find(name.Name)?.Type,
        PathSyntax path when TypeOf(path.Source) is RowType row && row.Shape.IndexOf(path.Name) is >= 0 and var field => row.Shape.Fields[field].Type,
        _ => null,
    };

    private bool IsList(FeelSyntax syntax) => TypeOf(syntax) is ListType;

    private static bool IsPlain(FeelType type) => type is SimpleType { Kind: not null };

    private static Comparison Of(BinaryOperator op) => (Comparison)(op - BinaryOperator.Equal);

    private static Comparison Turned(Comparison comparison) => comparison switch
    {
        Comparison.Less => Comparison.Greater,
        Comparison.LessOrEqual => Comparison.GreaterOrEqual,
        Comparison.Greater => Comparison.Less,
        Comparison.GreaterOrEqual => Comparison.LessOrEqual,
        _ => comparison,
    };
}
