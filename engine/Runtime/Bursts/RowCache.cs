using System.Collections.Concurrent;

using Switchboard.Data.Commit;

namespace Switchboard.Runtime.Bursts;

/// <summary>
/// Rows that were read or written lately, so that the next burst on them need not read them again. It may be behind other
/// nodes: what is changed on the strength of it is fenced by its version, and a refused fence forgets it. Holds two
/// generations; when the young one is full, the old one is dropped whole.
/// </summary>
/// <param name="capacity">Rows in both generations together, at most.</param>
public sealed class RowCache(int capacity)
{
    private readonly Lock turning = new();
    private Generation young = new();
    private Generation old = new();

    internal Row? Find(Table table, Guid tenantId, Guid id)
    {
        if (!young.Rows.TryGetValue((table, id), out var row))
        {
            if (!old.Rows.TryGetValue((table, id), out row))
                return null;
            Add(table, id, row);
        }
        return row.TenantId == tenantId ? row : null;
    }

    /// <summary>Keeps the newer one if another version is there already.</summary>
    internal void Put(Table table, Guid id, Row row)
    {
        if (young.Rows.TryGetValue((table, id), out var known) && known.Version > row.Version)
            return;
        Add(table, id, row);
    }

    /// <summary>A commit has written this version of the row, or deleted it (null): whatever is older is forgotten.</summary>
    internal void Changed(Table table, Guid id, long? version)
    {
        young.Changed(table, id, version);
        old.Changed(table, id, version);
    }

    private void Add(Table table, Guid id, Row row)
    {
        if (young.Add(table, id, row) <= capacity / 2)
            return;
        lock (turning)
        {
            if (young.Added <= capacity / 2)
                return;
            old = young;
            young = new Generation();
        }
    }

    /// <summary>Counts what is added by itself: to count the rows of the dictionary would lock all of it, at every burst.</summary>
    private sealed class Generation
    {
        private int added;

        public ConcurrentDictionary<(Table, Guid), Row> Rows { get; } = new();

        /// <summary>At least as many as there are.</summary>
        public int Added => Volatile.Read(ref added);

        /// <returns><see cref="Added"/>.</returns>
        public int Add(Table table, Guid id, Row row)
        {
            if (Rows.TryAdd((table, id), row))
                return Interlocked.Increment(ref added);
            Rows[(table, id)] = row;
            return Added;
        }

        public void Changed(Table table, Guid id, long? version)
        {
            if (Rows.TryGetValue((table, id), out var row) && (version is null || row.Version < version))
                Rows.TryRemove((table, id), out _);
        }
    }

    /// <param name="Value">Shared by whoever finds it: never changed.</param>
    /// <param name="ReadAt">A timestamp of <see cref="TimeProvider"/>.</param>
    internal sealed record Row(Guid TenantId, long Version, object Value, long ReadAt);
}
