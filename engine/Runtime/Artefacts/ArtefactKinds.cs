using System.Security.Cryptography;
using System.Text;

using Switchboard.Data;
using Switchboard.Runtime.Artefacts.Kinds;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>Every kind of artefact there is.</summary>
public sealed class ArtefactKinds(params IEnumerable<ArtefactKind> kinds)
{
    private readonly Dictionary<string, ArtefactKind> byName = kinds.ToDictionary(kind => kind.Name);

    /// <param name="activities">Which activities workflows may use.</param>
    /// <param name="trials">What tests of workflows run with; null where there is nothing that evaluates JavaScript, and such a test then fails.</param>
    public static ArtefactKinds Of(ActivityCatalogue activities, BurstFeatures? trials = null) =>
        new(new WorkflowKind(activities, trials ?? new BurstFeatures((_, _) => throw new ActivityException("no_scripts", "There is no script worker here."))), new RulesetKind(), new DecisionKind(), new FormKind(), new TemplateKind(), new CalendarKind());

    public IEnumerable<ArtefactKind> All => byName.Values;

    public bool Knows(string name) => byName.ContainsKey(name);

    /// <exception cref="ProblemException">404.</exception>
    public ArtefactKind Of(string name) => byName.GetValueOrDefault(name)
        ?? throw new ProblemException(404, "unknown_kind", $"There is no kind {name} of artefact; there are {string.Join(", ", byName.Keys)}.");

    /// <summary>SHA-256 of the canonical content, lower-case hex.</summary>
    public string HashOf(string kind, string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Of(kind).Canonical(text))));
}
