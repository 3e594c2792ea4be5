using Switchboard.Rules.Dmn.Types;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Logic;

/// <summary>One evaluation of a model: FEEL's run, how deep calls have gone, and what is to be explained.</summary>
internal sealed class DmnRun(FeelRun feel, Explanation? explanation)
{
    public FeelRun Feel { get; } = feel;

    /// <summary>Where tables note which rows matched; null when nobody asks.</summary>
    public Explanation? Explanation { get; } = explanation;

    /// <summary>Goes one level deeper; false, with a diagnostic, where the budget ends. Then nothing is to be left.</summary>
    public bool Enter(string what)
    {
        if (!Feel.Step())
            return false;
        if (Feel.Depth >= Feel.Budget.Depth)
        {
            Feel.Fail("budget_depth", $"{what} is used more than {Feel.Budget.Depth} levels deep.");
            return false;
        }
        Feel.Depth++;
        return true;
    }

    /// <summary>Comes back one level.</summary>
    public void Leave() => Feel.Depth--;
}

/// <summary>A function whose body is logic of the model: a knowledge model, a decision service, a function definition.</summary>
internal sealed class LogicFunction(
    IReadOnlyList<(string Name, ItemType Type)> parameters, DmnRun run, string what, Func<FeelValue[], FeelValue> body) : FeelFunction
{
    public override string Name => what;

    public override IReadOnlyList<string> Parameters { get; } = [.. parameters.Select(parameter => parameter.Name)];

    public override FeelValue Invoke(FeelRun caller, ReadOnlySpan<FeelValue> arguments)
    {
        if (arguments.Length != parameters.Count)
            return caller.Fail("wrong_arguments", $"{what} takes {parameters.Count} arguments, not {arguments.Length}.");
        var values = new FeelValue[arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = parameters[i].Type.Conform(arguments[i], caller, $"The parameter {parameters[i].Name}");
        }
        if (!run.Enter(what))
            return default;
        var result = body(values);
        run.Leave();
        return result;
    }
}
