using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.Runtime.Templates;

/// <summary>What templates are filled with, as Handlebars walks through it: made once where several texts are written from it.</summary>
public sealed class TemplateModel
{
    private TemplateModel(object members) => Members = members;

    internal object Members { get; }

    public static TemplateModel Of(JsonObject model) => new(Plain(model)!);

    private static object? Plain(JsonNode? node) => node switch
    {
        null => null,
        JsonObject members => members.ToDictionary(member => member.Key, member => Plain(member.Value)),
        JsonArray items => items.Select(Plain).ToList(),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => node.GetValue<string>(),
            _ => node.ToJsonString(),
        },
    };
}
