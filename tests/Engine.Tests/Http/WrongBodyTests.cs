using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Bodies of the wrong shape at every endpoint that takes one: a problem document with a code, never a failure of ours.</summary>
[Collection(nameof(ApiHost))]
public sealed class WrongBodyTests(ApiHost host)
{
    /// <summary>What bodies are made of somewhere, so that each wrong value reaches whoever reads it.</summary>
    private static readonly string[] Names =
    [
        "name", "label", "value", "ids", "items", "data", "input", "userId", "until", "outcome", "template", "comment", "effectiveFrom", "permissions", "expiresAt", "from", "to",
        "limit", "version", "decision", "explain", "body", "isInternal", "tag", "sourceId", "options", "required", "indexed", "sortOrder", "custom", "title", "description", "number",
        "migrationId", "siteId", "timezone", "businessHours", "holidays", "specversion", "id", "type", "source", "subject", "time", "reasonCode", "focDate", "definitionId", "root", "variables",
        "inputs", "outputs", "outcomes", "model", "publish", "workflowInstanceIds", "activityIds", "instanceIds", "alterations", "filter", "definitionIds", "definitionVersionIds", "correlationId",
        "variableId", "key", "display", "skip", "take", "page", "pageSize", "orderBy", "eventName", "workflowInstanceId", "bookmarkId", "activityTypeName", "stimulus", "isReadOnly", "method",
    ];

    /// <summary>These sign in and out; they have tests of their own, and would end what the others stand on.</summary>
    private static readonly string[] LeftOut = ["/auth/", "/identity/", "/password", "/workflows/", "/import", "/events/trigger"];

    private static readonly string[] Values = ["7", "-1", "1e400", "true", "\"x\"", "\"\"", "null", "[]", "{}", "[[1],{}]", "{\"a\":{\"b\":[1]}}", "[null]", "9999999999999999999999", "\"2026-13-45T99:00:00Z\""];

    [Fact]
    public async Task A_body_of_the_wrong_shape_is_refused_and_never_a_failure_of_ours()
    {
        var (_, client) = await host.TenantAsync($"Fuzzed{Environment.ProcessId}");
        var ids = await GroundAsync(client);
        var bodies = new List<string> { "[]", "null", "7", "\"x\"", "{", "{}", "{\"\":1}", new string('[', 5_000), $"{{\"name\":\"{new string('x', 200_000)}\"}}" };
        bodies.Add(string.Concat(Enumerable.Repeat("{\"a\":", 300)) + "1" + new string('}', 300));
        bodies.AddRange(Values.Select(value => "{" + string.Join(',', Names.Select(name => $"\"{name}\":{value}")) + "}"));
        bodies.AddRange(Values.Select(value => $"{{\"items\":[{value},{{\"method\":\"POST\",\"body\":{value}}},{{\"method\":\"PATCH\",\"id\":{value},\"body\":{{}}}}],\"ids\":[{value}],\"alterations\":[{{\"type\":{value}}}],\"root\":{{\"type\":{value},\"activities\":{value}}}}}"));
        var wrong = new List<string>();
        var calls = 0;

        foreach (var (method, path) in Calls(ids))
        {
            foreach (var body in bodies)
            {
                calls++;
                using var answer = await client.RawAsync(method, path, body.Utf8(), "application/json");
                var text = await answer.Content.ReadAsStringAsync();
                if ((int)answer.StatusCode >= 500)
                    wrong.Add($"{method} {path} {Short(body)}: {(int)answer.StatusCode} {Short(text)}");
                else if ((int)answer.StatusCode >= 400 && path.StartsWith("/api/", StringComparison.Ordinal)
                    && (answer.Content.Headers.ContentType?.MediaType != "application/problem+json" || (string?)JsonNode.Parse(text)!["code"] is null))
                    wrong.Add($"{method} {path} {Short(body)}: no problem document with a code: {(int)answer.StatusCode} {Short(text)}");
            }
        }

        calls.Should().BeGreaterThan(2_000);
        wrong.Should().BeEmpty();
    }

    private static string Short(string text) => text.Length > 300 ? text[..300] + "…" : text;

    /// <summary>A record of each kind that paths name, so that the body is what is looked at.</summary>
    private static async Task<Dictionary<string, string>> GroundAsync(HttpClient client)
    {
        var site = await client.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Fuzzed"));
        var migration = await client.OkAsync(HttpMethod.Post, "/api/migrations", new { name = "Fuzzed", siteId = (string)site["id"]! });
        var number = await client.OkAsync(HttpMethod.Post, "/api/phone-numbers", new { number = "+16175550123", migrationId = (string)migration["id"]! });
        foreach (var (action, data) in new[] { ("submit_loa", new JsonObject()), ("reject_loa", new JsonObject { ["reasonCode"] = "pin_mismatch" }) })
            await client.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{number["id"]}/actions/{action}", data);
        var task = (await client.OkAsync(HttpMethod.Get, "/api/tasks"))["items"]!.AsArray().Single()!;
        return new Dictionary<string, string>
        {
            ["migrations"] = (string)migration["id"]!,
            ["phone-numbers"] = (string)number["id"]!,
            ["tasks"] = (string)task["id"]!,
            ["workflow-instances"] = (string)number["instanceId"]!,
        };
    }

    private IEnumerable<(string Method, string Path)> Calls(Dictionary<string, string> ids) =>
        from endpoint in host.Parts.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        let path = PathOf(endpoint, ids)
        where path.Contains("api/", StringComparison.Ordinal) && !LeftOut.Any(part => path.Contains(part, StringComparison.Ordinal))
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
        where method is "POST" or "PUT" or "PATCH"
        select (method, path);

    private static string PathOf(RouteEndpoint endpoint, Dictionary<string, string> ids)
    {
        var path = new StringBuilder();
        var type = "";
        foreach (var part in endpoint.RoutePattern.PathSegments.Select(segment => segment.Parts[0]))
        {
            var text = part switch
            {
                RoutePatternLiteralPart literal => type = literal.Content,
                RoutePatternParameterPart { Name: "type" } => type = "phone-numbers",
                RoutePatternParameterPart { Name: "kind" } => "template",
                RoutePatternParameterPart { Name: "key" } => "loa-rejected",
                RoutePatternParameterPart { Name: "number" } => "1",
                RoutePatternParameterPart { Name: "name" } when path.ToString().EndsWith("/actions", StringComparison.Ordinal) => "retry",
                RoutePatternParameterPart parameter when parameter.Name.EndsWith("id", StringComparison.OrdinalIgnoreCase) => ids.GetValueOrDefault(type, Guid.Empty.ToString()),
                _ => "notes",
            };
            path.Append('/').Append(text);
        }
        return path.ToString();
    }
}
