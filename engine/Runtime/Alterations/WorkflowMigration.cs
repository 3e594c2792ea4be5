using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Operations;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Alterations;

/// <summary>Which instances are moved from which version to which, and how.</summary>
/// <param name="Instances">Only these; null for all that run this version.</param>
/// <param name="CreatedBefore">Only those that were started before; null for all.</param>
/// <param name="Canary">At most this many, the oldest first; null for all.</param>
/// <param name="DryRun">Only says what would become of them.</param>
public sealed record MigrationRequest(
    string Key, int From, int To, MigrationMap Map, IReadOnlyList<Guid>? Instances, DateTimeOffset? CreatedBefore, int? Canary, bool DryRun)
{
    public JsonObject ToJson(ChangeContext context) => new()
    {
        ["key"] = Key,
        ["from"] = From,
        ["to"] = To,
        ["map"] = new JsonObject(Map.Activities.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        ["states"] = new JsonObject(Map.States.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        ["instances"] = Instances is null ? null : new JsonArray([.. Instances.Select(id => (JsonNode)id.ToString())]),
        ["createdBefore"] = CreatedBefore is { } instant ? FieldText.Format(instant) : null,
        ["canary"] = Canary,
        ["dryRun"] = DryRun,
        ["actorId"] = context.ActorId?.ToString(),
        ["actor"] = context.Actor,
    };

    public static MigrationRequest Of(JsonObject json) => new(
        (string)json["key"]!, (int)json["from"]!, (int)json["to"]!, new MigrationMap(Names(json["map"]), Names(json["states"])),
        (json["instances"] as JsonArray)?.Select(id => Guid.Parse((string)id!)).ToList(),
        (string?)json["createdBefore"] is { } text && FieldText.TryParseInstant(text, out var at) ? at : null,
        (int?)json["canary"], (bool)json["dryRun"]!);

    private static Dictionary<string, string> Names(JsonNode? json) => ((JsonObject)json!).ToDictionary(entry => entry.Key, entry => (string)entry.Value!);
}

/// <summary>
/// Moves the running instances of a definition to another version, each in a step of its own together with the row that
/// says what became of it; or tries all of them. One that was moved runs the other version, so whoever goes on after a
/// crash does not find it again.
/// </summary>
public sealed class WorkflowMigration(Database database, Definitions definitions, InstanceMove instances, OperationStore operations, GroupCommitter committer) : OperationKind
{
    public const string KindName = "workflow-migration";

    private const int BatchSize = 200;
    private const int AtOnce = 16;
    private const int MostGroups = 500;

    private const string Selection =
        """
        tenant_id = current_tenant() and definition_id = $1 and definition_version = $2 and (finished_at is null or sub_status = 'Faulted')
            and created_at < $3 and ($4::uuid[] is null or id = any($4))
        """;

    public override string Name => KindName;

    /// <exception cref="ProblemException">404 or 422 for what the request names and nobody has.</exception>
    /// <param name="also">Adds to the step that starts it, such as the answer that the caller is given.</param>
    public async Task<Operation> StartAsync(Guid tenantId, MigrationRequest request, ChangeContext context, CancellationToken ct, Action<Step, Operation>? also = null)
    {
        var to = await VersionAsync(tenantId, request.Key, request.To, "to", ct);
        if (request.From == request.To)
            throw ProblemException.Invalid([new FieldError("to", "same_version", "from and to are the same version.")]);
        var from = await definitions.FindAsync(tenantId, request.Key, request.From, ct) is { } found && found.Version == request.From ? found : null;
        var errors = MapErrors("map", request.Map.Activities, from is null ? null : id => from.Find(id) is not null, id => to.Find(id) is not null, "activity", request)
            .Concat(MapErrors("states", request.Map.States, from is null ? null : States(from).Contains, States(to).Contains, "state", request)).ToList();
        if (errors.Count > 0)
            throw ProblemException.Invalid(errors);
        var operation = Operation.New(tenantId, KindName, request.ToJson(context), context.ActorId, context.At);
        var step = new Step(tenantId);
        step.Insert(SystemTables.Operations, operation.ToRow());
        if (!request.DryRun)
        {
            RecordChanges.Audit(step, null, null, context with { Action = "workflow-instances.migrated" }, new JsonObject
            {
                ["operationId"] = operation.Id.ToString(),
                ["workflow"] = request.Key,
                ["from"] = request.From,
                ["to"] = request.To,
            });
        }
        operations.Announce(step);
        also?.Invoke(step, operation);
        await committer.CommitAsync(step, ct);
        return operation;
    }

    /// <exception cref="ProblemException">404.</exception>
    public async Task<WorkflowGraph> VersionAsync(Guid tenantId, string key, int version, string field, CancellationToken ct) =>
        await definitions.FindAsync(tenantId, key, version, ct) is { } graph && graph.Version == version
            ? graph
            : throw new ProblemException(404, "unknown_version", $"{field}: workflow {key} has no published version {version}.");

    /// <summary>How many instances each version has that run or have failed.</summary>
    public Task<Dictionary<int, (long Running, long Failed)>> VersionsAsync(Guid tenantId, string key, CancellationToken ct) => database.ReadAsync(
        tenantId,
        MigrationRows.Command(
            """
            select definition_version, count(*) filter (where finished_at is null), count(*) filter (where sub_status = 'Faulted')
            from instances where tenant_id = current_tenant() and definition_id = $1 and (finished_at is null or sub_status = 'Faulted')
            group by definition_version
            """,
            key),
        async (reader, token) =>
        {
            var counts = new Dictionary<int, (long, long)>();
            while (await reader.ReadAsync(token))
                counts[reader.GetInt32(0)] = (reader.GetInt64(1), reader.GetInt64(2));
            return counts;
        }, ct);

    /// <summary>What became of the instances of a migration, by instance.</summary>
    public async Task<(JsonArray Items, Guid? Next)> PageAsync(Guid tenantId, Guid operationId, string? outcome, string? undo, Guid? after, int limit, CancellationToken ct)
    {
        var found = await MigrationRows.PageAsync(database, tenantId, operationId, outcome, undo, after, limit + 1, ct);
        var page = found.Take(limit).ToList();
        return (new JsonArray([.. page.Select(row => (JsonNode)row.ToJson())]), found.Count > limit ? page[^1].Id : null);
    }

    public override async Task RunAsync(OperationRun run, CancellationToken ct)
    {
        var request = MigrationRequest.Of(run.Operation.Request);
        var context = run.ChangeByActor("migrated");
        var move = new Move(await VersionAsync(run.TenantId, request.Key, request.To, "to", ct), request.Map);
        var progress = run.Operation.Result;
        if (progress is null)
        {
            var all = await CountAsync(run, request, ct);
            run.Operation.Total = Math.Min(all, request.Canary ?? long.MaxValue);
            progress = new JsonObject { ["selected"] = all, ["cursor"] = null };
        }
        while (run.Operation.Done < run.Operation.Total)
        {
            run.ThrowIfStopped();
            var cursor = (string?)progress["cursor"] is { } text ? Guid.Parse(text) : (Guid?)null;
            var batch = await BatchAsync(run, request, cursor, (int)Math.Min(BatchSize, run.Operation.Total.Value - run.Operation.Done), ct);
            if (batch.Count == 0)
                break;
            var outcomes = await MoveAsync(run, batch, request, move, context, ct);
            progress = (JsonObject)progress.DeepClone();
            progress["cursor"] = batch[^1].ToString();
            var step = new Step(run.TenantId);
            foreach (var outcome in outcomes)
                step.Insert(SystemTables.InstanceMigrations, MigrationRows.Of(run.TenantId, run.Operation.Id, outcome, null, run.Now));
            (run.Operation.Result, run.Operation.Done) = (progress, run.Operation.Done + batch.Count);
            await run.CommitAsync(step, isLarge: false, ct);
        }
        run.Operation.Total = run.Operation.Done; // fewer when some have ended meanwhile
    }

    /// <summary>The answer: how many of each, also of one that was cancelled on its way.</summary>
    public override async Task EndAsync(OperationRun run, Step step, string status, CancellationToken ct)
    {
        var request = MigrationRequest.Of(run.Operation.Request);
        var groups = await MigrationRows.GroupsAsync(database, run.TenantId, run.Operation.Id, MostGroups, ct);
        run.Operation.Result = new JsonObject
        {
            ["dryRun"] = request.DryRun,
            ["workflow"] = request.Key,
            ["from"] = request.From,
            ["to"] = request.To,
            ["counts"] = Counts(groups),
            ["left"] = Math.Max(0, ((long?)run.Operation.Result?["selected"] ?? 0) - run.Operation.Done),
            ["groups"] = groups,
        };
    }

    internal static JsonObject Counts(JsonArray groups)
    {
        var counts = new JsonObject { ["kept"] = 0L, ["changed"] = 0L, ["refused"] = 0L, ["skipped"] = 0L };
        foreach (var group in groups)
            counts[(string)group!["outcome"]!] = (long)counts[(string)group["outcome"]!]! + (long)group["count"]!;
        return counts;
    }

    /// <summary>The states of all state machines of a version.</summary>
    public static HashSet<string> States(WorkflowGraph graph) =>
        [.. graph.Nodes.Where(node => node.Json.TryGetProperty("states", out _)).SelectMany(node => node.Json.GetProperty("states").EnumerateArray())
            .Select(state => state.TryGetProperty("name", out var name) ? name.GetString() : null).OfType<string>()];

    /// <returns>Those of which nothing is written yet.</returns>
    private async Task<IReadOnlyCollection<MoveOutcome>> MoveAsync(OperationRun run, List<Guid> batch, MigrationRequest request, Move move, ChangeContext context, CancellationToken ct)
    {
        // After a crash the batch comes again: those that were not moved have no row yet, unless it was written with the cursor.
        var done = await MigrationRows.DoneAsync(database, run.TenantId, run.Operation.Id, batch, ct);
        var outcomes = new System.Collections.Concurrent.ConcurrentBag<MoveOutcome>();
        await Parallel.ForEachAsync(batch.Where(id => !done.Contains(id)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (id, token) =>
        {
            var outcome = request.DryRun
                ? await instances.TryAsync(run.TenantId, id, request.From, move, context, token)
                : await instances.ApplyAsync(run.TenantId, id, run.Operation.Id, request.From, move, context, token);
            if (outcome is not null)
                outcomes.Add(outcome);
        });
        return outcomes;
    }

    private Task<long> CountAsync(OperationRun run, MigrationRequest request, CancellationToken ct) => database.ReadAsync(
        run.TenantId,
        MigrationRows.Command($"select count(*) from instances where {Selection}", request.Key, request.From, Before(run, request), request.Instances?.ToArray()),
        async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : 0, ct);

    private Task<List<Guid>> BatchAsync(OperationRun run, MigrationRequest request, Guid? after, int limit, CancellationToken ct) => database.ReadAsync(
        run.TenantId,
        MigrationRows.Command(
            $"select id from instances where {Selection} and ($5::uuid is null or id > $5) order by id limit $6",
            request.Key, request.From, Before(run, request), request.Instances?.ToArray(), after, limit),
        async (reader, token) =>
        {
            var ids = new List<Guid>();
            while (await reader.ReadAsync(token))
                ids.Add(reader.GetGuid(0));
            return ids;
        }, ct);

    /// <summary>What starts while it runs is no part of it.</summary>
    private static DateTimeOffset Before(OperationRun run, MigrationRequest request) => request.CreatedBefore is { } at && at < run.Operation.CreatedAt ? at : run.Operation.CreatedAt;

    private static IEnumerable<FieldError> MapErrors(
        string field, IReadOnlyDictionary<string, string> map, Func<string, bool>? isBefore, Func<string, bool> isAfter, string what, MigrationRequest request)
    {
        foreach (var (from, to) in map)
        {
            if (isBefore?.Invoke(from) == false)
                yield return new FieldError($"{field}/{from}", $"unknown_{what}", $"Version {request.From} has no {what} {from}.");
            if (!isAfter(to))
                yield return new FieldError($"{field}/{from}", $"unknown_{what}", $"Version {request.To} has no {what} {to}.");
        }
    }
}
