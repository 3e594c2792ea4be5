using System.Xml;
using System.Xml.Linq;

using Switchboard.Rules.Dmn;
using Switchboard.Rules.Feel;

namespace Switchboard.Tck;

/// <summary>How one case went.</summary>
/// <param name="Folder">level/folder</param>
/// <param name="File">The test file without its ending.</param>
/// <param name="Case">The id of the case.</param>
/// <param name="Passed">Whether every result was as expected.</param>
/// <param name="ExpectsValue">Whether some result is expected to be more than null.</param>
/// <param name="Message">Empty, or what came instead.</param>
public sealed record TckOutcome(string Folder, string File, string Case, bool Passed, bool ExpectsValue, string Message)
{
    /// <summary>What a list of cases names it by: folder/file#case.</summary>
    public string Key => $"{Folder}/{File}#{Case}";
}

/// <summary>Runs the cases of the public DMN TCK.</summary>
public static class TckSuite
{
    /// <summary>Runs every case under a folder of levels, in the order of their names.</summary>
    public static IEnumerable<TckOutcome> Run(string root)
    {
        foreach (var level in Directory.GetDirectories(root).Order(StringComparer.Ordinal))
        {
            foreach (var folder in Directory.GetDirectories(level).Order(StringComparer.Ordinal))
            {
                var models = new ModelFolder(folder);
                foreach (var file in Directory.GetFiles(folder, "*.xml").Order(StringComparer.Ordinal))
                {
                    foreach (var outcome in RunFile($"{Path.GetFileName(level)}/{Path.GetFileName(folder)}", models, file))
                    {
                        yield return outcome;
                    }
                }
            }
        }
    }

    private static IEnumerable<TckOutcome> RunFile(string folder, ModelFolder models, string file)
    {
        var cases = XDocument.Load(file, LoadOptions.PreserveWhitespace).Root!;
        if (cases.Name.LocalName != "testCases")
            yield break;
        var model = models.Load(TckXml.Child(cases, "modelName")?.Value.Trim() ?? "");
        foreach (var test in TckXml.Children(cases, "testCase"))
        {
            yield return RunCase(folder, Path.GetFileNameWithoutExtension(file), model, test);
        }
    }

    private static TckOutcome RunCase(string folder, string file, DmnModel? model, XElement test)
    {
        var id = test.Attribute("id")?.Value ?? "";
        var expectations = TckXml.Children(test, "resultNode")
            .Select(node => (Name: node.Attribute("name")?.Value ?? "", Expected: TckXml.Child(node, "expected") is { } expected ? TckXml.Value(expected) : default))
            .ToList();
        var expectsValue = expectations.Exists(expectation => !expectation.Expected.IsNull);
        if (model is null)
            return new TckOutcome(folder, file, id, Passed: false, expectsValue, "There is no such model.");

        try
        {
            var input = TckXml.Inputs(test);
            foreach (var (name, expected) in expectations)
            {
                var (output, diagnostics) = Evaluate(model, test, name, input);
                if (!TckValues.AreSame(expected, output))
                {
                    var why = diagnostics.Count == 0 ? "" : $" ({string.Join("; ", diagnostics.Select(diagnostic => diagnostic.Message).Distinct())})";
                    return new TckOutcome(folder, file, id, Passed: false, expectsValue, $"{name}: expected {TckValues.Print(expected)}, but was {TckValues.Print(output)}{why}");
                }
            }
            return new TckOutcome(folder, file, id, Passed: true, expectsValue, "");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // An evaluation must never throw: what does is a failed case, and the run goes on to name them all.
            return new TckOutcome(folder, file, id, Passed: false, expectsValue, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private static (FeelValue Output, IReadOnlyList<FeelDiagnostic> Diagnostics) Evaluate(DmnModel model, XElement test, string name, FeelContext input)
    {
        var run = new FeelRun(TimeProvider.System);
        var invocable = test.Attribute("invocableName")?.Value;
        switch (test.Attribute("type")?.Value)
        {
            case "bkm" when invocable is not null:
                return (model.EvaluateFunction(invocable, input, run).Output, run.Diagnostics);
            case "decisionService" when invocable is not null:
                var output = model.EvaluateService(invocable, input, run).Output;
                return (output.Kind == FeelKind.Context && output.AsContext().TryGet(name, out var one) ? one : output, run.Diagnostics);
            default:
                return (model.Evaluate(name, input, run).Output, run.Diagnostics);
        }
    }

    /// <summary>The models of a folder: each is read once, and those that it imports before it.</summary>
    private sealed class ModelFolder(string folder)
    {
        private readonly Dictionary<string, DmnModel?> read = new(StringComparer.OrdinalIgnoreCase);

        public DmnModel? Load(string name)
        {
            var file = Path.Combine(folder, name);
            if (read.TryGetValue(file, out var known))
                return known;
            read[file] = null; // models that import each other end here
            return read[file] = File.Exists(file) ? DmnModel.Parse(File.ReadAllText(file), Imported) : null;
        }

        private DmnModel? Imported(string uri)
        {
            var file = Array.Find(Directory.GetFiles(folder, "*.dmn"), candidate => NamespaceOf(candidate) == uri);
            return file is null ? null : Load(Path.GetFileName(file));
        }

        private static string? NamespaceOf(string file)
        {
            using var reader = XmlReader.Create(file);
            reader.MoveToContent();
            return reader.GetAttribute("namespace");
        }
    }
}
