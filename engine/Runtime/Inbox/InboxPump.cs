using System.Text.Json.Nodes;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Activities.Primitives;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Inbox;

/// <summary>
/// Delivers what lies in the inbox: events to whoever waits for them or starts with them, starts of dispatched instances,
/// ends of children to their parents, cancellations. A row goes in the step that it causes. An event that nobody waits for
/// stays, <c>waiting</c>, until somebody does or its time is up; then it is <c>dead</c> and says so.
/// </summary>
public sealed class InboxPump : BackgroundService
{
    private const int Batch = 500;
    private const int Concurrency = 64;
    private const int MostAttempts = 20;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(15);

    private readonly Database database;
    private readonly InstanceRunner runner;
    private readonly Definitions definitions;
    private readonly GroupCommitter committer;
    private readonly TimeProvider time;
    private readonly ILogger<InboxPump> log;
    private readonly Wake wake;

    public InboxPump(
        Database database, InstanceRunner runner, Definitions definitions, GroupCommitter committer, CommitSignals signals, TimeProvider time, ILogger<InboxPump> log)
    {
        this.database = database;
        this.runner = runner;
        this.definitions = definitions;
        this.committer = committer;
        this.time = time;
        this.log = log;
        wake = new Wake(time);
        signals.Listen(SystemTables.Inbox, wake.Ring);
        signals.Listen(SystemTables.Bookmarks, wake.Ring); // somebody may wait now for what came before
    }

    /// <summary>Delivers all that can be delivered now, and what that causes in turn.</summary>
    public async Task DeliverPendingAsync(CancellationToken ct)
    {
        await WakeWaitingAsync(ct);
        while (await ClaimAsync(ct) is { Count: > 0 } claimed)
        {
            await Parallel.ForEachAsync(
                claimed, new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = ct }, async (row, token) => await TryAsync(row, token));
            await WakeWaitingAsync(ct);
        }
    }

    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await DeliverPendingAsync(stoppingToken);
                await wake.SleepAsync(Poll, stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "The inbox could not be read; trying again in {Poll}.", Poll);
                await Task.Delay(Poll, time, stoppingToken);
            }
        }
    }

    private async Task TryAsync(Row row, CancellationToken ct)
    {
        try
        {
            await (row.Kind switch
            {
                "event" => DeliverEventAsync(row, ct),
                "start" => StartAsync(row, ct),
                "resume" => ResumeAsync(row, ct),
                _ => CancelChildrenAsync(row, ct),
            });
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(e, "Inbox row {Row} ({Kind} {Name}) failed, attempt {Attempt}.", row.Id, row.Kind, row.Name, row.Attempts);
            if (row.Attempts >= MostAttempts)
                await SetStateAsync(row, "dead", e.Message, ct);
        }
    }

    private async Task DeliverEventAsync(Row row, CancellationToken ct)
    {
        if (row.InstanceId is { } local)
        {
            var heard = await runner.DeliverAsync(
                row.TenantId, local,
                state => state.Bookmarks.FirstOrDefault(bookmark => bookmark.Shared && bookmark.Hash == row.Hash) is { } bookmark
                    ? new Stimulus.Resume(bookmark.Id, Event.InputOf(row.Payload))
                    : null,
                Removing(row), ct);
            if (heard.State is null)
                await SetStateAsync(row, "dead", $"There is no instance {local}.", ct);
            else if (heard.Ignored)
                await SetStateAsync(row, "waiting", null, ct);
            return;
        }

        // One row for each that it concerns, in place of the event's: from there on each is delivered by itself.
        var step = new Step(row.TenantId);
        foreach (var graph in definitions.Published(row.TenantId))
        {
            foreach (var trigger in graph.Triggers.Where(trigger => trigger.Hash == row.Hash))
            {
                AddRow(step, row, $"{row.Id}/{graph.DefinitionId}/{trigger.ActivityId}", "start", graph.DefinitionId, Guid.CreateVersion7(time.GetUtcNow()), new JsonObject
                {
                    ["input"] = Event.InputOf(row.Payload),
                    ["triggerActivityId"] = trigger.ActivityId,
                });
            }
        }
        foreach (var (instanceId, bookmarkId) in await ListenersAsync(row, ct))
        {
            AddRow(step, row, $"{row.Id}/{instanceId}/{bookmarkId}", "resume", "event", instanceId, new JsonObject
            {
                ["bookmarkId"] = bookmarkId,
                ["input"] = Event.InputOf(row.Payload),
            });
        }
        if (step.Inserts.Count == 0)
        {
            await SetStateAsync(row, "waiting", null, ct);
            return;
        }
        step.Delete(SystemTables.Inbox, row.Id);
        await committer.CommitAsync(step, ct);
    }

    private async Task StartAsync(Row row, CancellationToken ct)
    {
        var payload = row.Payload as JsonObject ?? [];
        var result = await runner.StartAsync(
            new InstanceStart(row.TenantId, row.Name)
            {
                InstanceId = row.InstanceId,
                Input = payload["input"]?.DeepClone() as JsonObject,
                CorrelationId = row.CorrelationId,
                TriggerActivityId = (string?)payload["triggerActivityId"],
                ParentInstanceId = (string?)payload["parentInstanceId"] is { } parent ? Guid.Parse(parent) : null,
                NotifyParent = (bool?)payload["notifyParent"] ?? false,
            },
            Removing(row), ct);
        switch (result.Outcome)
        {
            case StartOutcome.StartedBefore:
                await RemoveAsync(row, ct);
                break;
            case StartOutcome.NotAllowed:
                await RefuseAsync(row, payload, "workflow_not_allowed", $"The activation strategy of {row.Name} does not allow another running instance.", ct);
                break;
            case StartOutcome.NoDefinition:
                await RefuseAsync(row, payload, "workflow_not_found", $"No workflow {row.Name} is published.", ct);
                break;
        }
    }

    /// <summary>A parent that waits for what cannot start has failed, which a retry mends; where nobody waits the row stays for people to find.</summary>
    private async Task RefuseAsync(Row row, JsonObject payload, string code, string message, CancellationToken ct)
    {
        if ((bool?)payload["notifyParent"] == true && Guid.TryParse((string?)payload["parentInstanceId"], out var parent))
        {
            var told = await runner.DeliverAsync(row.TenantId, parent, Choose, Removing(row), ct);
            if (!told.Ignored)
                return;
        }
        await SetStateAsync(row, "dead", message, ct);

        Stimulus? Choose(InstanceState state)
        {
            var child = row.InstanceId?.ToString();
            if (state.Bookmarks.FirstOrDefault(bookmark => (string?)bookmark.Payload?["ChildInstanceId"] == child) is not { } bookmark)
                return null;
            // Of many children one that did not start must not start the others again.
            return bookmark.Name == "Elsa.BulkDispatchWorkflows"
                ? new Stimulus.Resume(bookmark.Id, new JsonObject { ["workflowInstanceId"] = child, ["status"] = "Finished", ["subStatus"] = "Faulted" })
                : new Stimulus.Fail(bookmark.Id, code, message);
        }
    }

    private async Task ResumeAsync(Row row, CancellationToken ct)
    {
        var payload = row.Payload as JsonObject ?? [];
        var input = payload["input"]?.DeepClone() as JsonObject;
        var result = await runner.DeliverAsync(row.TenantId, row.InstanceId!.Value, Choose, Removing(row), ct);
        if (result.Ignored)
            await RemoveAsync(row, ct); // it does not wait any more

        Stimulus? Choose(InstanceState state)
        {
            var child = (string?)payload["childInstanceId"];
            var bookmark = child is null
                ? state.FindBookmark((string)payload["bookmarkId"]!)
                : state.Bookmarks.FirstOrDefault(bookmark => (string?)bookmark.Payload?["ChildInstanceId"] == child);
            return bookmark is null ? null : new Stimulus.Resume(bookmark.Id, (JsonObject?)input?.DeepClone());
        }
    }

    private async Task CancelChildrenAsync(Row row, CancellationToken ct)
    {
        await using (var command = database.Engine.CreateCommand("select id from instances where tenant_id = $1 and parent_id = $2 and finished_at is null"))
        {
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.TenantId });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.InstanceId!.Value });
            var children = new List<Guid>();
            await using (var reader = await command.ExecuteReaderAsync(ct))
            {
                while (await reader.ReadAsync(ct))
                    children.Add(reader.GetGuid(0));
            }
            foreach (var child in children)
                await runner.DeliverAsync(row.TenantId, child, new Stimulus.Cancel(), new Delivery(ChangeContext.Engine("cancel", time.GetUtcNow())), ct);
        }
        await RemoveAsync(row, ct);
    }

    private Delivery Removing(Row row) => new(ChangeContext.Engine(row.Kind == "event" ? row.Name : row.Kind, time.GetUtcNow()))
    {
        Also = (step, _) =>
        {
            step.Delete(SystemTables.Inbox, row.Id);
            return default;
        },
    };

    private void AddRow(Step step, Row cause, string eventId, string kind, string name, Guid instanceId, JsonObject payload)
    {
        var now = time.GetUtcNow();
        step.Insert(
            SystemTables.Inbox, cause.TenantId, Guid.CreateVersion7(now), "event", eventId, kind, name, null, cause.CorrelationId, instanceId,
            payload.ToJsonString(), now, null, null, 0, "pending", null);
    }

    private async Task RemoveAsync(Row row, CancellationToken ct)
    {
        var step = new Step(row.TenantId);
        step.Delete(SystemTables.Inbox, row.Id);
        await committer.CommitAsync(step, ct);
    }

    private async Task<List<(Guid InstanceId, string BookmarkId)>> ListenersAsync(Row row, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            select instance_id, bookmark_id from bookmarks
            where tenant_id = $1 and hash = $2 and ($3::text is null or correlation_id = $3)
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.TenantId });
        command.Parameters.Add(new NpgsqlParameter { Value = row.Hash, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)row.CorrelationId ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var listeners = new List<(Guid, string)>();
        while (await reader.ReadAsync(ct))
            listeners.Add((reader.GetGuid(0), reader.GetString(1)));
        return listeners;
    }

    /// <summary>
    /// An event and the wait for it may be committed at the same time; both sides look after their own commit, so at least
    /// one sees the other.
    /// </summary>
    private async Task WakeWaitingAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            update inbox i set state = 'pending', claimed_until = null
            where i.state = 'waiting' and exists (
                select 1 from bookmarks b
                where b.tenant_id = i.tenant_id and b.hash = i.hash and (i.correlation_id is null or b.correlation_id = i.correlation_id)
                    and (i.instance_id is null or b.instance_id = i.instance_id))
            """);
        await command.ExecuteNonQueryAsync(ct);
        await using var expired = database.Engine.CreateCommand("""
            update inbox set state = 'dead', problem = 'Nobody waited for the event within its time.'
            where state = 'waiting' and expires_at <= $1
            """);
        expired.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = time.GetUtcNow().ToUniversalTime() });
        await expired.ExecuteNonQueryAsync(ct);
    }

    private async Task SetStateAsync(Row row, string state, string? problem, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("update inbox set state = $3, problem = $4, claimed_until = null where tenant_id = $1 and id = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.TenantId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = row.Id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = state });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)problem ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<Row>> ClaimAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            update inbox i set claimed_until = $1 + $2 * (i.attempts + 1), attempts = i.attempts + 1
            from (
                select tenant_id, id from inbox
                where state = 'pending' and (claimed_until is null or claimed_until <= $1)
                order by received_at limit $3 for update skip locked) due
            where i.tenant_id = due.tenant_id and i.id = due.id
            returning i.tenant_id, i.id, i.kind, i.name, i.hash, i.correlation_id, i.instance_id, i.payload, i.attempts
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = time.GetUtcNow().ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Claim });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Batch });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var claimed = new List<Row>();
        while (await reader.ReadAsync(ct))
        {
            claimed.Add(new Row(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? "" : reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetGuid(6),
                reader.IsDBNull(7) ? null : JsonNode.Parse(reader.GetString(7)), reader.GetInt32(8)));
        }
        return claimed;
    }

    private sealed record Row(
        Guid TenantId, Guid Id, string Kind, string Name, string Hash, string? CorrelationId, Guid? InstanceId, JsonNode? Payload, int Attempts);
}
