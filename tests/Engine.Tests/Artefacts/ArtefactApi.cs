using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Engine.Tests.Http;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>Artefacts over HTTP, as an author's tool sends them.</summary>
internal static class ArtefactApi
{
    public static async Task<HttpResponseMessage> SaveAsync(this HttpClient client, string kind, string key, string content, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/artefacts/{kind}/{key}/draft") { Content = new StringContent(content, Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await client.SendAsync(request);
    }

    /// <summary>Saves and publishes; the version that was published.</summary>
    public static async Task<JsonObject> PublishAsync(this HttpClient client, string kind, string key, string content, object? body = null)
    {
        using var saved = await client.SaveAsync(kind, key, content);
        if (!saved.IsSuccessStatusCode)
            throw new InvalidOperationException($"{kind} {key}: {(int)saved.StatusCode} {await saved.Content.ReadAsStringAsync()}");
        return await client.OkAsync(HttpMethod.Post, $"/api/artefacts/{kind}/{key}/draft/publish", body ?? new { comment = "A test" });
    }

    /// <summary>The problem document of a call that must be refused.</summary>
    public static async Task<JsonObject> ProblemOfAsync(this HttpClient client, HttpMethod method, string path, object? body = null)
    {
        using var answer = await client.SendAsync(method, path, body);
        return await answer.ProblemOfAsync();
    }

    public static async Task<JsonObject> ProblemOfAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return (int)answer.StatusCode >= 400 ? JsonNode.Parse(text)!.AsObject() : throw new InvalidOperationException($"Not refused: {(int)answer.StatusCode} {text}");
    }
}
