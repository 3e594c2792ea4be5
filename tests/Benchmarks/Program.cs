using System.Globalization;

using Switchboard.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks [-- all | names… --seconds 5 --rounds 3 --records 1000000]
// Figures are ratios of one run on one machine: the baseline is measured in every round, beside what is compared with it.

(string Name, Func<Bench, Task> Run)[] benchmarks =
[
    ("minimal", BurstBenchmarks.MinimalAsync),
    ("porting", BurstBenchmarks.PortingAsync),
    ("timers", TimerBenchmarks.RunAsync),
    ("import", HostBenchmarks.ImportAsync),
    ("lists", ListBenchmarks.RunAsync),
    ("start", HostBenchmarks.StartAsync),
];

var options = args.Index().Where(arg => arg.Item.StartsWith("--", StringComparison.Ordinal))
    .ToDictionary(arg => arg.Item[2..], arg => int.Parse(args[arg.Index + 1], CultureInfo.InvariantCulture));
var names = args.TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToArray();
if (names is ["all"])
    names = [];
var unknown = names.Except(benchmarks.Select(benchmark => benchmark.Name)).ToArray();
if (unknown.Length > 0)
{
    await Console.Error.WriteLineAsync($"Unknown: {string.Join(", ", unknown)}. There are: {string.Join(", ", benchmarks.Select(benchmark => benchmark.Name))}.");
    return 2;
}

await using var bench = await Bench.StartAsync(options.GetValueOrDefault("seconds", 5), options.GetValueOrDefault("rounds", 3), options.GetValueOrDefault("records", 1_000_000));
foreach (var (name, run) in benchmarks)
{
    if (names.Length == 0 || names.Contains(name))
        await run(bench);
}
return bench.Print() ? 0 : 1;
