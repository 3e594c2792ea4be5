using System.Collections.Concurrent;

namespace Switchboard.Data.Commit;

/// <summary>
/// Tells the pumps of this node that a commit has inserted rows into the table they read, so that they look at once instead
/// of at their next turn, and caches that rows they keep have changed. A hint and no promise: other nodes' commits are not
/// signalled. Listeners run on the committer's thread: they must be short and must not throw.
/// </summary>
public sealed class CommitSignals
{
    private readonly ConcurrentDictionary<Table, Action> listeners = new();

    private volatile Action<Table, Guid, long?>? changed;

    public void Listen(Table table, Action signal) => listeners.AddOrUpdate(table, signal, (_, before) => before + signal);

    /// <param name="listener">Is given the table, the id and the new version of every row that was updated or deleted; null for the version of one that is gone or has none.</param>
    public void ListenToChanges(Action<Table, Guid, long?> listener) => changed += listener;

    internal void Raise(IEnumerable<Step> steps, StepBatch batch)
    {
        if (changed is { } listener)
        {
            foreach (var step in steps)
            {
                foreach (var row in step.Updates)
                    listener(row.Table, (Guid)row.Row[1]!, row.Table.VersionAt < 0 ? null : (long)row.Row[row.Table.VersionAt]!);
                foreach (var row in step.Deletes)
                    listener(row.Table, row.Id, null);
            }
        }
        foreach (var table in listeners.IsEmpty ? [] : batch.InsertedTables)
        {
            if (listeners.TryGetValue(table, out var signal))
                signal();
        }
    }
}
