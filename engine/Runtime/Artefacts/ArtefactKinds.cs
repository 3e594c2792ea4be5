using System.Security.Cryptography;
using System.Text;

using Switchboard.Data;
using Switchboard.Runtime.Artefacts.Kinds;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>Every kind of artefact there is.</summary>
public sealed class ArtefactKinds(params IEnumerable<ArtefactKind> kinds)
{
    private readonly Dictionary<string, ArtefactKind> byName = kinds.ToDictionary(kind => kind.Name);

    /// <param name="activities">Which activities workflows may use.</param>
    public static ArtefactKinds Of(ActivityCatalogue activities) =>
        new(new WorkflowKind(activities), new RulesetKind(), new DecisionKind(), new FormKind(), new TemplateKind(), new CalendarKind());

    public IEnumerable<ArtefactKind> All => byName.Values;

    public bool Knows(string name) => byName.ContainsKey(name);

    /// <exception cref="ProblemException">404.</exception>
    public ArtefactKind Of(string name) => byName.GetValueOrDefault(name)
        ?? throw new ProblemException(404, "unknown_kind", $"There is no kind {name} of artefact; there are {string.Join(", ", byName.Keys)}.");

    /// <summary>SHA-256 of the canonical content, lower-case hex.</summary>
    public string HashOf(string kind, string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Of(kind).Canonical(text))));
}
