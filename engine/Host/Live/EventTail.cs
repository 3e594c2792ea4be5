using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;

namespace Switchboard.Host.Live;

/// <summary>A place in a tenant's event stream: after this event. Transactions are ordered by their id, events within one by their number.</summary>
internal readonly record struct Cursor(ulong Transaction, long Sequence) : IComparable<Cursor>
{
    public static Cursor? Parse(string? text)
    {
        var parts = text?.Split('-') ?? [];
        return parts.Length == 2
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var transaction)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new Cursor(transaction, sequence)
            : null;
    }

    public int CompareTo(Cursor other) =>
        Transaction != other.Transaction ? Transaction.CompareTo(other.Transaction) : Sequence.CompareTo(other.Sequence);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Transaction}-{Sequence}");
}

/// <summary>One row of <c>events</c>.</summary>
internal sealed record LiveEvent(
    Cursor Cursor, Guid TenantId, Guid Id, string Type, string? SubjectType, Guid? SubjectId, JsonNode? Data, DateTimeOffset At);

/// <summary>
/// Reads the event stream once for all subscribers of this node. A row becomes visible when every older transaction has
/// ended, so that a cursor never passes an event that commits late; a long transaction therefore delays the stream and
/// loses nothing of it.
/// </summary>
internal sealed class EventTail(Database database, CommitSignals signals, TimeProvider time, ILogger<EventTail> log) : BackgroundService
{
    /// <summary>How often the table is read without a signal: the delay of events that another node committed.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>The pause after a signal whose rows still wait for an older transaction, and after a failure.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private const int PageSize = 500;

    /// <summary>Events of one tenant that are kept in memory; who is further behind reads the table for itself.</summary>
    private const int Remembered = 2_000;

    private readonly ConcurrentDictionary<Guid, Channel> channels = new();
    private readonly SemaphoreSlim wake = new(0, 1);

    /// <summary>The events after a cursor, for ever; it never ends but by cancellation.</summary>
    public async IAsyncEnumerable<LiveEvent> ReadAsync(
        Guid tenantId, Cursor after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var channel = await JoinAsync(tenantId, ct);
        try
        {
            var cursor = after;
            while (true)
            {
                var more = channel.Changed; // taken before reading, so that nothing slips in between
                var page = channel.After(cursor) ?? await PageAsync(tenantId, cursor, ct);
                foreach (var happened in page)
                {
                    yield return happened;
                    cursor = happened.Cursor;
                }
                if (page.Count == 0)
                    await more.WaitAsync(ct);
            }
        }
        finally
        {
            Leave(tenantId, channel);
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        signals.Listen(SystemTables.Events, Wake);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var signalled = await wake.WaitAsync(PollInterval, stoppingToken);
                var found = await AdvanceAsync(stoppingToken);
                if (signalled && !found && !channels.IsEmpty)
                    await Task.Delay(RetryInterval, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "The event stream cannot be read; trying again");
                await Task.Delay(PollInterval, time, stoppingToken);
            }
        }
    }

    private void Wake()
    {
        if (channels.IsEmpty || wake.CurrentCount > 0)
            return;
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            return; // another commit woke it at the same moment
        }
    }

    /// <summary>Reads on for every tenant that somebody listens to, in one statement.</summary>
    private async Task<bool> AdvanceAsync(CancellationToken ct)
    {
        var listened = channels.ToArray();
        if (listened.Length == 0)
            return false;
        await using var command = database.Engine.CreateCommand(
            $"""
            select {Columns}
            from unnest($1::uuid[], $2::text[], $3::bigint[]) as c (tenant_id, tx, seq)
            cross join lateral (
                select * from events e
                where e.tenant_id = c.tenant_id
                  and (e.tx, e.seq) > (c.tx::xid8, c.seq)
                  and e.tx < pg_snapshot_xmin(pg_current_snapshot())
                order by e.tx, e.seq
                limit {PageSize}) e
            order by e.tenant_id, e.tx, e.seq
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = listened.Select(pair => pair.Key).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = listened.Select(pair => Text(pair.Value.Newest.Transaction)).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = listened.Select(pair => pair.Value.Newest.Sequence).ToArray() });
        var found = await ReadAllAsync(command, ct);
        foreach (var group in found.GroupBy(happened => happened.TenantId))
        {
            if (channels.TryGetValue(group.Key, out var channel))
                channel.Append([.. group]);
        }
        return found.Count > 0;
    }

    private async Task<List<LiveEvent>> PageAsync(Guid tenantId, Cursor after, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            $"""
            select {Columns} from events e
            where e.tenant_id = $1 and (e.tx, e.seq) > ($2::text::xid8, $3) and e.tx < pg_snapshot_xmin(pg_current_snapshot())
            order by e.tx, e.seq
            limit {PageSize}
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenantId });
        command.Parameters.Add(new NpgsqlParameter { Value = Text(after.Transaction) });
        command.Parameters.Add(new NpgsqlParameter { Value = after.Sequence });
        return await ReadAllAsync(command, ct);
    }

    private async Task<Channel> JoinAsync(Guid tenantId, CancellationToken ct)
    {
        while (true)
        {
            if (channels.TryGetValue(tenantId, out var known) && known.Join())
                return known;
            var fresh = new Channel(await NowAsync(tenantId, ct));
            fresh.Join();
            if (channels.TryAdd(tenantId, fresh))
                return fresh;
        }
    }

    private void Leave(Guid tenantId, Channel channel)
    {
        if (channel.Leave())
            channels.TryRemove(KeyValuePair.Create(tenantId, channel));
    }

    /// <summary>The end of the stream: everything that ends from now on comes after it.</summary>
    public async Task<Cursor> NowAsync(Guid tenantId, CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand(
            """
            select e.tx::text, e.seq from events e
            where e.tenant_id = $1 and e.tx < pg_snapshot_xmin(pg_current_snapshot())
            order by e.tx desc, e.seq desc
            limit 1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenantId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new Cursor(ulong.Parse(reader.GetString(0), CultureInfo.InvariantCulture), reader.GetInt64(1))
            : default;
    }

    private const string Columns = "e.tx::text, e.seq, e.tenant_id, e.id, e.type, e.subject_type, e.subject_id, e.data::text, e.at";

    private static async Task<List<LiveEvent>> ReadAllAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var events = new List<LiveEvent>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            events.Add(new LiveEvent(
                new Cursor(ulong.Parse(reader.GetString(0), CultureInfo.InvariantCulture), reader.GetInt64(1)),
                reader.GetGuid(2),
                reader.GetGuid(3),
                reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetString(5),
                reader.IsDBNull(6) ? null : reader.GetGuid(6),
                reader.IsDBNull(7) ? null : JsonNode.Parse(reader.GetString(7)),
                reader.GetFieldValue<DateTimeOffset>(8)));
        }
        return events;
    }

    private static string Text(ulong transaction) => transaction.ToString(CultureInfo.InvariantCulture);

    /// <summary>The newest events of one tenant, in memory while anybody listens.</summary>
    private sealed class Channel(Cursor start)
    {
        private readonly Lock gate = new();
        private readonly List<LiveEvent> events = [];
        private Cursor floor = start;
        private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int listeners;
        private bool closed;

        public Cursor Newest
        {
            get
            {
                lock (gate)
                    return events.Count > 0 ? events[^1].Cursor : floor;
            }
        }

        /// <summary>Done when there is more than there was when this was read.</summary>
        public Task Changed
        {
            get
            {
                lock (gate)
                    return changed.Task;
            }
        }

        /// <summary>Null when the cursor lies before what is remembered.</summary>
        public List<LiveEvent>? After(Cursor cursor)
        {
            lock (gate)
            {
                if (cursor.CompareTo(floor) < 0)
                    return null;
                var from = events.FindIndex(happened => happened.Cursor.CompareTo(cursor) > 0);
                return from < 0 ? [] : events.GetRange(from, events.Count - from);
            }
        }

        public void Append(IReadOnlyList<LiveEvent> found)
        {
            TaskCompletionSource waiting;
            lock (gate)
            {
                events.AddRange(found);
                if (events.Count > 2 * Remembered)
                {
                    floor = events[^(Remembered + 1)].Cursor;
                    events.RemoveRange(0, events.Count - Remembered);
                }
                waiting = changed;
                changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            waiting.SetResult();
        }

        /// <summary>False when the last listener has just left and this channel is being taken down.</summary>
        public bool Join()
        {
            lock (gate)
            {
                if (closed)
                    return false;
                listeners++;
                return true;
            }
        }

        /// <summary>True for the last one.</summary>
        public bool Leave()
        {
            lock (gate)
                return closed = --listeners == 0;
        }
    }
}
