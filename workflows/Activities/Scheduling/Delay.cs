using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Activities.Scheduling;

/// <summary>Waits for a while.</summary>
[Activity("Elsa.Delay", Category = "Scheduling", Description = "Waits for a while.")]
public sealed class Delay : Activity
{
    private readonly Input<TimeSpan> _timeSpan = new("TimeSpan") { Default = TimeSpan.FromMinutes(1), DisplayName = "Time Span", Description = "How long." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context) => context.WaitUntil(context.Now + await context.InputAsync(_timeSpan), "ResumeAt");
}

/// <summary>Waits until an instant; completes at once if that is past.</summary>
[Activity("Elsa.StartAt", Category = "Scheduling", Kind = ActivityKind.Trigger, DisplayName = "Start At", Description = "Waits until an instant.")]
public sealed class StartAt : Activity
{
    private readonly Input<DateTimeOffset?> _dateTime = new("DateTime") { DisplayName = "Date Time", Hint = "datetime-picker", IsRequired = true, Description = "When." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var at = await context.InputAsync(_dateTime);
        if (!context.IsStartTrigger && at > context.Now)
            context.WaitUntil(at.Value, "ExecuteAt");
    }

    /// <inheritdoc/>
    public override JsonObject? TriggerPayload(ActivityNode node) => new() { ["ExecuteAt"] = node.ConstantOf(_dateTime) };
}

/// <summary>Starts workflows at an interval; within a workflow it waits once.</summary>
[Activity("Elsa.Timer", Category = "Scheduling", Kind = ActivityKind.Trigger, Description = "Starts the workflow at an interval; within a workflow it waits once.")]
public sealed class Timer : Activity
{
    private readonly Input<TimeSpan> _interval = new("Interval") { Default = TimeSpan.FromMinutes(1), Description = "How long." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        if (!context.IsStartTrigger)
            context.WaitUntil(context.Now + await context.InputAsync(_interval), "ResumeAt");
    }

    /// <inheritdoc/>
    public override JsonObject? TriggerPayload(ActivityNode node) => new() { ["Interval"] = Conversion.From(node.ConstantOf(_interval)) };
}

/// <summary>Starts workflows at the instants of a cron expression; within a workflow it waits for the next.</summary>
[Activity("Elsa.Cron", Category = "Scheduling", Kind = ActivityKind.Trigger, Description = "Starts the workflow at the instants of a cron expression; within a workflow it waits for the next.")]
public sealed class Cron : Activity
{
    private readonly Input<string> _expression = new("CronExpression") { DisplayName = "Cron Expression", IsRequired = true, Description = "Five to seven fields; with six or seven the first is seconds." };

    /// <inheritdoc/>
    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        if (context.IsStartTrigger)
            return;
        var expression = await context.InputAsync(_expression) ?? "";
        var next = context.Host.NextOccurrence(expression, context.Now)
            ?? throw new ActivityException("cron_never_occurs", $"The cron expression {expression} never occurs after {context.Now:O}.");
        context.WaitUntil(next, "ExecuteAt", new JsonObject { ["CronExpression"] = expression });
    }

    /// <inheritdoc/>
    public override JsonObject? TriggerPayload(ActivityNode node) => new() { ["CronExpression"] = node.ConstantOf(_expression) };
}
