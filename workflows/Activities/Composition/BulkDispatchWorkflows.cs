using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Composition;

/// <summary>Starts another workflow once for each item, as instances of their own, after this step.</summary>
[Activity("Elsa.BulkDispatchWorkflows", Category = "Composition", DisplayName = "Bulk Dispatch Workflows", Kind = ActivityKind.Task,
    Outcomes = ["Completed", "Canceled", "Done"], Description = "Starts another workflow once for each item, and may wait for all of them.")]
public sealed class BulkDispatchWorkflows : Activity
{
    private const string Left = "Left";

    private readonly Input<string> _definition = new("WorkflowDefinitionId")
    {
        DisplayName = "Workflow Definition",
        Hint = "workflow-definition-picker",
        IsRequired = true,
        Description = "The workflow to start; its published version runs.",
    };

    private readonly Input<JsonNode> _items = new("Items") { Description = "One instance is started for each." };

    private readonly Input<string> _itemKey = new("DefaultItemInputKey") { Default = "Item", DisplayName = "Default Item Input Key", Description = "The input that an item becomes which is no object itself." };

    private readonly Input<string> _correlationId = new("CorrelationIdFunction") { AutoEvaluate = false, DisplayName = "Correlation ID Function", Description = "The correlation id of an instance; the expression sees the item as the variable Item." };

    private readonly Input<JsonObject> _input = new("Input") { Description = "The input of every instance by name; an item that is an object is added to it." };

    private readonly Input<bool> _wait = new("WaitForCompletion") { Default = true, DisplayName = "Wait For Completion", Description = "Wait until all have ended." };

    private readonly Input<bool> _newTrace = new("StartNewTrace") { DisplayName = "Start New Trace", Category = "Open Telemetry", Description = "Has no effect here: every burst is a trace of its own." };

    private readonly Input<string> _channel = new("ChannelName") { DisplayName = "Channel", Hint = "dropdown", Description = "Has no effect here: there is one channel." };

    private readonly Port _childCompleted = new("ChildCompleted");

    private readonly Port _childFaulted = new("ChildFaulted");

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var definitionId = await context.InputAsync(_definition) ?? "";
        if (await context.Host.FindDefinitionAsync(definitionId, null, context.CancellationToken) is null)
            throw new ActivityException("workflow_not_found", $"No published version of workflow {definitionId} was found.", canRetry: true);
        var items = Conversion.Items(await context.InputAsync(_items)).ToList();
        var (wait, key, shared) = (await context.InputAsync(_wait), await context.InputAsync(_itemKey) ?? "Item", await context.InputAsync(_input));
        context.Declare("Item", null, isStored: false);
        foreach (var item in items)
        {
            var input = (JsonObject?)shared?.DeepClone() ?? [];
            input["ParentInstanceId"] = context.Instance.Id;
            if (item is JsonObject members)
            {
                foreach (var (name, value) in members)
                    input[name] = value?.DeepClone();
            }
            else
                input[key] = item?.DeepClone();
            context.TryAssignVariable("Item", "Item", item?.DeepClone());
            var child = context.Host.NewId();
            if (wait)
                context.CreateBookmark(ActivityContext.ChildPayload(child), shared: true);
            context.Yield(new Execution.DispatchWorkflow(definitionId, child, await context.InputAsync(_correlationId), input, context.Instance.Id, wait));
        }
        if (wait)
            context.Set(Left, items.Count);
    }

    /// <inheritdoc/>
    public override ValueTask ResumeAsync(ActivityContext context)
    {
        context.Set(Left, context.Get<int>(Left) - 1);
        var port = (string?)context.ResumeInput?["subStatus"] switch { "Finished" => _childCompleted, "Faulted" => _childFaulted, _ => null };
        if (port is not null && context.Node.Child(port) is { } body)
            context.Schedule(body, null, ("ChildInstanceId", context.ResumeInput?["workflowInstanceId"]?.DeepClone()));
        else
            CompleteIfAllAreBack(context);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        CompleteIfAllAreBack(context);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ChildCanceledAsync(ActivityContext context, ActivityContext child) => ChildCompletedAsync(context, child);

    private static void CompleteIfAllAreBack(ActivityContext context)
    {
        if (context.Get<int>(Left) <= 0 && context.Children.Count == 0)
            context.Complete("Completed", "Done");
    }
}
