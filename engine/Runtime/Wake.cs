namespace Switchboard.Runtime;

/// <summary>Lets a pump sleep until there may be work: at the latest after a time, at once when somebody rings.</summary>
internal sealed class Wake(TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim bell = new(0, 1);

    /// <summary>Rings from any thread; several rings before the sleeper looks are one.</summary>
    public void Ring()
    {
        try
        {
            bell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has rung already and nobody has looked yet.
        }
    }

    public async Task SleepAsync(TimeSpan most, CancellationToken ct)
    {
        using var slept = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var rung = bell.WaitAsync(slept.Token);
        await Task.WhenAny(rung, Task.Delay(most, time, slept.Token));
        await slept.CancelAsync();
        ct.ThrowIfCancellationRequested();
        try
        {
            await rung;
        }
        catch (OperationCanceledException)
        {
            // The time was up first.
        }
    }

    public void Dispose() => bell.Dispose();
}
