using System.Text.Json.Nodes;

namespace Switchboard.Runtime.Artefacts.Kinds;

internal static class FormConditions
{
    public static IEnumerable<ArtefactProblem> Check(FormContent form, string text, TimeProvider time) => [];
    public static HashSet<string> Hidden(FormContent form, JsonObject data, TimeProvider time) => [];
}
