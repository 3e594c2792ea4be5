using System.Diagnostics;
using System.Globalization;

using Npgsql;

using Switchboard.Tests.Support;

namespace Switchboard.Benchmarks;

/// <summary>One run of the benchmarks: the database, the shared baseline, and the table that is printed at the end.</summary>
internal sealed class Bench : IAsyncDisposable
{
    public const int InFlight = 64;

    /// <summary>Of 16 MB each.</summary>
    private const int LogFiles = 64;

    private readonly NpgsqlDataSource baseline;
    private readonly List<Line> lines = [];
    private readonly List<Limit> limits = [];

    private Bench(string owner, int seconds, int rounds, int records)
    {
        Owner = owner;
        Seconds = seconds;
        Rounds = rounds;
        Records = records;
        baseline = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(owner) { MaxPoolSize = InFlight, MinPoolSize = InFlight, MaxAutoPrepare = 10, AutoPrepareMinUsages = 2 }.ConnectionString);
    }

    /// <summary>The connection string of the migrated database's owner.</summary>
    public string Owner { get; }

    public int Seconds { get; }

    public int Rounds { get; }

    /// <summary>Of the large lists.</summary>
    public int Records { get; }

    public static async Task<Bench> StartAsync(int seconds, int rounds, int records)
    {
        var bench = new Bench(await TestPostgres.CreateDatabaseAsync("benchmarks"), seconds, rounds, records);
        await using var create = bench.baseline.CreateCommand("create table baseline (id uuid primary key, payload text not null)");
        await create.ExecuteNonQueryAsync();
        await bench.FillLogAsync();
        await bench.BaselineAsync();
        return bench;
    }

    /// <summary>
    /// A new server has no log files to use again: it makes each one while everybody waits, 16 MB of zeros, some 60 ms for
    /// every few thousand commits. One that has been at work has them; so this one is given a gigabyte of them.
    /// </summary>
    private async Task FillLogAsync()
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync();
        for (var file = 0; file < LogFiles; file++)
        {
            await using var next = new NpgsqlCommand("select pg_logical_emit_message(false, 'benchmarks', ''); select pg_switch_wal()", connection);
            await next.ExecuteNonQueryAsync();
        }
        await using var checkpoint = new NpgsqlCommand("checkpoint", connection) { CommandTimeout = 120 };
        await checkpoint.ExecuteNonQueryAsync();
    }

    /// <summary>Single-row INSERT commits a second over 64 connections.</summary>
    public async Task<Measure> BaselineAsync()
    {
        var payload = new string('x', 200);
        return await MeasureAsync(async _ =>
        {
            await using var command = baseline.CreateCommand("insert into baseline (id, payload) values ($1, $2)");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()) });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = payload });
            await command.ExecuteNonQueryAsync();
        });
    }

    /// <summary>Runs the work with 64 in flight for the run's seconds.</summary>
    /// <param name="work">Is given the number of its worker.</param>
    public async Task<Measure> MeasureAsync(Func<int, Task> work)
    {
        var end = Stopwatch.GetTimestamp() + (Seconds * Stopwatch.Frequency);
        using var process = Process.GetCurrentProcess();
        var (cpu, server, started) = (process.TotalProcessorTime, ServerTime(), Stopwatch.GetTimestamp());
        var latencies = await Task.WhenAll(Enumerable.Range(0, InFlight).Select(worker => Task.Run(async () =>
        {
            var own = new List<long>(10_000);
            for (var at = Stopwatch.GetTimestamp(); at < end;)
            {
                await work(worker);
                var now = Stopwatch.GetTimestamp();
                own.Add(now - at);
                at = now;
            }
            return own;
        })));
        var elapsed = Stopwatch.GetElapsedTime(started);
        process.Refresh();
        var all = latencies.SelectMany(own => own).Order().ToArray();
        return new Measure(
            all.Length / elapsed.TotalSeconds, Milliseconds(all[all.Length / 2]), Milliseconds(all[(int)(all.Length * 0.99)]),
            (process.TotalProcessorTime - cpu).TotalMicroseconds / all.Length, (ServerTime() - server).TotalMicroseconds / all.Length);
    }

    /// <summary>What the processes of PostgreSQL on this machine have used; those of other servers count too, so none should be busy.</summary>
    private static TimeSpan ServerTime()
    {
        long ticks = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (!int.TryParse(Path.GetFileName(folder), out _) || File.ReadAllText(folder + "/stat") is not { } stat || !stat.Contains("(postgres)", StringComparison.Ordinal))
                    continue;
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                ticks += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It has ended since the folder was listed.
            }
        }
        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    /// <summary>Measures the baseline and the work in turns, and adds a line with the best and the median ratio of all rounds.</summary>
    /// <param name="goal">The least ratio that is promised.</param>
    public async Task CompareAsync(string name, double goal, Func<int, Task> work)
    {
        await FillLogAsync(); // what was set up has used up what there was
        await MeasureAsync(work); // compiled and cached before it counts
        var rounds = new List<(double Ratio, Measure Baseline, Measure Measure)>();
        for (var round = 0; round < Rounds; round++)
        {
            var compared = await BaselineAsync();
            var measured = await MeasureAsync(work);
            rounds.Add((measured.PerSecond / compared.PerSecond, compared, measured));
        }
        rounds.Sort((left, right) => left.Ratio.CompareTo(right.Ratio));
        var best = rounds[^1];
        lines.Add(new Line(name, best.Baseline, best.Measure, best.Ratio, rounds[rounds.Count / 2].Ratio, goal));
        Console.WriteLine(Text($"… {name}: best {best.Ratio:0.00}, median {rounds[rounds.Count / 2].Ratio:0.00} × baseline"));
    }

    /// <summary>Adds a line of rates that were measured otherwise, in rounds of the baseline and of the thing itself.</summary>
    public void Add(string name, double goal, IReadOnlyList<(double Baseline, double PerSecond)> rounds)
    {
        var sorted = rounds.OrderBy(round => round.PerSecond / round.Baseline).ToList();
        var (best, median) = (sorted[^1], sorted[sorted.Count / 2]);
        lines.Add(new Line(name, Rate(best.Baseline), Rate(best.PerSecond), best.PerSecond / best.Baseline, median.PerSecond / median.Baseline, goal));
        Console.WriteLine(Text($"… {name}: best {best.PerSecond / best.Baseline:0.00}, median {median.PerSecond / median.Baseline:0.00} × baseline"));
    }

    /// <summary>That which nineteen of twenty do not exceed.</summary>
    public static double P95(IEnumerable<double> times)
    {
        var sorted = times.Order().ToArray();
        return sorted[(int)((sorted.Length - 1) * 0.95)];
    }

    /// <summary>A line for what must stay below something.</summary>
    public void AddLimit(string name, double measured, double most, string unit)
    {
        limits.Add(new Limit(name, measured, most, unit));
        Console.WriteLine(Text($"… {name}: {measured:0.##} {unit} of at most {most:0.##}"));
    }

    /// <returns>Whether every goal was reached in the best round.</returns>
    public bool Print()
    {
        if (lines.Count > 0)
            PrintRates();
        if (limits.Count > 0)
            PrintLimits();
        return lines.TrueForAll(line => line.Best >= line.Goal) && limits.TrueForAll(limit => limit.Measured <= limit.Most);
    }

    public async ValueTask DisposeAsync() => await baseline.DisposeAsync();

    private void PrintLimits()
    {
        Console.WriteLine();
        Console.WriteLine("| what | measured | at most |");
        Console.WriteLine("|---|---|---|");
        foreach (var limit in limits)
            Console.WriteLine(Text($"| {limit.Name} | {limit.Measured:0.##} {limit.Unit} | {limit.Most:0.##} {limit.Unit} |"));
    }

    private void PrintRates()
    {
        Console.WriteLine();
        Console.WriteLine("| what | baseline/s | its p99 ms | this/s | ratio best | ratio median | goal | p50 ms | p99 ms | CPU µs | of PostgreSQL |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var line in lines)
        {
            Console.WriteLine(Text(
                $"| {line.Name} | {line.Baseline.PerSecond:#,0} | {line.Baseline.P99:0.0} | {line.Measure.PerSecond:#,0} | {line.Best:0.00} | {line.Median:0.00} | {line.Goal:0.00} | {line.Measure.P50:0.0} | {line.Measure.P99:0.0} | {line.Measure.CpuMicroseconds:0} | {line.Measure.ServerMicroseconds:0} |"));
        }
    }

    private static Measure Rate(double perSecond) => new(perSecond, 0, 0, 0, 0);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;

    private sealed record Limit(string Name, double Measured, double Most, string Unit);

    private sealed record Line(string Name, Measure Baseline, Measure Measure, double Best, double Median, double Goal);
}

/// <param name="PerSecond">Completed a second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="CpuMicroseconds">Of this process, for one.</param>
/// <param name="ServerMicroseconds">Of PostgreSQL's processes, for one.</param>
internal sealed record Measure(double PerSecond, double P50, double P99, double CpuMicroseconds, double ServerMicroseconds);
