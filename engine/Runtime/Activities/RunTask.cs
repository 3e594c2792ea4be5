using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>Hands a task to somebody outside, who tells when it is done.</summary>
[Activity(StimulusName, Category = "Primitives", DisplayName = "Run Task", Description = "Waits until somebody outside says that a task is done.")]
public sealed class RunTask : Activity
{
    /// <summary>The name of its bookmarks.</summary>
    public const string StimulusName = "Elsa.RunTask";

    private const string ResultKey = "RunTaskInput";

    private readonly Input<string> taskName = new("TaskName") { DisplayName = "Task Name", IsRequired = true, Description = "Which task." };

    private readonly Input<JsonObject> payload = new("Payload") { Description = "What is needed to do it." };

    private readonly Output<string> taskId = new("TaskId") { DisplayName = "Task ID", Description = "By which it is completed." };

    private readonly Output<JsonNode> result = new("Result") { Description = "What came with its end." };

    /// <summary>What its bookmark waits for.</summary>
    public static JsonObject PayloadOf(string taskId) => new() { ["TaskId"] = taskId };

    /// <summary>How a task's result travels.</summary>
    public static JsonObject InputOf(JsonNode? result) => new() { [ResultKey] = result?.DeepClone() };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var id = context.Host.NewId();
        var (name, content) = (await context.InputAsync(taskName) ?? "", (JsonObject?)(await context.InputAsync(payload))?.DeepClone());
        context.SetOutput(taskId, id);
        context.CreateBookmark(PayloadOf(id), StimulusName, shared: true);
        context.Yield(new TaskRequested(id, name, content));
    }

    public override ValueTask ResumeAsync(ActivityContext context)
    {
        context.SetOutput(result, context.ResumeInput?[ResultKey]);
        return default;
    }
}

/// <summary>Told to whoever listens to events, so that somebody does the task.</summary>
internal sealed record TaskRequested(string TaskId, string Name, JsonObject? Payload) : EngineEffect
{
    public override void Apply(StepContext context) => context.Step.Insert(
        SystemTables.Events, context.Step.TenantId, context.NewId(), "run_task.requested", null, null,
        new JsonObject { ["taskId"] = TaskId, ["taskName"] = Name, ["taskPayload"] = Payload?.DeepClone(), ["instanceId"] = context.InstanceId.ToString() }.ToJsonString(),
        context.Now);
}
