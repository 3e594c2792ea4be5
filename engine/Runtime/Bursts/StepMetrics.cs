using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Switchboard.Runtime.Bursts;

internal static class StepMetrics
{
    public static readonly ActivitySource Source = new("Switchboard");

    private static readonly Meter Meter = new("Switchboard");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("workflow.step.duration", "s");

    private static readonly Counter<long> Count = Meter.CreateCounter<long>("workflow.step.count", "{step}");

    /// <param name="type">The stimulus: start, resume, cancel, retry.</param>
    /// <param name="result">committed, ignored, fenced, failed.</param>
    public static void Record(string type, string result, TimeSpan duration)
    {
        var tags = new TagList { { "type", type }, { "result", result } };
        Duration.Record(duration.TotalSeconds, tags);
        Count.Add(1, tags);
    }
}
