using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Microsoft.Net.Http.Headers;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Activities.Http;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Elsa;

/// <summary>
/// Workflows that answer HTTP: a request under <c>/workflows/</c> starts the one whose HTTP endpoint has its path and method,
/// or resumes the instance that waits for it. One tenant is meant by every request, and no other's workflow ever serves it: the
/// one whose id begins the path (<c>/workflows/{tenant}/…</c>), else that of who is signed in, else the one that
/// <c>X-Tenant-Id</c> names, else the first tenant of the installation.
/// </summary>
internal static class HttpWorkflows
{
    private const long MostBytes = 32 << 20;

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"];

    public static void MapHttpWorkflows(this WebApplication app) =>
        app.MapMethods("/workflows/{**path}", Methods, ServeAsync).Public().LimitBody(MostBytes).AddEndpointFilter(new ElsaErrors());

    /// <summary>An answer that a workflow wrote.</summary>
    public static IResult ResultOf(HttpAnswer answer) => new WrittenAnswer(answer);

    private static async Task<IResult> ServeAsync(
        string? path, HttpContext http, Definitions definitions, Database database, InstanceRunner runner, Callers callers, TimeProvider time, CancellationToken ct)
    {
        var caller = await callers.FindAsync(http, mayChoose: false, ct);
        (var tenantId, path) = await AddressedAsync(path ?? "", http, caller, database, ct);
        if (caller?.TenantId != tenantId)
            caller = null; // nobody is signed in at somebody else's
        var (route, method) = (HttpEndpoint.Normalize(path), http.Request.Method.ToLowerInvariant());
        var endpoints = EndpointsOf(definitions, tenantId).ToList();
        var starts = endpoints.Where(endpoint => endpoint.IsTrigger && endpoint.Methods.Contains(method) && Match(endpoint.Path, path) is not null).ToList();
        if (starts.Count > 1)
            throw new ProblemException(500, "ambiguous_endpoint", $"Several workflows serve {method} /{route}.");
        if (starts is [var start])
        {
            Authorize(start, caller);
            var live = new LiveRequest(await ReadAsync(http, Match(start.Path, path)!, ct));
            var result = await runner.StartAsync(
                new InstanceStart(start.TenantId, start.DefinitionId) { TriggerActivityId = start.ActivityId, CorrelationId = CorrelationOf(http) },
                new Delivery(ContextOf(caller, time)) { Live = live }, ct);
            return result.Outcome == StartOutcome.Started ? AnswerOf(live, result.State!) : throw ElsaErrors.Invalid("", "The workflow's activation strategy does not allow another running instance now.");
        }
        return await ResumeAsync(tenantId, path, route, method, endpoints, http, caller, database, runner, time, ct);
    }

    /// <summary>The tenant that is meant, and the path without it.</summary>
    /// <exception cref="ProblemException">400 when the header names none.</exception>
    private static async Task<(Guid TenantId, string Path)> AddressedAsync(string path, HttpContext http, Caller? caller, Database database, CancellationToken ct)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (Guid.TryParseExact(slash < 0 ? path : path[..slash], "D", out var named))
            return (named, slash < 0 ? "" : path[(slash + 1)..]);
        if (caller is not null)
            return (caller.TenantId, path);
        if (http.Request.Headers["X-Tenant-Id"].ToString() is { Length: > 0 } header)
            return Guid.TryParse(header, out var asked) ? (asked, path) : throw ElsaErrors.Invalid("X-Tenant-Id", "X-Tenant-Id must be the id of a tenant.");
        await using var command = database.Engine.CreateCommand("select id from tenants order by created_at, id limit 1");
        return await command.ExecuteScalarAsync(ct) is Guid first ? (first, path) : throw ElsaErrors.NotFound("There is no tenant yet.");
    }

    private static async Task<IResult> ResumeAsync(
        Guid tenantId, string path, string route, string method, List<Endpoint> endpoints, HttpContext http, Caller? caller, Database database, InstanceRunner runner, TimeProvider time, CancellationToken ct)
    {
        var templates = endpoints.Where(endpoint => Match(endpoint.Path, path) is not null).Select(endpoint => endpoint.Path).Append(route).Distinct().ToList();
        var hashes = templates.ToDictionary(template => StimulusHash.Of(HttpEndpoint.StimulusName, HttpEndpoint.PayloadOf(template, method)), template => template);
        var waiting = await WaitingAsync(database, tenantId, [.. hashes.Keys], http, ct);
        if (waiting.Count == 0)
            throw ElsaErrors.NotFound($"No workflow serves {method.ToUpperInvariant()} /{route}.");
        if (waiting.Count > 1)
            throw new ProblemException(500, "ambiguous_endpoint", "Several instances wait for this request: say which with workflowInstanceId or correlationId.");
        var (instanceId, bookmarkId, hash) = waiting[0];
        if (endpoints.FirstOrDefault(endpoint => endpoint.Path == hashes[hash] && endpoint.Methods.Contains(method)) is { } declared)
            Authorize(declared, caller);
        var live = new LiveRequest(await ReadAsync(http, Match(hashes[hash], path) ?? [], ct));
        var result = await runner.DeliverAsync(
            tenantId, instanceId, state => state.FindBookmark(bookmarkId) is null ? null : new Stimulus.Resume(bookmarkId),
            new Delivery(ContextOf(caller, time)) { Live = live }, ct);
        return result.Ignored ? throw ElsaErrors.NotFound("The instance does not wait any more.") : AnswerOf(live, result.State!);
    }

    private static IResult AnswerOf(LiveRequest live, InstanceState state)
    {
        if (live.Answer is { } answer)
            return ResultOf(answer);
        return state is { SubStatus: InstanceSubStatus.Faulted, Incidents: [.., var incident] }
            ? ElsaErrors.Of(new ProblemException(500, "workflow_faulted", $"The workflow failed at {incident.ActivityId}: {incident.Message}"))
            : Answer.Of(new JsonObject { ["workflowInstanceIds"] = new JsonArray() });
    }

    private static IEnumerable<Endpoint> EndpointsOf(Definitions definitions, Guid tenantId)
    {
        foreach (var (owner, graph) in definitions.AllPublished().Where(entry => entry.TenantId == tenantId))
        {
            foreach (var node in graph.Nodes.Where(node => node.Activity is HttpEndpoint))
            {
                if (EndpointOf(owner, graph.DefinitionId, node, graph.Triggers.Any(trigger => trigger.ActivityId == node.Id)) is { } endpoint)
                    yield return endpoint;
            }
        }
    }

    private static Endpoint? EndpointOf(Guid tenantId, string definitionId, Workflows.Definitions.ActivityNode node, bool isTrigger)
    {
        try
        {
            var payload = node.Activity.TriggerPayload(node)!;
            return new Endpoint(
                tenantId, definitionId, node.Id, (string)payload["Path"]!, [.. ((JsonArray)payload["Methods"]!).Select(method => (string)method!)],
                (bool)payload["Authorize"]!, (string?)payload["Policy"], isTrigger);
        }
        catch (Workflows.ActivityException)
        {
            return null; // its path is computed when an instance gets there, and then it is found by that
        }
    }

    /// <summary>The values of a template's names; null if the path is another one.</summary>
    private static JsonObject? Match(string template, string path)
    {
        var (wanted, given) = (template.Split('/'), path.Trim('/').Split('/'));
        if (wanted.Length != given.Length)
            return null;
        var values = new JsonObject();
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] is ['{', .. var name, '}'])
                values[name.Split(':')[0].TrimEnd('?')] = Uri.UnescapeDataString(given[i]);
            else if (!wanted[i].Equals(given[i], StringComparison.OrdinalIgnoreCase))
                return null;
        }
        return values;
    }

    private static void Authorize(Endpoint endpoint, Caller? caller)
    {
        if (!endpoint.Authorize && string.IsNullOrEmpty(endpoint.Policy))
            return;
        if (caller is null)
            throw new ProblemException(401, "not_authenticated", "Send a valid access token: Authorization: Bearer <token>.");
        if (endpoint.Policy is { Length: > 0 } policy)
            caller.Demand(policy);
    }

    private static ChangeContext ContextOf(Caller? caller, TimeProvider time) =>
        caller?.Change("http_request", time.GetUtcNow()) ?? ChangeContext.Engine("http_request", time.GetUtcNow());

    private static string? CorrelationOf(HttpContext http) => http.Query("correlationId") ?? (http.Request.Headers["x-correlation-id"].ToString() is { Length: > 0 and <= 200 } header ? header : null);

    private static async Task<List<(Guid InstanceId, string BookmarkId, string Hash)>> WaitingAsync(
        Database database, Guid tenantId, string[] hashes, HttpContext http, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            select instance_id, bookmark_id, hash from bookmarks
            where tenant_id = $1 and hash = any($2) and ($3::uuid is null or instance_id = $3) and ($4::text is null or correlation_id = $4) limit 2
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = hashes });
        var instance = http.Query("workflowInstanceId") ?? http.Request.Headers["x-workflow-instance-id"].ToString();
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.TryParse(instance, out var id) ? id : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)CorrelationOf(http) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        var found = new List<(Guid, string, string)>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found.Add((reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));
        return found;
    }

    /// <summary>The request as data. Cookies and tokens stay outside: a workflow has no business with them.</summary>
    private static async Task<JsonObject> ReadAsync(HttpContext http, JsonObject routeData, CancellationToken ct)
    {
        var request = http.Request;
        var files = new JsonArray();
        JsonNode? content = null;
        long length = 0;
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(ct);
            content = new JsonObject(form.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value.ToString())));
            foreach (var file in form.Files)
            {
                using var buffer = new MemoryStream();
                await file.CopyToAsync(buffer, ct);
                length += file.Length;
                files.Add((JsonNode)new JsonObject { ["Name"] = file.Name, ["FileName"] = file.FileName, ["ContentType"] = file.ContentType, ["Length"] = file.Length, ["Content"] = Convert.ToBase64String(buffer.ToArray()) });
            }
        }
        else
        {
            var bytes = await RequestBody.BytesAsync(http, ct);
            length = bytes.Length;
            content = bytes.Length == 0 ? null : Parse(request, bytes);
        }
        var headers = new JsonObject(request.Headers.Where(header => header.Key is not ("Authorization" or "Cookie"))
            .Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value.ToString())));
        var query = new JsonObject(request.Query.Select(value => KeyValuePair.Create(value.Key, (JsonNode?)value.Value.ToString())));
        return new JsonObject
        {
            ["Request"] = new JsonObject { ["Method"] = request.Method, ["Path"] = request.Path.Value, ["QueryString"] = request.QueryString.Value, ["ContentType"] = request.ContentType, ["Headers"] = headers.DeepClone() },
            ["RouteData"] = routeData,
            ["QueryStringData"] = query,
            ["Headers"] = headers,
            ["ParsedContent"] = content,
            ["Files"] = files,
            ["ContentLength"] = length,
        };
    }

    private static JsonNode? Parse(HttpRequest request, byte[] bytes)
    {
        if (!request.HasJsonContentType())
            return Encoding.UTF8.GetString(bytes);
        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw RequestBody.Malformed(e);
        }
    }

    private sealed record Endpoint(Guid TenantId, string DefinitionId, string ActivityId, string Path, IReadOnlyList<string> Methods, bool Authorize, string? Policy, bool IsTrigger);

    private sealed class WrittenAnswer(HttpAnswer answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            if (answer.FileName is not null || answer.IsResumable)
            {
                return Results.File(
                    answer.Body, answer.ContentType, answer.FileName, answer.IsResumable,
                    entityTag: answer.EntityTag is { Length: > 0 } tag ? new EntityTagHeaderValue(tag.StartsWith('"') ? tag : $"\"{tag}\"") : null).ExecuteAsync(httpContext);
            }
            response.StatusCode = answer.Status;
            foreach (var (name, value) in answer.Headers.Where(header => IsAllowed(header.Key)))
                response.Headers.Append(name, value.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));
            if (answer.Status is 204 or 304)
                return Task.CompletedTask;
            if (answer.ContentType is not null)
                response.ContentType = answer.ContentType;
            response.Headers.ContentLength = answer.Body.Length;
            return HttpMethods.IsHead(httpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(answer.Body, httpContext.RequestAborted).AsTask();
        }

        /// <summary>The frame of the answer is the server's.</summary>
        private static bool IsAllowed(string name) => !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) && !name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase);
    }
}
