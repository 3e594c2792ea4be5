using System.Threading.Channels;

using Microsoft.Extensions.Logging;

using Npgsql;

using NpgsqlTypes;

namespace Switchboard.Runtime.Bursts;

/// <summary>
/// Reads single rows by key for many bursts at once: while one round trip is under way, the next keys gather, and all of
/// them are read by one query a table. So a thousand bursts that begin together cost a handful of queries.
/// </summary>
internal sealed class RowLoader : IAsyncDisposable
{
    private const int MostRows = 512;

    private readonly Channel<Request> requests = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private readonly NpgsqlDataSource engine;
    private readonly ILogger log;
    private readonly Task reading;
    private NpgsqlConnection? connection;

    public RowLoader(NpgsqlDataSource engine, ILogger log)
    {
        this.engine = engine;
        this.log = log;
        reading = Task.Run(RunAsync);
    }

    /// <returns>What the source made of the row; null if there is none.</returns>
    public async Task<object?> LoadAsync(Source source, Guid tenantId, Guid id, CancellationToken ct)
    {
        var request = new Request(source, tenantId, id);
        if (!requests.Writer.TryWrite(request))
            throw new InvalidOperationException("The loader has been stopped.");
        return await request.Result.Task.WaitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        requests.Writer.TryComplete();
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private async Task RunAsync()
    {
        while (await requests.Reader.WaitToReadAsync())
        {
            var gathered = new List<Request>();
            while (gathered.Count < MostRows && requests.Reader.TryRead(out var request))
                gathered.Add(request);
            try
            {
                await ReadAsync(gathered);
            }
            catch (Exception e)
            {
                log.LogWarning(e, "Rows could not be read; whoever asked for them is told.");
                foreach (var request in gathered)
                    request.Result.TrySetException(e);
            }
        }
    }

    private async Task ReadAsync(List<Request> gathered)
    {
        var hadConnection = connection is { State: System.Data.ConnectionState.Open };
        try
        {
            await ReadOnceAsync(gathered);
        }
        catch (NpgsqlException e) when (hadConnection && e is not PostgresException { SqlState: not ['5', '7', 'P', ..] })
        {
            await ReadOnceAsync(gathered); // the kept connection had died meanwhile; reading twice harms nobody
        }
    }

    private async Task ReadOnceAsync(List<Request> gathered)
    {
        await OpenAsync();
        var groups = gathered.GroupBy(request => request.Source).ToList();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var group in groups)
            batch.BatchCommands.Add(group.Key.Command([.. group.Select(request => (request.TenantId, request.Id)).Distinct()]));
        await batch.PrepareAsync();
        await using var reader = await batch.ExecuteReaderAsync();
        foreach (var group in groups)
        {
            var rows = new Dictionary<(Guid, Guid), object>();
            while (await reader.ReadAsync())
                rows[(reader.GetGuid(0), reader.GetGuid(1))] = group.Key.Read(reader);
            await reader.NextResultAsync();
            foreach (var request in group)
                request.Result.TrySetResult(rows.GetValueOrDefault((request.TenantId, request.Id)));
        }
    }

    private async Task OpenAsync()
    {
        if (connection is { State: System.Data.ConnectionState.Open })
            return;
        if (connection is not null)
            await connection.DisposeAsync();
        connection = await engine.OpenConnectionAsync();
        // By index whatever the tables' statistics say: plans are made once, often while the tables are still empty.
        await using var command = new NpgsqlCommand(
            """
            select set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),
                set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false)
            """,
            connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A query by keys.</summary>
    /// <param name="sql">Takes tenants ($1) and ids ($2) as arrays; yields tenant and id first.</param>
    /// <param name="read">Makes a value of the row that the reader stands at.</param>
    public sealed class Source(string sql, Func<NpgsqlDataReader, object> read)
    {
        public Func<NpgsqlDataReader, object> Read { get; } = read;

        public NpgsqlBatchCommand Command(List<(Guid TenantId, Guid Id)> keys) => new(sql)
        {
            Parameters =
            {
                new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid, Value = keys.ConvertAll(key => key.TenantId).ToArray() },
                new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid, Value = keys.ConvertAll(key => key.Id).ToArray() },
            },
        };
    }

    private sealed record Request(Source Source, Guid TenantId, Guid Id)
    {
        public TaskCompletionSource<object?> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
