using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Composition;

/// <summary>Runs another workflow as an instance of its own, within this burst.</summary>
[Activity("Elsa.ExecuteWorkflow", Category = "Composition", Kind = ActivityKind.Task, DisplayName = "Execute Workflow",
    Description = "Runs another workflow as an instance of its own, at once.")]
public sealed class ExecuteWorkflow : Activity
{
    private readonly Input<string> _definition = new("WorkflowDefinitionId")
    {
        DisplayName = "Workflow Definition",
        Hint = "workflow-definition-picker",
        IsRequired = true,
        Description = "The workflow to run; its published version runs.",
    };

    private readonly Input<string> _correlationId = new("CorrelationId") { DisplayName = "Correlation ID", Description = "The correlation id of the new instance." };

    private readonly Input<JsonObject> _input = new("Input") { Description = "The input of the new instance by name." };

    private readonly Input<bool> _wait = new("WaitForCompletion")
    {
        DisplayName = "Wait For Completion",
        Description = "Wait until the other workflow has ended if it waits for something itself.",
    };

    private readonly Output<JsonObject> _result = new("Result") { TypeName = "Object", Description = "Id, statuses and output of the other instance." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var definitionId = await context.InputAsync(_definition) ?? "";
        var graph = await context.Host.FindDefinitionAsync(definitionId, null, context.CancellationToken)
            ?? throw new ActivityException("workflow_not_found", $"No published version of workflow {definitionId} was found.", canRetry: true);
        var input = (JsonObject?)(await context.InputAsync(_input))?.DeepClone() ?? [];
        input["ParentInstanceId"] = context.Instance.Id;
        var wait = await context.InputAsync(_wait);
        var child = await context.RunChildAsync(graph, context.Host.NewId(), input, await context.InputAsync(_correlationId), notifyParent: wait);
        if (wait && child.State.Status == InstanceStatus.Running)
            context.CreateBookmark(ActivityContext.ChildPayload(child.State.Id), shared: true);
        else
            context.SetOutput(_result, child.State.Result());
    }

    /// <inheritdoc/>
    public override ValueTask ResumeAsync(ActivityContext context)
    {
        context.SetOutput(_result, context.ResumeInput);
        return default;
    }
}
