using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

using Xunit;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests;

/// <summary>
/// Instances as they were stored by the versions of this library so far. Each must still be read and go on to its end:
/// instances live for months, and no migration touches them. A file is never changed; a new form of the state adds files
/// (<c>UPDATE_HISTORIES=1</c> writes those that are missing).
/// </summary>
public sealed class HistoriesTests
{
    [Theory]
    [InlineData("waiting-in-nested-scopes.v1")]
    [InlineData("faulted-with-incident.v1")]
    [InlineData("parent-of-an-executed-workflow.v1")]
    [InlineData("finished.v1")]
    public async Task A_stored_instance_goes_on(string name)
    {
        var story = Stories[name];
        var file = Path.Combine(Folder(), $"{name}.json");
        if (Environment.GetEnvironmentVariable("UPDATE_HISTORIES") == "1" && !File.Exists(file))
            await File.WriteAllBytesAsync(file, Encoding.UTF8.GetBytes(JsonNode.Parse((await story.BeginAsync()).State.ToJson())!.ToJsonString(new() { WriteIndented = true }) + "\n"));

        var instance = TestInstance.Continue(story.Graph, Encoding.UTF8.GetBytes(JsonNode.Parse(await File.ReadAllTextAsync(file))!.ToJsonString()), story.Host());
        await story.GoOnAsync(instance);

        instance.State.SubStatus.Should().Be(InstanceSubStatus.Finished);
        instance.Lines.Should().Equal(story.Lines);
    }

    [Fact]
    public void Every_history_is_told() =>
        Directory.EnumerateFiles(Folder(), "*.json").Select(Path.GetFileNameWithoutExtension).Should().BeEquivalentTo(Stories.Keys);

    private static readonly Dictionary<string, Story> Stories = new()
    {
        ["waiting-in-nested-scopes.v1"] = new Story(
            Graph(
                Activity("ForEach", "each", ("items", Json("""["x","y"]""")), ("body", Activity("Sequence", "body",
                    ("variables", new JsonArray(Variable("Inner", "String", "inner"))),
                    ("activities", new JsonArray(Event("Go"), ScriptLine("line", "getInner() + getOuter() + getCurrentValue() + getInput('Who')")))))),
                variables: [Variable("Outer", "Int32", "7")]),
            story => TestInstance.StartAsync(story.Graph, new JsonObject { ["Who"] = "Ann", ["Other"] = new JsonObject { ["deep"] = new JsonArray(1, "ä\"\\") } }, story.Host(),
                with: request => request with { CorrelationId = "c-1", Properties = new JsonObject { ["subject"] = new JsonObject { ["type"] = "leads" } } }),
            async instance =>
            {
                instance.State.CorrelationId.Should().Be("c-1");
                instance.State.Properties["subject"]!["type"]!.GetValue<string>().Should().Be("leads");
                await instance.ResumeAsync("Go");
                await instance.ResumeAsync("Go");
            },
            "inner7xAnn", "inner7yAnn"),
        ["faulted-with-incident.v1"] = new Story(
            Graph(Sequence(ScriptLine("line", "work()"), Line("after"))),
            story => TestInstance.StartAsync(story.Graph),
            async instance =>
            {
                instance.State.Incidents.Should().ContainSingle().Which.Code.Should().Be("script_failed");
                await instance.RunAsync(new Stimulus.Retry());
            },
            "worked", "after"),
        ["parent-of-an-executed-workflow.v1"] = new Story(
            Graph(Sequence(Activity("ExecuteWorkflow", "run", ("workflowDefinitionId", Literal("child")), ("waitForCompletion", Literal(true))), Line("after"))),
            story => TestInstance.StartAsync(story.Graph, host: story.Host()),
            instance => instance.ResumeAsync("run", new JsonObject { ["status"] = "Finished" }),
            "after"),
        ["finished.v1"] = new Story(
            Graph(Sequence(Line("one")), outputs: [Parameter("Total")]),
            story => TestInstance.StartAsync(story.Graph),
            async instance =>
            {
                await instance.RunAsync(new Stimulus.Cancel());
                instance.Last.Ignored.Should().BeTrue();
            }),
    };

    private static string Folder([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "Histories");

    private sealed record Story(WorkflowGraph Graph, Func<Story, Task<TestInstance>> Begin, Func<TestInstance, Task> GoOnAsync, params string[] Lines)
    {
        public Task<TestInstance> BeginAsync() => Begin(this);

        public TestHost Host() => new TestHost()
            .Script("work()", _ => "worked")
            .Script("getInner() + getOuter() + getCurrentValue() + getInput('Who')",
                request => $"{request.Variables["Inner"]}{request.Variables["Outer"]}{request.Variables["CurrentValue"]}{request.Input["Who"]}")
            .Define(Define.Graph(Event("Wait"), id: "child"));
    }
}
