using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Host.Elsa;

/// <summary>What the designer asks before it can draw anything: activities, languages, types, strategies, features.</summary>
internal static class DescriptorEndpoints
{
    private const string Read = "artefacts:read";

    private static readonly (string Type, string Title, bool IsBrowsable, string? Language)[] Languages =
    [
        ("Literal", "Literal", false, null), ("Object", "Object", false, "json"), ("Json", "JSON (obsolete)", false, "json"), ("Variable", "Variable", true, null),
        ("Input", "Input", true, null), ("JavaScript", "JavaScript", true, "javascript"), ("FEEL", "FEEL", true, "feel"), ("Secret", "Secret", true, null),
        // Known, so that documents which hold them can be drawn; not offered, because publishing refuses them.
        ("Liquid", "Liquid", false, "liquid"), ("CSharp", "C#", false, "csharp"), ("Python", "Python", false, "python"),
    ];

    private static readonly (string Category, string[] Types)[] VariableTypes =
    [
        ("Primitives", ["Object", "String", "Boolean", "Int32", "Int64", "Single", "Double", "Decimal", "Guid", "DateTime", "DateTimeOffset", "TimeSpan"]),
        ("Lookups", ["StringDictionary", "ObjectDictionary"]),
        ("Dynamic", ["JSON", "JsonElement", "JsonNode", "JsonObject"]),
        ("Data", ["ByteArray", "Stream"]),
        ("System", ["LogPersistenceMode"]),
        ("HTTP", ["HttpRouteData", "HttpRequest", "HttpResponse", "HttpResponseMessage", "HttpHeaders", "IFormFile", "HttpFile", "Downloadable"]),
    ];

    /// <summary>Every alias that variables, inputs and outputs have, also those that only older definitions do.</summary>
    private static readonly HashSet<string> Types = new(
        [.. VariableTypes.SelectMany(group => group.Types), "Int16", "Long", "JsonArray", "StringMap", "ObjectMap", "Void"], StringComparer.OrdinalIgnoreCase);

    private static readonly (string Name, string Title, string Description)[] Features =
    [
        ("Workflows", "Workflows", "Runs workflows."),
        ("WorkflowManagement", "Workflow Management", "Keeps workflow definitions and instances."),
        ("WorkflowRuntime", "Workflow Runtime", "Starts and resumes workflows."),
        ("WorkflowsApi", "Workflows API", "Serves this API."),
        ("JavaScript", "JavaScript", "Evaluates JavaScript."),
        ("Http", "HTTP", "Serves and sends HTTP requests."),
        ("Scheduling", "Scheduling", "Timers and cron."),
        ("Alterations", "Alterations", "Mends running instances."),
        ("RealTimeWorkflowUpdates", "Real-time workflow updates", "Tells who observes an instance of its steps, over the hub."),
    ];

    private static readonly string[] LogPersistence = ["Include", "Exclude", "Inherit", "Configuration"];

    public static void MapDescriptors(this IEndpointRouteBuilder elsa)
    {
        var descriptors = elsa.MapGroup("/descriptors");
        descriptors.MapGet("/activities", Activities).RequirePermission(Read);
        descriptors.MapGet("/activities/{typeName}", Activity).RequirePermission(Read);
        descriptors.MapPost("/activities/{typeName}/options/{propertyName}", Options).RequirePermission(Read);
        descriptors.MapGet("/expression-descriptors", () => ElsaRequest.List(Languages.Select(Language))).RequirePermission(Read);
        descriptors.MapGet("/variables", () => ElsaRequest.List(VariableTypes.SelectMany(group => group.Types.Select(type => VariableType(type, group.Category))))).RequirePermission(Read);
        descriptors.MapGet("/storage-drivers", () => ElsaRequest.List(StorageDrivers())).RequirePermission(Read);
        descriptors.MapGet("/workflow-activation-strategies", () => ElsaRequest.List(ActivationStrategies())).RequirePermission(Read);
        descriptors.MapGet("/incident-strategies", () => ElsaRequest.List(IncidentStrategies())).RequirePermission(Read);
        descriptors.MapGet("/log-persistence-strategies", () => ElsaRequest.List(LogPersistenceStrategies())).RequirePermission(Read);
        foreach (var none in new[] { "/commit-strategies/workflows", "/commit-strategies/activities" })
            descriptors.MapGet(none, () => ElsaRequest.List([])).RequirePermission(Read); // every burst is one commit
        descriptors.MapGet("/output-converters", OutputConverters).RequirePermission(Read);
        elsa.MapGet("/resilience/strategies", () => ElsaRequest.List([])).RequirePermission(Read);
        elsa.MapGet("/resilience/retries/{activityInstanceId}", () => Answer.Of(new JsonObject { ["items"] = new JsonArray(), ["totalCount"] = 0 })).RequirePermission("workflow-instances:read");
        elsa.MapGet("/workflow-contexts/provider-descriptors", () => ElsaRequest.List([])).RequirePermission(Read);
        elsa.MapGet("/features/installed", () => ElsaRequest.List(Features.Select(Feature))).RequireSignIn();
        elsa.MapGet("/features/installed/{fullName}", InstalledFeature).RequireSignIn();
        elsa.MapGet("/package/version", () => Answer.Of(new JsonObject { ["packageVersion"] = "3.8.2" })).Public();
        elsa.MapPost("/scripting/javascript/type-definitions/{definitionId}", TypeDefinitions).RequirePermission(Read);
    }

    private static async Task<IResult> Activities(HttpContext http, WorkflowDescriptors descriptors, CancellationToken ct) =>
        ElsaRequest.List(await descriptors.AllAsync(http.Caller().TenantId, ct));

    private static async Task<IResult> Activity(string typeName, HttpContext http, WorkflowDescriptors descriptors, CancellationToken ct)
    {
        var ofType = (await descriptors.AllAsync(http.Caller().TenantId, ct)).Where(descriptor => descriptor.Text("typeName") == typeName).ToList();
        var wanted = http.QueryInteger("version");
        return (wanted is null ? ofType.MaxBy(descriptor => descriptor.Integer("version")) : ofType.FirstOrDefault(descriptor => descriptor.Integer("version") == wanted)) is { } found
            ? Answer.Of(found)
            : throw ElsaErrors.NotFound($"There is no activity type {typeName}.");
    }

    /// <summary>Takes <c>definitionId</c>, the workflow that the activity stands in, which Elsa's own clients do not say: our page around Studio does.</summary>
    private static async Task<IResult> Options(string typeName, string propertyName, HttpContext http, WorkflowDescriptors descriptors, CancellationToken ct)
    {
        var input = ((await descriptors.OfAsync(http.Caller().TenantId, typeName, http.Request.Query["definitionId"], ct))?["inputs"] as JsonArray)?.OfType<JsonObject>()
            .FirstOrDefault(input => string.Equals(input.Text("name"), propertyName, StringComparison.OrdinalIgnoreCase));
        if (input is null)
            throw ElsaErrors.NotFound($"Activity type {typeName} has no input {propertyName}.");
        return Answer.Of(new JsonObject { ["items"] = input["uiSpecifications"]?.DeepClone() ?? new JsonObject() });
    }

    /// <summary>Outputs need no conversion, so there are none; but a type that nobody knows is told. A .NET type's full name may be one of the definition's own server.</summary>
    private static Answer OutputConverters(HttpContext http)
    {
        foreach (var name in new[] { "sourceType", "destinationType" })
        {
            var type = http.Query(name)?.TrimEnd('?', '[', ']');
            if (type is not null && !type.Contains('.', StringComparison.Ordinal) && !type.Contains('`', StringComparison.Ordinal) && !Types.Contains(type))
                throw ElsaErrors.Invalid(name, $"There is no type {type}.");
        }
        return ElsaRequest.List([]);
    }

    private static Answer InstalledFeature(string fullName) =>
        Features.Select(Feature).FirstOrDefault(feature => feature.Text("fullName") == fullName) is { } found
            ? Answer.Of(found)
            : throw ElsaErrors.NotFound($"The feature {fullName} is not installed.");

    /// <summary>What scripts of this definition can call, for the editor's completion.</summary>
    private static async Task<IResult> TypeDefinitions(string definitionId, HttpContext http, DefinitionLibrary library, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var text = new StringBuilder("""
            declare function getWorkflowDefinitionId(): string;
            declare function getWorkflowDefinitionVersionId(): string;
            declare function getWorkflowDefinitionVersion(): number;
            declare function getWorkflowInstanceId(): string;
            declare function getCorrelationId(): string;
            declare function setCorrelationId(value: string): void;
            declare function getWorkflowInstanceName(): string;
            declare function setWorkflowInstanceName(value: string): void;
            declare function getVariable(name: string): any;
            declare function setVariable(name: string, value: any): void;
            declare function getInput(name: string): any;
            declare function getOutputFrom(activityIdOrName: string, outputName?: string): any;
            declare function getLastResult(): any;
            declare function toJson(value: any): string;
            declare function isNullOrEmpty(value: string): boolean;
            declare function isNullOrWhiteSpace(value: string): boolean;

            """);
        if (await library.FindAsync(tenantId, definitionId, null, ct) is { } version)
        {
            var definition = WorkflowDefinition.Parse(await library.ContentAsync(tenantId, version, ct));
            foreach (var variable in definition.Variables.Where(variable => IsName(variable.Name)))
            {
                var (name, type) = (Capital(variable.Name), ScriptType(variable.TypeName, variable.IsArray));
                text.Append("declare function get").Append(name).Append("(): ").Append(type).Append(";\ndeclare function set").Append(name).Append("(value: ").Append(type).Append("): void;\n");
            }
            foreach (var input in definition.Inputs.Where(input => IsName(input.Name)))
                text.Append("declare function get").Append(Capital(input.Name)).Append("(): ").Append(ScriptType(input.TypeName, input.IsList)).Append(";\n");
            text.Append("declare const variables: { ");
            foreach (var variable in definition.Variables.Where(variable => IsName(variable.Name)))
                text.Append(variable.Name).Append(": ").Append(ScriptType(variable.TypeName, variable.IsArray)).Append("; ");
            text.Append("};\n");
        }
        return Results.Text(text.ToString(), "application/x-typescript");
    }

    private static bool IsName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static string ScriptType(string alias, bool isList) => alias switch
    {
        "String" or "Guid" or "TimeSpan" => "string",
        "Boolean" => "boolean",
        "Int16" or "Int32" or "Int64" or "Long" or "Single" or "Double" or "Decimal" => "number",
        _ => "any",
    } + (isList ? "[]" : "");

    private static JsonNode Language((string Type, string Title, bool IsBrowsable, string? Language) language) => new JsonObject
    {
        ["type"] = language.Type,
        ["displayName"] = language.Title,
        ["isSerializable"] = true,
        ["isBrowsable"] = language.IsBrowsable,
        ["properties"] = language.Language is null ? new JsonObject() : new JsonObject { ["MonacoLanguage"] = language.Language },
    };

    private static JsonObject VariableType(string type, string category) => new JsonObject
    {
        ["typeName"] = type,
        ["displayName"] = type == "Int64" ? "Long" : type,
        ["category"] = category,
    };

    private static IEnumerable<JsonNode> StorageDrivers() =>
    [
        new JsonObject { ["typeName"] = "Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core", ["displayName"] = "Workflow Instance", ["priority"] = 5, ["deprecated"] = false },
        new JsonObject { ["typeName"] = "Elsa.Workflows.MemoryStorageDriver, Elsa.Workflows.Core", ["displayName"] = "Memory", ["priority"] = 0, ["deprecated"] = false },
        new JsonObject { ["typeName"] = "Elsa.Workflows.WorkflowStorageDriver, Elsa.Workflows.Core", ["displayName"] = "Workflow", ["priority"] = -1, ["deprecated"] = true },
    ];

    private static IEnumerable<JsonNode> ActivationStrategies() =>
    [
        Strategy("Elsa.Workflows.Runtime.ActivationValidators.AllowAlwaysStrategy, Elsa.Workflows.Runtime", "Always", "Any number of instances may run."),
        Strategy("Elsa.Workflows.Runtime.ActivationValidators.SingletonStrategy, Elsa.Workflows.Runtime", "Singleton", "One instance of the workflow at a time."),
        Strategy("Elsa.Workflows.Runtime.ActivationValidators.CorrelationStrategy, Elsa.Workflows.Runtime", "Correlation", "One instance of any workflow with a correlation id at a time."),
        Strategy("Elsa.Workflows.Runtime.ActivationValidators.CorrelatedSingletonStrategy, Elsa.Workflows.Runtime", "Correlated singleton", "One instance of the workflow with a correlation id at a time."),
    ];

    private static IEnumerable<JsonNode> IncidentStrategies() =>
    [
        Strategy("Elsa.Workflows.IncidentStrategies.FaultStrategy", "Fault", "A failing activity fails its instance."),
        Strategy("Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy", "Continue With Incidents", "A failing activity stops; the others go on."),
    ];

    private static IEnumerable<JsonNode> LogPersistenceStrategies() => LogPersistence.Select(name => Strategy($"Elsa.Workflows.LogPersistence.Strategies.{name}, Elsa.Workflows.Core", name, ""));

    private static JsonObject Strategy(string typeName, string title, string description) => new JsonObject
    {
        ["typeName"] = typeName,
        ["displayName"] = title,
        ["description"] = description,
    };

    private static JsonObject Feature((string Name, string Title, string Description) feature) => new()
    {
        ["name"] = feature.Name,
        ["namespace"] = "Elsa",
        ["fullName"] = $"Elsa.{feature.Name}",
        ["displayName"] = feature.Title,
        ["description"] = feature.Description,
    };
}
