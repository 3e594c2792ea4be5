using System.Xml.Linq;

using FluentAssertions;

using Xunit;

namespace Switchboard.Architecture.Tests;

/// <summary>A project exists only to forbid a reference. These are the references that are allowed.</summary>
public sealed class ProjectArrowsTests
{
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["Switchboard.Domain"] = [],
        ["Switchboard.Workflows"] = [],
        ["Switchboard.Rules"] = [],
        ["Switchboard.Data"] = ["Switchboard.Domain", "Switchboard.Workflows", "Switchboard.Rules"],
        ["Switchboard.Runtime"] = ["Switchboard.Data"],
        ["Switchboard.Host"] = ["Switchboard.Runtime"],
    };

    /// <summary>The libraries stand on the base class library alone, plus the parser or script library that they need.</summary>
    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Switchboard.Domain"] = [],
        ["Switchboard.Workflows"] = [],
        ["Switchboard.Rules"] = ["YamlDotNet"],
    };

    /// <summary>What a library must not even name, whether or not a reference would let it.</summary>
    private static readonly string[] ForbiddenInLibraries = ["Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Npgsql", "System.Net.Http", "RabbitMQ"];

    private static IEnumerable<(string Name, XDocument Project)> ProductionProjects =>
        from file in SourceTree.Files
        where file.EndsWith(".csproj", StringComparison.Ordinal) && !file.StartsWith("tests/", StringComparison.Ordinal)
        select (Path.GetFileNameWithoutExtension(file), XDocument.Parse(SourceTree.Read(file)));

    [Fact]
    public void There_are_six_production_projects() =>
        ProductionProjects.Select(project => project.Name).Should().BeEquivalentTo(AllowedProjects.Keys);

    [Fact]
    public void Projects_refer_only_to_those_below_them()
    {
        foreach (var (name, project) in ProductionProjects)
        {
            var referred = Includes(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
            referred.Should().BeSubsetOf(AllowedProjects[name], $"{name} may know no other project");
        }
    }

    [Fact]
    public void The_libraries_and_the_domain_bring_no_packages_and_no_framework()
    {
        foreach (var (name, project) in ProductionProjects.Where(project => AllowedPackages.ContainsKey(project.Name)))
        {
            Includes(project, "PackageReference").Should().BeSubsetOf(AllowedPackages[name], $"{name} stands on the base class library");
            Includes(project, "FrameworkReference").Should().BeEmpty($"{name} must not see ASP.NET Core");
        }
    }

    [Fact]
    public void The_libraries_know_no_database_no_web_and_not_each_other()
    {
        var named =
            from file in SourceTree.ProductionCode
            let area = file.Split('/')[0]
            where area is "workflows" or "rules"
            let other = area == "workflows" ? "Switchboard.Rules" : "Switchboard.Workflows"
            from line in SourceTree.Read(file).Split('\n')
            where line.StartsWith("using ", StringComparison.Ordinal)
            from forbidden in ForbiddenInLibraries.Append(other).Append("Switchboard.Domain").Append("Switchboard.Data")
            where line.Contains(forbidden, StringComparison.Ordinal)
            select $"{file}: {line.Trim()}";

        named.Should().BeEmpty();
    }

    private static IEnumerable<string> Includes(XDocument project, string item) =>
        project.Descendants(item).Select(element => (string)element.Attribute("Include")!);
}
