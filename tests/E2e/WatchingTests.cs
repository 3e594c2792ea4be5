using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>What somebody sees of an instance: live while it runs, why it failed, that it was mended.</summary>
[Collection(nameof(DesignerCollection))]
public sealed partial class WatchingTests(DesignerHost host)
{
    [Fact]
    public async Task An_instance_is_watched_while_it_goes_on()
    {
        var definition = Sequence("watched",
            new JsonObject { ["id"] = "wait", ["name"] = "wait", ["type"] = "Elsa.Event", ["version"] = 1, ["eventName"] = Literal("watched-goes-on") },
            EditingTests.Line("line", "gone on"));
        definition["root"]!["type"] = "Elsa.Flowchart";
        definition["root"]!["connections"] = new JsonArray(new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = "wait", ["port"] = "Done" },
            ["target"] = new JsonObject { ["activity"] = "line", ["port"] = "In" },
        });
        foreach (var (activity, column) in definition["root"]!["activities"]!.AsArray().Select((activity, column) => (activity!, column)))
            activity["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = column * 300, ["y"] = 0 } } };
        var instance = await host.ExecuteAsync(await host.PublishAsync(definition));
        await using var designer = await host.OpenAsync("watched");
        await designer.SignedInAsync(await host.SessionAsync());
        var observed = new TaskCompletionSource();
        designer.Page.WebSocket += (_, socket) => socket.FrameSent += (_, frame) =>
        {
            if (frame.Text?.Contains("ObserveInstanceAsync", StringComparison.Ordinal) == true)
                observed.TrySetResult();
        };
        await designer.GoAsync($"instances/{instance}");
        await Assertions.Expect(designer.Viewer.GetByText("Suspended").First).ToBeVisibleAsync();
        await observed.Task.WaitAsync(DesignerHost.PageWithin, TimeProvider.System, host.Patience);
        await designer.ShootAsync("waiting");

        using var sent = await host.Service.Client.PostAsync(
            "/elsa/api/events/watched-goes-on/trigger", JsonContent($$"""{"workflowInstanceId":"{{instance}}"}"""), host.Patience);
        sent.EnsureSuccessStatusCode();

        await Assertions.Expect(designer.Viewer.GetByText("Finished").First).ToBeVisibleAsync();
        await Assertions.Expect(designer.Viewer.GetByText("Write Line - Completed").First).ToBeVisibleAsync();
        await designer.ShootAsync("finished");
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_fault_is_seen_mended_retried_and_over()
    {
        var definition = Sequence("mended", new JsonObject
        {
            ["id"] = "line",
            ["name"] = "line",
            ["type"] = "Elsa.WriteLine",
            ["version"] = 1,
            ["text"] = new JsonObject
            {
                ["typeName"] = "String",
                ["expression"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "if (getVariable('Ok') !== true) throw new Error('the carrier is closed'); return 'mended'" },
            },
        });
        definition["variables"] = new JsonArray(new JsonObject
        {
            ["id"] = "Ok",
            ["name"] = "Ok",
            ["typeName"] = "Boolean",
            ["storageDriverTypeName"] = "Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core",
        });
        var instance = await host.ExecuteAsync(await host.PublishAsync(definition));
        await using var designer = await host.OpenAsync("fault");
        await designer.SignedInAsync(await host.SessionAsync());
        await designer.GoAsync("instances");
        await designer.Page.Locator("elsa-workflow-instance-list tbody tr", new PageLocatorOptions { HasText = instance }).GetByText("Faulted").ClickAsync();
        await Assertions.Expect(designer.Viewer.GetByText("Faulted").First).ToBeVisibleAsync();
        designer.Page.Url.Should().EndWith($"/designer/instances/{instance}");
        await designer.Viewer.GetByText("Incidents", new LocatorGetByTextOptions { Exact = true }).First.ClickAsync();
        await Assertions.Expect(designer.Viewer.GetByText("the carrier is closed").First).ToBeVisibleAsync();
        await designer.ShootAsync("faulted");
        await Assertions.Expect(designer.Viewer.GetByText("Incident Strategy")).ToBeVisibleAsync();
        await Assertions.Expect(designer.Viewer.GetByText("Open filtered logs")).ToBeHiddenAsync();
        var retry = designer.Page.Locator("#sb-retry");
        await designer.Page.Locator("#sb-links").GetByText("Why is it stuck?").ClickAsync();
        await Assertions.Expect(designer.Page.Locator(".sb-waits").Last).ToContainTextAsync($"{definition["name"]} failed at");
        await Assertions.Expect(retry).ToBeVisibleAsync();
        await designer.ShootAsync("stuck");

        await host.Service.PostAsync($"/elsa/api/workflow-instances/{instance}/variables", new { variables = new[] { new { id = "Ok", value = true } } }, host.Patience);
        await retry.ClickAsync();

        await Assertions.Expect(designer.Page.Locator(".sb-state")).ToHaveTextAsync("It has ended: finished. Nothing moves it any more.");
        await designer.Page.Locator("#sb-links").GetByText("Journal").ClickAsync();
        await Assertions.Expect(designer.Viewer.GetByText("Finished").First).ToBeVisibleAsync();
        (await designer.Viewer.GetByText("Faulted", new LocatorGetByTextOptions { Exact = true }).CountAsync()).Should().Be(0);
        await Assertions.Expect(retry).ToBeHiddenAsync();
        await designer.ShootAsync("mended");
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Whatever_tab_of_Studio_is_opened_finds_what_it_asks_for()
    {
        var definition = Sequence("corners", EditingTests.Line("line", "gone on"));
        definition["root"]!["type"] = "Elsa.Flowchart";
        definition["root"]!["connections"] = new JsonArray();
        definition["root"]!["activities"]![0]!["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = 0, ["y"] = 0 } } };
        var instance = await host.ExecuteAsync(await host.PublishAsync(definition));
        await using var designer = await host.OpenAsync("corners");
        await designer.SignedInAsync(await host.SessionAsync());
        var tabs = designer.Page.Locator("#sb-view .mud-tab");

        await designer.GoAsync("definitions/corners");
        await OpenAsync("Common", "Code View"); // the code last: it takes the place of the drawing and of what belongs to its parts
        await designer.Page.Locator("#sb-bar").GetByText("Instances", new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await designer.Page.Locator("elsa-workflow-instance-list tbody tr", new PageLocatorOptions { HasText = instance }).GetByText("Finished").ClickAsync();
        await OpenAsync("Executions", instance);
        await designer.ShouldBeCleanAsync();

        async Task OpenAsync(string ofActivity, string last)
        {
            await designer.Node("line").ClickAsync();
            await Assertions.Expect(tabs.GetByText(ofActivity).First).ToBeAttachedAsync();
            var opened = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "", last };
            while (await NextAsync() is >= 0 and var next)
            {
                opened.Add(await tabs.Nth(next).InnerTextAsync());
                await tabs.Nth(next).DispatchEventAsync("click");
                await Assertions.Expect(tabs.Nth(next)).ToHaveClassAsync(Active());
            }
            await tabs.GetByText(last).First.DispatchEventAsync("click");
            opened.Should().HaveCountGreaterThan(9);

            async Task<int> NextAsync() => (await tabs.AllInnerTextsAsync()).ToList().FindIndex(text => !opened.Contains(text));
        }
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"\bmud-tab-active\b")]
    private static partial System.Text.RegularExpressions.Regex Active();

    private static JsonObject Sequence(string id, params JsonObject[] activities) => new()
    {
        ["definitionId"] = id,
        ["name"] = id,
        ["root"] = new JsonObject { ["id"] = "seq", ["type"] = "Elsa.Sequence", ["version"] = 1, ["activities"] = new JsonArray([.. activities]) },
    };

    private static JsonObject Literal(string text) =>
        new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = text } };

    private static StringContent JsonContent(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
