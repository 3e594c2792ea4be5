namespace Switchboard.Rules.Feel.Functions;

/// <summary>What a built-in function does with arguments that have been counted.</summary>
internal delegate FeelValue BuiltInBody(FeelRun run, ReadOnlySpan<FeelValue> arguments);

/// <summary>One way to call a built-in function.</summary>
/// <param name="Parameters">The names; one with ? may be left out, a last one with … may be repeated.</param>
/// <param name="Body">What it does.</param>
internal sealed record Overload(string[] Parameters, BuiltInBody Body)
{
    public string[] Names { get; } = [.. Parameters.Select(parameter => parameter.TrimEnd('?', '…'))];

    public int Required { get; } = Parameters.Count(parameter => !parameter.EndsWith('?') && !parameter.EndsWith('…'));

    public bool IsVariadic { get; } = Parameters.Length > 0 && Parameters[^1].EndsWith('…');

    /// <summary>Whether it is for arguments with names, or without; null for either.</summary>
    public bool? IsNamed { get; init; }

    public bool Takes(int count) => count >= Required && (IsVariadic || count <= Parameters.Length);
}

/// <summary>A function of the language.</summary>
internal sealed class BuiltInFunction(string name, FeelType resultType, bool isPure, Overload[] overloads) : FeelFunction
{
    public override string Name => name;

    public override IReadOnlyList<string> Parameters => overloads[0].Names;

    /// <summary>What it gives unless it gives null.</summary>
    public FeelType ResultType => resultType;

    /// <summary>Whether the same arguments always give the same.</summary>
    public bool IsPure => isPure;

    public IReadOnlyList<Overload> Overloads => overloads;

    public override FeelValue Invoke(FeelRun run, ReadOnlySpan<FeelValue> arguments)
    {
        foreach (var overload in overloads)
        {
            if (overload.IsNamed != true && overload.Takes(arguments.Length))
                return Apply(run, overload, arguments);
        }
        return run.Fail("wrong_arguments", $"{name} takes {Signature()}; {arguments.Length} arguments are given.");
    }

    public override FeelValue InvokeNamed(FeelRun run, IReadOnlyList<string> names, IReadOnlyList<FeelValue> arguments)
    {
        foreach (var overload in overloads)
        {
            if (overload.IsNamed != false && Ordered(overload, names, arguments) is { } ordered)
                return Apply(run, overload, ordered);
        }
        return run.Fail("wrong_arguments", $"{name} takes {Signature()}; {string.Join(", ", names)} are given.");
    }

    /// <summary>Where a list of one stands for its element, it is taken for it (DMN 1.5 §10.3.2.9.4).</summary>
    private static FeelValue Apply(FeelRun run, Overload overload, ReadOnlySpan<FeelValue> arguments)
    {
        var value = overload.Body(run, arguments);
        if (!value.IsNull || run.StepsLeft < 0)
            return value;
        FeelValue[]? singles = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Kind == FeelKind.List && arguments[i].AsList() is [var single])
                (singles ??= arguments.ToArray())[i] = single;
        }
        return singles is null ? value : overload.Body(run, singles);
    }

    private static FeelValue[]? Ordered(Overload overload, IReadOnlyList<string> names, IReadOnlyList<FeelValue> arguments)
    {
        var ordered = new FeelValue[overload.Names.Length];
        var count = 0;
        var required = 0;
        for (var i = 0; i < names.Count; i++)
        {
            var at = Array.IndexOf(overload.Names, names[i]);
            if (at < 0)
                return null;
            ordered[at] = arguments[i];
            count = Math.Max(count, at + 1);
            if (at < overload.Required)
                required++;
        }
        // A list by its name is the list itself, not its only element.
        if (overload.IsVariadic && overload.Required == 0 && names.Count == 1 && ordered[0].Kind != FeelKind.List)
            ordered[0] = ordered[0].IsNull ? default : FeelValue.ListOf(ordered[0]);
        return required == overload.Required && names.Distinct(StringComparer.Ordinal).Count() == names.Count && (count > 0 || overload.Names.Length == 0) ? ordered[..count] : null;
    }

    private string Signature() => string.Join(" or ", overloads.Select(overload => $"({string.Join(", ", overload.Parameters)})"));
}

/// <summary>The functions of the language (DMN 1.5 §10.3.4), by their names.</summary>
public static class BuiltIns
{
    private static readonly Dictionary<string, BuiltInFunction> All = new[]
    {
        ConversionFunctions.All, BooleanFunctions.All, StringFunctions.All, ListFunctions.All, AggregateFunctions.All, NumberFunctions.All,
        DateFunctions.All, RangeFunctions.All, ContextFunctions.All,
    }.SelectMany(functions => functions).ToDictionary(function => function.Name, StringComparer.Ordinal);

    /// <summary>All names, with their spaces.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>The function of this name; null if there is none.</summary>
    public static FeelFunction? Find(string name) => All.GetValueOrDefault(name);

    /// <summary>One line an overload: its name, parameters and result.</summary>
    public static IEnumerable<string> Describe() =>
        from function in All.Values
        orderby function.Name
        from overload in function.Overloads
        select $"{function.Name}({string.Join(", ", overload.Parameters)}) -> {function.ResultType}{(function.IsPure ? "" : " (not pure)")}";

    /// <summary>What @"…" is: a date, a date and time, a time or a duration, by its form; null if it is none.</summary>
    internal static FeelValue AtLiteral(string text) => ConversionFunctions.Temporal(text);

    internal static BuiltInFunction Define(string name, FeelType result, params Overload[] overloads) => new(name, result, true, overloads);

    /// <summary>Notes that arguments are of kinds that the function does not take.</summary>
    internal static FeelValue Wrong(FeelRun run, string function, ReadOnlySpan<FeelValue> arguments)
    {
        var given = string.Join(", ", arguments.ToArray().Select(FeelRuntime.Describe));
        return run.Fail("wrong_argument", $"{function} cannot be applied to {given}.");
    }

    /// <summary>The elements that an aggregate is about: those of its only argument, if that is a list, or its arguments.</summary>
    internal static IReadOnlyList<FeelValue> Elements(ReadOnlySpan<FeelValue> arguments) =>
        arguments.Length == 1 && arguments[0].Kind == FeelKind.List ? arguments[0].AsList() : arguments.ToArray();

    /// <summary>Whether a list of this length may be made and gone through.</summary>
    internal static bool MayMake(FeelRun run, long count)
    {
        if (count > run.Budget.ListLength)
        {
            run.Fail("budget_list", $"A list of more than {run.Budget.ListLength} elements is not made.");
            return false;
        }
        return run.Steps((count / 2) + 1);
    }

    /// <summary>Whether a text of this length may be made.</summary>
    internal static bool MayWrite(FeelRun run, long length)
    {
        if (length > run.Budget.StringLength)
        {
            run.Fail("budget_string", $"A text of more than {run.Budget.StringLength} characters is not made.");
            return false;
        }
        return run.Steps((length / 16) + 1);
    }
}
