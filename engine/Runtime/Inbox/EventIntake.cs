using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Inbox;

/// <summary>An event from outside.</summary>
/// <param name="Id">The sender's own id; with <paramref name="Source"/> it names the event for ever.</param>
/// <param name="InstanceId">Only this instance receives it; null for all.</param>
public sealed record IncomingEvent(string Source, string Id, string Name, string? CorrelationId, JsonNode? Payload, Guid? InstanceId = null);

/// <summary>Takes events: when it returns, the event is durable and will be delivered; the same id again has no second effect.</summary>
public sealed class EventIntake(Database database, GroupCommitter committer, TimeProvider time)
{
    /// <summary>How long an event stays for somebody who may yet wait for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(7);

    /// <returns>The event's id in the inbox: that of the first time when it is a repetition.</returns>
    public async Task<Guid> AcceptAsync(Guid tenantId, IncomingEvent incoming, Action<Step>? also, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var step = new Step(tenantId);
        step.Insert(SystemTables.InboxSeen, tenantId, id, incoming.Source, incoming.Id, now);
        step.Insert(
            SystemTables.Inbox, tenantId, id, incoming.Source, incoming.Id, "event", incoming.Name, StimulusHash.OfEvent(incoming.Name),
            incoming.CorrelationId, incoming.InstanceId, incoming.Payload?.ToJsonString(), now, now + Patience, null, 0, "pending", null);
        also?.Invoke(step);
        try
        {
            await committer.CommitAsync(step, ct);
            return id;
        }
        catch (PostgresException e) when (e.ConstraintName is "inbox_seen_once" or "inbox_event_once")
        {
            return await FirstAsync(tenantId, incoming, ct);
        }
    }

    private Task<Guid> FirstAsync(Guid tenantId, IncomingEvent incoming, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("select id from inbox_seen where tenant_id = current_tenant() and source = $1 and event_id = $2")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = incoming.Source }, new NpgsqlParameter<string> { TypedValue = incoming.Id } },
        };
        return database.ReadAsync(
            tenantId, command, async (reader, token) => await reader.ReadAsync(token) ? reader.GetGuid(0) : throw new InvalidOperationException("The event was seen and is gone."), ct);
    }
}
