using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain.Identity;
using Switchboard.Host;
using Switchboard.Host.Identity;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

[CollectionDefinition(nameof(ApiHost))]
public sealed class ApiHostCollection : ICollectionFixture<ApiHost>;

/// <summary>The service in this process, on a port of its own and a database of its own; shared by the tests of the HTTP API.</summary>
public sealed class ApiHost : IAsyncLifetime
{
    public const string AdminEmail = "admin@api.example";
    public const string Password = "Correct-Horse-9-Battery";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<HttpClient> clients = [];
    private Node node = null!;

    public HttpClient Admin { get; private set; } = null!;

    public Uri Address => node.Address;

    internal IServiceProvider Parts => node.Parts;

    public async Task InitializeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        node = await Node.StartAsync(
            new Settings
            {
                Url = "http://127.0.0.1:0",
                Db = await TestPostgres.CreateDatabaseAsync("api"),
                AdminEmail = AdminEmail,
                AdminPassword = Password,
            },
            TimeProvider.System,
            patience.Token);
        Admin = await SignInAsync(AdminEmail);
    }

    public async Task DisposeAsync()
    {
        foreach (var client in clients)
            client.Dispose();
        await node.DisposeAsync();
    }

    /// <summary>A client without a token.</summary>
    public HttpClient Anonymous()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = node.Address };
        clients.Add(client);
        return client;
    }

    public async Task<HttpClient> SignInAsync(string email, string password = Password)
    {
        var client = Anonymous();
        var tokens = await client.OkAsync(HttpMethod.Post, "/api/auth/login", new { email, password });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)tokens["accessToken"]!);
        return client;
    }

    /// <summary>A signed-in user of the first tenant whose one role has these permissions.</summary>
    public async Task<HttpClient> UserAsync(params string[] permissions)
    {
        var name = $"r{Guid.CreateVersion7(DateTimeOffset.UnixEpoch):N}";
        await Admin.OkAsync(HttpMethod.Post, "/api/roles", new { name, permissions });
        var email = $"{name}@api.example";
        var user = await Admin.OkAsync(HttpMethod.Post, "/api/users", new { email, displayName = name, roles = new[] { name } });
        using var set = await Admin.SendAsync(HttpMethod.Put, $"/api/users/{user["id"]}/password", new { password = Password });
        set.EnsureSuccessStatusCode();
        return await SignInAsync(email);
    }

    /// <summary>The administrator of another tenant, signed in.</summary>
    public async Task<(Guid TenantId, HttpClient Client)> TenantAsync(string name)
    {
        var (committer, now) = (Parts.GetRequiredService<GroupCommitter>(), TimeProvider.System.GetUtcNow());
        var context = ChangeContext.Engine("test", now);
        var step = new Step(Guid.CreateVersion7(now));
        NewTenant.Add(step, name, context);
        var email = $"admin@{name.ToLowerInvariant()}.example";
        var admin = new User
        {
            Id = Guid.CreateVersion7(now),
            TenantId = step.TenantId,
            Email = email,
            DisplayName = name,
            Roles = new JsonArray(NewTenant.AdminRole),
        };
        RecordChanges.Create(step, Domain.RecordTypes.Of<User>(), admin, context);
        step.Insert(SystemTables.Credentials, step.TenantId, admin.Id, Passwords.Hash(Password), now, 1L);
        await committer.CommitAsync(step, CancellationToken.None);
        return (step.TenantId, await SignInAsync(email));
    }
}

internal static class HttpCalls
{
    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }

    /// <summary>The body of a call that must succeed.</summary>
    public static async Task<JsonObject> OkAsync(
        this HttpClient client, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var answer = await client.SendAsync(method, path, body, headers);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text.Length == 0 ? "{}" : text)!.AsObject()
            : throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {text}");
    }

    /// <summary>Status and code of a call that must be refused with a problem document.</summary>
    public static async Task<(int Status, string? Code)> RefusedAsync(
        this HttpClient client, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var answer = await client.SendAsync(method, path, body, headers);
        return await answer.ProblemAsync();
    }

    public static async Task<(int Status, string? Code)> ProblemAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode < HttpStatusCode.BadRequest || answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            throw new InvalidOperationException($"No problem document: {(int)answer.StatusCode} {answer.Content.Headers.ContentType} {text}");
        var problem = JsonNode.Parse(text)!;
        if ((int?)problem["status"] != (int)answer.StatusCode || problem["traceId"] is null || problem["title"] is null || problem["type"] is null || problem["detail"] is null)
            throw new InvalidOperationException($"Not a whole problem document: {text}");
        return ((int)answer.StatusCode, (string?)problem["code"]);
    }

    /// <summary>Bytes as they are, with whatever content type.</summary>
    public static async Task<HttpResponseMessage> RawAsync(this HttpClient client, string method, string path, byte[] body, string? contentType)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(body) };
        if (contentType is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await client.SendAsync(request);
    }

    public static byte[] Utf8(this string text) => Encoding.UTF8.GetBytes(text);
}
