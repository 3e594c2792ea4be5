using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Rete;

internal static class Suggestion
{
    /// <returns>"; did you mean x?", or nothing where nothing is near.</returns>
    public static string For(string name, IEnumerable<string> known) =>
        Nearest.To(name, known) is { } near ? $"; did you mean {near}?" : "";
}
