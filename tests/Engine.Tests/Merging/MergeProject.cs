using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Npgsql;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;

namespace Switchboard.Engine.Tests.Merging;

/// <summary>A tenant with records of its own, and all its rows, so that two states of it can be compared.</summary>
internal sealed class MergeProject(ApiHost host, Guid tenantId, HttpClient client)
{
    /// <summary>What tells of events, or is made by the passing of time: it is added to, and never as it was before.</summary>
    private const string AddedTo =
        "history, audit, events, journal, operations, merges, deletions, idempotency_keys, sessions, decisions, inbox_seen";

    private static int names;

    public HttpClient Client { get; } = client;

    public Guid TenantId { get; } = tenantId;

    public string Site { get; private set; } = "";

    public static async Task<MergeProject> CreateAsync(ApiHost host)
    {
        var (tenantId, client) = await host.TenantAsync(Unique("merge"));
        var project = new MergeProject(host, tenantId, client);
        project.Site = await project.AddAsync("sites", RecordApiTests.SiteBody(Unique("Site")));
        return project;
    }

    public static string Unique(string name) => $"{name}{Interlocked.Increment(ref names)}";

    public async Task<string> AddAsync(string type, object body) => (await Client.OkAsync(HttpMethod.Post, $"/api/{type}", body))["id"]!.ToString();

    public Task<string> AddMigrationAsync(object? more = null) =>
        AddAsync("migrations", more ?? new { name = Unique("Migration"), siteId = Site, routingType = "direct_routing", targetCarrier = "verizon" });

    public Task<string> AddUserAsync(string migration, string? department = null, string? extension = null) =>
        AddAsync("end-users", new { upn = $"{Unique("u")}@contoso.example", displayName = Unique("User "), migrationId = migration, department, extension });

    public Task<string> AddNumberAsync(string migration, string? endUser = null) =>
        AddAsync("phone-numbers", new { number = $"+1617{5_550_000 + Interlocked.Increment(ref names)}", type = "user", migrationId = migration, endUserId = endUser });

    /// <summary>A number whose letter of authorization was rejected, so that there is a task about it.</summary>
    public async Task<string> AddRejectedNumberAsync(string migration)
    {
        var number = await AddNumberAsync(migration);
        await ActAsync("phone-numbers", number, "submit_loa");
        await ActAsync("phone-numbers", number, "reject_loa", new { reasonCode = "account_number_mismatch" });
        return number;
    }

    public Task<JsonObject> GetAsync(string path) => Client.OkAsync(HttpMethod.Get, path);

    public async Task<List<JsonNode>> ListAsync(string path) => [.. (await GetAsync(path))["items"]!.AsArray().Select(item => item!)];

    public Task CommentAsync(string type, string id, string body) => Client.OkAsync(HttpMethod.Post, $"/api/{type}/{id}/comments", new { body });

    public Task TagAsync(string type, string id, string tag) => Client.OkAsync(HttpMethod.Post, $"/api/{type}/{id}/tags", new { tag });

    public async Task AttachAsync(string type, string id, string name)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(name)), "file", name } };
        using var uploaded = await Client.PostAsync(new Uri($"/api/{type}/{id}/files", UriKind.Relative), form);
        uploaded.StatusCode.Should().Be(HttpStatusCode.Created);
    }

    public Task<JsonObject> ActAsync(string type, string id, string action, object? data = null) =>
        Client.OkAsync(HttpMethod.Post, $"/api/{type}/{id}/actions/{action}", data ?? new { });

    /// <returns>The target as answered, and the address of the operation.</returns>
    public async Task<(JsonObject Record, string Operation)> MergeAsync(string type, string target, string source, object? fields = null)
    {
        using var answer = await Client.SendAsync(HttpMethod.Post, $"/api/{type}/{target}/merge", new { sourceId = source, fields = fields ?? new { } });
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.Should().Be(HttpStatusCode.OK, text);
        return (JsonNode.Parse(text)!.AsObject(), answer.Headers.Location!.ToString());
    }

    public Task<JsonObject> UndoAsync(string operation) => Client.OkAsync(HttpMethod.Post, $"{operation}/undo");

    /// <summary>The problem document of a call that must be refused.</summary>
    public async Task<JsonObject> RefusedAsync(string path, object? body, int status, string code)
    {
        using var answer = await Client.SendAsync(HttpMethod.Post, path, body);
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).Should().Be(status, text);
        var problem = JsonNode.Parse(text)!.AsObject();
        ((string)problem["code"]!).Should().Be(code, text);
        return problem;
    }

    /// <summary>Every row of the tenant without its version and the instant of its last change, by table and id.</summary>
    public async Task<SortedDictionary<string, string>> RowsAsync()
    {
        var database = host.Parts.GetRequiredService<Database>();
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in await TablesAsync(database))
        {
            await using var command = database.Engine.CreateCommand($"""
                select r.id::text, (to_jsonb(r) - 'version' - 'updated_at' - 'claimed_until')::text from {table} r where r.tenant_id = $1
                """);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = TenantId });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                rows.Add($"{table} {reader.GetString(0)}", reader.GetString(1));
        }
        return rows;
    }

    private static async Task<List<string>> TablesAsync(Database database)
    {
        await using var command = database.Engine.CreateCommand("""
            select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> all(string_to_array($1, ', '))
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = AddedTo });
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync())
            tables.Add(reader.GetString(0));
        return tables;
    }
}
