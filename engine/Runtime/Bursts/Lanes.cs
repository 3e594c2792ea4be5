namespace Switchboard.Runtime.Bursts;

/// <summary>
/// Brings work to where its instance is run, and to its turn there. Among several nodes an implementation sends it to the
/// node that owns the instance's partition; PostgreSQL's fences keep every commit right whoever runs it, so this is for
/// speed and order, and never needed for correctness.
/// </summary>
public interface ITransport
{
    /// <summary>Runs the work when no other work of the same instance is running.</summary>
    Task<T> RunAsync<T>(Guid instanceId, Func<CancellationToken, Task<T>> work, CancellationToken ct);
}

/// <summary>One process alone: one lane an instance, in the order of arrival.</summary>
public sealed class Lanes : ITransport
{
    private readonly Dictionary<Guid, Lane> lanes = [];

    /// <summary>How many instances have work now.</summary>
    public int Busy
    {
        get
        {
            lock (lanes)
                return lanes.Count;
        }
    }

    public async Task<T> RunAsync<T>(Guid instanceId, Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        var lane = Enter(instanceId, out var turn);
        try
        {
            if (turn is not null)
                await turn.Task.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            if (!lane.GiveUp(turn!))
                Leave(instanceId, lane); // the turn came at the same moment
            throw;
        }
        try
        {
            return await work(ct);
        }
        finally
        {
            Leave(instanceId, lane);
        }
    }

    private Lane Enter(Guid instanceId, out TaskCompletionSource? turn)
    {
        lock (lanes)
        {
            if (!lanes.TryGetValue(instanceId, out var lane))
            {
                lanes.Add(instanceId, lane = new Lane(lanes));
                turn = null;
                return lane;
            }
            turn = lane.Queue();
            return lane;
        }
    }

    private void Leave(Guid instanceId, Lane lane)
    {
        lock (lanes)
        {
            if (!lane.CallNext())
                lanes.Remove(instanceId);
        }
    }

    private sealed class Lane(object gate)
    {
        private LinkedList<TaskCompletionSource>? waiting;

        public TaskCompletionSource Queue()
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (waiting ??= []).AddLast(turn);
            return turn;
        }

        /// <returns>False when the turn has come already.</returns>
        public bool GiveUp(TaskCompletionSource turn)
        {
            lock (gate)
                return waiting!.Remove(turn);
        }

        /// <returns>False when nobody waits.</returns>
        public bool CallNext()
        {
            if (waiting?.First is not { } first)
                return false;
            waiting.RemoveFirst();
            first.Value.SetResult();
            return true;
        }
    }
}
