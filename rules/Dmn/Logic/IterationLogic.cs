using System.Collections;

using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Logic;

/// <summary>What a boxed for, some and every go through: the elements of a list or a range, or a single value.</summary>
internal static class IterationSource
{
    private const string Source = "source";

    // FEEL's own iteration knows how ranges of numbers and dates are gone through, and what cannot be.
    private static readonly FeelExpression Elements = FeelExpression.Parse(
        $"for element in {Source} return element", FeelScope.Empty.With(Source, FeelType.Any));

    /// <summary>The elements; null, with a diagnostic, for what cannot be gone through.</summary>
    public static IReadOnlyList<FeelValue>? Of(FeelValue value, DmnRun run)
    {
        switch (value.Kind)
        {
            case FeelKind.List:
                return value.AsList();
            case FeelKind.Range:
                var expanded = Elements.Evaluate([value, default], run.Feel);
                return expanded.Kind == FeelKind.List ? expanded.AsList() : null;
            case FeelKind.Null:
                run.Feel.Fail("not_a_list", "What is iterated over is null.");
                return null;
            default:
                return [value];
        }
    }
}

/// <summary>A boxed for (DMN 1.4 §7.3.13): its results as a list; `partial` is what there is so far.</summary>
internal sealed class ForLogic(BoxedLogic source, int slot, BoxedLogic result) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        if (IterationSource.Of(source.Evaluate(frame, run), run) is not { } elements)
            return default;
        var results = new List<FeelValue>(elements.Count);
        foreach (var element in elements)
        {
            if (!run.Feel.Step())
                return default;
            var own = (FeelValue[])frame.Clone();
            own[slot] = element;
            own[slot + 1] = FeelValue.Of(new Partial(results, results.Count));
            results.Add(result.Evaluate(own, run));
        }
        return FeelValue.Of(results);
    }

    /// <summary>The results so far, of a list that grows on: nothing is copied.</summary>
    private sealed class Partial(List<FeelValue> results, int count) : IReadOnlyList<FeelValue>
    {
        public int Count => count;

        public FeelValue this[int index] => index < count ? results[index] : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {count}.");

        public IEnumerator<FeelValue> GetEnumerator() => results.Take(count).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>A boxed some or every (DMN 1.4 §7.3.14): three-valued, as in FEEL.</summary>
/// <param name="decides">The value of one element that settles the whole: true for some, false for every.</param>
internal sealed class QuantifiedLogic(BoxedLogic source, int slot, BoxedLogic satisfies, bool decides) : BoxedLogic
{
    public override FeelType Type => FeelType.Boolean;

    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        if (IterationSource.Of(source.Evaluate(frame, run), run) is not { } elements)
            return default;
        var isKnown = true;
        foreach (var element in elements)
        {
            if (!run.Feel.Step())
                return default;
            var own = (FeelValue[])frame.Clone();
            own[slot] = element;
            var value = satisfies.Evaluate(own, run);
            if (decides ? value.IsTrue : value.IsFalse)
                return FeelValue.Of(decides);
            isKnown &= value.Kind == FeelKind.Boolean;
        }
        return isKnown ? FeelValue.Of(!decides) : run.Feel.Fail("not_boolean", "What is to be satisfied is not true or false for every element.");
    }
}

/// <summary>A boxed filter whose condition is itself boxed: the elements for which it is true.</summary>
internal sealed class FilterLogic(BoxedLogic source, int slot, BoxedLogic condition) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        if (IterationSource.Of(source.Evaluate(frame, run), run) is not { } elements)
            return default;
        var kept = new List<FeelValue>();
        foreach (var element in elements)
        {
            if (!run.Feel.Step())
                return default;
            var own = (FeelValue[])frame.Clone();
            own[slot] = element;
            if (condition.Evaluate(own, run).IsTrue)
                kept.Add(element);
        }
        return FeelValue.Of(kept);
    }
}

/// <summary>A boxed filter whose condition is a FEEL text: FEEL's own filter over the value in a slot.</summary>
internal sealed class FeelFilterLogic(BoxedLogic source, int slot, FeelExpression filter) : BoxedLogic
{
    public override FeelValue Evaluate(FeelValue[] frame, DmnRun run)
    {
        frame[slot] = source.Evaluate(frame, run);
        return filter.Evaluate(frame, run.Feel);
    }
}
