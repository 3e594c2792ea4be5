using System.Security.Cryptography;
using System.Text;

using Microsoft.EntityFrameworkCore;

using Npgsql;

namespace Switchboard.Data;

/// <summary>
/// The service's two doors to PostgreSQL. Both are roles that row-level security binds: <see cref="App"/> sees the rows of
/// the tenant that a transaction names and nothing else, <see cref="Engine"/> those of all tenants. The owner's role is
/// used by migrations only.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    public const string AppRole = "switchboard_app";
    public const string EngineRole = "switchboard_engine";

    // One node: a pool is larger than what two cores can do at once, so that slow clients of exports do not starve others,
    // and both together leave room for two more nodes below PostgreSQL's default of 100 connections.
    private const int AppConnections = 20;
    private const int EngineConnections = 12;
    private const int PreparedStatements = 200;

    private readonly DbContextOptions<SwitchboardContext> contextOptions = new DbContextOptionsBuilder<SwitchboardContext>()
        .UseNpgsql()
        .Options;

    /// <param name="ownerConnectionString">The one that <see cref="Migrator"/> was given: the roles' passwords follow from it.</param>
    public Database(string ownerConnectionString)
    {
        App = Source(ownerConnectionString, AppRole, AppConnections);
        Engine = Source(ownerConnectionString, EngineRole, EngineConnections);
    }

    public NpgsqlDataSource App { get; }

    public NpgsqlDataSource Engine { get; }

    /// <summary>Runs one query under the tenant's row-level security, in one round trip.</summary>
    public Task<T> ReadAsync<T>(
        Guid tenantId, NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct) =>
        ReadAsync(tenantId, [command], read, ct);

    /// <summary>
    /// Runs queries under the tenant's row-level security, in one round trip. The reader stands at the first one's rows;
    /// <c>NextResultAsync</c> leads to the next one's.
    /// </summary>
    public async Task<T> ReadAsync<T>(
        Guid tenantId, IEnumerable<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        // A batch is one implicit transaction, so the setting that is local to it ends with it.
        await using var batch = App.CreateBatch();
        batch.BatchCommands.Add(SetTenant(tenantId));
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        return await read(reader, ct);
    }

    /// <summary>
    /// Runs one query under the tenant's row-level security, planned for its own values: for lists, where a rare status is
    /// found by its index and a common one by the order of the page.
    /// </summary>
    public Task<T> ReadPlannedAsync<T>(
        Guid tenantId, NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken ct) =>
        ReadAsync(tenantId, [PlanForValues(), command], async (reader, token) =>
        {
            await reader.NextResultAsync(token);
            return await read(reader, token);
        }, ct);

    /// <summary>For the transaction that it stands in.</summary>
    internal static NpgsqlBatchCommand PlanForValues() => new("select set_config('plan_cache_mode', 'force_custom_plan', true)");

    /// <summary>An explicit transaction under the tenant's row-level security, for what takes several round trips.</summary>
    public async Task<TenantTransaction> BeginAsync(Guid tenantId, CancellationToken ct)
    {
        var connection = await App.OpenConnectionAsync(ct);
        try
        {
            var transaction = await connection.BeginTransactionAsync(ct);
            await using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { SetTenant(tenantId) } };
            await batch.ExecuteNonQueryAsync(ct);
            return new TenantTransaction(tenantId, connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Typed reads inside a transaction. The context does not track and must not outlive the transaction.</summary>
    public async Task<SwitchboardContext> ContextAsync(TenantTransaction transaction, CancellationToken ct)
    {
        var context = new SwitchboardContext(contextOptions);
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        context.Database.SetDbConnection(transaction.Connection, contextOwnsConnection: false);
        await context.Database.UseTransactionAsync(transaction.Transaction, ct);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Engine.DisposeAsync();
    }

    /// <summary>
    /// Every node can reckon it from the one secret that it is configured with, and nobody can reckon that secret from it.
    /// Null when the owner has none, because the server trusts the connection itself.
    /// </summary>
    internal static string? RolePassword(string ownerConnectionString, string role) =>
        new NpgsqlConnectionStringBuilder(ownerConnectionString).Password is { Length: > 0 } secret
            ? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(role)))
            : null;

    internal static NpgsqlConnectionStringBuilder RoleConnection(string ownerConnectionString, string role) =>
        new(ownerConnectionString) { Username = role, Password = RolePassword(ownerConnectionString, role) };

    private static NpgsqlDataSource Source(string ownerConnectionString, string role, int connections)
    {
        var settings = RoleConnection(ownerConnectionString, role);
        settings.ApplicationName ??= "switchboard";
        settings.Pooling = true;
        settings.MaxPoolSize = connections;
        settings.MaxAutoPrepare = PreparedStatements;
        settings.AutoPrepareMinUsages = 2;
        // Compiling a query costs more than any of ours takes.
        settings.Options = $"{settings.Options} -c jit=off".Trim();
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    private static NpgsqlBatchCommand SetTenant(Guid tenantId) => new("select set_config('app.tenant', $1, true)")
    {
        Parameters = { new NpgsqlParameter<string> { TypedValue = tenantId.ToString() } },
    };
}

/// <summary>An open transaction that sees and changes one tenant's rows. Disposing without a commit rolls back.</summary>
public sealed class TenantTransaction(Guid tenantId, NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    public Guid TenantId { get; } = tenantId;

    public NpgsqlConnection Connection { get; } = connection;

    internal NpgsqlTransaction Transaction { get; } = transaction;

    public Task CommitAsync(CancellationToken ct) => Transaction.CommitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
