using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities.Http;

/// <summary>Answers the request that this burst serves.</summary>
[Activity("Elsa.WriteHttpResponse", Category = "HTTP", DisplayName = "HTTP Response", Description = "Answers the HTTP request that started or resumed the workflow.")]
public sealed class WriteHttpResponse : Activity
{
    private readonly Input<string> statusCode = new("StatusCode") { Default = "OK", Hint = "dropdown", Options = Enum.GetNames<HttpStatusCode>(), TypeName = "HttpStatusCode", Description = "The status." };
    private readonly Input<JsonNode> content = new("Content") { Description = "Text, or what becomes JSON." };
    private readonly Input<string> contentType = new("ContentType") { Hint = "dropdown", Options = ["", "text/plain", "text/html", "application/json", "application/xml"], Description = "By default that of the content." };
    private readonly Input<JsonObject> responseHeaders = new("ResponseHeaders") { Category = "Advanced", Hint = "json-editor", TypeName = "HttpHeaders", Description = "Further headers." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var live = LiveRequestOf(context);
        var value = await context.InputAsync(content);
        var isText = value is JsonValue scalar && scalar.TryGetValue<string>(out _);
        var body = value is null ? "" : isText ? value.GetValue<string>() : value.ToJsonString();
        var type = await context.InputAsync(contentType) is { Length: > 0 } given ? given : value is null || isText ? "text/plain" : "application/json";
        context.Yield(new HttpAnswered(live, new HttpAnswer(StatusOf(await context.InputAsync(statusCode)), Encoding.UTF8.GetBytes(body))
        {
            ContentType = type.Contains("charset", StringComparison.OrdinalIgnoreCase) || !(type.StartsWith("text/", StringComparison.Ordinal) || type.EndsWith("json", StringComparison.Ordinal)) ? type : type + "; charset=utf-8",
            Headers = HeadersOf(await context.InputAsync(responseHeaders)),
        }));
    }

    internal static LiveRequest LiveRequestOf(ActivityContext context) => context.FindFeature<LiveRequest>()
        ?? throw new ActivityException("no_http_request", "There is no HTTP request to answer: this step was started by something else.");

    internal static List<KeyValuePair<string, string>> HeadersOf(JsonObject? headers) =>
    [
        .. (headers ?? []).SelectMany(header => header.Value is JsonArray values
            ? values.Select(value => KeyValuePair.Create(header.Key, value?.ToString() ?? ""))
            : [KeyValuePair.Create(header.Key, header.Value?.ToString() ?? "")]),
    ];

    private static int StatusOf(string? text) =>
        Enum.TryParse<HttpStatusCode>(text, ignoreCase: true, out var status) && (int)status is >= 200 and <= 599
            ? (int)status
            : throw new ActivityException("invalid_status", $"{text} is no status of an HTTP answer.");
}

/// <summary>Answers the request that this burst serves with a file, or several in a zip.</summary>
[Activity("Elsa.WriteFileHttpResponse", Category = "HTTP", DisplayName = "HTTP File Response", Description = "Answers the HTTP request with a file, or with a zip of several.")]
public sealed class WriteFileHttpResponse : Activity
{
    private readonly Input<string> contentType = new("ContentType") { Description = "By default application/octet-stream." };
    private readonly Input<string> filename = new("Filename") { Description = "Under which it is saved." };
    private readonly Input<string> entityTag = new("EntityTag") { DisplayName = "Entity Tag", Description = "The ETag." };
    private readonly Input<JsonNode> content = new("Content") { Description = "Text, base64 as {content, fileName, contentType}, or a list of such." };
    private readonly Input<bool> enableResumableDownloads = new("EnableResumableDownloads") { Description = "Whether a part can be asked for." };
    private readonly Input<string> downloadCorrelationId = new("DownloadCorrelationId") { Description = "Has no effect here: nothing is kept between downloads." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var live = WriteHttpResponse.LiveRequestOf(context);
        var value = await context.InputAsync(content);
        var parts = value switch { null => [], JsonArray many => many.OfType<JsonNode>().Select(FileOf).ToList(), _ => [FileOf(value)] };
        var answer = parts.Count switch
        {
            0 => new HttpAnswer(204, []),
            1 => new HttpAnswer(200, parts[0].Content) { ContentType = await context.InputAsync(contentType) is { Length: > 0 } type ? type : parts[0].ContentType, FileName = parts[0].Name },
            _ => new HttpAnswer(200, Zip(parts)) { ContentType = "application/zip", FileName = "download.zip" },
        };
        context.Yield(new HttpAnswered(live, answer with
        {
            FileName = answer.Status == 204 ? null : await context.InputAsync(filename) is { Length: > 0 } name ? name : answer.FileName,
            EntityTag = await context.InputAsync(entityTag),
            IsResumable = await context.InputAsync(enableResumableDownloads),
        }));
    }

    private static (string Name, string ContentType, byte[] Content) FileOf(JsonNode value)
    {
        if (value is not JsonObject file)
            return ("file.bin", "application/octet-stream", Encoding.UTF8.GetBytes(value is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : value.ToJsonString()));
        var body = Text(file, "content") ?? "";
        var bytes = new byte[body.Length];
        return (Text(file, "fileName") ?? "file.bin", Text(file, "contentType") ?? "application/octet-stream",
            Convert.TryFromBase64String(body, bytes, out var length) ? bytes[..length] : Encoding.UTF8.GetBytes(body));
    }

    private static string? Text(JsonObject file, string name) =>
        (file[name] ?? file[char.ToUpperInvariant(name[0]) + name[1..]]) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static byte[] Zip(List<(string Name, string ContentType, byte[] Content)> files)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var ((name, _, content), at) in files.Select((file, at) => (file, at)))
            {
                using var entry = zip.CreateEntry(files.FindIndex(file => file.Name == name) == at ? name : $"{at}-{name}").Open();
                entry.Write(content);
            }
        }
        return buffer.ToArray();
    }
}
