using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Outbox;
using Switchboard.Runtime.Trials;
using Switchboard.Workflows;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Runtime.Artefacts.Kinds;

/// <summary>A workflow definition in Elsa's JSON.</summary>
internal sealed class WorkflowKind(ActivityCatalogue activities, BurstFeatures features) : ArtefactKind
{
    public override string Name => "workflow";

    public override string Folder => "workflows/definitions";

    public override string Ending => ".json";

    public override ArtefactContent Read(string key, string text) => new WorkflowContent(key, text, activities, features);

    /// <summary>The text says itself which version it is, so that an instance's definition can be told from its content alone.</summary>
    public override string Numbered(string text, int number)
    {
        var document = (JsonObject)JsonNode.Parse(text, documentOptions: WorkflowDefinition.Depth)!;
        document["version"] = number;
        document["id"] = $"{document["definitionId"]}-{number}";
        document["isLatest"] = true;
        document["isPublished"] = true;
        return WorkflowDefinition.Of(document).ToJson();
    }

    /// <summary>As <see cref="WorkflowDefinition.Hash"/> has it, which instances are bound to.</summary>
    public override string Canonical(string text) => text.Trim('\uFEFF', ' ', '\t', '\r', '\n');
}

/// <summary>A workflow definition, read.</summary>
internal sealed class WorkflowContent : ArtefactContent
{
    private readonly string key;
    private readonly WorkflowGraph? graph;
    private readonly BurstFeatures features;

    public WorkflowContent(string key, string text, ActivityCatalogue activities, BurstFeatures features)
    {
        (this.key, this.features) = (key, features);
        try
        {
            graph = WorkflowGraph.Compile(WorkflowDefinition.Parse(text), activities);
            Problems = [];
        }
        catch (ActivityException e)
        {
            var json = e.InnerException as JsonException;
            Problems = [ArtefactProblem.Error(e.Code, e.Message, (int?)json?.LineNumber + 1, (int?)json?.BytePositionInLine + 1)];
        }
    }

    public override IReadOnlyList<ArtefactProblem> Problems { get; }

    /// <summary>What starts an instance; none of a text that does not parse.</summary>
    public IReadOnlyList<WorkflowTrigger> Triggers => graph?.Triggers ?? [];

    /// <summary>Null if it does not parse.</summary>
    public WorkflowGraph? Graph => graph;

    public ActivityNode? Find(string activityId) => graph?.Find(activityId);

    /// <summary>The role's name or the user's id that it says that it belongs to; null of one that says nothing.</summary>
    public string? Owner => graph is not null && (graph.Definition.Json["customProperties"] as JsonObject)?["owner"] is JsonValue value && value.TryGetValue<string>(out var owner) && owner.Length > 0 ? owner : null;

    public override IEnumerable<ArtefactTest> Tests =>
        WorkflowTest.Of(graph!.Definition.Json).Tests.Select(test => new ArtefactTest(test.Name, (world, ct) => WorkflowTrial.RunAsync(graph, test, new TrialHost(world, features), ct)));

    /// <summary>Literal inputs only: what an expression yields, nobody knows before it runs.</summary>
    public override IEnumerable<ArtefactReference> References
    {
        get
        {
            var subject = RecordTypes.All.FirstOrDefault(type => type.Lifecycle == graph!.DefinitionId)?.Name;
            foreach (var node in graph!.Nodes)
            {
                foreach (var (member, kind) in Named)
                {
                    if (Literal(node.Json, member) is JsonValue value && value.TryGetValue<string>(out var named) && named.Length > 0 && IsOf(node.Type, member))
                        yield return new ArtefactReference(kind, named.Split('#')[0], $"{node.Id}.{member}");
                }
                if (Literal(node.Json, "form") is JsonValue form && form.TryGetValue<string>(out var formKey) && formKey.Length > 0)
                    yield return new ArtefactReference("form", formKey, $"{node.Id}.form");
                if (node.Type == "Switchboard.Decide" && Literal(node.Json, "decision") is JsonValue decided && decided.TryGetValue<string>(out var decision) && decision.Length > 0)
                {
                    var (asked, member) = DecisionRequest.Split(decision);
                    yield return new ArtefactReference("decision", asked, $"{node.Id}.decision", member);
                }
                foreach (var name in subject is null ? [] : Fields(node))
                    yield return new ArtefactReference(ArtefactReference.Field, $"{subject}.{name}", node.Id);
            }
        }
    }

    public override IEnumerable<ArtefactPart> Parts
    {
        get
        {
            var definition = graph!.Definition;
            yield return new ArtefactPart("workflow", "workflow", definition.Name ?? key, new JsonObject
            {
                ["name"] = definition.Name,
                ["description"] = definition.Description,
                ["options"] = definition.Json["options"]?.DeepClone(),
                ["inputs"] = definition.Json["inputs"]?.DeepClone(),
                ["outputs"] = definition.Json["outputs"]?.DeepClone(),
            });
            foreach (var test in ((definition.Json["customProperties"] as JsonObject)?["tests"] as JsonArray ?? []).OfType<JsonObject>())
                yield return new ArtefactPart("test", $"{test["name"]}", $"{test["name"]}", (JsonObject)test.DeepClone());
            foreach (var variable in definition.Json["variables"] as JsonArray ?? [])
                yield return new ArtefactPart("variable", (string?)variable?["name"] ?? "", (string?)variable?["name"] ?? "", (JsonObject)variable!.DeepClone());
            foreach (var node in InOrder(graph.Root))
            {
                var json = (JsonNode.Parse(node.Json.GetRawText(), documentOptions: WorkflowDefinition.Depth) as JsonObject)!;
                yield return new ArtefactPart("node", node.Id, Label(node, json), Own(json))
                {
                    Place = Place(node, json),
                    Among = node.Parent is { Type: "Elsa.Sequence" } sequence ? sequence.Id : null,
                };
                foreach (var connection in (json["connections"] as JsonArray ?? []).OfType<JsonObject>())
                    yield return new ArtefactPart("connection", $"{End(connection, "source")} → {End(connection, "target")}", node.Id, (JsonObject)connection.DeepClone());
                foreach (var what in new[] { "state", "transition" })
                {
                    foreach (var part in (json[what + "s"] as JsonArray ?? []).OfType<JsonObject>())
                        yield return new ArtefactPart(what, $"{node.Id}/{part["name"]}", $"{part["displayName"] ?? part["name"]}", Without(part));
                }
            }
        }
    }

    /// <summary>JavaScript that can never run.</summary>
    public override async ValueTask<IReadOnlyList<ArtefactProblem>> CheckOutsideAsync(CancellationToken ct)
    {
        var problems = new List<ArtefactProblem>();
        foreach (var (node, property, source) in DefinitionValidation.Scripts(graph!))
        {
            try
            {
                await features.EvaluateAsync(new ScriptRequest(source) { Now = DateTimeOffset.UnixEpoch, OnlyCompiles = true }, ct);
            }
            catch (ActivityException e)
            {
                // Without a worker nobody knows: that is no reason to keep a workflow from being published.
                var severity = e.Code == "script_syntax" ? "error" : "warning";
                problems.Add(new ArtefactProblem(severity, e.Code, $"The JavaScript of {node.Name ?? node.Id} is wrong: {e.Message}", null, node.NodeId, node.Id, node.Type, node.Name, property));
            }
        }
        return problems;
    }

    public override IEnumerable<ArtefactProblem> Check(ArtefactWorld world)
    {
        foreach (var problem in WorkflowTest.Of(graph!.Definition.Json).Problems)
            yield return problem;
        if ((graph.Definition.Json["customProperties"] as JsonObject)?["owner"] is { } owner && !(owner is JsonValue value && value.TryGetValue<string>(out _)))
            yield return new ArtefactProblem("error", "invalid_owner", "customProperties.owner: the owner is the name of a role or the id of a user.", Property: "customProperties.owner");
        foreach (var problem in DefinitionValidation.Check(graph!, Cron.ProblemOf, used => world.Has("workflow", used) || used == key, FeelSource.ProblemOf))
        {
            yield return new ArtefactProblem(
                problem.Severity == ProblemSeverity.Error ? "error" : "warning", problem.Code, problem.Message, null, problem.NodeId, problem.ActivityId,
                problem.ActivityType, problem.ActivityName, problem.Property);
        }
        foreach (var problem in graph.Nodes.SelectMany(NamesWrongly).Concat(EntersWrongly()))
            yield return problem;
        if (graph!.DefinitionId != key)
            yield return ArtefactProblem.Error("wrong_key", $"The definition's definitionId is {graph.DefinitionId}; the artefact's key is {key}.");
    }

    /// <summary>Constants that say who, in a form that nobody could be found by.</summary>
    private static IEnumerable<ArtefactProblem> NamesWrongly(ActivityNode node)
    {
        foreach (var (type, member, code, form, isForm) in Naming)
        {
            if (node.Type == type && Literal(node.Json, member) is JsonValue value && value.TryGetValue<string>(out var named) && named.Length > 0 && !isForm(named))
                yield return new ArtefactProblem("error", code, $"{member} of {node.Name ?? node.Id}: {form}, not \"{named}\".", null, node.NodeId, node.Id, node.Type, node.Name, member);
        }
    }

    /// <summary>Constant states of a lifecycle that is drawn as a flowchart, which the type of its records does not know.</summary>
    private IEnumerable<ArtefactProblem> EntersWrongly()
    {
        if (RecordTypes.StatesOf(graph!.DefinitionId) is not { Count: > 0 } states)
            yield break;
        foreach (var node in graph.Nodes.Where(node => node.Type == "Switchboard.State"))
        {
            if (Literal(node.Json, "state") is JsonValue value && value.TryGetValue<string>(out var state) && state.Length > 0 && !states.Contains(state))
            {
                yield return new ArtefactProblem(
                    "error", "unknown_state", $"state of {node.Name ?? node.Id}: the status of these records is {string.Join(", ", states)}, not \"{state}\". Another one can come from an expression.",
                    null, node.NodeId, node.Id, node.Type, node.Name, "state");
            }
        }
    }

    private static readonly (string Type, string Member, string Code, string Form, Func<string, bool> IsForm)[] Naming =
    [
        ("Switchboard.UserTask", "assignee", "invalid_assignee", "the id of a user", named => Guid.TryParse(named, out _)),
        ("Switchboard.SendMessage", "recipient", "invalid_recipient", "the id of a user, or role: and the name of a role", InAppMessages.IsRecipient),
        ("Switchboard.Action", "permission", "invalid_permission", "a permission such as migrations:act", named => named.Split(':') is [{ Length: > 0 }, { Length: > 0 }] && named.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or ':')),
    ];

    /// <summary>By the input's name in the definition: what kind of artefact it names.</summary>
    private static readonly (string Member, string Kind)[] Named =
        [("template", "template"), ("descriptionTemplate", "template"), ("workflowDefinitionId", "workflow")];

    private static bool IsOf(string type, string member) =>
        member != "template" || type is "Switchboard.SendMessage" or "Switchboard.GenerateDocument";

    /// <summary>Fields that the activities of the engine read or write by name.</summary>
    private static IEnumerable<string> Fields(ActivityNode node)
    {
        if (node.Type == "Switchboard.BusinessDelay" && Literal(node.Json, "date") is JsonValue date && date.TryGetValue<string>(out var field) && field.Length > 0)
            yield return field;
        if (node.Type == "Switchboard.Action")
        {
            foreach (var named in (Literal(node.Json, "fields") as JsonArray ?? []).OfType<JsonObject>())
            {
                if (named["field"] is JsonValue target && target.TryGetValue<string>(out var taken))
                    yield return taken;
            }
        }
        if (node.Type != "Switchboard.UpdateRecord")
            yield break;
        foreach (var member in new[] { "set", "touch", "increment", "clear" })
        {
            var value = Literal(node.Json, member);
            foreach (var name in value is JsonObject set ? set.Select(entry => entry.Key) : (value as JsonArray)?.Select(item => item?.ToString() ?? "") ?? [])
                yield return name;
        }
    }

    private static JsonNode? Literal(JsonElement activity, string member)
    {
        if (!activity.TryGetProperty(member, out var input))
            return null;
        if (input.ValueKind == JsonValueKind.Object && input.TryGetProperty("expression", out var expression))
        {
            if (expression.ValueKind != JsonValueKind.Object || !expression.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String
                || type.GetString() is not ("Literal" or "Object") || !expression.TryGetProperty("value", out input))
                return null;
        }
        if (input.ValueKind != JsonValueKind.String)
            return JsonNode.Parse(input.GetRawText(), documentOptions: WorkflowDefinition.Depth);
        var text = input.GetString()!;
        if (text is not ['{' or '[', ..])
            return JsonValue.Create(text);
        try
        {
            return JsonNode.Parse(text); // Elsa writes objects and lists as text
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    /// <summary>All below a node, each before what is in it, in the order of the definition.</summary>
    private static IEnumerable<ActivityNode> InOrder(ActivityNode node) => node.Children.SelectMany(child => InOrder(child).Prepend(child));

    private static string Label(ActivityNode node, JsonObject json) =>
        (json["metadata"] as JsonObject)?["displayText"]?.ToString() is { Length: > 0 } text ? text : node.Name ?? node.Type;

    /// <summary>The node without the activities in it, its connections and where it stands.</summary>
    private static JsonObject Own(JsonObject json)
    {
        var members = Without(json);
        foreach (var name in new[] { "metadata", "connections", "states", "transitions", "nodeId" })
            members.Remove(name);
        foreach (var name in new[] { "displayText", "description" })
        {
            if ((json["metadata"] as JsonObject)?[name] is { } said)
                members[name] = said.DeepClone();
        }
        return members;
    }

    /// <summary>In which activity a node is and in which slot of it, and its point where there is a drawing.</summary>
    private static JsonObject Place(ActivityNode node, JsonObject json)
    {
        var place = new JsonObject { ["in"] = node.Parent!.Id, ["slot"] = Slot(node) };
        if ((json["metadata"] as JsonObject)?["designer"] is JsonObject designer && designer["position"] is JsonObject position)
            (place["x"], place["y"]) = (position["x"]?.DeepClone(), position["y"]?.DeepClone());
        return place;
    }

    /// <summary>Of a state machine also which state or transition has the slot.</summary>
    private static string? Slot(ActivityNode node)
    {
        if (node.Parent is not { Type: "Elsa.StateMachine" } machine)
            return node.Port;
        foreach (var part in Items(machine.Json, "states").Concat(Items(machine.Json, "transitions")).Where(part => part.ValueKind == JsonValueKind.Object))
        {
            foreach (var member in part.EnumerateObject().Where(member => IdOf(member.Value) == node.Id))
                return $"{part.GetProperty("name")}.{member.Name}";
        }
        return node.Port;

        static IEnumerable<JsonElement> Items(JsonElement json, string list) =>
            json.TryGetProperty(list, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : Enumerable.Empty<JsonElement>();

        static string? IdOf(JsonElement json) =>
            json.ValueKind == JsonValueKind.Object && json.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
    }

    /// <summary>A copy without the activities below.</summary>
    private static JsonObject Without(JsonObject json) => new(json
        .Where(member => !IsActivity(member.Value) && !(member.Value is JsonArray items && items.Any(IsActivity)))
        .Select(member => KeyValuePair.Create(member.Key, member.Value switch
        {
            JsonObject one => Without(one),
            JsonArray list => new JsonArray([.. list.Select(item => item is JsonObject one ? Without(one) : item?.DeepClone())]),
            var value => value?.DeepClone(),
        })));

    private static bool IsActivity(JsonNode? value) => value is JsonObject one && one["type"] is JsonValue && one["id"] is JsonValue && one["expression"] is null;

    private static string End(JsonObject connection, string end) => connection[end] switch
    {
        JsonObject place => $"{place["activity"]}{(place["port"] is { } port ? $":{port}" : "")}",
        var name => $"{name}",
    };
}
