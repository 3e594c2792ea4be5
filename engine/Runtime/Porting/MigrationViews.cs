using Npgsql;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Domain.Porting;

namespace Switchboard.Runtime.Porting;

/// <summary>One migration on the dashboard.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="DaysLeft">Whole days to the target date, reckoned in the site's time zone; negative when it has passed, null without one.</param>
public sealed record DashboardRow(
    Guid Id, string Name, string Site, string Status, int TotalNumbers, int PortedNumbers, int TotalUsers, int ConfiguredUsers,
    int Progress, DateOnly? TargetDate, int? DaysLeft);

/// <summary>How many numbers of a migration are in each status; every status is there, also with none.</summary>
public sealed record PortingSummary(int Total, IReadOnlyDictionary<string, int> ByStatus);

/// <summary>The views of a porting project (<c>migration_dashboard</c>, <c>porting_status_summary</c>): counted when they are read.</summary>
public sealed class MigrationViews(Database database)
{
    /// <summary>A dashboard is looked at, not paged: more migrations than this are a list.</summary>
    private const int MostRows = 1_000;

    /// <summary>Migrations that are not over first, the nearest target date first.</summary>
    public Task<IReadOnlyList<DashboardRow>> DashboardAsync(Guid tenantId, DateTimeOffset now, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            with numbers as (
                select migration_id, count(*)::int as total, (count(*) filter (where status in ('ported', 'verified')))::int as done
                from phone_numbers where tenant_id = current_tenant() group by migration_id),
            users as (
                select migration_id, count(*)::int as total, (count(*) filter (where is_configured))::int as done
                from end_users where tenant_id = current_tenant() group by migration_id)
            select m.id, m.name, s.name, m.status,
                coalesce(n.total, 0), coalesce(n.done, 0), coalesce(u.total, 0), coalesce(u.done, 0),
                coalesce(100 * (coalesce(n.done, 0) + coalesce(u.done, 0)) / nullif(coalesce(n.total, 0) + coalesce(u.total, 0), 0), 0),
                m.target_date, m.target_date - ($1 at time zone s.timezone)::date
            from migrations m
            join sites s on s.tenant_id = m.tenant_id and s.id = m.site_id
            left join numbers n on n.migration_id = m.id
            left join users u on u.migration_id = m.id
            where m.tenant_id = current_tenant()
            order by m.status in ('completed', 'cancelled'), m.target_date nulls last, m.name, m.id
            limit $2
            """)
        {
            Parameters = { new NpgsqlParameter<DateTimeOffset> { TypedValue = now.ToUniversalTime() }, new NpgsqlParameter<int> { TypedValue = MostRows } },
        };
        return database.ReadAsync<IReadOnlyList<DashboardRow>>(tenantId, command, async (reader, token) =>
        {
            var rows = new List<DashboardRow>();
            while (await reader.ReadAsync(token))
            {
                rows.Add(new DashboardRow(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                    reader.GetInt32(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7), reader.GetInt32(8),
                    reader.IsDBNull(9) ? null : reader.GetFieldValue<DateOnly>(9), reader.IsDBNull(10) ? null : reader.GetInt32(10)));
            }
            return rows;
        }, ct);
    }

    /// <exception cref="ProblemException">404 for a migration that is not there.</exception>
    public Task<PortingSummary> SummaryAsync(Guid tenantId, Guid migrationId, CancellationToken ct)
    {
        var command = new NpgsqlBatchCommand("""
            select n.status, count(n.id)::int
            from migrations m
            left join phone_numbers n on n.tenant_id = m.tenant_id and n.migration_id = m.id
            where m.tenant_id = current_tenant() and m.id = $1
            group by n.status
            """)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = migrationId } },
        };
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            if (!reader.HasRows)
                throw ProblemException.NotFound(RecordTypes.Of<Migration>(), migrationId);
            var statuses = RecordTypes.Of<PhoneNumber>().Find("status")!.Choices!;
            var byStatus = statuses.ToDictionary(status => status, _ => 0);
            while (await reader.ReadAsync(token))
            {
                if (!reader.IsDBNull(0)) // the row of a migration without numbers
                    byStatus[reader.GetString(0)] = reader.GetInt32(1);
            }
            return new PortingSummary(byStatus.Values.Sum(), byStatus);
        }, ct);
    }
}
