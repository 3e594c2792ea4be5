using System.Linq.Expressions;

namespace Switchboard.Rules.Feel.Compilation;

/// <summary>An emitted value and what is known of it.</summary>
/// <param name="Value">Of type <see cref="FeelValue"/>.</param>
/// <param name="Type">Its static type.</param>
internal readonly record struct Typed(Expression Value, FeelType Type)
{
    /// <summary>The value, where it is known already.</summary>
    public FeelValue? Constant => Value is ConstantExpression { Value: FeelValue value } ? value : null;
}

/// <summary>
/// Turns a tree into LINQ expressions. Values are structs that hold numbers and booleans in place, so that what is emitted for
/// arithmetic and comparisons allocates nothing; what is known of the types chooses reads by index over look-ups by name. One
/// file with its second half in <c>FeelEmitter.Iteration.cs</c>, because all cases share the names in force.
/// </summary>
internal sealed partial class FeelEmitter
{
    private static readonly Expression Null = Expression.Constant(default(FeelValue));

    private readonly FeelScope scope;
    private readonly IReadOnlyList<Expression> variables;
    private readonly Expression run;
    private readonly Stack<Local> locals = new();
    private Typed? tested;

    public FeelEmitter(FeelScope scope, IReadOnlyList<Expression> variables, Expression run, Typed? tested)
    {
        this.scope = scope;
        this.variables = variables;
        this.run = run;
        this.tested = tested;
    }

    private Expression EmitCondition(FeelSyntax syntax)
    {
        if (syntax is BinarySyntax { Operator: BinaryOperator.And } both)
            return Expression.AndAlso(EmitCondition(both.Left), EmitCondition(both.Right));
        return Helper(nameof(FeelRuntime.IsTrue), Emit(syntax).Value);
    }

    public Typed Emit(FeelSyntax syntax) => syntax switch
    {
        LiteralSyntax literal => Literal(literal),
        NameSyntax name => Name(name),
        TestedSyntax => tested ?? Failed("no_tested_value", "There is nothing tested that ? could stand for.", syntax),
        BinarySyntax binary => Binary(binary),
        NegateSyntax negate => Negate(negate),
        BetweenSyntax between => Known(FeelType.Boolean, nameof(FeelOperators.Between), Emit(between.Value), Emit(between.Low), Emit(between.High)),
        InSyntax inside => In(inside),
        UnaryComparisonSyntax unary => UnaryRange(unary),
        UnaryTestsSyntax tests => UnaryTests(tests),
        RangeSyntax range => Range(range),
        ListSyntax list => List(list),
        ContextSyntax context => Context(context),
        PathSyntax path => Path(path),
        FilterSyntax filter => Filter(filter),
        CallSyntax call => Call(call),
        IfSyntax choice => If(choice),
        ForSyntax loop => For(loop),
        QuantifiedSyntax quantified => Quantified(quantified),
        FunctionSyntax function => Function(function),
        InstanceOfSyntax instance => InstanceOf(instance),
        _ => throw new ArgumentException($"{syntax.GetType().Name} is no expression.", nameof(syntax)),
    };

    private static Typed Literal(LiteralSyntax literal) => new(Expression.Constant(literal.Value), TypeOf(literal.Value));

    private static FeelType TypeOf(FeelValue value) => value.Kind switch
    {
        FeelKind.Boolean => FeelType.Boolean,
        FeelKind.Number => FeelType.Number,
        FeelKind.String => FeelType.String,
        FeelKind.Date => FeelType.Date,
        FeelKind.Time => FeelType.Time,
        FeelKind.DateTime => FeelType.DateTime,
        FeelKind.DaysDuration => FeelType.DaysDuration,
        FeelKind.MonthsDuration => FeelType.MonthsDuration,
        _ => FeelType.Any,
    };

    private Typed Name(NameSyntax name)
    {
        foreach (var local in locals)
        {
            if (local.Resolve(name.Name) is { } found)
            {
                // Whether the element of a filter has this entry shows only when it runs; what lies outside is the second choice.
                return found.IsCertain ? found.Value : new Typed(
                    Helper(nameof(FeelRuntime.EntryOr), found.Value.Value, Expression.Constant(name.Name), Outer(name, local).Value), FeelType.Any);
            }
        }
        return Outer(name, null);
    }

    /// <summary>What a name means outside of a local scope; outside of all of them when that is null.</summary>
    private Typed Outer(NameSyntax name, Local? outside)
    {
        foreach (var local in outside is null ? [] : locals.SkipWhile(local => local != outside).Skip(1))
        {
            if (local.Resolve(name.Name) is { } found)
            {
                return found.IsCertain ? found.Value : new Typed(
                    Helper(nameof(FeelRuntime.EntryOr), found.Value.Value, Expression.Constant(name.Name), Outer(name, local).Value), FeelType.Any);
            }
        }
        if (scope.Find(name.Name) is { } variable)
            return new Typed(variables[variable.Slot], variable.Type);
        return BuiltIns.Find(name.Name) is { } function
            ? new Typed(Expression.Constant(FeelValue.Of(function)), FeelType.Any)
            : Failed("unknown_name", $"There is nothing named {name.Name}.", name);
    }

    private Typed Negate(NegateSyntax negate)
    {
        var operand = Emit(negate.Operand);
        return Fold(Known(FeelType.Number, nameof(FeelOperators.Negate), operand), negate, operand);
    }

    private Typed Binary(BinarySyntax binary)
    {
        if (binary.Operator is BinaryOperator.And or BinaryOperator.Or)
            return Logic(binary);
        var (left, right) = (Emit(binary.Left), Emit(binary.Right));
        var method = binary.Operator.ToString();
        var type = binary.Operator switch
        {
            >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual => FeelType.Boolean,
            BinaryOperator.Power => FeelType.Number,
            BinaryOperator.Add when left.Type == right.Type && (left.Type == FeelType.Number || left.Type == FeelType.String) => left.Type,
            BinaryOperator.Subtract or BinaryOperator.Multiply or BinaryOperator.Divide when left.Type == FeelType.Number && right.Type == FeelType.Number => FeelType.Number,
            _ => FeelType.Any,
        };
        return Fold(Known(type, method, left, right), binary, left, right);
    }

    /// <summary>The right side is not looked at where the left one decides.</summary>
    private Typed Logic(BinarySyntax binary)
    {
        var left = Expression.Variable(typeof(FeelValue));
        var decides = Expression.Property(left, binary.Operator == BinaryOperator.And ? nameof(FeelValue.IsFalse) : nameof(FeelValue.IsTrue));
        var both = Expression.Call(typeof(FeelOperators), binary.Operator.ToString(), null, left, Emit(binary.Right).Value);
        return new Typed(
            Expression.Block([left], Expression.Assign(left, Emit(binary.Left).Value), Expression.Condition(decides, left, both)), FeelType.Boolean);
    }

    private Typed In(InSyntax inside)
    {
        var value = Expression.Variable(typeof(FeelValue));
        var typed = Emit(inside.Value);
        var tests = inside.Tests.Select(Expression (test) => InTest(test, new Typed(value, typed.Type))).ToList();
        return new Typed(Expression.Block([value], Expression.Assign(value, typed.Value), AnyOf(tests)), FeelType.Boolean);
    }

    private MethodCallExpression InTest(FeelSyntax test, Typed value) => test switch
    {
        UnaryComparisonSyntax unary => Expression.Call(typeof(FeelOperators), unary.Operator.ToString(), null, run, value.Value, Emit(unary.Bound).Value),
        _ => Expression.Call(typeof(FeelOperators), nameof(FeelOperators.In), null, run, value.Value, Emit(test).Value),
    };

    private Typed UnaryTests(UnaryTestsSyntax tests)
    {
        if (tested is not { } value)
            return Failed("no_tested_value", "Unary tests need a value to test.", tests);
        if (tests.Tests.Count == 0)
            return new Typed(Expression.Constant(FeelValue.Of(true)), FeelType.Boolean);
        var any = AnyOf([.. tests.Tests.Select(test => CellTest(test, value))]);
        return new Typed(tests.IsNegated ? Expression.Call(typeof(FeelOperators), nameof(FeelOperators.Not), null, any) : any, FeelType.Boolean);
    }

    /// <summary>
    /// A test that names ? says itself whether it holds; of any other the value is what counts: equal to the input, or a list
    /// or a range that contains it (DMN 1.5 §7.3.3).
    /// </summary>
    private MethodCallExpression CellTest(FeelSyntax test, Typed value)
    {
        if (test is UnaryComparisonSyntax)
            return InTest(test, value);
        var says = SyntaxParts.Contain(test, part => part is TestedSyntax);
        return Helper(says ? nameof(FeelRuntime.SaysTrue) : nameof(FeelRuntime.Fits), run, value.Value, Emit(test).Value);
    }

    private static Expression AnyOf(List<Expression> tests)
    {
        var all = tests[^1];
        for (var i = tests.Count - 2; i >= 0; i--)
        {
            var first = Expression.Variable(typeof(FeelValue));
            all = Expression.Block(
                [first], Expression.Assign(first, tests[i]),
                Expression.Condition(Expression.Property(first, nameof(FeelValue.IsTrue)), first, Expression.Call(typeof(FeelOperators), nameof(FeelOperators.Or), null, first, all)));
        }
        return all;
    }

    private Typed UnaryRange(UnaryComparisonSyntax unary) =>
        new(Helper(nameof(FeelRuntime.UnaryRange), run, Expression.Constant(unary.Operator), Emit(unary.Bound).Value), FeelType.Any);

    private Typed Range(RangeSyntax range)
    {
        var (low, high) = (Emit(range.Low), Emit(range.High));
        if (low.Constant is { } from && high.Constant is { } to)
        {
            var value = FeelRuntime.Range(Scratch(), from, range.LowIncluded, to, range.HighIncluded);
            if (!value.IsNull)
                return new Typed(Expression.Constant(value), new RangeType(low.Type));
        }
        return new Typed(
            Helper(nameof(FeelRuntime.Range), run, low.Value, Expression.Constant(range.LowIncluded), high.Value, Expression.Constant(range.HighIncluded)),
            new RangeType(low.Type));
    }

    private Typed List(ListSyntax list)
    {
        var elements = list.Elements.Select(Emit).ToList();
        var type = new ListType(elements.Count > 0 && elements.TrueForAll(element => element.Type == elements[0].Type) ? elements[0].Type : FeelType.Any);
        if (elements.TrueForAll(element => element.Constant is not null))
            return new Typed(Expression.Constant(FeelValue.Of((IReadOnlyList<FeelValue>)elements.Select(element => element.Constant!.Value).ToArray())), type);
        var array = Expression.NewArrayInit(typeof(FeelValue), elements.Select(element => element.Value));
        return new Typed(Helper(nameof(FeelRuntime.List), array), type);
    }

    private Typed Path(PathSyntax path)
    {
        var source = Emit(path.Source);
        if (source.Type is RowType row && row.Shape.IndexOf(path.Name) is >= 0 and var index)
        {
            return new Typed(
                Helper(nameof(FeelRuntime.Field), run, source.Value, Expression.Constant(row.Shape), Expression.Constant(index), Expression.Constant(path.Name)),
                row.Shape.Fields[index].Type);
        }
        var type = source.Type is ListType { Element: RowType element } && element.Shape.IndexOf(path.Name) is >= 0 and var at
            ? new ListType(element.Shape.Fields[at].Type)
            : FeelType.Any;
        return new Typed(Helper(nameof(FeelRuntime.Path), run, source.Value, Expression.Constant(path.Name), Expression.Constant(path.Span)), type);
    }

    private Typed If(IfSyntax choice)
    {
        var (then, otherwise) = (Emit(choice.Then), Emit(choice.Otherwise));
        return new Typed(
            Expression.Condition(EmitCondition(choice.Condition), then.Value, otherwise.Value), then.Type == otherwise.Type ? then.Type : FeelType.Any);
    }

    private Typed InstanceOf(InstanceOfSyntax instance)
    {
        var value = Emit(instance.Value).Value;
        return scope.TypeOf(instance.Type) is { } type
            ? new Typed(Helper(nameof(FeelRuntime.InstanceOf), run, value, Expression.Constant(type, typeof(FeelType))), FeelType.Boolean)
            : Failed("unknown_type", $"There is no type {instance.Type.Name}.", instance.Type);
    }

    private Typed Call(CallSyntax call)
    {
        var arguments = call.Arguments.Select(argument => Emit(argument.Value)).ToList();
        var array = arguments.Count == 0
            ? (Expression)Expression.Constant(Array.Empty<FeelValue>())
            : Expression.NewArrayInit(typeof(FeelValue), arguments.Select(argument => argument.Value));
        var function = Emit(call.Function);
        var span = Expression.Constant(call.Span);
        if (call.Arguments.Count > 0 && call.Arguments[0].Name is not null)
        {
            var names = Expression.Constant(call.Arguments.Select(argument => argument.Name!).ToArray());
            return new Typed(Helper(nameof(FeelRuntime.CallNamed), run, function.Value, names, array, span), FeelType.Any);
        }
        if (function.Constant?.Reference is BuiltInFunction builtIn)
        {
            var called = new Typed(Helper(nameof(FeelRuntime.CallBuiltIn), run, Expression.Constant(builtIn), array, span), builtIn.ResultType);
            return builtIn.IsPure ? Fold(called, call, [.. arguments]) : called;
        }
        var result = function.Type is FunctionType typed ? typed.Result : FeelType.Any;
        return new Typed(Helper(nameof(FeelRuntime.Call), run, function.Value, array, span), result);
    }

    /// <summary>Reckons now what can be reckoned now. What gives null is left, so that it says why each time it runs.</summary>
    private Typed Fold(Typed emitted, FeelSyntax syntax, params ReadOnlySpan<Typed> parts)
    {
        foreach (var part in parts)
        {
            if (part.Constant is null)
                return emitted;
        }
        var lambda = Expression.Lambda<Func<FeelRun, FeelValue>>(emitted.Value, (ParameterExpression)run).Compile(preferInterpretation: true);
        var value = lambda(Scratch());
        // Long lists and texts are not kept with the code.
        var isSmall = value.Kind is not (FeelKind.List or FeelKind.Context or FeelKind.Null or FeelKind.Function) && (value.Kind != FeelKind.String || value.AsString().Length <= 1000);
        return isSmall ? new Typed(Expression.Constant(value), TypeOf(value)) : emitted;
    }

    /// <summary>A run for what is reckoned ahead: its clock is never asked, and it may use little.</summary>
    private static FeelRun Scratch() => new(TimeProvider.System, new FeelBudget { Steps = 10_000, StringLength = 10_000, ListLength = 10_000 });

    private Typed Known(FeelType type, string method, params Typed[] operands) =>
        new(Expression.Call(typeof(FeelOperators), method, null, [run, .. operands.Select(operand => operand.Value)]), type);

    private Typed Failed(string code, string message, FeelSyntax at) => new(
        Expression.Call(run, nameof(FeelRun.Fail), null, Expression.Constant(code), Expression.Constant(message), Expression.Constant(at.Span)), FeelType.Any);

    private static MethodCallExpression Helper(string method, params Expression[] arguments) => Expression.Call(typeof(FeelRuntime), method, null, arguments);

    /// <summary>Names that are in force for a part of the tree.</summary>
    private sealed class Local
    {
        private readonly Dictionary<string, Typed> names = new(StringComparer.Ordinal);

        /// <summary>The element of a filter: its entries are names too.</summary>
        public Typed? Element { get; init; }

        public void Add(string name, Typed value) => names[name] = value;

        /// <summary>The value of a name here; where it is not certain, the element whose entry it may be.</summary>
        public (Typed Value, bool IsCertain)? Resolve(string name)
        {
            if (Element is not { } element)
                return names.TryGetValue(name, out var value) ? (value, true) : null;
            if (element.Type is RowType row)
            {
                return row.Shape.IndexOf(name) is >= 0 and var index
                    ? (Field(element.Value, row.Shape, index), true)
                    : name == "item" ? (element, true) : null;
            }
            // Numbers, texts and the like have no entries.
            if (element.Type is SimpleType { Kind: not null })
                return name == "item" ? (element, true) : null;
            return (element, false);
        }

        private static Typed Field(Expression element, RowShape shape, int index) => new(
            Helper(nameof(FeelRuntime.FieldOfElement), element, Expression.Constant(shape), Expression.Constant(index)), shape.Fields[index].Type);
    }
}
