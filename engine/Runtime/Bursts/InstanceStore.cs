using System.Collections.Concurrent;

using Microsoft.Extensions.Logging;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Domain;

namespace Switchboard.Runtime.Bursts;

/// <summary>An instance as it was committed last.</summary>
/// <param name="State">As <c>InstanceState.ToJson</c> wrote it; shared, never changed.</param>
/// <param name="IsCached">It may be behind other nodes.</param>
public sealed record StoredInstance(
    Guid TenantId, Guid Id, long Version, string DefinitionHash, RecordType? SubjectType, Guid? SubjectId, string? ActivationKey,
    string? CorrelationId, bool WasFinished, byte[] State, bool IsCached);

/// <summary>Reads instances and records for bursts: from memory if they were used lately, else many at a time.</summary>
public sealed class InstanceStore : IAsyncDisposable
{
    /// <summary>How far the records that a burst only looks at may be behind other nodes.</summary>
    private static readonly TimeSpan RecordsMayLag = TimeSpan.FromSeconds(2);

    private static readonly RowLoader.Source Instances = new(
        """
        select i.tenant_id, i.id, i.version, i.definition_hash, i.subject_type, i.subject_id, i.activation_key, i.correlation_id,
            i.finished_at is not null, i.state
        from unnest($1::uuid[], $2::uuid[]) as k(tenant_id, id)
        join instances i on i.tenant_id = k.tenant_id and i.id = k.id
        """,
        ReadInstance);

    private readonly ConcurrentDictionary<RecordType, RecordSource> records = new();
    private readonly RowCache cache = new(capacity: 20_000);
    private readonly RowLoader loader;
    private readonly Database database;
    private readonly TimeProvider time;

    /// <param name="signals">Of this node's committers: a change of a row that is kept here is seen at once.</param>
    public InstanceStore(Database database, CommitSignals signals, TimeProvider time, ILogger<InstanceStore> log)
    {
        this.database = database;
        this.time = time;
        loader = new RowLoader(database.Engine, log);
        signals.ListenToChanges(cache.Changed);
    }

    /// <param name="fresh">Reads it even if it is kept: after a refused fence, and before saying that there is nothing to do.</param>
    public async ValueTask<StoredInstance?> FindAsync(Guid tenantId, Guid id, bool fresh, CancellationToken ct)
    {
        if (!fresh && cache.Find(SystemTables.Instances, tenantId, id) is { Value: StoredInstance kept })
            return kept;
        var readAt = time.GetTimestamp();
        if (await loader.LoadAsync(Instances, tenantId, id, ct) is not StoredInstance instance)
            return null;
        Keep(instance, readAt);
        return instance;
    }

    /// <summary>A record with all its fields, as the subject of a burst and the answer to its caller need it.</summary>
    /// <returns>A record that others share: copy it before changing it.</returns>
    public async ValueTask<Record?> FindRecordAsync(Guid tenantId, RecordType type, Guid id, bool fresh, CancellationToken ct)
    {
        var source = records.GetOrAdd(type, static type => new RecordSource(type));
        return source.IsComputed
            ? (Record?)await loader.LoadAsync(source.Whole, tenantId, id, ct)
            : await FindStoredAsync(source, tenantId, id, fresh, ct);
    }

    /// <summary>
    /// A record that a burst looks at beside its subject. Fields that are computed from other records are not: a count over
    /// a table would cost more than all the rest of the burst.
    /// </summary>
    internal ValueTask<Record?> FindRelatedAsync(Guid tenantId, RecordType type, Guid id, bool fresh, CancellationToken ct) =>
        FindStoredAsync(records.GetOrAdd(type, static type => new RecordSource(type)), tenantId, id, fresh, ct);

    internal Task<bool> HasRoleAsync(Guid tenantId, string name, CancellationToken ct) => database.ReadAsync(
        tenantId,
        new NpgsqlBatchCommand("select 1 from roles where tenant_id = current_tenant() and name = $1") { Parameters = { new NpgsqlParameter<string> { TypedValue = name } } },
        (reader, token) => reader.ReadAsync(token),
        ct);

    private async ValueTask<Record?> FindStoredAsync(RecordSource source, Guid tenantId, Guid id, bool fresh, CancellationToken ct)
    {
        if (!fresh && cache.Find(source.Table, tenantId, id) is { } kept && time.GetElapsedTime(kept.ReadAt) < RecordsMayLag)
            return (Record)kept.Value;
        var readAt = time.GetTimestamp();
        var record = (Record?)await loader.LoadAsync(source.Stored, tenantId, id, ct);
        if (record is not null)
            cache.Put(source.Table, id, new RowCache.Row(tenantId, record.Version, record, readAt));
        return record;
    }

    public ValueTask DisposeAsync() => loader.DisposeAsync();

    /// <summary>What a burst has just committed.</summary>
    internal void Keep(StoredInstance instance) => Keep(instance, time.GetTimestamp());

    internal void Keep(RecordType type, Record record)
    {
        var source = records.GetOrAdd(type, static type => new RecordSource(type));
        if (!source.IsComputed)
            cache.Put(source.Table, record.Id, new RowCache.Row(record.TenantId, record.Version, record, time.GetTimestamp()));
    }

    private void Keep(StoredInstance instance, long readAt) =>
        cache.Put(
            SystemTables.Instances, instance.Id,
            new RowCache.Row(instance.TenantId, instance.Version, instance.IsCached ? instance : instance with { IsCached = true }, readAt));

    private static StoredInstance ReadInstance(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetGuid(1),
        reader.GetInt64(2),
        reader.GetString(3),
        reader.IsDBNull(4) ? null : RecordTypes.Find(reader.GetString(4)),
        reader.IsDBNull(5) ? null : reader.GetGuid(5),
        reader.IsDBNull(6) ? null : reader.GetString(6),
        reader.IsDBNull(7) ? null : reader.GetString(7),
        reader.GetBoolean(8),
        reader.GetFieldValue<byte[]>(9),
        IsCached: false);

    private sealed class RecordSource
    {
        public RecordSource(RecordType type)
        {
            Table = RecordTables.Of(type);
            Stored = Query(type, string.Join(", ", type.Fields.Select(field => field.Stored ? $"r.{field.Column}" : "null")));
            IsComputed = type.Fields.Any(field => !field.Stored);
            Whole = IsComputed ? Query(type, string.Join(", ", type.Fields.Select(field => RecordTables.Expression(field)))) : Stored;
        }

        public Table Table { get; }

        public RowLoader.Source Stored { get; }

        public RowLoader.Source Whole { get; }

        public bool IsComputed { get; }

        private static RowLoader.Source Query(RecordType type, string fields) => new(
            $"""
            select k.tenant, k.key, r.tenant_id, r.id, r.version, r.created_at, r.updated_at, r.custom, {fields}
            from unnest($1::uuid[], $2::uuid[]) as k(tenant, key)
            join {RecordTables.Of(type).Name} r on r.tenant_id = k.tenant and r.id = k.key
            """,
            reader => RecordTables.Read(type, reader, 2));
    }
}
