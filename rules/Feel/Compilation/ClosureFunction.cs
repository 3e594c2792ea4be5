namespace Switchboard.Rules.Feel.Compilation;

/// <summary>A function that an expression made.</summary>
internal sealed class ClosureFunction(string[] names, FeelType[] types, Func<FeelRun, FeelValue[], FeelValue> body) : FeelFunction
{
    /// <inheritdoc/>
    public override string Name => "function";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Parameters => names;

    /// <summary>What the parameters may be.</summary>
    public IReadOnlyList<FeelType> Types => types;

    /// <inheritdoc/>
    public override FeelValue Invoke(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments.Length != names.Length)
            return run.Fail("wrong_arguments", $"The function takes {names.Length} arguments, not {arguments.Length}.");
        var given = new FeelValue[names.Length];
        for (var i = 0; i < given.Length; i++)
        {
            given[i] = FeelOperators.Conform(run, arguments[i], types[i]);
            // What does not fit its parameter makes the call fail; null fits every one.
            if (given[i].IsNull && !arguments[i].IsNull)
                return run.Fail("wrong_argument", $"{FeelRuntime.Describe(arguments[i])} does not fit the parameter {names[i]}.");
        }
        return body(run, given);
    }
}
