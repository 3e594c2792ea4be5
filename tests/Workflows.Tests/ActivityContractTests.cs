using System.Text.Json;

using Switchboard.Tests.Support;
using Switchboard.Workflows.Definitions;

using Xunit;

namespace Switchboard.Workflows.Tests;

public sealed class ActivityContractTests
{
    /// <summary>Definitions in the field name these types, inputs, outputs and ports: a change must be meant.</summary>
    [Fact]
    public void The_activities_of_the_library_are_a_contract() =>
        Contract.Matches("workflow-activities.txt", string.Join('\n', ActivityCatalogue.BuiltIn.All.SelectMany(Lines)) + "\n");

    private static IEnumerable<string> Lines(ActivityDescriptor type)
    {
        var json = ActivityDescriptorJson.Of(type);
        yield return $"{type.Type} v{type.Version} {json["kind"]} [{json["category"]}] {json["displayName"]}"
            + $"{(type.IsTerminal ? " terminal" : "")}{(type.IsStart ? " start" : "")}{(type.IsContainer ? " container" : "")}{(type.IsBrowsable ? "" : " hidden")}";
        foreach (var input in json["inputs"]!.AsArray())
        {
            var value = input!["defaultValue"] is { } text ? $" = {text.ToJsonString()}" : "";
            yield return $"{type.Type} input {input["name"]}: {input["typeName"]}{value} [{input["uiHint"]}]{((bool)input["isWrapped"]! ? "" : " raw")}{((bool)input["autoEvaluate"]! ? "" : " !auto")} {input["uiSpecifications"]?.ToJsonString(Compact)}".TrimEnd();
        }
        foreach (var output in json["outputs"]!.AsArray())
            yield return $"{type.Type} output {output!["name"]}: {output["typeName"]}";
        foreach (var port in json["ports"]!.AsArray())
            yield return $"{type.Type} port {port!["name"]} {port["type"]}";
    }

    private static readonly JsonSerializerOptions Compact = new();
}
