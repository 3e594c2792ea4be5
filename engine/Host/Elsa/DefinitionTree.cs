using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>An activity in the JSON of a definition.</summary>
/// <param name="Port">The slot of the parent that it is in, PascalCase as Elsa names it.</param>
internal sealed record TreeNode(string NodeId, string Port, JsonObject Activity, TreeNode? Parent)
{
    public string Type => Activity.Text("type") ?? "";
}

/// <summary>
/// The activities of a definition as JSON, found by what they look like: so that also an activity that nobody here knows
/// gets its path, and what is in it too.
/// </summary>
internal static class DefinitionTree
{
    public const string NotFoundType = "Elsa.NotFoundActivity";

    /// <summary>Members of an activity that hold no activities, whatever they look like.</summary>
    private static readonly HashSet<string> Leaves = new(StringComparer.OrdinalIgnoreCase)
    {
        "expression", "metadata", "customProperties", "variables", "connections", "memoryReference", "condition", "variable", "originalActivityJson",
    };

    /// <summary>The root and everything below, parents first, in the order of the text.</summary>
    /// <param name="prefix">The path that the root's hangs under, as <c>Workflow1</c>.</param>
    public static IEnumerable<TreeNode> Walk(JsonObject? root, string prefix) => root is null ? [] : Walk(root, prefix, "Root", null);

    /// <summary>Gives ids to activities that have none, as Elsa does: the type's short name and the next free number.</summary>
    public static void FillIds(JsonObject root)
    {
        var nodes = Walk(root, "").ToList();
        var taken = nodes.Select(node => node.Activity.Text("id")).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var node in nodes.Where(node => string.IsNullOrEmpty(node.Activity.Text("id"))))
        {
            var name = node.Type[(node.Type.LastIndexOf('.') + 1)..];
            var number = 1;
            while (!taken.Add($"{name}{number}"))
                number++;
            node.Activity["id"] = $"{name}{number}";
        }
    }

    /// <summary>
    /// Studio makes the state that was drawn last a machine's current one, and instances would begin there. Where an instance
    /// is, it says itself.
    /// </summary>
    public static void ForgetCurrentStates(JsonObject? root)
    {
        foreach (var machine in Walk(root, "").Where(node => node.Type == "Elsa.StateMachine").ToList())
            machine.Activity.Remove("currentState");
    }

    /// <summary>Elsa's placeholders become what they stand for again, so that a definition is stored as its author wrote it.</summary>
    public static JsonObject Restore(JsonObject root)
    {
        foreach (var node in Walk(root, "").Reverse().ToList())
        {
            if (node.Type != NotFoundType || node.Activity.Text("originalActivityJson") is not { } original || Parse(original) is not { } activity)
                continue;
            activity["metadata"] = node.Activity["metadata"]?.DeepClone() ?? activity["metadata"]?.DeepClone();
            (activity["metadata"] as JsonObject)?.Remove("displayText");
            if (node.Parent is null)
                root = activity;
            else
                node.Activity.ReplaceWith(activity);
        }
        return root;
    }

    /// <summary>What Studio needs besides the author's text: paths, today's shapes of lists and connections, placeholders for unknown types.</summary>
    public static JsonObject Draw(JsonObject root, string prefix, ActivityCatalogue activities)
    {
        var drawn = (JsonObject)Plain(root)!;
        foreach (var node in Walk(drawn, prefix).ToList())
        {
            node.Activity["nodeId"] = node.NodeId;
            node.Activity["customProperties"] ??= new JsonObject();
            node.Activity["metadata"] ??= new JsonObject();
            node.Activity["version"] ??= 1;
            if (node.Activity["connections"] is JsonArray connections)
                node.Activity["connections"] = new JsonArray([.. connections.OfType<JsonObject>().Select(Connection)]);
        }
        foreach (var node in Walk(drawn, prefix).Reverse().ToList())
        {
            if (activities.Find(node.Type) is not null || node.Activity.Text("workflowDefinitionId") is not null)
                continue;
            var placeholder = Placeholder(node, root, prefix);
            if (node.Parent is null)
                drawn = placeholder;
            else
                node.Activity.ReplaceWith(placeholder);
        }
        return drawn;
    }

    private static IEnumerable<TreeNode> Walk(JsonObject activity, string prefix, string port, TreeNode? parent)
    {
        var id = activity.Text("id") ?? "";
        var node = new TreeNode(prefix.Length == 0 ? id : $"{prefix}:{id}", port, activity, parent);
        yield return node;
        foreach (var (name, value) in activity.ToList())
        {
            if (Leaves.Contains(name))
                continue;
            foreach (var child in Below(value, node, JsonNamingPolicy.CamelCase.ConvertName(name)))
                yield return child;
        }
    }

    private static IEnumerable<TreeNode> Below(JsonNode? value, TreeNode parent, string name)
    {
        switch (value)
        {
            case JsonArray items:
                return items.SelectMany(item => Below(item, parent, name));
            case JsonObject json when IsActivity(json):
                return Walk(json, parent.NodeId, char.ToUpperInvariant(name[0]) + name[1..], parent);
            case JsonObject json when json["$values"] is JsonArray wrapped:
                return Below(wrapped, parent, name);
            case JsonObject json when name is "states" or "transitions" or "cases" or "expectedStatusCodes":
                return json.ToList().Where(member => !Leaves.Contains(member.Key))
                    .SelectMany(member => Below(member.Value, parent, name == "cases" ? json.Text("label") is { Length: > 0 } label ? label : member.Key : member.Key));
            default:
                return [];
        }
    }

    private static bool IsActivity(JsonObject json) =>
        json.Text("type") is { Length: > 0 } && !json.ContainsKey("typeName") && !json.ContainsKey("expression")
        && (json.ContainsKey("id") || json.ContainsKey("version") || json.ContainsKey("nodeId") || !json.ContainsKey("value"));

    /// <summary>A copy without the wrapping of lists that Elsa wrote in its first versions.</summary>
    private static JsonNode? Plain(JsonNode? node) => node switch
    {
        JsonObject json when json is { Count: <= 2 } && json["$values"] is JsonArray values => Plain(values),
        JsonObject json => new JsonObject(json.Select(member => KeyValuePair.Create(member.Key, Plain(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Plain)]),
        _ => node?.DeepClone(),
    };

    private static JsonNode Connection(JsonObject connection)
    {
        if (connection["source"] is JsonObject)
            return connection.DeepClone();
        var modern = new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = (connection["source"] ?? connection["Source"])?.DeepClone(), ["port"] = connection.Text("sourcePort") ?? connection.Text("SourcePort") ?? "Done" },
            ["target"] = new JsonObject { ["activity"] = (connection["target"] ?? connection["Target"])?.DeepClone(), ["port"] = connection.Text("targetPort") ?? connection.Text("TargetPort") ?? "In" },
        };
        if (connection["vertices"] is { } vertices)
            modern["vertices"] = vertices.DeepClone();
        return modern;
    }

    private static JsonObject Placeholder(TreeNode node, JsonObject root, string prefix)
    {
        var original = Walk(root, prefix).FirstOrDefault(one => one.NodeId == node.NodeId)?.Activity ?? node.Activity;
        var metadata = (JsonObject?)(node.Activity["metadata"] as JsonObject)?.DeepClone() ?? [];
        metadata["displayText"] = $"Not Found: {node.Type}";
        return new JsonObject
        {
            ["id"] = node.Activity.Text("id"),
            ["nodeId"] = node.NodeId,
            ["name"] = node.Activity.Text("name"),
            ["type"] = NotFoundType,
            ["version"] = 1,
            ["missingTypeName"] = node.Type,
            ["missingTypeVersion"] = node.Activity.Integer("version") ?? 1,
            ["originalActivityJson"] = original.ToJsonString(),
            ["customProperties"] = node.Activity["customProperties"]?.DeepClone() ?? new JsonObject(),
            ["metadata"] = metadata,
        };
    }

    private static JsonObject? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = ElsaRequest.MaxDepth }) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // somebody has changed the placeholder's text: it stays a placeholder
        }
    }
}
