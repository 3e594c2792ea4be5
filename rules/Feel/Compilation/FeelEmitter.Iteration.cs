using System.Linq.Expressions;

namespace Switchboard.Rules.Feel.Compilation;

// Contexts, functions, filters, for, some and every: whatever brings names into force.
internal sealed partial class FeelEmitter
{
    private Typed Context(ContextSyntax context)
    {
        var keys = context.Entries.Select(entry => entry.Key).ToArray();
        if (keys.Distinct(StringComparer.Ordinal).Count() < keys.Length)
            return Failed("duplicate_key", "A context has two entries of one name.", context);
        var local = new Local();
        var values = keys.Select(key => Expression.Variable(typeof(FeelValue), key)).ToArray();
        var body = new List<Expression>();
        var types = new List<FeelType>();
        locals.Push(local);
        for (var i = 0; i < keys.Length; i++)
        {
            // A function may call itself by the name of its entry.
            if (context.Entries[i].Value is FunctionSyntax)
                local.Add(keys[i], new Typed(values[i], FeelType.Any));
            var value = Emit(context.Entries[i].Value);
            types.Add(value.Type);
            body.Add(Expression.Assign(values[i], value.Value));
            local.Add(keys[i], new Typed(values[i], value.Type));
        }
        locals.Pop();
        var shape = new RowShape("context", [.. keys.Select((key, i) => new RowField(key, types[i]))]);
        body.Add(Helper(nameof(FeelRuntime.Row), Expression.Constant(shape), Expression.NewArrayInit(typeof(FeelValue), values)));
        return new Typed(Expression.Block(values, body), new RowType(shape));
    }

    private Typed Function(FunctionSyntax function)
    {
        if (function.Body is null)
            return Failed("external_function", "External functions are not run.", function);
        var parameters = new List<(string Name, FeelType Type)>();
        foreach (var parameter in function.Parameters)
        {
            if (parameter.Type is null)
                parameters.Add((parameter.Name, FeelType.Any));
            else if (scope.TypeOf(parameter.Type) is { } type)
                parameters.Add((parameter.Name, type));
            else
                return Failed("unknown_type", $"There is no type {parameter.Type.Name}.", parameter.Type);
        }
        var arguments = Expression.Parameter(typeof(FeelValue[]), "arguments");
        var inner = Expression.Parameter(typeof(FeelRun), "run");
        var local = new Local();
        for (var i = 0; i < parameters.Count; i++)
            local.Add(parameters[i].Name, new Typed(Expression.ArrayIndex(arguments, Expression.Constant(i)), parameters[i].Type));
        locals.Push(local);
        var body = new FeelEmitter(scope, variables, inner, tested, locals).Emit(function.Body);
        locals.Pop();
        var lambda = Expression.Lambda<Func<FeelRun, FeelValue[], FeelValue>>(body.Value, inner, arguments);
        var made = Expression.New(
            typeof(ClosureFunction).GetConstructors()[0], Expression.Constant(parameters.Select(parameter => parameter.Name).ToArray()),
            Expression.Constant(parameters.Select(parameter => parameter.Type).ToArray()), lambda);
        return new Typed(
            Expression.Call(typeof(FeelValue), nameof(FeelValue.Of), null, Expression.Convert(made, typeof(FeelFunction))),
            new FunctionType([.. parameters.Select(parameter => parameter.Type)], body.Type));
    }

    private FeelEmitter(FeelScope scope, IReadOnlyList<Expression> variables, Expression run, Typed? tested, Stack<Local> locals)
        : this(scope, variables, run, tested) => this.locals = locals;

    /// <summary>
    /// A number chooses an element; anything else keeps the elements for which it is true. Which it is shows at the first
    /// element (DMN 1.5 §10.3.2.5), unless the type tells.
    /// </summary>
    private Typed Filter(FilterSyntax filter)
    {
        var source = Emit(filter.Source);
        var elementType = source.Type switch
        {
            ListType known => known.Element,
            SimpleType { Kind: not null } or RowType => source.Type,
            _ => FeelType.Any,
        };
        if (IsIndex(filter.Condition))
            return new Typed(Helper(nameof(FeelRuntime.ElementAt), run, source.Value, Emit(filter.Condition).Value, Expression.Constant(filter.Span)), elementType);
        var list = Expression.Variable(typeof(IReadOnlyList<FeelValue>), "list");
        var kept = Expression.Variable(typeof(List<FeelValue>), "kept");
        var index = Expression.Variable(typeof(int), "index");
        var count = Expression.Variable(typeof(int), "count");
        var element = Expression.Variable(typeof(FeelValue), "element");
        var condition = Expression.Variable(typeof(FeelValue), "condition");
        var result = Expression.Variable(typeof(FeelValue), "result");
        var done = Expression.Label();
        locals.Push(new Local { Element = new Typed(element, elementType) });
        var test = Emit(filter.Condition);
        locals.Pop();
        var end = Expression.Label();
        var isIndex = Expression.Equal(Expression.Property(condition, nameof(FeelValue.Kind)), Expression.Constant(FeelKind.Number));
        // The condition is emitted once, or nested filters would double with each level: so an empty list goes round once too, over null.
        var loop = new List<Expression>
        {
            Expression.IfThen(Expression.Not(Expression.Call(run, nameof(FeelRun.Step), null)), Expression.Break(end)),
            Expression.Assign(element, Helper(nameof(FeelRuntime.ItemOrNull), list, index)),
            Expression.Assign(condition, test.Value),
            Expression.IfThen(
                Expression.AndAlso(Expression.Equal(index, Expression.Constant(0)), isIndex),
                Expression.Block(Expression.Assign(result, Helper(nameof(FeelRuntime.ElementOf), run, list, condition, Expression.Constant(filter.Span))), Expression.Goto(done))),
            Expression.IfThen(
                Expression.AndAlso(Expression.LessThan(index, count), Expression.Property(condition, nameof(FeelValue.IsTrue))),
                Expression.Assign(kept, Helper(nameof(FeelRuntime.Keep), kept, element))),
            Expression.IfThen(Expression.GreaterThanOrEqual(Expression.PreIncrementAssign(index), count), Expression.Break(end)),
        };
        var body = new List<Expression>
        {
            Expression.Assign(list, Helper(nameof(FeelRuntime.AsList), source.Value)),
            Expression.Assign(count, Expression.Property(list, typeof(IReadOnlyCollection<FeelValue>), nameof(IReadOnlyCollection<FeelValue>.Count))),
            Expression.Assign(index, Expression.Constant(0)),
            Expression.Assign(kept, Expression.Constant(null, typeof(List<FeelValue>))),
            Expression.Loop(Expression.Block(loop), end),
            Expression.Assign(result, Helper(nameof(FeelRuntime.Kept), run, kept)),
            Expression.Label(done),
        };
        body.Add(result);
        return new Typed(Expression.Block([list, kept, index, count, element, condition, result], body), new ListType(elementType));
    }

    private static bool IsIndex(FeelSyntax condition) => condition is LiteralSyntax { Value.Kind: FeelKind.Number } or NegateSyntax { Operand: LiteralSyntax { Value.Kind: FeelKind.Number } };

    private Typed For(ForSyntax loop)
    {
        var results = Expression.Variable(typeof(List<FeelValue>), "results");
        var failed = Expression.Variable(typeof(bool), "failed");
        var usesPartial = SyntaxParts.Contain(loop.Body, part => part is NameSyntax { Name: "partial" });
        FeelType bodyType = FeelType.Any;
        var outer = new Local();
        if (usesPartial)
            outer.Add("partial", new Typed(Helper(nameof(FeelRuntime.Partial), results), new ListType(FeelType.Any)));
        locals.Push(outer);
        var iteration = Iterate(loop.Iterators, 0, failed, end =>
        {
            var body = Emit(loop.Body);
            bodyType = body.Type;
            var added = Expression.Variable(typeof(FeelValue), "added");
            return Expression.Block(
                [added], Expression.Assign(added, body.Value),
                Expression.IfThen(Expression.Not(Helper(nameof(FeelRuntime.AddTo), run, results, added)), Expression.Block(Expression.Assign(failed, Expression.Constant(true)), Expression.Break(end))));
        });
        locals.Pop();
        return new Typed(
            Expression.Block(
                [results, failed], Expression.Assign(results, Expression.New(typeof(List<FeelValue>))), Expression.Assign(failed, Expression.Constant(false)), iteration,
                Expression.Condition(failed, Null, Helper(nameof(FeelRuntime.Made), results))),
            new ListType(bodyType));
    }

    /// <summary>Three-valued: some is or, every is and, over the elements.</summary>
    private Typed Quantified(QuantifiedSyntax quantified)
    {
        var result = Expression.Variable(typeof(FeelValue), "result");
        var failed = Expression.Variable(typeof(bool), "failed");
        var iteration = Iterate(quantified.Iterators, 0, failed, end => Expression.Block(
            Expression.Assign(result, Expression.Call(
                typeof(FeelOperators), quantified.IsEvery ? nameof(FeelOperators.And) : nameof(FeelOperators.Or), null, result, Emit(quantified.Condition).Value)),
            Expression.IfThen(Expression.Property(result, quantified.IsEvery ? nameof(FeelValue.IsFalse) : nameof(FeelValue.IsTrue)), Expression.Break(end))));
        return new Typed(
            Expression.Block(
                [result, failed], Expression.Assign(result, Expression.Constant(FeelValue.Of(quantified.IsEvery))), Expression.Assign(failed, Expression.Constant(false)), iteration,
                Expression.Condition(failed, Null, result)),
            FeelType.Boolean);
    }

    /// <summary>Nested loops, one an iterator; breaking out of the innermost end leaves them all.</summary>
    private BlockExpression Iterate(SyntaxList<IteratorSyntax> iterators, int at, ParameterExpression failed, Func<LabelTarget, Expression> body)
    {
        var end = Expression.Label();
        return Expression.Block(Level(iterators, at, failed, end, body), Expression.Label(end));
    }

    private Expression Level(SyntaxList<IteratorSyntax> iterators, int at, ParameterExpression failed, LabelTarget end, Func<LabelTarget, Expression> body)
    {
        if (at == iterators.Count)
            return body(end);
        var iterator = iterators[at];
        var source = Emit(iterator.Source);
        var list = Expression.Variable(typeof(IReadOnlyList<FeelValue>), "list");
        var index = Expression.Variable(typeof(int), "index");
        var count = Expression.Variable(typeof(int), "count");
        var element = Expression.Variable(typeof(FeelValue), iterator.Name);
        var opened = iterator.To is { } to
            ? Helper(nameof(FeelRuntime.Span), run, source.Value, Emit(to).Value, Expression.Constant(iterator.Span))
            : Helper(nameof(FeelRuntime.Iterable), run, source.Value, Expression.Constant(iterator.Span));
        var type = iterator.To is not null ? source.Type : source.Type is ListType typed ? typed.Element : FeelType.Any;
        var local = new Local();
        local.Add(iterator.Name, new Typed(element, type));
        locals.Push(local);
        var inner = Level(iterators, at + 1, failed, end, body);
        locals.Pop();
        var done = Expression.Label();
        return Expression.Block(
            [list, index, count],
            Expression.Assign(list, opened),
            Expression.IfThen(
                Expression.Equal(list, Expression.Constant(null, typeof(IReadOnlyList<FeelValue>))),
                Expression.Block(Expression.Assign(failed, Expression.Constant(true)), Expression.Goto(end))),
            Expression.Assign(count, Expression.Property(list, typeof(IReadOnlyCollection<FeelValue>), nameof(IReadOnlyCollection<FeelValue>.Count))),
            Expression.Assign(index, Expression.Constant(0)),
            Expression.Loop(
                Expression.Block(
                    Expression.IfThen(Expression.GreaterThanOrEqual(index, count), Expression.Break(done)),
                    Expression.IfThen(
                        Expression.Not(Expression.Call(run, nameof(FeelRun.Step), null)),
                        Expression.Block(Expression.Assign(failed, Expression.Constant(true)), Expression.Goto(end))),
                    // The variable is one of its own each time round: a function made here keeps the value of its round.
                    Expression.Block([element], Expression.Assign(element, Helper(nameof(FeelRuntime.Item), list, index)), Expression.PreIncrementAssign(index), inner)),
                done));
    }
}
