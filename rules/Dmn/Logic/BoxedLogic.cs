using Switchboard.Rules.Dmn.Types;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Logic;

/// <summary>
/// The logic of a decision, a function or a part of one (DMN 1.5 §7.3: boxed expressions), ready to run. Its variables stand in
/// a frame of slots that belongs to one evaluation; an iteration or a call gets a frame of its own, so that functions made
/// inside keep what they saw.
/// </summary>
internal abstract class BoxedLogic
{
    /// <summary>What is known of its value.</summary>
    public virtual FeelType Type => FeelType.Any;

    public abstract FeelValue Evaluate(FeelValue[] frame, DmnRun run);
}

/// <summary>A logic and how many slots its frame needs.</summary>
internal sealed record LogicUnit(BoxedLogic Logic, int FrameSize);

/// <summary>A FEEL text.</summary>
internal sealed class LiteralLogic(FeelExpression expression) : BoxedLogic
{
    public override FeelType Type => expression.Type;

    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run) => expression.Evaluate(frame, run.Feel);
}

/// <summary>Nothing, or what could not be read: null.</summary>
internal sealed class NoLogic(string? why) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run) => why is null ? default : run.Feel.Fail("no_logic", why);
}

/// <summary>Logic whose value must be of a type.</summary>
internal sealed class TypedLogic(BoxedLogic inner, ItemType type, string what) : BoxedLogic
{
    public override FeelType Type => type.Type;

    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run) => type.Conform(inner.Evaluate(frame, run), run.Feel, what);
}

/// <summary>A boxed context: entries see those before them; a last entry without a name is the value of the whole.</summary>
internal sealed class ContextLogic(RowShape shape, int firstSlot, IReadOnlyList<BoxedLogic> entries, BoxedLogic? result) : BoxedLogic
{
    public override FeelType Type => result?.Type ?? new RowType(shape);

    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            frame[firstSlot + i] = entries[i].Evaluate(frame, run);
        }
        return result is null ? FeelValue.Of(new FeelRow(shape, frame[firstSlot..(firstSlot + entries.Count)])) : result.Evaluate(frame, run);
    }
}

/// <summary>A boxed list.</summary>
internal sealed class ListLogic(IReadOnlyList<BoxedLogic> elements) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        var values = new FeelValue[elements.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = elements[i].Evaluate(frame, run);
        }
        return FeelValue.Of(values);
    }
}

/// <summary>A relation: a list of contexts with the same entries.</summary>
internal sealed class RelationLogic(RowShape shape, IReadOnlyList<BoxedLogic[]> rows) : BoxedLogic
{
    public override FeelType Type => new ListType(new RowType(shape));

    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        var values = new FeelValue[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = FeelValue.Of(new FeelRow(shape, Array.ConvertAll(rows[i], cell => cell.Evaluate(frame, run))));
        }
        return FeelValue.Of(values);
    }
}

/// <summary>A boxed conditional: a condition that is neither true nor false nor null makes the whole null.</summary>
internal sealed class ConditionalLogic(BoxedLogic condition, BoxedLogic then, BoxedLogic otherwise) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        var value = condition.Evaluate(frame, run);
        if (value.IsTrue)
            return then.Evaluate(frame, run);
        return value.IsFalse || value.IsNull
            ? otherwise.Evaluate(frame, run)
            : run.Feel.Fail("not_boolean", $"The condition is {value}, neither true nor false.");
    }
}

/// <summary>An invocation: a function by an expression, and what its parameters are bound to.</summary>
internal sealed class InvocationLogic(BoxedLogic function, IReadOnlyList<(string Parameter, BoxedLogic Value)> bindings) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        var value = function.Evaluate(frame, run);
        if (value.Kind != FeelKind.Function)
            return run.Feel.Fail("not_a_function", "What is invoked is not a function.");
        var called = (FeelFunction)value.Reference!;
        var arguments = bindings.Select(binding => binding.Value.Evaluate(frame, run)).ToArray();
        return called.InvokeNamed(run.Feel, [.. bindings.Select(binding => binding.Parameter)], arguments);
    }
}

/// <summary>A function definition: its value remembers the frame that it was made in.</summary>
internal sealed class FunctionLogic(IReadOnlyList<(string Name, ItemType Type)> parameters, int firstSlot, BoxedLogic body) : BoxedLogic
{
    public override FeelType Type => new FunctionType([.. parameters.Select(parameter => parameter.Type.Type)], body.Type);

    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run) =>
        FeelValue.Of(new LogicFunction(parameters, run, "The function", arguments =>
        {
            var own = (FeelValue[])frame.Clone();
            arguments.CopyTo(own.AsSpan(firstSlot));
            return body.Evaluate(own, run);
        }));
}
