using System.Diagnostics;
using System.Text.Json.Nodes;

using Switchboard.Tests.Support;

namespace Switchboard.Benchmarks;

/// <summary>A hundred thousand timers that are due at once.</summary>
internal static class TimerBenchmarks
{
    private const int Timers = 100_000;

    /// <summary>Each instance waits for one timer and ends with it; the pump begins when all of them are due.</summary>
    public static async Task RunAsync(Bench bench)
    {
        var rounds = new List<(double Baseline, double PerSecond)>();
        for (var round = 0; round < bench.Rounds; round++)
        {
            var baseline = await bench.BaselineAsync();
            await using var engine = new BenchEngine(
                await TestPostgres.CreateDatabaseAsync($"timers_{round}"), BurstBenchmarks.Definition("bench-delay", new JsonObject
                {
                    ["id"] = "delay",
                    ["type"] = "Elsa.Delay",
                    ["version"] = 1,
                    ["timeSpan"] = new JsonObject { ["typeName"] = "TimeSpan", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "00:00:00.001" } },
                }));
            for (var started = 0; started < Timers; started += 2_000)
                await engine.StartAsync("bench-delay", 2_000);

            var at = Stopwatch.GetTimestamp();
            var fired = await engine.FireTimersAsync();
            var elapsed = Stopwatch.GetElapsedTime(at);

            await ThrowUnlessOnceAsync(engine, fired);
            rounds.Add((baseline.PerSecond, Timers / elapsed.TotalSeconds));
        }
        bench.Add("100,000 timers due at once, each fires once", 0.5, rounds);
    }

    /// <summary>Every instance has ended, after exactly two bursts: its start and its timer.</summary>
    private static async Task ThrowUnlessOnceAsync(BenchEngine engine, int fired)
    {
        var finished = await engine.CountAsync("select count(*) from instances where tenant_id = $1 and finished_at is not null");
        var left = await engine.CountAsync("select count(*) from timers where tenant_id = $1");
        var bursts = await engine.CountAsync("select count(*) from journal where tenant_id = $1");
        if (fired != Timers || finished != Timers || left != 0 || bursts != 2 * Timers)
            throw new InvalidOperationException($"{fired} timers were claimed, {finished} instances have ended, {left} timers are left, {bursts} bursts have run.");
    }
}
