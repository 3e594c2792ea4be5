using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Webhooks;

namespace Switchboard.Runtime.Webhooks;

/// <summary>What a tenant sees of the deliveries of its webhooks, and what it may do about them.</summary>
public sealed class WebhookDeliveries(Database database, RecordReader records, GroupCommitter committer, WebhookPump pump)
{
    /// <summary>Each refusal means that the delivery was attempted meanwhile; so many in a row is no chance.</summary>
    private const int MostAttempts = 20;

    /// <summary>What one call sends again; who wants more calls again.</summary>
    private const int MostAtOnce = 1_000;

    private static readonly RecordType Type = RecordTypes.Of<Webhook>();

    /// <summary>Newest first.</summary>
    /// <param name="state">Those in this state alone; null for all.</param>
    /// <param name="after">The id of the last one of the page before.</param>
    /// <exception cref="ProblemException">404: the tenant has no such webhook.</exception>
    public async Task<IReadOnlyList<WebhookDelivery>> ListAsync(Guid tenantId, Guid webhookId, string? state, Guid? after, int limit, CancellationToken ct)
    {
        await WebhookAsync(tenantId, webhookId, ct);
        var command = new NpgsqlBatchCommand($"""
            select {WebhookDelivery.Columns} from webhook_deliveries d
            where d.tenant_id = $1 and d.webhook_id = $2 and ($3::text is null or d.state = $3) and ($4::uuid is null or d.id < $4)
            order by d.id desc limit $5
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = tenantId },
                new NpgsqlParameter<Guid> { TypedValue = webhookId },
                new() { Value = (object?)state ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
                new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
                new NpgsqlParameter<int> { TypedValue = limit },
            },
        };
        return await database.ReadAsync(tenantId, command, ReadAllAsync, ct);
    }

    /// <exception cref="ProblemException">404: the webhook has no such delivery, or no more.</exception>
    public Task<WebhookDelivery> GetAsync(Guid tenantId, Guid webhookId, Guid id, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand($"select {WebhookDelivery.Columns} from webhook_deliveries d where d.tenant_id = $1 and d.webhook_id = $2 and d.id = $3")
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = tenantId },
                new NpgsqlParameter<Guid> { TypedValue = webhookId },
                new NpgsqlParameter<Guid> { TypedValue = id },
            },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) => await reader.ReadAsync(token)
            ? WebhookDelivery.Read(reader)
            : throw new ProblemException(404, "not_found", $"Webhook {webhookId} has no delivery {id}."), ct);
    }

    /// <summary>Sends a test event to the webhook, whatever types it wants.</summary>
    /// <exception cref="ProblemException">404; 409 <c>webhook_disabled</c>.</exception>
    public async Task<WebhookDelivery> PingAsync(Guid tenantId, Guid webhookId, ChangeContext context, Action<Step, WebhookDelivery>? also, CancellationToken ct)
    {
        await EnabledAsync(tenantId, webhookId, ct);
        var ping = WebhookDelivery.Ping(tenantId, webhookId, FieldText.Microseconds(context.At));
        var step = new Step(tenantId);
        step.Insert(SystemTables.WebhookDeliveries, ping.Row);
        RecordChanges.Audit(step, Type.Name, webhookId, context with { Action = "webhooks.pinged" });
        also?.Invoke(step, ping);
        try
        {
            await committer.CommitAsync(step, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation && e.TableName == SystemTables.WebhookDeliveries.Name)
        {
            throw ProblemException.NotFound(Type, webhookId);
        }
        return ping;
    }

    /// <summary>
    /// Sends an event again, with the same id: one that was given up, one that arrived, or one whose next attempt is far
    /// away. The pauses begin anew.
    /// </summary>
    /// <exception cref="ProblemException">404; 409 <c>webhook_disabled</c>, <c>delivery_under_way</c>.</exception>
    public async Task<WebhookDelivery> RedeliverAsync(
        Guid tenantId, Guid webhookId, Guid id, ChangeContext context, Action<Step, WebhookDelivery>? also, CancellationToken ct)
    {
        var now = FieldText.Microseconds(context.At);
        for (var i = 0; i < MostAttempts; i++)
        {
            var before = await GetAsync(tenantId, webhookId, id, ct);
            await EnabledAsync(tenantId, webhookId, ct);
            if (before.State == WebhookDelivery.Pending && before.ClaimedUntil > now)
                throw new ProblemException(409, "delivery_under_way", $"Delivery {id} is being attempted at this moment.");
            var after = Again(before, now);
            var step = new Step(tenantId);
            step.Update(SystemTables.WebhookDeliveries, after.Row, before.Version);
            RecordChanges.Audit(step, Type.Name, webhookId, context with { Action = "webhooks.redelivered" }, new JsonObject { ["deliveryId"] = id.ToString() });
            also?.Invoke(step, after);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
            {
                pump.Ring();
                return after;
            }
        }
        throw new ProblemException(409, "changed_too_often", "The delivery is being changed by others all the time: try again.");
    }

    /// <summary>Sends again what was given up, oldest first, at most <see cref="MostAtOnce"/>: after the receiver was away for long.</summary>
    /// <param name="from">Of what happened at this instant or later; null for all.</param>
    /// <param name="to">Of what happened before this instant; null for all.</param>
    /// <returns>How many there are now to be sent, and whether there were more.</returns>
    /// <exception cref="ProblemException">404; 409 <c>webhook_disabled</c>.</exception>
    public async Task<(int Count, bool IsMore)> RedeliverFailedAsync(
        Guid tenantId, Guid webhookId, DateTimeOffset? from, DateTimeOffset? to, ChangeContext context, Action<Step, int, bool>? also, CancellationToken ct)
    {
        var now = FieldText.Microseconds(context.At);
        for (var i = 0; i < MostAttempts; i++)
        {
            await EnabledAsync(tenantId, webhookId, ct);
            var failed = await FailedAsync(tenantId, webhookId, from, to, ct);
            var (again, isMore) = (failed.Take(MostAtOnce).ToList(), failed.Count > MostAtOnce);
            var step = new Step(tenantId);
            foreach (var before in again)
                step.Update(SystemTables.WebhookDeliveries, Again(before, now).Row, before.Version);
            RecordChanges.Audit(step, Type.Name, webhookId, context with { Action = "webhooks.redelivered" }, new JsonObject { ["count"] = again.Count });
            also?.Invoke(step, again.Count, isMore);
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
            {
                pump.Ring();
                return (again.Count, isMore);
            }
        }
        throw new ProblemException(409, "changed_too_often", "The deliveries are being changed by others all the time: try again.");
    }

    private Task<List<WebhookDelivery>> FailedAsync(Guid tenantId, Guid webhookId, DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand($"""
            select {WebhookDelivery.Columns} from webhook_deliveries d
            where d.tenant_id = $1 and d.webhook_id = $2 and d.state = 'failed' and ($3::timestamptz is null or d.at >= $3) and ($4::timestamptz is null or d.at < $4)
            order by d.id limit $5
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = tenantId },
                new NpgsqlParameter<Guid> { TypedValue = webhookId },
                new() { Value = (object?)from?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz },
                new() { Value = (object?)to?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz },
                new NpgsqlParameter<int> { TypedValue = MostAtOnce + 1 },
            },
        };
        return database.ReadAsync(tenantId, command, ReadAllAsync, ct);
    }

    private static WebhookDelivery Again(WebhookDelivery before, DateTimeOffset now) => before with
    {
        State = WebhookDelivery.Pending,
        Tries = 0,
        NextAt = now,
        ClaimedUntil = null,
        QueuedAt = now,
        Version = before.Version + 1,
    };

    private static async Task<List<WebhookDelivery>> ReadAllAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var found = new List<WebhookDelivery>();
        while (await reader.ReadAsync(ct))
            found.Add(WebhookDelivery.Read(reader));
        return found;
    }

    private async Task<Webhook> WebhookAsync(Guid tenantId, Guid id, CancellationToken ct) =>
        (Webhook?)await records.GetAsync(tenantId, Type, id, ct) ?? throw ProblemException.NotFound(Type, id);

    private async Task EnabledAsync(Guid tenantId, Guid id, CancellationToken ct)
    {
        if (!(await WebhookAsync(tenantId, id, ct)).Enabled)
            throw new ProblemException(409, "webhook_disabled", $"Webhook {id} is switched off: set enabled to true first.");
    }
}
