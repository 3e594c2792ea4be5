using Npgsql;

using Switchboard.Data;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Bursts;

/// <summary>Whether another instance of a definition may start now.</summary>
internal static class Activation
{
    /// <summary>
    /// Unique among the running instances of a tenant, so that of two starts at once one is refused by the database: for the
    /// correlation strategy across all definitions, which have no empty id and therefore no key that begins with a space.
    /// A key that has a correlation id is held only while the instance has it.
    /// </summary>
    /// <param name="asked">The correlation id that was asked for at the start.</param>
    /// <param name="now">The one that the instance has after its burst.</param>
    public static string? Key(ActivationStrategy strategy, string definitionId, string? asked, string? now) => strategy switch
    {
        ActivationStrategy.Singleton => definitionId,
        ActivationStrategy.CorrelatedSingleton when asked == now => $"{definitionId} {asked}",
        ActivationStrategy.Correlation when asked == now => $" {asked}",
        _ => null,
    };

    /// <summary>What is left of an instance's key after a burst: one with a correlation id goes when the instance takes another.</summary>
    public static string? Kept(string? key, string? before, string? now) =>
        key is not null && before != now && key.EndsWith($" {before}", StringComparison.Ordinal) ? null : key;

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
