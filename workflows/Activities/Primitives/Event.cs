using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Primitives;

/// <summary>Waits for an event, or is started by one.</summary>
[Activity(StimulusName, Category = "Primitives", Kind = ActivityKind.Trigger, Description = "Waits for an event.")]
public sealed class Event : Activity
{
    /// <summary>The name of its bookmarks and triggers.</summary>
    public const string StimulusName = "Elsa.Event";

    private const string PayloadKey = "__EventPayloadWorkflowInput";

    private readonly Input<string> _eventName = new("EventName") { DisplayName = "Event Name", IsRequired = true, Description = "The event's name, case-sensitive." };

    private readonly Output<JsonNode> _result = new("Result") { Description = "What came with the event." };

    /// <summary>How an event's payload travels: as the input of a start, and as the input of a resumption.</summary>
    public static JsonObject InputOf(JsonNode? payload) => new() { [PayloadKey] = payload?.DeepClone() };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        if (context.IsStartTrigger)
            context.SetOutput(_result, context.Instance.Input?[PayloadKey]);
        else
            context.CreateBookmark(new JsonObject { ["EventName"] = await context.InputAsync(_eventName) ?? "" }, StimulusName, shared: true);
    }

    /// <inheritdoc/>
    public override ValueTask ResumeAsync(ActivityContext context)
    {
        context.SetOutput(_result, context.ResumeInput?[PayloadKey]);
        return default;
    }

    /// <inheritdoc/>
    public override JsonObject? TriggerPayload(ActivityNode node) => new() { ["EventName"] = node.ConstantOf(_eventName) ?? "" };

    /// <inheritdoc/>
    public override bool CanAskAgain => true;
}

/// <summary>Sends an event to whoever waits for it.</summary>
[Activity("Elsa.PublishEvent", Category = "Primitives", DisplayName = "Publish Event", Description = "Sends an event to the workflows that wait for it or start with it.")]
public sealed class PublishEvent : Activity
{
    private readonly Input<string> _eventName = new("EventName") { DisplayName = "Event Name", IsRequired = true, Description = "The event's name, case-sensitive." };

    private readonly Input<string> _correlationId = new("CorrelationId") { DisplayName = "Correlation ID", Description = "Only instances with this correlation id receive it." };

    private readonly Input<bool> _isLocal = new("IsLocalEvent") { DisplayName = "Local event", Description = "Only this workflow instance receives it." };

    private readonly Input<JsonNode> _payload = new("Payload") { Description = "What comes with it." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) =>
        context.Yield(new Execution.PublishEvent(
            await context.InputAsync(_eventName) ?? "",
            await context.InputAsync(_correlationId),
            await context.InputAsync(_isLocal) ? context.Instance.Id : null,
            (await context.InputAsync(_payload))?.DeepClone()));
}
