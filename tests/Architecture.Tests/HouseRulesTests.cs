using System.Text.RegularExpressions;

using FluentAssertions;

using Xunit;

namespace Switchboard.Architecture.Tests;

/// <summary>House rules that no compiler keeps. Each failure names the file and what to do.</summary>
public sealed partial class HouseRulesTests
{
    /// <summary>What may lie at the root. Nothing else does: no plans, no scratch.</summary>
    private static readonly string[] RootFiles =
    [
        ".dockerignore", ".editorconfig", ".gitattributes", ".gitignore", ".npmrc", "BannedSymbols.txt", "CHANGELOG.md", "Directory.Build.props",
        "Directory.Packages.props", "Dockerfile", "LICENSE", "README.md", "Workflows.sln", "docker-compose.yml", "run", "test",
    ];

    private static readonly string[] RootFolders = [".ci", "docs", "engine", "rules", "studio", "tests", "workflows"];

    private static readonly string[] EmptyNames =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Service", "Provider", "Processor", "Handler", "Info", "Data", "Base", "Impl", "Default"];

    /// <summary>Types whose field calls them so.</summary>
    private static readonly HashSet<string> NamedByTheField = ["ActionData"];

    /// <summary>Interfaces with a class of the same name: the inward ports of the libraries, which tests implement too.</summary>
    private static readonly HashSet<string> AllowedMirrors = ["IBurstHost"];

    private const int LongFile = 500;

    [Fact]
    public void The_root_holds_only_what_it_should()
    {
        SourceTree.Files.Where(file => !file.Contains('/', StringComparison.Ordinal)).Should().BeSubsetOf(RootFiles);
        SourceTree.Files.Where(file => file.Contains('/', StringComparison.Ordinal)).Select(file => file.Split('/')[0]).Distinct().Should().BeSubsetOf(RootFolders);
    }

    [Fact]
    public void The_readme_is_a_door_and_not_a_manual() =>
        SourceTree.Read("README.md").Split('\n').Length.Should().BeLessThanOrEqualTo(121, "120 lines and the end of the last one");

    [Fact]
    public void Every_file_that_a_guide_points_to_is_there()
    {
        var broken =
            from guide in SourceTree.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))
            from Match link in Link().Matches(SourceTree.Read(guide))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
            let path = Path.GetFullPath(Path.Combine(SourceTree.Root, Path.GetDirectoryName(guide)!, target))
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{guide} points to {target}";

        broken.Should().BeEmpty();
    }

    [Fact]
    public void No_interface_stands_before_its_only_class()
    {
        var types = DeclaredTypes().ToList();
        var classes = types.Where(type => type.Kind != "interface").Select(type => type.Name).ToHashSet();

        var mirrors = types.Where(type => type.Kind == "interface" && type.Name.Length > 1 && classes.Contains(type.Name[1..]) && !AllowedMirrors.Contains(type.Name));

        mirrors.Should().BeEmpty("an interface comes with its second implementation");
    }

    [Fact]
    public void No_type_has_a_name_that_says_nothing()
    {
        var empty =
            from type in DeclaredTypes()
            where !NamedByTheField.Contains(type.Name) && EmptyNames.Any(name => type.Name.EndsWith(name, StringComparison.Ordinal) && !type.Name.EndsWith("Metadata", StringComparison.Ordinal))
            select $"{type.File}: {type.Name}";

        empty.Should().BeEmpty("if no better noun exists, the type is not one thing");
    }

    [Fact]
    public void No_failure_is_swallowed()
    {
        var swallowed =
            from file in SourceTree.Code
            let code = SourceTree.Read(file)
            where EmptyCatch().IsMatch(code) || CatchOfAnythingThatOnlyComments().IsMatch(WithoutComments(code))
            select file;

        swallowed.Should().BeEmpty("a failure that needs nothing is named, and a comment says why; any other flies");
    }

    [Fact]
    public void A_long_file_says_at_its_top_why_it_is_one_thing()
    {
        var unexplained =
            from file in SourceTree.ProductionCode
            let lines = SourceTree.Read(file).Split('\n')
            where lines.Length > LongFile && !lines.Take(60).Any(line => line.Contains("One file", StringComparison.OrdinalIgnoreCase))
            select $"{file} has {lines.Length} lines";

        unexplained.Should().BeEmpty($"over {LongFile} lines, a comment that begins with \"One file\" says why it is not two");
    }

    [Fact]
    public void Folders_name_parts_of_the_product_and_not_kinds_of_class()
    {
        string[] kinds = ["Contracts", "Models", "Helpers", "Extensions", "Services", "Handlers", "Enums", "Managers", "Interfaces", "Utils"];

        SourceTree.ProductionCode.Where(file => file.Split('/').SkipLast(1).Any(kinds.Contains)).Should().BeEmpty();
    }

    [Fact]
    public void Project_folder_and_namespace_agree()
    {
        var projects = SourceTree.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) && !file.StartsWith("tests/", StringComparison.Ordinal))
            .ToDictionary(file => Path.GetDirectoryName(file)! + "/", file => Path.GetFileNameWithoutExtension(file));
        var wrong =
            from file in SourceTree.ProductionCode
            let project = projects.First(project => file.StartsWith(project.Key, StringComparison.Ordinal))
            let inside = Path.GetDirectoryName(file[project.Key.Length..])!.Replace('/', '.')
            let expected = inside.Length == 0 ? project.Value : $"{project.Value}.{inside}"
            let declared = Namespace().Match(SourceTree.Read(file))
            where declared.Success && declared.Groups[1].Value != expected
            select $"{file} declares {declared.Groups[1].Value}, not {expected}";

        wrong.Should().BeEmpty();
    }

    [Fact]
    public void No_file_names_a_path_of_somebodys_machine_or_the_host_of_a_package_registry()
    {
        // Put together here, so that this file does not name them itself.
        string[] forbidden = ["registry.npm" + "js", "api.nu" + "get.org", "/ro" + "ot/", "/ho" + "me/", "/Use" + "rs/", "C:\\Use" + "rs", "/wo" + "rk/"];
        string[] text = [".cs", ".csproj", ".props", ".sln", ".json", ".md", ".yml", ".yaml", ".mjs", ".js", ".ts", ".tsx", ".sql", ".hbs", ".txt", ".npmrc", "run", "test", "steps", "Dockerfile"];
        var named =
            from file in SourceTree.Files
            where text.Any(ending => file.EndsWith(ending, StringComparison.Ordinal))
            let content = SourceTree.Read(file)
            from word in forbidden
            where content.Contains(word, StringComparison.Ordinal)
            select $"{file} names {word}";

        named.Should().BeEmpty();
    }

    [Fact]
    public void Scripts_stop_at_the_first_failure()
    {
        foreach (var script in new[] { "run", "test", ".ci/run" })
        {
            SourceTree.Read(script).Should().StartWith("#!/usr/bin/env bash").And.Contain("set -euo pipefail");
            File.GetUnixFileMode(Path.Combine(SourceTree.Root, script)).Should().HaveFlag(UnixFileMode.UserExecute);
        }
    }

    private static IEnumerable<(string File, string Kind, string Name)> DeclaredTypes() =>
        from file in SourceTree.ProductionCode
        from Match type in TypeDeclaration().Matches(WithoutComments(SourceTree.Read(file)))
        select (file, type.Groups[1].Value, type.Groups[2].Value);

    private static string WithoutComments(string code) => Comment().Replace(code, "");

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*(?:(?:public|internal|private|protected|file|static|sealed|abstract|partial|readonly|ref)\s+)*(class|struct|interface|enum|record(?:\s+struct|\s+class)?)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\(.*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"catch\s*(\(Exception(\s+\w+)?\))?\s*\{\s*\}")]
    private static partial Regex CatchOfAnythingThatOnlyComments();

    [GeneratedRegex(@"^namespace\s+([\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
