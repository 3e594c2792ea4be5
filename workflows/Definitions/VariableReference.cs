using System.Text.Json.Serialization;

namespace Switchboard.Workflows.Definitions;

/// <summary>Names a variable in scope, as <c>Elsa.SetVariable</c> stores it.</summary>
/// <param name="Id">What it is found by.</param>
/// <param name="Name">For definitions of old whose variables have no id.</param>
public sealed record VariableReference([property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("name")] string? Name);
