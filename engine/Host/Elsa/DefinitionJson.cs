using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>Definitions as Elsa's clients read and write them.</summary>
internal sealed class DefinitionJson(DefinitionLibrary library, ActivityCatalogue activities)
{
    private const string SchemaAddress = "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json";
    private const string ToolVersion = "3.8.0.0";

    /// <summary>What the server says of a version; a client's own word for it is not believed.</summary>
    private static readonly string[] ServersOwn =
        ["$schema", "id", "definitionId", "tenantId", "createdAt", "version", "toolVersion", "isLatest", "isPublished", "links", "isReadonly", "isSystem"];

    private static readonly string[] Lists = ["variables", "inputs", "outputs", "outcomes"];

    private static readonly string[] Objects = ["customProperties", "options"];

    private static readonly string[] Texts = ["name", "description"];

    private static readonly string[] Flags = ["isReadonly", "isSystem"];

    private static readonly (string Rel, string Method)[] Reading =
        [("self", "GET"), ("versions", "GET"), ("bulk-dispatch", "POST"), ("dispatch", "POST"), ("execute", "POST"), ("export", "GET")];

    private static readonly (string Rel, string Method)[] Writing =
        [("publish", "POST"), ("retract", "POST"), ("delete", "DELETE"), ("import", "PUT"), ("update-references", "POST")];

    /// <summary>The whole definition, drawn for Studio.</summary>
    /// <param name="writable">Whether the caller may change it; Studio goes by the links.</param>
    public async Task<JsonObject> ModelAsync(Guid tenantId, DefinitionVersion version, bool writable, CancellationToken ct)
    {
        var content = await library.ContentAsync(tenantId, version, ct);
        var model = Envelope(version, Stored(content), content);
        if (model["root"] is JsonObject root)
            model["root"] = DefinitionTree.Draw(root, RootId(content), activities);
        model["links"] = Links(version, writable && !model.Flag("isReadonly"));
        return model;
    }

    /// <summary>As a file: what the author wrote, under the head of an export.</summary>
    public async Task<JsonObject> FileAsync(Guid tenantId, DefinitionVersion version, CancellationToken ct)
    {
        var content = await library.ContentAsync(tenantId, version, ct);
        var file = new JsonObject { ["$schema"] = SchemaAddress };
        foreach (var (name, value) in Envelope(version, Stored(content), content).ToList())
            file[name] = value?.DeepClone();
        return file;
    }

    public static string FileName(JsonObject file)
    {
        var slug = string.Concat((file.Text("name") ?? "").ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');
        return $"workflow-definition-{(slug.Length > 60 ? slug[..60] : slug)}-{file.Text("definitionId")}-{file.Text("id")}.json";
    }

    public async Task<JsonObject> SummaryAsync(Guid tenantId, DefinitionVersion version, bool writable, CancellationToken ct)
    {
        var head = await library.HeadAsync(tenantId, version, ct);
        var summary = new JsonObject
        {
            ["id"] = version.Id,
            ["definitionId"] = version.DefinitionId,
            ["name"] = head.Name ?? version.DefinitionId,
            ["version"] = version.Number,
            ["toolVersion"] = ToolVersionOf(head.ToolVersion),
            ["isLatest"] = version.IsLatest,
            ["isPublished"] = version.IsPublished,
            ["materializerName"] = "Json",
            ["createdAt"] = head.CreatedAt ?? version.CreatedAt,
            ["isReadonly"] = head.IsReadonly,
            ["isMaterializerAvailable"] = true,
            ["links"] = Links(version, writable && !head.IsReadonly),
        };
        if (head.Description is not null)
            summary["description"] = head.Description;
        return summary;
    }

    /// <summary>What is stored of a client's model: its author's part, under the definition's identity.</summary>
    /// <exception cref="ProblemException">400 when a member is of another kind than it must be.</exception>
    public static JsonObject ToStored(JsonObject model, string definitionId, DateTimeOffset createdAt)
    {
        foreach (var name in Lists.Append("links").Where(name => model[name] is not (null or JsonArray) && !(model[name] is JsonObject wrapped && wrapped["$values"] is JsonArray)))
            throw ElsaErrors.Invalid(name, $"{name} must be a list.");
        foreach (var name in Objects.Where(name => model[name] is not (null or JsonObject)))
            throw ElsaErrors.Invalid(name, $"{name} must be an object.");
        foreach (var name in Texts.Where(name => model[name] is not null && model.Text(name) is null))
            throw ElsaErrors.Invalid(name, $"{name} must be text.");
        if (model["root"] is not (null or JsonObject))
            throw ElsaErrors.Invalid("root", "root must be an activity.");
        var stored = new JsonObject
        {
            ["definitionId"] = definitionId,
            ["createdAt"] = createdAt,
            ["toolVersion"] = ToolVersionOf(model.Text("toolVersion")),
        };
        foreach (var (name, value) in model.Where(member => !ServersOwn.Contains(member.Key) && member.Value is not null).ToList())
            stored[name] = value!.DeepClone();
        foreach (var flag in Flags.Where(model.Flag))
            stored[flag] = true;
        var root = stored["root"] is JsonObject given ? DefinitionTree.Restore(given) : NewRoot();
        if (!ReferenceEquals(root, stored["root"]))
            stored["root"] = root;
        if (string.IsNullOrEmpty(root.Text("type")))
            throw ElsaErrors.Invalid("root", "root must be an activity: it has no type.");
        DefinitionTree.FillIds(root);
        return stored;
    }

    /// <summary>The head of a version over its author's part.</summary>
    public static JsonObject Envelope(DefinitionVersion version, JsonObject stored, string content)
    {
        var definition = WorkflowDefinition.Parse(content);
        var model = new JsonObject
        {
            ["id"] = version.Id,
            ["definitionId"] = version.DefinitionId,
            ["name"] = definition.Name ?? version.DefinitionId,
            ["createdAt"] = stored["createdAt"]?.DeepClone() ?? version.CreatedAt,
            ["version"] = version.Number,
            ["toolVersion"] = ToolVersionOf(stored.Text("toolVersion")),
            ["isReadonly"] = stored.Flag("isReadonly"),
            ["isSystem"] = stored.Flag("isSystem"),
            ["isLatest"] = version.IsLatest,
            ["isPublished"] = version.IsPublished,
        };
        foreach (var (name, value) in stored.ToList())
        {
            if (!model.ContainsKey(name) && value is not null && name is not ("$schema" or "links" or "tenantId"))
                model[name] = value.DeepClone();
        }
        foreach (var name in Lists)
            model[name] = model[name] is JsonObject wrapped && wrapped["$values"] is { } values ? values.DeepClone() : model[name]?.DeepClone() ?? new JsonArray();
        model["customProperties"] ??= new JsonObject();
        model["options"] ??= new JsonObject { ["autoUpdateConsumingWorkflows"] = false };
        return model;
    }

    public static JsonObject Stored(string content) => WorkflowDefinition.Parse(content).Json;

    /// <summary>The id of the implicit outermost activity, which paths begin with.</summary>
    public string RootId(string content) => WorkflowGraph.Compile(WorkflowDefinition.Parse(content), activities).Root.Id;

    private static JsonArray Links(DefinitionVersion version, bool writable) => new([.. (writable ? Reading.Concat(Writing) : Reading).Select(link => (JsonNode)new JsonObject
    {
        ["href"] = link.Rel == "self" ? $"/workflow-definitions/by-id/{version.Id}" : $"/workflow-definitions/{version.DefinitionId}/{link.Rel}",
        ["rel"] = link.Rel,
        ["method"] = link.Method,
    })]);

    /// <summary>Studio throws at a version that .NET cannot read.</summary>
    private static string ToolVersionOf(string? text) => Version.TryParse(text, out _) ? text! : ToolVersion;

    private static JsonObject NewRoot() => new() { ["id"] = "Sequence1", ["type"] = "Elsa.Sequence", ["version"] = 1, ["name"] = "Sequence1", ["activities"] = new JsonArray() };
}
