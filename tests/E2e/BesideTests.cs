using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>The pages that stand beside Elsa Studio: what it does not tell of a workflow or an instance.</summary>
[Collection(nameof(DesignerHost))]
public sealed class BesideTests(DesignerHost host)
{
    [Fact]
    public async Task Two_versions_of_a_flowchart_are_compared_as_drawings()
    {
        var definition = Chart("compared");
        await host.PublishAsync(definition);
        var activities = definition["root"]!["activities"]!.AsArray();
        activities[0]!["text"]!["expression"]!["value"] = "welcome";
        activities[1]!["metadata"]!["designer"]!["position"]!["y"] = 220;
        activities[2]!["activities"]!.AsArray().Add(Line("inner2", "one more"));
        activities.RemoveAt(3);
        activities.Add(At(Line("added", "new"), 900, 160));
        definition["root"]!["connections"]![2]!["target"]!["activity"] = "added";
        await host.PublishAsync(definition);
        await using var designer = await host.OpenAsync("compare");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;

        await designer.GoAsync("definitions/compared/compare?from=1&to=2");

        var (before, after) = (page.Locator("figure").Nth(0), page.Locator("figure").Nth(1));
        await Assertions.Expect(page.Locator("aside h2")).ToHaveTextAsync("7 differences");
        await MarkedAsync(before, "node:gone", "− removed");
        await MarkedAsync(before, "connection:steps:Done → gone:In", "− removed");
        await MarkedAsync(after, "connection:steps:Done → added:In", "+ added");
        await MarkedAsync(after, "node:added", "+ added");
        await MarkedAsync(after, "node:second", "↔ moved");
        await MarkedAsync(after, "node:inner2", "+ added");
        await MarkedAsync(after, "node:steps", "differs inside");
        foreach (var side in new[] { before, after })
            await MarkedAsync(side, "node:first", "≠ changed");
        await Assertions.Expect(Part(before, "node:added")).ToHaveCountAsync(0);
        await Assertions.Expect(Part(after, "node:gone")).ToHaveCountAsync(0);
        var changed = page.Locator(".sb-changes button.is-changed");
        await Assertions.Expect(changed).ToHaveTextAsync("≠ changed node firsttext: “hello” → “welcome”");
        await designer.ShootAsync("light");

        await changed.ClickAsync();
        foreach (var side in new[] { before, after })
            await Assertions.Expect(side.Locator("[aria-current]")).ToHaveAttributeAsync("data-key", "node:first");
        (await Part(before, "node:first").BoundingBoxAsync())!.Y.Should().BeApproximately((await Part(after, "node:first").BoundingBoxAsync())!.Y, 1, "both sides show it at the same height");
        var moved = Part(after, "node:second");
        await moved.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".sb-changes button[aria-current]")).ToContainTextAsync("↔ moved node second");
        var was = (await moved.BoundingBoxAsync())!;
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("+");
        var now = (await moved.BoundingBoxAsync())!;
        now.Width.Should().BeGreaterThan(was.Width);
        await page.Locator("#sb-theme").ClickAsync();
        await designer.ShootAsync("dark");

        await page.GetByLabel("From").SelectOptionAsync("2");
        await Assertions.Expect(page.Locator("aside h2")).ToHaveTextAsync("No differences");
        page.Url.Should().EndWith("/designer/definitions/compared/compare?from=2&to=2");
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Two_versions_of_a_lifecycle_are_compared_and_the_bar_leads_there_and_back()
    {
        var shipped = (string)(await host.Service.GetAsync("/api/artefacts/workflow/number-porting/versions/1", host.Patience))["content"]!;
        var definition = JsonNode.Parse(shipped.Replace("number-porting", "compared-lifecycle", StringComparison.Ordinal))!.AsObject();
        definition["customProperties"] = new JsonObject();
        await host.PublishAsync(definition);
        var (states, transitions) = (definition["root"]!["states"]!.AsArray(), definition["root"]!["transitions"]!.AsArray());
        states.Add(new JsonObject { ["name"] = "on_hold" });
        transitions.Add(new JsonObject { ["name"] = "hold", ["from"] = "foc_received", ["to"] = "on_hold", ["trigger"] = new JsonObject { ["id"] = "hold", ["type"] = "Elsa.Event", ["version"] = 1, ["eventName"] = Literal("hold") } });
        transitions.Single(one => (string)one!["name"]! == "submit_loa")!["trigger"]!["label"]!["expression"]!["value"] = "Send the LOA";
        await host.PublishAsync(definition);
        await using var designer = await host.OpenAsync("compare-lifecycle");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;
        await designer.GoAsync("definitions/compared-lifecycle");
        await Assertions.Expect(designer.Editor.Locator(".x6-node")).ToHaveCountAsync(9);

        await page.Locator("#sb-links").GetByText("Compare").ClickAsync();

        var after = page.Locator("figure").Nth(1);
        await MarkedAsync(after, "state:porting/on_hold", "+ added");
        await MarkedAsync(after, "transition:porting/hold", "+ added");
        await MarkedAsync(after, "node:submitLoa", "≠ changed");
        await MarkedAsync(after, "transition:porting/submit_loa", "differs inside");
        await Assertions.Expect(designer.Editor).ToHaveCountAsync(0);
        await designer.ShootAsync("drawn");
        await page.Locator("#sb-links").GetByText("Editor").ClickAsync();
        await Assertions.Expect(designer.Editor.Locator(".x6-node")).ToHaveCountAsync(9);
        await Assertions.Expect(page.Locator(".sb-compare")).ToHaveCountAsync(0);
        await designer.ShouldBeCleanAsync();
    }

    private static async Task MarkedAsync(ILocator side, string key, string words) =>
        await Assertions.Expect(Part(side, key).Locator(".sb-badge")).ToHaveTextAsync(words);

    private static ILocator Part(ILocator side, string key) => side.Locator($"[data-key='{key}']");

    /// <summary>Three activities in a row, the last of them a sequence with one inside, and a fourth.</summary>
    private static JsonObject Chart(string id)
    {
        var steps = At(new JsonObject { ["id"] = "steps", ["type"] = "Elsa.Sequence", ["version"] = 1, ["activities"] = new JsonArray(Line("inner1", "inside")) }, 600, 0);
        return new JsonObject
        {
            ["definitionId"] = id,
            ["name"] = id,
            ["root"] = new JsonObject
            {
                ["id"] = "chart",
                ["type"] = "Elsa.Flowchart",
                ["version"] = 1,
                ["activities"] = new JsonArray(At(Line("first", "hello"), 0, 0), At(Line("second", "again"), 300, 0), steps, At(Line("gone", "old"), 900, 0)),
                ["connections"] = new JsonArray(Connection("first", "second"), Connection("second", "steps"), Connection("steps", "gone")),
            },
        };
    }

    private static JsonObject Line(string id, string text) =>
        new() { ["id"] = id, ["name"] = id, ["type"] = "Elsa.WriteLine", ["version"] = 1, ["text"] = Literal(text) };

    private static JsonObject At(JsonObject activity, int x, int y)
    {
        activity["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = x, ["y"] = y } } };
        return activity;
    }

    private static JsonObject Connection(string from, string to) => new()
    {
        ["source"] = new JsonObject { ["activity"] = from, ["port"] = "Done" },
        ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
    };

    private static JsonObject Literal(string text) =>
        new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = text } };
}
