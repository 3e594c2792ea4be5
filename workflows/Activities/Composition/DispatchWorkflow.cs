using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Composition;

/// <summary>Starts another workflow as an instance of its own, after this step.</summary>
[Activity("Elsa.DispatchWorkflow", Category = "Composition", DisplayName = "Dispatch Workflow", Description = "Starts another workflow as an instance of its own, soon after this step.")]
public sealed class DispatchWorkflow : Activity
{
    private readonly Input<string> _definition = new("WorkflowDefinitionId")
    {
        DisplayName = "Workflow Definition",
        Hint = "workflow-definition-picker",
        IsRequired = true,
        Description = "The workflow to start; its published version runs.",
    };

    private readonly Input<string> _correlationId = new("CorrelationId") { DisplayName = "Correlation ID", Description = "The correlation id of the new instance." };

    private readonly Input<JsonObject> _input = new("Input") { Description = "The input of the new instance by name." };

    private readonly Input<bool> _wait = new("WaitForCompletion") { DisplayName = "Wait For Completion", Description = "Wait until the other workflow has ended." };

    private readonly Input<bool> _newTrace = new("StartNewTrace") { DisplayName = "Start New Trace", Category = "Open Telemetry", Description = "Has no effect here: every burst is a trace of its own." };

    private readonly Input<string> _channel = new("ChannelName") { DisplayName = "Channel", Hint = "dropdown", Description = "Has no effect here: there is one channel." };

    private readonly Output<JsonNode> _result = new("Result") { Description = "The output of the other instance, if this one waits for it." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var definitionId = await context.InputAsync(_definition) ?? "";
        if (await context.Host.FindDefinitionAsync(definitionId, null, context.CancellationToken) is null)
            throw new ActivityException("workflow_not_found", $"No published version of workflow {definitionId} was found.", canRetry: true);
        var input = (JsonObject?)(await context.InputAsync(_input))?.DeepClone() ?? [];
        input["ParentInstanceId"] = context.Instance.Id;
        var child = context.Host.NewId();
        var wait = await context.InputAsync(_wait);
        if (wait)
            context.CreateBookmark(ActivityContext.ChildPayload(child), shared: true);
        context.Yield(new Execution.DispatchWorkflow(definitionId, child, await context.InputAsync(_correlationId), input, context.Instance.Id, wait));
    }

    /// <inheritdoc/>
    public override ValueTask ResumeAsync(ActivityContext context)
    {
        context.SetOutput(_result, context.ResumeInput?["output"]);
        return default;
    }
}
