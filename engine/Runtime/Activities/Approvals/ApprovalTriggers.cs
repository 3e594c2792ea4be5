using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Runtime.Approvals;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities.Approvals;

/// <summary>The trigger of the transition that ends an approval well: fires at once when no level is left.</summary>
[Activity("Switchboard.ApprovalComplete", Category = "Work", DisplayName = "Approval complete", Description = "Fires when all levels of the approval have agreed.")]
internal sealed class ApprovalComplete : Activity
{
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        var (_, approval) = OpenApprovalLevel.Of(context);
        // Otherwise alive, so that the transition stays possible, but nothing can wake it: the next decision enters the state again.
        if (!ApprovalLevels.AllAgreed(approval))
            context.CreateBookmark(name: IdleBookmarks.ApprovalPending);
        return default;
    }
}

/// <summary>The trigger of the transition for a level that nobody has decided in time; fires once a level.</summary>
[Activity("Switchboard.ApprovalDue", Category = "Work", DisplayName = "Approval due", Description = "Fires once when the approval's present level is overdue.")]
internal sealed class ApprovalDue : Activity
{
    public override ValueTask ExecuteAsync(ActivityContext context)
    {
        var (_, approval) = OpenApprovalLevel.Of(context);
        if (ApprovalLevels.Current(approval) is { } level && level["overdueAt"] is null && FieldText.TryParseInstant((string?)level["dueAt"] ?? "", out var due))
            context.WaitUntil(due, "ResumeAt");
        else
            context.CreateBookmark(name: IdleBookmarks.ApprovalPending);
        return default;
    }
}

/// <summary>What happens with a level that is overdue: others may decide it too, or it counts as agreed, as the rules say.</summary>
[Activity("Switchboard.EscalateApproval", Category = "Work", DisplayName = "Escalate approval", Description = "Lets others decide the approval's present level too, or counts it as agreed, as the rules say.")]
internal sealed class EscalateApproval : Activity
{
    private readonly Input<string[]> escalateTo = new("EscalateTo") { Picks = "role", Description = "The roles that may decide too, unless the rules name them." };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var (view, approval) = OpenApprovalLevel.Of(context);
        if (ApprovalLevels.Current(approval) is not { } present)
            return;
        var (levels, level) = OpenApprovalLevel.ToChange(approval, present);
        level["overdueAt"] = FieldText.Format(FieldText.Microseconds(context.Now));
        approval.Levels = levels;
        if ((string?)level["onDue"] == "approve")
        {
            RecordApproval.Write(context, approval, "approved", null, view.Context.Actor, "Nobody has decided in time, and the rules say that it then counts as agreed.");
            level["needed"] = 1;
            RecordApproval.Agree(context, approval, level);
            if (ApprovalLevels.AllAgreed(approval))
                approval.DecidedAt = FieldText.Microseconds(context.Now);
            return;
        }
        var roles = level["escalateTo"] is JsonArray named ? [.. named.Select(role => (string)role!)] : await context.InputAsync(escalateTo) ?? [];
        if (roles.Length == 0)
            return;
        var task = OpenApprovalLevel.Task(context, approval, FieldText.Microseconds(context.Now), "urgent", null, roles, null);
        context.Yield(new TaskOpened(task));
        ((JsonArray)level["tasks"]!).Add((JsonNode)task.Id.ToString());
        level["escalatedTo"] = new JsonArray([.. roles.Select(role => (JsonNode)role)]);
        context.Log("Escalated", $"Level {approval.Level} is overdue; {string.Join(", ", roles)} may decide it too.");
    }
}
