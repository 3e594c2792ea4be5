using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>Creates a record of any type in the same step. If its type has a lifecycle, its instance starts right after the commit.</summary>
[Activity("Switchboard.CreateRecord", Category = "Records", DisplayName = "Create record", Description = "Creates a record of any type.")]
internal sealed class CreateRecord : Activity
{
    private readonly Input<string> recordType = new("RecordType") { IsRequired = true, Picks = "record-type", Description = "The type's name in the API, as end-users." };
    private readonly Input<JsonObject> values = new("Values") { Description = "Values by field; a reference takes an id." };
    private readonly Output<string> result = new("Result") { Description = "The id of the record." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var name = await context.InputAsync(recordType) ?? "";
        if (RecordTypes.Find(name) is not { Writable: true } type)
            throw new ActivityException("unknown_record_type", $"There is no record type {name} that a workflow can create.");
        var record = type.Create();
        record.Id = Guid.Parse(context.Host.NewId());
        var errors = RecordJson.ApplyPatch(type, record, await context.InputAsync(values) ?? [], CustomFields.None, creating: true);
        if (errors.Count == 0)
            errors.AddRange(record.Normalise());
        errors.AddRange(type.Fields.Where(field => field.Required && field.Stored && field.Get(record) is null or "")
            .Select(field => new FieldError(field.Name, "required", $"{field.Name} is required.")));
        if (errors.Count == 0)
            errors.AddRange(record.Check(new RecordChange(null, record)));
        if (errors.Count > 0)
            throw new ActivityException("invalid_record", $"{type.Name}: {string.Join(" ", errors.Select(error => error.Detail))}");
        context.SetOutput(result, record.Id.ToString());
        context.Yield(new RecordCreated(type, record));
    }
}

/// <summary>A record to be created.</summary>
internal sealed record RecordCreated(RecordType Type, Record Record) : EngineEffect
{
    public override void Apply(StepContext context) => context.Create(Type, Record);
}
