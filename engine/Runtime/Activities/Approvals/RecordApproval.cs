using System.Text.Json.Nodes;

using Switchboard.Data.Records;
using Switchboard.Domain.Approvals;
using Switchboard.Runtime.Approvals;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Activities.Approvals;

/// <summary>Writes down what somebody has decided, and what that makes of the level and the approval.</summary>
[Activity("Switchboard.RecordApproval", Category = "Work", DisplayName = "Record approval", Description = "Writes down a decision, and ends the level when enough have agreed.")]
internal sealed class RecordApproval : Activity
{
    private readonly Input<string> outcome = new("Outcome")
    {
        IsRequired = true,
        Options = ["approved", "rejected", "changes_requested", "resubmitted", "withdrawn"],
        Description = "What was decided.",
    };

    public override async ValueTask ExecuteAsync(ActivityContext context)
    {
        var (view, approval) = OpenApprovalLevel.Of(context);
        var decided = await context.InputAsync(outcome) ?? "";
        var level = ApprovalLevels.Current(approval);
        if (decided == "approved" && level is not null && HasDecided(approval, level, view.Context.ActorId))
            throw new ActivityException("already_decided", "You have decided this level already; it needs somebody else too.", canRetry: true);
        Write(context, approval, decided, view.Context.ActorId, view.Context.Actor, approval.Comment);
        approval.Comment = null;
        switch (decided)
        {
            case "approved" when level is not null:
                Agree(context, approval, level);
                break;
            case "resubmitted":
                approval.Level = 0; // its levels are those that the rules gave for what is asked now
                break;
            case "rejected" or "changes_requested" when level is not null:
                End(context, approval, level, decided);
                break;
        }
        if (decided is "rejected" or "withdrawn" || ApprovalLevels.AllAgreed(approval) && decided == "approved")
            approval.DecidedAt = FieldText.Microseconds(context.Now);
    }

    /// <summary>Adds a decision to the record.</summary>
    internal static void Write(ActivityContext context, Approval approval, string decided, Guid? actorId, string actor, string? comment)
    {
        var decisions = (JsonArray?)approval.Decisions?.DeepClone() ?? [];
        decisions.Add((JsonNode)new JsonObject
        {
            ["level"] = approval.Level,
            ["outcome"] = decided,
            ["by"] = new JsonObject { ["id"] = actorId?.ToString(), ["name"] = actor },
            ["at"] = FieldText.Format(FieldText.Microseconds(context.Now)),
            ["comment"] = comment,
            ["decisionId"] = approval.DecisionId?.ToString(),
        });
        approval.Decisions = decisions;
    }

    /// <summary>One more has agreed; the level ends when enough have, and what was left of its tasks with it.</summary>
    internal static void Agree(ActivityContext context, Approval approval, JsonObject level)
    {
        var agreed = ApprovalLevels.ThisRound(approval).Count(decision => (int)decision["level"]! == approval.Level && (string?)decision["outcome"] == "approved");
        if (agreed < ((int?)level["needed"] ?? 1))
            return;
        End(context, approval, level, "approved");
        approval.Level++;
    }

    private static void End(ActivityContext context, Approval approval, JsonObject present, string status)
    {
        var (levels, level) = OpenApprovalLevel.ToChange(approval, present);
        level["status"] = status;
        approval.Levels = levels;
        context.Yield(new TasksForsaken([.. ApprovalLevels.Tasks(level)]));
    }

    private static bool HasDecided(Approval approval, JsonObject level, Guid? actorId) =>
        actorId is not null && (int?)level["needed"] > 1 && ApprovalLevels.ThisRound(approval)
            .Any(decision => (int)decision["level"]! == approval.Level && (string?)decision["by"]!["id"] == actorId.ToString());
}

/// <summary>Tasks that nobody needs any more: whatever is still open of them is cancelled.</summary>
internal sealed record TasksForsaken(IReadOnlyList<Guid> Tasks) : EngineEffect
{
    public override void Apply(StepContext context) => context.TasksClosed.AddRange(Tasks.Except(context.TasksOpened));
}
