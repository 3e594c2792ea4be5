using Npgsql;

using Switchboard.Data;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Bursts;

/// <summary>Whether another instance of a definition may start now.</summary>
internal static class Activation
{
    /// <summary>
    /// Unique among the running instances of a tenant, so that of two starts at once one is refused by the database. The
    /// correlation strategy looks at instances of all definitions and has no key: there two starts at once may both win,
    /// as in Elsa.
    /// </summary>
    public static string? Key(ActivationStrategy strategy, string definitionId, string? correlationId) => strategy switch
    {
        ActivationStrategy.Singleton => definitionId,
        ActivationStrategy.CorrelatedSingleton => $"{definitionId} {correlationId}",
        _ => null,
    };

    public static async ValueTask<bool> IsAllowedAsync(
        Database database, Guid tenantId, string definitionId, ActivationStrategy strategy, string? correlationId, CancellationToken ct)
    {
        if (strategy == ActivationStrategy.Always)
            return true;
        await using var command = database.Engine.CreateCommand(
            """
            select not exists (
                select from instances
                where tenant_id = $1 and finished_at is null and ($2::text is null or definition_id = $2)
                    and (not $3 or correlation_id is not distinct from $4))
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = strategy == ActivationStrategy.Correlation ? null : definitionId });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = strategy != ActivationStrategy.Singleton });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = correlationId });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
