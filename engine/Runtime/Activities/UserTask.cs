using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Calendars;
using Switchboard.Runtime.Templates;
using Switchboard.Runtime.Work;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities;

/// <summary>
/// Gives people a task. It waits for their outcome; or, in a lifecycle, it goes on and the task's outcomes are actions of
/// the record: completing the task performs the action, and leaving the state in which it was made cancels it.
/// </summary>
[Activity(TaskType, Category = "Work", DisplayName = "User task", Description = "Gives people a task and waits for its outcome.")]
public sealed class UserTask : Activity
{
    /// <summary>Also the name of its bookmarks.</summary>
    public const string TaskType = "Switchboard.UserTask";

    private static readonly string[] Priorities = ["low", "medium", "high", "urgent"];

    private readonly Input<string> taskType = new("TaskType") { Default = "task", Description = "What kind of task it is, for filters." };
    private readonly Input<string> title = new("Title") { IsRequired = true, Description = "With values, as Call {{endUser.displayName}}." };
    private readonly Input<string> descriptionTemplate = new("DescriptionTemplate") { DisplayName = "Description", Picks = "template", Description = "The key of a template." };
    private readonly Input<JsonObject> values = new("Values") { Description = "Further values by name for the title and the description, such as what a decision gave." };
    private readonly Input<string[]> candidateRoles = new("CandidateRoles") { Picks = "role", Description = "Roles whose members may claim it; empty for everybody who works on tasks." };
    private readonly Input<string> assignee = new("Assignee") { Description = "The id of the user who gets it; empty leaves it to be claimed." };
    private readonly Input<string> priority = new("Priority") { Default = "medium", Options = Priorities };
    private readonly Input<string> form = new("Form") { Picks = "form", Description = "The form that its completion fills in." };
    private readonly Input<string[]> outcomes = new("Outcomes") { Hint = "dynamic-outcomes", Description = "What it can be completed with; none means done." };
    private readonly Input<int?> dueInBusinessDays = new("DueInBusinessDays") { Description = "Due at the close of the n-th business day of the record's site." };
    private readonly Input<bool> waitForCompletion = new("WaitForCompletion") { Default = true, Description = "If not, its outcomes are actions of the record." };
    private readonly Output<JsonObject> result = new("Result") { Description = "The data that it was completed with." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var view = context.Feature<RecordView>();
        var waits = await context.InputAsync(waitForCompletion);
        var task = new WorkTask
        {
            Id = Guid.Parse(context.Host.NewId()),
            Type = await context.InputAsync(taskType) ?? "task",
            CandidateRoles = Texts(await context.InputAsync(candidateRoles)),
            Priority = await context.InputAsync(priority) ?? "medium",
            Form = await context.InputAsync(form),
            Outcomes = Texts(await context.InputAsync(outcomes) is { Length: > 0 } named ? named : ["done"]),
            SubjectType = view.SubjectType?.Name,
            SubjectId = view.Subject?.Id,
            InstanceId = Guid.Parse(context.Instance.Id),
            CompletesAction = !waits,
            DecisionId = view.Context.DecisionId,
        };
        if (!Priorities.Contains(task.Priority))
            throw new ActivityException("invalid_priority", $"A task's priority is {string.Join(", ", Priorities[..^1])} or {Priorities[^1]}, not {task.Priority}.");
        await DescribeAsync(context, view, task);
        await task.PlaceAsync(view, view.Subject, context.CancellationToken);
        if (await context.InputAsync(dueInBusinessDays) is { } days)
            task.DueAt = (await context.Feature<BusinessCalendars>().OfAsync(view, context.CancellationToken)).EndOfBusinessDay(context.Now, days);
        User? user = null;
        if (await context.InputAsync(assignee) is { Length: > 0 } whom)
        {
            user = await FindAssigneeAsync(context, Guid.TryParse(whom, out var id) ? id : throw NoAssignee(whom));
            task.AssigneeId = user.Id;
            task.Status = "claimed";
            task.ClaimedAt = FieldText.Microseconds(context.Now);
        }
        if (waits)
            task.BookmarkId = context.CreateBookmark(new JsonObject { ["taskId"] = task.Id.ToString() }).Id;
        context.Yield(new TaskOpened(task, user));
    }

    public override ValueTask ResumeAsync(ActivityContext context)
    {
        context.SetOutput(result, context.ResumeInput?["data"] as JsonObject);
        context.Complete((string?)context.ResumeInput?["outcome"] is { } outcome ? [outcome] : []);
        return default;
    }

    /// <summary>As they are in the database now, because the task will refer to them.</summary>
    /// <exception cref="ActivityException">There is no such user.</exception>
    internal static async ValueTask<User> FindAssigneeAsync(ActivityContext context, Guid id) =>
        await context.Feature<RecordView>().FindNowAsync(RecordTypes.Of<User>(), id, context.CancellationToken) as User ?? throw NoAssignee(id.ToString());

    private static ActivityException NoAssignee(string whom) => new("invalid_assignee", $"{whom} is not the id of a user.", canRetry: true);

    private async ValueTask DescribeAsync(ActivityContext context, RecordView view, WorkTask task)
    {
        var library = context.Feature<TemplateLibrary>();
        try
        {
            var subject = await SubjectModel.OfAsync(view, context.CancellationToken);
            foreach (var (name, value) in await context.InputAsync(values) ?? [])
                subject.TryAdd(name, value?.DeepClone());
            var model = TemplateModel.Of(subject);
            task.Title = library.Inline(await context.InputAsync(title) ?? "Task").Render(model);
            if (await context.InputAsync(descriptionTemplate) is not { Length: > 0 } key)
                return;
            var (template, hash) = library.Find(view.TenantId, key, view.Now) ?? throw new ActivityException("unknown_template", $"There is no template {key}.");
            task.Description = template.Render(model).Trim();
            context.Note("TemplateHash", hash);
            view.Used($"template/{key}", hash);
        }
        catch (TemplateException e)
        {
            throw new ActivityException(e.Code, e.Message, canRetry: true, e);
        }
    }

    private static JsonArray? Texts(string[]? values) => values is null ? null : new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
}

/// <summary>A task to be put before people.</summary>
/// <param name="Assignee">Whose it is from the beginning; null leaves it to be claimed.</param>
internal sealed record TaskOpened(WorkTask Task, User? Assignee = null) : EngineEffect
{
    public override void Apply(StepContext context)
    {
        if (Task.CompletesAction)
            StateTasks.Remember(context, Task);
        if (Assignee is { } user)
            context.Rely(user);
        context.Open(Task);
    }
}
