using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Messages;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Templates;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>
/// Writes a message about the record and hands it to the outbox, which delivers it after the commit. Within the
/// application it becomes a notification of every recipient; further channels are further workers of the outbox.
/// </summary>
[Activity("Switchboard.SendMessage", Category = "Messages", DisplayName = "Send message", Description = "Sends a message to a user or to the members of a role.")]
internal sealed class SendMessage : Activity
{
    private readonly Input<string> channel = new("Channel") { Default = "in_app", Options = ["in_app"], Description = "How it is sent." };
    private readonly Input<string> recipient = new("Recipient") { IsRequired = true, Description = "A user's id, or role: and the role's name." };
    private readonly Input<string> title = new("Subject") { IsRequired = true, Description = "With values, as in titles of tasks." };
    private readonly Input<string> body = new("Body") { Description = "With values; or leave it to the template." };
    private readonly Input<string> template = new("Template") { Picks = "template", Description = "The key of the template that writes the body." };
    private readonly Output<string> result = new("Result") { Description = "The id of the message." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var view = context.Feature<RecordView>();
        var library = context.Feature<TemplateLibrary>();
        var by = await context.InputAsync(channel) ?? "in_app";
        if (by != "in_app")
            throw new ActivityException("unknown_channel", $"There is no channel {by}; messages go in_app.");
        try
        {
            var model = TemplateModel.Of(await SubjectModel.OfAsync(view, context.CancellationToken));
            var message = new Message
            {
                Id = Guid.Parse(context.Host.NewId()),
                Channel = by,
                Recipient = await context.InputAsync(recipient) ?? throw new ActivityException("no_recipient", $"{context.Node} has no recipient."),
                Title = library.Inline(await context.InputAsync(title) ?? "").Render(model),
                SubjectType = view.SubjectType?.Name,
                SubjectId = view.Subject?.Id,
                InstanceId = Guid.Parse(context.Instance.Id),
            };
            if (await context.InputAsync(template) is { Length: > 0 } key)
            {
                var (found, hash) = library.Find(view.TenantId, key, view.Now) ?? throw new ActivityException("unknown_template", $"There is no template {key}.");
                (message.Template, message.TemplateHash, message.Body) = (key, hash, found.Render(model));
                view.Used($"template/{key}", hash);
            }
            else
            {
                message.Body = library.Inline(await context.InputAsync(body) ?? "").Render(model);
            }
            context.SetOutput(result, message.Id.ToString());
            context.Yield(new MessageQueued(message));
        }
        catch (TemplateException e)
        {
            throw new ActivityException(e.Code, e.Message, canRetry: true, e);
        }
    }
}

/// <summary>A message to be sent after the commit.</summary>
internal sealed record MessageQueued(Message Message) : EngineEffect
{
    public override void Apply(StepContext context)
    {
        RecordChanges.Create(context.Step, RecordTypes.Of<Message>(), Message, context.Context);
        context.Send("message", Message.Channel, new JsonObject { ["messageId"] = Message.Id.ToString() }, idempotencyKey: Message.Id.ToString());
    }
}
