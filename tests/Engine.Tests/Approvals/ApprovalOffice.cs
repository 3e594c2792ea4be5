using System.Text.Json.Nodes;

using Switchboard.Engine.Tests.Artefacts;
using Switchboard.Engine.Tests.Http;

namespace Switchboard.Engine.Tests.Approvals;

/// <summary>People of one tenant who ask and decide, each signed in with a role of that name.</summary>
internal sealed class ApprovalOffice(HttpClient admin, Func<string, Task<HttpClient>> signIn)
{
    private static readonly string[] Permissions = ["approvals:read", "approvals:create", "approvals:act", "tasks:read", "tasks:work", "sites:read"];

    private static int names;

    public HttpClient Admin { get; } = admin;

    public static async Task<ApprovalOffice> CreateAsync(ApiHost host) =>
        new((await host.TenantAsync($"approvals{Interlocked.Increment(ref names)}")).Client, email => host.SignInAsync(email));

    /// <summary>A new user with these roles, which are made if they are not there.</summary>
    public async Task<(string Id, HttpClient Client)> PersonAsync(params string[] roles)
    {
        foreach (var role in roles)
        {
            if ((await ListAsync(Admin, $"/api/roles?name={role}")).Count == 0)
                await Admin.OkAsync(HttpMethod.Post, "/api/roles", new { name = role, permissions = Permissions });
        }
        var email = $"p{Interlocked.Increment(ref names)}@office.example";
        var id = (await Admin.OkAsync(HttpMethod.Post, "/api/users", new { email, displayName = $"{string.Join("+", roles)} {names}", roles }))["id"]!.ToString();
        using var set = await Admin.SendAsync(HttpMethod.Put, $"/api/users/{id}/password", new { password = ApiHost.Password });
        set.EnsureSuccessStatusCode();
        return (id, await signIn(email));
    }

    public static Task<JsonObject> RequestAsync(HttpClient who, string type, object data, object? subject = null) =>
        who.OkAsync(HttpMethod.Post, "/api/approvals", new { type, data, subject });

    public static Task<JsonObject> GetAsync(HttpClient who, JsonObject approval) => who.OkAsync(HttpMethod.Get, $"/api/approvals/{approval["id"]}");

    /// <summary>The open tasks of an approval, oldest first.</summary>
    public async Task<List<JsonNode>> TasksAsync(JsonObject approval) =>
        [.. (await ListAsync(Admin, $"/api/tasks?subjectType=approvals&subjectId={approval["id"]}&status[in]=open,claimed&sort=createdAt"))];

    public static Task<JsonObject> DecideAsync(HttpClient who, JsonNode task, string outcome, string? comment = null) =>
        who.OkAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome, data = comment is null ? [] : new JsonObject { ["comment"] = comment } });

    public static Task<(int Status, string? Code)> RefusedAsync(HttpClient who, JsonNode task, string outcome, string? comment = null) =>
        who.RefusedAsync(HttpMethod.Post, $"/api/tasks/{task["id"]}/complete", new { outcome, data = comment is null ? [] : new JsonObject { ["comment"] = comment } });

    public static async Task<List<JsonNode>> ListAsync(HttpClient who, string path) => [.. (await who.OkAsync(HttpMethod.Get, path))["items"]!.AsArray().Select(item => item!)];

    /// <summary>The tenant's own rules, as a FEEL expression that may look at type and amount.</summary>
    public Task PublishRulesAsync(string feel) => Admin.PublishAsync("decision", "approval-levels", $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="own_levels" name="Own levels" namespace="urn:test:own-levels">
          <inputData id="t" name="type"><variable id="tv" name="type" typeRef="string" /></inputData>
          <inputData id="a" name="amount"><variable id="av" name="amount" typeRef="number" /></inputData>
          <decision id="d" name="Own levels">
            <variable id="dv" name="Own levels" />
            <informationRequirement id="dt"><requiredInput href="#t" /></informationRequirement>
            <informationRequirement id="da"><requiredInput href="#a" /></informationRequirement>
            <literalExpression id="dl"><text>{System.Security.SecurityElement.Escape(feel)}</text></literalExpression>
          </decision>
        </definitions>
        """);
}
