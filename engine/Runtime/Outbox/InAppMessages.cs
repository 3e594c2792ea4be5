using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Messages;

namespace Switchboard.Runtime.Outbox;

/// <summary>
/// Messages within the application: one notification for every recipient, written together with the message's being sent
/// and the end of its outbox row, and therefore exactly once.
/// </summary>
public sealed class InAppMessages(Database database, RecordReader records, TimeProvider time) : OutboxWorker
{
    private const string RolePrefix = "role:";

    private static readonly RecordType Messages = RecordTypes.Of<Message>();
    private static readonly RecordType Notifications = RecordTypes.Of<Notification>();

    /// <summary>Whether a recipient is of the form by which somebody could be found: a user's id, or a role's name after <c>role:</c>.</summary>
    public static bool IsRecipient(string text) =>
        Guid.TryParse(text, out _) || (text.StartsWith(RolePrefix, StringComparison.Ordinal) && text.Length > RolePrefix.Length);

    public override string Kind => "message";

    /// <summary>It needs only the database: what fails is the database's being away, or the message.</summary>
    public override IReadOnlyList<TimeSpan> Pauses { get; } =
    [
        TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30),
    ];

    public override TimeSpan Lease => TimeSpan.FromSeconds(15);

    public override async Task<Attempt> SendAsync(OutboxRow row, CancellationToken ct)
    {
        if (await FindAsync(row, ct) is not { } message)
            return new Attempt("The message was deleted before it was sent.") { IsFinal = true };
        if (message.Channel != "in_app")
            return new Attempt($"There is no channel {message.Channel}.") { IsFinal = true };
        var recipients = await RecipientsAsync(row.TenantId, message.Recipient, ct);
        if (recipients.Count == 0)
            return new Attempt($"Nobody receives it: {message.Recipient} is no active user and no role that one has.") { IsFinal = true };
        return new Attempt { Also = (step, token) => WriteAsync(step, row, recipients, token) };
    }

    public override async ValueTask GiveUpAsync(Step step, OutboxRow row, string problem, DateTimeOffset at, CancellationToken ct)
    {
        if (await FindAsync(row, ct) is not { } before)
            return;
        var after = (Message)RecordChanges.Copy(Messages, before);
        (after.Status, after.Problem) = ("failed", problem);
        RecordChanges.Update(step, Messages, before, after, ChangeContext.Engine("failed", at));
    }

    private async ValueTask WriteAsync(Step step, OutboxRow row, IReadOnlyList<Guid> recipients, CancellationToken ct)
    {
        if (await FindAsync(row, ct) is not { } before)
            return;
        var context = ChangeContext.Engine("sent", time.GetUtcNow()) with { InstanceId = before.InstanceId };
        var after = (Message)RecordChanges.Copy(Messages, before);
        (after.Status, after.Problem, after.SentAt) = ("sent", null, FieldText.Microseconds(context.At));
        RecordChanges.Update(step, Messages, before, after, context);
        foreach (var user in recipients)
        {
            var notification = new Notification
            {
                UserId = user,
                Type = before.Template ?? "message",
                Title = before.Title ?? "",
                Body = before.Body,
                SubjectType = before.SubjectType,
                SubjectId = before.SubjectId,
            };
            RecordChanges.Create(step, Notifications, notification, context with { Action = "" });
        }
    }

    private async Task<Message?> FindAsync(OutboxRow row, CancellationToken ct) =>
        Guid.TryParse((string?)row.Payload["messageId"], out var id) ? (Message?)await records.GetAsync(row.TenantId, Messages, id, ct) : null;

    private Task<List<Guid>> RecipientsAsync(Guid tenantId, string recipient, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("select id from users where is_active and (id = $1 or roles @> to_jsonb($2::text)) order by id")
        {
            Parameters =
            {
                new() { Value = Guid.TryParse(recipient, out var id) ? id : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
                new()
                {
                    Value = recipient.StartsWith(RolePrefix, StringComparison.Ordinal) ? recipient[RolePrefix.Length..] : DBNull.Value,
                    NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text,
                },
            },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var found = new List<Guid>();
            while (await reader.ReadAsync(token))
                found.Add(reader.GetGuid(0));
            return found;
        }, ct);
    }
}
