using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Runtime.Activities.Http;

/// <summary>
/// What the activities that send an HTTP request have in common: they hand it to the outbox and wait. No request leaves
/// before its step is committed, and none inside a burst.
/// </summary>
public abstract class HttpRequestActivity : Activity
{
    private protected readonly Input<string> url = new("Url") { DisplayName = "URL", TypeName = "Uri", IsRequired = true, Description = "Where to; public addresses alone." };
    private protected readonly Input<string> method = new("Method") { Default = "GET", Hint = "dropdown", Options = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"], Description = "The method." };
    private protected readonly Input<string> authorization = new("Authorization") { Category = "Security", IsSensitive = true, TakesSecrets = true, Description = "The Authorization header." };
    private protected readonly Input<bool> disableAuthorizationHeaderValidation = new("DisableAuthorizationHeaderValidation") { Category = "Security", Description = "Has no effect here: the header is sent as it is." };
    private protected readonly Input<JsonObject> requestHeaders = new("RequestHeaders") { Category = "Advanced", Hint = "json-editor", TypeName = "HttpHeaders", TakesSecrets = true, Description = "Further headers." };
    private protected readonly Output<int> statusCode = new("StatusCode") { Description = "The status of the answer." };
    private protected readonly Output<JsonObject> responseHeaders = new("ResponseHeaders") { TypeName = "HttpHeaders", Description = "The headers of the answer." };

    private protected static readonly string[] ContentTypes = ["", "text/plain", "text/html", "application/json", "application/xml", "application/x-www-form-urlencoded"];

    private protected abstract Input<JsonNode> Body { get; }

    private protected abstract Input<string> BodyType { get; }

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var target = await context.InputAsync(url) ?? "";
        if (!Uri.TryCreate(target, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new ActivityException("invalid_url", $"{target} is no address of http or https.");
        var type = await context.InputAsync(BodyType);
        var headers = WriteHttpResponse.HeadersOf(await context.InputAsync(requestHeaders));
        var secrets = (context.Node.ExpressionOf(requestHeaders) as ObjectExpression)?.Members ?? new Dictionary<string, Expression>();
        var bookmark = context.CreateBookmark(new JsonObject { ["Url"] = address.GetLeftPart(UriPartial.Path), ["Method"] = await context.InputAsync(method) });
        context.Yield(new HttpRequestQueued(address.AbsoluteUri, $"{context.Id}/{bookmark.Id}", bookmark.Id, new JsonObject
        {
            ["method"] = await context.InputAsync(method) ?? "GET",
            ["contentType"] = string.IsNullOrEmpty(type) ? null : type,
            ["body"] = BodyOf(await context.InputAsync(Body), type),
            ["authorization"] = Value(context.Node.ExpressionOf(authorization), await context.InputAsync(authorization)),
            ["headers"] = new JsonArray([.. headers.Select(header => (JsonNode)new JsonObject { ["name"] = header.Key, ["value"] = Value(secrets.GetValueOrDefault(header.Key), header.Value) })]),
        }));
    }

    /// <inheritdoc/>
    public override async ValueTask ResumeAsync(ActivityContext context)
    {
        var result = context.ResumeInput?["result"] as JsonObject ?? new JsonObject { ["failure"] = "connect", ["message"] = context.ResumeInput?["problem"]?.DeepClone() };
        if ((string?)result["failure"] is { } failure)
        {
            context.Note("Failure", result["message"]?.DeepClone());
            await FailedAsync(context, failure == "timeout");
            return;
        }
        var status = (int)result["statusCode"]!;
        context.SetOutput(statusCode, status);
        context.SetOutput(responseHeaders, (JsonObject?)result["headers"]?.DeepClone());
        await AnsweredAsync(context, status, result);
    }

    private protected abstract ValueTask AnsweredAsync(ActivityContext context, int status, JsonObject answer);

    private protected abstract ValueTask FailedAsync(ActivityContext context, bool isTimeout);

    private protected static JsonObject Summary(JsonObject answer) => new()
    {
        ["StatusCode"] = answer["statusCode"]?.DeepClone(),
        ["Headers"] = answer["headers"]?.DeepClone(),
        ["ContentHeaders"] = answer["contentHeaders"]?.DeepClone(),
    };

    /// <summary>A secret leaves the burst as its name. What the definition says decides, never what a value looks like.</summary>
    private static JsonNode? Value(Expression? expression, string? value) =>
        expression is SecretExpression secret ? new JsonObject { ["secret"] = secret.Name } : value;

    private static string? BodyOf(JsonNode? content, string? type) => content switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length == 0 ? null : text,
        JsonObject form when type == "application/x-www-form-urlencoded" => string.Join('&', form.Select(field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value?.ToString() ?? "")}")),
        _ => content.ToJsonString(),
    };
}

/// <summary>A request to be sent after the commit.</summary>
internal sealed record HttpRequestQueued(string Url, string Key, string BookmarkId, JsonObject Request) : EngineEffect
{
    public override void Apply(StepContext context) => context.Send("http_request", Url, Request, Key, BookmarkId);
}

/// <summary>Sends an HTTP request and runs the branch of its status.</summary>
[Activity("Elsa.SendHttpRequest", Category = "HTTP", DisplayName = "HTTP Request", Kind = ActivityKind.Task, Description = "Sends an HTTP request and runs the branch of its status.")]
public sealed class SendHttpRequest : HttpRequestActivity
{
    private readonly Input<JsonNode> content = new("Content") { Description = "Text, or what becomes JSON." };
    private readonly Input<string> contentType = new("ContentType") { Hint = "dropdown", Options = ContentTypes, Description = "Of the content." };
    private readonly Input<JsonNode> expectedStatusCodes = new("ExpectedStatusCodes") { IsWrapped = false, AutoEvaluate = false, Hint = "http-status-codes", Description = "Statuses with the branch that each runs." };
    private readonly Output<JsonObject> result = new("Result") { TypeName = "HttpResponseMessage", Description = "Status and headers of the answer." };
    private readonly Output<JsonNode> parsedContent = new("ParsedContent") { Description = "The answer, read by its content type." };
    private readonly Port unmatched = new("UnmatchedStatusCode");
    private readonly Port failedToConnect = new("FailedToConnect");
    private readonly Port timeout = new("Timeout");

    private protected override Input<JsonNode> Body => content;

    private protected override Input<string> BodyType => contentType;

    /// <inheritdoc/>
    public override object? Read(ActivityReader reader)
    {
        var branches = new Dictionary<int, ActivityNode?>();
        if (reader.Json.TryGetProperty(expectedStatusCodes.JsonName, out var codes) && codes.ValueKind == JsonValueKind.Array)
        {
            foreach (var code in codes.EnumerateArray().Where(code => code.ValueKind == JsonValueKind.Object))
            {
                if (code.TryGetProperty("statusCode", out var number) && number.TryGetInt32(out var status))
                    branches[status] = code.TryGetProperty("activity", out var activity) ? reader.Child(activity, status.ToString(CultureInfo.InvariantCulture)) : null;
            }
        }
        return branches;
    }

    private protected override ValueTask AnsweredAsync(ActivityContext context, int status, JsonObject answer)
    {
        context.SetOutput(result, Summary(answer));
        context.SetOutput(parsedContent, answer["content"]?.DeepClone());
        var branches = (Dictionary<int, ActivityNode?>)context.Node.Structure!;
        context.Schedule(branches.TryGetValue(status, out var branch) ? branch : context.Node.Child(unmatched));
        return default;
    }

    private protected override ValueTask FailedAsync(ActivityContext context, bool isTimeout)
    {
        context.Schedule(context.Node.Child(isTimeout ? timeout : failedToConnect));
        return default;
    }
}

/// <summary>Sends an HTTP request and leaves by its status.</summary>
[Activity("Elsa.FlowSendHttpRequest", Category = "HTTP", DisplayName = "HTTP Request (flow)", Kind = ActivityKind.Task,
    Outcomes = ["200", "Unmatched status code", "Failed to connect", "Timeout", "Done"], Description = "Sends an HTTP request and leaves by its status.")]
public sealed class FlowSendHttpRequest : HttpRequestActivity
{
    private readonly Input<JsonNode> content = new("Content") { Description = "Text, or what becomes JSON." };
    private readonly Input<string> contentType = new("ContentType") { Hint = "dropdown", Options = ContentTypes, Description = "Of the content." };
    private readonly Input<string[]> expectedStatusCodes = new("ExpectedStatusCodes") { Default = ["200"], Hint = "multitext", DefaultSyntax = "Object", TypeName = "Int32[]", Description = "Statuses that are outcomes." };
    private readonly Output<JsonObject> result = new("Result") { TypeName = "HttpResponseMessage", Description = "Status and headers of the answer." };
    private readonly Output<JsonNode> parsedContent = new("ParsedContent") { Description = "The answer, read by its content type." };

    private protected override Input<JsonNode> Body => content;

    private protected override Input<string> BodyType => contentType;

    private protected override async ValueTask AnsweredAsync(ActivityContext context, int status, JsonObject answer)
    {
        context.SetOutput(result, Summary(answer));
        context.SetOutput(parsedContent, answer["content"]?.DeepClone());
        var code = status.ToString(CultureInfo.InvariantCulture);
        context.Complete((await context.InputAsync(expectedStatusCodes) ?? []).Contains(code) ? code : "Unmatched status code", "Done");
    }

    private protected override ValueTask FailedAsync(ActivityContext context, bool isTimeout)
    {
        context.Complete(isTimeout ? "Timeout" : "Failed to connect");
        return default;
    }
}

/// <summary>Fetches a file over HTTP.</summary>
[Activity("Elsa.DownloadHttpFile", Category = "HTTP", DisplayName = "Download File", Kind = ActivityKind.Task,
    Outcomes = ["200", "Unmatched status code", "Failed to connect", "Timeout", "Done"], Description = "Fetches a file over HTTP.")]
public sealed class DownloadHttpFile : HttpRequestActivity
{
    private readonly Input<string[]> expectedStatusCodes = new("ExpectedStatusCodes") { Default = ["200"], Hint = "multitext", DefaultSyntax = "Object", TypeName = "Int32[]", Description = "Statuses that are outcomes." };
    private readonly Input<JsonNode> requestContent = new("RequestContent") { DisplayName = "Content", Description = "Text, or what becomes JSON." };
    private readonly Input<string> requestContentType = new("RequestContentType") { DisplayName = "Content Type", Hint = "dropdown", Options = ContentTypes, Description = "Of the content." };
    private readonly Output<JsonObject> result = new("Result") { TypeName = "HttpFile", Description = "The file: name, content type, and its content in base64." };
    private readonly Output<JsonObject> response = new("Response") { TypeName = "HttpResponseMessage", Description = "Status and headers of the answer." };
    private readonly Output<string> responseContentStream = new("ResponseContentStream") { TypeName = "Stream", Description = "The file's content in base64." };
    private readonly Output<string> responseContentBytes = new("ResponseContentBytes") { TypeName = "ByteArray", Description = "The file's content in base64." };
    private readonly Output<JsonObject> responseContentHeaders = new("ResponseContentHeaders") { TypeName = "HttpHeaders", Description = "The headers of the file." };

    private protected override Input<JsonNode> Body => requestContent;

    private protected override Input<string> BodyType => requestContentType;

    private protected override async ValueTask AnsweredAsync(ActivityContext context, int status, JsonObject answer)
    {
        context.SetOutput(response, Summary(answer));
        context.SetOutput(responseContentHeaders, (JsonObject?)answer["contentHeaders"]?.DeepClone());
        context.SetOutput(result, new JsonObject { ["fileName"] = answer["fileName"]?.DeepClone(), ["contentType"] = answer["contentType"]?.DeepClone(), ["content"] = answer["bytes"]?.DeepClone() });
        if (IsBound(context, "responseContentBytes"))
            context.SetOutput(responseContentBytes, (string?)answer["bytes"]);
        if (IsBound(context, "responseContentStream"))
            context.SetOutput(responseContentStream, (string?)answer["bytes"]);
        var code = status.ToString(CultureInfo.InvariantCulture);
        context.Complete((await context.InputAsync(expectedStatusCodes) ?? []).Contains(code) ? code : "Unmatched status code", "Done");
    }

    private protected override ValueTask FailedAsync(ActivityContext context, bool isTimeout)
    {
        context.Complete(isTimeout ? "Timeout" : "Failed to connect");
        return default;
    }

    /// <summary>The same bytes go nowhere twice unless somebody wants them.</summary>
    private static bool IsBound(ActivityContext context, string output) =>
        context.Node.Json.TryGetProperty(output, out var binding) && binding.ValueKind == JsonValueKind.Object;
}
