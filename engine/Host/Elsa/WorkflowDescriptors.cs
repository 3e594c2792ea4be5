using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>Descriptors of activities: those of the catalogue, and the workflows that may be used as activities.</summary>
internal sealed class WorkflowDescriptors(ActivityCatalogue activities, DefinitionLibrary library, PickerChoices choices)
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "id", "nodeId", "name", "type", "version", "customProperties", "metadata", "root" };

    private static readonly string[] Resilient = ["Elsa.SendHttpRequest", "Elsa.FlowSendHttpRequest"];

    public async Task<List<JsonObject>> AllAsync(Guid tenantId, CancellationToken ct)
    {
        var versions = await library.VersionsAsync(tenantId, null, ct);
        var known = await KnownAsync(tenantId, versions, null, ct);
        var all = activities.All.Select(type => Of(type, known)).ToList();
        var taken = all.Select(descriptor => (descriptor.Text("typeName"), descriptor.Integer("version"))).ToHashSet();
        foreach (var version in versions)
        {
            if (!(await library.HeadAsync(tenantId, version, ct)).UsableAsActivity)
                continue;
            var descriptor = OfWorkflow(version, WorkflowDefinition.Parse(await library.ContentAsync(tenantId, version, ct)));
            // Two workflows of one name: the designer tells types apart by their names alone, so the first keeps it.
            if (taken.Add((descriptor.Text("typeName"), descriptor.Integer("version"))))
                all.Add(descriptor);
        }
        return all;
    }

    /// <summary>One of the catalogue's; null of another.</summary>
    /// <param name="definitionId">The workflow whose activity it is: pickers offer what can be meant there. Null for what can be meant in any.</param>
    public async Task<JsonObject?> OfAsync(Guid tenantId, string typeName, string? definitionId, CancellationToken ct) =>
        activities.Find(typeName) is { } type
            ? Of(type, await KnownAsync(tenantId, await library.VersionsAsync(tenantId, definitionId is null ? null : [definitionId], ct), definitionId, ct))
            : null;

    private async Task<Func<string, IEnumerable<(string Value, string Text)>>> KnownAsync(
        Guid tenantId, IReadOnlyList<DefinitionVersion> versions, string? definitionId, CancellationToken ct)
    {
        var held = new HashSet<(string What, string Value)>();
        foreach (var version in versions.Where(version => version.IsLatest))
            held.UnionWith((await library.HeadAsync(tenantId, version, ct)).Picked);
        return await choices.OfAsync(tenantId, held.ToLookup(one => one.What, one => one.Value), definitionId, ct);
    }

    private static JsonObject Of(ActivityDescriptor type, Func<string, IEnumerable<(string Value, string Text)>> known)
    {
        var descriptor = ActivityDescriptorJson.Of(type, known);
        if (Resilient.Contains(type.Type))
            descriptor["customProperties"] = new JsonObject { ["Resilient"] = true, ["ResilienceCategory"] = "HTTP" };
        return descriptor;
    }

    /// <summary>As Elsa makes a type's name of a workflow's: the words joined, each with a capital.</summary>
    public static string TypeNameOf(string name)
    {
        var type = new StringBuilder();
        var capital = true;
        foreach (var letter in name)
        {
            if (!char.IsLetterOrDigit(letter))
            {
                capital = true;
                continue;
            }
            type.Append(capital ? char.ToUpperInvariant(letter) : letter);
            capital = false;
        }
        return type.Length == 0 ? "Workflow" : type.ToString();
    }

    private static JsonObject OfWorkflow(DefinitionVersion version, WorkflowDefinition definition)
    {
        var name = definition.Name is { Length: > 0 } given ? given : version.DefinitionId;
        var ports = new List<JsonNode> { Port("Root", "Embedded", false) };
        ports.AddRange(definition.Outcomes.Distinct().Select(outcome => Port(outcome, "Flow", true)));
        return new JsonObject
        {
            ["typeName"] = TypeNameOf(name),
            ["namespace"] = "Workflows",
            ["name"] = TypeNameOf(name),
            ["version"] = version.Number,
            ["category"] = definition.Options.ActivityCategory is { Length: > 0 } category ? category : "Workflows",
            ["displayName"] = name,
            ["description"] = definition.Description ?? "",
            ["kind"] = "Action",
            ["runAsynchronously"] = false,
            ["isContainer"] = false,
            ["isBrowsable"] = version.IsPublished,
            ["isStart"] = false,
            ["isTerminal"] = false,
            ["ports"] = new JsonArray([.. ports]),
            ["inputs"] = new JsonArray([.. definition.Inputs.Where(input => input.Name.Length > 0).Select((input, order) => Input(input, order))]),
            ["outputs"] = new JsonArray([.. definition.Outputs.Where(output => output.Name.Length > 0).Select(Output)]),
            ["customProperties"] = new JsonObject
            {
                ["RootType"] = "WorkflowDefinitionActivity",
                ["WorkflowDefinitionId"] = version.DefinitionId,
                ["WorkflowDefinitionVersionId"] = version.Id,
            },
            ["constructionProperties"] = new JsonObject
            {
                ["WorkflowDefinitionId"] = version.DefinitionId,
                ["WorkflowDefinitionVersionId"] = version.Id,
                ["Version"] = version.Number,
            },
        };
    }

    private static JsonObject Port(string name, string type, bool isBrowsable) => new() { ["name"] = name, ["displayName"] = name, ["type"] = type, ["isBrowsable"] = isBrowsable };

    private static JsonObject Input(WorkflowParameter input, int order) => new JsonObject
    {
        ["name"] = Reserved.Contains(char.ToLowerInvariant(input.Name[0]) + input.Name[1..]) ? "_" + input.Name : input.Name,
        ["typeName"] = input.IsList ? input.TypeName + "[]" : input.TypeName,
        ["displayName"] = input.DisplayName is { Length: > 0 } title ? title : input.Name,
        ["description"] = input.Description ?? "",
        ["category"] = input.Category is { Length: > 0 } category ? category : "Primitives",
        ["order"] = order,
        ["isBrowsable"] = true,
        ["isSerializable"] = true,
        ["isSynthetic"] = true,
        ["isWrapped"] = true,
        ["uiHint"] = input.UiHint is { Length: > 0 } hint ? hint : "singleline",
        ["defaultSyntax"] = "Literal",
        ["isReadOnly"] = false,
        ["isSensitive"] = false,
        ["autoEvaluate"] = true,
    };

    private static JsonObject Output(WorkflowParameter output) => new JsonObject
    {
        ["name"] = output.Name,
        ["typeName"] = output.IsList ? output.TypeName + "[]" : output.TypeName,
        ["displayName"] = output.DisplayName is { Length: > 0 } title ? title : output.Name,
        ["description"] = output.Description ?? "",
        ["isBrowsable"] = true,
        ["isSerializable"] = true,
        ["isSynthetic"] = true,
    };
}
