using System.Text.Json;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Rules;

namespace Switchboard.Runtime.Artefacts;

/// <summary>What stands between a draft and its publishing, the same for every kind and for the command line.</summary>
public static class ArtefactChecks
{
    /// <summary>Errors and warnings of a text among the others.</summary>
    /// <param name="world">As it is now, without the text.</param>
    public static IReadOnlyList<ArtefactProblem> Check(ArtefactContent content, ArtefactWorld world, Func<string, IEnumerable<string>>? known = null) =>
        content.Parses ? [.. content.Problems, .. content.Check(world), .. Missing(content, world, known)] : content.Problems;

    /// <summary>The same with those that only another process can find.</summary>
    public static async Task<IReadOnlyList<ArtefactProblem>> CheckAsync(ArtefactContent content, ArtefactWorld world, Func<string, IEnumerable<string>>? known, CancellationToken ct) =>
        content.Parses ? [.. Check(content, world, known), .. await content.CheckOutsideAsync(ct)] : Check(content, world, known);

    /// <summary>Runs the test cases stored with it.</summary>
    /// <param name="world">With the text in it.</param>
    public static async Task<IReadOnlyList<ArtefactTestResult>> TestAsync(ArtefactContent content, ArtefactWorld world, CancellationToken ct)
    {
        var results = new List<ArtefactTestResult>();
        foreach (var test in content.Tests)
            results.Add(await test.RunAsync(world, ct) is { } detail ? new ArtefactTestResult(test.Name, false, detail) : new ArtefactTestResult(test.Name, true));
        return results;
    }

    /// <summary>What it names and nobody has.</summary>
    private static IEnumerable<ArtefactProblem> Missing(ArtefactContent content, ArtefactWorld world, Func<string, IEnumerable<string>>? known)
    {
        foreach (var (kind, key, place, member) in content.References)
        {
            if (kind == ArtefactReference.Field)
            {
                if (UnknownField(key) is { } problem)
                    yield return new ArtefactProblem("error", "unknown_field", problem, Property: place);
            }
            else if (world.FindNamed(kind, key) is { } target)
            {
                if (member is not null && target is { Parses: true, Logic.Names: { Count: > 0 } names } && !names.Contains(member))
                    yield return new ArtefactProblem("error", "unknown_decision", $"{place} names the decision {member}, which {key} does not have; the nearest is {Nearest.Of(member, names)}.", Property: place);
            }
            else
            {
                // A workflow may start one that is published later; until then its dispatch is an incident that can be retried.
                var nearest = known is null ? null : Nearest.Of(key, known(kind));
                yield return new ArtefactProblem(
                    kind == "workflow" ? "warning" : "error", $"unknown_{kind}",
                    $"{place} names the {kind} {key}, which does not exist{(nearest is null ? "" : $"; the nearest is {nearest}")}.", Property: place);
            }
        }
    }

    private static string? UnknownField(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        var (typeName, field) = (path[..dot], path[(dot + 1)..]);
        if (RecordTypes.Find(typeName) is not { } type)
            return $"There are no records of type {typeName}; the nearest is {Nearest.Of(typeName, RecordTypes.All.Select(one => one.Name))}.";
        return field.StartsWith("custom.", StringComparison.Ordinal) || type.Find(field) is not null
            ? null
            : $"{typeName} has no field {field}; the nearest is {Nearest.Of(field, type.Fields.Select(one => one.Name))}.";
    }

    /// <summary>A refusal that lists the problems, with their positions.</summary>
    internal static ProblemException Refused(string code, string detail, IReadOnlyList<ArtefactProblem> problems) => new(
        422, code, detail,
        [.. problems.Select(problem => new FieldError(problem.NodeId ?? problem.Element ?? problem.Property ?? "", problem.Code, problem.Message))],
        new JsonObject { ["problems"] = JsonSerializer.SerializeToNode(problems, JsonSerializerOptions.Web) });
}
