using System.Security.Cryptography;
using System.Text;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Files;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Templates;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>Fills a template with the record and keeps the document among the record's files.</summary>
[Activity("Switchboard.GenerateDocument", Category = "Records", DisplayName = "Generate document",
    Description = "Fills a template with the record and keeps the document with it.")]
internal sealed class GenerateDocument : Activity
{
    private readonly Input<string> template = new("Template") { IsRequired = true, Picks = "template", Description = "The template's key." };
    private readonly Input<string> fileName = new("FileName") { IsRequired = true, Description = "A name with values, as LOA {{phoneNumber.number}}.html." };
    private readonly Output<string> result = new("Result") { Description = "The id of the file." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var view = context.Feature<RecordView>();
        var library = context.Feature<TemplateLibrary>();
        var subject = view.Subject ?? throw new ActivityException("no_record", $"{context.Node} keeps its document with the instance's record, but the instance has none.");
        var key = await context.InputAsync(template) ?? "";
        var (document, hash) = library.Find(view.TenantId, key, view.Now) ?? throw new ActivityException("unknown_template", $"There is no template {key}.");
        try
        {
            var model = TemplateModel.Of(await SubjectModel.OfAsync(view, context.CancellationToken));
            var content = Encoding.UTF8.GetBytes(document.Render(model));
            var file = new FileAttachment
            {
                Id = Guid.Parse(context.Host.NewId()),
                OwnerType = RecordTypes.Of(subject).Name,
                OwnerId = subject.Id,
                Name = library.Inline(await context.InputAsync(fileName) ?? key).Render(model),
                ContentType = document.Target.ContentType,
                SizeBytes = content.Length,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            };
            context.Note("TemplateHash", hash);
            view.Used($"template/{key}", hash);
            context.SetOutput(result, file.Id.ToString());
            context.Yield(new DocumentGenerated(file, content));
        }
        catch (TemplateException e)
        {
            throw new ActivityException(e.Code, e.Message, canRetry: true, e);
        }
    }
}

/// <summary>A file to be kept with the instance's record.</summary>
internal sealed record DocumentGenerated(FileAttachment File, byte[] Content) : EngineEffect
{
    public override void Apply(StepContext context)
    {
        RecordChanges.Create(context.Step, RecordTypes.Of<FileAttachment>(), File, context.Context);
        context.Step.Insert(SystemTables.FileContents, context.Step.TenantId, File.Id, File.Id, 0, Content);
    }
}
