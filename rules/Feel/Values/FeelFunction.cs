namespace Switchboard.Rules.Feel.Values;

/// <summary>Something that can be called.</summary>
public abstract class FeelFunction
{
    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    /// <summary>The names of its parameters.</summary>
    public abstract IReadOnlyList<string> Parameters { get; }

    /// <summary>Calls it by position. Wrong arguments give null and a diagnostic.</summary>
    public abstract FeelValue Invoke(FeelRun run, ReadOnlySpan<FeelValue> arguments);

    /// <summary>Calls it by name, in any order.</summary>
    public virtual FeelValue InvokeNamed(FeelRun run, IReadOnlyList<string> names, IReadOnlyList<FeelValue> arguments)
    {
        var ordered = new FeelValue[Parameters.Count];
        if (names.Count != Parameters.Count)
            return run.Fail("wrong_arguments", $"{Name} takes {Parameters.Count} arguments, not {names.Count}.");
        for (var i = 0; i < ordered.Length; i++)
        {
            var at = IndexOf(names, Parameters[i]);
            if (at < 0)
                return run.Fail("wrong_arguments", $"{Name} has no argument for its parameter {Parameters[i]}.");
            ordered[i] = arguments[at];
        }
        return Invoke(run, ordered);
    }

    /// <summary>Calls it on behalf of another function: within the budget, and as deep as that allows.</summary>
    internal FeelValue Call(FeelRun run, params ReadOnlySpan<FeelValue> arguments)
    {
        if (!run.Step())
            return default;
        if (run.Depth >= run.Budget.Depth)
            return run.Fail("budget_depth", $"{Name} is called more than {run.Budget.Depth} levels deep.");
        run.Depth++;
        var value = Invoke(run, arguments);
        run.Depth--;
        return value;
    }

    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }
        return -1;
    }
}
