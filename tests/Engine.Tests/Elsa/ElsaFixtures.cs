using System.Text.Json.Nodes;

using Switchboard.Engine.Tests.Http;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Elsa's own sample definitions, which lie beside the repository where there are any; without them these tests say so and pass.</summary>
internal static class ElsaFixtures
{
    private static readonly string? Folder = SharedFolder.Find("elsa/fixtures");

    public static bool AreThere => Folder is not null;

    public static TheoryData<string> All()
    {
        var data = new TheoryData<string>();
        if (Folder is null)
        {
            data.Add("(none: ../shared/elsa/fixtures is missing, skipped)");
            return data;
        }
        foreach (var file in Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            data.Add(Path.GetRelativePath(Folder, file));
        return data;
    }

    public static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder!, name)).TrimStart('\uFEFF'))!.AsObject();
}

/// <summary>Elsa's API as its clients call it.</summary>
internal static class ElsaCalls
{
    private const string Api = "/elsa/api";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Imports a fixture; its definition id.</summary>
    public static async Task<string> ImportAsync(this HttpClient client, string fixture) => await client.ImportAsync(ElsaFixtures.Read(fixture));

    public static async Task<string> ImportAsync(this HttpClient client, JsonObject definition) =>
        (string)(await client.OkAsync(HttpMethod.Post, $"{Api}/workflow-definitions/import", definition))["definitionId"]!;

    public static async Task<string> ImportAndPublishAsync(this HttpClient client, string fixture)
    {
        var id = await client.ImportAsync(fixture);
        await client.OkAsync(HttpMethod.Post, $"{Api}/workflow-definitions/{id}/publish", new { });
        return id;
    }

    public static async Task<string> PublishAsync(this HttpClient client, JsonObject definition)
    {
        var id = await client.ImportAsync(definition);
        await client.OkAsync(HttpMethod.Post, $"{Api}/workflow-definitions/{id}/publish", new { });
        return id;
    }

    /// <summary>Status and error texts of a call that must be refused in Elsa's shape.</summary>
    public static async Task<(int Status, IReadOnlyList<string> Errors)> ElsaRefusedAsync(this HttpClient client, HttpMethod method, string path, object? body = null)
    {
        using var answer = await client.SendAsync(method, Api + path, body);
        var text = await answer.Content.ReadAsStringAsync();
        if ((int)answer.StatusCode < 400)
            throw new InvalidOperationException($"Not refused: {(int)answer.StatusCode} {text}");
        var error = JsonNode.Parse(text)!.AsObject();
        return ((int?)error["statusCode"] ?? (int)answer.StatusCode,
            [.. (error["errors"] as JsonObject ?? []).SelectMany(place => place.Value!.AsArray()).Select(message => (string)message!)]);
    }

    /// <summary>Starts an instance of the published version; its id.</summary>
    public static async Task<string> ExecuteAsync(this HttpClient client, string definitionId, object? body = null)
    {
        using var answer = await client.SendAsync(HttpMethod.Post, $"{Api}/workflow-definitions/{definitionId}/execute", body ?? new { });
        return answer.IsSuccessStatusCode
            ? answer.Headers.GetValues("x-elsa-workflow-instance-id").Single()
            : throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public static Task<JsonObject> InstanceAsync(this HttpClient client, string id) => client.OkAsync(HttpMethod.Get, $"{Api}/workflow-instances/{id}");

    /// <summary>Waits until an instance has come to a sub-status; the instance.</summary>
    public static async Task<JsonObject> WaitForAsync(this HttpClient client, string id, string subStatus)
    {
        var until = TimeProvider.System.GetUtcNow() + Patience;
        while (true)
        {
            var instance = await client.InstanceAsync(id);
            if ((string)instance["subStatus"]! == subStatus)
                return instance;
            if (TimeProvider.System.GetUtcNow() > until)
                throw new InvalidOperationException($"The instance is {instance["subStatus"]}, not {subStatus}: {instance["workflowState"]!["incidents"]}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public static async Task<JsonArray> JournalAsync(this HttpClient client, string id) =>
        (await client.OkAsync(HttpMethod.Post, $"{Api}/workflow-instances/{id}/journal?skip=0&take=1000", new { filter = new { } }))["items"]!.AsArray();

    /// <summary>The texts of Elsa.WriteLine, in order.</summary>
    public static async Task<IReadOnlyList<string>> LinesAsync(this HttpClient client, string id) =>
    [
        .. (await client.JournalAsync(id)).Where(entry => (string)entry!["activityType"]! == "Elsa.WriteLine" && (string)entry["eventName"]! == "Started")
            .Select(entry => (string)entry!["activityState"]!["Text"]!),
    ];
}
