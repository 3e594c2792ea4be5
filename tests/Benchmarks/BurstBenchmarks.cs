using System.Collections.Concurrent;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Benchmarks;

/// <summary>Bursts in one process, 64 in flight: what an action costs when nothing of HTTP is counted.</summary>
internal static class BurstBenchmarks
{
    /// <summary>Actions a second that the numbers of a run must suffice for.</summary>
    private const int MostActionsPerSecond = 10_000;

    private static readonly (string Action, JsonObject? Data)[] Life =
    [
        ("submit_loa", null),
        ("receive_foc", new JsonObject { ["focDate"] = "2027-03-01" }),
        ("schedule", new JsonObject { ["portDate"] = "2027-03-02" }),
        ("complete", null),
        ("verify", null),
    ];

    /// <summary>The instance and its journal, nothing else.</summary>
    public static async Task MinimalAsync(Bench bench)
    {
        await using var engine = new BenchEngine(bench.Owner, Minimal());
        var ids = await engine.StartAsync("bench-minimal", Bench.InFlight * 50);
        var turn = new int[Bench.InFlight];
        await bench.CompareAsync("minimal burst, 64 in flight", 1.5, async worker =>
        {
            var id = ids[(worker * 50) + (turn[worker]++ % 50)];
            await engine.ResumeAsync(id);
        });
    }

    /// <summary>
    /// The shipped lifecycle from the letter of authorization to verified, action by action: instance, bookmarks, timers,
    /// record, history, audit, journal, events, and the document that the first action generates.
    /// </summary>
    public static async Task PortingAsync(Bench bench)
    {
        await using var engine = new BenchEngine(bench.Owner);
        var numbers = new ConcurrentQueue<Guid>(await engine.CreateNumbersAsync(MostActionsPerSecond / Life.Length * bench.Seconds * (bench.Rounds + 1)));
        var driven = new (Guid Instance, int Done)[Bench.InFlight];
        await bench.CompareAsync("porting action, 64 in flight", 0.7, async worker =>
        {
            var (instance, done) = driven[worker];
            if (done % Life.Length == 0 && !numbers.TryDequeue(out instance))
                throw new InvalidOperationException($"More than {MostActionsPerSecond} actions a second: raise the constant.");
            var (action, data) = Life[done % Life.Length];
            await engine.ActAsync(instance, action, data);
            driven[worker] = (instance, done + 1);
        });
    }

    private static WorkflowDefinition Minimal() => Definition("bench-minimal", new JsonObject { ["id"] = "wait", ["type"] = "Bench.WaitAgain", ["version"] = 1 });

    internal static WorkflowDefinition Definition(string id, JsonObject root) => WorkflowDefinition.Of(new JsonObject
    {
        ["id"] = id + "-1",
        ["definitionId"] = id,
        ["version"] = 1,
        ["root"] = root,
    });

    [Activity("Bench.WaitAgain")]
    internal sealed class WaitAgain : Activity
    {
        public override ValueTask ExecuteAsync(ActivityContext context)
        {
            context.CreateBookmark();
            return default;
        }

        public override ValueTask ResumeAsync(ActivityContext context)
        {
            context.CreateBookmark();
            return default;
        }
    }
}
