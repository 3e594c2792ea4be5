using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Approvals;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Approvals;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Calendars;
using Switchboard.Runtime.Work;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities.Approvals;

/// <summary>
/// Gives the deciders of the approval's present level their tasks, once a level. The tasks' outcomes are actions of the
/// approval; who asked is excluded from all of them.
/// </summary>
[Activity("Switchboard.OpenApprovalLevel", Category = "Work", DisplayName = "Open approval level", Description = "Gives the deciders of the approval's present level their tasks.")]
internal sealed class OpenApprovalLevel : Activity
{
    private readonly Input<int> dueInBusinessDays = new("DueInBusinessDays") { Default = 3, Description = "When a level is overdue, unless the rules say it." };
    private readonly Input<string> priority = new("Priority") { Default = "medium", Options = ["low", "medium", "high", "urgent"] };
    private readonly Input<string> form = new("Form") { Picks = "form", Description = "The form that a decision fills in." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var (view, approval) = Of(context);
        approval.Level = Math.Max(approval.Level, 1);
        if (ApprovalLevels.Current(approval) is not { } present || present["tasks"] is not null)
            return;
        var (levels, level) = ToChange(approval, present);
        var calendar = await context.Feature<BusinessCalendars>().OfAsync(view, context.CancellationToken);
        var dueAt = FieldText.Microseconds(calendar.EndOfBusinessDay(context.Now, (int?)level["dueInBusinessDays"] ?? await context.InputAsync(dueInBusinessDays)));
        var (all, roles) = ((string?)level["mode"] == "all", ApprovalLevels.Roles(level));
        var tasks = new List<TaskOpened>();
        foreach (var candidates in all ? roles.Select(role => new[] { role }) : roles.Count == 0 ? [] : [[.. roles]])
            tasks.Add(new TaskOpened(Task(context, approval, dueAt, await context.InputAsync(priority) ?? "medium", await context.InputAsync(form), candidates, null)));
        foreach (var id in ApprovalLevels.Users(level))
        {
            var user = await UserTask.FindAssigneeAsync(context, id);
            tasks.Add(new TaskOpened(Task(context, approval, dueAt, await context.InputAsync(priority) ?? "medium", await context.InputAsync(form), null, user.Id), user));
        }
        var about = RecordTypes.Find(approval.SubjectType ?? "") is { } type && approval.SubjectId is { } subject ? await view.FindAsync(type, subject, context.CancellationToken) : null;
        foreach (var opened in tasks)
        {
            await opened.Task.PlaceAsync(view, about, context.CancellationToken);
            context.Yield(opened);
        }
        level["status"] = "open";
        level["needed"] = all ? tasks.Count : 1;
        level["tasks"] = new JsonArray([.. tasks.Select(opened => (JsonNode)opened.Task.Id.ToString())]);
        level["openedAt"] = FieldText.Format(FieldText.Microseconds(context.Now));
        level["dueAt"] = FieldText.Format(dueAt);
        approval.Levels = levels;
    }

    internal static (RecordView View, Approval Approval) Of(ActivityContext context)
    {
        var view = context.Feature<RecordView>();
        return (view, view.Subject as Approval ?? throw new ActivityException("no_approval", $"{context.Node} belongs to an approval, and the instance has none."));
    }

    /// <summary>Copies, because the record's own values are shared.</summary>
    internal static (JsonArray Levels, JsonObject Level) ToChange(Approval approval, JsonObject level)
    {
        var levels = (JsonArray)approval.Levels!.DeepClone();
        return (levels, (JsonObject)levels[level.GetElementIndex()]!);
    }

    internal static WorkTask Task(
        ActivityContext context, Approval approval, DateTimeOffset dueAt, string priority, string? form, IReadOnlyList<string>? candidates, Guid? assignee) => new()
        {
            Id = Guid.Parse(context.Host.NewId()),
            Type = "approval",
            Title = Shorten($"Decide: {approval.Title}"),
            Description = approval.Reason,
            DecisionId = approval.DecisionId,
            CandidateRoles = candidates is null ? null : new JsonArray([.. candidates.Select(role => (JsonNode)role)]),
            AssigneeId = assignee,
            Status = assignee is null ? "open" : "claimed",
            ClaimedAt = assignee is null ? null : FieldText.Microseconds(context.Now),
            ExcludedUserIds = approval.RequesterId is { } requester ? new JsonArray(requester.ToString()) : new JsonArray(),
            Priority = priority,
            Form = form,
            Outcomes = new JsonArray("approve", "reject", "request_changes"),
            DueAt = dueAt,
            SubjectType = "approvals",
            SubjectId = approval.Id,
            InstanceId = Guid.Parse(context.Instance.Id),
            CompletesAction = true,
        };

    private static string Shorten(string title) => title.Length <= 300 ? title : title[..299] + "…";
}
