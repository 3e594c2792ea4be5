using System.Text.Json.Nodes;

using Switchboard.Rules;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>A form in the JSON of form-js, with <c>tests</c> of what it hides: <c>{name, data, hidden: [key…]}</c>.</summary>
internal sealed class FormKind : ArtefactKind
{
    public override string Name => "form";

    public override string Folder => "workflows/forms";

    public override string Ending => ".json";

    public override ArtefactContent Read(string key, string text) => new FormContent(text);

    public override string Canonical(string text) => JsonText.Canonical(text);
}

/// <summary>One component of a form, with those in it.</summary>
/// <param name="Path">The keys of the groups and lists around it and its own, joined by dots; empty for what holds no value.</param>
/// <param name="Line">Where it begins in the text, from 1.</param>
internal sealed record FormComponent(string Type, string Id, string Path, JsonObject Json, FormComponent? Parent, int? Line);

/// <summary>A form, read.</summary>
internal sealed class FormContent : ArtefactContent
{
    /// <summary>The newest that the editor of form-js 1.23 writes.</summary>
    public const int NewestSchema = 19;

    /// <summary>The components that ask for a value.</summary>
    public static readonly IReadOnlySet<string> Inputs = new HashSet<string>
    {
        "textfield", "textarea", "number", "datetime", "expression", "filepicker", "checkbox", "checklist", "radio", "select", "taglist",
    };

    public static readonly IReadOnlySet<string> Others = new HashSet<string>
    {
        "text", "image", "table", "documentPreview", "spacer", "separator", "group", "dynamiclist", "button",
    };

    private readonly string text;
    private readonly JsonObject json = [];
    private readonly IReadOnlyDictionary<string, int> lines = new Dictionary<string, int>();
    private readonly List<FormComponent> components = [];
    private readonly List<ArtefactProblem> problems = [];

    public FormContent(string text)
    {
        this.text = text;
        var (read, syntax) = JsonText.Read(text);
        if (read is null)
        {
            problems.Add(syntax!);
            return;
        }
        json = read;
        lines = JsonText.LinesOf(text);
        if (json["schemaVersion"] is not JsonValue version || !version.TryGetValue<int>(out var number) || number is < 1 or > NewestSchema)
            problems.Add(ArtefactProblem.Error("unknown_schema_version", $"schemaVersion must be a number from 1 to {NewestSchema}.", JsonText.LineOf(text, "schemaVersion") ?? 1));
        if (json["components"] is JsonArray list)
            Walk(list, null, "", []);
        else
            problems.Add(ArtefactProblem.Error("required", "A form has a list of components.", 1));
        CheckTests();
    }

    public override IReadOnlyList<ArtefactProblem> Problems => problems;

    public IReadOnlyList<FormComponent> Components => components;

    public override IEnumerable<ArtefactTest> Tests => (json["tests"] as JsonArray ?? []).OfType<JsonObject>().Select(test =>
        new ArtefactTest((string)test["name"]!, world => Run(test, world)));

    public override IEnumerable<ArtefactPart> Parts =>
    [
        new("form", "form", (string?)json["id"] ?? "form", Without(json, "components", "tests", "exporter")),
        .. components.Select(component => new ArtefactPart(
            "component", component.Path.Length > 0 ? component.Path : component.Id, component.Json["label"]?.ToString() ?? component.Path, Without(component.Json, "components", "layout"))
        {
            Among = "components",
        }),
        .. (json["tests"] as JsonArray ?? []).OfType<JsonObject>().Select(test => new ArtefactPart("test", (string)test["name"]!, (string)test["name"]!, (JsonObject)test.DeepClone())),
    ];

    public override IEnumerable<ArtefactProblem> Check(ArtefactWorld world) => FormConditions.Check(this, world.Time);

    private void Walk(JsonArray list, FormComponent? parent, string scope, HashSet<string> taken)
    {
        foreach (var item in list)
        {
            if (item is not JsonObject component || component["type"] is not JsonValue value || !value.TryGetValue<string>(out var type))
            {
                Report("required", "Every component is an object with a type.", item as JsonObject ?? list.Parent, null);
                continue;
            }
            var id = component["id"]?.ToString() ?? component["key"]?.ToString() ?? type;
            if (type is "html" or "iframe")
                Report("component_refused", $"A {type} component shows pages of others to whom fills in the form; it is not allowed here.", component, id);
            else if (!Inputs.Contains(type) && !Others.Contains(type))
                Report("unknown_component", $"There is no component {type}; the nearest is {Nearest.Of(type, Inputs.Concat(Others))}.", component, id);
            var key = component["key"]?.ToString() ?? "";
            if (Inputs.Contains(type) && key.Length == 0)
                Report("required", $"The {type} {id} has no key, so its value would be lost.", component, id);
            var inner = type is "group" or "dynamiclist" ? component["path"]?.ToString() ?? "" : "";
            if (type == "dynamiclist" && inner.Length == 0)
                Report("required", $"The list {id} has no path, so its values would be lost.", component, id);
            var own = key.Length > 0 ? key : type == "dynamiclist" ? inner : "";
            var path = own.Length == 0 ? "" : scope + own;
            if (path.Length > 0 && !taken.Add(path))
                Report("duplicate_key", $"Two components have the key {path}.", component, id);
            var read = new FormComponent(type, id, path, component, parent, LineOf(component));
            components.Add(read);
            if (component["components"] is JsonArray children)
                Walk(children, read, inner.Length > 0 ? $"{scope}{inner}." : scope, taken);
        }
    }

    private void CheckTests()
    {
        foreach (var test in json["tests"] as JsonArray ?? [])
        {
            if (test is not JsonObject one || one["name"] is not JsonValue name || !name.TryGetValue<string>(out _) || one["data"] is not JsonObject || one["hidden"] is not JsonArray)
                problems.Add(ArtefactProblem.Error("invalid_test", "A test is {name, data, hidden: [key…]}.", JsonText.LineOf(text, "tests")));
        }
    }

    private string? Run(JsonObject test, ArtefactWorld world)
    {
        var hidden = FormConditions.Hidden(this, (JsonObject)test["data"]!, world.Time);
        var expected = ((JsonArray)test["hidden"]!).Select(key => key?.ToString() ?? "").ToHashSet();
        if (expected.Except(components.Select(component => component.Path)).FirstOrDefault() is { } unknown)
            return $"The form has no component with the key {unknown}.";
        return expected.SetEquals(hidden) ? null : $"It hides {(hidden.Count == 0 ? "nothing" : string.Join(", ", hidden.Order()))}.";
    }

    private void Report(string code, string message, JsonNode? at, string? id) => problems.Add(ArtefactProblem.Error(code, message, LineOf(at), element: id));

    private int? LineOf(JsonNode? node) => node is not null && lines.TryGetValue(node.GetPath(), out var line) ? line : null;

    private static JsonObject Without(JsonObject json, params string[] names) =>
        new(json.Where(member => !names.Contains(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
}
