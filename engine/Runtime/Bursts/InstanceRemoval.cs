using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Work;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>Takes instances away with their journals. One that runs is cancelled first, and so are its children.</summary>
public sealed class InstanceRemoval(Database database, InstanceStore store, InstanceRunner runner, GroupCommitter committer)
{
    private const int MostAttempts = 8;

    /// <returns>False if there is no such instance.</returns>
    /// <exception cref="ProblemException">409 for the instance of a record's lifecycle: it goes with its record.</exception>
    public async Task<bool> RemoveAsync(Guid tenantId, Guid id, ChangeContext context, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await store.FindAsync(tenantId, id, fresh: true, ct) is not { } instance)
                return attempt > 0;
            if (instance.SubjectType is { } type)
                throw new ProblemException(409, "instance_of_record", $"The instance owns the status of a record in {type.Name} and goes with that record.");
            if (!instance.WasFinished)
            {
                await runner.DeliverAsync(tenantId, id, new Stimulus.Cancel(), new Delivery(context), ct);
                continue;
            }
            var step = new Step(tenantId);
            step.Delete(SystemTables.Instances, id, instance.Version);
            await StateTasks.CloseAsync(store, step, IncidentTasks.Of(InstanceState.FromJson(instance.State)), context, ct);
            RecordChanges.Audit(step, null, null, context, new System.Text.Json.Nodes.JsonObject { ["instanceId"] = id.ToString() });
            if (await committer.CommitAsync(step, ct) == StepOutcome.Committed)
            {
                await RemoveJournalAsync(tenantId, id, ct);
                return true;
            }
        }
        throw new ProblemException(503, "instance_busy", $"Instance {id} is being changed by others all the time; repeat the request later.");
    }

    /// <summary>Nobody can reach it any more once the instance is gone, so it need not go in the same step.</summary>
    private async Task RemoveJournalAsync(Guid tenantId, Guid id, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("delete from journal where tenant_id = $1 and instance_id = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await command.ExecuteNonQueryAsync(ct);
    }
}
