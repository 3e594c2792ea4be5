using Switchboard.Domain.Messages;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>Writes an e-mail and hands it to the outbox, one message for each address.</summary>
[Activity("Elsa.SendEmail", Category = "Email", DisplayName = "Send Email", Description = "Sends an e-mail.")]
internal sealed class SendEmail : Activity
{
    private readonly Input<string[]> to = new("To") { Hint = "multitext", DefaultSyntax = "Object", IsRequired = true, Description = "The addresses." };
    private readonly Input<string[]> cc = new("Cc") { Hint = "multitext", DefaultSyntax = "Object", Description = "Further addresses; each gets a message of its own." };
    private readonly Input<string[]> bcc = new("Bcc") { Hint = "multitext", DefaultSyntax = "Object", Description = "Further addresses; each gets a message of its own." };
    private readonly Input<string> subject = new("Subject") { Description = "The subject line." };
    private readonly Input<string> body = new("Body") { Hint = "multiline", Description = "The text." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var view = context.Feature<RecordView>();
        string[] recipients = [.. await context.InputAsync(to) ?? [], .. await context.InputAsync(cc) ?? [], .. await context.InputAsync(bcc) ?? []];
        var wrong = Array.Find(recipients, recipient => !System.Net.Mail.MailAddress.TryCreate(recipient, out _));
        if (wrong is not null || recipients.Length == 0)
            throw new ActivityException("invalid_address", wrong is null ? "The e-mail has no recipient." : $"{wrong} is no e-mail address.");
        foreach (var recipient in recipients.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            context.Yield(new MessageQueued(new Message
            {
                Id = Guid.Parse(context.Host.NewId()),
                Channel = "email",
                Recipient = recipient,
                Title = await context.InputAsync(subject),
                Body = await context.InputAsync(body) ?? "",
                SubjectType = view.SubjectType?.Name,
                SubjectId = view.Subject?.Id,
                InstanceId = Guid.Parse(context.Instance.Id),
            }));
        }
    }
}
