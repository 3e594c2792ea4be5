using System.Security.Cryptography;
using System.Text;

using Microsoft.AspNetCore.DataProtection;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Webhooks;

namespace Switchboard.Runtime.Webhooks;

/// <summary>
/// The secrets that sign deliveries. They are sealed in the database with the key ring that protects tokens, each for its
/// own webhook, so that neither a copy of the database nor a row put in another's place signs anything. A secret leaves
/// the service twice: when it is made and when it takes another's place.
/// </summary>
public sealed class WebhookSecrets(Database database, GroupCommitter committer, IDataProtectionProvider protection, WebhookOptions options)
{
    private const string Purpose = "Switchboard.Webhooks";

    /// <summary>Each refusal means that another rotation went through; so many in a row is no chance.</summary>
    private const int MostAttempts = 10;

    private static readonly RecordType Type = RecordTypes.Of<Webhook>();

    /// <summary>Gives a webhook that is being created its secret and its place in the event stream, in the same step.</summary>
    public void Create(Step step, Record record)
    {
        if (record is Webhook)
            step.Insert(SystemTables.WebhookEndpoints, step.TenantId, record.Id, Seal(step.TenantId, record.Id, WebhookSignature.NewSecret()), null, null, 1L);
    }

    /// <summary>The secret that the step gives to the webhook; for the one answer that shows it.</summary>
    public string MadeIn(Step step, Guid webhookId)
    {
        var row = step.Inserts.Single(insert => insert.Table == SystemTables.WebhookEndpoints && (Guid)insert.Row[1]! == webhookId).Row;
        return Open(step.TenantId, webhookId, (byte[])row[2]!);
    }

    /// <summary>
    /// Makes a new secret. The old one signs too until <paramref name="grace"/> is over; one that was older still does not
    /// any more.
    /// </summary>
    /// <param name="grace">Zero ends the old one at once, because it has leaked; null for the usual time.</param>
    /// <exception cref="ProblemException">404: the tenant has no such webhook.</exception>
    public async Task<(string Secret, DateTimeOffset? PreviousUntil)> RotateAsync(
        Guid tenantId, Guid webhookId, TimeSpan? grace, ChangeContext context, Action<Step>? also, CancellationToken ct)
    {
        var secret = WebhookSignature.NewSecret();
        var sealedSecret = Seal(tenantId, webhookId, secret);
        for (var i = 0; i < MostAttempts; i++)
        {
            var step = new Step(tenantId);
            DateTimeOffset? until = null;
            if (await FindAsync(tenantId, webhookId, ct) is (var current, var version))
            {
                var span = grace ?? options.Grace;
                until = span > TimeSpan.Zero ? FieldText.Microseconds(context.At + span) : null;
                step.Update(SystemTables.WebhookEndpoints, [tenantId, webhookId, sealedSecret, until is null ? null : current, until, version + 1], version);
            }
            else
            {
                step.Insert(SystemTables.WebhookEndpoints, tenantId, webhookId, sealedSecret, null, null, 1L);
            }
            RecordChanges.Audit(step, Type.Name, webhookId, context with { Action = "webhooks.secret_rotated" });
            also?.Invoke(step);
            try
            {
                if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
                    return (secret, until);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation && e.TableName == SystemTables.WebhookEndpoints.Name)
            {
                throw ProblemException.NotFound(Type, webhookId);
            }
        }
        throw new ProblemException(409, "changed_too_often", "The secret is being rotated by others all the time: try again.");
    }

    /// <summary>The secrets that sign now: the present one first.</summary>
    /// <exception cref="CryptographicException">They were sealed with keys that this node does not have.</exception>
    public IReadOnlyList<string> OpenAll(Guid tenantId, Guid webhookId, byte[] secret, byte[]? previous, DateTimeOffset? previousUntil, DateTimeOffset now) =>
        previous is not null && now < previousUntil
            ? [Open(tenantId, webhookId, secret), Open(tenantId, webhookId, previous)]
            : [Open(tenantId, webhookId, secret)];

    private byte[] Seal(Guid tenantId, Guid webhookId, string secret) => Protector(tenantId, webhookId).Protect(Encoding.ASCII.GetBytes(secret));

    private string Open(Guid tenantId, Guid webhookId, byte[] secret) => Encoding.ASCII.GetString(Protector(tenantId, webhookId).Unprotect(secret));

    private IDataProtector Protector(Guid tenantId, Guid webhookId) => protection.CreateProtector(Purpose, tenantId.ToString(), webhookId.ToString());

    private async Task<(byte[] Secret, long Version)?> FindAsync(Guid tenantId, Guid webhookId, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("select secret, version from webhook_endpoints where tenant_id = $1 and id = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = webhookId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? ((byte[])reader.GetValue(0), reader.GetInt64(1)) : null;
    }
}
