namespace Switchboard.Engine.Tests.Outbox;

/// <summary>The real time, and as much ahead of it as the test says.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private TimeSpan ahead;

    public void Advance(TimeSpan by) => ahead += by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
}
