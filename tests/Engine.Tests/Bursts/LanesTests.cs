using FluentAssertions;

using Switchboard.Runtime.Bursts;

using Xunit;

namespace Switchboard.Engine.Tests.Bursts;

public sealed class LanesTests
{
    private static readonly Guid One = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
    private static readonly Guid Two = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
    private readonly Lanes lanes = new();

    [Fact]
    public async Task Work_of_one_instance_runs_alone_and_in_order()
    {
        var order = new List<int>();
        var running = 0;
        var all = Enumerable.Range(0, 200).Select(n => lanes.RunAsync(One, async _ =>
        {
            Interlocked.Increment(ref running).Should().Be(1);
            await Task.Yield();
            order.Add(n);
            Interlocked.Decrement(ref running);
            return n;
        }, CancellationToken.None));

        await Task.WhenAll(all);

        order.Should().Equal(Enumerable.Range(0, 200));
        lanes.Busy.Should().Be(0);
    }

    [Fact]
    public async Task Work_of_another_instance_does_not_wait()
    {
        var gate = new TaskCompletionSource<int>();
        var held = lanes.RunAsync(One, _ => gate.Task, CancellationToken.None);

        (await lanes.RunAsync(Two, _ => Task.FromResult(2), CancellationToken.None)).Should().Be(2);
        gate.SetResult(1);
        (await held).Should().Be(1);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_holds_nobody_up()
    {
        var gate = new TaskCompletionSource<int>();
        using var cancelled = new CancellationTokenSource();
        var held = lanes.RunAsync(One, _ => gate.Task, CancellationToken.None);
        var gaveUp = lanes.RunAsync(One, _ => Task.FromResult(0), cancelled.Token);
        var next = lanes.RunAsync(One, _ => Task.FromResult(3), CancellationToken.None);
        await cancelled.CancelAsync();

        await ((Func<Task>)(() => gaveUp)).Should().ThrowAsync<OperationCanceledException>();
        gate.SetResult(1);
        await held;
        (await next).Should().Be(3);
        lanes.Busy.Should().Be(0);
    }

    [Fact]
    public async Task Work_that_fails_frees_its_lane()
    {
        var failing = () => lanes.RunAsync<int>(One, _ => throw new InvalidOperationException("on purpose"), CancellationToken.None);

        await failing.Should().ThrowAsync<InvalidOperationException>();
        (await lanes.RunAsync(One, _ => Task.FromResult(1), CancellationToken.None)).Should().Be(1);
    }
}
