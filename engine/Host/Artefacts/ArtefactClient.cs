using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Switchboard.Host.Artefacts;

/// <summary>The artefacts of a running service, over its API.</summary>
internal sealed class ArtefactClient(Uri service, string token) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = service, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    public async Task<IReadOnlyList<JsonObject>> ListAsync(CancellationToken ct) =>
        [.. (await SendAsync(HttpMethod.Get, "/api/artefacts", null, null, ct))!["items"]!.AsArray().OfType<JsonObject>()];

    /// <summary>What counts, with its entity tag as <c>etag</c>; null where there is none.</summary>
    public Task<JsonObject?> FindAsync(string kind, string key, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, $"/api/artefacts/{kind}/{Uri.EscapeDataString(key)}", null, null, ct, orNothing: true);

    public Task<JsonObject?> FindDraftAsync(string kind, string key, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, $"/api/artefacts/{kind}/{Uri.EscapeDataString(key)}/draft", null, null, ct, orNothing: true);

    public async Task SaveAsync(string kind, string key, string text, string? etag, CancellationToken ct) =>
        await SendAsync(HttpMethod.Put, $"/api/artefacts/{kind}/{Uri.EscapeDataString(key)}/draft", new StringContent(text, Encoding.UTF8, "text/plain"), etag, ct);

    public async Task<int> PublishAsync(string kind, string key, string? comment, CancellationToken ct)
    {
        var body = new StringContent(new JsonObject { ["comment"] = comment }.ToJsonString(), Encoding.UTF8, "application/json");
        return (int)(await SendAsync(HttpMethod.Post, $"/api/artefacts/{kind}/{Uri.EscapeDataString(key)}/draft/publish", body, null, ct))!["version"]!;
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonObject?> SendAsync(HttpMethod method, string path, HttpContent? content, string? etag, CancellationToken ct, bool orNothing = false)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (etag is not null)
            request.Headers.TryAddWithoutValidation("If-Match", etag);
        try
        {
            using var answer = await http.SendAsync(request, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            if (answer.StatusCode == HttpStatusCode.NotFound && orNothing)
                return null;
            if (!answer.IsSuccessStatusCode)
                throw new ArtefactServiceException($"{method} {path}: {(int)answer.StatusCode} {Detail(text)}");
            var json = JsonNode.Parse(text)!.AsObject();
            json["etag"] = answer.Headers.ETag?.ToString();
            return json;
        }
        catch (HttpRequestException e)
        {
            throw new ArtefactServiceException($"{http.BaseAddress} does not answer: {e.Message}", e);
        }
    }

    private static string Detail(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject problem ? $"{problem["code"]}: {problem["detail"]}" : text;
        }
        catch (System.Text.Json.JsonException)
        {
            return text.Length > 200 ? text[..200] : text; // of a proxy in between
        }
    }
}

/// <summary>The service cannot be reached or refuses; the message says why.</summary>
internal sealed class ArtefactServiceException(string message, Exception? inner = null) : Exception(message, inner);
