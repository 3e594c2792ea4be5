using System.Diagnostics.Metrics;

namespace Switchboard.Data.Commit;

internal static class CommitMetrics
{
    private static readonly Meter Meter = new("Switchboard");

    /// <summary>Seconds from sending a transaction to its answer.</summary>
    public static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("db.tx.duration", "s");

    /// <summary>How many steps shared a transaction.</summary>
    public static readonly Histogram<int> Steps = Meter.CreateHistogram<int>("db.tx.steps", "{step}");

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("db.tx.retries");

    /// <param name="reason"><c>fence</c>, <c>connection</c>, or the SQLSTATE.</param>
    public static void Retried(string reason) => Retries.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
