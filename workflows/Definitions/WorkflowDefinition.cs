using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Definitions;

/// <summary>
/// One version of a workflow definition in Elsa's JSON (3.0 to 3.8, with the older shapes that Elsa still reads). What the
/// library does not know is kept as it is, so a definition that came from Elsa goes back to Elsa unchanged.
/// </summary>
public sealed class WorkflowDefinition
{
    private WorkflowDefinition(JsonObject json, JsonElement document)
    {
        Json = json;
        Document = document;
        Id = document.Text("id") ?? "";
        DefinitionId = document.Text("definitionId") ?? Id;
        Name = document.Text("name");
        Description = document.Text("description");
        Version = document.Integer("version") ?? 1;
        Variables = Variable.ReadAll(document);
        Inputs = [.. document.List("inputs").Select(WorkflowParameter.Read)];
        Outputs = [.. document.List("outputs").Select(WorkflowParameter.Read)];
        Outcomes = [.. document.List("outcomes").Where(outcome => outcome.ValueKind == JsonValueKind.String).Select(outcome => outcome.GetString()!)];
        Options = WorkflowOptions.Read(document);
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document.GetRawText())));
    }

    /// <summary>Of this version (Elsa's <c>definitionVersionId</c>); empty in hand-made files.</summary>
    public string Id { get; }

    /// <summary>The logical id, the same for all versions.</summary>
    public string DefinitionId { get; }

    /// <summary>For people.</summary>
    public string? Name { get; }

    /// <summary>For people.</summary>
    public string? Description { get; }

    /// <summary>From 1; 1 where the file says nothing.</summary>
    public int Version { get; }

    /// <summary>Variables of the whole workflow.</summary>
    public IReadOnlyList<Variable> Variables { get; }

    /// <summary>What an instance is started with.</summary>
    public IReadOnlyList<WorkflowParameter> Inputs { get; }

    /// <summary>What an instance yields.</summary>
    public IReadOnlyList<WorkflowParameter> Outputs { get; }

    /// <summary>Its outcomes when it is used as an activity.</summary>
    public IReadOnlyList<string> Outcomes { get; }

    /// <summary>How instances start and fail, and whether it can be used as an activity.</summary>
    public WorkflowOptions Options { get; }

    /// <summary>SHA-256 in lower-case hex of the JSON text that was read.</summary>
    public string Hash { get; }

    /// <summary>The whole document as it was read. Whoever changes it makes another definition with <see cref="Of"/>; it is not safe to share between threads.</summary>
    public JsonObject Json { get; }

    /// <summary>How deep a definition may nest: whoever reads its text again must read as deep.</summary>
    public static JsonDocumentOptions Depth => Expressions.Json.Deep;

    /// <summary>The same document in a form that threads may share.</summary>
    internal JsonElement Document { get; }

    /// <summary>Reads a definition.</summary>
    /// <exception cref="ActivityException"><c>invalid_definition</c>: no JSON, or not an object; the message has the position.</exception>
    public static WorkflowDefinition Parse(ReadOnlySpan<byte> utf8) => Parse(Encoding.UTF8.GetString(utf8));

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static WorkflowDefinition Parse(string text)
    {
        // A byte-order mark, as some of Elsa's own exports carry.
        text = text.TrimStart('\uFEFF');
        try
        {
            using var document = JsonDocument.Parse(text, Expressions.Json.Deep);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ActivityException("invalid_definition", $"A workflow definition is a JSON object, not {document.RootElement.ValueKind}.");
            var root = document.RootElement.Clone();
            return new WorkflowDefinition(JsonObject.Create(root)!, root);
        }
        catch (JsonException e)
        {
            throw new ActivityException("invalid_definition", $"The workflow definition is not JSON: {e.Message}", inner: e);
        }
    }

    /// <summary>A definition made by a program.</summary>
    public static WorkflowDefinition Of(JsonObject json) => Parse(json.ToJsonString(Expressions.Json.Indented));

    /// <summary>The document, indented, with all that it came with; reading and writing it again gives the same text.</summary>
    public string ToJson() => Json.ToJsonString(Expressions.Json.Indented);
}

/// <summary>How instances of a definition start and fail.</summary>
public sealed record WorkflowOptions
{
    /// <summary>Whether an instance may start while others run.</summary>
    public ActivationStrategy Activation { get; init; }

    /// <summary>What a failing activity does to its instance; null for the host's default.</summary>
    public IncidentStrategy? Incidents { get; init; }

    /// <summary>Whether other definitions may use it as an activity.</summary>
    public bool UsableAsActivity { get; init; }

    /// <summary>Whether publishing it moves its users to the new version.</summary>
    public bool AutoUpdateConsumingWorkflows { get; init; }

    /// <summary>The group in the toolbox when it is used as an activity.</summary>
    public string? ActivityCategory { get; init; }

    internal static WorkflowOptions Read(JsonElement document)
    {
        var options = document.Member("options");
        return new WorkflowOptions
        {
            // The strategies are names of Elsa's classes; the assembly and the namespace changed over the years, the class names did not.
            Activation = ClassName(options.Text("activationStrategyType")) switch
            {
                "SingletonStrategy" => ActivationStrategy.Singleton,
                "CorrelationStrategy" => ActivationStrategy.Correlation,
                "CorrelatedSingletonStrategy" => ActivationStrategy.CorrelatedSingleton,
                _ => ActivationStrategy.Always,
            },
            Incidents = ClassName(options.Text("incidentStrategyType")) switch
            {
                "FaultStrategy" => IncidentStrategy.Fault,
                "ContinueWithIncidentsStrategy" => IncidentStrategy.ContinueWithIncidents,
                _ => null,
            },
            UsableAsActivity = options.Flag("usableAsActivity") ?? document.Flag("usableAsActivity") ?? false,
            AutoUpdateConsumingWorkflows = options.Flag("autoUpdateConsumingWorkflows") ?? false,
            ActivityCategory = options.Text("activityCategory"),
        };
    }

    private static string? ClassName(string? typeName) => typeName?.Split(',')[0].Split('.')[^1].Trim();
}

/// <summary>Whether an instance may start while others run.</summary>
public enum ActivationStrategy
{
    /// <summary>Always.</summary>
    Always,

    /// <summary>Only while no instance of the definition runs.</summary>
    Singleton,

    /// <summary>Only while no instance of any definition runs with the same correlation id.</summary>
    Correlation,

    /// <summary>Only while no instance of the definition runs with the same correlation id.</summary>
    CorrelatedSingleton,
}

/// <summary>What a failing activity does to its instance.</summary>
public enum IncidentStrategy
{
    /// <summary>The instance is faulted.</summary>
    Fault,

    /// <summary>The failing activity stops, the others go on.</summary>
    ContinueWithIncidents,
}

/// <summary>A declared input or output of a workflow.</summary>
/// <param name="Name">Case-sensitive.</param>
/// <param name="TypeName">Elsa's alias of the type, of the element if it is a list.</param>
/// <param name="IsList">Whether it is an array or a collection of that type.</param>
public sealed record WorkflowParameter(string Name, string TypeName, bool IsList)
{
    /// <summary>The title in the designer.</summary>
    public string? DisplayName { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>The group in the designer.</summary>
    public string? Category { get; init; }

    /// <summary>The editor in the designer; outputs have none.</summary>
    public string? UiHint { get; init; }

    internal static WorkflowParameter Read(JsonElement json) =>
        new(json.Text("name") ?? "", json.Text("type") ?? "Object", (json.Flag("isArray") ?? false) || (json.Flag("isCollection") ?? false))
        {
            DisplayName = json.Text("displayName"),
            Description = json.Text("description"),
            Category = json.Text("category"),
            UiHint = json.Text("uiHint"),
        };
}

/// <summary>A declared variable of a workflow or a container.</summary>
/// <param name="Id">What bindings refer to; the name where the definition has no id.</param>
/// <param name="Name">What scripts refer to; the nearest scope wins.</param>
/// <param name="TypeName">Elsa's alias of the type; values are converted to it.</param>
/// <param name="IsArray">Whether it is a list of that type.</param>
/// <param name="IsStored">Whether its value survives the end of a burst; false is Elsa's memory driver.</param>
public sealed record Variable(string Id, string Name, string TypeName, bool IsArray, bool IsStored)
{
    private JsonElement _default;

    /// <summary>A fresh copy of its value at the start of its scope.</summary>
    public JsonNode? Default() => Json.Node(_default);

    internal static IReadOnlyList<Variable> ReadAll(JsonElement owner) => [.. owner.List("variables").Select(Read)];

    internal static Variable Read(JsonElement json)
    {
        var name = json.Text("name") ?? "";
        var driver = json.Text("storageDriverTypeName") ?? json.Text("storageDriverType");
        var variable = new Variable(
            json.Text("id") is { Length: > 0 } id ? id : name,
            name,
            json.Text("typeName") ?? "Object",
            json.Flag("isArray") ?? false,
            // By the class name alone, because namespaces and assemblies moved between versions.
            driver is not null && (driver.Contains("WorkflowInstanceStorageDriver", StringComparison.Ordinal) || driver.Contains("WorkflowStorageDriver", StringComparison.Ordinal)));
        try
        {
            var text = json.Member("value");
            var isBlank = text.ValueKind == JsonValueKind.String && text.ValueEquals("") && variable.TypeName != "String";
            var value = isBlank ? null : Conversion.ToAlias(variable.TypeName, variable.IsArray, Json.Node(text));
            variable._default = value is null ? default : JsonSerializer.SerializeToElement(value);
        }
        catch (ActivityException)
        {
            // Validation reports it with the variable's name; a definition that is not published yet may be wrong.
            variable.HasInvalidDefault = true;
        }
        return variable;
    }

    internal bool HasInvalidDefault { get; private set; }
}
