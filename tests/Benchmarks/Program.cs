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
    ("designer", DesignerBenchmarks.RunAsync),
    ("designer-lists", DesignerListBenchmarks.RunAsync),
    ("studio", StudioBenchmarks.RunAsync),
    ("start", HostBenchmarks.StartAsync),
];

// These need no database; each prints a table of its own and says whether it reached its goals.
(string Name, Func<int, bool> Run)[] rules =
[
    ("feel", FeelBenchmarks.Run),
    ("tables", TableBenchmarks.Run),
    ("rules", RuleSetBenchmarks.Run),
];

var options = args.Index().Where(arg => arg.Item.StartsWith("--", StringComparison.Ordinal))
    .ToDictionary(arg => arg.Item[2..], arg => int.Parse(args[arg.Index + 1], CultureInfo.InvariantCulture));
var names = args.TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToArray();
if (names is ["all"])
    names = [];
var known = benchmarks.Select(benchmark => benchmark.Name).Concat(rules.Select(benchmark => benchmark.Name)).ToArray();
var unknown = names.Except(known).ToArray();
if (unknown.Length > 0)
{
    await Console.Error.WriteLineAsync($"Unknown: {string.Join(", ", unknown)}. There are: {string.Join(", ", known)}.");
    return 2;
}

var reached = true;
foreach (var (name, run) in rules)
{
    if (names.Length == 0 || names.Contains(name))
        reached &= run(options.GetValueOrDefault("rounds", 3));
}
if (names.Length > 0 && names.All(name => rules.Any(benchmark => benchmark.Name == name)))
    return reached ? 0 : 1;

await using var bench = await Bench.StartAsync(options.GetValueOrDefault("seconds", 5), options.GetValueOrDefault("rounds", 3), options.GetValueOrDefault("records", 1_000_000));
foreach (var (name, run) in benchmarks)
{
    if (names.Length == 0 || names.Contains(name))
        await run(bench);
}
return bench.Print() && reached ? 0 : 1;
