using System.Globalization;

using Switchboard.Tck;

// dotnet run -c Release --project tests/Tck -- FOLDER
// Runs every case of a folder laid out like TestCases of the public DMN TCK: FOLDER/level/folder/*.xml beside *.dmn.
// Prints the CSV of the suite's own result files, then the totals.

if (args is not [var folder] || !Directory.Exists(folder))
{
    await Console.Error.WriteLineAsync("Give the folder of the test cases: dotnet run -c Release --project tests/Tck -- FOLDER");
    return 2;
}

var outcomes = TckSuite.Run(folder).ToList();
foreach (var outcome in outcomes)
{
    Console.WriteLine(string.Join(',', new[] { outcome.Folder, outcome.File, outcome.Case, outcome.Passed ? "SUCCESS" : "ERROR", outcome.Message }.Select(Quoted)));
}
Console.WriteLine();
Total("all", outcomes);
Total("value-only", outcomes.Where(outcome => outcome.ExpectsValue));
Total("compliance level 2", outcomes.Where(outcome => outcome.Folder.StartsWith("compliance-level-2/", StringComparison.Ordinal)));
foreach (var group in outcomes.GroupBy(outcome => FeatureGroups.Of(outcome.Folder)).OrderBy(group => group.Key, StringComparer.Ordinal))
{
    Total(group.Key, group);
}
return outcomes.TrueForAll(outcome => outcome.Passed) ? 0 : 1;

static string Quoted(string text) => $"\"{text.ReplaceLineEndings(" ").Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

static void Total(string name, IEnumerable<TckOutcome> outcomes)
{
    var all = outcomes.ToList();
    var passed = all.Count(outcome => outcome.Passed);
    var share = all.Count == 0 ? 100 : 100.0 * passed / all.Count;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {passed} of {all.Count} ({share:0.00} %)"));
}
