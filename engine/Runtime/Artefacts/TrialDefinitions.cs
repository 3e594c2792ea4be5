using Npgsql;

using Switchboard.Data;
using Switchboard.Runtime.Bursts;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Artefacts;

/// <summary>
/// Drafts of workflows that somebody runs before publishing them. The text is kept by its hash, so that such an instance
/// goes on with what it began with, however its draft is changed meanwhile.
/// </summary>
public sealed class TrialDefinitions(Database database, TimeProvider time)
{
    /// <summary>From now on instances find such texts too, where the artefact store has none.</summary>
    public void AddTo(Definitions definitions)
    {
        var published = definitions.Fetch;
        definitions.Fetch = async (query, ct) =>
            (published is null ? null : await published(query, ct)) ?? (query.Hash is { } hash ? await FindAsync(query.TenantId, hash, ct) : null);
    }

    /// <summary>Keeps a text; a text that is there already stays.</summary>
    public async Task KeepAsync(Guid tenantId, WorkflowDefinition definition, CancellationToken ct)
    {
        var now = time.GetUtcNow().ToUniversalTime();
        await using var command = database.Engine.CreateCommand(
            "insert into trial_definitions (tenant_id, id, hash, content, created_at) values ($1, $2, $3, $4, $5) on conflict (tenant_id, hash) do nothing");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(now) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = definition.Hash });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = definition.ToJson() });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = now });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>By the hash of its text; null if it was never run.</summary>
    public Task<WorkflowDefinition?> FindAsync(Guid tenantId, string hash, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("select content from trial_definitions where tenant_id = current_tenant() and hash = $1")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = hash } },
        };
        return database.ReadAsync(
            tenantId, command, async (reader, token) => await reader.ReadAsync(token) ? WorkflowDefinition.Parse(reader.GetString(0)) : null, ct);
    }
}
