using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>Changes fields of the record that the instance belongs to. The status is not among them: states set it.</summary>
[Activity("Switchboard.UpdateRecord", Category = "Records", DisplayName = "Update record", Description = "Changes fields of the record that the workflow runs for.")]
internal sealed class UpdateRecord : Activity
{
    private readonly Input<JsonObject> set = new("Set") { Description = "Values by field; null clears." };
    private readonly Input<string[]> touch = new("Touch") { Picks = "instant-field", Description = "Fields that take the current instant." };
    private readonly Input<string[]> increment = new("Increment") { Picks = "integer-field", Description = "Whole-number fields that go up by one." };
    private readonly Input<string[]> clear = new("Clear") { Picks = "field", Description = "Fields that lose their value." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var subject = context.Feature<RecordView>().Subject
            ?? throw new ActivityException("no_record", $"{context.Node} changes the record of the instance, but the instance has none.");
        var type = RecordTypes.Of(subject);
        foreach (var (name, value) in await context.InputAsync(set) ?? [])
            Set(type, subject, name, value);
        foreach (var name in await context.InputAsync(touch) ?? [])
            Set(type, subject, name, FieldText.Format(FieldText.Microseconds(context.Now)));
        foreach (var name in await context.InputAsync(increment) ?? [])
            Set(type, subject, name, Convert.ToInt64(Find(type, name).Get(subject), System.Globalization.CultureInfo.InvariantCulture) + 1);
        foreach (var name in await context.InputAsync(clear) ?? [])
            Set(type, subject, name, null);
    }

    private static void Set(RecordType type, Record subject, string name, JsonNode? value)
    {
        if (RecordJson.SetField(subject, Find(type, name), value) is { } error)
            throw new ActivityException("invalid_field", error.Detail);
    }

    private static Field Find(RecordType type, string name) =>
        type.Find(name) is { Stored: true } field && field.Name != "status"
            ? field
            : throw new ActivityException("unknown_field", $"{type.Name} has no field {name} that a workflow can set.");
}
