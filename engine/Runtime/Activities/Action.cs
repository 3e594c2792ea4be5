using System.Text.Json.Nodes;

using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Work;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>
/// Waits until a person performs an action on the record: the trigger of a lifecycle's transition. What a record can do now
/// is what its instance waits for.
/// </summary>
[Activity(ActionType, Category = "Lifecycle", DisplayName = "Action",
    Description = "Waits until somebody performs this action on the record.")]
public sealed class Action : Activity
{
    /// <summary>Also the name of its bookmarks.</summary>
    public const string ActionType = "Switchboard.Action";

    private readonly Input<string> actionName = new("ActionName") { DisplayName = "Name", IsRequired = true, Description = "The name in the API, as submit_loa." };
    private readonly Input<string> label = new("Label") { Description = "The text of the button; the name if empty." };
    private readonly Input<string> form = new("Form") { Picks = "form", Description = "The form that asks for the action's data." };
    private readonly Input<string> permission = new("Permission") { Description = "The permission that it needs; the record type's act permission if empty." };
    private readonly Input<JsonArray> fields = new("Fields") { Description = "Which of the action's data goes into which field: a list of {name, field, required}." };
    private readonly Input<bool> condition = new("Condition") { Default = true, Description = "The action is offered if this holds when the wait begins." };
    private readonly Input<bool> byServiceOnly = new("ByServiceOnly") { DisplayName = "By tasks only", Description = "Clients are not offered it: the completion of a task performs it, or an endpoint of its own that knows who may." };
    private readonly Output<JsonObject> result = new("Result") { Description = "The data that the action was performed with." };

    public override bool CanAskAgain => true;

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var name = await context.InputAsync(actionName) ?? throw new ActivityException("action_without_name", $"The action {context.Node} has no name.");
        if (!await context.InputAsync(condition))
        {
            // It stays alive, so that its transition stays possible in the definition, but nothing can wake it.
            context.CreateBookmark(name: IdleBookmarks.NotOffered);
            return;
        }
        var payload = new JsonObject { ["name"] = name, ["label"] = await context.InputAsync(label) is { Length: > 0 } text ? text : name };
        if (await context.InputAsync(form) is { Length: > 0 } key)
            payload["form"] = key;
        if (await context.InputAsync(permission) is { Length: > 0 } needed)
            payload["permission"] = needed;
        if (await context.InputAsync(fields) is { Count: > 0 } list)
            payload["fields"] = list.DeepClone();
        if (await context.InputAsync(byServiceOnly))
            payload["byServiceOnly"] = true;
        context.CreateBookmark(payload);
    }

    public override ValueTask ResumeAsync(ActivityContext context)
    {
        var data = context.ResumeInput ?? [];
        if (context.FindFeature<RecordView>() is { Subject: { } subject })
        {
            // The data were checked before the action was accepted; what fails here was changed in between.
            var errors = ActionData.Apply(subject, context.Bookmark?.Payload?["fields"] as JsonArray, data);
            if (errors.Count > 0)
                throw new ActivityException("action_data_invalid", string.Join(" ", errors.Select(error => error.Detail)), canRetry: true);
        }
        context.SetOutput(result, (JsonObject)data.DeepClone());
        return default;
    }
}
