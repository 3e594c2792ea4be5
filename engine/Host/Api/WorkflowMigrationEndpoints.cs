using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Alterations;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Operations;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Host.Api;

/// <summary>Moving the running instances of a workflow to another version: what would become of them, some, the rest, and back.</summary>
internal static class WorkflowMigrationEndpoints
{
    private const int MostInstances = 10_000;

    private static readonly string[] Outcomes = ["kept", "changed", "refused", "skipped"];
    private static readonly string[] Undos = ["restored", "moved_since", "went_on", "gone"];

    public static void MapWorkflowMigrations(this IEndpointRouteBuilder api)
    {
        var migrations = api.MapGroup("/artefacts/workflow/{key}/migrations").WithTags("Artefacts");
        migrations.MapGet("", Plan).RequirePermission("workflow-instances:read")
            .WithSummary("How many instances run each version; with from and to also where the activities and states of one are found in the other")
            .WithMetadata(new Shape(Response: "Object") { Query = [("from", "the version that they run"), ("to", "the version that they shall run")] });
        migrations.MapPost("", Start).RequirePermission("workflow-instances:manage")
            .WithSummary("Moves instances to another version, or with dryRun says what would become of each: an operation")
            .WithMetadata(new Shape("WorkflowMigration", "Operation", StatusCodes.Status202Accepted));
        api.MapGet("/operations/{id:guid}/instances", Instances).RequirePermission("workflow-instances:read").WithTags("Operations")
            .WithSummary("What became of every instance of a migration, or would become")
            .WithMetadata(new Shape(Response: "Items")
            {
                Query = [("outcome", string.Join(", ", Outcomes)), ("undo", string.Join(", ", Undos)), ("limit", "from 1 to 500; 50"), ("after", "next of the page before")],
            });
    }

    /// <summary>Whoever may move may take back, whoever did it.</summary>
    public static async Task<IResult> UndoAsync(
        Operation operation, HttpContext http, MigrationUndo undo, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        caller.Demand("workflow-instances:manage");
        return await idempotency.OnceAsync(http, ReadOnlyMemory<byte>.Empty, async ticket => OperationEndpoints.Accepted(await undo.StartAsync(
            operation, caller.Change("migration_undone", time.GetUtcNow()), ct, (step, started) => ticket.AddTo(step, OperationEndpoints.Accepted(started)))), ct);
    }

    private static async Task<IResult> Plan(
        string key, HttpContext http, ArtefactStore artefacts, WorkflowMigration migration, CancellationToken ct)
    {
        var tenantId = http.Caller().TenantId;
        var counted = await migration.VersionsAsync(tenantId, key, ct);
        var known = await artefacts.VersionsAsync(tenantId, "workflow", key, ct);
        var versions = known.Where(version => version is { Number: not null, State: not "retracted" }).Select(version => version.Number!.Value).Union(counted.Keys).OrderDescending();
        var answer = new JsonObject
        {
            ["versions"] = new JsonArray([.. versions.Select(number => (JsonNode)new JsonObject
            {
                ["version"] = number,
                ["state"] = known.FirstOrDefault(version => version.Number == number)?.State,
                ["running"] = counted.GetValueOrDefault(number).Running,
                ["failed"] = counted.GetValueOrDefault(number).Failed,
            })]),
        };
        if (Number("from") is not { } from || Number("to") is not { } to)
            return Answer.Of(answer);
        var (before, after) = (await migration.VersionAsync(tenantId, key, from, "from", ct), await migration.VersionAsync(tenantId, key, to, "to", ct));
        answer["activities"] = new JsonArray([.. Ordered(before).Select(node => (JsonNode)Proposal(node, after))]);
        answer["targets"] = new JsonArray([.. Ordered(after).Select(node => (JsonNode)Describe(node))]);
        var (statesBefore, statesAfter) = (WorkflowMigration.States(before), WorkflowMigration.States(after));
        answer["states"] = new JsonArray([.. statesBefore.Select(name => (JsonNode)new JsonObject { ["name"] = name, ["to"] = statesAfter.Contains(name) ? name : null })]);
        answer["targetStates"] = new JsonArray([.. statesAfter.Select(name => (JsonNode)name)]);
        return Answer.Of(answer);

        int? Number(string name) => http.Request.Query[name].ToString() is not { Length: > 0 } text ? null
            : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number
            : throw ProblemException.Malformed("invalid_version", name, $"{name} is the number of a version.");
    }

    private static IEnumerable<ActivityNode> Ordered(WorkflowGraph graph) =>
        graph.Nodes.Where(node => node.Parent is not null).OrderBy(node => node.NodeId, StringComparer.Ordinal);

    private static JsonObject Describe(ActivityNode node) => new() { ["id"] = node.Id, ["name"] = node.Name ?? node.Id, ["type"] = node.Type, ["inside"] = node.Parent!.Id };

    private static JsonObject Proposal(ActivityNode node, WorkflowGraph after)
    {
        var json = Describe(node);
        var twin = after.Find(node.Id);
        json["to"] = twin is not null && twin.Type == node.Type ? twin.Id : null;
        json["problem"] = twin is null ? "missing" : twin.Type != node.Type ? "type_differs" : null;
        return json;
    }

    private static async Task<IResult> Start(
        string key, HttpContext http, WorkflowMigration migration, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var body = await RequestBody.ReadAsync(http, ct);
        var request = Read(key, body.Object);
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => OperationEndpoints.Accepted(await migration.StartAsync(
            caller.TenantId, request, caller.Change("migrated", time.GetUtcNow()), ct, (step, operation) => ticket.AddTo(step, OperationEndpoints.Accepted(operation)))), ct);
    }

    private static async Task<IResult> Instances(Guid id, HttpContext http, WorkflowMigration migration, OperationStore operations, CancellationToken ct)
    {
        var caller = http.Caller();
        var operation = await operations.GetAsync(caller.TenantId, id, ct);
        if (operation is not { Kind: WorkflowMigration.KindName })
            throw new ProblemException(404, "not_found", $"There is no migration {id}.");
        var (limit, after) = ListPage.Of(http.Request.Query);
        var (items, next) = await migration.PageAsync(caller.TenantId, id, Choice("outcome", Outcomes), Choice("undo", Undos), after, limit, ct);
        return Answer.Of(new JsonObject { ["items"] = items, ["next"] = next?.ToString() });

        string? Choice(string name, string[] choices) => http.Request.Query[name].ToString() is not { Length: > 0 } text ? null
            : choices.Contains(text) ? text
            : throw ProblemException.Malformed("invalid_choice", name, $"{name} is one of {string.Join(", ", choices)}.");
    }

    private static MigrationRequest Read(string key, JsonObject body)
    {
        if (body.Select(member => member.Key).Except(["from", "to", "map", "states", "instances", "createdBefore", "canary", "dryRun"]).FirstOrDefault() is { } unknown)
            throw ProblemException.Malformed("unknown_field", unknown, "A migration has from, to, map, states, instances, createdBefore, canary and dryRun.");
        return new MigrationRequest(
            key, Whole("from") ?? throw Invalid("from", "from is the number of the version that the instances run."),
            Whole("to") ?? throw Invalid("to", "to is the number of the version that they shall run."),
            new MigrationMap(Names("map"), Names("states")), Ids(), Instant(), Whole("canary"), Flag());

        int? Whole(string name) => body[name] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<int>(out var number) && number >= 1 => number,
            _ => throw Invalid(name, $"{name} is a whole number from 1."),
        };

        Dictionary<string, string> Names(string name) => body[name] switch
        {
            null => [],
            JsonObject json when json.All(entry => entry.Value?.GetValueKind() == JsonValueKind.String) => json.ToDictionary(entry => entry.Key, entry => (string)entry.Value!),
            _ => throw Invalid(name, $"{name} is an object: a name of the one version → a name of the other."),
        };

        IReadOnlyList<Guid>? Ids() => body["instances"] switch
        {
            null => null,
            JsonArray { Count: <= MostInstances } list => [.. list.Select(id => id?.GetValueKind() == JsonValueKind.String && Guid.TryParse((string?)id, out var parsed)
                ? parsed
                : throw Invalid("instances", "instances is a list of ids of workflow instances."))],
            _ => throw Invalid("instances", $"instances is a list of at most {MostInstances} ids; leave it out for all."),
        };

        DateTimeOffset? Instant() => body["createdBefore"] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var text) && FieldText.TryParseInstant(text, out var at) => at,
            _ => throw Invalid("createdBefore", "createdBefore is an instant such as 2026-12-01T00:00:00Z."),
        };

        bool Flag() => body["dryRun"] switch
        {
            null => false,
            JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
            _ => throw Invalid("dryRun", "dryRun is true or false."),
        };
    }

    private static ProblemException Invalid(string field, string detail) => ProblemException.Invalid([new FieldError(field, "invalid_value", detail)]);
}
