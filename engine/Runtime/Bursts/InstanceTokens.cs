using Npgsql;

using NpgsqlTypes;

using Switchboard.Data;
using Switchboard.Workflows.Execution;

namespace Switchboard.Runtime.Bursts;

/// <summary>Where the running instances of a definition wait.</summary>
/// <param name="Running">How many there are; an estimate unless <paramref name="IsExact"/>.</param>
/// <param name="Looked">How many of them were looked at.</param>
public sealed record TokenCount(DateTimeOffset AsOf, long Running, int Looked, bool IsExact, IReadOnlyList<VersionTokens> Versions, IReadOnlyList<NodeTokens> Nodes);

/// <summary>How many instances run a version.</summary>
public sealed record VersionTokens(int Version, long Running);

/// <summary>How many instances wait at an activity.</summary>
/// <param name="Version">Null for those of all versions together.</param>
/// <param name="Incidents">How many of the instances looked at have failed there and run on.</param>
/// <param name="Instances">Some of them, those that have waited longest first.</param>
public sealed record NodeTokens(
    string ActivityId, int? Version, long Waiting, TimeSpan Median, TimeSpan Longest, int Incidents, IReadOnlyList<WaitingToken> Instances);

/// <summary>One instance at an activity.</summary>
public sealed record WaitingToken(Guid InstanceId, string? Name, int Version, DateTimeOffset Since);

/// <summary>
/// Counts tokens. Of a definition with few running instances all are looked at; of more, those on a sample of the table's
/// pages, so that an answer takes as long with a million instances as with ten thousand; of one whose instances are too
/// few among all others for that, the first <see cref="MostRead"/> alone. Where an instance waits stands in
/// its state alone: rows for it would be written with every step, and read only here.
/// </summary>
public sealed class InstanceTokens(Database database, TimeProvider time)
{
    /// <summary>All of so many are looked at: some 5 MB of states.</summary>
    public const int MostRead = 5_000;

    /// <summary>Pages of a sample; one holds three or four instances.</summary>
    private const int SamplePages = 1_500;

    /// <summary>A sample with fewer says nothing: the first that the index has must do.</summary>
    private const int LeastSampled = 300;

    /// <summary>Instances that are named at a node.</summary>
    private const int Named = 20;

    private const string Running = "tenant_id = current_tenant() and definition_id = $1 and finished_at is null";

    public async Task<TokenCount> CountAsync(Guid tenantId, string definitionId, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var (atLeast, pages) = await SizeAsync(tenantId, definitionId, ct);
        if (atLeast <= MostRead)
            return Count(await FirstAsync(tenantId, definitionId, ct), 1, isExact: true, now);
        var share = Math.Min(1, SamplePages / (double)Math.Max(1, pages));
        var sample = await SampleAsync(tenantId, definitionId, share, ct);
        return sample.Count >= LeastSampled
            ? Count(sample, 1 / share, isExact: false, now)
            : Count(await FirstAsync(tenantId, definitionId, ct), 1, isExact: false, now);
    }

    /// <summary>How many there are, counted no further than needed, and how large the table is.</summary>
    private Task<(long AtLeast, long Pages)> SizeAsync(Guid tenantId, string definitionId, CancellationToken ct)
    {
        var command = Command($"""
            select (select count(*) from (select 1 from instances where {Running} limit $2) counted),
                pg_relation_size('instances') / current_setting('block_size')::int
            """, definitionId);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MostRead + 1 });
        return database.ReadAsync(tenantId, command, async (reader, token) =>
        {
            await reader.ReadAsync(token);
            return (reader.GetInt64(0), reader.GetInt64(1));
        }, ct);
    }

    private Task<List<Found>> FirstAsync(Guid tenantId, string definitionId, CancellationToken ct)
    {
        var command = Command($"select id, definition_version, name, state from instances where {Running} limit $2", definitionId);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MostRead });
        return database.ReadAsync(tenantId, command, ReadAsync, ct);
    }

    private Task<List<Found>> SampleAsync(Guid tenantId, string definitionId, double share, CancellationToken ct)
    {
        var command = Command($"select id, definition_version, name, state from instances tablesample system ($2) where {Running}", definitionId);
        command.Parameters.Add(new NpgsqlParameter { Value = (float)(share * 100), NpgsqlDbType = NpgsqlDbType.Real });
        return database.ReadAsync(tenantId, command, ReadAsync, ct);
    }

    private static NpgsqlBatchCommand Command(string sql, string definitionId) =>
        new(sql) { Parameters = { new NpgsqlParameter<string> { TypedValue = definitionId } } };

    private static async Task<List<Found>> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var found = new List<Found>();
        while (await reader.ReadAsync(ct))
            found.Add(Found.Of(reader.GetGuid(0), reader.GetInt32(1), reader.IsDBNull(2) ? null : reader.GetString(2), InstanceState.FromJson(reader.GetFieldValue<byte[]>(3))));
        return found;
    }

    private static TokenCount Count(List<Found> found, double each, bool isExact, DateTimeOffset now)
    {
        var tokens = found.SelectMany(instance => instance.Waits.Select(wait => (wait.ActivityId, Token: new WaitingToken(instance.Id, instance.Name, instance.Version, wait.Since)))).ToList();
        var failed = found.SelectMany(instance => instance.Failed.Select(activityId => (ActivityId: activityId, instance.Version))).ToList();
        var nodes = tokens.Select(token => token.ActivityId).Concat(failed.Select(one => one.ActivityId)).Distinct().Order(StringComparer.Ordinal).SelectMany(activityId =>
        {
            var here = tokens.Where(token => token.ActivityId == activityId).Select(token => token.Token).ToList();
            var failures = failed.Where(one => one.ActivityId == activityId).Select(one => one.Version).ToList();
            return here.Select(token => token.Version).Concat(failures).Distinct().Order().Select(version => Node(activityId, version, here.Where(token => token.Version == version), failures.Count(one => one == version)))
                .Prepend(Node(activityId, null, here, failures.Count));
        });
        return new TokenCount(
            now, Scaled(found.Count), found.Count, isExact,
            [.. found.GroupBy(instance => instance.Version).OrderByDescending(group => group.Key).Select(group => new VersionTokens(group.Key, Scaled(group.Count())))],
            [.. nodes]);

        long Scaled(int count) => (long)Math.Round(count * each);

        NodeTokens Node(string activityId, int? version, IEnumerable<WaitingToken> all, int incidents)
        {
            var here = all.OrderBy(token => token.Since).ToList();
            return new NodeTokens(
                activityId, version, Scaled(here.Count), here.Count == 0 ? TimeSpan.Zero : now - here[here.Count / 2].Since,
                here.Count == 0 ? TimeSpan.Zero : now - here[0].Since, incidents, here[..Math.Min(Named, here.Count)]);
        }
    }

    /// <summary>What is kept of an instance: its whole state would be held for nothing.</summary>
    private sealed record Found(Guid Id, int Version, string? Name, IReadOnlyList<(string ActivityId, DateTimeOffset Since)> Waits, IReadOnlyList<string> Failed)
    {
        public static Found Of(Guid id, int version, string? name, InstanceState state) => new(
            id, version, name,
            [.. state.Bookmarks.GroupBy(bookmark => bookmark.ActivityId).Select(group => (group.Key, group.Min(bookmark => bookmark.CreatedAt)))],
            [.. state.Incidents.Select(incident => incident.ActivityId).Distinct()]);
    }
}
