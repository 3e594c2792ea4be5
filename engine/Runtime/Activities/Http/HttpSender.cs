using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Runtime.Outbox;
using Switchboard.Runtime.Secrets;

namespace Switchboard.Runtime.Activities.Http;

/// <summary>Sends the HTTP requests of workflows, after the step that asked for them is committed; what comes back resumes the instance.</summary>
public sealed class HttpSender : OutboxWorker, IDisposable
{
    private readonly EgressOptions options;
    private readonly SecretStore secrets;
    private readonly HttpClient client;

    public HttpSender(EgressOptions options, SecretStore secrets)
    {
        this.options = options;
        this.secrets = secrets;
        client = new HttpClient(EgressGuard.CreateHandler(options)) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Switchboard", "1"));
    }

    public override string Kind => "http_request";

    /// <summary>One: that it failed is an outcome, and the workflow decides what to do about it.</summary>
    public override IReadOnlyList<TimeSpan> Pauses { get; } = [TimeSpan.Zero];

    public override TimeSpan Lease => options.Timeout + TimeSpan.FromSeconds(30);

    public override async Task<Attempt> SendAsync(OutboxRow row, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(options.Timeout);
        try
        {
            using var request = await RequestAsync(row, patience.Token);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return new Attempt { Result = await ReadAsync(answer, patience.Token) };
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Failed("timeout", $"There was no whole answer within {options.Timeout}.");
        }
        catch (SecretException e)
        {
            return Failed("connect", e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or FormatException or InvalidOperationException or NotSupportedException)
        {
            return Failed("connect", e.InnerException?.Message ?? e.Message);
        }
    }

    public void Dispose() => client.Dispose();

    private static Attempt Failed(string failure, string message) => new() { Result = new JsonObject { ["failure"] = failure, ["message"] = message } };

    private async Task<HttpRequestMessage> RequestAsync(OutboxRow row, CancellationToken ct)
    {
        var payload = row.Payload;
        var url = new Uri(row.Destination, UriKind.Absolute);
        if (url.Scheme is not ("http" or "https"))
            throw new UriFormatException($"{url.Scheme} is not http or https.");
        var request = new HttpRequestMessage(new HttpMethod((string?)payload["method"] ?? "GET"), url);
        if ((string?)payload["body"] is { } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", (string?)payload["contentType"] ?? "text/plain; charset=utf-8");
        }
        if (await ValueAsync(row.TenantId, url, payload["authorization"], ct) is { Length: > 0 } authorization)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        // The process may die between the answer and the commit: then the receiver sees the same key again.
        request.Headers.TryAddWithoutValidation("Idempotency-Key", row.IdempotencyKey);
        foreach (var header in (payload["headers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var (name, value) = ((string)header["name"]!, await ValueAsync(row.TenantId, url, header["value"], ct));
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    /// <summary>A text, or a secret that is opened now, for this receiver.</summary>
    private async Task<string?> ValueAsync(Guid tenantId, Uri receiver, JsonNode? value, CancellationToken ct) =>
        value is JsonObject secret ? await secrets.OpenAsync(tenantId, (string)secret["secret"]!, receiver.Host, ct) : (string?)value;

    private async Task<JsonObject> ReadAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[options.AnswerBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        if (length > options.AnswerBytes)
            throw new IOException($"The answer has more than {options.AnswerBytes} bytes.");
        var type = answer.Content.Headers.ContentType;
        var (body, name) = (buffer[..length], answer.Content.Headers.ContentDisposition?.FileNameStar ?? answer.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        return new JsonObject
        {
            ["statusCode"] = (int)answer.StatusCode,
            ["contentType"] = type?.ToString(),
            ["fileName"] = name ?? answer.RequestMessage?.RequestUri?.Segments.LastOrDefault()?.Trim('/'),
            ["headers"] = HeadersOf(answer.Headers),
            ["contentHeaders"] = HeadersOf(answer.Content.Headers),
            ["content"] = ContentOf(type?.MediaType, body),
            ["bytes"] = Convert.ToBase64String(body),
        };
    }

    private static JsonObject HeadersOf(HttpHeaders headers) => new(headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)string.Join(", ", header.Value))));

    /// <summary>JSON as what it says, text as text, anything else as nothing: its bytes are there besides.</summary>
    private static JsonNode? ContentOf(string? mediaType, byte[] body)
    {
        if (body.Length == 0)
            return null;
        if (mediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) == true)
        {
            try
            {
                return JsonNode.Parse(body);
            }
            catch (JsonException)
            {
                return Encoding.UTF8.GetString(body); // it says that it is JSON and is not
            }
        }
        return mediaType is null || mediaType.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || mediaType.EndsWith("xml", StringComparison.OrdinalIgnoreCase)
            ? Encoding.UTF8.GetString(body)
            : null;
    }
}
