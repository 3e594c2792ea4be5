using Switchboard.Rules.Feel;

namespace Switchboard.Rules;

/// <summary>An example that is kept with a decision or a rule set and must hold before it is published.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Input">A context: what is given.</param>
/// <param name="Expected">What must come out.</param>
/// <param name="Decision">The decision of the model that is evaluated; null for its main one.</param>
public sealed record RuleTestCase(string Name, FeelValue Input, FeelValue Expected, string? Decision);
