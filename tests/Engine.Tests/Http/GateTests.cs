using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

using Switchboard.Host.Identity;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Every endpoint there is, whoever added it: it names its permission, asks for it, and knows no other tenant.</summary>
[Collection(nameof(ApiHost))]
public sealed class GateTests(ApiHost host)
{
    /// <summary>Elsa's words for signing in, its version, links that carry their own right, and what workflows themselves serve.</summary>
    private static readonly string[] ElsaEndpoints =
        ["/elsa/api/identity/login", "/elsa/api/identity/refresh-token", "/elsa/api/package/version", "/elsa/api/bookmarks/resume", "/elsa/api/events/trigger", "/workflows/{**path}"];

    private static readonly string[] PublicEndpoints = ["/api/auth/login", "/api/auth/refresh", "/openapi/{documentName}.json", .. ElsaEndpoints];

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Every_endpoint_names_its_permission_or_is_on_the_short_public_list()
    {
        Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<Access>() is null).Select(Describe).Should().BeEmpty();
        Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<Access>()!.IsPublic).Select(endpoint => endpoint.RoutePattern.RawText)
            .Should().BeEquivalentTo(PublicEndpoints);
    }

    [Fact]
    public async Task Without_a_token_every_other_endpoint_says_401()
    {
        var client = host.Anonymous();
        foreach (var (endpoint, method, path) in Calls(Guid.Empty).Where(call => !PublicEndpoints.Contains(call.Endpoint.RoutePattern.RawText)))
        {
            using var answer = await client.SendAsync(method, path, method == HttpMethod.Get || method == HttpMethod.Delete ? null : new { });
            answer.StatusCode.Should().Be(HttpStatusCode.Unauthorized, Describe(endpoint));
            answer.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
            answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json", Describe(endpoint));
        }
    }

    [Fact]
    public async Task Without_the_permission_every_endpoint_that_names_one_says_403_and_which()
    {
        var client = await host.UserAsync("nothing:read");
        foreach (var (endpoint, method, path) in Calls(Guid.Empty))
        {
            if (endpoint.Metadata.GetMetadata<Access>()!.Permission?.Replace("{type}", "sites", StringComparison.Ordinal) is not { } permission)
                continue;
            using var answer = await client.SendAsync(method, path, method == HttpMethod.Get || method == HttpMethod.Delete ? null : new { });
            answer.StatusCode.Should().Be(HttpStatusCode.Forbidden, Describe(endpoint));
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            ((string)problem["code"]!).Should().Be("missing_permission");
            ((string)problem["permission"]!).Should().Be(permission);
        }
    }

    [Theory]
    [InlineData("sites:read", "GET", "/api/sites", true)]
    [InlineData("sites:*", "GET", "/api/sites", true)]
    [InlineData("*:read", "GET", "/api/sites", true)]
    [InlineData("sites:read", "POST", "/api/sites", false)]
    [InlineData("sites:create", "GET", "/api/sites", false)]
    [InlineData("sit:read", "GET", "/api/sites", false)]
    [InlineData("migrations:*", "GET", "/api/sites", false)]
    [InlineData("sites:read", "GET", "/api/schema/sites", true)]
    [InlineData("sites:read", "GET", "/api/schema/migrations", false)]
    [InlineData("sites:read", "POST", "/api/sites/batch", true)] // of no item
    public async Task A_permission_allows_what_it_says_and_nothing_else(string permission, string method, string path, bool allowed)
    {
        var client = await host.UserAsync(permission);

        using var answer = await client.SendAsync(new HttpMethod(method), path, method == "GET" ? null : new { items = Array.Empty<object>() });

        (answer.StatusCode != HttpStatusCode.Forbidden).Should().Be(allowed, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_batch_needs_the_permission_of_each_method()
    {
        var client = await host.UserAsync("sites:create");
        object[] items = [new { method = "DELETE", id = Guid.Empty.ToString() }];

        (await client.RefusedAsync(HttpMethod.Post, "/api/sites/batch", new { items })).Should().Be((403, "missing_permission"));
    }

    [Fact]
    public async Task Who_may_write_users_cannot_give_power_to_themselves()
    {
        var client = await host.UserAsync("users:*", "roles:*");
        var me = await client.OkAsync(HttpMethod.Get, "/api/me");

        (await client.RefusedAsync(HttpMethod.Patch, $"/api/users/{me["user"]!["id"]}", new { roles = new[] { "admin" } })).Should().Be((403, "missing_permission"));
        (await client.RefusedAsync(HttpMethod.Post, "/api/roles", new { name = "mine", permissions = new[] { "*" } })).Should().Be((403, "missing_permission"));
        object[] items = [new { method = "POST", body = new { name = "mine", permissions = new[] { "*" } } }];
        (await client.RefusedAsync(HttpMethod.Post, "/api/roles/batch", new { items })).Should().Be((403, "missing_permission"));
        (await client.RefusedAsync(HttpMethod.Put, $"/api/users/{me["user"]!["id"]}/password", new { password = "Another-Good-One-3" })).Should().Be((403, "missing_permission"));
    }

    [Fact]
    public async Task An_id_of_another_tenant_is_as_unknown_as_none_on_every_endpoint()
    {
        var (_, other) = await host.TenantAsync("Contoso");
        var site = await other.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Secret site"));
        var theirs = Guid.Parse((string)site["id"]!);
        var checkedCalls = 0;
        foreach (var (endpoint, method, path) in Calls(theirs).Where(call => call.Path.Contains(theirs.ToString(), StringComparison.Ordinal)))
        {
            using var answer = await host.Admin.SendAsync(method, path, BodyFor(endpoint, method));
            var text = await answer.Content.ReadAsStringAsync();
            text.Should().NotContain("Secret site", Describe(endpoint));
            using var unknown = await host.Admin.SendAsync(method, path.Replace(theirs.ToString(), Guid.Empty.ToString(), StringComparison.Ordinal), BodyFor(endpoint, method));
            answer.StatusCode.Should().Be(unknown.StatusCode, Describe(endpoint) + " " + text);
            ((int)answer.StatusCode).Should().BeInRange(400, 499, Describe(endpoint) + " " + text);
            checkedCalls++;
        }
        checkedCalls.Should().BeGreaterThan(20);

        (await other.OkAsync(HttpMethod.Get, $"/api/sites/{theirs}"))["version"]!.GetValue<long>().Should().Be(1, "nobody of another tenant may change it");
        var listed = await host.Admin.OkAsync(HttpMethod.Get, "/api/sites?limit=500");
        listed["items"]!.AsArray().Select(item => (string)item!["name"]!).Should().NotContain("Secret site");
        (await host.Admin.RefusedAsync(HttpMethod.Post, "/api/migrations", new
        {
            name = "Across",
            siteId = theirs.ToString(),
            routingType = "direct_routing",
            targetCarrier = "verizon",
        })).Should().Be((422, "unknown_reference"));
    }

    [Fact]
    public async Task A_tenant_is_reached_only_by_its_members()
    {
        var (tenantId, other) = await host.TenantAsync("Fabrikam");

        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/sites", null, ("X-Tenant-Id", tenantId.ToString()))).Should().Be((403, "not_a_member"));
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/sites", null, ("X-Tenant-Id", "x"))).Should().Be((400, "invalid_tenant_id"));
        await other.OkAsync(HttpMethod.Get, "/api/sites", null, ("X-Tenant-Id", tenantId.ToString()));
    }

    [Fact]
    public async Task The_api_description_is_a_contract_and_covers_every_endpoint()
    {
        var description = await host.Anonymous().OkAsync(HttpMethod.Get, "/openapi/v1.json");

        var described = description["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")).ToHashSet();
        var missing = Endpoints().Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(endpoint => Methods(endpoint).Select(method => $"{method} {WithoutConstraints(endpoint)}")).Where(call => !described.Contains(call));
        missing.Should().BeEmpty();
        Contract.Matches("openapi.json", description.ToJsonString(Readable));
    }

    private IEnumerable<RouteEndpoint> Endpoints() => host.Parts.GetServices<EndpointDataSource>()
        .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .DistinctBy(endpoint => (endpoint.RoutePattern.RawText, string.Join(',', Methods(endpoint))));

    private IEnumerable<(RouteEndpoint Endpoint, HttpMethod Method, string Path)> Calls(Guid id)
    {
        foreach (var endpoint in Endpoints().Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)))
        {
            foreach (var method in Methods(endpoint))
            {
                var path = string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => segment.Parts.Single() switch
                {
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "type" } => "sites",
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "kind" } => "workflow",
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "number" } => "1",
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart part when part.Name.EndsWith("id", StringComparison.OrdinalIgnoreCase) => id.ToString(),
                    _ => "thing",
                }));
                yield return (endpoint, new HttpMethod(method), "/" + path);
            }
        }
    }

    private static IEnumerable<string> Methods(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [];

    /// <summary>As good a body as the endpoint needs to look at the id.</summary>
    private static object? BodyFor(RouteEndpoint endpoint, HttpMethod method) => endpoint.RoutePattern.RawText switch
    {
        _ when method == HttpMethod.Get || method == HttpMethod.Delete => null,
        { } path when path.EndsWith("/tags", StringComparison.Ordinal) => new { tag = "x" },
        { } path when path.Contains("/comments", StringComparison.Ordinal) => new { body = "x" },
        { } path when path.EndsWith("/password", StringComparison.Ordinal) => new { password = "A-Good-Password-5" },
        { } path when path.EndsWith("/assign", StringComparison.Ordinal) || path.EndsWith("/delegate", StringComparison.Ordinal) => new { userId = Guid.Empty.ToString() },
        { } path when path.EndsWith("/scripts", StringComparison.Ordinal) => new { template = "teams-assign-numbers" },
        _ => new { },
    };

    private static string WithoutConstraints(RouteEndpoint endpoint) =>
        System.Text.RegularExpressions.Regex.Replace(endpoint.RoutePattern.RawText!, @"\{(\w+)[:?][^}]*\}", "{$1}").TrimEnd('/');

    private static string Describe(RouteEndpoint endpoint) => $"{string.Join(',', Methods(endpoint))} {endpoint.RoutePattern.RawText}";
}
