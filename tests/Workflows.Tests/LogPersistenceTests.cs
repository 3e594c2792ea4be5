using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Definitions;

using Xunit;

namespace Switchboard.Workflows.Tests;

/// <summary>What of inputs and outputs the journal keeps, by what an activity, its inputs and its workflow say.</summary>
public sealed class LogPersistenceTests
{
    private const string Strategies = "Elsa.Workflows.LogPersistence.Strategies";

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, """{"logPersistenceMode":{"default":"Exclude"}}""", false)]
    [InlineData(null, """{"logPersistenceMode":{"default":"Exclude","inputs":{"text":"Inherit"}}}""", false)]
    [InlineData(null, """{"logPersistenceMode":{"default":"Exclude","inputs":{"text":"Include"}}}""", true)]
    [InlineData(null, """{"logPersistenceMode":{"default":"Include","inputs":{"text":"Exclude"}}}""", false)]
    [InlineData("""{"logPersistenceMode":{"default":"Exclude"}}""", null, false)]
    [InlineData("""{"logPersistenceMode":{"default":"Exclude"}}""", """{"logPersistenceMode":{"default":"Include"}}""", true)]
    [InlineData(null, """{"logPersistenceConfig":{"default":{"evaluationMode":"Strategy","strategyType":"STRATEGIES.Exclude, Elsa.Workflows.Core"}}}""", false)]
    [InlineData(null, """{"logPersistenceConfig":{"inputs":{"text":{"evaluationMode":"Expression","expression":{"type":"Literal","value":"Exclude"}}}}}""", false)]
    [InlineData(null, """{"logPersistenceConfig":{"default":{"strategyType":"STRATEGIES.Include, Elsa.Workflows.Core"}},"logPersistenceMode":{"default":"Exclude"}}""", true)]
    [InlineData("[]", """{"logPersistenceMode":["Exclude"]}""", true)]
    public async Task An_input_is_kept_by_the_nearest_word(string? workflow, string? activity, bool isKept)
    {
        var line = Define.Line("one");
        line["customProperties"] = Parse(activity);
        var definition = new JsonObject { ["definitionId"] = "test", ["root"] = Define.Sequence(line), ["customProperties"] = Parse(workflow) };

        var instance = await TestInstance.StartAsync(WorkflowGraph.Compile(WorkflowDefinition.Of(definition)));

        instance.Lines.Should().Equal("one");
        (instance.Journal.Single(entry => entry.ActivityId == "one" && entry.EventName == "Started").ActivityState?.ContainsKey("Text") == true).Should().Be(isKept);
    }

    [Fact]
    public async Task An_output_that_is_not_kept_is_still_there_for_the_workflow()
    {
        var set = Define.Activity("SetOutput", "set", ("outputName", Define.Literal("Answer")), ("outputValue", Define.Literal("42")));
        set["customProperties"] = Parse("""{"logPersistenceMode":{"default":"Exclude"}}""");

        var instance = await TestInstance.StartAsync(Define.Graph(Define.Sequence(set), outputs: new JsonArray(new JsonObject { ["name"] = "Answer", ["type"] = "String" })));

        instance.State.Output["Answer"]!.ToString().Should().Be("42");
        instance.Journal.Where(entry => entry.ActivityId == "set").Should().OnlyContain(entry => entry.ActivityState == null && entry.Outputs == null);
    }

    private static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json.Replace("STRATEGIES", Strategies, StringComparison.Ordinal));
}
