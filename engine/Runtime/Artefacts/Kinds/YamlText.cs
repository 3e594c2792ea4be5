using System.Globalization;
using System.Text.Json.Nodes;

using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>YAML as people write it into artefacts: one document, no aliases, scalars by the JSON schema of YAML 1.2.</summary>
internal static class YamlText
{
    public static (JsonObject? Json, ArtefactProblem? Problem) Read(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
                return (null, ArtefactProblem.Error("artefact_syntax", "The content must be one YAML document with names and values.", 1, 1));
            return ((JsonObject)Json(root)!, null);
        }
        catch (YamlException e)
        {
            return (null, ArtefactProblem.Error("artefact_syntax", $"The content is not YAML: {e.Message}", (int)e.Start.Line, (int)e.Start.Column));
        }
    }

    /// <summary>Line ends and what follows the last line do not count.</summary>
    public static string Canonical(string text) => text.ReplaceLineEndings("\n").TrimEnd();

    private static JsonNode? Json(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                var json = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                    json[key is YamlScalarNode { Value: { } name } ? name : throw new YamlException(key.Start, key.End, "A name must be a plain text.")] = Json(value);
                return json;
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Children.Select(Json)]);
            case YamlScalarNode scalar:
                return scalar.Style == ScalarStyle.Plain ? Plain(scalar.Value ?? "") : JsonValue.Create(scalar.Value);
            default:
                throw new YamlException(node.Start, node.End, "An alias cannot be used here.");
        }
    }

    private static JsonNode? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        _ => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : JsonValue.Create(text),
    };
}
