using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>What a workflow makes of itself, and the database has no place for.</summary>
[Collection(nameof(ApiHost))]
public sealed class StorableStepTests(ApiHost host)
{
    [Fact]
    public async Task A_script_that_makes_a_character_which_cannot_be_stored_does_not_fault_its_step()
    {
        var definition = Draw.Definition(Draw.NewId("nul"), Draw.Sequence(
            Draw.Activity("Elsa.SetVariable", "text", ("variable", new JsonObject { ["id"] = "Text", ["name"] = "Text" }), ("value", Draw.Input("JavaScript", "'a\\0b'"))),
            Draw.Activity("Elsa.SetVariable", "object", ("variable", new JsonObject { ["id"] = "Members", ["name"] = "Members" }), ("value", Draw.Input("JavaScript", "({ 'k\\0': ['\\\\u0000', '\\0'] })", "Object"))),
            Draw.Script("line", "'line ' + String.fromCharCode(0)"),
            Draw.Activity("Elsa.Correlate", "correlate", ("correlationId", Draw.Input("JavaScript", "'id-\\0'"))),
            Draw.Activity("Elsa.Event", "wait", ("eventName", Draw.Literal("never"))),
            Draw.Line("after", "after")));
        definition["variables"] = new JsonArray(Draw.Variable("Text"), Draw.Variable("Members"));

        var id = await host.Admin.ExecuteAsync(await host.Admin.PublishAsync(definition));

        var waiting = await host.Admin.WaitForAsync(id, "Suspended");
        waiting["workflowState"]!["incidents"]!.AsArray().Should().BeEmpty();
        ((string)waiting["correlationId"]!).Should().Be("id-\uFFFD");
        (await host.Admin.LinesAsync(id)).Should().Equal("line \uFFFD");
    }
}
