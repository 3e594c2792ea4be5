using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Workflows.Definitions;

/// <summary>
/// What of an activity's inputs and outputs its journal keeps, as Elsa's <c>logPersistenceConfig</c> says it, or the older
/// <c>logPersistenceMode</c>: each by itself, else the activity's default, else the workflow's, else everything.
/// </summary>
internal sealed class LogPersistence
{
    private readonly bool _default;
    private readonly JsonElement _inputs;
    private readonly JsonElement _outputs;

    private LogPersistence(bool isKept, JsonElement inputs, JsonElement outputs)
    {
        _default = isKept;
        _inputs = inputs;
        _outputs = outputs;
    }

    /// <param name="activity">The activity's custom properties.</param>
    /// <param name="workflow">Those of its workflow.</param>
    public static LogPersistence Read(JsonElement activity, JsonElement workflow)
    {
        var chosen = Chosen(activity);
        return new LogPersistence(Choice(chosen.Member("default")) ?? Choice(Chosen(workflow).Member("default")) ?? true, chosen.Member("inputs"), chosen.Member("outputs"));
    }

    public bool KeepsInput(string jsonName) => Choice(_inputs.Member(jsonName)) ?? _default;

    public bool KeepsOutput(string name) => Choice(_outputs.Member(JsonNamingPolicy.CamelCase.ConvertName(name))) ?? _default;

    /// <returns>Null if nothing is kept.</returns>
    public JsonObject? Kept(JsonObject? outputs)
    {
        if (outputs is null || outputs.All(output => KeepsOutput(output.Key)))
            return outputs;
        var kept = new JsonObject(outputs.Where(output => KeepsOutput(output.Key)).Select(output => KeyValuePair.Create(output.Key, output.Value?.DeepClone())));
        return kept.Count == 0 ? null : kept;
    }

    private static JsonElement Chosen(JsonElement customProperties)
    {
        var config = customProperties.Member("logPersistenceConfig");
        return config.ValueKind == JsonValueKind.Object ? config : customProperties.Member("logPersistenceMode");
    }

    /// <summary>Null to inherit. An expression counts if it is a literal: what a journal keeps must be known before anything runs.</summary>
    private static bool? Choice(JsonElement configured)
    {
        var name = configured.ValueKind == JsonValueKind.Object
            ? configured.Text("evaluationMode") == "Expression"
                ? configured.Member("expression").Text("type") is null or "Literal" ? configured.Member("expression").Text("value") : null
                : configured.Text("strategyType")?.Split(',')[0].Split('.')[^1]
            : configured.ValueKind == JsonValueKind.String ? configured.GetString() : null;
        return name switch
        {
            "Include" => true,
            "Exclude" => false,
            _ => null,
        };
    }
}
