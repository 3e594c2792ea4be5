using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Alterations;

/// <summary>What became of the alterations of one instance.</summary>
/// <param name="Log">A sentence for each, in order; the last says why it failed if it did.</param>
public sealed record AlterationResult(Guid InstanceId, bool Succeeded, IReadOnlyList<string> Log)
{
    public JsonObject ToJson() => new()
    {
        ["workflowInstanceId"] = InstanceId.ToString(),
        ["log"] = new JsonObject
        {
            ["logEntries"] = new JsonArray([.. Log.Select((line, at) => (JsonNode)new JsonObject
            {
                ["message"] = line,
                ["logLevel"] = at == Log.Count - 1 && !Succeeded ? "Error" : "Information",
            })]),
        },
        ["workflowHasScheduledWork"] = Succeeded,
        ["isSuccessful"] = Succeeded,
    };
}

/// <summary>Mends running instances as Elsa's alterations say: all of an instance's in one step, or none.</summary>
public sealed class InstanceAlterations(InstanceRunner runner, Definitions definitions, InstanceStore store)
{
    /// <summary>What is wrong with a list of alterations whatever the instance; null if nothing.</summary>
    public static string? ProblemOf(JsonArray alterations)
    {
        foreach (var alteration in alterations)
        {
            if (alteration is not JsonObject json || Text(json, "type") is not { } type)
                return "Each alteration is an object with a type.";
            if (type is not ("Cancel" or "CancelActivity" or "ScheduleActivity" or "ModifyVariable" or "Migrate"))
                return $"There is no alteration {type}; there are Cancel, CancelActivity, ScheduleActivity, ModifyVariable and Migrate.";
            if (type == "ModifyVariable" && Text(json, "variableId") is null)
                return "ModifyVariable needs a variableId.";
            if (type is "CancelActivity" or "ScheduleActivity" && Text(json, "activityId") is null && Text(json, "activityInstanceId") is null)
                return $"{type} needs an activityId or an activityInstanceId.";
            if (type == "Migrate" && !(json["targetVersion"] is JsonValue target && target.TryGetValue<int>(out _)))
                return "Migrate needs a targetVersion.";
        }
        return alterations.Count == 0 ? "There is no alteration." : null;
    }

    public async Task<AlterationResult> ApplyAsync(Guid tenantId, Guid instanceId, JsonArray alterations, ChangeContext context, CancellationToken ct)
    {
        var log = alterations.OfType<JsonObject>().Select(Describe).ToList();
        try
        {
            var target = alterations.OfType<JsonObject>().LastOrDefault(alteration => Text(alteration, "type") == "Migrate") is { } migrate
                ? await TargetAsync(tenantId, instanceId, migrate["targetVersion"]!.GetValue<int>(), ct)
                : null;
            var cancels = alterations.OfType<JsonObject>().Any(alteration => Text(alteration, "type") == "Cancel");
            var changes = alterations.OfType<JsonObject>().Select(Read).OfType<Alteration>().ToList();
            var result = await runner.DeliverAsync(
                tenantId, instanceId,
                state => state.SubStatus is InstanceSubStatus.Finished or InstanceSubStatus.Cancelled || (cancels && state.Status == InstanceStatus.Finished)
                    ? throw new ProblemException(409, "instance_has_ended", $"The instance has ended already ({state.SubStatus}).")
                    : cancels ? new Stimulus.Cancel() : new Stimulus.Alter(changes),
                new Delivery(context) { Move = target is null ? null : new Move(target, MigrationMap.ByName) }, ct);
            return result.State is null
                ? new AlterationResult(instanceId, false, [$"There is no workflow instance {instanceId}."])
                : new AlterationResult(instanceId, true, log);
        }
        catch (ProblemException e)
        {
            return new AlterationResult(instanceId, false, [.. log, e.Detail]);
        }
        catch (ActivityException e)
        {
            return new AlterationResult(instanceId, false, [.. log, e.Message]);
        }
    }

    /// <exception cref="ProblemException">There is no such version.</exception>
    private async Task<WorkflowGraph> TargetAsync(Guid tenantId, Guid instanceId, int version, CancellationToken ct)
    {
        var stored = await store.FindAsync(tenantId, instanceId, fresh: true, ct) ?? throw new ProblemException(404, "not_found", $"There is no workflow instance {instanceId}.");
        var state = InstanceState.FromJson(stored.State);
        return await definitions.FindAsync(tenantId, state.DefinitionId, version, ct) is { } target && target.Version == version
            ? target
            : throw new ProblemException(409, "unknown_version", $"Workflow {state.DefinitionId} has no version {version}.");
    }

    private static Alteration? Read(JsonObject json) => Text(json, "type") switch
    {
        "ModifyVariable" => new Alteration.ModifyVariable(Text(json, "variableId")!, json["value"]?.DeepClone()),
        "ScheduleActivity" => new Alteration.ScheduleActivity(Text(json, "activityId"), Text(json, "activityInstanceId")),
        "CancelActivity" => new Alteration.CancelActivity(Text(json, "activityId"), Text(json, "activityInstanceId")),
        _ => null,
    };

    private static string Describe(JsonObject json) => Text(json, "type") switch
    {
        "ModifyVariable" => $"Variable {Text(json, "variableId")} was given another value.",
        "ScheduleActivity" => $"Activity {Text(json, "activityId") ?? Text(json, "activityInstanceId")} was scheduled.",
        "CancelActivity" => $"Activity {Text(json, "activityId") ?? Text(json, "activityInstanceId")} was cancelled.",
        "Migrate" => $"The instance was moved to version {json["targetVersion"]}.",
        _ => "The instance was cancelled.",
    };

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
