using Npgsql;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Domain.Porting;

namespace Switchboard.Runtime.Porting;

/// <summary>How many numbers of a migration have a day as their FOC date or port date, or were verified on it there.</summary>
public sealed record TimelineDay(DateOnly Date, int Foc, int Ports, int Verified);

/// <summary>A port order that asks for a day.</summary>
public sealed record TimelineOrder(Guid Id, string Reference, string Status, DateOnly RequestedDate);

/// <summary>What is planned for a migration, what has happened, and when it will be over.</summary>
/// <param name="Today">On the calendar of the site.</param>
public sealed record MigrationTimeline(
    DateOnly Today, DateOnly? TargetDate, IReadOnlyList<TimelineDay> Days, IReadOnlyList<TimelineOrder> Orders, Forecast Forecast);

/// <summary>When the last number will be verified, if it goes on as in the last days.</summary>
/// <param name="Left">Numbers that are neither verified nor given up.</param>
/// <param name="Verified">In the last <paramref name="OverDays"/> days, today included.</param>
/// <param name="OverDays">At most <see cref="MostDays"/>, and no more than there are since the first was verified; 0 while none is.</param>
/// <param name="End">Null while nothing is known of the pace. Never before the last port date that is set.</param>
/// <param name="By"><c>done</c>, <c>rate</c>, <c>port_date</c> (the rate alone would end before it) or <c>unknown</c>.</param>
public sealed record Forecast(int Left, int Verified, int OverDays, DateOnly? End, string By)
{
    public const int MostDays = 14;

    /// <param name="verified">Numbers verified by day.</param>
    /// <param name="left">How many are to come.</param>
    /// <param name="lastPort">The last port date of those; null while none has one.</param>
    public static Forecast Of(IReadOnlyDictionary<DateOnly, int> verified, int left, DateOnly? lastPort, DateOnly today)
    {
        if (verified.Count == 0)
            return new Forecast(left, 0, 0, null, "unknown");
        if (left == 0)
            return new Forecast(0, 0, 0, verified.Keys.Max(), "done");
        var days = Math.Clamp(today.DayNumber - verified.Keys.Min().DayNumber + 1, 1, MostDays);
        var count = verified.Where(day => day.Key > today.AddDays(-days)).Sum(day => day.Value);
        if (count == 0)
            return new Forecast(left, 0, days, null, "unknown");
        var byRate = today.AddDays((int)Math.Min(((long)left * days + count - 1) / count, 100 * 365));
        return lastPort > byRate ? new Forecast(left, count, days, lastPort, "port_date") : new Forecast(left, count, days, byRate, "rate");
    }
}

/// <summary>Reads timelines: two statements over the numbers and the orders of one migration, by their indexes.</summary>
public sealed class MigrationTimelines(Database database)
{
    /// <summary>More orders than this are a list, no drawing.</summary>
    private const int MostOrders = 200;

    /// <param name="withOrders">Whether the caller may read port orders.</param>
    /// <exception cref="ProblemException">404 for a migration that is not there.</exception>
    public async Task<MigrationTimeline> ReadAsync(Guid tenantId, Guid migrationId, bool withOrders, DateTimeOffset now, CancellationToken ct)
    {
        var orders = withOrders ? await OrdersAsync(tenantId, migrationId, ct) : [];
        var command = new NpgsqlBatchCommand("""
            with migration as (
                select m.id, m.target_date, s.timezone, ($2 at time zone s.timezone)::date as today
                from migrations m
                join sites s on s.tenant_id = m.tenant_id and s.id = m.site_id
                where m.tenant_id = current_tenant() and m.id = $1),
            numbers as materialized (
                select n.foc_date, n.port_date, (n.verified_at at time zone m.timezone)::date as verified_on, n.status not in ('verified', 'failed') as is_left
                from migration m
                join phone_numbers n on n.tenant_id = current_tenant() and n.migration_id = m.id)
            select 'today', today, 0 from migration
            union all select 'target', target_date, 0 from migration
            union all select 'left', max(port_date), count(*)::int from numbers where is_left
            union all select 'foc', foc_date, count(*)::int from numbers where foc_date is not null group by foc_date
            union all select 'port', port_date, count(*)::int from numbers where port_date is not null group by port_date
            union all select 'verified', verified_on, count(*)::int from numbers where verified_on is not null group by verified_on
            """)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = migrationId }, new NpgsqlParameter<DateTimeOffset> { TypedValue = now.ToUniversalTime() } },
        };
        var found = await database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var rows = new List<(string What, DateOnly? Date, int Count)>();
            while (await reader.ReadAsync(token))
                rows.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateOnly>(1), reader.GetInt32(2)));
            return rows.ToLookup(row => row.What);
        }, ct);
        if (found["today"].SingleOrDefault().Date is not { } today)
            throw ProblemException.NotFound(RecordTypes.Of<Migration>(), migrationId);
        var (foc, ports, verified) = (ByDay("foc"), ByDay("port"), ByDay("verified"));
        var left = found["left"].Single();
        return new MigrationTimeline(
            today,
            found["target"].Single().Date,
            [.. foc.Keys.Union(ports.Keys).Union(verified.Keys).Order()
                .Select(day => new TimelineDay(day, foc.GetValueOrDefault(day), ports.GetValueOrDefault(day), verified.GetValueOrDefault(day)))],
            orders,
            Forecast.Of(verified, left.Count, left.Date, today));

        Dictionary<DateOnly, int> ByDay(string what) => found[what].ToDictionary(row => row.Date!.Value, row => row.Count);
    }

    private Task<List<TimelineOrder>> OrdersAsync(Guid tenantId, Guid migrationId, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            select id, reference, status, requested_date from port_orders
            where tenant_id = current_tenant() and migration_id = $1 and requested_date is not null
            order by requested_date, id
            limit $2
            """)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = migrationId }, new NpgsqlParameter<int> { TypedValue = MostOrders } },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            var rows = new List<TimelineOrder>();
            while (await reader.ReadAsync(token))
                rows.Add(new TimelineOrder(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateOnly>(3)));
            return rows;
        }, ct);
    }
}
