using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities.Http;

/// <summary>Waits for an HTTP request under <c>/workflows/</c>, or is started by one.</summary>
[Activity(StimulusName, Category = "HTTP", DisplayName = "HTTP Endpoint", Kind = ActivityKind.Trigger, Description = "Waits for an HTTP request.")]
public sealed class HttpEndpoint : Activity
{
    /// <summary>The name of its bookmarks and triggers.</summary>
    public const string StimulusName = "Elsa.HttpEndpoint";

    private readonly Input<string> path = new("Path") { IsRequired = true, UiSpecifications = """{"singleline":{"adornmentText":"/workflows/","enableCopyAdornment":true}}""", Description = "Below /workflows/; {name} stands for one segment." };
    private readonly Input<string[]> supportedMethods = new("SupportedMethods") { Default = ["GET"], Hint = "checklist", DefaultSyntax = "Object", Options = ["GET", "POST", "PUT", "HEAD", "DELETE"], Description = "Which methods." };
    private readonly Input<bool> authorize = new("Authorize") { Category = "Security", Description = "Only for users who are signed in." };
    private readonly Input<string> policy = new("Policy") { Category = "Security", Description = "The permission that the user needs, such as phone-numbers:read." };
    private readonly Input<TimeSpan?> requestTimeout = new("RequestTimeout") { Category = "Upload", Description = "Has no effect here: a step is never cut short." };
    private readonly Input<long?> requestSizeLimit = new("RequestSizeLimit") { Category = "Upload", Description = "In bytes." };
    private readonly Input<long?> fileSizeLimit = new("FileSizeLimit") { Category = "Upload", Description = "Of each file in bytes." };
    private readonly Input<string[]> allowedFileExtensions = new("AllowedFileExtensions") { Category = "Upload", Hint = "multitext", DefaultSyntax = "Object", Description = "None means all." };
    private readonly Input<string[]> blockedFileExtensions = new("BlockedFileExtensions") { Category = "Upload", Hint = "multitext", DefaultSyntax = "Object" };
    private readonly Input<string[]> allowedMimeTypes = new("AllowedMimeTypes") { Category = "Upload", Hint = "multitext", DefaultSyntax = "Object", Description = "None means all." };
    private readonly Input<bool> exposeRequestTooLarge = new("ExposeRequestTooLargeOutcome") { Category = "Outcomes", IsWrapped = false };
    private readonly Input<bool> exposeFileTooLarge = new("ExposeFileTooLargeOutcome") { Category = "Outcomes", IsWrapped = false };
    private readonly Input<bool> exposeInvalidExtension = new("ExposeInvalidFileExtensionOutcome") { Category = "Outcomes", IsWrapped = false };
    private readonly Input<bool> exposeInvalidMimeType = new("ExposeInvalidFileMimeTypeOutcome") { Category = "Outcomes", IsWrapped = false };
    private readonly Output<JsonObject> result = new("Result") { TypeName = "HttpRequest", Description = "The request." };
    private readonly Output<JsonNode> parsedContent = new("ParsedContent") { Description = "The body, read by its content type." };
    private readonly Output<JsonArray> files = new("Files") { TypeName = "IFormFile[]", Description = "The files of a form." };
    private readonly Output<JsonObject> file = new("File") { TypeName = "IFormFile", Description = "The first file." };
    private readonly Output<JsonObject> routeData = new("RouteData") { Description = "What stands for the names in the path." };
    private readonly Output<JsonObject> queryStringData = new("QueryStringData") { Description = "The query." };
    private readonly Output<JsonObject> headers = new("Headers") { Description = "The request's headers." };

    /// <summary>How a path is compared: without slashes at its ends, in lower case but for what stands in braces.</summary>
    public static string Normalize(string path) => path.Trim().Trim('/').ToLowerInvariant();

    /// <summary>The paths and methods that a trigger serves; none of a trigger of another type.</summary>
    public static IEnumerable<(string Path, string Method)> RoutesOf(WorkflowTrigger trigger) =>
        trigger.Name == StimulusName && JsonNode.Parse(trigger.Payload) is { } payload
            ? ((JsonArray)payload["Methods"]!).Select(method => ((string)payload["Path"]!, (string)method!))
            : [];

    /// <summary>What a waiting endpoint is found by.</summary>
    public static JsonObject PayloadOf(string path, string method) => new() { ["Path"] = Normalize(path), ["Method"] = method.ToLowerInvariant() };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        if (context.IsStartTrigger && context.FindFeature<LiveRequest>() is { Request: { } request })
        {
            await TakeAsync(context, request);
            return;
        }
        if (context.IsStartTrigger)
            return;
        foreach (var method in (await context.InputAsync(supportedMethods) ?? []).Distinct(StringComparer.OrdinalIgnoreCase).DefaultIfEmpty("GET"))
            context.CreateBookmark(PayloadOf(await context.InputAsync(path) ?? "", method), StimulusName, shared: true);
    }

    /// <inheritdoc/>
    public override async ValueTask ResumeAsync(ActivityContext context)
    {
        if (context.FindFeature<LiveRequest>() is { Request: { } request })
            await TakeAsync(context, request);
        context.Complete(context.Outcomes);
    }

    /// <inheritdoc/>
    public override JsonObject? TriggerPayload(ActivityNode node) => new()
    {
        ["Path"] = Normalize(node.ConstantOf(path) ?? ""),
        ["Methods"] = new JsonArray([.. (node.ConstantOf(supportedMethods) ?? []).Select(method => (JsonNode)method.ToLowerInvariant()).DefaultIfEmpty((JsonNode)"get")]),
        ["Authorize"] = node.ConstantOf(authorize),
        ["Policy"] = node.ConstantOf(policy),
    };

    private async ValueTask TakeAsync(ActivityContext context, JsonObject request)
    {
        if (await RefusalAsync(context, request) is var (outcome, status, exposed))
        {
            if (!exposed)
                context.Yield(new HttpAnswered(context.Feature<LiveRequest>(), new HttpAnswer(status, [])));
            context.Complete(exposed ? [outcome] : ["Refused"]);
            return;
        }
        context.SetOutput(result, Copy<JsonObject>(request, "Request"));
        context.SetOutput(parsedContent, request["ParsedContent"]?.DeepClone());
        context.SetOutput(routeData, Copy<JsonObject>(request, "RouteData"));
        context.SetOutput(queryStringData, Copy<JsonObject>(request, "QueryStringData"));
        context.SetOutput(headers, Copy<JsonObject>(request, "Headers"));
        var uploaded = Copy<JsonArray>(request, "Files") ?? [];
        context.SetOutput(files, uploaded);
        context.SetOutput(file, (JsonObject?)uploaded.FirstOrDefault()?.DeepClone());
        context.Complete();
    }

    private async ValueTask<(string Outcome, int Status, bool Exposed)?> RefusalAsync(ActivityContext context, JsonObject request)
    {
        if (await context.InputAsync(requestSizeLimit) is { } most && (long?)request["ContentLength"] > most)
            return ("Request too large", 413, await context.InputAsync(exposeRequestTooLarge));
        foreach (var upload in (request["Files"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var extension = Path.GetExtension((string?)upload["FileName"] ?? "").TrimStart('.');
            if (await context.InputAsync(fileSizeLimit) is { } largest && (long?)upload["Length"] > largest)
                return ("File too large", 413, await context.InputAsync(exposeFileTooLarge));
            if (!IsAllowed(await context.InputAsync(allowedFileExtensions), extension) || Has(await context.InputAsync(blockedFileExtensions), extension))
                return ("Invalid file extension", 415, await context.InputAsync(exposeInvalidExtension));
            if (!IsAllowed(await context.InputAsync(allowedMimeTypes), (string?)upload["ContentType"] ?? ""))
                return ("Invalid file MIME type", 415, await context.InputAsync(exposeInvalidMimeType));
        }
        return null;
    }

    private static bool IsAllowed(string[]? allowed, string value) => allowed is null or [] || Has(allowed, value);

    private static bool Has(string[]? values, string value) => values?.Any(one => one.TrimStart('.').Equals(value, StringComparison.OrdinalIgnoreCase)) == true;

    private static T? Copy<T>(JsonObject request, string name) where T : JsonNode => (T?)request[name]?.DeepClone();
}
