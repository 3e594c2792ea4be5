using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Messages;
using Switchboard.Domain.Webhooks;

namespace Switchboard.Runtime.Webhooks;

/// <summary>
/// Knows how long nothing has arrived at a webhook, leaves a receiver alone that asked for it, and switches off the webhook
/// of one that is gone, which its administrators are told.
/// </summary>
public sealed class WebhookHealth(Database database, RecordReader records, GroupCommitter committer)
{
    /// <summary>Each refusal means that somebody else has changed the webhook; so many in a row is no chance.</summary>
    private const int MostAttempts = 20;

    private static readonly RecordType Webhooks = RecordTypes.Of<Webhook>();
    private static readonly RecordType Notifications = RecordTypes.Of<Notification>();

    public async Task SucceededAsync(WebhookDelivery delivery, CancellationToken ct)
    {
        await using var command = Command("update webhook_endpoints set failing_since = null where tenant_id = $1 and id = $2 and failing_since is not null", delivery);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <returns>Since when every attempt has failed, this one included.</returns>
    public async Task<DateTimeOffset> FailedAsync(WebhookDelivery delivery, DateTimeOffset at, TimeSpan? retryAfter, CancellationToken ct)
    {
        await using var command = Command("""
            update webhook_endpoints set failing_since = coalesce(failing_since, $3), paused_until = greatest(paused_until, $4)
            where tenant_id = $1 and id = $2
            returning failing_since
            """, delivery);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = at.ToUniversalTime() });
        command.Parameters.Add(new() { Value = retryAfter is { } pause ? (at + pause).ToUniversalTime() : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        return await command.ExecuteScalarAsync(ct) is DateTime since ? new DateTimeOffset(since) : at;
    }

    /// <summary>Switches the webhook off, once, and notifies every administrator of the tenant in the same step.</summary>
    /// <param name="reason">As <see cref="Webhook.DisabledReason"/>.</param>
    /// <param name="why">A sentence for people.</param>
    public async Task DisableAsync(Guid tenantId, Guid webhookId, string reason, string why, DateTimeOffset at, CancellationToken ct)
    {
        var context = ChangeContext.Engine("disabled", at);
        for (var i = 0; i < MostAttempts; i++)
        {
            if (await records.GetAsync(tenantId, Webhooks, webhookId, ct) is not Webhook { Enabled: true } before)
                return;
            var after = (Webhook)RecordChanges.Copy(Webhooks, before);
            (after.Enabled, after.DisabledReason, after.DisabledAt) = (false, reason, FieldText.Microseconds(at));
            var step = new Step(tenantId);
            RecordChanges.Update(step, Webhooks, before, after, context);
            foreach (var user in await AdministratorsAsync(tenantId, ct))
            {
                var notification = new Notification
                {
                    UserId = user,
                    Type = "webhook_disabled",
                    Title = "A webhook was switched off",
                    Body = $"{why} Nothing is sent to {new Uri(before.Url).Host} until somebody switches it on again; what waits for it is kept.",
                    SubjectType = Webhooks.Name,
                    SubjectId = webhookId,
                };
                RecordChanges.Create(step, Notifications, notification, context with { Action = "" });
            }
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                return;
        }
        throw new InvalidOperationException($"Webhook {webhookId} could not be switched off: others change it all the time.");
    }

    private Task<List<Guid>> AdministratorsAsync(Guid tenantId, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("select id from users where is_active and roles @> to_jsonb($1::text) order by id")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = NewTenant.AdminRole } },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<Guid>();
            while (await reader.ReadAsync(token))
                found.Add(reader.GetGuid(0));
            return found;
        }, ct);
    }

    private NpgsqlCommand Command(string sql, WebhookDelivery delivery)
    {
        var command = database.Engine.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = delivery.TenantId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = delivery.WebhookId });
        return command;
    }
}
