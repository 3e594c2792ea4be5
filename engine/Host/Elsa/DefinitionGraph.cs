using System.Text.Json.Nodes;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>Parts of a definition, also inside of workflows that it uses as activities: what Studio opens when somebody drills down.</summary>
internal static class DefinitionGraph
{
    /// <summary>Workflows that use each other go no deeper than the engine runs them.</summary>
    private const int MaxNesting = 16;

    public static async Task<IResult> Subgraph(string id, HttpContext http, DefinitionLibrary library, DefinitionJson json, ActivityCatalogue activities, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var version = await library.FindByIdAsync(tenantId, id, ct) ?? throw ElsaErrors.NotFound($"There is no version {id} of a workflow definition.");
        var wanted = http.Query("parentNodeId");
        var nodes = await NodesAsync(tenantId, version, wanted ?? "", library, json, activities, ct);
        if (nodes.Count == 0)
            throw ElsaErrors.NotFound("The definition has no root.");
        return Answer.Of(Node(nodes.FirstOrDefault(node => node.NodeId == wanted) ?? nodes[0]));
    }

    public static async Task<IResult> Segments(string id, HttpContext http, DefinitionLibrary library, DefinitionJson json, ActivityCatalogue activities, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var version = await library.FindByIdAsync(tenantId, id, ct) ?? throw ElsaErrors.NotFound($"There is no version {id} of a workflow definition.");
        var wanted = http.Query("childNodeId") ?? throw ElsaErrors.Invalid("childNodeId", "childNodeId says which activity.");
        var nodes = await NodesAsync(tenantId, version, wanted, library, json, activities, ct);
        var child = nodes.FirstOrDefault(node => node.NodeId == wanted) ?? throw ElsaErrors.Invalid("childNodeId", $"The definition has no activity {wanted}.");
        var container = child.Parent;
        while (container is not null && !IsContainer(container))
            container = container.Parent;
        var segments = new List<JsonNode?>();
        for (var (node, below) = (container?.Parent, container); node is not null; (below, node) = (node, node.Parent))
        {
            if (IsContainer(node) || node.Type == "Elsa.Workflow")
                continue;
            segments.Insert(0, new JsonObject
            {
                ["activityNodeId"] = node.NodeId,
                ["activityId"] = node.Activity.Text("id"),
                ["activityType"] = node.Type,
                ["portName"] = below!.Port,
                ["activityName"] = node.Activity.Text("name"),
            });
        }
        return Answer.Of(new JsonObject { ["childNode"] = Node(child), ["container"] = Node(container ?? nodes[0]), ["pathSegments"] = new JsonArray([.. segments]) });
    }

    /// <summary>All activities of a version, and of the workflows used in it those on the way to a path.</summary>
    private static async Task<List<TreeNode>> NodesAsync(
        Guid tenantId, DefinitionVersion version, string path, DefinitionLibrary library, DefinitionJson json, ActivityCatalogue activities, CancellationToken ct)
    {
        var content = await library.ContentAsync(tenantId, version, ct);
        var prefix = json.RootId(content);
        if (DefinitionJson.Stored(content)["root"] is not JsonObject root)
            return [];
        var nodes = DefinitionTree.Walk(DefinitionTree.Draw(root, prefix, activities), prefix).ToList();
        for (var depth = 0; depth < MaxNesting; depth++)
        {
            var inside = nodes.LastOrDefault(node => (path == node.NodeId || path.StartsWith(node.NodeId + ":", StringComparison.Ordinal))
                && node.Activity.Text("workflowDefinitionId") is not null && node.Activity["root"] is null && !node.Type.StartsWith("Elsa.", StringComparison.Ordinal));
            if (inside is null || await NestedAsync(tenantId, inside, library, json, activities, ct) is not { } nested)
                break;
            inside.Activity["root"] = nested;
            nodes.AddRange(DefinitionTree.Walk(inside.Activity, inside.Parent?.NodeId ?? prefix).Skip(1).Select(node => Under(node, inside)));
        }
        return nodes;
    }

    private static async Task<JsonObject?> NestedAsync(
        Guid tenantId, TreeNode node, DefinitionLibrary library, DefinitionJson json, ActivityCatalogue activities, CancellationToken ct)
    {
        var definitionId = node.Activity.Text("workflowDefinitionId")!;
        var versions = await library.VersionsAsync(tenantId, [definitionId], ct);
        var used = versions.FirstOrDefault(version => version.Number == node.Activity.Integer("version")) ?? versions.FirstOrDefault(version => version.IsPublished) ?? (versions.Count > 0 ? versions[0] : null);
        if (used is null)
            return null;
        var content = await library.ContentAsync(tenantId, used, ct);
        if (DefinitionJson.Stored(content)["root"] is not JsonObject root)
            return null;
        var id = json.RootId(content);
        var path = $"{node.NodeId}:{id}";
        return new JsonObject
        {
            ["id"] = id,
            ["nodeId"] = path,
            ["type"] = "Elsa.Workflow",
            ["version"] = 1,
            ["customProperties"] = new JsonObject(),
            ["metadata"] = new JsonObject(),
            ["root"] = DefinitionTree.Draw(root, path, activities),
        };
    }

    /// <summary>The tree was walked from the using activity, whose own parents are known already.</summary>
    private static TreeNode Under(TreeNode node, TreeNode inside) =>
        node.Parent is null ? inside : node with { Parent = ReferenceEquals(node.Parent.Activity, inside.Activity) ? inside : Under(node.Parent, inside) };

    private static bool IsContainer(TreeNode node) => node.Type is "Elsa.Flowchart" or "Elsa.Sequence" or "Elsa.StateMachine" or "Elsa.Parallel";

    private static JsonObject Node(TreeNode node) => new() { ["nodeId"] = node.NodeId, ["port"] = node.Port, ["activity"] = node.Activity.DeepClone() };
}
