namespace Switchboard.Rules.Rete;

internal static class Suggestion
{
    /// <returns>The end of a sentence: "; did you mean x?", or a full stop where nothing is near.</returns>
    public static string For(string name, IEnumerable<string> known) =>
        Nearest.To(name, known) is { } near ? $"; did you mean {near}?" : ".";
}
