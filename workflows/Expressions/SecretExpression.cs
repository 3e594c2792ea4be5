using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Expressions;

/// <summary>
/// A secret by its name. A burst never sees the value: an activity that can use one hands on the name, and whoever sends puts
/// the value in. Its own value is a text that tells people what stands there.
/// </summary>
public sealed class SecretExpression(string name) : Expression("Secret")
{
    /// <summary>The secret's name.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override ValueTask<JsonNode?> EvaluateAsync(ActivityContext context) => new(JsonValue.Create($"(secret {Name})"));

    internal static SecretExpression Of(JsonElement json)
    {
        var reference = Reference(json);
        return new SecretExpression((reference.ValueKind == JsonValueKind.Object ? reference.Text("name") : Text(reference)) ?? "");
    }
}
