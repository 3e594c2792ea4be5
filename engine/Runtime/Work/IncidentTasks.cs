using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Domain.Work;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Work;

/// <summary>
/// What fails in an instance is a task of the role or user who owns its workflow, from the step on in which it fails: one for each
/// incident, and closed with it when that is retried or cancelled.
/// </summary>
internal static class IncidentTasks
{
    public const string TaskType = "incident";

    /// <summary>The outcome that runs again what has failed.</summary>
    public const string Retry = "retry";

    /// <summary>Somebody has looked at it, and it stays as it is.</summary>
    private const string Leave = "leave";

    /// <summary>The instance's own note: activity execution to task.</summary>
    private const string Property = "incidentTasks";

    private const int LongestTitle = 300;

    /// <summary>Opens tasks for what has failed in this burst, and says which are to be closed.</summary>
    public static async ValueTask WriteAsync(StepContext context, BurstResult burst, CancellationToken ct)
    {
        var (state, noted) = (context.State, context.State.Properties[Property] as JsonObject);
        if (noted is null && state.Incidents.Count == 0)
            return;
        var open = new JsonObject();
        Owner? owner = null;
        foreach (var incident in state.SubStatus == InstanceSubStatus.Cancelled ? [] : state.Incidents)
        {
            // What was retried and failed again has the same execution, and is another incident.
            var known = incident.At == context.Now ? null : noted?[incident.ActivityInstanceId]?.DeepClone();
            if (!open.ContainsKey(incident.ActivityInstanceId))
                open[incident.ActivityInstanceId] = known ?? (await OpenAsync(context, burst.Graph, owner ??= await OwnerAsync(context, OwnerOf(burst.Graph.Definition), ct), incident, ct)).ToString();
        }
        context.TasksClosed.AddRange(Of(noted).Except(Of(open)));
        if (open.Count == 0)
            state.Properties.Remove(Property);
        else
            state.Properties[Property] = open;
    }

    /// <summary>As if none of its incidents had a task yet.</summary>
    public static void Forget(InstanceState state) => state.Properties.Remove(Property);

    /// <summary>Of the incidents that an instance has now; some may be done.</summary>
    public static IEnumerable<Guid> Of(InstanceState state) => Of(state.Properties[Property] as JsonObject);

    /// <summary>Null when the incident of this task is there no more.</summary>
    public static Stimulus? RetryOf(InstanceState state, Guid task) =>
        (state.Properties[Property] as JsonObject)?.FirstOrDefault(one => (string?)one.Value == task.ToString()).Key is { } execution ? new Stimulus.Retry([execution]) : null;

    /// <summary>What a definition names as <c>customProperties.owner</c>: the name of a role or the id of a user; else the administrators.</summary>
    public static string OwnerOf(WorkflowDefinition definition) =>
        (definition.Json["customProperties"] as JsonObject)?["owner"] is JsonValue value && value.TryGetValue<string>(out var owner) && owner.Length > 0 ? owner : NewTenant.AdminRole;

    private static IEnumerable<Guid> Of(JsonObject? noted) => (noted ?? []).Select(one => Guid.Parse((string)one.Value!));

    private static async ValueTask<Guid> OpenAsync(StepContext context, WorkflowGraph graph, Owner owner, Incident incident, CancellationToken ct)
    {
        var activity = graph.FindByNodeId(incident.ActivityNodeId)?.Name ?? incident.ActivityId;
        var title = $"{graph.Definition.Name ?? graph.DefinitionId} failed at {activity}";
        var task = new WorkTask
        {
            Id = context.NewId(),
            Type = TaskType,
            Title = title.Length > LongestTitle ? title[..LongestTitle] : title,
            Description = incident.Message + owner.Note,
            CandidateRoles = new JsonArray(owner.Role),
            Priority = "high",
            Outcomes = new JsonArray(Retry, Leave),
            SubjectType = context.View.SubjectType?.Name,
            SubjectId = context.View.Subject?.Id,
            InstanceId = context.InstanceId,
            ActivityId = incident.ActivityId,
        };
        await task.PlaceAsync(context.View, context.View.Subject, ct);
        if (owner.UserId is { } userId)
            (task.AssigneeId, task.Status, task.ClaimedAt) = (userId, "claimed", context.Now);
        context.Open(task);
        return task.Id;
    }

    /// <summary>As it is in the database now. Of an owner who is gone, the administrators get it: what has failed must come to somebody.</summary>
    private static async ValueTask<Owner> OwnerAsync(StepContext context, string named, CancellationToken ct)
    {
        if (!Guid.TryParse(named, out var userId))
            return named == NewTenant.AdminRole || await context.View.HasRoleAsync(named, ct) ? new Owner(named) : Owner.Gone($"the role {named}, is not there any more");
        if (await context.View.FindNowAsync(RecordTypes.Of<User>(), userId, ct) is not User { IsActive: true } user)
            return Owner.Gone($"the user {userId}, is not there any more or is locked out");
        context.Rely(user);
        return new Owner(NewTenant.AdminRole, userId);
    }

    /// <summary>Before whom it is put.</summary>
    /// <param name="Note">What the task says of it beside what failed.</param>
    private sealed record Owner(string Role, Guid? UserId = null, string? Note = null)
    {
        public static Owner Gone(string who) =>
            new(NewTenant.AdminRole, Note: $"\n\nThe owner of the workflow, {who}; so this comes to the role {NewTenant.AdminRole}.");
    }
}
