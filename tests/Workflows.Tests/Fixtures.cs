using Switchboard.Tests.Support;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Tests;

/// <summary>Elsa's own sample definitions, which lie beside the repository where there are any.</summary>
internal static class Fixtures
{
    private static readonly string? Folder = SharedFolder.Find("elsa/fixtures");

    public static bool AreThere => Folder is not null;

    public static TheoryData All()
    {
        var data = new TheoryData();
        if (Folder is null)
        {
            data.Add("(none: ../shared/elsa/fixtures is missing, skipped)");
            return data;
        }
        foreach (var file in Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            data.Add(Path.GetRelativePath(Folder, file));
        return data;
    }

    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder!, name));

    public static WorkflowGraph Graph(string name, ActivityCatalogue? catalogue = null) => WorkflowGraph.Compile(WorkflowDefinition.Parse(Text(name)), catalogue);
}

/// <summary>File names.</summary>
public sealed class TheoryData : Xunit.TheoryData<string>;
