using Switchboard.Rules.Feel;

namespace Switchboard.Tck;

/// <summary>Compares and prints values as runners of the suite do: numbers within 1e-8, contexts by their entries.</summary>
internal static class TckValues
{
    private static readonly FeelRun Run = new(TimeProvider.System);

    public static bool AreSame(FeelValue expected, FeelValue actual)
    {
        if (expected.Kind != actual.Kind)
            return false;
        return expected.Kind switch
        {
            FeelKind.Null => true,
            FeelKind.Number => Math.Abs(double.Parse(expected.ToString()!, System.Globalization.CultureInfo.InvariantCulture)
                - double.Parse(actual.ToString()!, System.Globalization.CultureInfo.InvariantCulture)) < 1e-8,
            FeelKind.List => expected.AsList().Count == actual.AsList().Count && expected.AsList().Zip(actual.AsList()).All(pair => AreSame(pair.First, pair.Second)),
            FeelKind.Context => expected.AsContext().Count == actual.AsContext().Count
                && expected.AsContext().Entries.All(entry => actual.AsContext().TryGet(entry.Key, out var other) && AreSame(entry.Value, other)),
            _ => FeelOperators.Equal(Run, expected, actual).IsTrue,
        };
    }

    public static string Print(FeelValue value) => value.IsNull ? "null" : $"{value.Kind} {value}";
}
