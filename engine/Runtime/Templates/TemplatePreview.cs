using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Artefacts.Kinds;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Porting;

namespace Switchboard.Runtime.Templates;

/// <summary>What a text would produce for a record, by the same model that documents and messages are made with. Keeps nothing.</summary>
public sealed class TemplatePreview(InstanceStore store, RecordReader records, MigrationScripts scripts)
{
    /// <summary>What a script is told beside its migration.</summary>
    private static readonly string[] OfScripts = ["phone-numbers", "end-users", "resource-accounts"];

    /// <param name="subject">The type of the record.</param>
    /// <exception cref="ProblemException">404 for the record; 422 for a text that is no template or cannot be filled.</exception>
    public async Task<Preview> OfAsync(Guid tenantId, Artefact template, RecordType subject, Guid id, ChangeContext context, CancellationToken ct)
    {
        var content = new TemplateContent(template.Key, template.Content);
        if (content.Compiled is not { } compiled)
            throw new ProblemException(422, "artefact_syntax", $"This version of template {template.Key} does not parse.");
        var record = await records.GetAsync(tenantId, subject, id, ct) ?? throw ProblemException.NotFound(subject, id);
        var isScript = content.Target == TemplateTarget.PowerShell && record is Migration;
        var model = isScript
            ? await scripts.ModelAsync(tenantId, (Migration)record, ct)
            : await SubjectModel.OfAsync(new RecordView(store, tenantId, context, subject, record, record), ct);
        try
        {
            var seen = RecordTypes.All.Where(type => model.ContainsKey(JsonNamingPolicy.CamelCase.ConvertName(type.ClrType.Name))).Select(type => type.Name);
            return new Preview(compiled.Render(model), content.Target.Ending, model, [.. seen, .. isScript ? OfScripts : []]);
        }
        catch (TemplateException e)
        {
            throw new ProblemException(422, e.Code, e.Message);
        }
    }
}

/// <param name="Target">What it produces: <c>html, txt, ps1, csv</c>.</param>
/// <param name="Model">What the template was given.</param>
/// <param name="Types">The record types that the model is made of.</param>
public sealed record Preview(string Text, string Target, JsonObject Model, IReadOnlyList<string> Types);
