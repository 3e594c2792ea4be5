namespace Switchboard.Rules.Feel.Functions;

internal static class BooleanFunctions
{
    public static readonly BuiltInFunction[] All =
    [
        BuiltIns.Define("not", FeelType.Boolean, new Overload(["negand"], (run, arguments) =>
            arguments[0].Kind == FeelKind.Boolean ? FeelOperators.Not(arguments[0]) : BuiltIns.Wrong(run, "not", arguments))),
        BuiltIns.Define("all", FeelType.Boolean, new Overload(["list…"], (run, arguments) => Fold(run, "all", arguments, FeelOperators.And, true))),
        BuiltIns.Define("any", FeelType.Boolean, new Overload(["list…"], (run, arguments) => Fold(run, "any", arguments, FeelOperators.Or, false))),
        BuiltIns.Define("is", FeelType.Boolean, new Overload(["value1", "value2"], (_, arguments) => FeelValue.Of(FeelOperators.Is(arguments[0], arguments[1]))),
            new Overload(["value1?", "value2?"], (_, arguments) => FeelValue.Of(FeelOperators.Is(arguments[0], arguments.Length > 1 ? arguments[1] : default))) { IsNamed = true }),
    ];

    private static FeelValue Fold(FeelRun run, string name, ReadOnlySpan<FeelValue> arguments, Func<FeelValue, FeelValue, FeelValue> combine, bool start)
    {
        if (arguments.Length == 0 || (arguments.Length == 1 && arguments[0].IsNull))
            return BuiltIns.Wrong(run, name, arguments);
        var result = FeelValue.Of(start);
        var hasOther = false;
        foreach (var element in BuiltIns.Elements(arguments))
        {
            if (!run.Step())
                return default;
            hasOther |= element.Kind is not (FeelKind.Boolean or FeelKind.Null);
            result = combine(result, element);
        }
        return hasOther ? BuiltIns.Wrong(run, name, arguments) : result;
    }
}
