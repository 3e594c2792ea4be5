using System.Collections.Concurrent;

namespace Switchboard.Data.Commit;

/// <summary>
/// Tells the pumps of this node that a commit has inserted rows into the table they read, so that they look at once instead
/// of at their next turn. A hint and no promise: other nodes' commits are not signalled, so every pump also looks by itself.
/// </summary>
public sealed class CommitSignals
{
    private readonly ConcurrentDictionary<Table, Action> listeners = new();

    /// <param name="signal">Runs on the committer's thread: must be short and must not throw.</param>
    public void Listen(Table table, Action signal) => listeners.AddOrUpdate(table, signal, (_, before) => before + signal);

    internal void Raise(IEnumerable<Table> inserted)
    {
        if (listeners.IsEmpty)
            return;
        foreach (var table in inserted)
        {
            if (listeners.TryGetValue(table, out var signal))
                signal();
        }
    }
}
